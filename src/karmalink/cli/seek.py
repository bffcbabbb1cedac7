"""``karmalink seek …``: from clues to a place, on a case folder of plain files."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karmalink.cli.contract import FromStudy, JsonFlag, OutPath, emit, noun, progress
from karmalink.cli.opened import KeysFolder, PassphraseFile, opened

if TYPE_CHECKING:
    from karmalink.seek import Case, CluesMap, Plan

__all__ = ["app"]

app = noun("seek", "From clues to a place: a map, a plan that is proved good, and what each empty hole teaches.")

CasePath = Annotated[
    Path, typer.Argument(help="The case: a folder with a case.toml, or that file.", show_default=False)
]
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

    with _case(case, study, passphrase_file, keys, out=out) as (held, write):
        found = _map(held, quiet=as_json)
        written = write(to_geojson(found))
    result = {"case": held.name, **found.to_dict(), "written": written}
    emit(result, _lines([held.name, *_map_lines(found), _wrote(written)]), as_json=as_json)


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

    with _case(case, study, passphrase_file, keys, out=out) as (held, write):
        found = _map(held, quiet=as_json)
        todo = held.plan(found, hours=hours, days=days)
        written = write(to_geojson(found, todo))
    result = {"case": held.name, **todo.to_dict(), "written": written}
    emit(result, _lines([held.name, *_plan_lines(todo), _wrote(written)]), as_json=as_json)


@app.command("search")
def search(
    case: CasePath,
    segment: Annotated[str, typer.Option("--segment", help="Where was searched, and nothing found.")] = "",
    hours: Annotated[float, typer.Option("--hours", help="How long, all searchers together.", min=0.0)] = 0.0,
    asset: Annotated[str, typer.Option("--asset", help="With what; not needed where the case has only one.")] = "",
    pod: Annotated[
        float | None,
        typer.Option("--pod", help="Probability of detection as the team judged it, instead of hours.", min=0.0),
    ] = None,
    date: Annotated[str, typer.Option("--date", help="Day of the search, YYYY-MM-DD.")] = "",
    undo: Annotated[
        str | None, typer.Option("--undo", help="Take back a search of the log: its identifier, or 'last'.")
    ] = None,
    study: FromStudy = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Write a search that found nothing into the log, and say what it teaches."""
    from karmalink.errors import UsageError
    from karmalink.seek import Search

    with _case(case, study, passphrase_file, keys) as (held, _):
        pass
    before = _map(held, quiet=True)
    if undo is not None:
        after = held.record(undo="" if undo == "last" else undo)
    elif not segment:
        raise UsageError("which ground was searched?", allowed="--segment NAME, or --undo last")
    else:
        used = asset or (next(iter(held.assets)) if len(held.assets) == 1 else "")
        after = held.record(Search(held.log.next_id(), segment, used, hours, pod, _day(date)))
    found = _map(after, quiet=True)
    entry = after.log[-1]
    result = {
        "case": after.name,
        "logged": entry.to_dict(),
        "log": str(after.searches),
        "outside_before": round(before.outside, 9),
        **found.to_dict(),
    }
    emit(result, _lines([after.name, *_search_lines(after, before, found)]), as_json=as_json)


@app.command("export")
def export(
    case: CasePath,
    out: OutPath = None,
    coarse: Annotated[
        float | None,
        typer.Option("--coarse", help="Side of the blocks in metres: only the regions, made of whole blocks."),
    ] = None,
    with_plan: Annotated[bool, typer.Option("--plan", help="Put the plan's segments in.")] = False,
    study: FromStudy = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Write the map as GeoJSON; coarsened, it gives no find spot away."""
    from karmalink.errors import UsageError
    from karmalink.seek import to_geojson

    if out is None:
        raise UsageError("where should it be written?", allowed="--out FILE.geojson")
    with _case(case, study, passphrase_file, keys, out=out) as (held, write):
        found = _map(held, quiet=as_json)
        todo = held.plan(found) if with_plan and coarse is None else None
        content = to_geojson(found, todo, coarse_m=coarse)
        written = write(content)
    form = "exact" if coarse is None else f"coarsened to {coarse:g} m"
    result = {"case": held.name, "written": written, "coarsened_to_m": coarse, "features": len(content["features"])}
    emit(result, f"{held.name}\n{len(content['features'])} features, {form}: {written}", as_json=as_json)


@contextmanager
def _case(
    path: Path, study: Path | None, passphrase_file: Path | None, keys: Path | None, *, out: Path | None = None
) -> Iterator[tuple[Case, Callable[[dict[str, Any]], str | None]]]:
    """Give a case and what writes its map; with a study its places, witnesses and clues in place of the case's tables.

    A map out of a study is an export: it is entered among them, so that erasure reaches it.
    """
    from karmalink.seek import Case

    if study is None:
        yield Case.read(path), lambda content: _write(out, content)
        return
    from karmalink.study.analyses import case_of, people_on_map
    from karmalink.study.exports.page import entered_file

    with opened(study, write=out is not None, passphrase_file=passphrase_file, keys=keys) as held:

        def entered(content: dict[str, Any]) -> str | None:
            if out is None:
                return None
            with entered_file(held, out, people_on_map(held), "map") as place:
                return _write(place, content)

        yield case_of(held, path), entered


def _map(case: Case, *, quiet: bool) -> CluesMap:
    with progress(quiet=quiet or not sys.stderr.isatty()) as bar:
        task = bar.add_task("reading clues", total=len(case.clues))
        return case.map(progress=lambda done, total: bar.update(task, completed=done, total=total))


def _map_lines(found: CluesMap) -> list[str]:
    lines = [_finding(found), ""]
    lines += [f"  {_percent(mass)} of the belief lies in {found.region(mass).km2:.3g} km²" for mass in (0.5, 0.8, 0.95)]
    lon, lat = found.best()
    lines += [f"  the most believed spot is {lat:.5f} N, {lon:.5f} E", "", "how far it is believed, before → after:"]
    for clue in found.clues:
        again = f" (says again what {found.repeats[clue.id]} says)" if clue.id in found.repeats else ""
        before, after = found.clue_prior[clue.id], found.clue_reliability[clue.id]
        lines.append(f"  {clue.id}: {_percent(before)} → {_percent(after)}  {clue.phrase()}, {clue.witness}{again}")
    for witness in found.witnesses:
        before, after = found.witness_prior[witness.id], found.witness_reliability[witness.id]
        lines.append(f"  witness {witness.id}: {_percent(before)} → {_percent(after)}")
    return lines


def _finding(found: CluesMap) -> str:
    ground = f"{found.region(0.9).km2:.3g} km² of {found.area.km2:.3g} km²"
    doubt = f"{_percent(found.outside)} says it is outside the map"
    return f"90 % of the belief that it is on the map lies in {ground}; {doubt}."


def _plan_lines(todo: Plan) -> list[str]:
    if todo.nothing_to_do:
        return [f"There is nothing to plan: {todo.nothing_to_do}."]
    lines = [
        f"{todo.hours.sum():.3g} hours find it with {_percent(todo.value)}; no plan with the same hours finds it with "
        f"more than {_percent(todo.upper_bound)} (gap {todo.gap:.1g}).",
        f"One more hour would add {_percent(todo.one_more_hour)}.",
    ]
    if todo.day_by_day < todo.value - 1e-6:
        loss = _percent(todo.value - todo.day_by_day)
        lines.append(f"Planned from day to day, blind to what closes later, it would be {loss} less.")
    lines += [f"That {name} closes costs {_percent(cost)}." for name, cost in todo.closure_cost.items()]
    table = todo.to_dataframe()
    lines += ["", "in this order:"]
    for row in table.head(_SHOWN).to_dict("records"):
        when = row["date"] or f"day {row['day']}"
        lines.append(
            f"  {when}  {row['asset']}: {row['segment']}, {row['hours']:.2f} h, "
            f"at {row['lat']:.5f} N, {row['lon']:.5f} E (finds it there with {_percent(row['finds'])} in all)"
        )
    if len(table) > _SHOWN:
        lines.append(f"  … and {len(table) - _SHOWN} more (--out FILE, or --json)")
    return lines


def _search_lines(case: Case, before: CluesMap, found: CluesMap) -> list[str]:
    entry = case.log[-1]
    if entry.undoes:
        lines = [f"{entry.undoes} is taken back; {len(case.log.counting)} searches count."]
    else:
        where = case.ground.number(entry.segment)
        was, now = (case.ground.sum(map_.belief)[where] for map_ in (before, found))
        lines = [
            f"{entry.id}: {entry.segment} searched, nothing found. Belief that it is there: {_percent(was)} → "
            f"{_percent(now)}."
        ]
    lines.append(f"Outside the map: {_percent(before.outside)} → {_percent(found.outside)}.")
    return [*lines, _finding(found)]


def _percent(share: float) -> str:
    from karmalink.seek.wording import percent

    return percent(share)


def _day(text: str) -> dt.date | None:
    from karmalink.errors import DateError

    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise DateError(f"{text[:20]!r} is not a day", where="--date", allowed="YYYY-MM-DD") from None


def _write(out: Path | None, content: dict[str, Any]) -> str | None:
    if out is None:
        return None
    out.write_text(json.dumps(content, ensure_ascii=False, allow_nan=False), encoding="utf-8")
    return str(out)


def _wrote(written: str | None) -> str:
    return f"\nwritten: {written}" if written else ""


def _lines(lines: list[str]) -> str:
    return "\n".join(lines).rstrip()
