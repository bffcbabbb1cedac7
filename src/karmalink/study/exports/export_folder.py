"""An export of one file: entered before its first byte is written, so that an erasure reaches it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from karmalink.errors import UsageError
from karmalink.study.store.storage import guarded_storage

if TYPE_CHECKING:
    from karmalink.study.study import Study

__all__ = ["entered_file", "for_its_owner_only", "free_place"]


@contextmanager
def for_its_owner_only() -> Iterator[None]:
    """Make every file and folder that is made inside readable to the user alone; an export is not encrypted."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def free_place(study: Study, path: str | Path) -> Path:
    """Return the absolute path of an export of one file; checked before anything is computed for it.

    Raises
    ------
    UsageError
        It is inside the study, exists and is not of this study, or its folder is a file.
    """
    place = Path(path).expanduser().resolve()
    if place.is_relative_to(study.path.resolve()):
        raise UsageError(
            "an export cannot be inside the study", where=place, rule="in the study everything is encrypted"
        )
    for folder in place.parents:
        if folder.exists() and not folder.is_dir():
            raise UsageError("this is a file, not a folder", where=folder, next_step="choose another place")
    if place.exists() and str(place) not in {
        export.path for export in study.exported.list() if list(export.files) == ["."]
    }:
        raise UsageError(
            "this file exists already, and this study did not write it",
            where=place,
            next_step="choose another name, or remove it yourself",
        )
    return place


@contextmanager
def entered_file(
    study: Study, path: str | Path, people: Iterable[str], kind: str, *, handed_to: str = ""
) -> Iterator[Path]:
    """Enter a file among the study's exports and yield its path for writing.

    Parameters
    ----------
    study : Study
        Open for writing.
    path : str or Path
        A new file, or one that this study wrote: that one is replaced, with its entry.
    people : iterable of str
        All people in it, by identifier.
    kind : str
        ``report``, ``map`` …
    handed_to : str
        Who is given a copy.

    Raises
    ------
    UsageError
        As :func:`free_place`.
    StorageFailed
        It cannot be written there. A file that did not exist before does not exist afterwards.
    """
    place = free_place(study, path)
    was_there = place.exists()
    with guarded_storage(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch(mode=0o600)
    name = study.exported.add(place, people, kind, handed_to=handed_to, written=False)
    try:
        with guarded_storage(place), for_its_owner_only():
            yield place
            place.chmod(0o600)
        study.exported.finished(name)
    except BaseException:
        if not was_there:
            study.exported.remove(name)
        raise
