"""What a column is, and what a checked row is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from karmalink.errors import Fault, describe
from karmalink.rows.parsers import Refused, text

__all__ = ["Field", "Refused", "Row", "Spec", "shown"]

# A cell that is longer than a code or a date may be a sentence that slipped into the wrong column.
_MOST_WORDS_QUOTED = 3


def shown(value: str, *, private: bool = False) -> str:
    """Return a cell as it may stand in a fault: quoted when it is a short code, else only described.

    A text that stands in the wrong column (no header, one comma too few) must not leave through an error message.
    """
    return describe(value, private=private or len(value.split()) > _MOST_WORDS_QUOTED)


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a table.

    Attributes
    ----------
    name : str
        Header of the column, or key of the JSON object.
    required : bool
        A row without it is a fault, unless the caller gives a default for it.
    parse : callable
        Text of the cell → value; raises :class:`Refused` with the rule that is broken.
    show : callable
        Value → text of the cell; the inverse of `parse`.
    private : bool
        The cell may hold a person's words: it is never quoted.
    allowed : str
        What is accepted, for the message.
    default : object
        Value where an optional cell is empty.
    unique : bool
        No two rows may have the same value.
    numbered : str
        Where the file has no column of this field its rows are numbered: by the value of the field of this name
        (``P01-1``, ``P01-2``), or by the word itself where there is none.
    leaves_out : bool
        A row in which this cell is empty says nothing: it is left out, and told.
    """

    name: str
    required: bool = False
    parse: Callable[[str], Any] = text
    show: Callable[[Any], str] = str
    private: bool = False
    allowed: str = ""
    default: Any = None
    unique: bool = False
    numbered: str = ""
    leaves_out: bool = False


Spec = tuple[Field, ...]
"""The fields of a table, in order."""


@dataclass(frozen=True, slots=True)
class Row:
    """One checked line of a table.

    Attributes
    ----------
    line : int
        Line in the file where the row begins, from 1.
    values : mapping of str to object
        Parsed values by field. While faults are still being gathered a refused field is absent: use :meth:`get`.
    """

    line: int
    values: Mapping[str, Any]
    _cells: Mapping[str, str] = field(default_factory=dict)
    _private: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> Any:
        """Return the value of a field."""
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a field, or `default` where it is empty or was refused."""
        value = self.values.get(name)
        return default if value is None else value

    def fault(self, name: str, rule: str, *, allowed: str = "") -> Fault:
        """Return a fault of this row that no single cell could show (a date in a calendar, an unknown person)."""
        value = shown(self._cells.get(name, ""), private=name in self._private)
        return Fault(self.line, name, value, rule, allowed)

    def __repr__(self) -> str:
        """One-line summary, never the values."""
        return f"Row(line {self.line}: {', '.join(self.values)})"
