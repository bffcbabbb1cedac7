"""A study on disk: files in one step, network drives detected, one writer at a time."""

from __future__ import annotations

import datetime as dt
import errno
import getpass
import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from karmalink.base.files import write_whole
from karmalink.errors import IntegrityError, KarmalinkError, StorageFailed, StudyLocked

if TYPE_CHECKING:
    from filelock import BaseFileLock

__all__ = ["WriterLock", "database_error", "guarded_storage", "network_filesystem", "replace_file"]

# Errors of a disk and of a database as Karmalink's errors; and how a file is replaced in one step.

_DISK = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "writing is not permitted",
    errno.EPERM: "writing is not permitted",
    errno.EFBIG: "the file grew too large for the disk",
    errno.EIO: "the disk is failing",
}
_FREE = "free space or choose another place, then run it again: nothing was half written"
# Messages of SQLite and PostgreSQL, in lower case, and the error each becomes.
_DATABASE: tuple[tuple[str, type[KarmalinkError], str, str], ...] = (
    ("database or disk is full", StorageFailed, "the disk is full", _FREE),
    ("no space left on device", StorageFailed, "the disk is full", _FREE),
    ("readonly database", StorageFailed, "the disk is read-only, or writing is not permitted", _FREE),
    ("unable to open database file", StorageFailed, "the database file cannot be opened", _FREE),
    ("disk i/o error", StorageFailed, "the disk is failing, or full", _FREE),
    ("database is locked", StudyLocked, "another process is writing to the study", "wait for it, then run it again"),
    ("malformed", IntegrityError, "the database is damaged", "restore the study's folder from a backup"),
    ("file is not a database", IntegrityError, "the database is damaged", "restore the study's folder from a backup"),
    ("connection failed", StorageFailed, "the database server does not answer", "check database.url and the server"),
)
# File systems on which SQLite's WAL does not work: its shared memory is not shared between machines.
_NETWORK = frozenset(
    {"9p", "afs", "ceph", "cifs", "coda", "davfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"}
    | {"fuse.glusterfs", "fuse.sshfs", "fuse.rclone"}
)


@contextmanager
def guarded_storage(place: str | Path) -> Iterator[None]:
    """Turn errors of the disk (full, read-only, failing) into :class:`StorageFailed`; leave all others."""
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK:
            raise
        raise StorageFailed(_DISK[error.errno], where=error.filename or place, next_step=_FREE) from error


def database_error(message: str, place: str | Path) -> KarmalinkError | None:
    """Return the error for a database's message, None for an unknown message."""
    low = message.lower()
    for words, kind, what, next_step in _DATABASE:
        if words in low:
            return kind(what, where=place, next_step=next_step)
    return None


def replace_file(path: Path, body: bytes, *, shred: bool = False) -> None:
    """Write a small file in one step: a crash leaves the old one or the new one, whole, and readable to its owner only.

    Parameters
    ----------
    path : Path
        The file.
    body : bytes
        The new content.
    shred : bool
        Overwrite the old content with zeros once the new one is safe. A file system that copies on write, or a
        solid-state disk, may keep the old blocks all the same; what is wrapped stays wrapped there.
    """
    with guarded_storage(path):
        old = path.open("r+b") if shred and path.exists() else None
        try:
            write_whole(path, body, private=True)
        except BaseException:
            if old is not None:
                old.close()
            raise
        if old is not None:
            with old:
                size = old.seek(0, os.SEEK_END)
                old.seek(0)
                old.write(bytes(size))
                old.flush()
                os.fsync(old.fileno())


def network_filesystem(folder: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """Return the type of the network file system that `folder` is on; empty if it is local or unknown.

    Parameters
    ----------
    folder : Path
        Any folder.
    mounts : Path
        The table of mounts, as Linux writes it; on a system without it, only UNC paths are known as network drives.
    """
    place = str(folder.resolve())
    if place.startswith("\\\\"):
        return "smb"
    if not mounts.is_file():
        return ""
    longest, kind = "", ""
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = parts[1].replace("\\040", " ")
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(longest):
            longest, kind = point, parts[2]
    return kind if kind in _NETWORK else ""


# One writer at a time: a lock file in the study's folder, with who is writing and since when.

_LOCK = "writer.lock"
_WHO = "writer.json"


class WriterLock:
    """The lock of the one writer of a study; the operating system releases it when the process ends, however it ends.

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
            Another process is writing; the message says who, and since when.
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
        """Release the lock."""
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
        user = "an unknown user"
    since = dt.datetime.now().astimezone().isoformat(timespec="seconds")
    return {"user": user, "host": platform.node(), "process": os.getpid(), "since": since}
