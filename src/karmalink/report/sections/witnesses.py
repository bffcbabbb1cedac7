"""Who said it, and who is supported or contradicted by the others?"""

from __future__ import annotations

from collections.abc import Sequence

from karmalink.report import words
from karmalink.report.charts.reliability import Change, reliabilities
from karmalink.report.data import ReportData, ReportSearch
from karmalink.report.section import Column, Figure, LegendEntry, Table
from karmalink.report.theme import LINK_INK, REST_INK, WITNESS_INKS, ink
from karmalink.seek import ProbabilityMap

__all__ = ["clues_table", "inks_of", "witness_name", "witnesses_figure"]

_MOVED = 0.03
_MOST = 14  # rows of the figure; the table of clues has every witness
_ENTRY = "entry:"  # a day that a link points to is a witness under this name


def inks_of(found: ProbabilityMap) -> dict[str, tuple[str, str]]:
    """Give the most reliable people an outline of their own; days that links point to share one."""
    names = list(dict.fromkeys(clue.witness for clue in found.clues))
    people = [name for name in names if not _is_linked(found, name)]
    ranked = sorted(people, key=lambda name: -found.witness_reliability[name])
    own = dict(zip(ranked, WITNESS_INKS, strict=False))
    return {name: own.get(name, REST_INK) if name in people else LINK_INK for name in names}


def _is_linked(found: ProbabilityMap, witness: str) -> bool:
    return all(clue.origin.startswith("link") for clue in found.clues if clue.witness == witness)


def witness_name(data: ReportData, witness: str) -> str:
    """Return what to call a witness; a day that a link points to is called by its life and date."""
    if witness in data.names or not witness.startswith(_ENTRY):
        return data.name(witness)
    for life in data.lives:
        for entry in life.entries:
            if entry.id == witness.removeprefix(_ENTRY) and entry.when is not None:
                day = entry.when.day
                return f"{day.day}\u00a0{day:%b} in {data.name(life.id)}"
    return witness


def witnesses_figure(data: ReportData, found: ProbabilityMap) -> Figure:
    """Return the figure of every witness before and after the clues were put together."""
    inks = inks_of(found)
    rows = [
        Change(witness_name(data, name), found.witness_prior[name], found.witness_reliability[name], inks[name][0])
        for name in inks
    ]
    rows.sort(key=lambda row: -abs(row.after - row.before))
    rows = sorted(rows[:_MOST], key=lambda row: -row.after)
    title = _moved(rows)
    changes = "; ".join(f"{row.label} from {words.percent(row.before)} to {words.percent(row.after)}" for row in rows)
    more = len(inks) - len(rows)
    return Figure(
        id="witnesses-figure",
        alt=f"{title}. Reliability before and after the clues were put together: {changes}.",
        panels=(reliabilities(rows, title=title),),
        key=(
            LegendEntry("before the clues were put together", ink("stone"), "ring"),
            LegendEntry("after", ink("stone")),
        ),
        caption=f"The {len(rows)} that changed most; the table of clues has {more} more." if more else "",
    )


def _moved(rows: Sequence[Change]) -> str:
    up = max(rows, key=lambda row: row.after - row.before)
    down = min(rows, key=lambda row: row.after - row.before)
    parts = []
    if up.after - up.before > _MOVED:
        parts.append(f"{up.label} is supported by the others")
    if down.before - down.after > _MOVED:
        parts.append(f"{down.label} is contradicted")
    text = ", ".join(parts)
    return f"{text[:1].upper()}{text[1:]}" if text else "No witness is supported or contradicted by the others"


def clues_table(data: ReportData, shown: ReportSearch) -> Table:
    """Return the table of the clues in the program's own words, the most reliable first."""
    found = shown.probability_map
    names = {place.id: place.name for place in shown.places}
    rows = [
        (
            clue.phrase(names),
            witness_name(data, clue.witness),
            clue.origin or "interview",
            words.percent(found.clue_prior[clue.id]),
            words.percent(found.clue_reliability[clue.id]),
        )
        for clue in sorted(found.clues, key=lambda clue: -found.clue_reliability[clue.id])
    ]
    columns = (
        Column("Says that it lies"),
        Column("Witness"),
        Column("From"),
        Column("Before", number=True),
        Column("After", number=True),
    )
    return Table("Clues, and how likely each is right before and after all were put together", columns, tuple(rows))
