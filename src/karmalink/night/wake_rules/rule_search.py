"""Search for the best rule under a goal, evaluated on nights that had no part in choosing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import CannotAnswer, InputError
from karmalink.night.hypnograms.stages import STAGES
from karmalink.night.wake_rules.replays import REPLAY_FIGURES, NightResult, Replay, replay, result_at
from karmalink.night.wake_rules.rules import Rule
from karmalink.night.wake_rules.triggers import ReplayNight, Triggers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Goal", "Learn", "RuleSearch", "folds_of", "frontier", "oracle", "search_rules"]

Learn = Callable[[Sequence[ReplayNight]], Callable[[ReplayNight], ReplayNight]]
"""Nights with their truth → a function that adds a learned stream to any other night, as `learn_fusion` returns it."""

# A minute of delay counts as much as 1/20 of a share.
_MINUTES_PER_SHARE = 20.0
_CHOICE_DRAWS = 40


@dataclass(frozen=True, slots=True)
class Goal:
    """What a rule should reach on new nights.

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
        """Return by how much the figures miss the goal, 0 where they reach it; a minute of delay counts as .05."""
        figures = {"precision": precision, "sensitivity": sensitivity, "delay_min": delay_min}
        return float(self.shortfalls({name: np.array([value]) for name, value in figures.items()})[0])

    def shortfalls(self, drawn: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return `shortfall` of each bootstrap sample of figures, shape (draws,).

        max(0, goal precision − precision) + max(0, goal sensitivity − sensitivity) + max(0, delay − goal delay) / 20;
        an undefined figure counts as 1.
        """
        late = (drawn["delay_min"] - self.delay_min) / _MINUTES_PER_SHARE
        misses = np.stack([self.precision - drawn["precision"], self.sensitivity - drawn["sensitivity"], late])
        return np.asarray(np.where(np.isfinite(misses), np.maximum(misses, 0.0), 1.0).sum(axis=0))

    def is_reached(self, replay: Replay) -> bool:
        """Whether a replay reaches the goal."""
        return self.shortfall(replay.precision, replay.sensitivity, replay.delay_min) == 0


@dataclass(frozen=True, slots=True, repr=False)
class RuleSearch:
    """The result of a search, with its performance on held-out nights.

    Attributes
    ----------
    goal : Goal
        The goal of the search.
    best : Rule
        The rule chosen on all nights: the one to use.
    held_out : Replay
        Each night replayed with the rule that was chosen without any night of the same person. Its figures estimate
        those of a new night.
    chosen : tuple of Rule
        The rule of each fold.
    in_sample : Replay
        `best` on the nights it was chosen on; its figures are optimistic.
    frontier : tuple of Replay
        The rules that no other beats on all three figures, on the nights they were chosen on.
    n_rules, n_folds : int
        Numbers of rules compared and of folds.
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
        return self.goal.is_reached(self.held_out)

    @property
    def finding(self) -> str:
        """One sentence: the expected performance on a new night."""
        held_out, goal = self.held_out, self.goal
        low, high = held_out.intervals()["precision"]
        return (
            f"On nights that had no part in choosing it, the best of {self.n_rules:,} rules reaches a precision of "
            f"{held_out.precision:.2f} ({low:.2f} to {high:.2f}), a sensitivity of {held_out.sensitivity:.2f} and a "
            f"median delay of {held_out.delay_min:.1f} min; "
            + ("the goal is reached." if self.reached else "the goal is not reached.")
            + f" Goal: precision {goal.precision:g}, sensitivity {goal.sensitivity:g}, {goal.delay_min:g} min."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything, JSON-ready."""
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
                {"rule": replay.rule.to_dict(), **{name: getattr(replay, name) for name in REPLAY_FIGURES}}
                for replay in self.frontier
            ],
        }

    def to_dataframe(self) -> pd.DataFrame:
        """Return the frontier, one row per rule: name, sentence, figures."""
        import pandas as pd

        rows = [
            {"rule": replay.rule.name, "waits_for": replay.rule.sentence}
            | {name: getattr(replay, name) for name in REPLAY_FIGURES}
            for replay in self.frontier
        ]
        return pd.DataFrame(rows, columns=["rule", "waits_for", *REPLAY_FIGURES])

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<RuleSearch {self.finding}>"


def frontier(replays: Sequence[Replay]) -> tuple[Replay, ...]:
    """Return the Pareto frontier of precision, sensitivity and delay, the highest precision first.

    Of replays with equal figures the first is kept.
    """
    defined = [replay for replay in replays if np.isfinite(replay.precision) and np.isfinite(replay.delay_min)]
    if not defined:
        return ()
    # (replays, 3): precision, sensitivity, −delay; larger is better in every column.
    table = np.array([(replay.precision, replay.sensitivity, -replay.delay_min) for replay in defined])
    kept = []
    for number, row in enumerate(table):
        at_least_as_good = (table >= row).all(axis=1)
        dominated = (at_least_as_good & (table > row).any(axis=1)).any()
        first_equal = int(np.flatnonzero((table == row).all(axis=1))[0])
        if not dominated and first_equal == number:
            kept.append(number)
    return tuple(defined[number] for number in sorted(kept, key=lambda number: tuple(-table[number])))


def oracle(rule: Rule, nights: Sequence[ReplayNight]) -> Replay:
    """Return the replay of `rule` with an oracle that suppresses every trigger outside REM: its precision is 1.

    What it does not detect in time, no rule that waits for REM in the same streams can detect.
    """
    results = []
    for night in nights:
        rem = night.truth.stages == STAGES.index("R")
        results.append(result_at(night, Triggers(night).of(rule, allowed=rem)))
    return Replay(replace(rule, name=f"{rule.name}, with oracle"), tuple(results))


def folds_of(nights: Sequence[ReplayNight], folds: int, seed: int) -> NDArray[np.int64]:
    """Return a fold for each night, shape (nights,); all nights of one person are in one fold."""
    people = sorted({night.who for night in nights})
    if len(people) < 2:
        raise CannotAnswer(
            "nights of one person cannot show how a rule performs on another person",
            rule="nights of at least 2 people",
            next_step="replay the rules without a search",
        )
    order = np.random.default_rng(seed).permutation(len(people))
    fold = {people[person]: number % min(folds, len(people)) for number, person in enumerate(order)}
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
    """Choose the rule with the smallest shortfall, and estimate its performance by nested cross-validation.

    For each fold the rule is chosen on the nights of the other folds. Where a stream is learned (`learn`), the nights a
    rule is chosen on get a stream learned without them (inner folds), and the nights of the fold one learned on all
    other nights (Varma & Simon 2006).

    Parameters
    ----------
    rules : sequence of Rule
        The rules to choose from, for example `rule_grid`.
    nights : sequence of ReplayNight
        Nights of at least two people.
    goal : Goal, optional
        By default a precision of .95, a sensitivity of .90 and a delay of 3 min.
    folds : int
        Folds over people, outer and inner.
    learn : Learn, optional
        Learns a stream from nights with truth.
    seed : int
        Seed of the folds.
    progress : callable, optional
        Called with (folds done, folds in all).

    Raises
    ------
    InputError
        No rule or no night.
    CannotAnswer
        Nights of one person only, or without REM.
    """
    if not rules or not nights:
        raise InputError("there is nothing to search", rule="at least one rule and one night")
    goal = goal or Goal()
    report = progress or (lambda done, total: None)
    fold_of = folds_of(nights, folds, seed)
    fold_numbers = sorted(set(fold_of.tolist()))
    on_all = replay(rules, _with_learned_stream(nights, learn, folds, seed))
    report(1, len(fold_numbers) + 1)

    def on_fold(training: list[int], testing: list[int]) -> tuple[int, tuple[NightResult, ...]]:
        if learn is None:
            best = _best_rule(goal, [_on_nights(replayed, training) for replayed in on_all], seed)
            return best, _on_nights(on_all[best], testing).nights
        others = [nights[i] for i in training]
        best = _best_rule(goal, replay(rules, _with_learned_stream(others, learn, folds, seed)), seed)
        with_stream = map(learn(others), (nights[i] for i in testing))
        return best, tuple(result_at(night, Triggers(night).of(rules[best])) for night in with_stream)

    chosen: list[Rule] = []
    held_out: dict[str, NightResult] = {}
    for done, fold in enumerate(fold_numbers, start=2):
        best, results = on_fold(np.flatnonzero(fold_of != fold).tolist(), np.flatnonzero(fold_of == fold).tolist())
        chosen.append(rules[best])
        held_out |= {result.night: result for result in results}
        report(done, len(fold_numbers) + 1)
    best = _best_rule(goal, on_all, seed)
    return RuleSearch(
        goal=goal,
        best=rules[best],
        held_out=Replay(rules[best], tuple(held_out[night.name] for night in nights)),
        chosen=tuple(chosen),
        in_sample=on_all[best],
        frontier=frontier(on_all),
        n_rules=len(rules),
        n_folds=len(fold_numbers),
    )


def _with_learned_stream(
    nights: Sequence[ReplayNight], learn: Learn | None, folds: int, seed: int
) -> Sequence[ReplayNight]:
    """Return the nights, each with a stream learned on the other folds; unchanged without `learn`."""
    if learn is None:
        return nights
    fold_of = folds_of(nights, folds, seed + 1)
    with_stream: dict[int, ReplayNight] = {}
    for fold in sorted(set(fold_of.tolist())):
        add = learn([nights[i] for i in np.flatnonzero(fold_of != fold).tolist()])
        with_stream |= {i: add(nights[i]) for i in np.flatnonzero(fold_of == fold).tolist()}
    return [with_stream[i] for i in range(len(nights))]


def _best_rule(goal: Goal, replays: Sequence[Replay], seed: int) -> int:
    """Return the number of the rule with the smallest mean shortfall over bootstrap samples of the people.

    The smallest shortfall on the people themselves is often that of one of many similar rules, first by chance; it then
    changes from fold to fold.
    """
    shortfall = np.array([goal.shortfalls(replay.drawn(_CHOICE_DRAWS, seed)).mean() for replay in replays])
    return int(np.argmin(shortfall))


def _on_nights(replay: Replay, numbers: Sequence[int]) -> Replay:
    """Return the replay on some of its nights only."""
    return Replay(replay.rule, tuple(replay.nights[i] for i in numbers))
