"""Columns of numbers as programs write them: comment lines on top, clock times among them, decimal commas.

What separates the columns is told by the first rows. A comma is the hard case: ``12,5`` without a heading is one number
in half of Europe and two in the other. Where the digits do not show which, nothing is read, and the comma is named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted
from karmalink.errors import ReadError, describe
from karmalink.night.recordings.stamps import rate_of
from karmalink.night.text_files import text_of

__all__ = ["NumberColumns", "read_columns"]

_BLOCK = 50_000
_LOOKED = 400
_COMMENTS = ("%", "#", "//")
_MISSING = frozenset({"", "nan", "n/a", "na", "null", "none", "-"})
_FIGURES = re.compile(r"[\d.,;+\-eE\s]*")
_COMMA_NUMBER = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
_RATE = re.compile(
    r"(?:sampl\w*[\s_]*(?:rate|freq\w*)|s_?freq|s_?rate|\bfs)\W*?(\d+(?:[.,]\d+)?)\s*(k(?=hz))?", re.IGNORECASE
)
# Columns that count samples or tell the time, folded.
_COUNTS = frozenset({"", "index", "sampleindex", "sample", "samples", "samplenumber", "sampleno", "counter", "packet"})
_TIMES = frozenset({"time", "times", "timestamp", "timestamps", "t", "seconds", "sec", "unixtime", "datetime", "date"})
_LEAST_HZ = 10.0
# Rows after which a nought at the beginning of decimals would have been seen.
_ENOUGH = 60


@dataclass(frozen=True, slots=True)
class NumberColumns:
    """The columns of a file that are signals.

    Attributes
    ----------
    names : tuple of str
        Of the columns; empty where the file has no headings.
    data : ndarray, shape (n_columns, n_rows)
        NaN where a cell is empty.
    rate : float or None
        Rows a second, where a comment states them.
    seconds : ndarray, shape (n_rows,), or None
        The time of each row in seconds, where a column of times goes forward in every row.
    notes : tuple of str
        What was left out or taken for something.
    """

    names: tuple[str, ...]
    data: Floats
    rate: float | None
    seconds: Floats | None
    notes: tuple[str, ...]

    @property
    def rate_of_time(self) -> float | None:
        """Rows a second as the column of times shows them, whatever rows it lacks."""
        if self.seconds is None:
            return None
        return rate_of(self.seconds)


@dataclass(frozen=True, slots=True)
class _Form:
    """How rows are cut: a separator (a regular expression), and whether a comma in a cell is a decimal comma."""

    separator: str
    comma: bool

    def cells(self, line: str) -> list[str]:
        return [cell.strip().strip('"') for cell in re.split(self.separator, line.strip())]

    def number(self, cell: str) -> float | None:
        """Return a number, NaN where the cell is empty, None where it holds something else."""
        if cell.casefold() in _MISSING:
            return float("nan")
        if self.comma and _COMMA_NUMBER.fullmatch(cell):
            cell = cell.replace(",", ".")
        try:
            return float(cell)
        except ValueError:
            return None


def read_columns(path: Path, *, most: int, decimal_comma: bool | None = None) -> NumberColumns:
    """Return the columns of a text file that are signals.

    Parameters
    ----------
    path : Path
        The file.
    most : int
        Columns at most.
    decimal_comma : bool, optional
        Whether a comma is a decimal comma; by default what the numbers show.

    Raises
    ------
    ReadError
        No numbers, rows of several lengths, a cell that is not a number in a column of numbers, or commas that
        may be decimal commas or part columns.
    """
    lines = text_of(path).splitlines()
    while lines and not lines[-1].strip():
        lines.pop()
    numbered = [(n, line) for n, line in enumerate(lines, start=1) if not line.lstrip().startswith(_COMMENTS)]
    comments = [line for line in lines if line.lstrip().startswith(_COMMENTS)]
    while numbered and not numbered[0][1].strip():
        numbered = numbered[1:]
    if not numbered:
        raise ReadError("the file holds comments and no numbers", where=path)
    form = _form([line for _, line in numbered[: _LOOKED + 1]], decimal_comma, path)
    names = _names(numbered, form)
    rows = numbered[1:] if names else numbered
    if not rows:
        raise ReadError("the file has a heading and no numbers", where=path)
    width = len(form.cells(rows[0][1]))
    names = _fitted(names, width, rows, form, path)
    kept, words = _kept(rows[:_LOOKED], form, width, names)
    if len(kept) > most:
        raise ReadError(f"{len(kept)} channels", where=path, rule=f"at most {most}; a line is a sample")
    if not kept:
        raise ReadError("no column holds numbers", where=path)
    data = np.empty((len(kept), len(rows)))
    for first in range(0, len(rows), _BLOCK):  # a list of all numbers would need five times their memory
        block = rows[first : first + _BLOCK]
        data[:, first : first + len(block)] = _numbers(block, form, width, kept, path).T
    return _signals(data, [names[place] for place in kept] if names else [], comments, form, words)


def _form(lines: Sequence[str], decimal_comma: bool | None, path: Path) -> _Form:
    """Return how rows are cut, as the first of them show it."""
    rows = [line for line in lines if re.search(r"\d", line)]
    body = rows if not rows or _FIGURES.fullmatch(rows[0]) else rows[1:] or rows  # the first may be names
    for sign in ("\t", ";"):
        if any(sign in line for line in body):
            comma = any(_COMMA_NUMBER.fullmatch(cell.strip()) for line in body for cell in line.split(sign))
            return _Form(rf"[ ]*{sign}[ ]*", comma if decimal_comma is None else decimal_comma)
    if not any("," in line for line in body):
        return _Form(r"[ ]+", comma=False)
    tight = any(re.search(r"\d,\d", line) for line in body)
    loose = any(re.search(r",\s", line.strip()) for line in body)
    spaced = any(re.search(r"[^,\s]\s+[^,\s]", line.strip()) for line in body)
    if decimal_comma is False:
        return _Form(r"[ ]*,[ ]*", comma=False)
    if tight and loose:  # "1,5, 2,5": what stands before a blank parts the columns
        return _Form(r",\s+", comma=True)
    if tight and spaced and not any("." in line for line in body):  # "1,5 2,5"
        return _Form(r"\s+", comma=True)
    if not tight or any("." in line for line in body):
        return _Form(r"[ ]*,[ ]*", comma=False)
    if decimal_comma or _is_decimal(lines, body, path):
        return _Form(r"[ ]+", comma=True)
    return _Form(r"[ ]*,[ ]*", comma=False)


def _is_decimal(lines: Sequence[str], body: Sequence[str], path: Path) -> bool:
    """Whether commas alone, between digits, are decimal commas; a heading or the digits themselves tell.

    Raises
    ------
    ReadError
        Nothing tells.
    """
    parts = [line.strip().split(",") for line in body]
    width = len(parts[0])
    heading = lines[0].strip()
    if not _FIGURES.fullmatch(heading):
        named = heading.count(",") + 1
        if 2 * named == width and named > 1:
            raise _both(path)
        return named == 1 and width == 2
    if width % 2 or any(len(cells) != width for cells in parts):
        return False
    behind = [part for cells in parts for part in cells[1::2]]
    if any(not part.isdigit() for part in behind):
        return False
    noughts = any(part == "-0" for cells in parts for part in cells[::2]) or any(
        len(part) > 1 and part[0] == "0" for part in behind
    )
    if noughts and width == 2:
        return True
    if noughts:
        raise _both(path)
    lengths = {len(part) for part in behind}
    # Decimals that vary in length have no noughts at the end; one in ten of fixed length begins with a nought.
    if len(lengths) > 1 and any(part.endswith("0") for part in behind):
        return False
    if lengths and min(lengths) > 1 and len(parts) >= _ENOUGH:
        return False
    raise ReadError(
        "a comma stands between digits, and nothing tells whether it parts columns or is a decimal comma",
        where=path,
        rule="another sign between columns, a line of names, or your word",
        next_step="say which: --decimal-comma or --decimal-point (decimal_comma=)",
    )


def _both(path: Path) -> ReadError:
    return ReadError(
        "commas part the columns and are decimal commas as well",
        where=path,
        rule="one meaning for the comma",
        next_step="export with semicolons or tabs between the columns, or with decimal points",
    )


def _names(numbered: Sequence[tuple[int, str]], form: _Form) -> list[str]:
    """Return the names of a first line that holds any; in brackets it is one name, which may hold blanks."""
    text = numbered[0][1].strip()
    bracketed = re.fullmatch(r"\[\s*(.*?)\s*\]", text)
    if bracketed:
        return [bracketed[1]]

    def figures(line: str) -> int:
        return sum(form.number(cell) is not None for cell in form.cells(line) if cell)

    own = figures(text)
    if own and (len(numbered) < 2 or own >= figures(numbered[1][1])):
        return []
    if not own and len(numbered) > 1 and not figures(numbered[1][1]):
        return []
    sign = "\t" if "\t" in text else ";" if ";" in text else "," if "," in text else None
    return [name.strip().strip('"').strip() for name in text.split(sign)]


def _fitted(names: list[str], width: int, rows: Sequence[tuple[int, str]], form: _Form, path: Path) -> list[str]:
    """Return a name per column; a separator at the end of every line makes no column of its own."""
    if not names or len(names) == width:
        return names
    last_empty = all(not form.cells(line)[-1] for _, line in rows[:_LOOKED])
    if len(names) == width - 1 and last_empty:
        return [*names, ""]
    raise ReadError(f"{len(names)} names for {width} columns", where=path, rule="a name a column, or no names")


def _kept(
    rows: Sequence[tuple[int, str]], form: _Form, width: int, names: Sequence[str]
) -> tuple[list[int], list[str]]:
    """Return the places of columns with numbers, and what is said of those without."""
    table = [form.cells(line) for _, line in rows]
    table = [cells for cells in table if len(cells) == width]
    kept, words = [], []
    for place in range(width):
        values = [form.number(cells[place]) for cells in table]
        if any(value is not None and np.isfinite(value) for value in values):
            kept.append(place)
        elif any(cells[place] for cells in table):
            words.append(_called(names, place))
    return kept, words


def _called(names: Sequence[str], place: int) -> str:
    name = names[place] if names else ""
    return describe(name, private=len(name) > 40).strip("'") if name else f"column {place + 1}"


def _numbers(rows: Sequence[tuple[int, str]], form: _Form, width: int, kept: Sequence[int], path: Path) -> Floats:
    table = []
    for line, row in rows:
        cells = form.cells(row)
        if len(cells) != width:
            raise ReadError(f"line {line} has {counted(len(cells), 'column')}, the first {width}", where=path)
        values = [form.number(cells[place]) for place in kept]
        if None in values:
            raise ReadError(
                f"line {line} holds something that is not a number",
                where=path,
                rule="numbers in every line of a column of numbers",
            )
        table.append(values)
    return np.array(table, dtype=np.float64)


def _signals(
    data: Floats, names: list[str], comments: Sequence[str], form: _Form, words: Sequence[str]
) -> NumberColumns:
    """Return the columns without those that count or tell the time, and everything that is to be said."""
    folded = [_folded(name) for name in names]
    telling = [place for place, key in enumerate(folded) if key in _COUNTS | _TIMES]
    if len(telling) == len(data):
        telling = []
    clocks = [data[place] for place in telling if folded[place] in _TIMES]
    stated = next((match for comment in comments if (match := _RATE.search(comment))), None)
    rate = None if stated is None else float(stated[1].replace(",", ".")) * (1000 if stated[2] else 1)
    notes = []
    if comments:
        notes.append(f"{counted(len(comments), 'line')} of comment passed over")
    if words:
        notes.append(f"left out, since they are not numbers: {', '.join(words)}")
    if telling:
        listed = ", ".join(names[place] or f"column {place + 1}" for place in telling)
        notes.append(f"left out, since they count samples or tell the time: {listed}")
    if form.comma:
        notes.append("the numbers have decimal commas")
    kept = [place for place in range(len(data)) if place not in telling]
    missing = int(np.isnan(data[kept]).sum())
    if missing:
        notes.append(f"{counted(missing, 'cell')} without a number: nothing recorded there")
    return NumberColumns(
        tuple(names[place] for place in kept) if names else (),
        data[kept],
        rate,
        next((seconds for clock in clocks if (seconds := _seconds(clock)) is not None), None),
        tuple(notes),
    )


def _folded(name: str) -> str:
    bare = re.sub(r"[(\[].*", "", name).casefold()
    return "".join(letter for letter in bare if letter.isalnum())


def _seconds(clock: Floats) -> Floats | None:
    """Return a column of seconds or milliseconds in seconds; None where it does not go forward in every row."""
    steps = np.diff(clock)
    if not steps.size or not np.isfinite(steps).all() or not (steps > 0).all():
        return None
    rate = 1 / float(np.median(steps))
    return clock if rate >= _LEAST_HZ else clock / 1000 if rate * 1000 >= _LEAST_HZ else None
