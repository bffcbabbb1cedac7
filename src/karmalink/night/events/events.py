"""Events of a night: what happened when, for how long, how sure. One result type for every detector and for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karmalink.errors import InputError
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import STAGES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EventAgreement", "Events", "agree_events", "overlaps", "union"]


@dataclass(frozen=True, eq=False, repr=False)
class Events:
    """Events of one kind, in order.

    Attributes
    ----------
    kind : str
        ``spindle``, ``slow wave``, ``rapid eye movement``, ``REM burst``, ``LRLR``, ``arousal`` …
    onset_s : ndarray, shape (k,)
        Seconds from the recording's first sample, ascending.
    duration_s : ndarray, shape (k,)
        Seconds.
    confidence : ndarray, shape (k,)
        0 to 1; NaN where the detector gives none.
    channels : tuple of str
        What was looked at.
    measures : mapping of str to ndarray, shape (k,)
        What else was measured, the unit in the name: ``frequency_hz``, ``amplitude_uv`` …
    searched_s : float
        Seconds of the night in which such an event could have been found; rates are per hour of these.
    scorer : str
        Detector or person.
    """

    kind: str
    onset_s: NDArray[np.float64]
    duration_s: NDArray[np.float64]
    confidence: NDArray[np.float64]
    channels: tuple[str, ...] = ()
    measures: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    searched_s: float = 0.0
    scorer: str = ""

    def __post_init__(self) -> None:
        """Check shapes, put the events in order.

        Raises
        ------
        InputError
            Columns of different lengths, times that are no numbers, durations below 0.
        """
        columns = {name: np.asarray(getattr(self, name), dtype=np.float64) for name in _COLUMNS}
        extra = {name: np.asarray(values, dtype=np.float64) for name, values in self.measures.items()}
        sizes = {values.shape for values in (*columns.values(), *extra.values())}
        if len(sizes) != 1 or len(next(iter(sizes))) != 1:
            raise InputError("the columns of the events are of different lengths", where=self.kind)
        times = np.concatenate([columns["onset_s"], columns["duration_s"]])
        if not np.isfinite(times).all() or (columns["duration_s"] < 0).any():
            raise InputError("an event without a time, or that ends before it begins", where=self.kind)
        order = np.argsort(columns["onset_s"], kind="stable")
        for name, values in columns.items():
            object.__setattr__(self, name, values[order])
        object.__setattr__(self, "measures", MappingProxyType({name: values[order] for name, values in extra.items()}))

    @classmethod
    def of(cls, kind: str, spans: ArrayLike, **rest: Any) -> Events:
        """Return events of (onset, end) pairs in seconds, confidence unknown."""
        edges = np.asarray(spans, dtype=np.float64).reshape(-1, 2)
        return cls(kind, edges[:, 0], edges[:, 1] - edges[:, 0], np.full(len(edges), np.nan), **rest)

    @property
    def count(self) -> int:
        """How many."""
        return int(self.onset_s.size)

    @property
    def per_hour(self) -> float:
        """How many an hour of `searched_s`; NaN where nothing was looked at."""
        return 3600 * self.count / self.searched_s if self.searched_s else float("nan")

    def spans(self) -> NDArray[np.float64]:
        """Return onset and end of each, seconds, shape (k, 2)."""
        return np.column_stack([self.onset_s, self.onset_s + self.duration_s])

    def where(self, kept: NDArray[np.bool_]) -> Events:
        """Return the events of a mask, shape (k,)."""
        table = {name: getattr(self, name)[kept] for name in _COLUMNS}
        return replace(self, **table, measures={name: values[kept] for name, values in self.measures.items()})

    def during(self, hypnogram: Hypnogram, stages: Sequence[str]) -> Events:
        """Return the events whose middle lies in one of these stages; rates are per hour of them."""
        middle = self.onset_s + self.duration_s / 2
        codes = [STAGES.index(stage) for stage in stages]
        kept = np.isin(hypnogram.codes_at(middle), codes)
        searched = float(np.isin(hypnogram.stages, codes).sum() * hypnogram.epoch_s)
        return replace(self.where(kept), searched_s=searched)

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per event: onset, duration, kind, confidence, channels, scorer, measures."""
        import pandas as pd

        table: dict[str, Any] = {
            "onset": self.onset_s,
            "duration": self.duration_s,
            "trial_type": self.kind,
            "confidence": self.confidence,
            "channel": ", ".join(self.channels),
            "scorer": self.scorer,
        }
        return pd.DataFrame(table | dict(self.measures))

    def to_dict(self) -> dict[str, Any]:
        """Return everything JSON-ready, None for what is not a number."""
        rows = [
            {"onset": float(onset), "duration": float(length), "confidence": _plain(sure)}
            | {name: _plain(values[place]) for name, values in self.measures.items()}
            for place, (onset, length, sure) in enumerate(
                zip(self.onset_s, self.duration_s, self.confidence, strict=True)
            )
        ]
        return {
            "kind": self.kind,
            "count": self.count,
            "per_hour": _plain(self.per_hour),
            "searched_s": self.searched_s,
            "channels": list(self.channels),
            "scorer": self.scorer,
            "events": rows,
        }

    def __repr__(self) -> str:
        """One line: how many, how often."""
        often = f", {self.per_hour:.1f} an hour" if self.searched_s else ""
        seen = f" on {', '.join(self.channels)}" if self.channels else ""
        return f"<Events {self.count} of {self.kind}{often}{seen}>"


@dataclass(frozen=True, slots=True, repr=False)
class EventAgreement:
    """How two scorings of events agree.

    Attributes
    ----------
    matched, first, second : int
        Pairs matched one to one, events of the first and of the second scoring.
    min_overlap : float
        Intersection over union that a pair needs at least.
    """

    matched: int
    first: int
    second: int
    min_overlap: float

    @property
    def f1(self) -> float:
        """Twice the matched over all events of both; NaN where there is none."""
        both = self.first + self.second
        return 2 * self.matched / both if both else float("nan")

    @property
    def precision(self) -> float:
        """Share of the first scoring's events that the second has."""
        return self.matched / self.first if self.first else float("nan")

    @property
    def recall(self) -> float:
        """Share of the second scoring's events that the first has."""
        return self.matched / self.second if self.second else float("nan")

    def __repr__(self) -> str:
        """One line: F1 and what it rests on."""
        return f"<EventAgreement F1 {self.f1:.3f}: {self.matched} matched of {self.first} and {self.second}>"


def agree_events(first: Events, second: Events, *, min_overlap: float = 0.2) -> EventAgreement:
    """Match the events of two scorings one to one, the best overlap first (Warby et al. 2014, Nat Methods 11:385).

    Parameters
    ----------
    first, second : Events
        Of the same recording.
    min_overlap : float
        Intersection over union that counts as the same event.
    """
    pairs = overlaps(first, second)
    left: set[int] = set()
    right: set[int] = set()
    for share, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if share >= min_overlap and i not in left and j not in right:
            left.add(i)
            right.add(j)
    return EventAgreement(len(left), first.count, second.count, min_overlap)


def overlaps(first: Events, second: Events) -> list[tuple[float, int, int]]:
    """Return (intersection over union, place in first, place in second) of every pair that overlaps."""
    one, two = first.spans(), second.spans()
    longest = float(second.duration_s.max(initial=0.0))
    found = []
    for i, (begin, end) in enumerate(one):
        low = int(np.searchsorted(second.onset_s, begin - longest))
        high = int(np.searchsorted(second.onset_s, end))
        for j in range(low, high):
            shared = min(end, two[j, 1]) - max(begin, two[j, 0])
            if shared > 0:
                found.append((float(shared / (max(end, two[j, 1]) - min(begin, two[j, 0]))), i, j))
    return found


def union(scorings: Sequence[Events]) -> Events:
    """Return what any of several scorings saw: spans that overlap become one."""
    if not scorings:
        raise InputError("no scoring to unite", rule="at least one")
    merged: list[list[float]] = []
    for begin, end in sorted(tuple(span) for one in scorings for span in one.spans().tolist()):
        if merged and begin <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([begin, end])
    named = " or ".join(dict.fromkeys(one.scorer for one in scorings if one.scorer))
    return Events.of(scorings[0].kind, merged, scorer=named, searched_s=max(one.searched_s for one in scorings))


_COLUMNS = ("onset_s", "duration_s", "confidence")


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
