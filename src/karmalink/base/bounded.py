"""A reader tried first in a process of its own, with limits of time and memory.

A damaged file can end a parser that is written in C together with the process it runs in, without an exception: a
laboratory's night of scoring, a study that is being written. What ends a process of its own is a message.
"""

from __future__ import annotations

import math
import multiprocessing
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from karmalink.errors import ReadError

__all__ = ["C_PARSED", "try_in_process"]

C_PARSED = frozenset(
    (".fif", ".gpkg", ".img", ".ods", ".pbf", ".set", ".shp", ".tif", ".tiff", ".xls", ".xlsm", ".xlsx")
)
"""Endings of the files whose parsers are written in C, or are steered by tags in the file (FIF)."""

_SECONDS = 120.0
# Of processor time, which a busy machine does not shorten: a sound file of a megabyte takes a tenth of a second.
_PROCESSOR_S, _PROCESSOR_S_PER_MB = 10.0, 1.0
_OVER_PROCESSOR_TIME = getattr(signal, "SIGXCPU", 0)  # not on Windows
_BYTES = 4 * 2**30  # more than the process has when it begins


def try_in_process(
    read: Callable[[], object],
    where: Path,
    *,
    seconds: float = _SECONDS,
    memory: int = _BYTES,
    processor_s: float | None = None,
) -> None:
    """Read a file in a process of its own and forget the result; an exception there is no matter, it comes again here.

    Parameters
    ----------
    read : callable
        The reader without arguments; where processes are not forked it must be picklable.
    where : Path
        The file, for the message.
    seconds : float
        Longest time.
    memory : int
        Bytes that the reader may take beyond what the process has; limited where the system can (not on Windows).
    processor_s : float, optional
        Most processor time, limited where the system can; by default 10 s and a second for each megabyte of the file.

    Raises
    ------
    ReadError
        The process ended, took too long or wanted too much memory.
    """
    if multiprocessing.current_process().daemon:
        return  # a worker of a pool: it may have no child, and is a process of its own already
    forks = sys.platform == "linux" and threading.active_count() == 1
    processor = _processor_s(where) if processor_s is None else processor_s
    context: Any = multiprocessing.get_context("fork" if forks else "spawn")
    hears, says = context.Pipe(duplex=False)
    child = context.Process(target=_run, args=(read, memory, processor, says), daemon=True)
    with warnings.catch_warnings():
        # Python 3.12 warns of any fork beside threads of C libraries; the limit of time is there for what might hang.
        warnings.simplefilter("ignore", DeprecationWarning)
        child.start()
    says.close()
    began = time.monotonic()
    try:
        outcome = hears.recv() if hears.poll(seconds) else f"took over {seconds:g} s"
    except EOFError:
        child.join()
        over = child.exitcode == -_OVER_PROCESSOR_TIME
        outcome = f"took over {processor:.0f} s of the processor" if over else "ended the process that read it"
    finally:
        child.kill()
        child.join()
        hears.close()
    if outcome:
        took = f" after {time.monotonic() - began:.0f} s" if outcome.startswith("ended") else ""
        raise ReadError(
            f"the file cannot be read: its reader {outcome}{took}",
            where=where,
            rule=f"a reader gets {seconds:g} s, {processor:.0f} s of the processor and {memory / 2**30:g} GB, "
            "in a process of its own; nothing else was touched",
            next_step="the file is damaged, or made to do this: get it again from where it was made",
        )


def _processor_s(where: Path) -> float:
    """Return the processor time that a file of this size may take."""
    size = where.stat().st_size if where.is_file() else 0
    return min(_SECONDS, _PROCESSOR_S + _PROCESSOR_S_PER_MB * size / 1e6)


def _run(read: Callable[[], object], memory: int, processor_s: float, says: Connection) -> None:
    _limit(memory, processor_s)
    try:
        read()
    except MemoryError:
        says.send(f"wanted over {memory / 2**30:g} GB")
    except Exception:  # noqa: BLE001 - it is raised again where the file is read in earnest
        says.send("")
    else:
        says.send("")


def _limit(memory: int, processor_s: float) -> None:
    """Limit memory and processor time of this process to what it has and so much more."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        has = pages * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (has + memory, has + memory))
        most = math.ceil(time.process_time() + processor_s)
        resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump of the memory would hold the file's text
    except (ImportError, OSError, ValueError):
        return  # Windows, macOS: the limit of time alone
