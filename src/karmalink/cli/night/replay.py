"""``karmalink night replay``: when a rule would have woken the sleepers of nights that an expert has scored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.base.wording import counted
from karmalink.cli.contract import Seed, emit, progress, track
from karmalink.cli.night.options import LabelOptions, OutputOptions, check_writable
from karmalink.cli.option_groups import with_option_groups
from karmalink.errors import UsageError, describe

if TYPE_CHECKING:
    from karmalink.night import Replay, RuleSearch
    from karmalink.night.wake_rules.files import ReplayNights

__all__ = ["SearchOptions", "replay"]

_MOST_LISTED = 12


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """The search for the best rule: whether, under which goal, and how it is cross-validated."""

    search: Annotated[bool, typer.Option("--search", help="Search for the best rule too, if --rules is given.")] = False
    learn: Annotated[
        bool,
        typer.Option("--learn", help="Learn the probability of REM from all streams, and search rules on it."),
    ] = False
    precision: Annotated[float, typer.Option("--precision", help="Goal: share of triggers in REM.", min=0, max=1)] = (
        0.95
    )
    sensitivity: Annotated[
        float, typer.Option("--sensitivity", help="Goal: share of REM periods with a trigger inside.", min=0, max=1)
    ] = 0.90
    delay: Annotated[float, typer.Option("--delay", help="Goal: median delay in minutes.", min=0)] = 3.0
    folds: Annotated[int, typer.Option("--folds", help="Folds of the cross-validation over people.", min=2)] = 8

    def run(self, nights: ReplayNights, *, seed: int, progress: Callable[[int, int], None]) -> RuleSearch:
        """Search the rules on the streams that all nights share."""
        from karmalink.night import Goal, learn_fusion, probability_grid, rule_grid, search_rules
        from karmalink.night.wake_rules.fusion import FUSED

        streams = sorted(set.intersection(*(set(night.streams) for night in nights)))
        return search_rules(
            probability_grid(FUSED) if self.learn else rule_grid(streams),
            nights,
            Goal(self.precision, self.sensitivity, self.delay),
            folds=self.folds,
            learn=learn_fusion if self.learn else None,
            seed=seed,
            progress=progress,
        )


@with_option_groups
def replay(
    nights: Annotated[Path, typer.Argument(help="A BIDS folder with *_events.tsv.", show_default=False)],
    truth: Annotated[
        str, typer.Option("--truth", help="The expert's stream: acq/column or column.", show_default=False)
    ],
    rules: Annotated[
        Path | None, typer.Option("--rules", help="Rules to replay (TOML); without it the best rule is searched.")
    ] = None,
    *,
    labels: LabelOptions,
    searching: SearchOptions,
    output: OutputOptions,
    seed: Seed = 0,
) -> None:
    """Replay wake-up rules on scored nights: precision, sensitivity for REM periods, delay, triggers per night.

    Every column of stages in the folder's tables is a stream: --truth names the expert's, rules see the others. A
    search prints what the best rule does on nights that had no part in choosing it. --out writes a page (.html).
    """
    from karmalink.night import read_replay_nights, read_rules
    from karmalink.night import replay as replay_rules

    out = output.out
    if out is not None and out.suffix.lower() != ".html":
        raise UsageError(f"{describe(out.name)} does not end in .html", where="--out", allowed=".html")
    check_writable(out, overwrite=output.overwrite)
    named = read_rules(rules) if rules is not None else []
    with progress(quiet=output.as_json) as bar:
        loaded = read_replay_nights(nights, truth, vocabulary=labels.words or "words")
        replays = replay_rules(named, loaded, progress=track(bar, "replaying")) if named else []
        searched = None
        if searching.search or searching.learn or not named:
            searched = searching.run(loaded, seed=seed, progress=track(bar, "searching"))
    written = _page(out, replays, searched) if out is not None else None
    result = {
        "nights": len(loaded),
        "left_out": list(loaded.left_out),
        "streams": sorted({name for night in loaded for name in night.streams}),
        "rules": [one.to_dict(seed=seed) for one in replays],
        "search": searched.to_dict() if searched is not None else None,
        "written": written,
    }
    emit(result, _text(loaded, replays, searched, written), as_json=output.as_json)


def _page(out: Path, replays: list[Replay], searched: RuleSearch | None) -> str:
    from karmalink.report import Page, page_html, write_page
    from karmalink.report.sections.replay import replay_section

    page = Page(
        title="Wake-up rules, replayed on scored nights",
        made=dt.datetime.now().replace(microsecond=0),
        sections=(replay_section(replays, searched),),
    )
    return str(write_page(page_html(page), out))


def _text(nights: ReplayNights, replays: Sequence[Replay], searched: RuleSearch | None, written: str | None) -> str:
    people = len({night.who for night in nights})
    periods = (searched.held_out if searched is not None else replays[0]).n_periods
    lines = [
        f"{counted(len(nights), 'night')} of {counted(people, 'person', 'people')}, {counted(periods, 'REM period')}",
        *(f"  left out: {reason}" for reason in nights.left_out[:_MOST_LISTED]),
    ]
    if len(nights.left_out) > _MOST_LISTED:
        lines.append(f"  and {len(nights.left_out) - _MOST_LISTED} more left out, listed by --json")
    if replays:
        lines += ["", f"{'rule':24}{'precision':>20}{'sensitivity':>20}{'delay, min':>16}{'per night':>11}"]
        lines += [_row(one) for one in replays]
    if searched is not None:
        lines += ["", searched.finding, f"The rule to use: {searched.best.sentence}."]
        lines += ["", "The rules that no other beats on all three figures, on the nights they were chosen on:"]
        lines += [
            f"  precision {one.precision:.2f}, sensitivity {one.sensitivity:.2f}, delay {one.delay_min:.1f} min: "
            f"{one.rule.sentence}"
            for one in searched.frontier[:_MOST_LISTED]
        ]
    return "\n".join([*lines, *(["", f"Written: {written}"] if written else [])])


def _row(replay: Replay) -> str:
    between = replay.intervals()
    cells = [
        f"{getattr(replay, name):.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"
        for name, digits in (("precision", 2), ("sensitivity", 2), ("delay_min", 1))
        for low, high in (between[name],)
    ]
    return f"{replay.rule.name:24}{cells[0]:>20}{cells[1]:>20}{cells[2]:>16}{replay.triggers_per_night:>11.1f}"
