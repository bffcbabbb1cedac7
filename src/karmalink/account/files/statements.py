"""Statements: what somebody says of a life, without a date; a plain list, one a line, or a table.

Nothing that ranks lives by what is said needs a date: which life they fit is asked, not when.
"""

from __future__ import annotations

import re
from pathlib import Path

from karmalink.account.account import Account
from karmalink.account.files.tables import gather_accounts
from karmalink.account.files.written_dates import DateRules
from karmalink.account.language.languages import language_of
from karmalink.errors import ReadError
from karmalink.rows import Columns, read_text

__all__ = ["read_statements"]

# A mark of a list before a statement: "-", "•", "3.", "(3)", "c)".
_MARK = re.compile(r"\s*(?:[-–—*•‣·]|\(?\d{1,3}[.):]|\(?[a-z][.)])\s+")


def read_statements(
    path: str | Path,
    *,
    person: str | None = None,
    language: str | None = None,
    calendar: str | None = None,
    columns: Columns | None = None,
) -> list[Account]:
    """Return statements in the order of the file, as accounts that need no date.

    Parameters
    ----------
    path : str or Path
        A plain list (``.txt``), one statement a line; marks and numbers of the list are left out where every line has
        one. Or a table of accounts, in which neither date nor calendar has to be there.
    person : str, optional
        Who says them; of a list the name of the file where not given.
    language : str, optional
        Language tag.
    calendar : str, optional
        Of dates in a table, where there are any.
    columns : Columns, optional
        Of a table: which heading is which field.

    Raises
    ------
    ReadError
        The file as a whole cannot be read, or says nothing.
    ImportFaults
        Of a table: every fault of every line.
    """
    place = Path(path)
    if place.suffix.casefold() != ".txt":
        return gather_accounts(
            place,
            dates=DateRules(),
            dated=False,
            columns=columns,
            person=person,
            language=language,
            calendar=calendar,
        ).settle()
    lines = [line.strip() for line in read_text(place).splitlines() if line.strip()]
    if not lines:
        raise ReadError("the list holds no statement", where=place, rule="one statement a line")
    if len(lines) > 1 and all(_MARK.match(line) for line in lines):
        lines = [_MARK.sub("", line, count=1) for line in lines]
    who = person or place.stem
    return [
        Account(f"{who}-{number}", who, line, None, language=language or language_of(line) or "en")
        for number, line in enumerate(lines, start=1)
    ]
