"""One figure of the evaluation, the case that gives it, and the table they make."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Case", "Figure", "table"]


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured on what, with its interval where it has one."""

    case: str
    measure: str
    value: str
    interval: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """What a case needs under the data folder (a glob pattern), and how it is run on that folder."""

    needs: str
    run: Callable[[Path], list[Figure]]

    def present(self, data: Path) -> bool:
        """Return whether the data folder holds what the case needs."""
        return any(data.glob(self.needs))


def table(figures: Iterable[Figure]) -> str:
    """Return a Markdown table."""
    rows = ["| case | measure | value | interval | note |", "| --- | --- | --- | --- | --- |"]
    rows += [f"| {f.case} | {f.measure} | {f.value} | {f.interval} | {f.note} |" for f in figures]
    return "\n".join(rows)
