"""Workbooks of a spreadsheet (Excel, LibreOffice): one sheet as a grid of cells that read as a CSV of it would."""

from __future__ import annotations

import datetime
import functools
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from karmalink.base.front import is_panic
from karmalink.base.outside import ZIP_FAULTS, check_outside, check_unpacked, unpacked_blocks
from karmalink.errors import ReadError, UsageError, suggest

__all__ = ["cell_text", "workbook_rows"]

_MOST_CELLS = 20_000_000
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_CELL = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_LONGEST_CELL = 16  # bytes of such a reference: one may be cut by the end of a block


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

    check_outside(place, "workbook")
    try:
        if zipfile.is_zipfile(place):
            with zipfile.ZipFile(place) as packed:
                check_unpacked(packed, place, "text")
                _check_extent(packed, place)
        with calamine.CalamineWorkbook.from_path(place) as book:
            grid = _chosen(place, book, sheet)
    except calamine.PasswordError:
        raise ReadError("the workbook has a password", where=place, next_step="save it without one") from None
    except (calamine.CalamineError, *ZIP_FAULTS):
        raise _not_readable(place) from None
    except BaseException as error:
        if is_panic(error):
            raise _not_readable(place) from None
        raise
    for number, row in enumerate(grid, start=1):
        cells = [cell_text(value) for value in row]
        if any(cell.strip() for cell in cells):
            yield number, cells


def _not_readable(place: Path) -> ReadError:
    return ReadError(
        "this is not a workbook that can be read",
        where=place,
        next_step="open it in the spreadsheet and save it again as .xlsx, or as 'CSV UTF-8'",
    )


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


def _check_extent(packed: zipfile.ZipFile, place: Path) -> None:
    """Refuse a sheet whose cells lie too far apart, before calamine makes room for all that lies between them.

    It makes room for the whole rectangle at once, and where that is refused the process ends without an exception
    (python-calamine 0.9.1).
    """
    for member in packed.infolist():
        if not _SHEET.fullmatch(member.filename):
            continue
        height = width = 0
        rest = b""
        with packed.open(member) as stream:
            for block in unpacked_blocks(stream, place, "text"):
                for column, row in _CELL.findall(rest + block):
                    height, width = max(height, int(row)), max(width, _column(column))
                rest = block[-_LONGEST_CELL:]
        if height * width > _MOST_CELLS:
            raise ReadError(
                f"a sheet reaches over {height:,} × {width:,} cells",
                where=place,
                rule=f"at most {_MOST_CELLS:,}, empty ones too",
                next_step="delete the rows and columns behind the table, or save the sheet as CSV",
            )


def _column(letters: bytes) -> int:
    """Return the number of a column: A is 1, Z 26, AA 27."""
    return functools.reduce(lambda number, letter: 26 * number + letter - 64, letters, 0)


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
