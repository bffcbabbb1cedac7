"""What a study has against the rows of a file, said line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from karmalink.account.account import Account
from karmalink.errors import Fault, KarmalinkError, UnknownName, suggest
from karmalink.rows import FileRecords, Row, shown
from karmalink.study.imports.kinds import Kind, Reference

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
        What stands there where the row has no such cell (a file without columns).
    allowed : str
        What would have been accepted, where the error does not say.
    """
    said = "; ".join(part for part in (error.what, error.next_step) if part)
    fault = row.fault(field, said, allowed=error.allowed or allowed)
    # A file without columns (ICS, GeoJSON) has no cell to show.
    return Fault(fault.line, field, shown(value), fault.rule, fault.allowed) if fault.value == "''" else fault


def refused_rows(study: Study, kind: Kind, refusals: Iterable[Refusal], rows: Sequence[Row]) -> Iterator[Fault]:
    """Yield the faults of records that the study would not take.

    Parameters
    ----------
    study : Study
        The study.
    kind : Kind
        What the file holds.
    refusals : iterable of Refusal
        What the study said.
    rows : sequence of Row
        The row of each record that was asked about, in their order.
    """
    for refusal in refusals:
        row = rows[refusal.index]
        yield _refused(study, kind, row, refusal.field, refusal.error, str(row.get(kind.own, "")))


def _refused(study: Study, kind: Kind, row: Row, field: str, error: KarmalinkError, value: str) -> Fault:
    """Return a refusal as a fault; of a name that nobody knows, the known ones are what is allowed."""
    reference = next((one for one in kind.references if one.field == field), None)
    unknown = reference is not None and isinstance(error, UnknownName)
    allowed = listed(kind.known(study, reference)) if reference and unknown else ""
    return fault_of(row, kind.own if field == "id" else field, error, value=value, allowed=allowed)


def unknown_names(study: Study, kind: Kind, found: FileRecords[Any]) -> Iterator[Fault]:
    """Yield what a row names and nobody has introduced, for the rows that have another fault.

    Rows without one become records, and the study checks those itself.
    """
    faulty = [row for row, record in zip(found.rows, found.records, strict=True) if record is None]
    for reference in kind.references if faulty else ():
        look = _people if reference.namespace == "people" else _others
        for row in faulty:
            for name in _named(row.get(reference.field)):
                yield from look(study, kind, reference, row, name)


def _people(study: Study, kind: Kind, reference: Reference, row: Row, name: str) -> Iterator[Fault]:
    """Yield that somebody is not known or has not agreed, in the study's own words: it is asked about an account."""
    for refusal in study.accounts.check(Account("", name, "", None)):
        if refusal.field == "person":
            yield _refused(study, kind, row, reference.field, refusal.error, name)


def _others(study: Study, kind: Kind, reference: Reference, row: Row, name: str) -> Iterator[Fault]:
    known = kind.known(study, reference)
    if name in known or name.casefold() in known:
        return
    near = suggest(name, known)
    rule = f"there is no {shown(name)} among the {reference.namespace}{'; ' + near if near else ''}"
    yield row.fault(reference.field, rule, allowed=listed(known))


def listed(names: Iterable[str]) -> str:
    """Return some names for a message: the first few, and how many more there are."""
    ordered = sorted(names)
    more = len(ordered) - _MOST_LISTED
    return ", ".join(ordered[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _named(value: object) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)


def refused_entries(study: Study, found: GatheredLives) -> Iterator[Fault]:
    """Yield what the study has against the lives of a file and their entries, at the line of the entry.

    What is against a whole life stands at its first entry.
    """
    whole, empty = found.lives(), found.empty_lives()
    rows = found.entries.rows
    of_entry = {str(row.get("id", "")): row for row in rows}
    first = {life.id: next(row for row in rows if row.get("life") == life.id) for life in (*whole, *empty)}
    # Of a life without a good entry only its author is asked about: that it has no entries follows from the faults.
    hollow = [refusal for refusal in study.lives.check(empty) if refusal.field == "author"]
    for lives, refusals in ((whole, study.lives.check(whole)), (empty, hollow)):
        for refusal in refusals:
            life = lives[refusal.index]
            row = of_entry[refusal.part] if refusal.part else first[life.id]
            field = "life" if refusal.field == "id" and not refusal.part else refusal.field
            value = refusal.part or (life.author or "" if field == "author" else life.id)
            yield fault_of(row, field, refusal.error, value=value)
