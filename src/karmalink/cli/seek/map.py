"""``karmalink seek map``: the map in words, and as a page, a picture or a file for other programs."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.base.wording import percent
from karmalink.cli.contract import JsonFlag, OutPath, emit, progress, track
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.seek.case import (
    CasePath,
    exactness,
    finding,
    joined,
    make_map,
    opened_case,
    person_line,
    written_files,
)
from karmalink.cli.study_access import FromStudyOptions
from karmalink.errors import UsageError

if TYPE_CHECKING:
    from karmalink.seek import Case, ProbabilityMap, Release, Statement

__all__ = ["map_"]

_PAGES = (".html", ".htm")


@with_option_groups
def map_(
    case: CasePath,
    out: OutPath = None,
    statement: Annotated[
        list[Path] | None,
        typer.Option(
            "--statement",
            help="A text that clues were read from: the page says what of it was not understood; repeatable.",
            show_default=False,
        ),
    ] = None,
    texts: Annotated[
        bool, typer.Option("--texts", help="Show the words that were not understood, not only where they stand.")
    ] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Show cells and clues of a case that withholds its find spots.")
    ] = False,
    *,
    source: FromStudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Show where it lies: the ground that holds the probability, and how likely each clue and witness is right."""
    from karmalink.seek import release

    told = _statements(out, statement or [], texts=texts)
    with opened_case(case, source, out=out) as (opened, write):
        probability_map = make_map(opened, quiet=as_json)
        given = release(opened, probability_map, exact=exact and bool(opened.sensitive))
        written = write(_writer(opened, given, out, told, texts=texts, quiet=as_json))
    result = {"case": opened.name, **probability_map.to_dict(), "written": written}
    about = [] if opened.subject is None else [person_line(opened.subject)]
    lines = [opened.name, *about, *_map_lines(probability_map), written_files(written, exactness(given))]
    emit(result, joined(lines), as_json=as_json)


def _statements(out: Path | None, paths: list[Path], *, texts: bool) -> list[Statement]:
    """Read the texts before the case is opened: what is wrong with one is no fault of the case."""
    if paths and (out is None or out.suffix.casefold() not in _PAGES):
        raise UsageError(
            "statements are shown on the page only", where="--statement", allowed="--out FILE, ending in .html"
        )
    if texts and not paths:
        raise UsageError("no text to show the words of", where="--texts", next_step="name the texts with --statement")
    from karmalink.rows import read_text
    from karmalink.seek import Statement

    return [Statement(path.name, read_text(path)) for path in paths]


def _writer(
    case: Case, given: Release, out: Path | None, told: list[Statement], *, texts: bool, quiet: bool
) -> Callable[[Path], Iterable[Path]]:
    ending = "" if out is None else out.suffix.casefold()
    if ending == ".png":
        from karmalink.report import render_map_picture

        return lambda place: [render_map_picture(case, given, place)]
    if ending not in _PAGES:
        from karmalink.seek import write_export

        return lambda place: write_export(given, place)
    from karmalink.report import render_map_page
    from karmalink.seek import map_page_of

    plan = case.team_plan(given.probability_map, today=dt.date.today()).plan if case.assets and given.exact else None
    with progress(quiet=quiet or not sys.stderr.isatty()) as bar:
        step = track(bar, "moving witnesses")
        page = map_page_of(case, given, plan=plan, statements=told, texts=texts, progress=step)
    return lambda place: [render_map_page(page, place)]


def _map_lines(probability_map: ProbabilityMap) -> list[str]:
    lines = [finding(probability_map), ""]
    regions = [probability_map.region(mass) for mass in (0.5, 0.8, 0.95)]
    lines += [f"  {percent(region.mass)} of the probability lies in {region.km2:.3g} km²" for region in regions]
    lon, lat = probability_map.best()
    lines += [
        f"  the most probable spot is {lat:.5f} N, {lon:.5f} E",
        "",
    ]
    if probability_map.clues:
        lines.append("how likely each is right, before → after:")
    for clue in probability_map.clues:
        repeated = probability_map.repeats.get(clue.id)
        again = f" (repeats {repeated})" if repeated else ""
        before, after = probability_map.clue_prior[clue.id], probability_map.clue_reliability[clue.id]
        lines.append(f"  {clue.id}: {percent(before)} → {percent(after)}  {clue.phrase()}, {clue.witness}{again}")
    for witness in probability_map.witnesses:
        before, after = probability_map.witness_prior[witness.id], probability_map.witness_reliability[witness.id]
        lines.append(f"  witness {witness.id}: {percent(before)} → {percent(after)}")
    return lines
