"""One writer at a time: a lock file in the study's folder, which says who is writing and since when."""

from __future__ import annotations

import datetime as dt
import getpass
import json
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

from karmalink.errors import StudyLocked
from karmalink.study.store.storage import guarded_storage

if TYPE_CHECKING:
    from filelock import BaseFileLock

__all__ = ["WriterLock"]

_LOCK = "writer.lock"
_WHO = "writer.json"


class WriterLock:
    """The right to write to a study; the operating system takes it back when the process dies, however it dies.

    Parameters
    ----------
    folder : Path
        The study's folder.
    wait_s : float
        Seconds to wait for another writer.
    """

    def __init__(self, folder: Path, wait_s: float = 0.0) -> None:
        self._folder = folder
        self._wait_s = wait_s
        self._lock: BaseFileLock | None = None

    def take(self) -> None:
        """Take the lock.

        Raises
        ------
        StudyLocked
            Another process is writing; the message says who and since when.
        StorageFailed
            The folder cannot be written.
        """
        from filelock import FileLock, Timeout

        # A singleton or a reentrant lock would let two studies of one process write over each other.
        lock = FileLock(self._folder / _LOCK, timeout=self._wait_s, is_singleton=False)
        try:
            with guarded_storage(self._folder):
                lock.acquire()
        except Timeout:
            raise StudyLocked(
                f"another process is writing to the study{self._who()}",
                where=self._folder,
                rule="one writer at a time",
                next_step="wait until it is done (lock.wait_s says how long to wait), or stop it",
            ) from None
        self._lock = lock
        with guarded_storage(self._folder):
            (self._folder / _WHO).write_text(json.dumps(_me()), encoding="utf-8")

    def release(self) -> None:
        """Give the lock back."""
        if self._lock is None:
            return
        (self._folder / _WHO).unlink(missing_ok=True)
        self._lock.release()
        self._lock = None

    def _who(self) -> str:
        try:
            who = json.loads((self._folder / _WHO).read_text(encoding="utf-8"))
            return f": {who['user']} on {who['host']}, process {who['process']}, since {who['since']}"
        except (OSError, ValueError, KeyError):
            return ""


def _me() -> dict[str, str | int]:
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = "somebody"
    since = dt.datetime.now().astimezone().isoformat(timespec="seconds")
    return {"user": user, "host": platform.node(), "process": os.getpid(), "since": since}
