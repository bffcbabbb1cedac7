"""Rows of a file, or all its faults together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as made_by
from pathlib import Path
from typing import Any

from karmalink.errors import Fault, ImportFaults, ReadError, UsageError, describe
from karmalink.rows.columns import Columns, headed, match_columns
from karmalink.rows.fields import Field, Row, Spec, shown
from karmalink.rows.formats import FORMATS, Cells, Sheet
from karmalink.rows.frames import TableSource, frame_sheet, is_frame, place_of
from karmalink.rows.notes import FileNote, Notes, warn_of
from karmalink.rows.parsers import Refused

__all__ = ["Gathered", "columns_of", "gather_rows", "read_rows", "read_sheet"]

# What programs write where they have nothing. "Nan" stays a name.
_NAN = frozenset({"nan", "NaN", "NAN"})
# Headings of a survey in a message: enough to see which is meant.
_LISTED = 12
_NAN_RULE = "is NaN, which is not a value"


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows and faults of one file, before anybody decides. In a row with faults the refused fields are absent.

    Attributes
    ----------
    path : Path
        The file.
    rows : tuple of Row
        The rows that could be split into cells.
    faults : tuple of Fault
        Of the file and of its rows.
    notes : tuple of FileNote
        What was left out, and identifiers that were given.
    columns : Columns
        Field → heading, as the file was read.
    """

    path: Path
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]
    notes: tuple[FileNote, ...] = ()
    columns: Columns = made_by(default_factory=Columns)

    def settle(self, more: Iterable[Fault] = ()) -> list[Row]:
        """Return the rows if neither the file nor the caller found a fault; warn of what was left out.

        Raises
        ------
        ImportFaults
            With every fault, in the order of the lines.
        """
        faults = sorted([*self.faults, *more], key=lambda fault: fault.line)
        if faults:
            raise ImportFaults(faults, where=self.path)
        warn_of(self.path, self.notes)
        return list(self.rows)


def read_rows(
    path: TableSource,
    spec: Spec,
    *,
    defaults: Mapping[str, str] | None = None,
    columns: Columns | None = None,
    check: Callable[[Row], Iterable[Fault]] | None = None,
) -> list[Row]:
    """Return the rows of a table, all checked.

    Parameters
    ----------
    path : str, Path or DataFrame
        The file; its ending says the format (:data:`karmalink.rows.FORMATS`). Or a table that is in memory already.
    spec : tuple of Field
        The columns that may be there; others are left out, with a warning that names them.
    defaults : mapping of str to str, optional
        Cells by field where the file has none (``{"calendar": "gregorian"}``).
    columns : Columns, optional
        Which heading is which field, where it is not the field's own name in some spelling. Readers that can be told so
        give an empty one where nothing was said: messages then name the way.
    check : callable, optional
        Row → faults, for rules over several fields; called for every row that could be split into cells. Fields that
        were refused are absent from the row: use ``row.get``.

    Raises
    ------
    ReadError
        The file as a whole cannot be read: absent, empty, not UTF-8, unknown ending, no known column, no row.
    ImportFaults
        With every fault of every line.
    UsageError
        A default is not what a cell of its column may hold; a column that was named is not there.
    """
    gathered = gather_rows(path, spec, defaults=defaults, columns=columns)
    return gathered.settle([fault for row in gathered.rows for fault in (check(row) if check else ())])


def gather_rows(
    path: TableSource,
    spec: Spec,
    *,
    defaults: Mapping[str, str] | None = None,
    columns: Columns | None = None,
    sheet: Sheet | None = None,
) -> Gathered:
    """Return rows and faults of a file without deciding; for readers that have more rules of their own.

    Parameters
    ----------
    path, spec, defaults, columns
        See :func:`read_rows`.
    sheet : Sheet, optional
        The cells of the file, where its form is one that only the caller knows.

    Raises
    ------
    ReadError, UsageError
        See :func:`read_rows`.
    """
    place = place_of(path)
    said = columns or Columns()
    notes = Notes()
    sheet = headed(read_sheet(path, said.sheet) if sheet is None else sheet, spec, said, notes)
    matched = match_columns(sheet, spec, said, place, notes)
    there = matched.columns.headings
    if sheet.columns and not there:
        raise ReadError(
            "no known column was found",
            where=place,
            rule="columns are named by the first row of a table, by the keys of an object in JSON",
            allowed=tuple(field.name for field in spec),
            next_step="" if columns is None else f"say which column is which: --columns {spec[-1].name}=HEADING,…",
        )
    if not sheet.records and not sheet.faults and not sheet.torn:
        raise ReadError("the file has no rows", where=place, rule="a header, then at least one row")
    given = dict(defaults or {})
    _check_given(given, {field.name: field for field in spec}, place)
    records = _worth_reading(map(matched.cells, sheet.records), spec, there, given, notes)
    if not records and not sheet.faults and not sheet.torn:
        raise ReadError("no row says anything", where=place, rule=_told_empty(spec, there))
    faults = [*sheet.torn, *sheet.faults, *matched.faults, *_missing(sheet, spec, there, given, columns)]
    rows: list[Row] = []
    seen: dict[tuple[str, Any], int] = {}
    numbers: Counter[tuple[str, str]] = Counter()
    private = frozenset(field.name for field in spec if field.private)
    names = {field.name for field in spec}
    for record in records:
        values, found = _parse(record, spec, given, there, seen)
        for one in _numbered(spec, there, given):
            # By the value of a field; by its own word where that is none ("unit").
            owner = values.get(one.numbered) if one.numbered in names else one.numbered
            values[one.name] = None if owner is None else _number(one.name, owner, numbers, notes)
        faults.extend(found)
        rows.append(Row(record.line, values, record.cells, private))
    return Gathered(place, tuple(rows), tuple(faults), notes.told(), matched.columns)


def _check_given(given: Mapping[str, str], by_name: Mapping[str, Field], place: Path) -> None:
    """Refuse what was said for the whole file where no row could say it: unused, it would pass unnoticed."""
    for name, value in given.items():
        field = by_name.get(name)
        if field is None:
            continue
        try:
            field.parse(str(value))
        except Refused as refused:
            raise UsageError(
                f"{name} {describe(str(value), private=field.private)}, given for the whole file, {refused.rule}",
                where=place,
                allowed=refused.allowed or field.allowed,
            ) from None


def columns_of(path: TableSource, *, sheet: str = "") -> tuple[str, ...]:
    """Return the columns that a file names, for callers that have to tell which table it is.

    Raises
    ------
    ReadError
        See :func:`read_rows`.
    """
    return tuple(read_sheet(path, sheet).columns)


def read_sheet(path: TableSource, sheet: str = "") -> Sheet:
    """Return the cells of a table of any columns, before anything is checked; its faults are those of the form alone.

    Raises
    ------
    ReadError
        The file as a whole cannot be read: absent, empty, not UTF-8, unknown ending.
    """
    if is_frame(path):
        return frame_sheet(path)
    place = place_of(path)
    read = FORMATS.get(place.suffix.casefold())
    if read is None:
        raise ReadError(
            f"the ending {place.suffix!r} is not a table format" if place.suffix else "the file name has no ending",
            where=place,
            rule="the ending says the format",
            allowed=tuple(FORMATS),
        )
    return read(place, sheet)


def _worth_reading(
    records: Iterable[Cells], spec: Spec, there: Mapping[str, str], given: Mapping[str, str], notes: Notes
) -> list[Cells]:
    """Return the records that say something: a survey that asks other things too has rows that are empty here."""
    needed = [field.name for field in spec if field.leaves_out and field.name in there and field.name not in given]
    kept = []
    for record in records:
        empty = [name for name in needed if not record.cells.get(name, "").strip() and name not in record.wrong]
        if empty:
            notes.add("row", f"without a {empty[0]}", f"line {record.line}")
        else:
            kept.append(record)
    return kept


def _told_empty(spec: Spec, there: Mapping[str, str]) -> str:
    names = [there[field.name] for field in spec if field.leaves_out and field.name in there]
    return f"every cell of the column {names[0]!r} is empty" if names else "a header, then at least one row"


def _missing(
    sheet: Sheet, spec: Spec, there: Mapping[str, str], given: Mapping[str, str], columns: Columns | None
) -> Iterable[Fault]:
    first = min(sheet.columns.values(), default=1)
    free = ", ".join([shown(name) for name in sheet.columns if name not in there.values()][:_LISTED])
    for one in spec:
        if not one.required or one.name in there or one.name in given or one.numbered:
            continue
        step = "add the column, or say its value once for the whole file with an option"
        if columns is not None and free:
            step = f"say which column holds it (--columns {one.name}=HEADING; not read yet: {free}), or {step}"
        yield Fault(first, one.name, "nothing", "this column is missing", one.allowed, step)


def _parse(
    record: Cells,
    spec: Spec,
    given: Mapping[str, str],
    there: Mapping[str, str],
    seen: dict[tuple[str, Any], int],
) -> tuple[dict[str, Any], list[Fault]]:
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for field in spec:
        cell = record.cells.get(field.name, "")
        try:
            if field.name in record.wrong:
                raise record.wrong[field.name]
            if cell.strip() in _NAN:
                raise Refused(_NAN_RULE, "leave it empty where it is not known")
            values[field.name] = _value(field, cell, given, column_there=field.name in there)
            if field.unique and values[field.name] is not None:
                _only_once(field, values[field.name], record.line, seen)
        except Refused as refused:
            value = shown(cell, private=field.private) if cell.strip() else "nothing"
            faults.append(Fault(record.line, field.name, value, refused.rule, refused.allowed or field.allowed))
    return values, faults


def _value(field: Field, cell: str, given: Mapping[str, str], *, column_there: bool) -> Any:
    filled = cell if cell.strip() else given.get(field.name, "")
    if filled.strip():
        return field.parse(filled)
    # A column that is missing altogether is one fault of the header, not one of each row.
    if field.required and column_there:
        raise Refused("must not be empty")
    return field.default


def _numbered(spec: Spec, there: Mapping[str, str], given: Mapping[str, str]) -> list[Field]:
    return [field for field in spec if field.numbered and field.name not in there and field.name not in given]


def _number(name: str, owner: str, numbers: Counter[tuple[str, str]], notes: Notes) -> str:
    """Return the identifier of a row that has none: the how-manieth it is of its person, its life or the file."""
    numbers[name, owner] += 1
    given = f"{owner}-{numbers[name, owner]}"
    notes.add("row", f"without an {name}", given, done="numbered")
    return given


def _only_once(field: Field, value: object, line: int, seen: dict[tuple[str, Any], int]) -> None:
    before = seen.setdefault((field.name, value), line)
    if before != line:
        raise Refused(f"is already on line {before}", "each only once")
