"""One file out of a study in the clear: entered before its first byte is written, so that erasure reaches it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from karmalink.errors import UsageError
from karmalink.study.store.storage import guarded_storage

if TYPE_CHECKING:
    from karmalink.study.study import Study

__all__ = ["entered_file", "free_place"]


def free_place(study: Study, path: str | Path) -> Path:
    """Return where a file is to be written, whole; asked before anything is computed for it.

    Raises
    ------
    UsageError
        It lies inside the study, is somebody else's, or what should be a folder is a file.
    """
    place = Path(path).expanduser().resolve()
    if place.is_relative_to(study.path.resolve()):
        raise UsageError(
            "an export cannot lie inside the study", where=place, rule="in the study everything is encrypted"
        )
    for folder in place.parents:
        if folder.exists() and not folder.is_dir():
            raise UsageError("this is a file, not a folder", where=folder, next_step="choose another place")
    if place.exists() and str(place) not in {one.path for one in study.exported.list() if list(one.files) == ["."]}:
        raise UsageError(
            "the file is there already, and this study did not write it",
            where=place,
            next_step="choose another name, or remove it yourself",
        )
    return place


@contextmanager
def entered_file(
    study: Study, path: str | Path, people: Iterable[str], kind: str, *, handed_to: str = ""
) -> Iterator[Path]:
    """Enter a file among the study's exports and give its path to whoever writes it.

    Parameters
    ----------
    study : Study
        Open for writing.
    path : str or Path
        A file that is not there yet, or that this study wrote: that one is replaced, and its entry with it.
    people : iterable of str
        Everybody who is in it, by identifier.
    kind : str
        ``report``, ``map`` …
    handed_to : str
        Who is given a copy.

    Raises
    ------
    UsageError
        As :func:`free_place`.
    StorageFailed
        It cannot be written there. What was not there before is not there afterwards.
    """
    place = free_place(study, path)
    was_there = place.exists()
    with guarded_storage(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    name = study.exported.add(place, people, kind, handed_to=handed_to)
    try:
        with guarded_storage(place):
            yield place
    except BaseException:
        if not was_there:
            study.exported.remove(name)
        raise
