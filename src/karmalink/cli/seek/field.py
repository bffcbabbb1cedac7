"""``karmalink seek search``: what was searched, on foot or as told, and what it teaches."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.contract import FromStudy, JsonFlag, emit, progress
from karmalink.cli.seek.case import CasePath, finding, joined, make_map, opened_case, share
from karmalink.cli.study_access import KeysFolder, PassphraseFile

if TYPE_CHECKING:
    from karmalink.seek import Case, FieldLog, ProbabilityMap, Search

__all__ = ["search"]

_SHOWN = 6


def search(
    case: CasePath,
    segment: Annotated[str, typer.Option("--segment", help="Where was searched, and nothing found.")] = "",
    hours: Annotated[float, typer.Option("--hours", help="How long, all searchers together.", min=0.0)] = 0.0,
    gpx: Annotated[
        Path | None, typer.Option("--gpx", help="Tracks of the searchers' devices.", show_default=False)
    ] = None,
    field_page: Annotated[
        Path | None, typer.Option("--from", help="What a trail page handed back.", show_default=False)
    ] = None,
    asset: Annotated[str, typer.Option("--asset", help="With what; not needed where the case has only one.")] = "",
    searchers: Annotated[int, typer.Option("--searchers", help="How many walked abreast along each track.", min=1)] = 1,
    both: Annotated[
        bool, typer.Option("--both", help="Tracks that stay together are two searchers, not two devices of one.")
    ] = False,
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
    from karmalink.seek import FieldLog, Search, import_field_page, log_gpx
    from karmalink.seek.field.field_log import asset_named

    ways = [
        name
        for name, given in (("--segment", segment), ("--gpx", gpx), ("--from", field_page), ("--undo", undo))
        if given
    ]
    if len(ways) != 1:
        raise UsageError(
            f"{' and '.join(ways)} at once" if ways else "which ground was searched?",
            allowed="--segment NAME, --gpx FILE, --from FILE, or --undo last",
        )
    day = _day(date)
    if segment and not hours and pod is None:
        raise UsageError(
            "how long was searched?",
            where=f"segment {segment[:40]}",
            allowed="--hours above 0, or --pod as the team judged it",
        )
    with opened_case(case, study, passphrase_file, keys) as (held, _):
        pass
    before = make_map(held, quiet=True)
    if gpx is not None:
        with progress(quiet=as_json or not sys.stderr.isatty()) as bar:
            bar.add_task("reading tracks", total=None)
            done = log_gpx(held, gpx, asset=asset, searchers=searchers, date=day, both=both)
    elif field_page is not None:
        done = import_field_page(held, field_page, both=both)
    elif undo is not None:
        after = held.record(undo="" if undo == "last" else undo)
        done = FieldLog(after, (after.log[-1],))
    else:
        used = asset if pod is not None else asset_named(held, asset).name
        after, added = held.record_all([Search("", segment, used, hours, pod, day)])
        done = FieldLog(after, added)
    found = make_map(done.case, quiet=True)
    result = {
        "case": done.case.name,
        **done.to_dict(),
        "log": str(done.case.searches),
        "rest_of_world_before": round(before.rest_of_world, 9),
        **found.to_dict(),
    }
    emit(result, joined([done.case.name, *_lines(done, before, found)]), as_json=as_json)


def _lines(done: FieldLog, before: ProbabilityMap, found: ProbabilityMap) -> list[str]:
    lines: list[str] = []
    for entry in done.logged:
        lines += _entry_lines(done, entry, before, found)
    if done.already:
        lines.append(f"{done.already} of the searches handed in were in the log already: nothing was counted twice.")
    lines += [f"  note: {said.says}" for said in done.findings]
    if done.logged:
        lines.append(f"Outside the map: {share(before.rest_of_world)} → {share(found.rest_of_world)}.")
    return [*lines, finding(found)]


def _entry_lines(done: FieldLog, entry: Search, before: ProbabilityMap, found: ProbabilityMap) -> list[str]:
    case = done.case
    if entry.undoes:
        return [f"{entry.undoes} is taken back; {len(case.log.counting)} searches count."]
    if entry.id not in done.swept:
        return [f"{entry.id}: {entry.segment} searched, nothing found. {_fell(case, entry.segment, before, found)}"]
    swept = done.swept[entry.id]
    ground = case.ground
    effort = ground.sum(swept.effort)
    where = [ground.names[at] for at in effort.argsort()[::-1] if effort[at] > 0.01 * effort.sum()]
    who = f"{entry.searchers} abreast with {entry.asset}" if entry.searchers > 1 else f"with {entry.asset}"
    lines = [
        f"{entry.id}: {swept.walk.km:.2f} km searched {who}{_hours(entry)}, {swept.effort_km2 * 100:.2f} ha swept in "
        f"{', '.join(where[:_SHOWN])}{' …' if len(where) > _SHOWN else ''}; nothing found."
    ]
    lines += [f"  note: {said.says}" for said in swept.findings]
    return [*lines, *(f"  {name}: {_fell(case, name, before, found)}" for name in where[:3])]


def _hours(entry: Search) -> str:
    return f" in {entry.hours:.2f} h" if entry.hours else ""


def _fell(case: Case, segment: str, before: ProbabilityMap, found: ProbabilityMap) -> str:
    where = case.ground.number(segment)
    was, now = (case.ground.sum(map_.probability)[where] for map_ in (before, found))
    return f"Belief that it is there: {share(was)} → {share(now)}."


def _day(text: str) -> dt.date | None:
    from karmalink.errors import DateError

    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise DateError(f"{text[:20]!r} is not a day", where="--date", allowed="YYYY-MM-DD") from None
