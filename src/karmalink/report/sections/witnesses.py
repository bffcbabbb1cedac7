"""Who said it, and whom do the others contradict?"""

from __future__ import annotations

from karmalink.report import words
from karmalink.report.charts.reliability import Change, reliabilities
from karmalink.report.data import ReportData, SearchShown
from karmalink.report.section import Column, Figure, Key, Table
from karmalink.report.theme import WITNESS_INKS, ink
from karmalink.seek import CluesMap

__all__ = ["LAST_INK", "clues_table", "inks_of", "witnesses_figure"]

LAST_INK = len(WITNESS_INKS) - 1  # witnesses with an outline of their own; the others share the last one
_MOVED = 0.03


def inks_of(found: CluesMap) -> dict[str, tuple[str, str]]:
    """Give the witnesses with the most belief an outline of their own; all others share the last one."""
    names = list(dict.fromkeys(clue.witness for clue in found.clues))
    ranked = sorted(names, key=lambda name: -found.witness_reliability[name])
    return {name: WITNESS_INKS[min(rank, LAST_INK)] for rank, name in enumerate(ranked)}


def witnesses_figure(data: ReportData, found: CluesMap) -> Figure:
    """Return the figure of every witness before and after the clues were put together."""
    inks = inks_of(found)
    rows = [
        Change(data.name(name), found.witness_prior[name], found.witness_reliability[name], inks[name][0])
        for name in inks
    ]
    rows.sort(key=lambda row: -row.after)
    up = max(rows, key=lambda row: row.after - row.before)
    down = min(rows, key=lambda row: row.after - row.before)
    title = _moved(up, down)
    told = "; ".join(f"{row.label} from {words.percent(row.before)} to {words.percent(row.after)}" for row in rows)
    return Figure(
        id="witnesses-figure",
        alt=f"{title}. Reliability before and after the clues were put together: {told}.",
        panels=(reliabilities(rows, title=title),),
        key=(Key("before the clues were put together", ink("stone"), "ring"), Key("after", ink("stone"))),
    )


def _moved(up: Change, down: Change) -> str:
    parts = []
    if up.after - up.before > _MOVED:
        parts.append(f"the others bear {up.label} out")
    if down.before - down.after > _MOVED:
        parts.append(f"{down.label} is contradicted")
    text = words.join(parts)
    return f"{text[:1].upper()}{text[1:]}" if text else "No witness is borne out or contradicted by the others"


def clues_table(data: ReportData, shown: SearchShown) -> Table:
    """Return the table of the clues, in words of our own, the most believed first."""
    found = shown.found
    names = {place.id: place.name for place in shown.places}
    rows = [
        (
            clue.phrase(names),
            data.name(clue.witness),
            clue.origin or "interview",
            words.percent(found.clue_prior[clue.id]),
            words.percent(found.clue_reliability[clue.id]),
        )
        for clue in sorted(found.clues, key=lambda clue: -found.clue_reliability[clue.id])
    ]
    columns = (
        Column("Says it lies"),
        Column("Witness"),
        Column("From"),
        Column("Before", number=True),
        Column("After", number=True),
    )
    return Table("Clues, and how likely each is right before and after all were put together", columns, tuple(rows))
