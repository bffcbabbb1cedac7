"""What a reader did not take as it stands in the file: left out, read in part or read otherwise; counted and said."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from karmalink.base.wording import counted

__all__ = ["FileNote", "LeftOutWarning", "Notes", "warn_of"]

_NAMED = 3  # of a note's things: the others are counted
_LONGEST_NAME = 60


class LeftOutWarning(UserWarning):
    """Something of a file was left out, read in part or read otherwise; the message counts and names it."""


@dataclass(frozen=True, slots=True)
class FileNote:
    """Things of one kind that a file holds and that were not taken as they stand.

    Attributes
    ----------
    noun : str
        What they are, for one of them: ``placemark``.
    why : str
        What is the matter, to follow the noun: ``without a position``.
    done : str
        What was done: ``left out``, ``read in part`` …
    which : tuple of str
        A name or number for each, in the order of the file; as many as there are.
    nouns : str
        For several of them, where an s does not do.
    """

    noun: str
    why: str
    done: str = "left out"
    which: tuple[str, ...] = ()
    nouns: str = ""

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.which)

    def to_dict(self) -> dict[str, object]:
        """Return noun, reason, what was done, how many there are and which."""
        told = {"what": self.noun, "why": self.why, "done": self.done, "count": self.count}
        return {**told, "which": list(self.which), "says": str(self)}

    def __str__(self) -> str:
        """One line: ``2 placemarks without a position: left out (Split 0, Split 1)``."""
        named = [name for name in dict.fromkeys(self.which) if name]
        # Two points of one line bear one name; what has none is still there.
        more = len(named[_NAMED:]) + self.which.count("")
        shown = ", ".join(_short(name) for name in named[:_NAMED])
        rest = f" and {more:,} more" if shown and more else ""
        return f"{counted(self.count, self.noun, self.nouns)} {self.why}: {self.done}" + (
            f" ({shown}{rest})" if shown else ""
        )


@dataclass(slots=True)
class Notes:
    """Gathers what a reader leaves out, one by one, and tells equal things together."""

    _found: dict[tuple[str, str, str, str], list[str]] = field(default_factory=dict)

    def add(self, noun: str, why: str, which: str = "", *, done: str = "left out", nouns: str = "") -> None:
        """Add one thing; see :class:`FileNote`."""
        self._found.setdefault((noun, why, done, nouns), []).append(which)

    def told(self) -> tuple[FileNote, ...]:
        """Return one note for each kind of thing, in the order in which the first of each came up."""
        return tuple(
            FileNote(noun, why, done, tuple(which), nouns) for (noun, why, done, nouns), which in self._found.items()
        )


def warn_of(path: str | Path, notes: Iterable[FileNote], *, stacklevel: int = 2) -> None:
    """Warn of what was left out of a file, all of it in one warning; nothing where there is nothing to tell."""
    told = [str(note) for note in notes]
    if told:
        warnings.warn(f"{Path(path).name}: {'; '.join(told)}", LeftOutWarning, stacklevel=stacklevel + 1)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
