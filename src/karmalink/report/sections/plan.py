"""Where do we look first? The plan, its certificate, the cost of closing ground, the value of one more hour."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from karmalink.report import words
from karmalink.report.charts.segments import SegmentBar, segment_bars
from karmalink.report.data import ReportData, ReportSearch
from karmalink.report.section import AnswerKind, Column, Figure, Fold, LegendEntry, Section, SectionPart, Table
from karmalink.report.sections.place import NUMBERED
from karmalink.report.theme import ink
from karmalink.seek import AssetValue, Plan

__all__ = ["asset_value_parts", "plan_section"]

# The value of each asset to the plan, and which exchanges for what is offered pay.

_NOTHING = 5e-5  # as in the plan: a smaller difference would be written as 0.00 percentage points
_MOST = 12


def asset_value_parts(data: ReportData, found: AssetValue) -> Fold:
    """Return the fold of what the searchers have, and of what they could have instead."""
    own = sorted(found.own.items(), key=lambda entry: -entry[1])
    blocks: list[SectionPart] = []
    if own:
        blocks.append(
            Table(
                f"What the plan (chance of success {words.percent(found.value)}) would lose without each asset",
                (Column("Asset"), Column("Without it", number=True), Column("Loss", number=True)),
                tuple(
                    (data.name(name), words.percent(found.value - worth), words.points(worth)) for name, worth in own
                ),
            )
        )
    if found.exchanges:
        blocks.append(_offers(data, found))
    return Fold(_asset_value_title(data, found), tuple(blocks))


def _asset_value_title(data: ReportData, found: AssetValue) -> str:
    best = found.best
    if best is not None and best.gain > _NOTHING:
        return (
            f"Value of each asset: exchanging {data.name(best.give)} for {data.name(best.get)} adds "
            f"{words.points(best.gain)}"
            if best.give
            else f"Value of each asset: {data.name(best.get)}, as a gift, adds {words.points(best.gain)}"
        )
    if found.exchanges:
        return "Value of each asset: no exchange for what is offered pays"
    if not found.own:
        return "Value of each asset: there is none"
    name = max(found.own, key=lambda asset: found.own[asset])
    return f"Value of each asset: {data.name(name)} most, {words.points(found.own[name])}"


def _offers(data: ReportData, found: AssetValue) -> Table:
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
        "Offers, and what the plan gains from each" + (f"; {words.number(more, 0)} worse exchanges" if more else ""),
        (Column("Get"), Column("Give up"), Column("Gain", number=True)),
        rows,
    )


def _gain(gain: float) -> str:
    return "nothing" if abs(gain) < _NOTHING else f"{'+' if gain > 0 else ''}{words.points(gain)}"


def plan_section(data: ReportData, shown: ReportSearch, plan: Plan) -> Section:
    """Return the section of the plan."""
    if plan.nothing_to_do:
        return Section(
            id="plan",
            question="Where do we look first?",
            title="There is nothing to plan",
            lead=f"{plan.nothing_to_do[:1].upper()}{plan.nothing_to_do[1:]}.",
            answer=AnswerKind.CANNOT,
        )
    blocks: list[SectionPart] = [_plan_figure(plan), Fold("The plan, day by day", (_plan_table(plan),))]
    if shown.asset_values is not None:
        blocks.append(asset_value_parts(data, shown.asset_values))
    return Section(
        id="plan",
        question="Where do we look first?",
        title=_title(shown, plan),
        lead=_plan_lead(plan),
        answer=AnswerKind.FOUND,
        blocks=tuple(blocks),
    )


def _title(shown: ReportSearch, plan: Plan) -> str:
    days = "" if len(plan.dates) == 1 else f" over {words.count(len(plan.dates), 'day')}"
    hours = words.number(float(plan.hours.sum()), 0)
    head = f"{hours} hours{days} find {shown.thing} with a chance of {words.percent(plan.value)}"
    if plan.gap < _NOTHING:
        return f"{head}; proved optimal for these hours"
    return f"{head}; no plan of the same hours can exceed {words.percent(plan.upper_bound)}"


def _plan_lead(plan: Plan) -> str:
    parts = [f"One more hour would add {words.points(plan.marginal_value)}."]
    lost = plan.value - plan.day_by_day
    if lost > _NOTHING:
        parts.append(f"Planning one day at a time would lose {words.points(lost)}.")
    parts += [
        f"The closing of {name} costs {words.points(cost) if cost > _NOTHING else 'nothing'}."
        for name, cost in plan.closure_cost.items()
    ]
    if plan.risk_budget is not None:
        cost = f"; the risk limit costs {words.points(plan.risk_limit_cost)}" if plan.risk_limit_cost > _NOTHING else ""
        parts.append(f"Its risk is {words.odds(plan.risk)}; the limit is {words.odds(plan.risk_budget)}{cost}.")
    parts.append(
        "The certificate bounds every other plan under the same assumptions: the sweep widths are taken as given."
    )
    return " ".join(parts)


def _plan_figure(plan: Plan) -> Figure:
    chosen = plan.order[:NUMBERED]
    rows = [
        SegmentBar(
            rank, plan.ground.names[at], float(plan.effort[at]), float(plan.probability[at]), float(plan.finds[at])
        )
        for rank, at in enumerate(chosen, start=1)
    ]
    first = words.join(f"{row.name} with {words.number(row.hours, 1)} h" for row in rows[:3])
    more = len(plan.order) - len(chosen)
    return Figure(
        id="plan-figure",
        alt=(
            f"The plan searches {words.count(len(plan.order), 'segment')}, first {first}. It finds it with "
            f"{words.percent(plan.value)}."
        ),
        panels=(segment_bars(rows),),
        key=(
            LegendEntry("it lies there", ink("indigo"), "pale"),
            LegendEntry("the plan finds it there", ink("indigo"), "square"),
        ),
        caption="Segments in the order of the numbers on the map: the ground with the most to find per hour first."
        + (f" {words.count(more, 'further segment').capitalize()} in the table." if more else ""),
    )


def _plan_table(plan: Plan) -> Table:
    ranks = {plan.ground.names[at]: rank for rank, at in enumerate(plan.order, start=1)}
    rows = tuple(
        (
            str(ranks[row["segment"]]),
            row["segment"],
            _day(row),
            row["asset"],
            words.number(row["hours"], 1),
            words.percent(row["probability"]),
            words.percent(row["pod"]),
            words.percent(row["finds"]),
        )
        for row in plan.to_dict()["segments"]
    )
    columns = (
        Column("Order"),
        Column("Segment"),
        Column("Day"),
        Column("With"),
        Column("Hours", number=True),
        Column("It lies there", number=True),
        Column("Found if there", number=True),
        Column("Both", number=True),
    )
    return Table("Who searches where on which day", columns, rows)


def _day(row: Mapping[str, Any]) -> str:
    return words.day(dt.date.fromisoformat(row["date"])) if row["date"] else f"day {row['day']}"
