"""A small file of secrets, replaced whole: no earlier or unfinished version of it is left where it could be found."""

from __future__ import annotations

import glob
import os
from contextlib import suppress
from pathlib import Path

from karmalink.base.files import sync_folder
from karmalink.study.store.storage import guarded_storage

__all__ = ["leftovers_of", "replace_secret", "shred", "sweep_secret"]

# The version that is being written, and the one that was replaced: names that a later opening knows to look for.
_UNFINISHED, _REPLACED = ".unfinished", ".replaced"


def replace_secret(path: Path, body: bytes) -> None:
    """Write a file in one step, readable to its owner only; then overwrite and delete the version before it.

    A kill or a power cut leaves the old version or the new one, whole, and beside it at most one file under a name that
    :func:`sweep_secret` knows. Call it under the file's own lock. A file system that copies on write, or a solid-state
    disk, may keep old blocks all the same; what is wrapped stays wrapped there.

    Raises
    ------
    StorageFailed
        The disk is full, read-only or failing.
    """
    sweep_secret(path)
    unfinished, replaced = _beside(path, _UNFINISHED), _beside(path, _REPLACED)
    with guarded_storage(path):
        try:
            _write(unfinished, body)
            if path.exists():
                # A second name keeps the old version within reach after a kill between the next two steps.
                with suppress(OSError):
                    os.link(path, replaced)
            unfinished.replace(path)
        except BaseException:
            with suppress(OSError):
                shred(unfinished)
            with suppress(OSError):
                _drop(path, replaced)
            raise
        sync_folder(path.parent)
    # The new version is safe: a disk that fails now leaves a file that the next opening sweeps.
    with suppress(OSError):
        _drop(path, replaced)


def sweep_secret(path: Path) -> None:
    """Overwrite and delete what an interrupted :func:`replace_secret` left. Call it under the file's own lock."""
    for left in leftovers_of(path):
        with suppress(OSError):
            _drop(path, left)


def leftovers_of(path: Path) -> list[Path]:
    """Return unfinished and replaced versions that are beside a file; also those under an earlier version's names."""
    named = [_beside(path, _UNFINISHED), _beside(path, _REPLACED)]
    return [
        left
        for left in (*named, *path.parent.glob(f".{glob.escape(path.stem)}.*.part{glob.escape(path.suffix)}"))
        if left.exists()
    ]


def shred(path: Path) -> None:
    """Overwrite a file with zeros and delete it; where the disk cannot be written, delete it all the same."""
    try:
        with path.open("r+b") as handle:
            size = handle.seek(0, os.SEEK_END)
            handle.seek(0)
            handle.write(bytes(size))
            handle.flush()
            os.fsync(handle.fileno())
    finally:
        path.unlink()
    sync_folder(path.parent)


def _drop(path: Path, left: Path) -> None:
    if not left.exists():
        return
    # Before the new version has the file's name, its old one has two: that is the file itself, not to be overwritten.
    if path.exists() and left.samefile(path):
        left.unlink()
        sync_folder(path.parent)
        return
    shred(left)


def _write(path: Path, body: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(body)
        handle.flush()
        os.fsync(handle.fileno())


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
