"""Results: what the rooms computed, kept with the list of everybody whose data went in."""

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
        The people whose data went in; it dies with any of them. Empty where it is made of commons only.
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
        """Tell kind, time and how many people went in."""
        return f"Result({self.id}: {self.kind} of {len(self.contributors)} people, {self.at})"


class Results:
    """The results of a study: sealed under the keys of all contributors together, so that no one of them can be erased
    and the result remain.

    Parameters
    ----------
    core : Core
        The open study.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._sealed = SealedTable(core, RESULTS)

    def put(self, kind: str, contributors: Iterable[str], data: Any, *, id: str | None = None) -> str:  # noqa: A002
        """Store a result; return its identifier. One that is stored under the identifier of another takes its place.

        Parameters
        ----------
        kind : str
            Lower-case word, in the clear.
        contributors : iterable of str
            Everybody whose data went in, by identifier; also of models, vocabularies and weights.
        data : object
            JSON values (no NaN).
        id : str, optional
            An identifier; a random one where not given.

        Raises
        ------
        UsageError
            The kind is no word, or the data cannot be written as JSON.
        UnknownName, ConsentMissing
            A contributor is not in the study, or withdrew.
        """
        if not _KIND.fullmatch(kind):
            raise UsageError(f"a result of the kind {describe(kind)}", allowed="a-z, 0-9, _ . -, 40 characters at most")
        owners = tuple(sorted({self._core.directory.agreed(name) for name in contributors}))
        name = id or secrets.token_hex(8)
        facts = {"id": name, "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "data": _packed(data)}
        with self._core.database.transaction():
            there = self._sealed.find([name]).get(name)
            if there is not None:
                if (there.kind, owners_of(there.owners)) == (kind, owners) and self.get(name).data == data:
                    return name
                self._sealed.remove(there)
            self._sealed.insert([New(name, owners, facts, clear={"kind": kind})])
        return name

    def journal(self, contributors: Iterable[str]) -> StudyJournal:
        """Return the journal of a result in the making: sealed blocks, so that a run that was killed goes on.

        Parameters
        ----------
        contributors : iterable of str
            Everybody whose data go in, by identifier.

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
            There is none of this identifier.
        """
        return self._opened(self._row(name))

    def latest(self, kind: str) -> Result | None:
        """Return the newest result of a kind, None where there is none."""
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
            There is none of this identifier.
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
        """Tell how many there are."""
        return f"<{len(self)} results>"

    def _row(self, name: str) -> Row:
        row = self._sealed.usable(name)
        if row is None:
            raise UnknownName(
                f"there is no result {describe(name)}",
                rule="a result goes with any of the people whose data went in",
                next_step="run it again on what is there",
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
