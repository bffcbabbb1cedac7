"""The disk and the database server under a study: their errors in Karmalink's words, and network drives detected."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from karmalink.errors import IntegrityError, KarmalinkError, StorageFailed, StudyLocked

__all__ = ["database_error", "guarded_storage", "network_filesystem"]

_DISK = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "writing is not permitted",
    errno.EPERM: "writing is not permitted",
    errno.EFBIG: "the file grew too large for the disk",
    errno.EIO: "the disk is failing",
    errno.EBUSY: "another process is in the way",
    errno.EEXIST: "another file or folder is in the way",
    errno.EISDIR: "a folder is in the way",
    errno.ENOTDIR: "a file is in the way",
    errno.ENOTEMPTY: "a folder that is not empty is in the way",
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
    ("no such column", IntegrityError, "a table of the database was changed", "restore the study from a backup"),
    ("no such table", IntegrityError, "a table of the database is missing", "restore the study from a backup"),
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
