"""Rules played over scored nights: was it REM when they fired, how many REM periods were caught, how late."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import CannotAnswer, InputError
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import STAGES
from karmalink.night.wake_rules.rules import Rule
from karmalink.night.wake_rules.triggers import ReplayNight, Triggers

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MERGE_MIN",
    "MIN_EPOCHS",
    "REPLAY_FIGURES",
    "NightResult",
    "RemPeriod",
    "Replay",
    "rem_periods",
    "replay",
    "result_at",
]

# REM periods of a scored night: what a rule that waits for REM should catch.

MERGE_MIN = 15.0
"""REM after a gap of at most so many minutes belongs to the same period (Feinberg & Floyd 1979)."""

MIN_EPOCHS = 4
"""A period holds at least so many epochs of REM."""

_R = STAGES.index("R")


@dataclass(frozen=True, slots=True)
class RemPeriod:
    """Epochs `first` to `last`, both REM, with gaps of at most `MERGE_MIN` between."""

    first: int
    last: int


def rem_periods(
    hypnogram: Hypnogram, *, merge_min: float = MERGE_MIN, min_epochs: int = MIN_EPOCHS
) -> tuple[RemPeriod, ...]:
    """Return the REM periods in order.

    Parameters
    ----------
    hypnogram : Hypnogram
        Any epoch length.
    merge_min : float
        Runs of REM are merged over gaps of at most so many minutes, whatever was scored in them.
    min_epochs : int
        Epochs of REM that a period holds at least.
    """
    rem = np.flatnonzero(hypnogram.stages == _R)
    if rem.size == 0:
        return ()
    gap = int(merge_min * 60 // hypnogram.epoch_s)
    breaks = np.flatnonzero(np.diff(rem) - 1 > gap) + 1
    runs = np.split(rem, breaks)
    return tuple(RemPeriod(int(run[0]), int(run[-1])) for run in runs if run.size >= min_epochs)


# Figure → (what it is called, unit, definition), in the order of every table.
REPLAY_FIGURES: dict[str, tuple[str, str, str]] = {
    "precision": ("truly REM", "", "share of the triggers whose epoch the expert scored REM"),
    "sensitivity": ("REM periods caught", "", "share of the expert's REM periods with a trigger inside"),
    "delay_min": ("median delay", "min", "end of the first trigger's epoch minus the period's start"),
    "triggers_per_night": ("triggers a night", "", "mean over the nights"),
}


@dataclass(frozen=True, slots=True)
class NightResult:
    """What one rule did on one night.

    Attributes
    ----------
    night, who : str
        The night, and whose it is.
    triggers : ndarray of int, shape (k,)
        Epochs at whose end the rule fired.
    rem_at_trigger : ndarray of bool, shape (k,)
        Was the epoch truly REM?
    delays_min : ndarray of float, shape (periods,)
        Minutes from each REM period's start to the end of the first trigger's epoch in it; NaN where none was.
    """

    night: str
    who: str
    triggers: NDArray[np.int64]
    rem_at_trigger: NDArray[np.bool_]
    delays_min: NDArray[np.float64]


@dataclass(frozen=True, slots=True, repr=False)
class Replay:
    """One rule over all nights.

    Attributes
    ----------
    rule : Rule
        The rule.
    nights : tuple of NightResult
        In the order the nights were given.
    """

    rule: Rule
    nights: tuple[NightResult, ...]

    @property
    def n_triggers(self) -> int:
        """Triggers over all nights."""
        return sum(one.triggers.size for one in self.nights)

    @property
    def n_periods(self) -> int:
        """REM periods over all nights."""
        return sum(one.delays_min.size for one in self.nights)

    @property
    def precision(self) -> float:
        """Share of the triggers that were truly REM; NaN where it never fired."""
        return _share(sum(int(one.rem_at_trigger.sum()) for one in self.nights), self.n_triggers)

    @property
    def sensitivity(self) -> float:
        """Share of the REM periods with a trigger inside; NaN where there is no period."""
        return _share(sum(int(np.isfinite(one.delays_min).sum()) for one in self.nights), self.n_periods)

    @property
    def delay_min(self) -> float:
        """Median delay of the caught periods, minutes; NaN where none was caught."""
        delays = self._delays()
        return float(np.median(delays)) if delays.size else float("nan")

    @property
    def triggers_per_night(self) -> float:
        """Mean number of triggers a night."""
        return self.n_triggers / len(self.nights)

    def intervals(self, *, level: float = 0.95, draws: int = 1000, seed: int = 0) -> dict[str, tuple[float, float]]:
        """Return a percentile interval for each of `REPLAY_FIGURES`, people drawn with replacement.

        Parameters
        ----------
        level : float
            Coverage.
        draws : int
            Bootstrap samples. All nights of one person are drawn together (Efron & Tibshirani 1993, ch. 8).
        seed : int
            Seed.
        """
        edge = (1 - level) / 2
        return {name: _between(values, edge) for name, values in self.drawn(draws, seed).items()}

    def drawn(self, draws: int, seed: int = 0) -> dict[str, NDArray[np.float64]]:
        """Return each of `REPLAY_FIGURES` on drawn samples of the people, shape (draws,); NaN where undefined."""
        people = sorted({one.who for one in self.nights})
        of = np.array([people.index(one.who) for one in self.nights])
        rng = np.random.default_rng(seed)
        counts = rng.multinomial(len(people), np.full(len(people), 1 / len(people)), size=draws)
        weight = counts[:, of]
        fired = np.array([one.triggers.size for one in self.nights])
        true = np.array([int(one.rem_at_trigger.sum()) for one in self.nights])
        periods = np.array([one.delays_min.size for one in self.nights])
        caught = np.array([int(np.isfinite(one.delays_min).sum()) for one in self.nights])
        with np.errstate(divide="ignore", invalid="ignore"):
            return {
                "precision": (weight @ true) / (weight @ fired),
                "sensitivity": (weight @ caught) / (weight @ periods),
                "delay_min": self._drawn_delays(weight),
                "triggers_per_night": (weight @ fired) / weight.sum(axis=1),
            }

    def to_dict(self, *, seed: int = 0) -> dict[str, Any]:
        """Return rule, figures, intervals and nights, JSON-ready; None for what is not a number."""
        between = self.intervals(seed=seed)
        return {
            "rule": self.rule.to_dict(),
            "sentence": self.rule.sentence,
            "nights": len(self.nights),
            "triggers": self.n_triggers,
            "periods": self.n_periods,
            **{name: _plain(getattr(self, name)) for name in REPLAY_FIGURES},
            "interval95": {name: [_plain(value) for value in pair] for name, pair in between.items()},
        }

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per night: triggers, truly REM, periods, caught, median delay."""
        import pandas as pd

        rows = [
            {
                "night": one.night,
                "triggers": one.triggers.size,
                "rem_at_trigger": int(one.rem_at_trigger.sum()),
                "periods": one.delays_min.size,
                "detected": int(np.isfinite(one.delays_min).sum()),
                "median_delay_min": float(np.nanmedian(one.delays_min)) if np.isfinite(one.delays_min).any() else None,
            }
            for one in self.nights
        ]
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        """One line: the finding."""
        return (
            f"<Replay {self.rule.name!r} on {len(self.nights)} nights: truly REM {self.precision:.2f}, "
            f"{self.sensitivity:.2f} of {self.n_periods} periods caught, {self.delay_min:.1f} min late, "
            f"{self.triggers_per_night:.1f} a night>"
        )

    def _delays(self) -> NDArray[np.float64]:
        delays = np.concatenate([one.delays_min for one in self.nights]) if self.nights else np.empty(0)
        return np.asarray(delays[np.isfinite(delays)], dtype=np.float64)

    def _drawn_delays(self, weight: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the median delay of each drawn sample, shape (draws,)."""
        owner = np.concatenate([np.full(one.delays_min.size, i) for i, one in enumerate(self.nights)])
        delays = np.concatenate([one.delays_min for one in self.nights])
        kept = np.isfinite(delays)
        if not kept.any():
            return np.full(len(weight), np.nan)
        order = np.argsort(delays[kept], kind="stable")
        values, whose = delays[kept][order], owner[kept][order].astype(int)
        up_to = np.cumsum(weight[:, whose], axis=1)
        half = up_to[:, -1:] / 2
        first = np.minimum((up_to < half).sum(axis=1), values.size - 1)
        return np.where(up_to[:, -1] > 0, values[first], np.nan)


def replay(
    rules: Sequence[Rule],
    nights: Sequence[ReplayNight],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> list[Replay]:
    """Play each rule over each night, looking at the past only.

    A REM period is a run of the expert's REM, merged over gaps of at most 15 minutes, with 4 epochs of REM at least
    (`rem_periods`). A trigger is truly REM where the expert scored its epoch REM; a period is caught where a trigger
    lies inside it, late by the time from its start to the end of the first such trigger's epoch.

    Parameters
    ----------
    rules : sequence of Rule
        Any number; what they share is counted once a night.
    nights : sequence of ReplayNight
        Nights with an expert's stages and the streams that the rules look at.
    progress : callable, optional
        Called with nights done and nights in all.

    Returns
    -------
    list of Replay
        One per rule, in the rules' order.

    Raises
    ------
    InputError
        No rule, no night, or a rule names a stream that a night does not have.
    CannotAnswer
        No night has a REM period.
    """
    if not rules or not nights:
        raise InputError("nothing to replay", rule="at least one rule and one night")
    scores: list[list[NightResult]] = [[] for _ in rules]
    for done, night in enumerate(nights, start=1):
        judge = _ExpertNight.of(night)
        triggers = Triggers(night)
        for place, rule in enumerate(rules):
            scores[place].append(judge.score(triggers.of(rule)))
        if progress is not None:
            progress(done, len(nights))
    if not any(one.delays_min.size for one in scores[0]):
        raise CannotAnswer(
            f"none of the {len(nights)} nights has a REM period by the expert's stages",
            rule="4 epochs of REM within gaps of 15 minutes",
            next_step="look at the vocabulary the truth was read with",
        )
    return [Replay(rule, tuple(of)) for rule, of in zip(rules, scores, strict=True)]


def result_at(night: ReplayNight, triggers: NDArray[np.int64]) -> NightResult:
    """Return what triggers at these epochs (ascending) would have been worth on one night."""
    return _ExpertNight.of(night).score(triggers)


@dataclass(frozen=True, slots=True)
class _ExpertNight:
    """What the expert knows of one night, worked out once for all rules."""

    name: str
    who: str
    rem: NDArray[np.bool_]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    epoch_min: float

    @classmethod
    def of(cls, night: ReplayNight) -> _ExpertNight:
        periods = rem_periods(night.truth)
        edges = np.array([(one.first, one.last) for one in periods], dtype=np.int64).reshape(-1, 2)
        rem = np.asarray(night.truth.stages == _R)
        return cls(night.name, night.who, rem, edges[:, 0], edges[:, 1], night.truth.epoch_s / 60)

    def score(self, triggers: NDArray[np.int64]) -> NightResult:
        delays = np.full(self.first.size, np.nan)
        following = triggers.searchsorted(self.first)
        caught = triggers.searchsorted(self.last, side="right") > following
        delays[caught] = (triggers[following[caught]] + 1 - self.first[caught]) * self.epoch_min
        return NightResult(self.name, self.who, triggers, self.rem[triggers], delays)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _between(values: NDArray[np.float64], edge: float) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.quantile(known, [edge, 1 - edge])
    return float(low), float(high)


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
