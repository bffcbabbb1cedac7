"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["in_one_step", "sync_folder", "write_whole"]


@contextmanager
def in_one_step(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Give a place beside a file to write to, and move what was written there onto the file.

    A crash, a full disk or an error leaves the old file or the new one, whole: the draft is on the disk before it takes
    the file's name, and the folder afterwards.

    Parameters
    ----------
    path : Path
        The file.
    private : bool
        Readable to its owner only.

    Yields
    ------
    Path
        The draft: hidden, in the same folder, with the same ending (writers of formats go by it), with the number of
        the process in its name.

    Raises
    ------
    OSError
        The disk is full, read-only or broken; callers say what that means for their file.
    """
    draft = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        if private:
            os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        yield draft
        with draft.open("rb+") as written:
            os.fsync(written.fileno())
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_whole(path: Path, content: bytes, *, private: bool = False) -> Path:
    """Write a file whole or not at all, as :func:`in_one_step`; return its path."""
    with in_one_step(path, private=private) as draft:
        draft.write_bytes(content)
    return path


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` last through a power cut; systems that cannot open a folder do it by themselves."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
