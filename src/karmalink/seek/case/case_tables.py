"""The tables of a case: each one file or several, put together so that nothing means two things."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from karmalink.errors import Duplicate
from karmalink.rows import FileNote, Notes, warn_of
from karmalink.seek.clues.clues import Clue, read_clues
from karmalink.seek.clues.witnesses import Witness, read_witnesses
from karmalink.seek.ground.places import Place, Places
from karmalink.seek.intake.place_files import read_places
from karmalink.seek.search.assets import Asset, read_assets

__all__ = ["assets_of", "clues_of", "places_of", "witnesses_of"]

Given = str | Sequence[str]
T = TypeVar("T")


def _names(given: Given) -> list[str]:
    return [given] if isinstance(given, str) else [str(name) for name in given]


def places_of(given: Given, folder: Path) -> Places:
    """Return the places of all the files that are named.

    An identifier that was made of a file's name is numbered where another file of that name has it too.

    Raises
    ------
    Duplicate
        Two files give one identifier of their own to two places; with both files.
    """
    found: list[Place] = []
    owners: dict[str, str] = {}
    notes: list[FileNote] = []
    for name in _names(given):
        read = read_places(folder / name)
        notes += read.notes
        for place in read:
            ident, number = place.id, 1
            while ident in owners and place.id.startswith(f"{Path(name).stem[:30]}/"):
                number += 1
                ident = f"{place.id} #{number}"
            if ident in owners:
                raise _twice("place", ident, owners[ident], name)
            owners[ident] = name
            found.append(place if ident == place.id else replace(place, id=ident))
    return Places(found, notes=notes)


def clues_of(given: Given, folder: Path) -> tuple[Clue, ...]:
    """Return the clues of all the files that are named: the interviews of several days, say.

    Every interview has a first clue: an identifier that an earlier file has too gets the name of its own file before
    it, and a warning tells it.
    """
    found: list[Clue] = []
    taken: set[str] = set()
    for name in _names(given):
        notes = Notes()
        # What the file itself calls its clues is not given to another of them.
        read = read_clues(folder / name)
        own = {clue.id for clue in read}
        for clue in read:
            ident, number = clue.id, 1
            while ident in taken or (ident != clue.id and ident in own):
                ident = f"{Path(name).stem}/{clue.id}" + (f" #{number}" if number > 1 else "")
                number += 1
            if ident != clue.id:
                notes.add("clue", "whose identifier another file has too", ident, done="called after the file as well")
            taken.add(ident)
            found.append(clue if ident == clue.id else replace(clue, id=ident))
        warn_of(folder / name, notes.told())
    return tuple(found)


def witnesses_of(given: Given, folder: Path) -> tuple[Witness, ...]:
    """Return the witnesses of all the files that are named; the same row twice is one witness.

    Raises
    ------
    Duplicate
        Two files say different things about one witness.
    """
    return _joined(given, folder, read_witnesses, lambda one: one.id, "witness")


def assets_of(given: Given, folder: Path) -> tuple[Asset, ...]:
    """Return the searchers and tools of all the files that are named; the same row twice is one of them.

    Raises
    ------
    Duplicate
        Two files say different things about one asset.
    """
    return _joined(given, folder, read_assets, lambda one: one.name, "asset")


def _joined(
    given: Given, folder: Path, read: Callable[[Path], Iterable[T]], key: Callable[[T], str], what: str
) -> tuple[T, ...]:
    found: dict[str, T] = {}
    owners: dict[str, str] = {}
    for name in _names(given):
        for one in read(folder / name):
            ident = key(one)
            if ident in found and found[ident] != one:
                raise _twice(what, ident, owners[ident], name)
            found.setdefault(ident, one)
            owners.setdefault(ident, name)
    return tuple(found.values())


def _twice(what: str, ident: str, one: str, other: str) -> Duplicate:
    return Duplicate(
        f"the {what} {ident[:60]!r} is in two files, and they differ",
        where=f"{one} and {other}",
        rule="an identifier means one thing in all the files of a case",
        next_step="rename it in one of them, or take one of the two out",
    )
