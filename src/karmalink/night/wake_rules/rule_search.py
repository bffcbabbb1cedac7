"""The best rule under a goal, told by what it does on nights that had no part in choosing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import CannotAnswer, InputError
from karmalink.night.wake_rules.replays import REPLAY_FIGURES, NightResult, Replay, replay, result_at
from karmalink.night.wake_rules.rules import Rule
from karmalink.night.wake_rules.triggers import ReplayNight, Triggers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Goal", "Learn", "RuleSearch", "folds_of", "frontier", "oracle", "search_rules"]

Learn = Callable[[Sequence[ReplayNight]], Callable[[ReplayNight], ReplayNight]]
"""Takes nights with their truth and gives what adds a learned stream to any other night, as `learn_fusion` does."""

_MINUTES_A_SHARE = 20.0
_CHOICE_DRAWS = 40


@dataclass(frozen=True, slots=True)
class Goal:
    """What a rule should reach on nights it never saw.

    Attributes
    ----------
    precision, sensitivity : float
        Least shares, see `REPLAY_FIGURES`.
    delay_min : float
        Longest median delay, minutes.
    """

    precision: float = 0.95
    sensitivity: float = 0.90
    delay_min: float = 3.0

    def shortfall(self, precision: float, sensitivity: float, delay_min: float) -> float:
        """Return how far figures miss the goal, 0 where they reach it; a minute of delay counts as .05 of a share."""
        figures = {"precision": precision, "sensitivity": sensitivity, "delay_min": delay_min}
        return float(self.shortfalls({name: np.array([value]) for name, value in figures.items()})[0])

    def shortfalls(self, drawn: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return `shortfall` of each drawn sample of figures, shape (draws,)."""
        late = (drawn["delay_min"] - self.delay_min) / _MINUTES_A_SHARE
        misses = np.stack([self.precision - drawn["precision"], self.sensitivity - drawn["sensitivity"], late])
        return np.asarray(np.where(np.isfinite(misses), np.maximum(misses, 0.0), 1.0).sum(axis=0))

    def reached(self, found: Replay) -> bool:
        """Return whether a replay reaches the goal."""
        return self.shortfall(found.precision, found.sensitivity, found.delay_min) == 0


@dataclass(frozen=True, slots=True, repr=False)
class RuleSearch:
    """A search, and what it is worth.

    Attributes
    ----------
    goal : Goal
        What was asked for.
    best : Rule
        The rule chosen on all nights: the one to use.
    held_out : Replay
        Each night played by the rule that was chosen without it and without any other night of the same person. Its
        figures are what a new night will give.
    chosen : tuple of Rule
        The rule of each fold.
    in_sample : Replay
        `best` on the nights it was chosen on; flatters.
    frontier : tuple of Replay
        The rules that no other beats on all three figures, in sample.
    n_rules, n_folds : int
        How many rules were compared, in how many folds.
    """

    goal: Goal
    best: Rule
    held_out: Replay
    chosen: tuple[Rule, ...]
    in_sample: Replay
    frontier: tuple[Replay, ...]
    n_rules: int
    n_folds: int

    @property
    def reached(self) -> bool:
        """Whether the held-out nights reach the goal."""
        return self.goal.reached(self.held_out)

    @property
    def finding(self) -> str:
        """One sentence: what a new night will give."""
        seen, goal = self.held_out, self.goal
        low, high = seen.intervals()["precision"]
        return (
            f"On nights that had no part in choosing it, the best of {self.n_rules:,} rules reaches a precision of "
            f"{seen.precision:.2f} ({low:.2f} to {high:.2f}), a sensitivity of {seen.sensitivity:.2f} and a median "
            f"delay of {seen.delay_min:.1f} min; "
            + ("the goal is reached." if self.reached else "the goal is not reached.")
            + f" Asked for: {goal.precision:g}, {goal.sensitivity:g}, {goal.delay_min:g} min."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything JSON-ready."""
        return {
            "goal": {name: getattr(self.goal, name) for name in Goal.__slots__},
            "reached": self.reached,
            "finding": self.finding,
            "rules_compared": self.n_rules,
            "folds": self.n_folds,
            "best": self.best.to_dict(),
            "held_out": self.held_out.to_dict(),
            "in_sample": self.in_sample.to_dict(),
            "chosen": [rule.name for rule in self.chosen],
            "frontier": [
                {"rule": one.rule.to_dict(), **{name: getattr(one, name) for name in REPLAY_FIGURES}}
                for one in self.frontier
            ],
        }

    def to_dataframe(self) -> pd.DataFrame:
        """Return the frontier, one row per rule: name, sentence, figures in sample."""
        import pandas as pd

        rows = [
            {"rule": one.rule.name, "waits_for": one.rule.sentence, **{n: getattr(one, n) for n in REPLAY_FIGURES}}
            for one in self.frontier
        ]
        return pd.DataFrame(rows, columns=["rule", "waits_for", *REPLAY_FIGURES])

    def __repr__(self) -> str:
        """One line: the finding."""
        return f"<RuleSearch {self.finding}>"


def frontier(replays: Sequence[Replay]) -> tuple[Replay, ...]:
    """Return the replays that no other equals or beats on precise, caught and delay at once, most precise first."""
    told = [one for one in replays if np.isfinite(one.precision) and np.isfinite(one.delay_min)]
    if not told:
        return ()
    table = np.array([(one.precision, one.sensitivity, -one.delay_min) for one in told])
    kept = []
    for place, row in enumerate(table):
        as_good = (table >= row).all(axis=1)
        better = as_good & (table > row).any(axis=1)
        twin = as_good & (table == row).all(axis=1)
        if not better.any() and int(np.flatnonzero(twin)[0]) == place:
            kept.append(place)
    order = sorted(kept, key=lambda place: tuple(-table[place]))
    return tuple(told[place] for place in order)


def oracle(rule: Rule, nights: Sequence[ReplayNight]) -> Replay:
    """Return `rule` with a veto that knows the truth: it fires at the epochs of REM alone, and is never wrong.

    What it does not catch in time no rule that waits for the same streams' REM can catch.
    """
    scores = []
    for night in nights:
        rem = night.truth.stages == 4
        scores.append(result_at(night, Triggers(night).of(rule, allowed=rem)))
    return Replay(replace(rule, name=f"{rule.name}, never wrong"), tuple(scores))


def folds_of(nights: Sequence[ReplayNight], folds: int, seed: int) -> NDArray[np.int64]:
    """Return a fold for each night, shape (nights,); all nights of one person are in one fold."""
    people = sorted({night.who for night in nights})
    if len(people) < 2:
        raise CannotAnswer(
            "nights of one person only cannot tell what a rule does on another's",
            rule="nights of 2 people at least",
            next_step="replay the rules without a search",
        )
    order = np.random.default_rng(seed).permutation(len(people))
    fold = {people[person]: place % min(folds, len(people)) for place, person in enumerate(order)}
    return np.array([fold[night.who] for night in nights])


def search_rules(
    rules: Sequence[Rule],
    nights: Sequence[ReplayNight],
    goal: Goal | None = None,
    *,
    folds: int = 8,
    learn: Learn | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> RuleSearch:
    """Choose the rule that misses the goal least, and tell by nested cross-validation what it will do.

    For each fold the rule is chosen on the other folds' nights alone. Where streams are learned (`learn`), the nights a
    rule is chosen on carry a stream that was learned without them too (the inner folds), and the fold's own nights one
    learned on all the others (Varma & Simon 2006).

    Parameters
    ----------
    rules : sequence of Rule
        What to choose from, `rule_grid` say.
    nights : sequence of ReplayNight
        Nights of two people at least.
    goal : Goal, optional
        By default the project's bar: .95 precise, .90 caught, 3 min.
    folds : int
        Of people, outer and inner.
    learn : Learn, optional
        Learns a stream from nights with truth.
    seed : int
        Of the folds.
    progress : callable, optional
        Called with folds done and folds in all.

    Raises
    ------
    InputError
        No rule or no night.
    CannotAnswer
        Nights of one person only, or without REM.
    """
    if not rules or not nights:
        raise InputError("nothing to search", rule="at least one rule and one night")
    goal = goal or Goal()
    fold = folds_of(nights, folds, seed)
    turns = sorted(set(fold.tolist()))
    everywhere = replay(rules, _out_of_fold(nights, learn, folds, seed))
    _say(progress, 1, len(turns) + 1)
    chosen: list[Rule] = []
    told: dict[str, NightResult] = {}
    for done, turn in enumerate(turns, start=2):
        inside, outside = np.flatnonzero(fold != turn).tolist(), np.flatnonzero(fold == turn).tolist()
        if learn is None:
            best = _least_short(goal, [_only(one, inside) for one in everywhere], seed)
            scores = _only(everywhere[best], outside).nights
        else:
            training, add = [nights[i] for i in inside], learn([nights[i] for i in inside])
            best = _least_short(goal, replay(rules, _out_of_fold(training, learn, folds, seed)), seed)
            scores = tuple(
                result_at(night, Triggers(night).of(rules[best])) for night in (add(nights[i]) for i in outside)
            )
        chosen.append(rules[best])
        told |= {score.night: score for score in scores}
        _say(progress, done, len(turns) + 1)
    best = _least_short(goal, everywhere, seed)
    held_out = Replay(rules[best], tuple(told[night.name] for night in nights))
    return RuleSearch(
        goal, rules[best], held_out, tuple(chosen), everywhere[best], frontier(everywhere), len(rules), len(turns)
    )


def _say(progress: Callable[[int, int], None] | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


def _out_of_fold(nights: Sequence[ReplayNight], learn: Learn | None, folds: int, seed: int) -> Sequence[ReplayNight]:
    """Return the nights, each with the stream learned from the others; as they are where nothing is learned."""
    if learn is None:
        return nights
    fold = folds_of(nights, folds, seed + 1)
    added: dict[int, ReplayNight] = {}
    for turn in sorted(set(fold.tolist())):
        add = learn([nights[i] for i in np.flatnonzero(fold != turn).tolist()])
        added |= {i: add(nights[i]) for i in np.flatnonzero(fold == turn).tolist()}
    return [added[i] for i in range(len(nights))]


def _least_short(goal: Goal, seen: Sequence[Replay], seed: int) -> int:
    """Return the rule that misses the goal least on average over drawn samples of these people.

    The one that misses least on the people themselves is often one of many near-equals that luck put first; it then
    changes from fold to fold.
    """
    short = np.array([goal.shortfalls(one.drawn(_CHOICE_DRAWS, seed)).mean() for one in seen])
    return int(np.argmin(short))


def _only(one: Replay, places: Sequence[int]) -> Replay:
    return Replay(one.rule, tuple(one.nights[i] for i in places))
