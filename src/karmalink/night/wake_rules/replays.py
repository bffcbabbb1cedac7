"""Rules replayed on scored nights: precision, sensitivity for REM periods, delay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.wording import counted
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

# REM periods of a scored night: what a rule that waits for REM should detect.

MERGE_MIN = 15.0
"""REM after a gap of at most this many minutes belongs to the same period (Feinberg & Floyd 1979)."""

MIN_EPOCHS = 4
"""A period has at least this many epochs of REM."""

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
        Runs of REM are merged over gaps of at most this many minutes, whatever was scored in them.
    min_epochs : int
        Least number of epochs of REM in a period.
    """
    rem = np.flatnonzero(hypnogram.stages == _R)
    if rem.size == 0:
        return ()
    gap = int(merge_min * 60 // hypnogram.epoch_s)
    breaks = np.flatnonzero(np.diff(rem) - 1 > gap) + 1
    runs = np.split(rem, breaks)
    return tuple(RemPeriod(int(run[0]), int(run[-1])) for run in runs if run.size >= min_epochs)


# Figure → (title, unit, definition), in the order of every table.
REPLAY_FIGURES: dict[str, tuple[str, str, str]] = {
    "precision": ("precision", "", "share of triggers whose epoch the expert scored REM"),
    "sensitivity": ("sensitivity", "", "share of the expert's REM periods with a trigger inside"),
    "delay_min": ("median delay", "min", "end of the first trigger's epoch minus the period's start"),
    "triggers_per_night": ("triggers per night", "", "mean over nights"),
}


@dataclass(frozen=True, slots=True)
class NightResult:
    """The triggers of one rule on one night.

    Attributes
    ----------
    night, who : str
        The night and the person.
    triggers : ndarray of int, shape (k,)
        Epochs at whose end the rule triggered.
    rem_at_trigger : ndarray of bool, shape (k,)
        Whether the expert scored the epoch REM.
    delays_min : ndarray of float, shape (periods,)
        Minutes from the start of each REM period to the end of its first trigger's epoch; NaN without a trigger.
    """

    night: str
    who: str
    triggers: NDArray[np.int64]
    rem_at_trigger: NDArray[np.bool_]
    delays_min: NDArray[np.float64]

    @property
    def n_detected(self) -> int:
        """Number of REM periods with a trigger inside."""
        return int(np.isfinite(self.delays_min).sum())


@dataclass(frozen=True, slots=True, repr=False)
class Replay:
    """One rule on all nights.

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
        return sum(night.triggers.size for night in self.nights)

    @property
    def n_periods(self) -> int:
        """REM periods over all nights."""
        return sum(night.delays_min.size for night in self.nights)

    @property
    def precision(self) -> float:
        """Share of triggers in REM; NaN without triggers."""
        return _share(sum(int(night.rem_at_trigger.sum()) for night in self.nights), self.n_triggers)

    @property
    def sensitivity(self) -> float:
        """Share of REM periods with a trigger inside; NaN without REM periods."""
        return _share(sum(night.n_detected for night in self.nights), self.n_periods)

    @property
    def delay_min(self) -> float:
        """Median delay of the detected periods, minutes; NaN where none was detected."""
        delays = self._delays()
        return float(np.median(delays)) if delays.size else float("nan")

    @property
    def triggers_per_night(self) -> float:
        """Mean number of triggers per night."""
        return self.n_triggers / len(self.nights)

    def intervals(self, *, level: float = 0.95, draws: int = 1000, seed: int = 0) -> dict[str, tuple[float, float]]:
        """Return a percentile interval for each of `REPLAY_FIGURES`, by bootstrap over people.

        Parameters
        ----------
        level : float
            Coverage of the interval.
        draws : int
            Number of bootstrap samples. All nights of a person are drawn together (Efron & Tibshirani 1993, ch. 8).
        seed : int
            Seed of the samples.
        """
        edge = (1 - level) / 2
        return {name: _between(values, edge) for name, values in self.drawn(draws, seed).items()}

    def drawn(self, draws: int, seed: int = 0) -> dict[str, NDArray[np.float64]]:
        """Return each of `REPLAY_FIGURES` on bootstrap samples of the people, shape (draws,); NaN where undefined."""
        people = sorted({night.who for night in self.nights})
        person = np.array([people.index(night.who) for night in self.nights])  # (nights,)
        rng = np.random.default_rng(seed)
        counts = rng.multinomial(len(people), np.full(len(people), 1 / len(people)), size=draws)
        weight = counts[:, person]  # (draws, nights): how often each night is in the sample
        triggers = np.array([night.triggers.size for night in self.nights])
        in_rem = np.array([int(night.rem_at_trigger.sum()) for night in self.nights])
        periods = np.array([night.delays_min.size for night in self.nights])
        detected = np.array([night.n_detected for night in self.nights])
        with np.errstate(divide="ignore", invalid="ignore"):
            # Each a ratio of sums over the nights of the sample, shape (draws,).
            return {
                "precision": (weight @ in_rem) / (weight @ triggers),
                "sensitivity": (weight @ detected) / (weight @ periods),
                "delay_min": self._drawn_delays(weight),
                "triggers_per_night": (weight @ triggers) / weight.sum(axis=1),
            }

    def to_dict(self, *, seed: int = 0) -> dict[str, Any]:
        """Return rule, figures and intervals, JSON-ready; None for undefined figures."""
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
        """Return one row per night: triggers, triggers in REM, periods, detected periods, median delay."""
        import pandas as pd

        rows = [
            {
                "night": night.night,
                "triggers": night.triggers.size,
                "rem_at_trigger": int(night.rem_at_trigger.sum()),
                "periods": night.delays_min.size,
                "detected": night.n_detected,
                "median_delay_min": float(np.nanmedian(night.delays_min)) if night.n_detected else None,
            }
            for night in self.nights
        ]
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        """One-line summary."""
        return (
            f"<Replay {self.rule.name!r} on {counted(len(self.nights), 'night')}: precision {self.precision:.2f}, "
            f"sensitivity {self.sensitivity:.2f} for {counted(self.n_periods, 'REM period')}, "
            f"delay {self.delay_min:.1f} min, {self.triggers_per_night:.1f} triggers per night>"
        )

    def _delays(self) -> NDArray[np.float64]:
        delays = np.concatenate([night.delays_min for night in self.nights]) if self.nights else np.empty(0)
        return np.asarray(delays[np.isfinite(delays)], dtype=np.float64)

    def _drawn_delays(self, weight: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the weighted median delay of each bootstrap sample, shape (draws,)."""
        night_of = np.concatenate([np.full(night.delays_min.size, i) for i, night in enumerate(self.nights)])
        delays = np.concatenate([night.delays_min for night in self.nights])
        detected = np.isfinite(delays)
        if not detected.any():
            return np.full(len(weight), np.nan)
        order = np.argsort(delays[detected], kind="stable")
        values, owner = delays[detected][order], night_of[detected][order].astype(int)
        # Cumulative weight of the sorted delays, shape (draws, k); the median is the first to reach half of the total.
        cumulative = np.cumsum(weight[:, owner], axis=1)
        half = cumulative[:, -1:] / 2
        median = np.minimum((cumulative < half).sum(axis=1), values.size - 1)
        return np.where(cumulative[:, -1] > 0, values[median], np.nan)


def replay(
    rules: Sequence[Rule],
    nights: Sequence[ReplayNight],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> list[Replay]:
    """Replay each rule on each night, using the past only.

    A REM period is a run of the expert's REM, merged over gaps of at most 15 minutes, with at least 4 epochs of REM
    (`rem_periods`). A trigger is right where the expert scored its epoch REM. A period is detected where a trigger is
    inside it; its delay is the time from its start to the end of the first such trigger's epoch.

    Parameters
    ----------
    rules : sequence of Rule
        Any number; what they share is computed once per night.
    nights : sequence of ReplayNight
        Nights with an expert's stages and the streams that the rules use.
    progress : callable, optional
        Called with (nights done, nights in all).

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
        raise InputError("there is nothing to replay", rule="at least one rule and one night")
    results: list[list[NightResult]] = [[] for _ in rules]
    for done, night in enumerate(nights, start=1):
        expert = _ExpertNight.of(night)
        triggers = Triggers(night)
        for number, rule in enumerate(rules):
            results[number].append(expert.result(triggers.of(rule)))
        if progress is not None:
            progress(done, len(nights))
    if not any(result.delays_min.size for result in results[0]):
        raise CannotAnswer(
            f"no REM period by the expert's stages in {counted(len(nights), 'night')}",
            rule="at least 4 epochs of REM, with gaps of at most 15 minutes",
            next_step="check the vocabulary that the truth was read with",
        )
    return [Replay(rule, tuple(of_rule)) for rule, of_rule in zip(rules, results, strict=True)]


def result_at(night: ReplayNight, triggers: NDArray[np.int64]) -> NightResult:
    """Return the result of triggers at these epochs (ascending) on one night."""
    return _ExpertNight.of(night).result(triggers)


@dataclass(frozen=True, slots=True)
class _ExpertNight:
    """The REM epochs and REM periods of one night by the expert, computed once for all rules."""

    name: str
    who: str
    rem: NDArray[np.bool_]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    epoch_min: float

    @classmethod
    def of(cls, night: ReplayNight) -> _ExpertNight:
        periods = rem_periods(night.truth)
        edges = np.array([(period.first, period.last) for period in periods], dtype=np.int64).reshape(-1, 2)
        rem = np.asarray(night.truth.stages == _R)
        return cls(night.name, night.who, rem, edges[:, 0], edges[:, 1], night.truth.epoch_s / 60)

    def result(self, triggers: NDArray[np.int64]) -> NightResult:
        delays = np.full(self.first.size, np.nan)  # (periods,)
        first_trigger = triggers.searchsorted(self.first)
        detected = triggers.searchsorted(self.last, side="right") > first_trigger
        # delay = (trigger + 1 − first epoch of the period) · epoch length: to the end of the trigger's epoch
        delays[detected] = (triggers[first_trigger[detected]] + 1 - self.first[detected]) * self.epoch_min
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
