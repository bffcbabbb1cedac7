"""One figure of the evaluation, and the table they make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Figure", "table"]


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured on what, with its interval where it has one."""

    case: str
    measure: str
    value: str
    interval: str = ""
    note: str = ""


def table(figures: Iterable[Figure]) -> str:
    """Return a Markdown table."""
    rows = ["| case | measure | value | interval | note |", "| --- | --- | --- | --- | --- |"]
    rows += [f"| {f.case} | {f.measure} | {f.value} | {f.interval} | {f.note} |" for f in figures]
    return "\n".join(rows)
