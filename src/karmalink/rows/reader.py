"""Rows of a file, or all its faults together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from karmalink.errors import Fault, ImportFaults, ReadError, UsageError, describe, suggest
from karmalink.rows.fields import Field, Row, Spec, shown
from karmalink.rows.formats import FORMATS, Cells, Sheet, read_text
from karmalink.rows.parsers import Refused

__all__ = ["Gathered", "columns_of", "gather_rows", "read_rows", "read_sheet"]

# What programs write where they have nothing. "Nan" stays a name.
_NAN = frozenset({"nan", "NaN", "NAN"})
_NAN_RULE = "is NaN, which is not a value"


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows and faults of one file, before anybody decides. In a row with faults the refused fields are absent."""

    path: Path
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]

    def settle(self, more: Iterable[Fault] = ()) -> list[Row]:
        """Return the rows if neither the file nor the caller found a fault.

        Raises
        ------
        ImportFaults
            With every fault, in the order of the lines.
        """
        faults = sorted([*self.faults, *more], key=lambda fault: fault.line)
        if faults:
            raise ImportFaults(faults, where=self.path)
        return list(self.rows)


def read_rows(
    path: str | Path,
    spec: Spec,
    *,
    defaults: Mapping[str, str] | None = None,
    check: Callable[[Row], Iterable[Fault]] | None = None,
) -> list[Row]:
    """Return the rows of a CSV, TSV or JSONL file, all checked.

    Parameters
    ----------
    path : str or Path
        The file; its ending says the format. UTF-8, with or without a byte order mark.
    spec : tuple of Field
        The columns that may be there.
    defaults : mapping of str to str, optional
        Cells by field where the file has none (``{"calendar": "gregorian"}``).
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
        A default is not what a cell of its column may hold.
    """
    gathered = gather_rows(path, spec, defaults=defaults)
    return gathered.settle([fault for row in gathered.rows for fault in (check(row) if check else ())])


def gather_rows(path: str | Path, spec: Spec, *, defaults: Mapping[str, str] | None = None) -> Gathered:
    """Return rows and faults of a file without deciding; for readers that have more rules of their own.

    Raises
    ------
    ReadError
        See :func:`read_rows`.
    UsageError
        A default is not what a cell of its column may hold.
    """
    place = Path(path)
    sheet = read_sheet(place)
    by_name = {field.name: field for field in spec}
    if sheet.columns and not by_name.keys() & sheet.columns.keys():
        raise ReadError(
            "no known column was found",
            where=place,
            rule="columns are named by the first line of a CSV or TSV, by the keys of a JSONL line",
            allowed=tuple(by_name),
        )
    if not sheet.records and not sheet.faults:
        raise ReadError("the file has no rows", where=place, rule="a header, then at least one row")
    given = dict(defaults or {})
    _check_given(given, by_name, place)
    faults = sheet.faults + list(_header_faults(sheet, by_name, given))
    rows: list[Row] = []
    seen: dict[tuple[str, Any], int] = {}
    private = frozenset(field.name for field in spec if field.private)
    for record in sheet.records:
        values, found = _parse(record, spec, given, sheet, seen)
        faults.extend(found)
        rows.append(Row(record.line, values, record.cells, private))
    return Gathered(place, tuple(rows), tuple(faults))


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


def columns_of(path: str | Path) -> tuple[str, ...]:
    """Return the columns that a file names, for whoever has to say which table it is.

    Raises
    ------
    ReadError
        See :func:`read_rows`.
    """
    return tuple(read_sheet(path).columns)


def read_sheet(path: str | Path) -> Sheet:
    """Return the cells of a table of any columns, before anything is checked; its faults are those of the form alone.

    Raises
    ------
    ReadError
        The file as a whole cannot be read: absent, empty, not UTF-8, unknown ending.
    """
    place = Path(path)
    read = FORMATS.get(place.suffix.casefold())
    if read is None:
        raise ReadError(
            f"the ending {place.suffix!r} is not a table format" if place.suffix else "the file name has no ending",
            where=place,
            rule="the ending says the format",
            allowed=tuple(FORMATS),
        )
    return read(place, read_text(place))


def _header_faults(sheet: Sheet, by_name: Mapping[str, Field], given: Mapping[str, str]) -> Iterable[Fault]:
    first = min(sheet.columns.values(), default=1)
    for name, line in sheet.columns.items():
        if name in by_name:
            continue
        near = suggest(name, by_name)
        rule = f"is not a column of this table{'; ' + near if near else ''}"
        yield Fault(line, "header", shown(name), rule, ", ".join(by_name))
    for name, field in by_name.items():
        if field.required and name not in sheet.columns and name not in given:
            yield Fault(first, name, "nothing", "this column is missing", field.allowed)


def _parse(
    record: Cells, spec: Spec, given: Mapping[str, str], sheet: Sheet, seen: dict[tuple[str, Any], int]
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
            values[field.name] = _value(field, cell, given, column_there=field.name in sheet.columns)
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


def _only_once(field: Field, value: object, line: int, seen: dict[tuple[str, Any], int]) -> None:
    before = seen.setdefault((field.name, value), line)
    if before != line:
        raise Refused(f"is already on line {before}", "each only once")
