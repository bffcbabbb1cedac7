"""When a rule would have triggered, epoch by epoch, from the past of every stream only."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from karmalink.base.wording import counted
from karmalink.errors import InputError, suggest
from karmalink.night.hypnograms.grids import clock_shift
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import STAGES
from karmalink.night.wake_rules.rules import Condition, Rule

__all__ = ["ReplayNight", "Triggers"]

_ON_GRID_S = 0.5
_N2 = STAGES.index("N2")


@dataclass(frozen=True, slots=True, repr=False)
class ReplayNight:
    """A night scored by an expert and by one or several streams.

    Attributes
    ----------
    name : str
        Pseudonym of the night.
    truth : Hypnogram
        The expert's hypnogram.
    streams : mapping of str to Hypnogram
        The hypnograms that rules see, placed by the clocks that both state. Their epochs fill the truth's; a stream
        that begins later or ends earlier is unscored there, and nothing is shifted.
    subject : str
        The person; nights of one person stay together in every resampling. Empty: the night stands alone.
    """

    name: str
    truth: Hypnogram
    streams: Mapping[str, Hypnogram]
    subject: str = ""

    def __post_init__(self) -> None:
        """Place every stream on the epochs of the truth.

        Raises
        ------
        InputError
            No stream; epochs of another length, or on another grid.
        """
        if not self.streams:
            raise InputError("the night has no stream", where=self.name, rule="at least one scoring besides the truth")
        object.__setattr__(
            self,
            "streams",
            {key: _on_grid(stream, self.truth, f"{self.name}, {key}") for key, stream in self.streams.items()},
        )

    @property
    def who(self) -> str:
        """The unit of resampling: the subject, else the night."""
        return self.subject or self.name

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<ReplayNight {self.name}: {counted(self.truth.n_epochs, 'epoch')}, streams {', '.join(self.streams)}>"


@dataclass(slots=True)
class Triggers:
    """The epochs at which rules trigger on one night; what rules share is computed once.

    Attributes
    ----------
    night : ReplayNight
        The night.
    """

    night: ReplayNight
    _cache: dict[object, NDArray[np.int64]] = field(default_factory=dict)
    _starts: dict[tuple[str, str], int] = field(default_factory=dict)

    def of(self, rule: Rule, *, allowed: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Return the epochs at whose end `rule` triggers, ascending; of those `allowed`, where given.

        Raises
        ------
        InputError
            The rule names a stream that the night does not have.
        """
        epoch_s = self.night.truth.epoch_s
        earliest = self._start(rule) + int(np.ceil(rule.not_before_min * 60 / epoch_s))
        rest = int(np.ceil(rule.rest_min * 60 / epoch_s))
        ready = self.ready(rule)
        if allowed is not None:
            ready = ready[allowed[ready]]
        return _with_rest(ready[ready.searchsorted(earliest) :], rest, rule.most)

    def ready(self, rule: Rule) -> NDArray[np.int64]:
        """Return the epochs at which a condition of `rule` holds, before earliest time, rest and limit are applied."""
        if len(rule.conditions) == 1:
            return self._holds(rule.conditions[0])
        return np.unique(np.concatenate([self._holds(condition) for condition in rule.conditions]))

    def _holds(self, condition: Condition) -> NDArray[np.int64]:
        """Return the epochs at which a condition holds, ascending."""
        key = (condition, "holds")
        if key not in self._cache:
            self._cache[key] = np.flatnonzero(self._count(condition) >= condition.at_least)
        return self._cache[key]

    def _count(self, condition: Condition) -> NDArray[np.int64]:
        """Return how many of the last `of_last` epochs count, shape (n,)."""
        key = (condition.stage, condition.of_last, condition.streams, condition.agree, condition.min_probability)
        if key not in self._cache:
            # count[e] = C[e + 1] − C[max(e + 1 − of_last, 0)], C[e] = Σ_{i < e} flags[i]
            total = np.concatenate([[0], np.cumsum(self._flags(condition))])
            ends = np.arange(1, total.size)
            self._cache[key] = total[ends] - total[np.maximum(ends - condition.of_last, 0)]
        return self._cache[key]

    def _flags(self, condition: Condition) -> NDArray[np.bool_]:
        """Return whether each epoch counts for a condition, shape (n,)."""
        names = condition.streams or tuple(self.night.streams)
        votes = [_has_stage(self._stream(name), condition) for name in names]
        join = np.logical_and if condition.agree == "all" else np.logical_or
        return np.asarray(join.reduce(votes))

    def _stream(self, name: str) -> Hypnogram:
        if name not in self.night.streams:
            raise InputError(
                f"unknown stream {name!r}",
                where=self.night.name,
                allowed=sorted(self.night.streams),
                next_step=suggest(name, self.night.streams),
            )
        return self.night.streams[name]

    def _start(self, rule: Rule) -> int:
        """Return the epoch from which `not_before_min` counts; past the end where it never comes."""
        if not rule.not_before_min:
            return 0
        first = (rule.conditions[0].streams or tuple(self.night.streams))[0]
        key = (rule.counted_from, first)
        if key not in self._starts:
            stages = self._stream(first).stages
            wanted = {"start": np.ones(stages.size, bool), "sleep": stages > 0, "N2": stages == _N2}[rule.counted_from]
            epochs = np.flatnonzero(wanted)
            self._starts[key] = int(epochs[0]) if epochs.size else stages.size
        return self._starts[key]


def _has_stage(stream: Hypnogram, condition: Condition) -> NDArray[np.bool_]:
    """Return whether a stream has the stage of a condition in each epoch, shape (n,)."""
    code = STAGES.index(condition.stage)
    if not condition.min_probability:
        return np.asarray(stream.stages == code)
    if stream.probabilities is None:
        raise InputError(
            "a rule needs probabilities, and a stream has none",
            where=stream.scorer,
            next_step="leave out min_probability, or score with a stager that gives probabilities",
        )
    return np.asarray(np.nan_to_num(stream.probabilities[:, code], nan=0.0) >= condition.min_probability)


def _with_rest(ready: NDArray[np.int64], rest: int, most: int) -> NDArray[np.int64]:
    """Return the first ready epoch, then the first one after the rest, and so on."""
    triggers: list[int] = []
    index = 0
    while index < ready.size and (not most or len(triggers) < most):
        triggers.append(int(ready[index]))
        index = int(ready.searchsorted(triggers[-1] + rest + 1))
    return np.array(triggers, dtype=np.int64)


def _on_grid(stream: Hypnogram, truth: Hypnogram, where: str) -> Hypnogram:
    """Return `stream` on the epochs of `truth`; what it did not score there is unscored.

    The clocks that both state decide where it lies. Shorter epochs that fill the truth's are joined; epochs that lie
    across them are refused, since a rule would see with them what had not happened yet.
    """
    moved = clock_shift(truth.clock_start, stream)
    if moved:
        stream = replace(stream, offset_s=stream.offset_s + moved)
    ratio = truth.epoch_s / stream.epoch_s
    shift = (stream.offset_s - truth.offset_s) / stream.epoch_s
    apart = abs(shift - round(shift)) * stream.epoch_s
    if abs(ratio - round(ratio)) > 1e-9 or ratio < 1 or apart > _ON_GRID_S:
        raise InputError(
            f"epochs of {stream.epoch_s:g} s from {stream.offset_s:g} s, and of {truth.epoch_s:g} s from "
            f"{truth.offset_s:g} s in the truth",
            where=where,
            rule="the stream's epochs fill the truth's",
            next_step=_advice(stream, truth, apart),
        )
    if not round(shift) and stream.n_epochs == truth.n_epochs and ratio == 1:
        return stream
    # A stamp may be off by a fraction of a second: whole epochs, counted from the truth's first.
    even = replace(stream, offset_s=truth.offset_s + round(shift) * stream.epoch_s)
    found = even.on_grid(truth.epoch_s, truth.offset_s, truth.n_epochs)
    return replace(found, start=truth.start, recorded_s=None)


def _advice(stream: Hypnogram, truth: Hypnogram, apart: float) -> str:
    """Return a way that works: epochs that both fill, or none where they do not begin together."""
    if apart > _ON_GRID_S:
        return "score the stream from the truth's first epoch on"
    tenths = [round(10 * one.epoch_s) for one in (stream, truth)]
    common = math.lcm(*tenths) / 10
    return f"bring both to epochs of {common:g} s first (Hypnogram.resampled({common:g}))"
