"""The lock of the one writer of a study: taken for a transaction, in the order in which processes asked for it."""

from __future__ import annotations

import datetime as dt
import getpass
import json
import os
import platform
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from karmalink.errors import StudyLocked
from karmalink.study.store.storage import guarded_storage

if TYPE_CHECKING:
    from filelock import BaseFileLock

__all__ = ["LOCK_NAME", "WriterLock"]

LOCK_NAME = "writer.lock"
_WHO = "writer.json"
_TICKET = ".writer-"
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.001, 0.02


class WriterLock:
    """The lock of the one writer of a study; the operating system releases it when the process ends, however it ends.

    Processes that wait stand in a queue: each has a file in the study's folder whose name begins with the moment in
    which it asked, locked for as long as it waits. The one with the earliest name is next. Without the queue a process
    that writes one transaction after another takes the lock again before any other wakes up: with eight writers some
    waited for 23 s.

    Parameters
    ----------
    folder : Path
        The study's folder.
    wait_s : float
        Seconds to wait for other writers.
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
            Another process was writing for the whole time; the message says who, and since when.
        StorageFailed
            The folder cannot be written.
        """
        with guarded_storage(self._folder):
            lock = self._queued()
        if lock is None:
            raise StudyLocked(
                f"another process is writing to the study{self._who()}",
                where=self._folder,
                rule=f"one writes at a time; this one waited for {self._wait_s:g} s (lock.wait_s)",
                next_step="wait until it is done, or stop it, then run it again: nothing was half written",
            )
        self._lock = lock
        # Who holds it is for the message above only: where it cannot be written, the message says less.
        with suppress(OSError):
            (self._folder / _WHO).write_text(json.dumps(_me()), encoding="utf-8")

    def release(self) -> None:
        """Release the lock."""
        if self._lock is None:
            return
        with suppress(OSError):
            (self._folder / _WHO).unlink(missing_ok=True)
        self._lock.release()
        self._lock = None

    def _queued(self) -> BaseFileLock | None:
        """Return the lock once it is this process's turn, None if it does not come in time."""
        until = time.monotonic() + self._wait_s
        # In the usual case no process waits or writes, and no place in the queue is needed.
        if not self._earlier("~"):
            lock = _lock_of(self._folder / LOCK_NAME)
            if lock is not None:
                return lock
        name = f"{_TICKET}{time.time_ns():020d}-{secrets.token_hex(4)}"
        ticket = _lock_of(self._folder / name)
        pause = _SHORTEST_PAUSE_S
        try:
            while True:
                if not self._earlier(name):
                    lock = _lock_of(self._folder / LOCK_NAME)
                    if lock is not None:
                        return lock
                if time.monotonic() >= until:
                    return None
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_S)
        finally:
            if ticket is not None:
                _removed(self._folder / name)
                ticket.release()

    def _earlier(self, name: str) -> bool:
        """Whether a living process asked earlier; places of processes that ended are removed on the way."""
        for path in sorted(self._folder.glob(f"{_TICKET}*")):
            if path.name >= name:
                return False
            left = _lock_of(path, make=False)
            if left is None and path.exists():
                return True
            # A process that was stopped between making its file and locking it loses its place, nothing else.
            if left is not None:
                _removed(path)
                left.release()
        return False

    def _who(self) -> str:
        try:
            who = json.loads((self._folder / _WHO).read_text(encoding="utf-8"))
            return f": {who['user']} on {who['host']}, process {who['process']}, since {who['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return ""


def _lock_of(path: Path, *, make: bool = True) -> BaseFileLock | None:
    """Return the lock of a file, taken; None if another holds it, or if there is no file and none is to be made."""
    from filelock import FileLock, Timeout

    if not make and not path.exists():
        return None
    # A singleton or a reentrant lock would let two studies of one process write over each other.
    lock = FileLock(path, timeout=0, is_singleton=False)
    try:
        lock.acquire()
    except Timeout:
        return None
    return lock


def _removed(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _me() -> dict[str, str | int]:
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = "an unknown user"
    since = dt.datetime.now().astimezone().isoformat(timespec="seconds")
    return {"user": user, "host": platform.node(), "process": os.getpid(), "since": since}
