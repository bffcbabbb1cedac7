"""What a claimant said, and when: lists of statements out of a table, lines of JSON or a plain text."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from karmalink.base.wording import counted
from karmalink.errors import InputError, ReadError
from karmalink.rows import read_sheet, read_text

__all__ = ["ClaimList", "ClaimStatement", "read_claim_lists"]

_LEAST_STATEMENTS = 3
_YES = frozenset({"yes", "y", "true", "1", "after"})
_JSON = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True, repr=False)
class ClaimStatement:
    """One thing that was said.

    Attributes
    ----------
    text : str
        In the claimant's words.
    after_search : bool
        Whether it was recorded after somebody had begun to look for the life: it may come from what was found.
    """

    text: str
    after_search: bool = False

    def __repr__(self) -> str:
        """One-line summary: never the words."""
        return f"<ClaimStatement of {len(self.text)} characters{', after the search' if self.after_search else ''}>"


@dataclass(frozen=True, repr=False)
class ClaimList:
    """The statements of one claimant.

    Attributes
    ----------
    claimant : str
        Identifier.
    statements : tuple of ClaimStatement
    recorded : date or None
        When the list was written down.
    """

    claimant: str
    statements: tuple[ClaimStatement, ...]
    recorded: dt.date | None = field(default=None)

    def __post_init__(self) -> None:
        """Check that there is enough to compare.

        Raises
        ------
        InputError
            Fewer than three statements.
        """
        if len(self.statements) < _LEAST_STATEMENTS:
            raise InputError(
                f"{counted(len(self.statements), 'statement')} of {self.claimant[:40]!r}",
                rule="two statements fit some life of any register",
                allowed=f"{_LEAST_STATEMENTS} statements or more",
            )

    @cached_property
    def before(self) -> tuple[int, ...]:
        """Numbers of the statements that were recorded before the search."""
        return tuple(place for place, one in enumerate(self.statements) if not one.after_search)

    def __repr__(self) -> str:
        """One-line summary: never the words."""
        return f"<ClaimList of {self.claimant}: {counted(len(self.statements), 'statement')}>"


def read_claim_lists(path: str | Path) -> tuple[ClaimList, ...]:
    """Read lists of statements.

    Parameters
    ----------
    path : str or Path
        ``.jsonl``: a claimant a line, with ``claimant``, ``statements`` (texts, or objects with ``text`` and
        ``after_search``) and ``recorded_date``. ``.csv``, ``.tsv``: a statement a row, with ``claimant``, ``text`` and
        ``after_search``. ``.txt``: a statement a line, of one claimant who is called as the file is.

    Raises
    ------
    ReadError, InputError
        What is wrong, and in which line.
    """
    place = Path(path)
    ending = place.suffix.casefold()
    if ending in _JSON:
        lists = list(_of_json(place))
    elif ending == ".txt":
        lines = [line.strip() for line in read_text(place).splitlines() if line.strip()]
        lists = [ClaimList(place.stem, tuple(ClaimStatement(line) for line in lines))]
    else:
        lists = _of_table(place)
    names = [one.claimant for one in lists]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(
            f"two lists of the claimant {twice[:40]!r}", where=place, rule="all statements of a claimant are one list"
        )
    if not lists:
        raise ReadError("no statement", where=place, rule="a claimant has three statements or more")
    return tuple(lists)


def _of_json(place: Path) -> Iterator[ClaimList]:
    for line, text in enumerate(read_text(place).splitlines(), start=1):
        if not text.strip():
            continue
        where = f"{place}, line {line}"
        try:
            row = json.loads(text)
        except json.JSONDecodeError as error:
            raise ReadError(f"not JSON: {error.msg}", where=where, rule="one claimant a line") from error
        if not isinstance(row, Mapping) or not isinstance(row.get("statements"), list) or not row.get("claimant"):
            raise ReadError(
                "not a list of statements", where=where, allowed='{"claimant": "C1", "statements": ["…", "…"]}'
            )
        statements = tuple(_statement(one, where) for one in row["statements"])
        yield ClaimList(str(row["claimant"]), statements, _day(row.get("recorded_date"), where))


def _statement(one: Any, where: str) -> ClaimStatement:
    if isinstance(one, Mapping):
        text, after = one.get("text"), one.get("after_search", False)
    else:
        text, after = one, False
    if not isinstance(text, str) or not text.strip():
        raise InputError(
            "a statement without words", where=where, allowed='"…", or {"text": "…", "after_search": true}'
        )
    return ClaimStatement(text.strip(), after is True or str(after).casefold() in _YES)


def _of_table(place: Path) -> list[ClaimList]:
    rows: dict[str, list[ClaimStatement]] = {}
    sheet = read_sheet(place)
    if "text" not in sheet.columns:
        raise ReadError(
            "the column text is missing",
            where=place,
            rule="a row is a statement",
            allowed="claimant, text, after_search",
        )
    for record in sheet.records:
        text = record.cells.get("text", "").strip()
        if text:
            after = record.cells.get("after_search", "").strip().casefold() in _YES
            name = record.cells.get("claimant", "").strip() or place.stem
            rows.setdefault(name, []).append(ClaimStatement(text, after))
    return [ClaimList(name, tuple(statements)) for name, statements in rows.items()]


def _day(value: Any, where: str) -> dt.date | None:
    if value in (None, ""):
        return None
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError as error:
        raise InputError(
            f"recorded_date {str(value)[:20]!r} is not a day", where=where, allowed="2001-10-22"
        ) from error
