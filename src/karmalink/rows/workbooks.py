"""Workbooks of a spreadsheet (Excel, LibreOffice): one sheet as a grid of cells that read as a CSV of it would."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from karmalink.errors import ReadError, UsageError, suggest
from karmalink.rows.text_files import read_bytes

__all__ = ["cell_text", "workbook_rows"]


def workbook_rows(place: Path, sheet: str = "") -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of each row of a sheet that holds something.

    Dates come as ``YYYY-MM-DD``, with the time behind it where the cell has one; whole numbers without a decimal point,
    true and false as ``yes`` and ``no``.

    Parameters
    ----------
    place : Path
        ``.xlsx``, ``.xlsm``, ``.xls`` or ``.ods``.
    sheet : str
        Name of the sheet; needed where several of them hold something and are not hidden.

    Raises
    ------
    ReadError
        No such file, not a workbook, one with a password, or nothing in it.
    UsageError
        Several sheets hold something and none was named, or there is none of this name.
    """
    import python_calamine as calamine

    read_bytes(place)  # says what is the matter with a file that is not there
    try:
        with calamine.CalamineWorkbook.from_path(place) as book:
            grid = _chosen(place, book, sheet)
    except calamine.PasswordError:
        raise ReadError("the workbook has a password", where=place, next_step="save it without one") from None
    except calamine.CalamineError:
        raise ReadError(
            "this is not a workbook that can be read",
            where=place,
            next_step="open it in the spreadsheet and save it again as .xlsx, or as 'CSV UTF-8'",
        ) from None
    for number, row in enumerate(grid, start=1):
        cells = [cell_text(value) for value in row]
        if any(cell.strip() for cell in cells):
            yield number, cells


def _chosen(place: Path, book: Any, sheet: str) -> list[list[Any]]:
    from python_calamine import SheetVisibleEnum

    names = [one.name for one in book.sheets_metadata]
    if sheet:
        if sheet not in names:
            raise UsageError(
                f"the workbook has no sheet {sheet!r}", where=place, allowed=names[:10], next_step=suggest(sheet, names)
            )
        return _grid(book, sheet)
    shown = [one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
    grids = {name: _grid(book, name) for name in shown}
    filled = {name: grid for name, grid in grids.items() if any(_said(value) for row in grid for value in row)}
    if not filled:
        raise ReadError("the workbook holds nothing", where=place)
    if len(filled) > 1:
        raise UsageError(
            f"{len(filled)} sheets of the workbook hold something, and none was named",
            where=place,
            allowed=tuple(filled)[:10],
            next_step="name one with --sheet",
        )
    return next(iter(filled.values()))


def _grid(book: Any, name: str) -> list[list[Any]]:
    found: list[list[Any]] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return found


def _said(value: Any) -> bool:
    return not isinstance(value, str) or bool(value.strip())


def cell_text(value: Any) -> str:
    """Return the value of a cell as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "seconds")
    if isinstance(value, datetime.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)
