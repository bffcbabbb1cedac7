"""Folders for work in progress that belong to one process, and are recognised when it has ended."""

from __future__ import annotations

import errno
import glob
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import BaseFileLock

__all__ = ["INSIDE", "own_folder", "sweep_folders"]

INSIDE = "files"
"""What the folder for the work is called, beside the lock."""

_LOCK = ".lock"
# A folder without a lock file belongs to a process that has just made it, or that was killed right then.
_YOUNG_S = 3600.0
_ATTEMPTS = 5


@contextmanager
def own_folder(base: Path | None, prefix: str, *, clear: bool) -> Iterator[Path]:
    """Make a folder in `base` (None: the system's folder for temporary files), and delete it afterwards.

    It is locked for as long as it is used: the operating system releases the lock when the process ends, however it
    ends, and :func:`sweep_folders` deletes the folder then. With `clear` its files are not encrypted, and are
    overwritten before they are deleted.
    """
    folder, lock = _made(base, prefix)
    try:
        (folder / INSIDE).mkdir(mode=0o700)
        yield folder / INSIDE
    finally:
        _delete(folder, clear=clear)
        lock.release()


def sweep_folders(base: Path | None, prefix: str, *, clear: bool, first: Callable[[Path], None] | None = None) -> int:
    """Delete the folders of processes that ended without deleting them; return how many.

    Folders of other users are left alone. `clear` as for :func:`own_folder`; `first` is called with each before it
    goes.
    """
    from filelock import FileLock, Timeout

    swept = 0
    for folder in Path(base or tempfile.gettempdir()).glob(f"{glob.escape(prefix)}*"):
        with suppress(OSError):
            if folder.is_symlink() or not folder.is_dir() or not _is_ours(folder):
                continue
            if not (folder / _LOCK).exists():
                if time.time() - folder.stat().st_mtime > _YOUNG_S:
                    folder.rmdir()  # only an empty one goes
                continue
            lock = FileLock(folder / _LOCK, timeout=0, is_singleton=False)
            try:
                lock.acquire()
            except Timeout:
                continue
            if first:
                first(folder)
            _delete(folder, clear=clear)
            lock.release()
            swept += 1
    return swept


def _made(base: Path | None, prefix: str) -> tuple[Path, BaseFileLock]:
    from filelock import FileLock, Timeout

    attempt = 0
    while True:
        attempt += 1
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
        lock = FileLock(folder / _LOCK, timeout=0, is_singleton=False)
        try:
            lock.acquire()
        except (Timeout, FileNotFoundError):
            # Another process swept right between the making of the lock file and its locking, and took it for a dead
            # one: in ten minutes of five processes that happened once.
            if attempt == _ATTEMPTS:
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(folder)) from None
        except BaseException:
            _delete(folder, clear=False)
            raise
        else:
            return folder, lock


def _is_ours(folder: Path) -> bool:
    return not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()


def _delete(folder: Path, *, clear: bool) -> None:
    for path in (folder / INSIDE).rglob("*") if clear else ():
        # A link leads to a file in memory, which ends with its process.
        if path.is_file() and not path.is_symlink():
            with suppress(OSError), path.open("r+b") as handle:
                handle.write(bytes(path.stat().st_size))
                handle.flush()
                os.fsync(handle.fileno())
    # The lock file goes last: a folder without one is taken for one that is just being made.
    shutil.rmtree(folder / INSIDE, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
