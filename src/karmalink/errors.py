"""The one exception tree.

    KarmalinkError                  exit code
    ├── UsageError                      2   the call itself is wrong
    │   └── MissingExtra                2   an optional part is not installed
    ├── InputError                      3   a file, a value or a study cannot be used as it is
    │   ├── ReadError                   3   a file cannot be read as what it claims to be
    │   ├── DateError                   3   a date is out of range or has no calendar
    │   ├── UnknownName                 3   a person, place, life … that is not there
    │   ├── Duplicate                   3   an identifier that is taken
    │   ├── ImportFaults                3   all the faults of one import, nothing was imported
    │   └── StudyError                  3   the study as a whole cannot be opened or written
    │       ├── StudyLocked             3   another process is writing
    │       ├── OldCopy                 3   it may be read, not written to: the study itself is newer
    │       ├── StudyTooNew             3   made by a newer Karmalink
    │       ├── WrongPassphrase         3
    │       ├── KeyStoreMissing         3
    │       ├── ConsentMissing          3   the person has not agreed to this
    │       └── StorageFailed           3   disk full or read-only
    ├── CannotAnswer                    4   these data cannot answer the question; that is an answer
    ├── IntegrityError                  5   something stored is not what was stored
    └── InternalError                   6   a fault of Karmalink: please report it

A message says what happened, where, the rule, what is allowed and the next step. It never carries a text of a person:
a value that may be one is described by :func:`describe` (``text, 312 characters``), never quoted.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "CannotAnswer",
    "ConsentMissing",
    "DateError",
    "Duplicate",
    "Fault",
    "ImportFaults",
    "InputError",
    "IntegrityError",
    "InternalError",
    "KarmalinkError",
    "KeyStoreMissing",
    "MissingExtra",
    "OldCopy",
    "ReadError",
    "StorageFailed",
    "StudyError",
    "StudyLocked",
    "StudyTooNew",
    "UnknownName",
    "UsageError",
    "WrongPassphrase",
    "describe",
    "suggest",
]

_LONGEST_QUOTED = 60
_SHOWN_ALIKE = 3  # of faults that differ in line and value only: a report of 2,000 lines is not read
_NUMBERS_SHOWN = 8
_NUMBER = re.compile(r"\d+")
# What to do about a fault, by a piece of its rule; the first that fits.
_NEXT_STEPS = (
    ("column is missing", "add the column to the header, or say its value once for the whole file with an option"),
    ("is not a column", "rename the column, or take it out of the file"),
    ("must not be empty", "fill it in, or take the line out"),
    ("is already", "give each an identifier of its own, or take the repetition out"),
    ("twice", "keep one of them"),
    ("is NaN", "leave it empty where it is not known"),
    ("did you mean", "correct the word, or add what it names first"),
    ("unconfirmed proposal", "read each proposal, write 'yes' into its column confirmed, or take the line out"),
    ("as many cells as the header", "look for a separator too many or too few, or put the text into quotation marks"),
)


def describe(value: object, *, private: bool = False) -> str:
    """Return `value` as it may appear in a message: quoted if short and public, otherwise only described."""
    text = value if isinstance(value, str) else repr(value)
    if private or len(text) > _LONGEST_QUOTED:
        return f"text, {len(text)} characters"
    return repr(value)


def suggest(value: str, allowed: Iterable[str]) -> str:
    """Return ``did you mean 'x'?`` for the nearest allowed word, or an empty string."""
    table = {word.casefold(): word for word in sorted(allowed, reverse=True)}
    near = difflib.get_close_matches(value.casefold(), sorted(table), n=1)
    return f"did you mean {table[near[0]]!r}?" if near else ""


class KarmalinkError(Exception):
    """Base of everything Karmalink raises on purpose.

    Parameters
    ----------
    what : str
        What happened, one sentence without a final dot.
    where : str or Path, optional
        File, line, field, or the name of the thing.
    rule : str, optional
        The rule that was broken.
    allowed : str or sequence of str, optional
        What would have been accepted.
    next_step : str, optional
        What the user can do now.
    """

    exit_code = 3

    def __init__(
        self,
        what: str,
        *,
        where: str | Path = "",
        rule: str = "",
        allowed: str | Sequence[str] = "",
        next_step: str = "",
    ) -> None:
        self.what = what
        self.where = str(where)
        self.rule = rule
        self.allowed = allowed if isinstance(allowed, str) else ", ".join(allowed)
        self.next_step = next_step
        super().__init__(what)

    def __str__(self) -> str:
        """Return one line per part that was given."""
        parts = [
            ("where", self.where),
            ("rule", self.rule),
            ("allowed", self.allowed),
            ("next", self.next_step),
        ]
        return "\n".join([self.what] + [f"  {name}: {text}" for name, text in parts if text])

    def to_dict(self) -> dict[str, str]:
        """Return the parts, for ``--json``."""
        return {
            "error": type(self).__name__,
            "what": self.what,
            "where": self.where,
            "rule": self.rule,
            "allowed": self.allowed,
            "next": self.next_step,
        }


class UsageError(KarmalinkError):
    """The call itself is wrong: an option, an argument, a combination."""

    exit_code = 2


class MissingExtra(UsageError):
    """An optional part is needed and not installed."""


class InputError(KarmalinkError):
    """A file, a value or a study cannot be used as it is."""


class ReadError(InputError):
    """A file cannot be read as the format it claims to be: empty, truncated, another format or encoding."""


class DateError(InputError):
    """A date is out of range, not a date, or its calendar was not given."""


class UnknownName(InputError):
    """An unknown person, place, life, witness … is named."""


class Duplicate(InputError):
    """An identifier is used twice."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in one place of an imported file.

    Attributes
    ----------
    line : int
        Line in the file, from 1; 0 for the whole file.
    field : str
        Column or key.
    value : str
        The value as it may be printed (see :func:`describe`).
    rule, allowed : str
        The rule that was broken and what would have been accepted.
    next_step : str
        What to do about it; empty takes what :attr:`advice` says.
    """

    line: int
    field: str
    value: str
    rule: str
    allowed: str = ""
    next_step: str = ""

    @property
    def advice(self) -> str:
        """What to do about it: its own next step, else that of its rule."""
        if self.next_step:
            return self.next_step
        known = next((step for piece, step in _NEXT_STEPS if piece in self.rule), "")
        return known or (f"write what is allowed: {self.allowed}" if self.allowed else f"correct the {self.field}")

    def __str__(self) -> str:
        """One line: ``line 7, date: '2024-13-01': rule (allowed: …)``."""
        allowed = f" (allowed: {self.allowed})" if self.allowed else ""
        return f"line {self.line}, {self.field}: {self.value}: {self.rule}{allowed}"

    def to_dict(self) -> dict[str, str | int]:
        """Return the fields, for ``--json``."""
        return {
            "line": self.line,
            "field": self.field,
            "value": self.value,
            "rule": self.rule,
            "allowed": self.allowed,
            "next": self.advice,
        }


class ImportFaults(InputError):
    """Everything wrong with one file; nothing of it was imported."""

    def __init__(self, faults: Sequence[Fault], *, where: str | Path, next_step: str = "") -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        super().__init__(
            f"{count} fault{'s' if count != 1 else ''} found, nothing was imported",
            where=where,
            next_step=next_step
            or "correct these lines and import the same file again: what is already there is not added twice",
        )

    def __str__(self) -> str:
        """Return the head, then the faults: equal ones together, the first few with their lines, and what to do."""
        return "\n".join([super().__str__(), *(f"  {line}" for group in self.alike for line in _lines_of(group))])

    @property
    def alike(self) -> tuple[tuple[Fault, ...], ...]:
        """Return the faults in groups that break one rule in one field, in the order of the first of each."""
        groups: dict[tuple[str, ...], list[Fault]] = {}
        for fault in self.faults:
            # "is already on line 3" and "is already on line 9" are one rule.
            rule = _NUMBER.sub("#", fault.rule)
            groups.setdefault((fault.field, rule, fault.allowed, fault.next_step), []).append(fault)
        return tuple(tuple(group) for group in groups.values())


def _lines_of(group: Sequence[Fault]) -> Iterable[str]:
    """Yield the lines of equal faults: the first few, how many more there are and where, and what to do."""
    # One line more costs no more than the line that says how many are left out.
    shown = len(group) if len(group) <= _SHOWN_ALIKE + 1 else _SHOWN_ALIKE
    yield from (str(fault) for fault in group[:shown])
    rest = group[shown:]
    if rest:
        lines = ", ".join(str(fault.line) for fault in rest[:_NUMBERS_SHOWN])
        yield f"… and {len(rest):,} more like it (lines {lines}{', …' if len(rest) > _NUMBERS_SHOWN else ''})"
    yield f"  next: {group[0].advice}"


class StudyError(InputError):
    """The study as a whole cannot be opened or written."""


class StudyLocked(StudyError):
    """Another process is writing to the study."""


class OldCopy(StudyError):
    """This is an old copy of the study; it can be read, and is written to once it was accepted as the study."""


class StudyTooNew(StudyError):
    """The study was made by a newer Karmalink."""


class WrongPassphrase(StudyError):
    """The passphrase does not open the key store."""


class KeyStoreMissing(StudyError):
    """The key store is not where the study expects it."""


class ConsentMissing(StudyError):
    """The person, or the guardian of a minor, has not agreed to this."""


class StorageFailed(StudyError):
    """The disk is full, read-only or failing; nothing was half written."""


class CannotAnswer(KarmalinkError):
    """These data cannot answer the question. That is an answer, with what would be needed."""

    exit_code = 4


class IntegrityError(KarmalinkError):
    """Something stored is not what was stored."""

    exit_code = 5


class InternalError(KarmalinkError):
    """A fault of Karmalink, with its type and lines and without any value: please report it."""

    exit_code = 6
