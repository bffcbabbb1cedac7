"""Data frames as tables: a pandas DataFrame where a reader takes a file, read as a CSV of it would be."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from karmalink.errors import UsageError
from karmalink.rows.formats import Cells, Sheet, sheet_of
from karmalink.rows.parsers import Refused
from karmalink.rows.workbooks import cell_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TableSource", "frame_sheet", "is_frame", "place_of"]

TableSource: TypeAlias = "str | Path | pd.DataFrame"
"""What a reader of tables takes: a file, or a data frame that is in memory already."""

_FRAME = Path("DataFrame")


def is_frame(source: object) -> TypeGuard[pd.DataFrame]:
    """Return whether a source is a pandas DataFrame; pandas is not imported for it."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(source, pandas.DataFrame)


def place_of(source: TableSource) -> Path:
    """Return the path of a file; for a data frame the word that messages call it by.

    Raises
    ------
    UsageError
        Neither a path nor a DataFrame.
    """
    if is_frame(source):
        return _FRAME
    if isinstance(source, str | Path):
        return Path(source)
    raise UsageError(f"a {type(source).__name__} is not a table", allowed="the path of a file, or a pandas DataFrame")


def frame_sheet(frame: pd.DataFrame) -> Sheet:
    """Return the cells of a data frame; line n of a message is its n-th row, line 0 its columns.

    Values that are missing (None, NaN, NaT) are empty cells, days are written ``YYYY-MM-DD``, whole numbers without a
    decimal point (a column of integers with a gap is one of floats), true and false ``yes`` and ``no``, lists of texts
    with semicolons between. An index that has a name is a column.

    Parameters
    ----------
    frame : DataFrame, shape (n, columns)
        One row per record.
    """
    named = [name for name in frame.index.names if name is not None and name not in frame.columns]
    table = frame.reset_index(level=named) if named else frame
    wrong: dict[int, dict[str, Refused]] = {}
    grid: list[tuple[int, list[str]]] = [(0, [str(name) for name in table.columns])]
    for line, row in enumerate(table.itertuples(index=False, name=None), start=1):
        cells = []
        for name, value in zip(grid[0][1], row, strict=True):
            try:
                cells.append(_cell(value))
            except Refused as refused:
                wrong.setdefault(line, {})[name.strip()] = refused
                cells.append("")
        if any(cell.strip() for cell in cells) or line in wrong:
            grid.append((line, cells))
    sheet = sheet_of(grid)
    sheet.records = [Cells(record.line, record.cells, wrong.get(record.line, {})) for record in sheet.records]
    return sheet


def _cell(value: Any) -> str:
    """Return a value as the text of a cell."""
    import pandas as pd

    if isinstance(value, list | tuple):
        if all(isinstance(part, str) and ";" not in part for part in value):
            return ";".join(value)
        raise Refused("is a nested value", "text, a number, a date, true, false, or a list of texts")
    if not pd.api.types.is_scalar(value):
        raise Refused("is a nested value", "text, a number, a date, true, false, or a list of texts")
    if pd.isna(value):
        return ""
    return cell_text(value.item() if hasattr(value, "dtype") else value)
