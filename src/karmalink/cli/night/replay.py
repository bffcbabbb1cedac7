"""``karmalink night replay``: when a rule would have woken the sleepers of nights that an expert has scored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karmalink.cli.contract import JsonFlag, OutPath, Seed, check_folder, emit, progress, track
from karmalink.errors import UsageError, describe

if TYPE_CHECKING:
    from karmalink.night import Replay, RuleSearch
    from karmalink.night.wake_rules.files import ReplayNights

__all__ = ["replay"]

_SHOWN = 12


def replay(
    nights: Annotated[Path, typer.Argument(help="A BIDS folder with *_events.tsv.", show_default=False)],
    truth: Annotated[
        str, typer.Option("--truth", help="The expert's stream, as acq/column or column.", show_default=False)
    ],
    rules: Annotated[
        Path | None, typer.Option("--rules", help="The rules to play, TOML; without it the best one is searched.")
    ] = None,
    vocabulary: Annotated[str, typer.Option("--vocabulary", help="words, aasm, dreams, 0-4 or profusion.")] = "words",
    search: Annotated[
        bool, typer.Option("--search", help="Search for the best rule, beside those of --rules.")
    ] = False,
    learn: Annotated[
        bool,
        typer.Option("--learn", help="Learn from the nights how likely REM is, given all streams; rules ask for it."),
    ] = False,
    precision: Annotated[
        float, typer.Option("--precision", help="Goal: share of triggers in REM.", min=0, max=1)
    ] = 0.95,
    sensitivity: Annotated[
        float, typer.Option("--sensitivity", help="Goal: share of REM periods caught.", min=0, max=1)
    ] = 0.90,
    delay: Annotated[float, typer.Option("--delay", help="Goal: median delay in minutes.", min=0)] = 3.0,
    folds: Annotated[int, typer.Option("--folds", help="Of people, in the search.", min=2)] = 8,
    out: OutPath = None,
    seed: Seed = 0,
    as_json: JsonFlag = False,
) -> None:
    """Play wake-up rules over scored nights: how often truly in REM, how many REM periods caught, how late.

    Every column of stages in the folder's tables is a stream; --truth names the expert, rules see the others. A search
    prints what the best rule does on nights that had no part in choosing it. --out writes a page (.html).
    """
    from karmalink.night import Goal, read_replay_nights, read_rules
    from karmalink.night import replay as play

    if out is not None and out.suffix.lower() != ".html":
        raise UsageError(f"{describe(out.name)} does not end in .html", where="--out", allowed=".html")
    check_folder(out)
    asked = read_rules(rules) if rules is not None else []
    with progress(quiet=as_json) as bar:
        found = read_replay_nights(nights, truth, vocabulary=vocabulary)
        played = play(asked, found, progress=track(bar, "playing")) if asked else []
        searched = None
        if search or learn or not asked:
            goal = Goal(precision, sensitivity, delay)
            searched = _searched(found, goal, learn=learn, folds=folds, seed=seed, tell=track(bar, "searching"))
    written = _page(out, played, searched) if out is not None else None
    result = {
        "nights": len(found),
        "left_out": list(found.left_out),
        "streams": sorted({name for night in found for name in night.streams}),
        "rules": [one.to_dict(seed=seed) for one in played],
        "search": searched.to_dict() if searched is not None else None,
        "written": written,
    }
    emit(result, _text(found, played, searched, written), as_json=as_json)


def _searched(
    nights: ReplayNights, goal: Any, *, learn: bool, folds: int, seed: int, tell: Callable[[int, int], None]
) -> RuleSearch:
    from karmalink.night import learn_fusion, probability_grid, rule_grid, search_rules
    from karmalink.night.wake_rules.fusion import FUSED

    streams = sorted(set.intersection(*(set(night.streams) for night in nights)))
    grid = probability_grid(FUSED) if learn else rule_grid(streams)
    return search_rules(
        grid, nights, goal, folds=folds, learn=learn_fusion if learn else None, seed=seed, progress=tell
    )


def _page(out: Path, played: list[Replay], searched: RuleSearch | None) -> str:
    from karmalink.report import Page, page_html, write_page
    from karmalink.report.sections.replay import replay_section

    page = Page(
        title="Rules for waking, played over scored nights",
        made=dt.datetime.now().replace(microsecond=0),
        sections=(replay_section(played, searched),),
    )
    return str(write_page(page_html(page), out))


def _text(nights: ReplayNights, played: list[Replay], searched: RuleSearch | None, written: str | None) -> str:
    people = len({night.who for night in nights})
    lines = [f"{len(nights)} nights of {people} people; REM periods: {_periods(played, searched)}"]
    lines += [f"  left out: {reason}" for reason in nights.left_out[:_SHOWN]]
    if played:
        lines += ["", f"{'rule':24}{'truly REM':>20}{'caught':>20}{'late, min':>16}{'a night':>9}"]
        lines += [_row(one) for one in played]
    if searched is not None:
        lines += ["", searched.finding, f"The rule to use: {searched.best.sentence}."]
        lines += ["", "What no other rule beats on all three figures, on the nights it was drawn from:"]
        lines += [
            f"  precision {one.precision:.2f}, sensitivity {one.sensitivity:.2f}, {one.delay_min:.1f} min late: "
            f"{one.rule.sentence}"
            for one in searched.frontier[:_SHOWN]
        ]
    return "\n".join([*lines, *(["", f"Written: {written}"] if written else [])])


def _periods(played: list[Replay], searched: RuleSearch | None) -> int:
    return int((searched.held_out if searched is not None else played[0]).n_periods)


def _row(one: Replay) -> str:
    between = one.intervals()
    cells = [
        f"{getattr(one, name):.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"
        for name, digits in (("precision", 2), ("sensitivity", 2), ("delay_min", 1))
        for low, high in (between[name],)
    ]
    return f"{one.rule.name:24}{cells[0]:>20}{cells[1]:>20}{cells[2]:>16}{one.triggers_per_night:>9.1f}"
