"""A table of what is known of accounts beside their words: one row per account, one column per covariate."""

from __future__ import annotations

import csv
from pathlib import Path

from karmalink.errors import ReadError

__all__ = ["read_covariates"]

_ACCOUNT = "account"


def read_covariates(file: Path) -> dict[str, dict[str, str | float]]:
    """Return covariate → account → value: numbers where every cell of a column is one, words otherwise.

    Raises
    ------
    ReadError
        The file cannot be read, has no column `account` or no other, or names an account twice.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t" if file.suffix.casefold() == ".tsv" else ","))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReadError("the covariates cannot be read", where=file, rule="a table as .csv or .tsv, UTF-8") from error
    columns = [name for name in (rows[0] if rows else {}) if name and name != _ACCOUNT]
    if not rows or _ACCOUNT not in rows[0] or not columns:
        raise ReadError(
            "no covariate in this table",
            where=file,
            rule="a column account and one per covariate",
            allowed="account,delay",
        )
    seen: set[str] = set()
    for line, row in enumerate(rows, start=2):
        if not row[_ACCOUNT] or row[_ACCOUNT] in seen:
            raise ReadError(
                "an account twice, or none", where=f"{file}, line {line}, field account", rule="one row per account"
            )
        seen.add(row[_ACCOUNT])
    return {name: _column([(row[_ACCOUNT], (row[name] or "").strip()) for row in rows]) for name in columns}


def _column(cells: list[tuple[str, str]]) -> dict[str, str | float]:
    known = [(account, cell) for account, cell in cells if cell]
    try:
        return {account: float(cell) for account, cell in known}
    except ValueError:
        return dict(known)
