"""A timed register: what happened when, unit by unit, in order (the scenes of a film, the log of a day)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from karmalink.errors import Fault
from karmalink.rows import Columns, Field, Refused, Row, TableSource, gather_rows, identifier, text, word, words

__all__ = ["TIMED_FIELDS", "TimedUnit", "clock_of", "read_timed", "seconds_of"]


@dataclass(frozen=True, slots=True)
class TimedUnit:
    """One unit of a timed register.

    Attributes
    ----------
    id : str
        Identifier.
    start : float
        Seconds from the beginning of the register.
    text : str
        What happened.
    people : tuple of str
        Who was there, where that is known.
    scene : str
        Which larger stretch it belongs to, "" where there are none.
    """

    id: str
    start: float
    text: str
    people: tuple[str, ...] = ()
    scene: str = ""

    def __repr__(self) -> str:
        """One-line summary, never the words."""
        return f"<TimedUnit {self.id} at {clock_of(self.start)}, {len(self.text)} characters>"


def seconds_of(cell: str) -> float:
    """Return seconds from ``83.5``, ``1:23`` or ``0:01:23.5``."""
    parts = cell.strip().split(":")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        raise Refused("is not a time", "seconds, m:ss or h:mm:ss") from None
    if not 1 <= len(numbers) <= 3 or any(not 0 <= number < 1e7 for number in numbers):
        raise Refused("is not a time", "seconds, m:ss or h:mm:ss, 0 or more")
    if any(number >= 60 for number in numbers[1:]):
        raise Refused("has more than 59 minutes or seconds", "seconds, m:ss or h:mm:ss")
    return float(sum(number * 60**power for power, number in enumerate(reversed(numbers))))


def clock_of(seconds: float) -> str:
    """Return seconds as ``h:mm:ss``."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


TIMED_FIELDS: tuple[Field, ...] = (
    Field("id", required=True, parse=identifier, unique=True, numbered="unit"),
    Field("start", required=True, parse=seconds_of, show=clock_of, allowed="seconds, m:ss or h:mm:ss"),
    Field("text", required=True, parse=text, private=True, leaves_out=True),
    Field("people", parse=words(), show=";".join, private=True, default=()),
    Field("scene", parse=word, private=True, default=""),
)


def read_timed(path: TableSource, *, columns: Columns | None = None) -> list[TimedUnit]:
    """Return the units of a timed register, in order of time.

    Parameters
    ----------
    path : str, Path or DataFrame
        The register. Rows without a text are left out; where there is no column of identifiers, the units are numbered.
    columns : Columns, optional
        Which heading is which field, where the headings do not say it.

    Raises
    ------
    ReadError
        The file as a whole cannot be read.
    ImportFaults
        Every fault of every line; a start before that of the line above is one.
    """
    gathered = gather_rows(path, TIMED_FIELDS, columns=columns or Columns())
    rows = gathered.settle(_out_of_order(gathered.rows))
    return [
        TimedUnit(row["id"], row["start"], row["text"], tuple(row.get("people", ())), row.get("scene", ""))
        for row in rows
    ]


def _out_of_order(rows: Iterable[Row]) -> Iterator[Fault]:
    before = 0.0
    for row in rows:
        start = row.get("start")
        if start is None:
            continue
        if start < before:
            yield row.fault("start", f"is before the start of the line above ({clock_of(before)})")
        before = max(before, start)
