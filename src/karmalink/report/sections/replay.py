"""When would a rule have woken them? Rules played over scored nights, and the best one on nights it never saw."""

from __future__ import annotations

from collections.abc import Sequence

from karmalink.night import Replay, RuleSearch
from karmalink.report import words
from karmalink.report.charts.frontier import RulePoint, frontier
from karmalink.report.section import Column, Figure, Fold, Prose, Section, Table, Verdict

__all__ = ["replay_section"]

_HOW = (
    "A REM period is a run of the expert's REM, merged over gaps of up to 15 minutes, with at least 4 epochs of REM. A "
    "trigger is right where the expert scored its epoch REM; a period is caught where a trigger lies inside it. Delay "
    "is the time from the period's start to the end of the first such trigger's epoch. Intervals draw people, with "
    "all their nights."
)


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
        tables.append(
            _table("What no other rule beats on all three figures, on the nights it was drawn from", search.frontier)
        )
    return Section(
        id="replay",
        question="When would a rule have woken them?",
        title=_title(shown, search),
        lead=search.finding if search is not None else _lead(shown),
        verdict=Verdict.FOUND,
        blocks=(*blocks, Fold("The rules in figures", (*tables, Prose(_HOW, quiet=True)))),
    )


def _best(replays: Sequence[Replay], search: RuleSearch | None) -> Replay:
    return search.held_out if search is not None else max(replays, key=lambda one: one.caught + one.precise)


def _title(shown: Replay, search: RuleSearch | None) -> str:
    wrong = words.percent(1 - shown.precise)
    caught = words.percent(shown.caught)
    text = f"{caught} of the REM periods caught, {shown.delay_min:.1f} min late, {wrong} of the wakings in vain"
    return text if search is None or search.reached else f"{text}: short of the goal"


def _lead(shown: Replay) -> str:
    between, waits = shown.intervals(), shown.rule.sentence
    return (
        f"{waits[0].upper()}{waits[1:]}: over {words.count(len(shown.nights), 'night')} the rule fired "
        f"{shown.triggers_a_night:.1f} times a night, {words.percent(shown.precise)} of them truly in REM "
        f"({words.interval(*between['precise'])}), and caught {words.percent(shown.caught)} of {shown.n_periods} "
        f"REM periods ({words.interval(*between['caught'])})."
    )


def _figure(replays: Sequence[Replay], search: RuleSearch | None) -> Figure:
    points = [_point(one) for one in (*(search.frontier if search is not None else ()), *replays)]
    goal, crossed = (0.90, 0.95), None
    alt = f"{words.count(len(points), 'rule')} by how many REM periods they catch and how often they are right."
    if search is not None:
        held = search.held_out
        points.append(_point(held, held_out=True))
        goal = (search.goal.caught, search.goal.precise)
        between = held.intervals()
        crossed = (between["caught"], between["precise"])
        alt += f" {search.finding}"
    return Figure(
        id="replay-figure",
        alt=alt,
        panels=(frontier(points, goal=goal, low_high=crossed),),
        caption="One dot a rule, larger where it is later. Grey: on the nights it was drawn from."
        + (
            " Indigo, with its intervals: the rule chosen without the nights it is told on."
            if search is not None
            else ""
        ),
    )


def _point(one: Replay, *, held_out: bool = False) -> RulePoint:
    return RulePoint(one.rule.sentence, one.precise, one.caught, one.delay_min, held_out)


def _table(caption: str, replays: Sequence[Replay]) -> Table:
    columns = (
        Column("Waits for"),
        *(Column(name, number=True) for name in ("Truly REM", "Caught", "Late, min", "A night")),
    )
    rows = tuple(
        (
            one.rule.sentence,
            _with(one, "precise", 2),
            _with(one, "caught", 2),
            _with(one, "delay_min", 1),
            f"{one.triggers_a_night:.1f}",
        )
        for one in replays
    )
    return Table(caption, columns, rows)


def _with(one: Replay, name: str, digits: int) -> str:
    low, high = one.intervals(draws=300)[name]
    return f"{getattr(one, name):.{digits}f} ({words.interval(low, high, digits)})"
