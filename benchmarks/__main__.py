"""Run every benchmark: ``python -m benchmarks``."""

from __future__ import annotations

from benchmarks import posterior, shift, startup

for benchmark in (startup, shift, posterior):
    print(f"{benchmark.__name__}", flush=True)
    benchmark.main()
