"""``karmalink seek plan`` and ``seek value``: where to look first, and what a helper is worth."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.contract import FromStudy, JsonFlag, OutPath, emit
from karmalink.cli.seek.case import CasePath, form_of, joined, make_map, opened_case, share, wrote
from karmalink.cli.study_access import KeysFolder, PassphraseFile

if TYPE_CHECKING:
    from karmalink.seek import AssetValue, Plan, WholeTeams

__all__ = ["asset_values", "plan"]

Hours = Annotated[
    float | None, typer.Option("--hours", help="Hours of each asset on each day; without it their own.", min=0.0)
]
Days = Annotated[int | None, typer.Option("--days", help="How many days to plan; without it the case's.", min=1)]
_SHOWN = 12


def plan(
    case: CasePath,
    hours: Hours = None,
    days: Days = None,
    shift: Annotated[
        float | None, typer.Option("--shift", help="Hours a team stays in one segment: whole shifts only.", min=0.01)
    ] = None,
    out: OutPath = None,
    study: FromStudy = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Say where to look first, and prove how good the plan is."""
    from karmalink.seek import release, whole_teams, write_export

    with opened_case(case, study, passphrase_file, keys, out=out) as (held, write):
        found = make_map(held, quiet=as_json)
        todo = held.plan(found, hours=hours, days=days)
        whole = None if shift is None else whole_teams(held.task(found, hours=hours, days=days), shift)
        given = release(held, found, todo)
        written = write(lambda place: write_export(given, place))
    result = {"case": held.name, **todo.to_dict(), "whole": whole and whole.to_dict(), "written": written}
    emit(result, joined([held.name, *_plan_lines(todo, whole), wrote(written, form_of(given))]), as_json=as_json)


def asset_values(
    case: CasePath,
    offers: Annotated[Path, typer.Argument(help="Table of what is offered, as the table of assets.")],
    hours: Hours = None,
    days: Days = None,
    study: FromStudy = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Say what each of one's own assets is worth, and what is worth giving up for what is offered."""
    from karmalink.seek import asset_values as compare
    from karmalink.seek import read_assets

    with opened_case(case, study, passphrase_file, keys) as (held, _):
        found = make_map(held, quiet=as_json)
        worth = compare(held.task(found, hours=hours, days=days), read_assets(offers))
    emit({"case": held.name, **worth.to_dict()}, joined([held.name, *_asset_value_lines(worth)]), as_json=as_json)


def _plan_lines(todo: Plan, whole: WholeTeams | None) -> list[str]:
    if todo.nothing_to_do:
        return [f"There is nothing to plan: {todo.nothing_to_do}."]
    lines = [
        f"{todo.hours.sum():.3g} hours find it with {share(todo.value)}; no plan with the same hours finds it with "
        f"more than {share(todo.upper_bound)} (gap {todo.gap:.1g}).",
        f"One more hour would add {share(todo.marginal_value)}.",
    ]
    if todo.day_by_day < todo.value - 1e-6:
        loss = share(todo.value - todo.day_by_day)
        lines.append(f"Planned from day to day, blind to what closes later, it would be {loss} less.")
    lines += [f"That {name} closes costs {share(cost)}." for name, cost in todo.closure_cost.items()]
    lines += [*_risk_lines(todo), *_whole_lines(whole), *_stop_lines(todo)]
    table = todo.to_dataframe()
    lines += ["", "in this order:"]
    for row in table.head(_SHOWN).to_dict("records"):
        when = row["date"] or f"day {row['day']}"
        lines.append(
            f"  {when}  {row['asset']}: {row['segment']}, {row['hours']:.2f} h, "
            f"at {row['lat']:.5f} N, {row['lon']:.5f} E (finds it there with {share(row['finds'])} in all)"
        )
    if len(table) > _SHOWN:
        lines.append(f"  … and {len(table) - _SHOWN} more (--out FILE, or --json)")
    return lines


def _risk_lines(todo: Plan) -> list[str]:
    if todo.risk_budget is None:
        return [f"It runs a risk of {todo.risk:.3g}; no limit was agreed to."] if todo.risk > 0 else []
    line = f"It runs a risk of {todo.risk:.3g} of the {todo.risk_budget:.3g} that was agreed to"
    if todo.risk_price <= 0:
        return [f"{line}, and loses nothing by that limit."]
    tenth = share(min(1.0, 0.1 * todo.risk_budget * todo.risk_price))
    more = f" A tenth less risk would cost about {tenth}." if todo.risk_budget > 0 else ""
    return [f"{line}. Refusing more costs {share(todo.risk_limit_cost)}.{more}"]


def _whole_lines(whole: WholeTeams | None) -> list[str]:
    if whole is None:
        return []
    return [
        f"In whole shifts of {whole.shift_hours:g} h it is {share(whole.value)}: rounding loses {share(whole.loss)}."
    ]


def _stop_lines(todo: Plan) -> list[str]:
    lines = [f"If it is not found by then, {share(min(1.0, todo.rest_of_world_after))} says it is not on the map."]
    if todo.cost > 0:
        needed = todo.break_even_value
        then = (
            "Then stop: no hour after it adds anything"
            if math.isinf(needed)
            else f"After it, going on pays only if the find is worth more than {needed:,.0f}"
        )
        lines.append(f"It costs {todo.cost:,.0f}. {then}.")
    return lines


def _asset_value_lines(worth: AssetValue) -> list[str]:
    lines = [f"As it stands, the plan finds it with {share(worth.value)}.", "", "what one's own is worth:"]
    lines += [f"  {name}: without it {share(lost)} less" for name, lost in worth.own.items()]
    lines += ["", "what is offered:"]
    for one in worth.exchanges:
        what = f"{one.give} for {one.get}" if one.give else f"{one.get}, for nothing of one's own"
        gain = f"adds {share(one.gain)}" if one.gain >= 0 else f"loses {share(-one.gain)}"
        lines.append(f"  {what}: {gain}")
    best = worth.best
    if best is None:
        return [*lines, "", "Nothing that is offered is worth giving anything of one's own for."]
    return [*lines, "", f"Give {best.give} for {best.get}."]
