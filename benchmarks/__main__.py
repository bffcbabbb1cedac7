"""Run the benchmarks: ``python -m benchmarks [NAME …]``, all by default."""

from __future__ import annotations

import sys
from importlib import import_module

NAMES = (
    "startup",
    "shift",
    "lag_null",
    "every_pair",
    "topk",
    "dask_workers",
    "pooled",
    "posterior",
    "schedule",
    "slider",
    "large_map",
    "cold",
    "replay",
    "night",
    "forty_nights",
)

unknown = set(sys.argv[1:]) - set(NAMES)
if unknown:
    sys.exit(f"no benchmark {', '.join(sorted(unknown))}; known: {', '.join(NAMES)}")
for name in sys.argv[1:] or NAMES:
    print(name, flush=True)
    import_module(f"benchmarks.{name}").main()
