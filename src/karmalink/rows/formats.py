"""Bytes to cells: CSV, TSV and JSONL, each by its ending."""

from __future__ import annotations

import csv
import io
import json
import math
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from karmalink.errors import Fault, ReadError
from karmalink.rows.parsers import Refused

__all__ = ["FORMATS", "Cells", "Sheet", "read_bytes", "read_text"]

_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
# The csv module refuses cells over 131,072 characters; a long interview has more. The limit belongs to the process.
_CSV_LIMIT = 2**31 - 1
_csv_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Cells:
    """One record before it is parsed. `wrong` names the keys whose value can be no cell."""

    line: int
    cells: Mapping[str, str]
    wrong: Mapping[str, Refused] = field(default_factory=dict)


@dataclass(slots=True)
class Sheet:
    """A file as records of text; `columns` with the line where each was first seen."""

    columns: dict[str, int] = field(default_factory=dict)
    records: list[Cells] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file that holds something.

    Raises
    ------
    ReadError
        No such file, a folder, empty, or not to be read by this user.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ReadError("there is no such file", where=path, next_step="check the name and the folder") from None
    except IsADirectoryError:
        raise ReadError("this is a folder, not a file", where=path) from None
    except PermissionError:
        raise ReadError(
            "this file cannot be read: permission denied", where=path, next_step="ask its owner for permission"
        ) from None
    if not raw.strip():
        raise ReadError("the file is empty", where=path)
    return raw


def read_text(path: Path) -> str:
    """Return a file as text.

    Raises
    ------
    ReadError
        No such file, a folder, empty, no UTF-8, or not a text at all.
    """
    raw = read_bytes(path)
    if raw[:2] in _BOMS:
        raise _encoding(path, f"the file is written in {_BOMS[raw[:2]]}, not in UTF-8")
    try:
        found = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _encoding(path, f"line {line} is not UTF-8") from None
    if "\x00" in found:
        raise ReadError("this is not a text file", where=path, rule="a text holds no NUL byte")
    return found


def _encoding(path: Path, what: str) -> ReadError:
    return ReadError(
        what, where=path, rule="files are read as UTF-8", next_step="save it again as UTF-8 (Excel: 'CSV UTF-8')"
    )


def _delimited(delimiter: str, other: Mapping[str, str]) -> Callable[[Path, str], Sheet]:
    """Return a reader of cells separated by `delimiter`; `other` names separators that are a mistake here."""

    def read(path: Path, content: str) -> Sheet:
        sheet = Sheet()
        header: list[str] = []
        for line, cells in _lines(content, delimiter, sheet):
            if header:
                _record(sheet, header, line, cells)
                continue
            header = [cell.strip() for cell in cells]
            _check_header(path, header, other)
            for name in header:
                if name in sheet.columns:
                    sheet.faults.append(Fault(line, "header", f"column {header.index(name) + 1}", "appears twice"))
                sheet.columns.setdefault(name, line)
        return sheet

    return read


def _check_header(path: Path, header: list[str], other: Mapping[str, str]) -> None:
    found = next((name for mark, name in other.items() if len(header) == 1 and mark in header[0]), "")
    if found:
        raise ReadError(
            f"the cells are separated by {found}",
            where=path,
            rule=".csv means commas, .tsv means tabs; the separator is not guessed",
            next_step="save it with commas as .csv, or with tabs as .tsv",
        )


def _lines(content: str, delimiter: str, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line of each record and its cells; a broken quote ends the file with a fault."""
    rows: list[tuple[int, list[str]]] = []
    with _csv_lock:
        before = csv.field_size_limit(_CSV_LIMIT)
        reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
        line = 1
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    rows.append((line, cells))
                line = reader.line_num + 1
        except csv.Error:
            sheet.faults.append(
                Fault(
                    line, "row", "cells", "a quotation mark is opened and not closed, or followed by text", '"" inside'
                )
            )
        finally:
            csv.field_size_limit(before)
    yield from rows


def _record(sheet: Sheet, header: list[str], line: int, cells: list[str]) -> None:
    if len(cells) != len(header):
        rule = "does not have as many cells as the header: a separator too many or too few, or an unquoted text"
        sheet.faults.append(Fault(line, "row", f"{len(cells)} cells", rule, f"{len(header)} cells"))
        return
    sheet.records.append(Cells(line, dict(zip(header, cells, strict=True))))


class _TwiceError(ValueError):
    """A JSON object with the same key twice."""


def _jsonl(path: Path, content: str) -> Sheet:
    sheet = Sheet()
    # Not splitlines(): it also breaks at U+2028 and U+0085, which may stand inside a JSON string.
    for line, raw in enumerate(content.split("\n"), start=1):
        if not raw.strip():
            continue
        try:
            found = json.loads(raw, object_pairs_hook=_once)
        except _TwiceError:
            sheet.faults.append(Fault(line, "row", "object", "has the same key twice", "each key once"))
            continue
        except RecursionError:
            sheet.faults.append(Fault(line, "row", "line", "is nested too deeply", "one JSON object per line"))
            continue
        except ValueError:
            sheet.faults.append(Fault(line, "row", "line", "is not JSON", "one JSON object per line"))
            continue
        if not isinstance(found, dict):
            sheet.faults.append(Fault(line, "row", "line", "is JSON but not an object", "one JSON object per line"))
            continue
        cells: dict[str, str] = {}
        wrong: dict[str, Refused] = {}
        for name, value in found.items():
            sheet.columns.setdefault(name, line)
            try:
                cells[name] = _cell(value)
            except Refused as error:
                wrong[name] = error
        sheet.records.append(Cells(line, cells, wrong))
    return sheet


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


FORMATS: Mapping[str, Callable[[Path, str], Sheet]] = {
    ".csv": _delimited(",", {";": "semicolons", "\t": "tabs"}),
    ".tsv": _delimited("\t", {";": "semicolons", ",": "commas"}),
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
}
