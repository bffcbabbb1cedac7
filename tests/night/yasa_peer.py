"""YASA beside ours."""

from __future__ import annotations

import importlib
import sys

__all__ = ["import_antropy_cached"]


def import_antropy_cached() -> None:
    """Import antropy so that its compiled functions are cached on disk.

    antropy, which YASA's own features need, compiles its functions at every import, for 9 s. With a cache they are
    compiled once per machine.
    """
    import numba

    original = numba.jit
    numba.jit = lambda *args, **options: original(*args, **{"cache": True, **options})
    try:
        importlib.import_module("antropy")
    except RuntimeError:
        # numba finds no folder to write to: antropy is imported without a cache.
        for name in [name for name in sys.modules if name.partition(".")[0] == "antropy"]:
            del sys.modules[name]
    finally:
        numba.jit = original
