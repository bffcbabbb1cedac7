"""``karmalink seek search``: what was searched, by track or by statement, and what it teaches."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.base.wording import counted, percent
from karmalink.cli.contract import JsonFlag, emit, progress
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.seek.case import CasePath, finding, found_line, joined, make_map, opened_case
from karmalink.cli.study_access import FromStudyOptions

if TYPE_CHECKING:
    from karmalink.seek import Case, FieldLog, ProbabilityMap, Search

__all__ = ["SearchOptions", "search"]

_SHOWN = 6


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """What was searched: a segment, tracks, what a field page saved, or a search to take back."""

    segment: Annotated[str, typer.Option("--segment", help="The segment that was searched without a find.")] = ""
    hours: Annotated[float, typer.Option("--hours", help="How long, all searchers together.", min=0.0)] = 0.0
    pod: Annotated[
        float | None,
        typer.Option("--pod", help="Probability of detection as the team judged it, instead of hours.", min=0.0),
    ] = None
    gpx: Annotated[Path | None, typer.Option("--gpx", help="Tracks of the searchers' devices.", show_default=False)] = (
        None
    )
    saved: Annotated[
        Path | None, typer.Option("--from", help="The file that a field page saved.", show_default=False)
    ] = None
    asset: Annotated[str, typer.Option("--asset", help="What was searched with; needed if the case has several.")] = ""
    searchers: Annotated[int, typer.Option("--searchers", help="How many walked abreast along each track.", min=1)] = 1
    both: Annotated[
        bool, typer.Option("--both", help="Tracks that stay together are two searchers, not two devices of one.")
    ] = False
    date: Annotated[str, typer.Option("--date", help="Day of the search, YYYY-MM-DD.")] = ""
    undo: Annotated[
        str | None, typer.Option("--undo", help="Take back a search of the log: its identifier, or 'last'.")
    ] = None

    def check(self) -> None:
        """Check that there is one kind of search, with an effort and a day.

        Raises
        ------
        UsageError, DateError
            Otherwise.
        """
        from karmalink.errors import UsageError

        kinds = {"--segment": self.segment, "--gpx": self.gpx, "--from": self.saved, "--undo": self.undo}
        given = [name for name, value in kinds.items() if value]
        if len(given) != 1:
            raise UsageError(
                f"{' and '.join(given)} at once" if given else "which ground was searched?",
                allowed="--segment NAME, --gpx FILE, --from FILE, or --undo last",
            )
        _day(self.date)
        if self.segment and not self.hours and self.pod is None:
            raise UsageError(
                "how long was searched?",
                where=f"segment {self.segment[:40]}",
                allowed="--hours above 0, or --pod as the team judged it",
            )

    def log(self, case: Case, *, quiet: bool) -> FieldLog:
        """Write the search into the log of a case and return what was logged."""
        from karmalink.seek import FieldLog, Search, import_field_page, log_gpx
        from karmalink.seek.field.field_log import asset_named

        day = _day(self.date)
        if self.gpx is not None:
            with progress(quiet=quiet or not sys.stderr.isatty()) as bar:
                bar.add_task("reading tracks", total=None)
                return log_gpx(case, self.gpx, asset=self.asset, searchers=self.searchers, date=day, both=self.both)
        if self.saved is not None:
            return import_field_page(case, self.saved, both=self.both)
        if self.undo is not None:
            after = case.record(undo="" if self.undo == "last" else self.undo)
            return FieldLog(after, (after.log[-1],))
        used = self.asset if self.pod is not None else asset_named(case, self.asset).name
        return FieldLog(*case.record_all([Search("", self.segment, used, self.hours, self.pod, day)]))


@with_option_groups
def search(case: CasePath, *, searched: SearchOptions, source: FromStudyOptions, as_json: JsonFlag = False) -> None:
    """Write a search that found nothing into the log, and show what it teaches."""
    searched.check()
    with opened_case(case, source) as (opened, _):
        pass
    before = make_map(opened, quiet=True)
    logged = searched.log(opened, quiet=as_json)
    after = make_map(logged.case, quiet=True)
    result = {
        "case": logged.case.name,
        **logged.to_dict(),
        "log": str(logged.case.searches),
        "rest_of_world_before": round(before.rest_of_world, 9),
        **after.to_dict(),
    }
    emit(result, joined([logged.case.name, *_lines(logged, before, after)]), as_json=as_json)


def _lines(logged: FieldLog, before: ProbabilityMap, after: ProbabilityMap) -> list[str]:
    lines: list[str] = []
    for entry in logged.logged:
        lines += _entry_lines(logged, entry, before, after)
    if logged.already:
        known = counted(logged.already, "search", "searches")
        lines.append(f"{known} of the file in the log already: not counted twice.")
    lines += [f"  note: {note.says}" for note in logged.findings]
    lines += [found_line(thing) for thing in logged.found]
    if logged.logged:
        change = f"{percent(before.rest_of_world)} → {percent(after.rest_of_world)}"
        lines.append(f"Probability that it lies outside the map: {change}.")
    return [*lines, finding(after)]


def _entry_lines(logged: FieldLog, entry: Search, before: ProbabilityMap, after: ProbabilityMap) -> list[str]:
    case = logged.case
    if entry.undoes:
        left = len(case.log.counting)
        return [f"{entry.undoes} is taken back; {counted(left, 'search counts', 'searches count')}."]
    if entry.id not in logged.swept:
        return [f"{entry.id}: {entry.segment} searched, nothing found. {_change(case, entry.segment, before, after)}"]
    swath = logged.swept[entry.id]
    ground = case.ground
    effort = ground.sum(swath.effort)
    where = [ground.names[at] for at in effort.argsort()[::-1] if effort[at] > 0.01 * effort.sum()]
    who = f"{entry.searchers} abreast with {entry.asset}" if entry.searchers > 1 else f"with {entry.asset}"
    hours = f" in {entry.hours:.2f} h" if entry.hours else ""
    lines = [
        f"{entry.id}: {swath.walk.km:.2f} km searched {who}{hours}, {swath.effort_km2 * 100:.2f} ha swept in "
        f"{', '.join(where[:_SHOWN])}{' …' if len(where) > _SHOWN else ''}; nothing found."
    ]
    lines += [f"  note: {note.says}" for note in swath.findings]
    return [*lines, *(f"  {name}: {_change(case, name, before, after)}" for name in where[:3])]


def _change(case: Case, segment: str, before: ProbabilityMap, after: ProbabilityMap) -> str:
    where = case.ground.number(segment)
    was, now = (case.ground.sum(either.probability)[where] for either in (before, after))
    return f"Probability that it lies there: {percent(was)} → {percent(now)}."


def _day(text: str) -> dt.date | None:
    from karmalink.errors import DateError

    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise DateError(f"{text[:20]!r} is not a day", where="--date", allowed="YYYY-MM-DD") from None
