"""Faults of the rows of a file against the study, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from karmalink.account.account import Account
from karmalink.errors import Fault, KarmalinkError, UnknownName, suggest
from karmalink.rows import FileRecords, Row, shown
from karmalink.study.imports.kinds import Kind, Reference
from karmalink.study.records.records import SINGULAR

if TYPE_CHECKING:
    from karmalink.study.imports.entries import GatheredLives
    from karmalink.study.records.records import Refusal
    from karmalink.study.study import Study

__all__ = ["fault_of", "listed", "refused_entries", "refused_rows", "unknown_names"]

_MOST_LISTED = 8


def fault_of(row: Row, field: str, error: KarmalinkError, *, value: str = "", allowed: str = "") -> Fault:
    """Return what a study refused as a fault of a row.

    Parameters
    ----------
    row : Row
        The row.
    field : str
        The column.
    error : KarmalinkError
        Why.
    value : str
        The value, if the row has no such cell (a file without columns).
    allowed : str
        What would have been accepted, if the error does not say.
    """
    rule = "; ".join(part for part in (error.what, error.next_step) if part)
    fault = row.fault(field, rule, allowed=error.allowed or allowed)
    # A file without columns (ICS, GeoJSON) has no cell to show.
    return Fault(fault.line, field, shown(value), fault.rule, fault.allowed) if fault.value == "''" else fault


def refused_rows(study: Study, kind: Kind, refusals: Iterable[Refusal], rows: Sequence[Row]) -> Iterator[Fault]:
    """Yield the faults of records that the study refuses.

    Parameters
    ----------
    study : Study
        The study.
    kind : Kind
        What the file holds.
    refusals : iterable of Refusal
        From the study.
    rows : sequence of Row
        The row of each record that was checked, in order.
    """
    for refusal in refusals:
        row = rows[refusal.index]
        yield _refused(study, kind, row, refusal.field, refusal.error, str(row.get(kind.own, "")))


def _refused(study: Study, kind: Kind, row: Row, field: str, error: KarmalinkError, value: str) -> Fault:
    """Return a refusal as a fault; for an unknown name, the known ones are allowed."""
    reference = next((reference for reference in kind.references if reference.field == field), None)
    unknown = reference is not None and isinstance(error, UnknownName)
    allowed = listed(kind.known(study, reference)) if reference and unknown else ""
    return fault_of(row, kind.own if field == "id" else field, error, value=value, allowed=allowed)


def unknown_names(study: Study, kind: Kind, found: FileRecords[Any]) -> Iterator[Fault]:
    """Yield unknown names, for the rows that have another fault.

    Rows without one become records, and the study checks those itself.
    """
    faulty = [row for row, record in zip(found.rows, found.records, strict=True) if record is None]
    for reference in kind.references if faulty else ():
        faults_of = _people if reference.namespace == "people" else _others
        for row in faulty:
            for name in _named(row.get(reference.field)):
                yield from faults_of(study, kind, reference, row, name)


def _people(study: Study, kind: Kind, reference: Reference, row: Row, name: str) -> Iterator[Fault]:
    """Yield that a person is unknown or has not agreed, with the study's own message: that for an account of theirs."""
    for refusal in study.accounts.check(Account("", name, "", None)):
        if refusal.field == "person":
            yield _refused(study, kind, row, reference.field, refusal.error, name)


def _others(study: Study, kind: Kind, reference: Reference, row: Row, name: str) -> Iterator[Fault]:
    known = kind.known(study, reference)
    if name in known or name.casefold() in known:
        return
    near = suggest(name, known)
    rule = f"unknown {SINGULAR[reference.namespace]} {shown(name)}{'; ' + near if near else ''}"
    yield row.fault(reference.field, rule, allowed=listed(known))


def listed(names: Iterable[str]) -> str:
    """Return the first few names for a message, and how many more there are."""
    ordered = sorted(names)
    more = len(ordered) - _MOST_LISTED
    return ", ".join(ordered[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _named(value: object) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)


def refused_entries(study: Study, gathered: GatheredLives) -> Iterator[Fault]:
    """Yield the faults of the lives of a file and their entries against the study, at the line of the entry.

    A fault of a whole life is at its first entry.
    """
    whole, empty = gathered.lives(), gathered.empty_lives()
    rows = gathered.entries.rows
    of_entry = {str(row.get("id", "")): row for row in rows}
    first = {life.id: next(row for row in rows if row.get("life") == life.id) for life in (*whole, *empty)}
    # Of a life without a valid entry only the author is checked: that it has no entries follows from the faults.
    of_empty = [refusal for refusal in study.lives.check(empty) if refusal.field == "author"]
    for lives, refusals in ((whole, study.lives.check(whole)), (empty, of_empty)):
        for refusal in refusals:
            life = lives[refusal.index]
            row = of_entry[refusal.part] if refusal.part else first[life.id]
            field = "life" if refusal.field == "id" and not refusal.part else refusal.field
            value = refusal.part or (life.author or "" if field == "author" else life.id)
            yield fault_of(row, field, refusal.error, value=value)
