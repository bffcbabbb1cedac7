"""Cells separated by one character, with quotation marks where a cell needs them: text to rows and back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from karmalink.errors import ReadError

__all__ = ["join_cells", "split_cells"]


def split_cells(text: str, separator: str) -> list[list[str]]:
    """Return the cells of each line, blanks in front of a cell left out; an empty line has no cells.

    Parameters
    ----------
    text : str
        The lines; a cell in quotation marks may hold line breaks.
    separator : str
        One character.

    Raises
    ------
    ReadError
        A cell of more than 131,072 characters, or a bare carriage return.
    """
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True))
    except csv.Error:
        raise ReadError(
            "the text is not a table", rule="a cell has at most 131,072 characters and no bare carriage return"
        ) from None


def join_cells(rows: Iterable[Sequence[str]], separator: str) -> str:
    """Return the text of rows, each line ended by a line feed; cells are quoted where they need it.

    Not ``csv.writer``: before Python 3.13 it leaves "\\r" bare when lines end in "\\n", and the cell comes back cut in
    two.
    """
    needs_quotes = re.compile(f'[{separator}"\r\n]')

    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if needs_quotes.search(cell) else cell

    return "".join(separator.join(map(quoted, cells)) + "\n" for cells in rows)
