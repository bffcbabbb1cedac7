"""``karmalink seek plan``, ``seek order`` and ``seek value``: where to look first, and the value of each asset."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.base.wording import counted, one_in, percent
from karmalink.cli.contract import JsonFlag, OutPath, emit
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.seek.case import CasePath, exactness, found_line, joined, make_map, opened_case, written_files
from karmalink.cli.study_access import FromStudyOptions
from karmalink.errors import UsageError

if TYPE_CHECKING:
    from karmalink.seek import AssetValue, Case, DiscreteSearch, Plan, Release, TeamPlan, TeamRules

__all__ = ["HourOptions", "TeamOptions", "asset_values", "order", "plan", "plan_writer"]

_SHOWN = 12
_WORTH_SAYING = 1e-3  # of the probability


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


@dataclass(frozen=True, slots=True)
class TeamOptions:
    """What a job of a team may be."""

    shift: Annotated[
        float | None, typer.Option("--shift", help="Hours a team stays in one segment: whole shifts only.", min=0.01)
    ] = None
    least: Annotated[
        float | None, typer.Option("--least", help="No job is shorter, in hours; by default that of the case.", min=0.0)
    ] = None
    per_segment: Annotated[
        int | None, typer.Option("--per-segment", help="How many teams may be in a segment on one day.", min=1)
    ] = None

    def rules(self, case: Case) -> TeamRules:
        """Return the rules of the case, with what was asked for."""
        had = case.rules
        return replace(
            had,
            shift_hours=self.shift,
            least_hours=had.least_hours if self.least is None else self.least,
            teams_per_segment=self.per_segment or had.teams_per_segment,
        )


@with_option_groups
def plan(
    case: CasePath,
    *,
    time: HourOptions,
    teams: TeamOptions,
    start: Annotated[str, typer.Option("--start", help="First day, YYYY-MM-DD; by default that of the case.")] = "",
    divided: Annotated[
        bool, typer.Option("--divided", help="Show the best plan with hours that are divided freely, not jobs.")
    ] = False,
    out: OutPath = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Write the plan of a case that withholds its find spots.")
    ] = False,
    source: FromStudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Show where each team goes first, and prove how good the plan is."""
    from karmalink.seek import release

    first = _day(start)
    with opened_case(case, source, out=out) as (opened, write):
        probability_map = make_map(opened, quiet=as_json)
        walked = opened.team_plan(
            probability_map,
            rules=teams.rules(opened),
            hours=time.hours,
            days=time.days,
            start=first,
            today=dt.date.today(),
        )
        given = release(opened, probability_map, walked.best if divided else walked.plan, exact=exact)
        written = write(plan_writer(opened, given, walked, out))
    result = {"case": opened.name, **walked.best.to_dict(), "teams": walked.to_dict(), "whole": _whole(walked)}
    result["found"] = [thing.to_dict() for thing in opened.found()]
    lines = [
        opened.name,
        *_found_lines(opened),
        *_plan_lines(walked, divided=divided),
        written_files(written, exactness(given)),
    ]
    emit({**result, "written": written}, joined(lines), as_json=as_json)


def _day(text: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text[:20]!r} is not a day", where="--start", allowed="YYYY-MM-DD") from None


def plan_writer(case: Case, given: Release, walked: TeamPlan, out: Path | None) -> Callable[[Path], Iterable[Path]]:
    """Return what writes a plan by the ending of the name: a sheet to print, or a file for other programs."""
    if out is None or out.suffix.casefold() not in (".html", ".htm"):
        from karmalink.seek import write_export
        from karmalink.seek.exports.formats import EXPORTS

        if out is not None and out.suffix.casefold() not in EXPORTS:
            raise UsageError(
                f"the ending {out.suffix!r} names no format of plans",
                where="--out",
                rule="the ending says the format",
                allowed=(".html", *EXPORTS),
            )
        return lambda place: write_export(given, place)
    from karmalink.report import render_plan_sheet

    if not given.exact:
        raise UsageError(
            "a plan of a map that is coarsened",
            where=out,
            rule=f"the case is {given.sensitive}, and a plan gives the spot away",
            next_step="--exact, if the sheet stays with the teams",
        )
    return lambda place: [render_plan_sheet(case, given, walked, place)]


def _whole(walked: TeamPlan) -> dict[str, float | int] | None:
    shift = walked.rules.shift_hours
    if shift is None:
        return None
    return {
        "shift_hours": shift,
        "shifts": round(walked.plan.hours.sum() / shift),
        "value": round(walked.plan.value, 9),
        "loss": round(walked.loss, 9),
        "upper_bound": round(walked.best.upper_bound, 9),
    }


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


def _found_lines(case: Case) -> list[str]:
    """Say first what may end the search."""
    it = [found_line(thing) for thing in case.found() if thing.kind == "it"]
    return [*it, "Somebody should look there before anybody searches on."] if it else []


def _plan_lines(walked: TeamPlan, *, divided: bool) -> list[str]:
    best = walked.best
    if best.nothing_to_do:
        return [f"There is nothing to plan: {best.nothing_to_do}."]
    lines = []
    if best.has_passed:
        last = best.dates[-1]
        lines.append(f"This plan has passed: its last day was {last}. --start sets another first day.")
    elif best.passed_days:
        gone = counted(best.passed_days, "day has", "days have")
        lines.append(f"Of the {len(best.dates)} days of the plan {gone} passed: only what is left is planned.")
    lines.append(f"Divided freely, {best.hours.sum():.3g} hours find it with {percent(best.value)}; {best.proof}.")
    if not divided:
        lines += _team_lines(walked)
    lines.append(f"Marginal value: one more hour would add {percent(best.marginal_value)}.")
    if best.day_by_day < best.value - 1e-6:
        loss = percent(best.value - best.day_by_day)
        lines.append(f"Planned from day to day, without knowing what closes later, it would be {loss} less.")
    lines += [f"The closure of {name} costs {percent(cost)}." for name, cost in best.closure_cost.items()]
    lines += [*_unsegmented(best), *_risk_lines(best), *_stop_lines(best)]
    return [*lines, *(_divided_table(best) if divided else _jobs_table(walked))]


def _unsegmented(plan: Plan) -> list[str]:
    """Say what lies where no team is sent: ground between segments that were drawn, ground that cannot be searched."""
    elsewhere = float(plan.probability_map.probability.sum() - plan.probability.sum())
    if elsewhere < _WORTH_SAYING:
        return []
    return [f"{percent(elsewhere)} of the probability lies on ground that is in no segment: no team is sent there."]


def _team_lines(walked: TeamPlan) -> list[str]:
    way = sum(job.travel_hours for job in walked.jobs)
    shift = walked.rules.shift_hours
    form = f"In whole shifts of {shift:g} h" if shift else "As jobs that teams walk"
    spent = (
        f"{counted(len(walked.jobs), 'job')}, {walked.plan.hours.sum():.3g} h of searching and {way:.2g} h on the way"
    )
    lines = [
        f"{form} ({spent}) it is {percent(walked.plan.value)}: whole jobs and the way lose {percent(walked.loss)}."
    ]
    if not walked.jobs:
        lines.append("No job fits: the hours of a team are shorter than the shortest job and the way there.")
    elif walked.idle_hours >= walked.rules.step - 1e-9:
        most, left = (
            counted(walked.rules.teams_per_segment, "team"),
            f"{walked.idle_hours:.3g} h of teams are left over",
        )
        lines.append(f"{left}: with {most} a segment (--per-segment) no further job fits or adds anything.")
    return lines


def _divided_table(plan: Plan) -> list[str]:
    table = plan.to_dataframe()
    lines = ["", "in this order:"]
    for row in table.head(_SHOWN).to_dict("records"):
        when = row["date"] or f"day {row['day']}"
        lines.append(
            f"  {when}  {row['asset']}: {row['segment']}, {row['hours']:.2f} h, "
            f"at {row['lat']:.5f} N, {row['lon']:.5f} E (finds it there with {percent(row['finds'])} in all)"
        )
    if len(table) > _SHOWN:
        lines.append(f"  … and {len(table) - _SHOWN} more (--out FILE, or --json)")
    return lines


def _jobs_table(walked: TeamPlan) -> list[str]:
    lines: list[str] = []
    for shown, (day, team, jobs) in enumerate(walked.by_team()):
        if shown == _SHOWN:
            more = len(list(walked.by_team())) - _SHOWN
            return [
                *lines,
                "",
                f"… and {counted(more, 'more day of a team', 'more days of teams')} (--out FILE, or --json)",
            ]
        when = jobs[0].date.isoformat() if jobs[0].date else f"day {day}"
        lines += ["", f"{when}, {team}:"]
        for job in jobs:
            way = "" if job.bearing is None else f"{job.travel_km:.1f} km on {job.bearing:.0f}°, then "
            lines.append(
                f"  {job.number}. {way}{job.segment} for {job.hours:g} h, at {job.lat:.5f} N, {job.lon:.5f} E "
                f"(adds {percent(job.finds)})"
            )
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
