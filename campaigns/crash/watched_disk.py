"""The disk as a process sees it: every change below a folder recorded, or the n-th of them failing."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Change", "Outcome", "changes_of", "compiled", "failing", "reexecute_watched", "watched_by"]

_SOURCE = Path(__file__).with_name("disk.c")
_HEAD = 5 * 8
_MARK = "KARMALINK_CRASH_DISK"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the disk.

    Attributes
    ----------
    kind : str
        c create, w write, t truncate, s sync, f sync of a folder, r rename, l link, u unlink, m mkdir, d rmdir.
    inode : int
        Of the file that is written, truncated or synced, and of a new one.
    offset : int
        Of a write; the new length of a truncated file.
    path, other : str
        Names: of what is created, synced, unlinked; from and to of a rename or link.
    body : bytes
        What is written.
    """

    kind: str
    inode: int
    offset: int
    path: str
    other: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a process ended: 0 done, 1 an error of Karmalink's, 2 any other error (with its words), and its calls."""

    code: int
    calls: int
    words: str = ""


def reexecute_watched(module: str) -> bool:
    """Compile the watching library and run this module again under it; return True inside that run.

    Raises
    ------
    SystemExit
        With the exit code of that run; or there is no C compiler, or this is not Linux.
    """
    if os.environ.get(_MARK):
        return True
    library = compiled()
    if library is None:
        sys.exit("the crash campaign needs Linux and a C compiler (cc)")
    command = [sys.executable, "-m", module, *sys.argv[1:]]
    sys.exit(subprocess.run(command, env=watched_by(library), check=False).returncode)


def watched_by(library: Path) -> dict[str, str]:
    """Return the environment of a process whose disk is watched."""
    return {**os.environ, "LD_PRELOAD": str(library), _MARK: "1"}


def compiled() -> Path | None:
    """Return the compiled library, None where it cannot be compiled."""
    if sys.platform != "linux":
        return None
    library = Path("build/crash/disk.so").absolute()
    if not library.exists() or library.stat().st_mtime < _SOURCE.stat().st_mtime:
        library.parent.mkdir(parents=True, exist_ok=True)
        command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE), "-ldl"]
        try:
            subprocess.run(command, check=True)
        except (OSError, subprocess.CalledProcessError):
            return None
    return library


def changes_of(root: Path, run: Callable[[], object], log: Path) -> list[Change]:
    """Run something in a process of its own, and return all changes that it makes below `root`."""
    outcome = _forked(root, run, log=log)
    if outcome.code:
        raise RuntimeError(f"the operation failed without any fault of the disk: {outcome.words}")
    return _read(log.read_bytes())


def failing(root: Path, run: Callable[[], object], *, at: int, error: int, on: bool) -> Outcome:
    """Run something in a process of its own whose n-th change fails; with `on` all later ones do too."""
    return _forked(root, run, at=at, error=error, on=on)


def _forked(
    root: Path, run: Callable[[], object], *, log: Path | None = None, at: int = 0, error: int = 0, on: bool = False
) -> Outcome:
    from karmalink.errors import KarmalinkError

    library = ctypes.CDLL(None)
    library.disk_watch.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_long, ctypes.c_long, ctypes.c_long]
    library.disk_count.restype = ctypes.c_long
    back, told = os.pipe()
    child = os.fork()
    if child:
        os.close(told)
        with os.fdopen(back, "rb") as pipe:
            said = pipe.read().decode(errors="replace")
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        calls, _, words = said.partition(" ")
        return Outcome(code, int(calls or 0), words)
    code, words = 0, ""
    descriptor = -1 if log is None else os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    library.disk_watch(os.fsencode(root), descriptor, at, error, int(on))
    try:
        run()
    except KarmalinkError as problem:
        code, words = 1, str(problem)
    except BaseException as problem:  # noqa: BLE001  # whatever it is, it is told
        code, words = 2, f"{type(problem).__name__}: {problem}"
    library.disk_rest()
    os.write(told, f"{library.disk_count()} {words}".encode()[:4000])
    os._exit(code)


def _read(log: bytes) -> list[Change]:
    found, at = [], 0
    while at < len(log):
        kind = chr(log[at])
        numbers = [int.from_bytes(log[at + 1 + 8 * n : at + 9 + 8 * n], sys.byteorder) for n in range(5)]
        at += 1 + _HEAD
        parts = []
        for length in numbers[2:]:
            parts.append(log[at : at + length])
            at += length
        found.append(Change(kind, numbers[0], numbers[1], os.fsdecode(parts[0]), os.fsdecode(parts[1]), parts[2]))
    return found
