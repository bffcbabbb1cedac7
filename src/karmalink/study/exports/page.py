"""One file out of a study in the clear: entered before its first byte is written, so that erasure reaches it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from karmalink.errors import UsageError
from karmalink.study.storage import guarded_storage

if TYPE_CHECKING:
    from karmalink.study.study import Study

__all__ = ["entered_file"]


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
        It lies inside the study, or is somebody else's.
    StorageFailed
        It cannot be written there. What was not there before is not there afterwards.
    """
    place = Path(path).expanduser().resolve()
    if place.is_relative_to(study.path.resolve()):
        raise UsageError(
            "an export cannot lie inside the study", where=place, rule="in the study everything is encrypted"
        )
    was_there = place.exists()
    if was_there and str(place) not in {one.path for one in study.exported.list() if list(one.files) == ["."]}:
        raise UsageError(
            "the file is there already, and this study did not write it",
            where=place,
            next_step="choose another name, or remove it yourself",
        )
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
