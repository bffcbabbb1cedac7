"""Events of a night: what, when, how long, how sure. One result type for all detectors and for human scorers."""

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
    """Events of one kind, in temporal order.

    Attributes
    ----------
    kind : str
        ``spindle``, ``slow wave``, ``rapid eye movement``, ``REM burst``, ``LRLR``, ``arousal`` …
    onset_s : ndarray, shape (k,)
        Seconds from the recording's first sample, ascending.
    duration_s : ndarray, shape (k,)
        Seconds.
    confidence : ndarray, shape (k,)
        0 to 1; NaN where the detector gives no confidence.
    channels : tuple of str
        Channels that were searched.
    measures : mapping of str to ndarray, shape (k,)
        Further measures, with the unit in the name: ``frequency_hz``, ``amplitude_uv`` …
    searched_s : float
        Seconds of the night that were searched; rates are per hour of these.
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
        """Check shapes and sort the events by onset.

        Raises
        ------
        InputError
            Columns of different lengths, times that are not finite, negative durations.
        """
        columns = {name: np.asarray(getattr(self, name), dtype=np.float64) for name in _COLUMNS}
        extra = {name: np.asarray(values, dtype=np.float64) for name, values in self.measures.items()}
        sizes = {values.shape for values in (*columns.values(), *extra.values())}
        if len(sizes) != 1 or len(next(iter(sizes))) != 1:
            raise InputError("the columns of the events have different lengths", where=self.kind)
        times = np.concatenate([columns["onset_s"], columns["duration_s"]])
        if not np.isfinite(times).all() or (columns["duration_s"] < 0).any():
            raise InputError("an event has no time, or ends before it begins", where=self.kind)
        order = np.argsort(columns["onset_s"], kind="stable")
        for name, values in columns.items():
            object.__setattr__(self, name, values[order])
        object.__setattr__(self, "measures", MappingProxyType({name: values[order] for name, values in extra.items()}))

    @classmethod
    def of(cls, kind: str, spans: ArrayLike, **rest: Any) -> Events:
        """Return events from (onset, end) pairs in seconds, without confidence."""
        edges = np.asarray(spans, dtype=np.float64).reshape(-1, 2)
        return cls(kind, edges[:, 0], edges[:, 1] - edges[:, 0], np.full(len(edges), np.nan), **rest)

    @property
    def count(self) -> int:
        """Number of events."""
        return int(self.onset_s.size)

    @property
    def looked_at_s(self) -> float:
        """`searched_s` under its former name."""
        return self.searched_s

    @property
    def per_hour(self) -> float:
        """Events per hour of `searched_s`; NaN where nothing was searched."""
        return 3600 * self.count / self.searched_s if self.searched_s else float("nan")

    def spans(self) -> NDArray[np.float64]:
        """Return onset and end of each event in seconds, shape (k, 2)."""
        return np.column_stack([self.onset_s, self.onset_s + self.duration_s])

    def where(self, kept: NDArray[np.bool_]) -> Events:
        """Return the events where a mask of shape (k,) is True."""
        table = {name: getattr(self, name)[kept] for name in _COLUMNS}
        return replace(self, **table, measures={name: values[kept] for name, values in self.measures.items()})

    def during(self, hypnogram: Hypnogram, stages: Sequence[str]) -> Events:
        """Return the events whose midpoint is in one of these stages; rates are per hour of these stages."""
        middle = self.onset_s + self.duration_s / 2
        codes = [STAGES.index(stage) for stage in stages]
        kept = np.isin(hypnogram.codes_at(middle), codes)
        onsets = hypnogram.onsets_s()
        lengths = np.minimum(hypnogram.epoch_s, hypnogram.offset_s + hypnogram.duration_s - onsets)
        searched = float(lengths[np.isin(hypnogram.stages, codes)].sum())
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
            {"onset": float(onset), "duration": float(duration), "confidence": _plain(confidence)}
            | {name: _plain(values[number]) for name, values in self.measures.items()}
            for number, (onset, duration, confidence) in enumerate(
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
        """One-line summary."""
        rate = f", {self.per_hour:.1f} per hour" if self.searched_s else ""
        channels = f" on {', '.join(self.channels)}" if self.channels else ""
        return f"<Events {self.kind}: {self.count}{rate}{channels}>"


@dataclass(frozen=True, slots=True, repr=False)
class EventAgreement:
    """Agreement of two scorings of events.

    Attributes
    ----------
    matched, first, second : int
        Events matched one to one, events of the first scoring, events of the second.
    min_overlap : float
        Least intersection over union of a matched pair.
    """

    matched: int
    first: int
    second: int
    min_overlap: float

    @property
    def f1(self) -> float:
        """2 · matched / (first + second); NaN where there are no events."""
        total = self.first + self.second
        return 2 * self.matched / total if total else float("nan")

    @property
    def precision(self) -> float:
        """Share of the first scoring's events that the second has."""
        return self.matched / self.first if self.first else float("nan")

    @property
    def recall(self) -> float:
        """Share of the second scoring's events that the first has."""
        return self.matched / self.second if self.second else float("nan")

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<EventAgreement F1 {self.f1:.3f}: {self.matched} matched of {self.first} and {self.second}>"


def agree_events(first: Events, second: Events, *, min_overlap: float = 0.2) -> EventAgreement:
    """Match the events of two scorings one to one, the best overlap first (Warby et al. 2014, Nat Methods 11:385).

    Parameters
    ----------
    first, second : Events
        Of the same recording.
    min_overlap : float
        Least intersection over union of a pair that counts as the same event.
    """
    pairs = overlaps(first, second)
    matched_first: set[int] = set()
    matched_second: set[int] = set()
    for overlap, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if overlap >= min_overlap and i not in matched_first and j not in matched_second:
            matched_first.add(i)
            matched_second.add(j)
    return EventAgreement(len(matched_first), first.count, second.count, min_overlap)


def overlaps(first: Events, second: Events) -> list[tuple[float, int, int]]:
    """Return (intersection over union, index in first, index in second) of every pair that overlaps."""
    spans = second.spans()
    longest = float(second.duration_s.max(initial=0.0))
    pairs = []
    for i, (begin, end) in enumerate(first.spans()):
        # Only events of the second scoring with an onset in (begin − longest, end) can overlap.
        low = int(np.searchsorted(second.onset_s, begin - longest))
        high = int(np.searchsorted(second.onset_s, end))
        for j in range(low, high):
            intersection = min(end, spans[j, 1]) - max(begin, spans[j, 0])
            if intersection > 0:
                pairs.append((float(intersection / (max(end, spans[j, 1]) - min(begin, spans[j, 0]))), i, j))
    return pairs


def union(scorings: Sequence[Events]) -> Events:
    """Return the events that any of several scorings has; overlapping events are joined."""
    if not scorings:
        raise InputError("there is no scoring to join", rule="at least one scoring")
    merged: list[list[float]] = []
    for begin, end in sorted(tuple(span) for scoring in scorings for span in scoring.spans().tolist()):
        if merged and begin <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([begin, end])
    scorers = " or ".join(dict.fromkeys(scoring.scorer for scoring in scorings if scoring.scorer))
    searched_s = max(scoring.searched_s for scoring in scorings)
    return Events.of(scorings[0].kind, merged, scorer=scorers, searched_s=searched_s)


_COLUMNS = ("onset_s", "duration_s", "confidence")


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
