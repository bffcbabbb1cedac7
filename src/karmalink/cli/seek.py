"""``karmalink seek …``: from clues to a place, on a case folder of plain files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli import seek_export, seek_field
from karmalink.cli.contract import FromStudy, JsonFlag, OutPath, emit, noun
from karmalink.cli.opened import KeysFolder, PassphraseFile
from karmalink.cli.seek_case import CasePath, finding, joined, make_map, opened_case, share, wrote

if TYPE_CHECKING:
    from karmalink.seek import CluesMap, Plan

__all__ = ["app"]

app = noun("seek", "From clues to a place: a map, a plan that is proved good, and what each empty hole teaches.")

Hours = Annotated[
    float | None, typer.Option("--hours", help="Hours of each asset on each day; without it their own.", min=0.0)
]
Days = Annotated[int | None, typer.Option("--days", help="How many days to plan; without it the case's.", min=1)]
_SHOWN = 12


@app.command("map")
def map_(
    case: CasePath,
    out: OutPath = None,
    study: FromStudy = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Say where it lies: the ground that holds the belief, and how far each clue and witness is believed."""
    from karmalink.seek import to_geojson

    with opened_case(case, study, passphrase_file, keys, out=out) as (held, write):
        found = make_map(held, quiet=as_json)
        written = write(to_geojson(found))
    result = {"case": held.name, **found.to_dict(), "written": written}
    emit(result, joined([held.name, *_map_lines(found), wrote(written)]), as_json=as_json)


@app.command("plan")
def plan_(
    case: CasePath,
    hours: Hours = None,
    days: Days = None,
    out: OutPath = None,
    study: FromStudy = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Say where to look first, and prove how good the plan is."""
    from karmalink.seek import to_geojson

    with opened_case(case, study, passphrase_file, keys, out=out) as (held, write):
        found = make_map(held, quiet=as_json)
        todo = held.plan(found, hours=hours, days=days)
        written = write(to_geojson(found, todo))
    result = {"case": held.name, **todo.to_dict(), "written": written}
    emit(result, joined([held.name, *_plan_lines(todo), wrote(written)]), as_json=as_json)


app.command("search")(seek_field.search)
app.command("export")(seek_export.export)


def _map_lines(found: CluesMap) -> list[str]:
    lines = [finding(found), ""]
    lines += [f"  {share(mass)} of the belief lies in {found.region(mass).km2:.3g} km²" for mass in (0.5, 0.8, 0.95)]
    lon, lat = found.best()
    lines += [f"  the most believed spot is {lat:.5f} N, {lon:.5f} E", "", "how far it is believed, before → after:"]
    for clue in found.clues:
        again = f" (says again what {found.repeats[clue.id]} says)" if clue.id in found.repeats else ""
        before, after = found.clue_prior[clue.id], found.clue_reliability[clue.id]
        lines.append(f"  {clue.id}: {share(before)} → {share(after)}  {clue.phrase()}, {clue.witness}{again}")
    for witness in found.witnesses:
        before, after = found.witness_prior[witness.id], found.witness_reliability[witness.id]
        lines.append(f"  witness {witness.id}: {share(before)} → {share(after)}")
    return lines


def _plan_lines(todo: Plan) -> list[str]:
    if todo.nothing_to_do:
        return [f"There is nothing to plan: {todo.nothing_to_do}."]
    lines = [
        f"{todo.hours.sum():.3g} hours find it with {share(todo.value)}; no plan with the same hours finds it with "
        f"more than {share(todo.upper_bound)} (gap {todo.gap:.1g}).",
        f"One more hour would add {share(todo.one_more_hour)}.",
    ]
    if todo.day_by_day < todo.value - 1e-6:
        loss = share(todo.value - todo.day_by_day)
        lines.append(f"Planned from day to day, blind to what closes later, it would be {loss} less.")
    lines += [f"That {name} closes costs {share(cost)}." for name, cost in todo.closure_cost.items()]
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
