"""``karmalink seek plan``, ``seek order`` and ``seek value``: where to look first, and the value of each asset."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.base.wording import one_in, percent
from karmalink.cli.contract import JsonFlag, OutPath, emit
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.seek.case import CasePath, exactness, joined, make_map, opened_case, written_files
from karmalink.cli.study_access import FromStudyOptions

if TYPE_CHECKING:
    from karmalink.seek import AssetValue, DiscreteSearch, Plan, WholeTeams

__all__ = ["HourOptions", "asset_values", "order", "plan"]

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class HourOptions:
    """How much time there is."""

    hours: Annotated[
        float | None,
        typer.Option("--hours", help="Hours of each asset on each day; by default the asset's own.", min=0.0),
    ] = None
    days: Annotated[
        int | None, typer.Option("--days", help="How many days to plan; by default those of the case.", min=1)
    ] = None


@with_option_groups
def plan(
    case: CasePath,
    *,
    time: HourOptions,
    shift: Annotated[
        float | None, typer.Option("--shift", help="Hours a team stays in one segment: whole shifts only.", min=0.01)
    ] = None,
    out: OutPath = None,
    source: FromStudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Show where to look first, and prove how good the plan is."""
    from karmalink.seek import release, whole_teams, write_export

    with opened_case(case, source, out=out) as (opened, write):
        probability_map = make_map(opened, quiet=as_json)
        best = opened.plan(probability_map, hours=time.hours, days=time.days)
        task = None if shift is None else opened.task(probability_map, hours=time.hours, days=time.days)
        whole = None if task is None or shift is None else whole_teams(task, shift)
        given = release(opened, probability_map, best)
        written = write(lambda place: write_export(given, place))
    result = {"case": opened.name, **best.to_dict(), "whole": whole and whole.to_dict(), "written": written}
    lines = [opened.name, *_plan_lines(best, whole), written_files(written, exactness(given))]
    emit(result, joined(lines), as_json=as_json)


@with_option_groups
def order(
    case: CasePath,
    asset: Annotated[str, typer.Option("--asset", help="What is searched with; needed if the case has several.")] = "",
    coverage: Annotated[
        float, typer.Option("--coverage", help="Swept area of one look over the area of its segment.", min=0.1)
    ] = 1.0,
    looks: Annotated[int, typer.Option("--looks", help="How many looks to show.", min=1)] = 20,
    *,
    source: FromStudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Show in which order one asset checks whole segments, so that it is found soonest on average."""
    from karmalink.seek import search_order
    from karmalink.seek.field.field_log import asset_named

    with opened_case(case, source) as (opened, _):
        probability_map = make_map(opened, quiet=as_json)
        used = asset_named(opened, asset)
        search = search_order(probability_map, used, ground=opened.ground, coverage=coverage, looks=looks)
    emit({"case": opened.name, **search.to_dict()}, joined([opened.name, *_order_lines(search)]), as_json=as_json)


@with_option_groups
def asset_values(
    case: CasePath,
    offers: Annotated[Path, typer.Argument(help="Table of what is offered, in the columns of the table of assets.")],
    *,
    time: HourOptions,
    source: FromStudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Show the value of each of your assets, and which of them to exchange for what is offered."""
    from karmalink.seek import asset_values as value_of_assets
    from karmalink.seek import read_assets

    with opened_case(case, source) as (opened, _):
        probability_map = make_map(opened, quiet=as_json)
        values = value_of_assets(opened.task(probability_map, hours=time.hours, days=time.days), read_assets(offers))
    lines = [opened.name, *_value_lines(values)]
    emit({"case": opened.name, **values.to_dict()}, joined(lines), as_json=as_json)


def _plan_lines(plan: Plan, whole: WholeTeams | None) -> list[str]:
    if plan.nothing_to_do:
        return [f"There is nothing to plan: {plan.nothing_to_do}."]
    lines = [
        f"{plan.hours.sum():.3g} hours find it with {percent(plan.value)}; {plan.proof}.",
        f"Marginal value: one more hour would add {percent(plan.marginal_value)}.",
    ]
    if plan.day_by_day < plan.value - 1e-6:
        loss = percent(plan.value - plan.day_by_day)
        lines.append(f"Planned from day to day, without knowing what closes later, it would be {loss} less.")
    lines += [f"The closure of {name} costs {percent(cost)}." for name, cost in plan.closure_cost.items()]
    lines += [*_risk_lines(plan), *_whole_lines(whole), *_stop_lines(plan)]
    table = plan.to_dataframe()
    lines += ["", "in this order:"]
    for row in table.head(_SHOWN).to_dict("records"):
        when = row["date"] or f"day {row['day']}"
        lines.append(
            f"  {when}  {row['asset']}: {row['segment']}, {row['hours']:.2f} h, "
            f"at {row['lat']:.5f} N, {row['lon']:.5f} E (finds it there with {percent(row['finds'])} in all)"
        )
    if len(table) > _SHOWN:
        lines.append(f"  … and {len(table) - _SHOWN} more (--out FILE, or --json)")
    return lines


def _risk_lines(plan: Plan) -> list[str]:
    risk = one_in(plan.risk)
    if plan.risk_budget is None:
        return [f"It runs a risk of {risk}; no limit was set."] if plan.risk > 0 else []
    line = f"It runs a risk of {risk}, of the limit of {one_in(plan.risk_budget)}"
    if plan.risk_price <= 0:
        return [f"{line}; the limit costs nothing."]
    tenth = percent(min(1.0, 0.1 * plan.risk_budget * plan.risk_price))
    more = f" A limit lower by a tenth would cost about {tenth}." if plan.risk_budget > 0 else ""
    return [f"{line}. Without the limit it would find {percent(plan.risk_limit_cost)} more.{more}"]


def _whole_lines(whole: WholeTeams | None) -> list[str]:
    if whole is None:
        return []
    value, loss = percent(whole.value), percent(whole.loss)
    return [f"In whole shifts of {whole.shift_hours:g} h it is {value}: rounding loses {loss}."]


def _stop_lines(plan: Plan) -> list[str]:
    beyond = percent(min(1.0, plan.rest_of_world_after))
    lines = [f"If it is not found by then, the probability that it lies outside the map is {beyond}."]
    if plan.cost > 0:
        needed = plan.break_even_value
        then = (
            "Then stop: no further hour adds anything"
            if math.isinf(needed)
            else f"After it, going on pays only if the find is worth more than {needed:,.0f}"
        )
        lines.append(f"It costs {plan.cost:,.0f}. {then}.")
    return lines


def _order_lines(search: DiscreteSearch) -> list[str]:
    lines = [
        f"One look with {search.asset.name} finds it with {percent(search.detection)} if it is in that segment.",
        f"In this order it is found after {search.expected_hours:.3g} h on average, if it is in a segment at all:",
    ]
    for look in search.looks:
        again = f" (look {look.look})" if look.look > 1 else ""
        lines.append(
            f"  {look.segment}{again}: {look.hours:.2f} h, at {look.lat:.5f} N, {look.lon:.5f} E; "
            f"finds it with {percent(look.finds)}, {percent(look.found_by_then)} by then"
        )
    return lines


def _value_lines(values: AssetValue) -> list[str]:
    lines = [f"As it stands, the plan finds it with {percent(values.value)}.", "", "value of your assets:"]
    lines += [f"  {name}: without it {percent(lost)} less" for name, lost in values.own.items()]
    lines += ["", "what is offered:"]
    for exchange in values.exchanges:
        what = f"{exchange.give} for {exchange.get}" if exchange.give else f"{exchange.get}, for nothing"
        gain = f"adds {percent(exchange.gain)}" if exchange.gain >= 0 else f"loses {percent(-exchange.gain)}"
        lines.append(f"  {what}: {gain}")
    best = values.best
    if best is None:
        return [*lines, "", "No exchange is worth giving up an asset for."]
    return [*lines, "", f"Give {best.give} for {best.get}."]
