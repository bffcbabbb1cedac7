"""The cells of a workbook's first sheet, read from its XML; no spreadsheet library."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from defusedxml import ElementTree

__all__ = ["sheet_rows"]

_SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_COLUMN = re.compile(r"[A-Z]+")


def sheet_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows below the first as header → text; empty cells are left out."""
    with zipfile.ZipFile(path) as book:
        names = set(book.namelist())
        strings: list[str] = []
        if "xl/sharedStrings.xml" in names:
            items = ElementTree.fromstring(book.read("xl/sharedStrings.xml")).iter(f"{_SPACE}si")
            strings = ["".join(text.text or "" for text in item.iter(f"{_SPACE}t")) for item in items]
        first = min(name for name in names if name.startswith("xl/worksheets/sheet"))
        sheet = ElementTree.fromstring(book.read(first))
    table = [_cells(row, strings) for row in sheet.iter(f"{_SPACE}row")]
    if not table:
        return []
    head = {column: name.strip() for column, name in table[0].items()}
    return [{head[column]: text for column, text in row.items() if column in head} for row in table[1:]]


def _cells(row: ElementTree.Element, strings: list[str]) -> dict[str, str]:
    cells: dict[str, str] = {}
    for cell in row.iter(f"{_SPACE}c"):
        where = _COLUMN.match(cell.get("r", ""))
        value = cell.find(f"{_SPACE}v")
        inline = "".join(text.text or "" for text in cell.iter(f"{_SPACE}t"))
        if where is None or (value is None and not inline):
            continue
        text = inline if value is None else value.text or ""
        cells[where[0]] = strings[int(text)] if cell.get("t") == "s" else text
    return cells
