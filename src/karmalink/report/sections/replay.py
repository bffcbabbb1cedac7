"""When would a rule have woken them? Rules replayed over scored nights, and the best one on held-out nights."""

from __future__ import annotations

from collections.abc import Sequence

from karmalink.night import Replay, RuleSearch
from karmalink.report import words
from karmalink.report.charts.frontier import RulePoint, frontier_chart
from karmalink.report.section import AnswerKind, Column, Figure, Fold, Prose, Section, Table

__all__ = ["replay_section"]

_HOW = (
    "A REM period is a run of the expert's REM, merged over gaps of up to 15 minutes, with at least 4 epochs of REM. A "
    "trigger is right where the expert scored its epoch REM; the share of right triggers is the precision. A period is "
    "detected where a trigger lies inside it; the share of detected periods is the sensitivity. Delay is the time from "
    "the period's start to the end of the first such trigger's epoch. Intervals draw people, with all their nights."
)
_FRONTIER = "The rules that no other beats on all three figures, on the nights they were chosen on"


def replay_section(replays: Sequence[Replay], search: RuleSearch | None = None) -> Section:
    """Return the section of rules that were played over nights.

    Parameters
    ----------
    replays : sequence of Replay
        Rules that were asked for by name; may be empty where there is a search.
    search : RuleSearch, optional
        The search for the best rule.
    """
    shown = _best(replays, search)
    blocks = [_figure(replays, search)] if search is not None or len(replays) > 1 else []
    tables = [_table("Each rule on all nights", replays)] if replays else []
    if search is not None:
        tables.append(_table(_FRONTIER, search.frontier))
    return Section(
        id="replay",
        question="When would a rule have woken them?",
        title=_title(shown, search),
        lead=search.finding if search is not None else _lead(shown),
        answer=AnswerKind.FOUND,
        blocks=(*blocks, Fold("The rules in figures", (*tables, Prose(_HOW, quiet=True)))),
    )


def _best(replays: Sequence[Replay], search: RuleSearch | None) -> Replay:
    return search.held_out if search is not None else max(replays, key=lambda one: one.sensitivity + one.precision)


def _title(shown: Replay, search: RuleSearch | None) -> str:
    wrong = words.percent(1 - shown.precision)
    detected = words.percent(shown.sensitivity)
    text = (
        f"{detected} of the REM periods detected, {shown.delay_min:.1f} min late, {wrong} of the awakenings outside REM"
    )
    return text if search is None or search.reached else f"{text}: short of the goal"


def _lead(shown: Replay) -> str:
    between, waits = shown.intervals(), shown.rule.sentence
    return (
        f"{waits[0].upper()}{waits[1:]}: over {words.count(len(shown.nights), 'night')} the rule fired "
        f"{shown.triggers_per_night:.1f} times a night, {words.percent(shown.precision)} of them in REM "
        f"({words.interval(*between['precision'])}), and detected {words.percent(shown.sensitivity)} of "
        f"{words.count(shown.n_periods, 'REM period')} ({words.interval(*between['sensitivity'])})."
    )


def _figure(replays: Sequence[Replay], search: RuleSearch | None) -> Figure:
    points = [_point(one) for one in (*(search.frontier if search is not None else ()), *replays)]
    goal, crossed = (0.90, 0.95), None
    alt = f"{words.count(len(points), 'rule')} by sensitivity and precision."
    if search is not None:
        held = search.held_out
        points.append(_point(held, held_out=True))
        goal = (search.goal.sensitivity, search.goal.precision)
        between = held.intervals()
        crossed = (between["sensitivity"], between["precision"])
        alt += f" {search.finding}"
    return Figure(
        id="replay-figure",
        alt=alt,
        panels=(frontier_chart(points, goal=goal, low_high=crossed),),
        caption="One dot per rule, larger where it is later. Grey: on the nights it was chosen on."
        + (
            " Indigo, with its intervals: the rule on nights that had no part in choosing it."
            if search is not None
            else ""
        ),
    )


def _point(one: Replay, *, held_out: bool = False) -> RulePoint:
    return RulePoint(one.rule.sentence, one.precision, one.sensitivity, one.delay_min, held_out)


def _table(caption: str, replays: Sequence[Replay]) -> Table:
    columns = (
        Column("Rule"),
        *(Column(name, number=True) for name in ("Precision", "Sensitivity", "Delay, min", "Triggers per night")),
    )
    rows = tuple(
        (
            replay.rule.sentence,
            _with(replay, "precision", 2),
            _with(replay, "sensitivity", 2),
            _with(replay, "delay_min", 1),
            f"{replay.triggers_per_night:.1f}",
        )
        for replay in replays
    )
    return Table(caption, columns, rows)


def _with(one: Replay, name: str, digits: int) -> str:
    low, high = one.intervals(draws=300)[name]
    return f"{getattr(one, name):.{digits}f} ({words.interval(low, high, digits)})"
