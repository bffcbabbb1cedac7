"""``karmalink seek search``: what was searched, and what it teaches."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.contract import FromStudy, JsonFlag, emit
from karmalink.cli.opened import KeysFolder, PassphraseFile
from karmalink.cli.seek_case import CasePath, finding, joined, make_map, opened_case, share

if TYPE_CHECKING:
    from karmalink.seek import Case, CluesMap

__all__ = ["search"]


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

    with opened_case(case, study, passphrase_file, keys) as (held, _):
        pass
    before = make_map(held, quiet=True)
    if undo is not None:
        after = held.record(undo="" if undo == "last" else undo)
    elif not segment:
        raise UsageError("which ground was searched?", allowed="--segment NAME, or --undo last")
    else:
        used = asset or (next(iter(held.assets)) if len(held.assets) == 1 else "")
        after = held.record(Search(held.log.next_id(), segment, used, hours, pod, _day(date)))
    found = make_map(after, quiet=True)
    entry = after.log[-1]
    result = {
        "case": after.name,
        "logged": entry.to_dict(),
        "log": str(after.searches),
        "outside_before": round(before.outside, 9),
        **found.to_dict(),
    }
    emit(result, joined([after.name, *_search_lines(after, before, found)]), as_json=as_json)


def _search_lines(case: Case, before: CluesMap, found: CluesMap) -> list[str]:
    entry = case.log[-1]
    if entry.undoes:
        lines = [f"{entry.undoes} is taken back; {len(case.log.counting)} searches count."]
    else:
        where = case.ground.number(entry.segment)
        was, now = (case.ground.sum(map_.belief)[where] for map_ in (before, found))
        lines = [
            f"{entry.id}: {entry.segment} searched, nothing found. Belief that it is there: {share(was)} → "
            f"{share(now)}."
        ]
    lines.append(f"Outside the map: {share(before.outside)} → {share(found.outside)}.")
    return [*lines, finding(found)]


def _day(text: str) -> dt.date | None:
    from karmalink.errors import DateError

    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise DateError(f"{text[:20]!r} is not a day", where="--date", allowed="YYYY-MM-DD") from None
