"""Tables of stages as programs write them: which column holds what, and how its cells tell a time.

Headings are matched without capitals, blanks and marks, and may name a unit: ``Onset (s)``, ``Time [hh:mm:ss]``,
``duration_ms``. A number may have a decimal comma where commas do not separate the cells. A time is a number of
seconds, a time of day, or a date with one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from karmalink.errors import Fault, ImportFaults, ReadError, describe, suggest
from karmalink.night.recordings.clocks import walked_s
from karmalink.rows import frame_sheet, split_cells

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MISSING",
    "Heading",
    "Table",
    "Times",
    "folded",
    "forward",
    "frame_table",
    "is_stage_heading",
    "looks_like_table",
    "number",
    "read_table",
    "seconds_in",
    "times_of",
]

MISSING = frozenset({"", "n/a", "na", "nan", "none", "null", "-", "--"})
"""What stands in a cell that holds nothing, in small letters."""

_HALF_DAY_S = 43_200.0
_DAY_S = 86_400.0
_NO_DAY = date(1900, 1, 1)
# Clocks are put forward or back by an hour, on Lord Howe Island by half of one.
_CHANGES_S = (3600.0, 1800.0)
_SHORT_S = 120.0
_COMMENTS = ("#", "%")

# What a column is for → its headings, folded, the likeliest first.
_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "stage": (
        *("stage", "stages", "sleepstage", "sleepstages", "stagelabel", "stagename", "stagescore", "hypnogram"),
        *("hypno", "staging", "score", "scores", "scoring", "schlafstadium", "stadium", "stade", "stadedesommeil"),
        *("fase", "fasedelsueno", "estadio", "stadio", "fasesonno", "slaapstadium"),
    ),
    "onset": (
        *("onset", "onsets", "start", "starttime", "starttimes", "begin", "beginning", "epochstart", "epochonset"),
        *("latency", "seconds", "second", "sec", "time", "clocktime", "clock", "timeofday", "abstime", "timestamp"),
        *("datetime", "uhrzeit", "zeit", "heure", "hora", "ora", "tijd"),
    ),
    "duration": ("duration", "durations", "dur", "length", "epochlength", "epochduration", "dauer", "duree"),
    "end": ("end", "endtime", "stop", "stoptime", "epochend", "ende", "fin"),
    "epoch": (
        *("epoch", "epochs", "epochnumber", "epochno", "epochnr", "epochindex", "epochid", "epochnum", "epoche"),
        *("epoque", "epoca", "epochn", "index", "number", "nr", "no", "row", "unnamed0", ""),
    ),
}
# Columns whose words may be stages among other events.
_EVENTS = (
    *("description", "annotation", "annotations", "event", "events", "label", "text", "name", "type", "trialtype"),
    *("marker", "value", "ereignis"),
)
# Headings that count from the recording's beginning, even where they are written as h:mm:ss.
_ELAPSED = frozenset({"onset", "onsets", "latency", "seconds", "second", "sec"})
_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "sek", "hh:mm:ss", "h:mm:ss", "hms", "hhmmss"), 1.0),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60.0),
}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its name as written, folded without its unit, and seconds per unit."""

    name: str
    key: str
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it stands in a file.

    Attributes
    ----------
    headings : tuple of Heading
        One per column.
    rows : tuple of (int, tuple of str)
        Line in the file, and the cells, as many as headings; blank lines are left out.
    comma : bool
        Whether commas are free to be decimal commas: another sign separates the cells.
    """

    headings: tuple[Heading, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    comma: bool

    def find(self, use: str) -> int | None:
        """Return the place of the column for `use`: stage, onset, duration, end or epoch; None where there is none."""
        for key in _HEADINGS[use]:
            for place, heading in enumerate(self.headings):
                if heading.key == key:
                    return place
        return None

    def named(self, column: str, file: Path) -> int:
        """Return the place of a column that a person named; capitals and marks do not count.

        Raises
        ------
        ReadError
            There is none, or several.
        """
        exact = [place for place, heading in enumerate(self.headings) if heading.name == column]
        key = folded(column).key
        near = exact or [place for place, heading in enumerate(self.headings) if heading.key == key]
        if len(near) == 1 or exact:
            return near[0]
        raise self.without(column, file)

    def events(self) -> list[int]:
        """Return the places of columns in which stages may stand among other events."""
        keys = [heading.key for heading in self.headings]
        return [keys.index(key) for key in _EVENTS if key in keys]

    def column(self, place: int) -> list[str]:
        """Return the cells of a column."""
        return [cells[place] for _, cells in self.rows]

    def without(self, column: str, file: Path) -> ReadError:
        """Return the error that a column is missing, with the names there are."""
        names = [heading.name for heading in self.headings]
        return ReadError(
            f"the table has no column {column}",
            where=file,
            rule="a column with the stages, with a heading",
            allowed=[describe(name, private=len(name) > 20) for name in names],
            next_step=suggest(column, names) or "name the column with the stages: --column",
        )


def folded(heading: str) -> Heading:
    """Return a heading without capitals, blanks and marks, and the unit it names.

    Examples
    --------
    >>> folded("Onset (s)").key, folded("Time [hh:mm:ss]").key, folded("duration_ms").factor
    ('onset', 'time', 0.001)
    """
    name = heading.strip().strip("\"'\ufeff").strip()
    bare, factor = name, 1.0
    unit = re.search(r"[\s_]*[(\[]\s*([^)\]]*?)\s*[)\]]\s*$", name) or re.search(r"[\s_]+(?:in[\s_]+)?(\w+)$", name)
    if unit and unit[1].casefold() in _UNITS:
        bare, factor = name[: unit.start()], _UNITS[unit[1].casefold()]
    key = "".join(letter for letter in bare.casefold() if letter.isalnum())
    return Heading(name, key, factor)


def is_stage_heading(line: str) -> bool:
    """Whether a line is the heading of a column of stages, and nothing else."""
    return folded(line).key in _HEADINGS["stage"]


def looks_like_table(head: str) -> bool:
    """Whether a text begins with the headings of a table of stages."""
    line = next((row for row in head.lstrip("\ufeff").splitlines() if _is_row(row)), "")
    keys = [folded(cell).key for cell in re.split(r"[\t;,]", line)]
    telling = set(_HEADINGS["stage"]) | set(_EVENTS)
    timed = {key for use in ("onset", "epoch", "duration") for key in _HEADINGS[use] if key}
    return len(keys) > 1 and bool(telling & set(keys)) and bool((timed | telling) & set(keys))


def _is_row(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith(_COMMENTS)


def read_table(text: str, file: Path) -> Table:
    """Return the table of a text: the separator is the heading's, lines of comment are passed over.

    Raises
    ------
    ReadError
        It is not a table, or a row has more cells than there are headings.
    """
    lines = text.splitlines()
    first = next((place for place, line in enumerate(lines) if _is_row(line)), None)
    if first is None:
        raise ReadError("the file holds comments only", where=file)
    separator = max("\t;,", key=lines[first].count)
    body = "\n".join(line if _is_row(line) else "" for line in lines[first:])
    try:
        rows = split_cells(body, separator)
    except ReadError:
        raise ReadError("the file is not a table", where=file, next_step="export the stages again") from None
    headings = tuple(folded(name) for name in rows[0])
    filled: list[tuple[int, tuple[str, ...]]] = []
    for line, cells in enumerate(rows[1:], start=first + 2):
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(headings) :]):
            raise ReadError(
                f"line {line} has {len(cells)} cells for {len(headings)} headings",
                where=file,
                rule="a cell a heading; a decimal comma needs another separator",
            )
        padded = (*cells[: len(headings)], *[""] * (len(headings) - len(cells)))
        filled.append((line, tuple(cell.strip() for cell in padded)))
    return Table(headings, tuple(filled), separator != ",")


def frame_table(frame: pd.DataFrame) -> Table:
    """Return the table of a data frame; line n of a message is its n-th row, durations are seconds.

    Raises
    ------
    ImportFaults
        A cell holds something that is not a text, a number or a time.
    """
    lengths = {name: frame[name].dt.total_seconds() for name in frame.select_dtypes("timedelta").columns}
    sheet = frame_sheet(frame.assign(**lengths) if lengths else frame)
    faults = [
        Fault(record.line, name, "cell", refused.rule, refused.allowed)
        for record in sheet.records
        for name, refused in record.wrong.items()
    ]
    if faults or sheet.faults:
        raise ImportFaults([*sheet.faults, *faults], where="DataFrame")
    headings = tuple(folded(name) for name in sheet.columns)
    rows = tuple((record.line, tuple(record.cells[name].strip() for name in sheet.columns)) for record in sheet.records)
    return Table(headings, rows, comma=True)


_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


def number(text: str, *, comma: bool = True) -> float | None:
    """Return a number with a point or a decimal comma; None where the text is not one.

    Where commas separate cells, a quoted ``1,020`` may be a thousand and twenty as well: it is not a number.
    """
    clean = text.strip().strip("\"'")
    if re.fullmatch(r"[+-]?\d*,\d+([eE][+-]?\d+)?", clean) and (comma or not _THOUSANDS.fullmatch(clean)):
        clean = clean.replace(",", ".")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", clean):
        return None
    return float(clean)


@dataclass(frozen=True, slots=True)
class Times:
    """The moments of a column.

    Attributes
    ----------
    seconds : tuple of float
        From the recording's first sample where the column counts from there, else from the first row.
    first : datetime or None
        What the clock showed at the first row; on a day of 1900 where only a time of day is told.
    dated : bool
        Whether `first` has a date.
    notes : tuple of str
        What was taken for something.
    """

    seconds: tuple[float, ...]
    first: datetime | None = None
    dated: bool = False
    notes: tuple[str, ...] = ()


_CLOCK = re.compile(r"(\d{1,2})[:.h](\d{2})(?:[:.m](\d{2}(?:[.,]\d{1,9})?))?\s*([ap]\.?m\.?)?s?", re.IGNORECASE)
_DATED = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})[T\s]+(.+?)(?:Z|[+-]\d{2}:?\d{2})?")
_DAYED = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}),?\s+(.+)")


def times_of(
    cells: Sequence[tuple[int, str]],
    heading: Heading,
    file: Path,
    *,
    comma: bool,
    zone: ZoneInfo | None = None,
    by_clock: bool = False,
) -> Times:
    """Return the moments of a column; all cells tell them in one way.

    Parameters
    ----------
    cells : sequence of (int, str)
        Line and cell.
    heading : Heading
        Of the column: its unit, and whether it counts from the recording's beginning.
    file : Path
        For messages.
    comma : bool
        Whether a number may have a decimal comma.
    zone : ZoneInfo, optional
        Where the clock hung. Without it an hour that comes again is taken for a change of clocks, since time does not
        go back; an hour that is missing stays missing.
    by_clock : bool
        ``0:00:00`` in the first cell is midnight; else it is the beginning, from which the others count.

    Raises
    ------
    ReadError
        A cell is not a moment, or the clock goes back.
    """
    first = cells[0][1]
    if number(first, comma=comma) is not None:
        return Times(tuple(_seconds(line, cell, heading, file, comma=comma) for line, cell in cells))
    moments = [_moment(line, cell, heading, file) for line, cell in cells]
    dated = all(moment[1] for moment in moments)
    # 12/12/2024 tells no month that 13/12/2024 tells: without a date in every cell, only the time of day is taken.
    days = [day if dated else datetime.combine(_NO_DAY, day.time()) if has_date else day for day, has_date in moments]
    elapsed = heading.key in _ELAPSED and not dated
    if elapsed or (not dated and not by_clock and days[0].time() == time()):  # h:mm:ss from the beginning on
        seconds = [(day - datetime.combine(_NO_DAY, time())).total_seconds() for day in days]
        return Times(tuple(forward(seconds, [line for line, _ in cells], file)[0]))
    if dated and zone is not None:
        return Times(tuple(walked_s(days, zone)), days[0], dated)
    seconds = [(day - days[0]).total_seconds() for day in days]
    gone, notes = forward(seconds, [line for line, _ in cells], file)
    return Times(tuple(gone), days[0], dated, notes)


def seconds_in(line: int, cell: str, heading: Heading, file: Path, *, comma: bool) -> float:
    """Return the seconds that a cell tells, as a number or as ``h:mm:ss``.

    Raises
    ------
    ReadError
        It is neither.
    """
    if number(cell, comma=comma) is None and _CLOCK.fullmatch(cell.strip()):
        day, _ = _moment(line, cell, Heading(heading.name, "onset"), file)
        return (day - datetime.combine(_NO_DAY, time())).total_seconds()
    return _seconds(line, cell, heading, file, comma=comma)


def _seconds(line: int, cell: str, heading: Heading, file: Path, *, comma: bool) -> float:
    value = number(cell, comma=comma)
    if value is None:
        raise ReadError(
            f"line {line}: {heading.name} is not a number",
            where=file,
            rule="seconds, with a point" if not comma else "seconds",
        )
    return value * heading.factor


def _moment(line: int, cell: str, heading: Heading, file: Path) -> tuple[datetime, bool]:
    """Return a moment and whether it has a date."""
    day, rest = datetime.combine(_NO_DAY, time()), cell.strip()
    dated = False
    parts: tuple[int, int, int] | None = None
    if match := _DATED.fullmatch(rest):
        parts, rest, dated = (int(match[1]), int(match[2]), int(match[3])), match[4], True
    elif match := _DAYED.fullmatch(rest):
        first, then, year = int(match[1]), int(match[3]), int(match[4])
        # 31.12. and 12/31 tell themselves; where both could be months, a point is written behind a day only.
        day_first = first > 12 or match[2] == "."
        parts = (year, then, first) if day_first else (year, first, then) if then > 12 else None
        rest, dated = match[5], parts is not None
    clock = _CLOCK.fullmatch(rest.strip())
    try:
        if clock is None:
            raise ValueError
        hour = int(clock[1])
        if clock[4]:
            if not 1 <= hour <= 12:
                raise ValueError
            hour = hour % 12 + 12 * (clock[4][0] in "pP")
        if parts is not None:
            day = datetime(*parts)
        second = float((clock[3] or "0").replace(",", "."))
        if int(clock[2]) > 59 or second >= 60 or (hour > 23 and heading.key not in _ELAPSED):
            raise ValueError
    except ValueError:
        raise ReadError(
            f"line {line}: {heading.name} is not a number and not a time",
            where=file,
            rule="seconds, hh:mm:ss, or a date and hh:mm:ss; every cell in the same way",
        ) from None
    return day + timedelta(hours=hour, minutes=int(clock[2]), seconds=second), dated


def forward(seconds: Sequence[float], lines: Sequence[int], file: Path) -> tuple[list[float], tuple[str, ...]]:
    """Return moments of a clock that turns over at midnight and, on one night of the year, goes back by an hour.

    Parameters
    ----------
    seconds : sequence of float
        What the clock showed.
    lines : sequence of int
        Where each stands, for messages.
    file : Path
        For messages.

    Raises
    ------
    ReadError
        The clock goes back, and not as clocks are put back.
    """
    out: list[float] = []
    notes: list[str] = []
    for place, second in enumerate(seconds):
        if not out:
            out.append(second)
            continue
        step = second - seconds[place - 1]
        usual = max(out[-1] - out[-2] if len(out) > 1 else 0.0, _SHORT_S)
        if step < -_HALF_DAY_S:
            step += _DAY_S
        if step < 0:
            back = next((by for by in _CHANGES_S if 0 < step + by <= usual), None)
            if back is None:
                raise ReadError(
                    f"line {lines[place]} comes before the line in front of it",
                    where=file,
                    rule="rows in the order of time",
                )
            notes.append(f"line {lines[place]}: the clock was put back by {back / 3600:g} h; time went on")
            step += back
        out.append(out[-1] + step)
    return out, tuple(notes)
