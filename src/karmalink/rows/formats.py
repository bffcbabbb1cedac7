"""Bytes to cells: CSV, TSV, JSON, JSONL and workbooks of a spreadsheet, each by its ending."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from karmalink.errors import Fault, ReadError
from karmalink.rows.parsers import Refused
from karmalink.rows.text_files import read_text
from karmalink.rows.workbooks import workbook_rows

__all__ = ["FORMATS", "Cells", "Sheet", "sheet_of"]

# The csv module refuses cells over 131,072 characters; a long interview has more. The limit belongs to the process.
_CSV_LIMIT = 2**31 - 1
_csv_lock = threading.Lock()
_SEPARATORS = (",", ";", "\t")
_LINES_LOOKED_AT = 20
# Excel's own word for the separator, on a line above the heading.
_SEP_LINE = re.compile(r"\ufeff?sep=(.)\r?\n")
# The third heading of a Qualtrics export.
_IMPORT_ID = re.compile(r'\s*\{\s*"ImportId"\s*:.*\}\s*', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cells:
    """One record before it is parsed. `wrong` names the keys whose value can be no cell."""

    line: int
    cells: Mapping[str, str]
    wrong: Mapping[str, Refused] = field(default_factory=dict)


@dataclass(slots=True)
class Sheet:
    """A file as records of text.

    Attributes
    ----------
    columns : dict of str to int
        Heading → line where it was first seen.
    records : list of Cells
        The rows that could be split into cells.
    faults : list of Fault
        Of the form alone.
    labels : dict of str to str
        A second heading (the words of a question, where the first is its short name) → the column's heading.
    twice : set of str
        Headings that stand over several columns; the first of them has the name.
    grid : list of (int, sequence of str)
        The rows as they stand, headings included, where the form has rows.
    torn : list of Fault
        Of the form of the whole file, wherever its headings stand.
    """

    columns: dict[str, int] = field(default_factory=dict)
    records: list[Cells] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    twice: set[str] = field(default_factory=set)
    grid: list[tuple[int, Sequence[str]]] = field(default_factory=list)
    torn: list[Fault] = field(default_factory=list)


def sheet_of(rows: Iterable[tuple[int, Sequence[str]]]) -> Sheet:
    """Return the records of a grid of cells whose first row names the columns.

    A Qualtrics export has three heading rows: short names, the words of the questions, and identifiers as JSON. The
    words then name the columns too.

    Parameters
    ----------
    rows : iterable of (int, sequence of str)
        Line or row number and cells; rows without a word are left out already.
    """
    grid = list(rows)
    sheet = Sheet(grid=grid)
    if not grid:
        return sheet
    line, cells = grid[0]
    rest = grid[1:]
    header = _header(sheet, line, _headings(cells, [row for _, row in rest]))
    if len(rest) > 1 and _import_ids(rest[1][1]):
        words = [cell.strip() for cell in rest[0][1]]
        sheet.labels = _once_each(zip(words, header, strict=False))
        rest = rest[2:]
    elif rest and _import_ids(rest[0][1]):
        rest = rest[1:]
    for line, cells in rest:
        _record(sheet, header, line, cells)
    return sheet


def _headings(cells: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the headings, without the empty ones at the end under which nothing stands."""
    names = [cell.strip() for cell in cells]
    used = max((_width(row) for row in rows), default=0)
    return names[: max(_width(names), min(used, len(names)))]


def _width(cells: Sequence[str]) -> int:
    """Return the number of cells up to the last that holds something."""
    return next((at for at in range(len(cells), 0, -1) if cells[at - 1].strip()), 0)


def _header(sheet: Sheet, line: int, names: list[str]) -> list[str]:
    """Return a name for each column: headings that stand there twice get the number of their column, "" its own."""
    seen: Counter[str] = Counter()
    header = []
    for number, name in enumerate(names, start=1):
        seen[name] += 1
        if not name or seen[name] > 1:
            name = f"{name}, column {number}" if name else f"column {number}"
        header.append(name)
        sheet.columns.setdefault(name, line)
    sheet.twice = {name for name, count in seen.items() if name and count > 1}
    return header


def _import_ids(cells: Sequence[str]) -> bool:
    said = [cell for cell in cells if cell.strip()]
    return bool(said) and all(_IMPORT_ID.fullmatch(cell) for cell in said)


def _once_each(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return second heading → heading, for second headings that stand over one column only."""
    pairs = list(pairs)
    count = Counter(label for label, _ in pairs)
    return {label: name for label, name in pairs if label and count[label] == 1}


def _record(sheet: Sheet, header: list[str], line: int, cells: Sequence[str]) -> None:
    # Cells without a word to the right of the last heading are what spreadsheets leave behind.
    if len(cells) < len(header) or _width(cells) > len(header):
        rule = "does not have as many cells as the header: a separator too many or too few, or an unquoted text"
        sheet.faults.append(Fault(line, "row", f"{len(cells)} cells", rule, f"{len(header)} cells"))
        return
    sheet.records.append(Cells(line, dict(zip(header, cells, strict=False))))


def _delimited(own: str) -> Callable[[Path, str], Sheet]:
    """Return a reader of cells separated by commas, semicolons or tabs; `own` is what the ending means."""

    def read(place: Path, sheet: str) -> Sheet:
        content = read_text(place, utf16=True)
        said = _SEP_LINE.match(content)
        first = 1 + bool(said)
        content = content[said.end() :] if said else content
        separator = said[1] if said else _separator(content, own)
        torn: list[Fault] = []
        found = sheet_of(list(_lines(content, separator, first, torn)))
        found.torn = torn
        return found

    return read


def _separator(content: str, own: str) -> str:
    """Return what separates the headings: what stands between them most often, in doubt what the ending means.

    A spreadsheet writes a ``.csv`` with the list separator of the computer's language: semicolons in half of Europe.
    """
    for line in itertools.islice(content.splitlines(), _LINES_LOOKED_AT):
        outside = "".join(line.split('"')[::2])
        count = {mark: outside.count(mark) for mark in _SEPARATORS}
        most = max(count.values())
        # A title above the headings has no separator.
        if most:
            return own if count[own] == most else next(mark for mark in _SEPARATORS if count[mark] == most)
    return own


def _lines(content: str, delimiter: str, first: int, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line of each record and its cells; a broken quote ends the file with a fault."""
    rows: list[tuple[int, list[str]]] = []
    with _csv_lock:
        before = csv.field_size_limit(_CSV_LIMIT)
        reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
        line = first
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    rows.append((line, cells))
                line = reader.line_num + first
        except csv.Error:
            rule = "a quotation mark is opened and not closed, or followed by text"
            faults.append(Fault(line, "row", "cells", rule, '"" inside'))
        finally:
            csv.field_size_limit(before)
    yield from rows


def _workbook(place: Path, sheet: str) -> Sheet:
    return sheet_of(workbook_rows(place, sheet))


class _TwiceError(ValueError):
    """A JSON object with the same key twice."""


def _jsonl(place: Path, sheet: str) -> Sheet:
    found = Sheet()
    # Not splitlines(): it also breaks at U+2028 and U+0085, which may stand inside a JSON string.
    for line, raw in enumerate(read_text(place).split("\n"), start=1):
        if not raw.strip():
            continue
        try:
            value = json.loads(raw, object_pairs_hook=_once)
        except _TwiceError:
            found.faults.append(Fault(line, "row", "object", "has the same key twice", "each key once"))
            continue
        except RecursionError:
            found.faults.append(Fault(line, "row", "line", "is nested too deeply", "one JSON object per line"))
            continue
        except ValueError:
            found.faults.append(Fault(line, "row", "line", "is not JSON", "one JSON object per line"))
            continue
        _object(found, line, value, "one JSON object per line")
    return found


def _json_list(place: Path, sheet: str) -> Sheet:
    """Read a list of objects; the line of each is where it begins."""
    content = read_text(place)
    refused = ReadError(
        "this is not a list of JSON objects",
        where=place,
        rule="a table as .json is a list with an object a row",
        allowed='[{"id": "a1", "text": "…"}, …]',
    )
    try:
        values = json.loads(content, object_pairs_hook=_once)
    except _TwiceError:
        raise ReadError("an object has the same key twice", where=place, rule="each key once") from None
    except (ValueError, RecursionError):
        raise refused from None
    if not isinstance(values, list):
        raise refused
    found = Sheet()
    for line, value in zip(_starts(content, len(values)), values, strict=True):
        _object(found, line, value, "objects only")
    return found


def _starts(content: str, count: int) -> Iterator[int]:
    """Yield the line on which each element of a list begins; the content is known to be such a list."""
    decoder = json.JSONDecoder()
    at = content.index("[") + 1
    for _ in range(count):
        at += re.compile(r"[\s,]*").match(content, at).end() - at  # type: ignore[union-attr]
        yield content.count("\n", 0, at) + 1
        _, at = decoder.raw_decode(content, at)


def _object(sheet: Sheet, line: int, value: object, allowed: str) -> None:
    if not isinstance(value, dict):
        sheet.faults.append(Fault(line, "row", "line", "is JSON but not an object", allowed))
        return
    cells: dict[str, str] = {}
    wrong: dict[str, Refused] = {}
    for name, inner in value.items():
        sheet.columns.setdefault(name, line)
        try:
            cells[name] = _cell(inner)
        except Refused as error:
            wrong[name] = error
    sheet.records.append(Cells(line, cells, wrong))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _TwiceError
    return found


def _cell(value: object) -> str:
    """Return a JSON value as a cell."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and not math.isfinite(value):
        raise Refused("is not a finite number (NaN)", "leave it out where it is not known")
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list) and all(isinstance(part, str) and ";" not in part for part in value):
        return ";".join(value)
    raise Refused("is a nested value", "text, a number, true, false, null, or a list of texts")


# Ending → reader of (file, name of a sheet); only workbooks have sheets.
FORMATS: Mapping[str, Callable[[Path, str], Sheet]] = {
    ".csv": _delimited(","),
    ".tsv": _delimited("\t"),
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".json": _json_list,
    ".xlsx": _workbook,
    ".xlsm": _workbook,
    ".xls": _workbook,
    ".ods": _workbook,
}
