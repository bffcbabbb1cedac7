"""Results of analyses, stored with the list of all people whose data were used."""

from __future__ import annotations

import base64
import builtins
import datetime as dt
import json
import re
import secrets
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from karmalink.base.wording import counted
from karmalink.errors import UnknownName, UsageError, describe
from karmalink.study.store.core import Core
from karmalink.study.store.journal import StudyJournal
from karmalink.study.store.ledger import owners_of
from karmalink.study.store.sealed import New, Row, SealedTable
from karmalink.study.store.tables import RESULTS

__all__ = ["Result", "Results"]

_KIND = re.compile(r"[a-z][a-z0-9_.-]{0,39}")


@dataclass(frozen=True, slots=True)
class Result:
    """One stored result.

    Attributes
    ----------
    id, kind : str
        Identifier, and what it is (``pairs``, ``lags``, ``power``, ``map``, ``model`` …).
    contributors : tuple of str
        The people whose data were used; it is deleted with any of them. Empty if no one's data were.
    at : str
        When it was stored, ISO 8601, UTC.
    data : object
        JSON values.
    """

    id: str
    kind: str
    contributors: tuple[str, ...]
    at: str
    data: Any

    def __repr__(self) -> str:
        """One-line summary."""
        people = counted(len(self.contributors), "person", "people")
        return f"Result({self.id}: {self.kind} of {people}, {self.at})"


class Results:
    """The results of a study, encrypted under the keys of all contributors together: none of them can be erased while
    the result remains readable.

    Parameters
    ----------
    core : Core
        The open study.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._sealed = SealedTable(core, RESULTS)

    def put(self, kind: str, contributors: Iterable[str], data: Any, *, id: str | None = None) -> str:  # noqa: A002
        """Store a result; return its identifier. A result with the identifier of another replaces it.

        Parameters
        ----------
        kind : str
            Lower-case word, in the clear.
        contributors : iterable of str
            All people whose data were used, by identifier; also for models, vocabularies and weights.
        data : object
            JSON values (no NaN).
        id : str, optional
            An identifier; random if not given.

        Raises
        ------
        UsageError
            The kind is not a short lower-case word, or the data cannot be written as JSON.
        UnknownName, ConsentMissing
            A contributor is not in the study, or withdrew.
        """
        if not _KIND.fullmatch(kind):
            raise UsageError(
                f"the kind of a result must be a short word, got {describe(kind)}",
                allowed="a-z, 0-9, _ . -, 40 characters at most",
            )
        names = list(contributors)
        name = id or secrets.token_hex(8)
        facts = {"id": name, "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "data": _packed(data)}
        with self._core.database.transaction():
            owners = tuple(sorted({self._core.directory.agreed(person) for person in names}))
            before = self._sealed.find([name]).get(name)
            if before is not None:
                if (before.kind, owners_of(before.owners)) == (kind, owners) and self.get(name).data == data:
                    return name
                self._sealed.remove(before)
            self._sealed.insert([New(name, owners, facts, clear={"kind": kind})])
        return name

    def journal(self, contributors: Iterable[str]) -> StudyJournal:
        """Return the journal of a running analysis: encrypted blocks, so that a run that was killed can continue.

        Parameters
        ----------
        contributors : iterable of str
            All people whose data are used, by identifier.

        Raises
        ------
        UnknownName, ConsentMissing
            A contributor is not in the study, or withdrew.
        """
        return StudyJournal(self._core, tuple(sorted({self._core.directory.agreed(name) for name in contributors})))

    def get(self, name: str) -> Result:
        """Return a result.

        Raises
        ------
        UnknownName
            There is no such result.
        """
        return self._opened(self._row(name))

    def latest(self, kind: str) -> Result | None:
        """Return the newest result of a kind, None if there is none."""
        rows = [row for row in self._sealed.rows() if row.kind == kind]
        return self._opened(rows[-1]) if rows else None

    def list(self, kind: str | None = None) -> builtins.list[Result]:
        """Return the results of one kind or of all, oldest first."""
        return [self._opened(row) for row in self._sealed.rows() if kind is None or row.kind == kind]

    def remove(self, name: str) -> None:
        """Remove a result.

        Raises
        ------
        UnknownName
            There is no such result.
        """
        with self._core.database.transaction():
            self._sealed.remove(self._row(name))

    def __contains__(self, name: object) -> bool:
        """Whether there is a result of this identifier."""
        return isinstance(name, str) and self._sealed.usable(name) is not None

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._sealed.rows())

    def __iter__(self) -> Iterator[Result]:
        """Go through the results."""
        return iter(self.list())

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<{counted(len(self), 'result')}>"

    def _row(self, name: str) -> Row:
        row = self._sealed.usable(name)
        if row is None:
            raise UnknownName(
                f"unknown result {describe(name)}",
                rule="a result is deleted with any of the people whose data were used",
                next_step="run the analysis again",
            )
        return row

    def _opened(self, row: Row) -> Result:
        facts = self._sealed.facts(row)
        contributors = tuple(sorted(map(self._core.directory.name, owners_of(row.owners))))
        return Result(facts["id"], row.kind, contributors, facts["at"], _unpacked(facts["data"]))


def _packed(data: Any) -> str:
    try:
        text = json.dumps(data, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError("the result cannot be stored", rule=f"results are JSON values: {error}") from None
    return base64.b64encode(zlib.compress(text.encode())).decode()


def _unpacked(stored: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(stored)))
