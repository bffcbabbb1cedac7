"""Scored stretches of any length to epochs of one length: every stretch keeps its place, or the file is refused."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karmalink.errors import InputError, ReadError
from karmalink.night.hypnograms.stages import STAGES, UNSCORED, decode, encode

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CONFIDENT", "LONGEST_S", "MOST_EPOCHS", "Hypnogram", "Span", "check_extent", "hypnogram_from_spans"]

# A scored night: one stage per epoch, with what the scorer thought of every other stage.

CONFIDENT = 0.6
"""Below this probability of the chosen stage an epoch counts as uncertain: a person should look at it first."""

_SUMS_TO_ONE = 1e-3


@dataclass(frozen=True, eq=False, repr=False)
class Hypnogram:
    """Stages of consecutive epochs of equal length.

    Epoch `i` covers the seconds ``offset_s + i * epoch_s`` to ``offset_s + (i + 1) * epoch_s`` of the recording,
    whatever happened in it: what could not be scored is `UNSCORED` and keeps its place. Nothing ever shifts.

    Attributes
    ----------
    stages : ndarray of int8, shape (n,)
        0 W, 1 N1, 2 N2, 3 N3, 4 R, -1 unscored.
    epoch_s : float
        Length of an epoch in seconds.
    start : datetime or None
        Clock time of the first epoch's beginning, without a time zone, as recorders keep it.
    probabilities : ndarray of float64, shape (n, 5), or None
        Columns W N1 N2 N3 R, rows sum to 1; NaN rows where unscored.
    scorer : str
        Who scored: ``yasa 0.7.0``, ``expert``, ``truth`` …
    channels : tuple of str
        Channels the scorer looked at.
    offset_s : float
        Seconds from the recording's first sample to the first epoch.
    recorded_s : float or None
        Recorded seconds covered, when the last epoch was cut short by the end of the recording.
    """

    stages: NDArray[np.int8]
    epoch_s: float = 30.0
    start: datetime | None = None
    probabilities: NDArray[np.float64] | None = None
    scorer: str = ""
    channels: tuple[str, ...] = field(default=())
    offset_s: float = 0.0
    recorded_s: float | None = None

    def __post_init__(self) -> None:
        """Check shapes and ranges; freeze the arrays."""
        stages = np.array(self.stages)
        if stages.ndim != 1 or not np.isin(stages, range(UNSCORED, len(STAGES))).all():
            raise InputError(
                "a hypnogram needs one stage per epoch", rule="stages are 0 W, 1 N1, 2 N2, 3 N3, 4 R, -1 unscored"
            )
        if not (np.isfinite(self.epoch_s) and self.epoch_s > 0):
            raise InputError(f"an epoch of {self.epoch_s} s", rule="an epoch lasts longer than 0 s")
        object.__setattr__(self, "stages", _frozen(stages.astype(np.int8)))
        if self.probabilities is not None:
            table = _checked_probabilities(np.array(self.probabilities, dtype=np.float64), stages)
            object.__setattr__(self, "probabilities", _frozen(table))
        whole = stages.size * self.epoch_s
        if self.recorded_s is not None and not whole - self.epoch_s - 1e-6 <= self.recorded_s <= whole + 1e-6:
            raise InputError(
                f"{stages.size} epochs of {self.epoch_s:g} s for {self.recorded_s:g} recorded seconds",
                rule="only the last epoch may be cut short",
            )

    @classmethod
    def from_labels(cls, labels: Iterable[str], vocabulary: str = "words", **rest: Any) -> Hypnogram:
        """Return the hypnogram of `labels` in one of the `VOCABULARIES`; `rest` are the other attributes."""
        return cls(stages=encode(labels, vocabulary), **rest)

    @property
    def n_epochs(self) -> int:
        """Number of epochs."""
        return int(self.stages.size)

    @property
    def duration_s(self) -> float:
        """Recorded seconds from the first epoch's beginning to the last one's end."""
        return self.n_epochs * self.epoch_s if self.recorded_s is None else self.recorded_s

    @property
    def recording_start(self) -> datetime | None:
        """Clock time of the recording's first sample, from which `offset_s` counts."""
        return self.start - timedelta(seconds=self.offset_s) if self.start else None

    @property
    def labels(self) -> tuple[str, ...]:
        """AASM labels, ``?`` where unscored."""
        return decode(self.stages)

    @property
    def unscored(self) -> NDArray[np.bool_]:
        """Which epochs are unscored, shape (n,)."""
        return np.asarray(self.stages == UNSCORED)

    @property
    def confidence(self) -> NDArray[np.float64]:
        """Probability of the chosen stage, shape (n,); NaN where unscored or where the scorer gave none."""
        confidence = np.full(self.n_epochs, np.nan)
        if self.probabilities is not None:
            scored = np.flatnonzero(~self.unscored)
            confidence[scored] = self.probabilities[scored, self.stages[scored]]
        return confidence

    def uncertain_share(self, threshold: float = CONFIDENT) -> float | None:
        """Share of the scored epochs with a confidence under `threshold`; None where the scorer gave none."""
        if self.probabilities is None or self.unscored.all():
            return None
        return float(np.mean(self.confidence[~self.unscored] < threshold))

    def onsets_s(self) -> NDArray[np.float64]:
        """Seconds from the recording's first sample to each epoch's beginning, shape (n,)."""
        return np.asarray(self.offset_s + np.arange(self.n_epochs) * self.epoch_s)

    def stage_at(self, second: float) -> str:
        """Return the label at a second of the recording, ``?`` where nothing was scored."""
        return decode(self.codes_at([second]))[0]

    def codes_at(self, seconds: ArrayLike) -> NDArray[np.int8]:
        """Return the stages' codes at seconds of the recording, `UNSCORED` outside the hypnogram, shape (k,)."""
        epoch = ((np.asarray(seconds, dtype=np.float64) - self.offset_s) // self.epoch_s).astype(np.int64)
        inside = (epoch >= 0) & (epoch < self.n_epochs)
        found = np.full(epoch.size, UNSCORED, dtype=np.int8)
        found[inside] = self.stages[epoch[inside]]
        return found

    def resampled(self, epoch_s: float = 30.0) -> Hypnogram:
        """Return the hypnogram in longer epochs: the stage that fills most of each, the first met on a tie.

        The last epoch may be cut short by the end; an epoch of which nothing was scored stays unscored. Probabilities
        are averaged over what was scored.
        """
        ratio = epoch_s / self.epoch_s
        if abs(ratio - round(ratio)) > 1e-9 or ratio < 1:
            raise InputError(
                f"epochs of {self.epoch_s:g} s cannot be joined to epochs of {epoch_s:g} s",
                rule="the new length is a whole multiple of the old one",
            )
        size = round(ratio)
        blocks = [slice(first, first + size) for first in range(0, self.n_epochs, size)]
        table = self.probabilities
        return replace(
            self,
            stages=np.array([_majority(self.stages[block]) for block in blocks], dtype=np.int8),
            epoch_s=float(epoch_s),
            probabilities=None if table is None else np.array([_mean_row(table[block]) for block in blocks]),
            recorded_s=self.duration_s,
        )

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per epoch: onset, duration, stage, scorer, confidence, and a column per probability."""
        import pandas as pd

        onsets = self.onsets_s()
        ends = np.minimum(onsets + self.epoch_s, self.offset_s + self.duration_s)
        columns: dict[str, Any] = {
            "onset": onsets,
            "duration": ends - onsets,
            "stage": list(self.labels),
            "scorer": self.scorer,
            "confidence": self.confidence,
        }
        if self.start is not None:
            columns["clock"] = [self.start + timedelta(seconds=i * self.epoch_s) for i in range(self.n_epochs)]
        if self.probabilities is not None:
            columns |= {f"p_{stage}": self.probabilities[:, code] for code, stage in enumerate(STAGES)}
        return pd.DataFrame(columns)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready values, None for what is not a number."""
        table = self.probabilities
        rows = None if table is None else [None if np.isnan(row[0]) else [float(p) for p in row] for row in table]
        return {
            "stages": list(self.labels),
            "epoch_s": self.epoch_s,
            "start": self.start.isoformat() if self.start else None,
            "offset_s": self.offset_s,
            "duration_s": self.duration_s,
            "scorer": self.scorer,
            "channels": list(self.channels),
            "probabilities": rows,
        }

    def __repr__(self) -> str:
        """One line: how long, how much of each stage, how much unscored."""
        parts = (
            [f"{stage} {np.mean(self.stages == code):.0%}" for code, stage in enumerate(STAGES)]
            if self.n_epochs
            else []
        )
        if self.unscored.any():
            parts.append(f"{int(self.unscored.sum())} epochs unscored")
        return f"<Hypnogram {self.duration_s / 60:.1f} min in {self.n_epochs} epochs: {', '.join(parts)}>"


def _checked_probabilities(table: NDArray[np.float64], stages: NDArray[Any]) -> NDArray[np.float64]:
    if table.shape != (stages.size, len(STAGES)):
        raise InputError(
            f"probabilities of shape {table.shape} for {stages.size} epochs",
            rule="one row per epoch, columns W N1 N2 N3 R",
        )
    scored = stages != UNSCORED
    table[~scored] = np.nan
    rows = table[scored]
    if not (np.isfinite(rows).all() and (rows >= 0).all() and (abs(rows.sum(axis=1) - 1) < _SUMS_TO_ONE).all()):
        raise InputError("some probabilities are no probabilities", rule="each row is not negative and sums to 1")
    return table


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array


def _majority(block: NDArray[np.int8]) -> int:
    scored = block[block != UNSCORED]
    if scored.size == 0:
        return UNSCORED
    stages, first, count = np.unique(scored, return_index=True, return_counts=True)
    return int(min(zip(-count, first, stages, strict=True))[2])


def _mean_row(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    scored = rows[~np.isnan(rows[:, 0])]
    return scored.mean(axis=0) if len(scored) else np.full(rows.shape[1], np.nan)


LONGEST_S = 31 * 86_400.0
"""Longest hypnogram, seconds: what lasts longer is a broken number, and memory for years of nothing."""

MOST_EPOCHS = 2_000_000

_ON_GRID_S = 1e-3
# 30 s is what the AASM manual and Rechtschaffen & Kales score, 20 s their early alternative.
_USUAL_MS = (30_000, 20_000)
_SHORTEST_MS = 500


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one stage; `place` says where it stands in the file, for messages."""

    onset_s: float
    duration_s: float
    code: int
    place: str


def check_extent(seconds: float, epoch_s: float, where: Path | str) -> None:
    """Refuse what no night is.

    Raises
    ------
    ReadError
        Longer than `LONGEST_S`, or more than `MOST_EPOCHS` epochs.
    """
    if not seconds <= LONGEST_S:
        raise ReadError(
            f"the scores would cover {seconds / 86_400:.3g} days", where=where, rule=f"at most {LONGEST_S / 86_400:g}"
        )
    if seconds / epoch_s > MOST_EPOCHS:
        raise ReadError(f"the scores would be {seconds / epoch_s:.3g} epochs", where=where, rule="at most two million")


def hypnogram_from_spans(
    spans: Sequence[Span],
    *,
    where: Path | str,
    epoch_s: float | None = None,
    start: datetime | None = None,
    scorer: str = "",
    channels: Sequence[str] = (),
) -> Hypnogram:
    """Return the hypnogram of stretches that follow each other; what lies between them is unscored.

    Parameters
    ----------
    spans : sequence of Span
        In their order, in seconds from the recording's first sample.
    epoch_s : float, optional
        Length of an epoch; by default 30 s, or 20 s, where all begin and end on that grid, else the longest that fits.
    start : datetime or None
        Clock time of the recording's first sample.

    Raises
    ------
    ReadError
        They overlap, go backwards, or do not lie on one grid.
    """
    spans = [span for span in spans if span.duration_s > 0]
    if not spans:
        raise ReadError("the file holds no scored epoch", where=where)
    _check_order(spans, where)
    first = spans[0].onset_s
    size = epoch_s or _fitting(spans, where)
    end = spans[-1].onset_s + spans[-1].duration_s
    check_extent(max(end, abs(first)), size, where)
    count = int(np.ceil((end - first - _ON_GRID_S) / size))
    stages: NDArray[np.int8] = np.full(max(count, 1), UNSCORED, dtype=np.int8)
    for span in spans:
        begin, stop = (span.onset_s - first) / size, (span.onset_s + span.duration_s - first) / size
        whole = _whole(begin, size) and (span is spans[-1] or _whole(stop, size))
        if not whole:
            raise ReadError(
                f"{span.place} does not begin and end on a grid of {size:g} s",
                where=where,
                rule="every stage lasts a whole number of epochs; only the last may be cut short",
                next_step="say the length of an epoch" if epoch_s is None else "say another length of an epoch",
            )
        stages[round(begin) : max(round(begin) + 1, int(np.ceil(stop - _ON_GRID_S / size)))] = span.code
    return Hypnogram(
        stages,
        float(size),
        start=None if start is None else start + timedelta(seconds=first),
        scorer=scorer,
        channels=tuple(channels),
        offset_s=first,
        recorded_s=min(end - first, len(stages) * size),
    )


def _check_order(spans: Sequence[Span], where: Path | str) -> None:
    for before, after in itertools.pairwise(spans):
        if after.onset_s < before.onset_s + before.duration_s - _ON_GRID_S:
            raise ReadError(
                f"{after.place} begins before {before.place} has ended",
                where=where,
                rule="one stage at a time, in their order",
            )


def _fitting(spans: Sequence[Span], where: Path | str) -> float:
    first = spans[0].onset_s
    edges = [span.onset_s - first for span in spans[1:]] + [span.duration_s for span in spans[:-1]]
    if not edges:
        return min(spans[0].duration_s, _USUAL_MS[0] / 1000)
    steps = {round(edge * 1000) for edge in edges}
    common = int(np.gcd.reduce(np.array(sorted(steps), dtype=np.int64)))
    size = next((usual for usual in _USUAL_MS if common % usual == 0), common)
    if size < _SHORTEST_MS:
        raise ReadError(
            "the stages do not lie on one grid of epochs",
            where=where,
            rule="every stage lasts a whole number of epochs",
            next_step="say the length of an epoch",
        )
    return size / 1000


def _whole(place: float, size: float) -> bool:
    return abs(place - round(place)) * size <= _ON_GRID_S
