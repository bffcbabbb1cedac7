"""How files of accounts and of lives are read: what holds for a whole file and is not said in it, as one object."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from karmalink.account.account import Account
from karmalink.account.files.day_one import is_day_one
from karmalink.account.files.statements import read_statements
from karmalink.account.files.tables import ONE_LIFE, life_options, read_accounts, read_lives
from karmalink.account.life import Life
from karmalink.errors import UsageError
from karmalink.rows import Columns

__all__ = ["Reading"]

_YEARS = ("earliest", "latest")
_OF_STATEMENTS = ("calendar", "person", "language", "columns")
_OF_ACCOUNTS = ("calendar", "date_means", "person", "language", "columns", "day_first", "timezone", *_YEARS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is said once for whole files of accounts or entries.

    Attributes
    ----------
    calendar : str or None
        Calendar of rows that name none.
    date_means, person, language : str or None
        Of accounts, where a row does not say it.
    life, kind, author : str or None
        Of entries, where a row does not say it. A calendar or a chat, which name none, is called after its file where
        `life` is not given.
    timezone : str or None
        Where the person was (``Asia/Phnom_Penh``), for times in UTC.
    until : datetime.date or None
        Of a calendar: the last day that is taken; events that repeat without end need it.
    day_first : bool or None
        Of tables and chats: whether 03/04 is 3 April.
    day_begins : int or None
        Of a calendar or a chat: hour at which a waking day begins.
    columns : Columns or None
        Of tables: which heading is which field.
    earliest, latest : int or None
        First and last plausible Gregorian year.
    """

    calendar: str | None = None
    date_means: str | None = None
    person: str | None = None
    language: str | None = None
    life: str | None = None
    kind: str | None = None
    author: str | None = None
    timezone: str | None = None
    until: datetime.date | None = None
    day_first: bool | None = None
    day_begins: int | None = None
    columns: Columns | None = None
    earliest: int | None = None
    latest: int | None = None

    def given(self) -> dict[str, Any]:
        """Return what was said."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in said.items() if value is not None}

    def check(self, *, accounts: Path | None = None, lives: Path | None = None) -> None:
        """Refuse what neither file has a use for: it would pass unnoticed.

        Raises
        ------
        UsageError
            With what was said, and what these files take.
        """
        takes = {*(_OF_ACCOUNTS if accounts is not None else ()), *(_of_lives(lives) if lives is not None else ())}
        foreign = [name for name in self.given() if name not in takes]
        if foreign:
            files = [str(path) for path in (accounts, lives) if path is not None]
            raise UsageError(
                f"{', '.join(map(_as_option, foreign))}: not for this kind of file",
                where=" and ".join(files),
                allowed=tuple(sorted(map(_as_option, takes))),
            )

    def accounts(self, path: str | Path) -> list[Account]:
        """Return the accounts of a file; what is said of lives only is passed over.

        Raises
        ------
        ReadError, ImportFaults, UsageError
            As :func:`karmalink.account.read_accounts`.
        """
        return read_accounts(path, **self._only(_OF_ACCOUNTS))

    def statements(self, path: str | Path) -> list[Account]:
        """Return statements, which need no date: a plain list, or a table.

        Raises
        ------
        ReadError, ImportFaults, UsageError
            As :func:`karmalink.account.read_statements`.
        """
        return read_statements(path, **self._only(_OF_STATEMENTS))

    def lives(self, path: str | Path, *, dated: bool = True) -> list[Life]:
        """Return the lives of a file; what is said of other kinds of file only is passed over.

        Parameters
        ----------
        path : str or Path
            The file.
        dated : bool
            Whether every entry of a table needs a date.

        Raises
        ------
        ReadError, ImportFaults, UsageError, UnknownName, CannotAnswer
            As :func:`karmalink.account.read_lives`.
        """
        place = Path(path)
        options = self._only(_of_lives(place))
        # A calendar, a chat or a journal does not name its life; a name for it need not be thought of.
        if place.suffix.casefold() in ONE_LIFE or is_day_one(place):
            options.setdefault("life", place.stem)
        if not dated and "dated" in life_options(place):
            options["dated"] = False
        return read_lives(place, **options)

    def _only(self, names: Iterable[str]) -> dict[str, Any]:
        said = self.given()
        return {name: said[name] for name in names if name in said}


def _as_option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _of_lives(path: Path) -> tuple[str, ...]:
    return (*sorted(life_options(path) - {"dated", "keep_others"}), *_YEARS)
