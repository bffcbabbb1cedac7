"""Accounts and lives from plain files: CSV, TSV, JSONL, calendars (ICS), WhatsApp exports."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from karmalink.account.account import Account
from karmalink.account.dates import EARLIEST_YEAR, DateMeans
from karmalink.account.life import Life

__all__ = ["read_accounts", "read_lives", "write_accounts", "write_lives"]


def read_accounts(
    path: str | Path,
    *,
    calendar: str | None = None,
    date_means: DateMeans | str | None = None,
    person: str | None = None,
    language: str | None = None,
    earliest: int = EARLIEST_YEAR,
    latest: int | None = None,
) -> list[Account]:
    """Return the accounts of a CSV, TSV or JSONL file.

    `calendar`, `date_means`, `person` and `language` hold for rows that do not say it themselves.

    Raises
    ------
    ReadError
        The file as a whole cannot be read.
    ImportFaults
        With every fault of every line; nothing is returned then.
    """
    raise NotImplementedError


def read_lives(
    path: str | Path,
    *,
    calendar: str | None = None,
    life: str | None = None,
    kind: str | None = None,
    author: str | None = None,
    timezone: str | None = None,
    day_first: bool | None = None,
    keep_others: bool = False,
    earliest: int = EARLIEST_YEAR,
    latest: int | None = None,
) -> list[Life]:
    """Return the lives of a file: entries as CSV, TSV or JSONL, a calendar (``.ics``), a WhatsApp export (``.txt``).

    Parameters
    ----------
    path : str or Path
        The file; its ending says the format.
    calendar, life, kind, author : str, optional
        Hold for rows that do not say it themselves. `life` is needed for ICS and WhatsApp, which name none; `author` is
        needed for WhatsApp: only that person's messages are theirs.
    timezone : str, optional
        Of the person (``Asia/Phnom_Penh``): the day of a timed event is the day there.
    day_first : bool, optional
        WhatsApp: whether 03/04 is 3 April. Never guessed; inferred only where a day over 12 proves it.
    keep_others : bool
        WhatsApp: keep the messages of others too.

    Raises
    ------
    ReadError, ImportFaults, UsageError
    """
    raise NotImplementedError


def write_accounts(path: str | Path, accounts: Iterable[Account]) -> Path:
    """Write accounts as CSV, TSV or JSONL; :func:`read_accounts` reads them back unchanged."""
    raise NotImplementedError


def write_lives(path: str | Path, lives: Iterable[Life]) -> Path:
    """Write the entries of lives as CSV, TSV or JSONL; :func:`read_lives` reads them back unchanged."""
    raise NotImplementedError
