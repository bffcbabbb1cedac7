"""What each tool or helper is worth to the plan, and what is worth giving up for what is offered."""

from __future__ import annotations

from karmalink.report import words
from karmalink.report.data import ReportData
from karmalink.report.section import Block, Column, Fold, Table
from karmalink.seek import Barter

__all__ = ["bartering"]

_NOTHING = 5e-5  # as in the plan: a difference that would be written as 0.00 points
_MOST = 12


def bartering(data: ReportData, found: Barter) -> Fold:
    """Return the fold of what the searchers have, and of what they could have instead."""
    own = sorted(found.own.items(), key=lambda entry: -entry[1])
    blocks: list[Block] = []
    if own:
        blocks.append(
            Table(
                f"What the plan, which finds it with {words.percent(found.value)}, would lose without each",
                (Column("Of one's own"), Column("Without it", number=True), Column("Lost", number=True)),
                tuple(
                    (data.name(name), words.percent(found.value - worth), words.points(worth)) for name, worth in own
                ),
            )
        )
    if found.exchanges:
        blocks.append(_offers(data, found))
    return Fold(_title(data, found), tuple(blocks))


def _title(data: ReportData, found: Barter) -> str:
    best = found.best
    if best is not None and best.gain > _NOTHING:
        return (
            f"What is worth giving up: {data.name(best.give)} for {data.name(best.get)} adds {words.points(best.gain)}"
        )
    if found.exchanges:
        return "What is worth giving up: nothing, for what is offered"
    if not found.own:
        return "What each tool is worth: there is none"
    name = max(found.own, key=lambda asset: found.own[asset])
    return f"What each tool is worth: {data.name(name)} most, {words.points(found.own[name])}"


def _offers(data: ReportData, found: Barter) -> Table:
    rows = tuple(
        (
            data.name(one.get),
            data.name(one.give) if one.give else "nothing, a gift",
            _gain(one.gain),
        )
        for one in found.exchanges[:_MOST]
    )
    more = len(found.exchanges) - len(rows)
    return Table(
        "What is offered, and what the plan gains by it"
        + (f"; {words.number(more, 0)} worse exchanges" if more else ""),
        (Column("Get"), Column("Give"), Column("Gain", number=True)),
        rows,
    )


def _gain(gain: float) -> str:
    return "nothing" if abs(gain) < _NOTHING else f"{'+' if gain > 0 else ''}{words.points(gain)}"
