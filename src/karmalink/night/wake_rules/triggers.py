"""When a rule would have fired, epoch by epoch: only the past is looked at, and every stream as it was then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import InputError, suggest
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import STAGES, UNSCORED
from karmalink.night.wake_rules.rules import Condition, Rule

__all__ = ["ReplayNight", "Triggers"]

_ON_GRID_S = 0.5
_N2 = STAGES.index("N2")


@dataclass(frozen=True, slots=True, repr=False)
class ReplayNight:
    """A night that was scored by an expert and, epoch by epoch, by one or several streams.

    Attributes
    ----------
    name : str
        Pseudonym of the night.
    truth : Hypnogram
        What the expert says.
    streams : mapping of str to Hypnogram
        What the rule gets to see. Epochs as long as the truth's and on its grid; a stream that begins later or ends
        earlier is unscored there, and nothing is shifted.
    subject : str
        Whose night; nights of one person stay together in every resampling. Empty: the night is its own.
    """

    name: str
    truth: Hypnogram
    streams: Mapping[str, Hypnogram]
    subject: str = ""

    def __post_init__(self) -> None:
        """Bring every stream onto the truth's epochs.

        Raises
        ------
        InputError
            No stream; epochs of another length, or that lie across the truth's.
        """
        if not self.streams:
            raise InputError("a night without a stream", where=self.name, rule="at least one scoring beside the truth")
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
        """One line: name, length, streams."""
        return f"<ReplayNight {self.name}: {self.truth.n_epochs} epochs, streams {', '.join(self.streams)}>"


@dataclass(slots=True)
class Triggers:
    """The epochs at which rules fire on one night; what rules share is counted once.

    Attributes
    ----------
    night : ReplayNight
        The night.
    """

    night: ReplayNight
    _seen: dict[object, NDArray[np.int64]] = field(default_factory=dict)
    _begin: dict[tuple[str, str], int] = field(default_factory=dict)

    def of(self, rule: Rule, *, allowed: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Return the epochs at whose end `rule` fires, ascending; only at those `allowed`, where that is given.

        Raises
        ------
        InputError
            The rule names a stream that the night does not have.
        """
        epoch_s = self.night.truth.epoch_s
        open_from = self._start(rule) + int(np.ceil(rule.not_before_min * 60 / epoch_s))
        rest = int(np.ceil(rule.rest_min * 60 / epoch_s))
        ready = self.ready(rule)
        if allowed is not None:
            ready = ready[allowed[ready]]
        return _with_rest(ready[ready.searchsorted(open_from) :], rest, rule.most)

    def ready(self, rule: Rule) -> NDArray[np.int64]:
        """Return the epochs at which a condition of `rule` holds, before start, rest and limit are heeded."""
        if len(rule.conditions) == 1:
            return self._holds(rule.conditions[0])
        return np.unique(np.concatenate([self._holds(one) for one in rule.conditions]))

    def _holds(self, condition: Condition) -> NDArray[np.int64]:
        key = (condition, "holds")
        if key not in self._seen:
            self._seen[key] = np.flatnonzero(self._count(condition) >= condition.at_least)
        return self._seen[key]

    def _count(self, condition: Condition) -> NDArray[np.int64]:
        """Return how many of the last `of_last` epochs count, shape (n,)."""
        key = (condition.stage, condition.of_last, condition.streams, condition.agree, condition.min_probability)
        if key not in self._seen:
            total = np.concatenate([[0], np.cumsum(self._counts(condition))])
            ends = np.arange(1, total.size)
            self._seen[key] = total[ends] - total[np.maximum(ends - condition.of_last, 0)]
        return self._seen[key]

    def _counts(self, condition: Condition) -> NDArray[np.bool_]:
        names = condition.streams or tuple(self.night.streams)
        votes = [_says(self._stream(name), condition) for name in names]
        join = np.logical_and if condition.agree == "all" else np.logical_or
        return np.asarray(join.reduce(votes))

    def _stream(self, name: str) -> Hypnogram:
        if name not in self.night.streams:
            raise InputError(
                f"no stream is called {name!r}",
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
        if key not in self._begin:
            stages = self._stream(first).stages
            wanted = {"start": np.ones(stages.size, bool), "sleep": stages > 0, "N2": stages == _N2}[rule.counted_from]
            found = np.flatnonzero(wanted)
            self._begin[key] = int(found[0]) if found.size else stages.size
        return self._begin[key]


def _says(stream: Hypnogram, condition: Condition) -> NDArray[np.bool_]:
    code = STAGES.index(condition.stage)
    if not condition.min_probability:
        return np.asarray(stream.stages == code)
    if stream.probabilities is None:
        raise InputError(
            "a rule asks for a probability, and a stream gives none",
            where=stream.scorer,
            next_step="leave out min_probability, or score with a stager that gives probabilities",
        )
    return np.asarray(np.nan_to_num(stream.probabilities[:, code], nan=0.0) >= condition.min_probability)


def _with_rest(ready: NDArray[np.int64], rest: int, most: int) -> NDArray[np.int64]:
    """Return the first epoch that is ready, then the first one after the rest, and so on."""
    fired: list[int] = []
    place = 0
    while place < ready.size and (not most or len(fired) < most):
        fired.append(int(ready[place]))
        place = int(ready.searchsorted(fired[-1] + rest + 1))
    return np.array(fired, dtype=np.int64)


def _on_grid(stream: Hypnogram, truth: Hypnogram, where: str) -> Hypnogram:
    """Return `stream` on the epochs of `truth`; what it did not score there is unscored."""
    shift = (stream.offset_s - truth.offset_s) / truth.epoch_s
    if abs(stream.epoch_s - truth.epoch_s) > 1e-9 or abs(shift - round(shift)) * truth.epoch_s > _ON_GRID_S:
        raise InputError(
            f"epochs of {stream.epoch_s:g} s from {stream.offset_s:g} s beside epochs of {truth.epoch_s:g} s from "
            f"{truth.offset_s:g} s",
            where=where,
            rule="stream and truth lie on one grid of epochs",
            next_step="bring both to one length first (Hypnogram.resampled)",
        )
    if not round(shift) and stream.n_epochs == truth.n_epochs:
        return stream
    places = np.arange(truth.n_epochs) - round(shift)
    there = (places >= 0) & (places < stream.n_epochs)
    stages = np.full(truth.n_epochs, UNSCORED, dtype=np.int8)
    stages[there] = stream.stages[places[there]]
    table = None
    if stream.probabilities is not None:
        table = np.full((truth.n_epochs, len(STAGES)), np.nan)
        table[there] = stream.probabilities[places[there]]
    return Hypnogram(
        stages=stages,
        epoch_s=truth.epoch_s,
        start=truth.start,
        probabilities=table,
        scorer=stream.scorer,
        channels=stream.channels,
        offset_s=truth.offset_s,
    )
