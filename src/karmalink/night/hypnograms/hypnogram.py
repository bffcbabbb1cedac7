"""A scored night: one stage per epoch, with what the scorer thought of every other stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karmalink.base.arrays import Floats
from karmalink.errors import InputError
from karmalink.night.hypnograms.stages import STAGES, UNSCORED, Vocabulary, decode, encode

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

__all__ = ["CONFIDENT", "DECIDED", "Hypnogram", "decided_by", "later", "tables_of"]

CONFIDENT = 0.6
"""Below this probability of the chosen stage an epoch counts as uncertain: a person should look at it first."""

DECIDED: Mapping[str, str] = MappingProxyType(
    {
        "probability": "the largest of the columns p_W to p_R",
        "tie": "several of the columns p_W to p_R are the largest; among them the scorer decided",
        "scorer": "the scorer, who gave no probabilities or against them",
    }
)
"""What can have decided a stage → what that means."""

_SUMS_TO_ONE = 1e-3
_TIE_S = 1e-6
_NO_DAY = date(1900, 1, 1)


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
    clock : time or None
        What the clock showed at the first epoch's beginning, where the file tells a time of day and no date.
    lights : tuple of (float or None, float or None)
        Lights off and lights on in seconds of the recording, where its own annotations tell them.
    deciding : ndarray of float64, shape (n, 5), or None
        The probabilities by which the stages were chosen, where `probabilities` are others: calibrated ones, of which
        the largest need not be the stage.
    movement : ndarray of float64, shape (n,), or None
        0 to 1, how far the stage moves where the night is cut a few seconds later: the share of the
        epochs shifted by up to 10 s that get another stage. Only from a scorer that shifts them.
    notes : tuple of str
        What was left out or taken for something when it was read.
    """

    stages: NDArray[np.int8]
    epoch_s: float = 30.0
    start: datetime | None = None
    probabilities: NDArray[np.float64] | None = None
    scorer: str = ""
    channels: tuple[str, ...] = field(default=())
    offset_s: float = 0.0
    recorded_s: float | None = None
    clock: time | None = None
    lights: tuple[float | None, float | None] = (None, None)
    deciding: NDArray[np.float64] | None = None
    movement: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()

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
        if self.movement is not None:
            movement = np.array(self.movement, dtype=np.float64)
            if movement.shape != stages.shape or not (np.isnan(movement) | ((movement >= 0) & (movement <= 1))).all():
                raise InputError("a movement is missing or not a share", rule="one a stage, 0 to 1, NaN where unscored")
            object.__setattr__(self, "movement", _frozen(movement))
        for name in ("probabilities", "deciding"):
            if getattr(self, name) is not None:
                table = _checked_probabilities(np.array(getattr(self, name), dtype=np.float64), stages)
                object.__setattr__(self, name, _frozen(table))
        whole = stages.size * self.epoch_s
        if self.recorded_s is not None and not whole - self.epoch_s - 1e-6 <= self.recorded_s <= whole + 1e-6:
            raise InputError(
                f"{stages.size} epochs of {self.epoch_s:g} s for {self.recorded_s:g} recorded seconds",
                rule="only the last epoch may be cut short",
            )

    @classmethod
    def from_labels(cls, labels: Iterable[str], vocabulary: Vocabulary = "words", **rest: Any) -> Hypnogram:
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
    def clock_start(self) -> datetime | None:
        """`recording_start`; where only a time of day is known, on the first of January 1900, before any recording."""
        if self.start is not None or self.clock is None:
            return self.recording_start
        return datetime.combine(_NO_DAY, self.clock) - timedelta(seconds=self.offset_s)

    @property
    def labels(self) -> tuple[str, ...]:
        """AASM labels, ``?`` where unscored."""
        return decode(self.stages)

    @property
    def unscored(self) -> NDArray[np.bool_]:
        """Which epochs are unscored, shape (n,)."""
        return np.asarray(self.stages == UNSCORED)

    @property
    def unscored_s(self) -> float:
        """Recorded seconds of the unscored epochs; the last epoch may be cut short."""
        last_s = self.duration_s - (self.n_epochs - 1) * self.epoch_s
        lengths = np.append(np.full(max(0, self.n_epochs - 1), self.epoch_s), last_s)[: self.n_epochs]
        return float(lengths[self.unscored].sum())

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
        codes = np.full(epoch.size, UNSCORED, dtype=np.int8)
        codes[inside] = self.stages[epoch[inside]]
        return codes

    def resampled(self, epoch_s: float = 30.0) -> Hypnogram:
        """Return the hypnogram in epochs of another length, from the same beginning on.

        Each new epoch has the stage that fills most of what was scored in it, the first met on a tie. The last may be
        cut short by the end; an epoch of which nothing was scored stays unscored. Probabilities are averaged over what
        was scored.
        """
        if not (np.isfinite(epoch_s) and epoch_s > 0):
            raise InputError(f"an epoch of {epoch_s} s", rule="an epoch lasts longer than 0 s")
        count = int(np.ceil(self.duration_s / epoch_s - 1e-9))
        return self.on_grid(epoch_s, self.offset_s, count)

    def on_grid(self, epoch_s: float, offset_s: float, count: int, *, covered: float = 0.0) -> Hypnogram:
        """Return the hypnogram on other epochs: each has the stage that fills most of what was scored in it.

        Parameters
        ----------
        epoch_s, offset_s, count : float, float, int
            The epochs: their length, where the first begins in seconds of the recording, how many. Nothing is shifted.
        covered : float
            An epoch of which the hypnogram covers less than this share stays unscored.
        """
        edges: Floats = np.asarray(offset_s + np.arange(count + 1) * epoch_s, dtype=np.float64)
        own: Floats = np.asarray(self.offset_s + np.arange(self.n_epochs + 1) * self.epoch_s, dtype=np.float64)
        own[-1] = self.offset_s + self.duration_s
        lengths: Floats = np.diff(own)
        # seconds[e, s]: how long stage s fills new epoch e; a difference of what has gone by until its two edges.
        seconds = np.stack([_between(edges, own, lengths * (self.stages == code)) for code in range(len(STAGES))], 1)
        most = seconds.max(axis=1, initial=0.0)
        stages = seconds.argmax(axis=1).astype(np.int8)
        tied = (most[:, None] - seconds < _TIE_S) & (most[:, None] > _TIE_S)
        for place in np.flatnonzero(tied.sum(axis=1) > 1).tolist():
            stages[place] = self._first_of(edges[place], np.flatnonzero(tied[place]).tolist())
        stages[(most <= _TIE_S) | (_between(edges, own, lengths) < covered * epoch_s - _TIE_S)] = UNSCORED
        end = min(float(own[-1]), float(edges[-1]))
        shift = offset_s - self.offset_s
        return replace(
            self,
            stages=stages,
            epoch_s=float(epoch_s),
            start=None if self.start is None else self.start + timedelta(seconds=shift),
            clock=later(self.clock, shift),
            probabilities=self._averaged(self.probabilities, edges, own),
            deciding=self._averaged(self.deciding, edges, own),
            movement=None,
            offset_s=float(offset_s),
            recorded_s=min(max(end - offset_s, (count - 1) * epoch_s), count * epoch_s) if count else None,
        )

    def _averaged(self, table: Floats | None, edges: Floats, own: Floats) -> Floats | None:
        """Return the mean of probabilities between each two edges, over what was scored there."""
        if table is None:
            return None
        lengths = np.diff(own) * ~self.unscored
        filled = np.where(self.unscored[:, None], 0.0, table) * lengths[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            return (
                np.stack([_between(edges, own, column) for column in filled.T], 1)
                / _between(edges, own, lengths)[:, None]
            )

    def _first_of(self, begin: float, tied: list[int]) -> int:
        """Return the stage of those tied that comes first from a second on."""
        first = max(0, int((begin - self.offset_s + _TIE_S) // self.epoch_s))
        return next(int(code) for code in self.stages[first:] if code in tied)

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
            "decided_by": decided_by(self),
        }
        if self.start is not None:
            columns["clock"] = [self.start + timedelta(seconds=i * self.epoch_s) for i in range(self.n_epochs)]
        for prefix, table in tables_of(self).items():
            columns |= {f"{prefix}{stage}": table[:, code] for code, stage in enumerate(STAGES)}
        return pd.DataFrame(columns)

    def plot(self) -> alt.VConcatChart:
        """Return the hypnogram as an Altair chart: stages by the clock, and the probability of every stage.

        The title gives sleep and REM and what is uncertain; ``plot().save("night.svg")`` writes a file.
        """
        from karmalink.night.hypnograms.hypnogram_chart import NightStages, draw_hypnogram, night_finding

        edges = np.append(np.arange(self.n_epochs) * self.epoch_s, self.duration_s)
        finding = night_finding(self.stages, np.diff(edges) / 60, self.uncertain_share(), self.scorer)
        return draw_hypnogram(NightStages(self.stages, edges, self.probabilities, self.start), finding)

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
            "lights_off_s": self.lights[0],
            "lights_on_s": self.lights[1],
            "decided_by": decided_by(self),
            "probabilities": rows,
            "movement": None
            if self.movement is None
            else [None if np.isnan(share) else float(share) for share in self.movement],
            "notes": list(self.notes),
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


def later(clock: time | None, seconds: float) -> time | None:
    """Return what a clock shows some seconds later."""
    return None if clock is None else (datetime.combine(_NO_DAY, clock) + timedelta(seconds=seconds)).time()


def _between(edges: Floats, own: Floats, amounts: Floats) -> Floats:
    """Return how much of `amounts`, spread evenly over the stretches between `own`, lies between each two `edges`."""
    gone = np.concatenate(([0.0], np.cumsum(amounts)))
    return np.asarray(np.diff(np.interp(edges, own, gone)))


def tables_of(hypnogram: Hypnogram) -> dict[str, NDArray[np.float64]]:
    """Return the prefix of columns → probabilities: ``p_`` are those that decided, ``calibrated_`` those that did not.

    So no row contradicts itself: the largest of its ``p_`` columns is its stage, whatever was calibrated afterwards.
    """
    if hypnogram.probabilities is None:
        return {}
    if hypnogram.deciding is None:
        return {"p_": hypnogram.probabilities}
    return {"p_": hypnogram.deciding, "calibrated_": hypnogram.probabilities}


def decided_by(hypnogram: Hypnogram) -> list[str | None]:
    """Return what decided each epoch's stage: a key of `DECIDED`, None where it is unscored."""
    table = tables_of(hypnogram).get("p_")
    deciders: list[str | None] = []
    for epoch, code in enumerate(hypnogram.stages.tolist()):
        if code == UNSCORED:
            deciders.append(None)
            continue
        row = None if table is None else table[epoch]
        if row is None or row[code] < row.max():
            deciders.append("scorer")
        else:
            deciders.append("tie" if (row == row.max()).sum() > 1 else "probability")
    return deciders


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
        raise InputError(
            "a row of probabilities is negative or does not sum to 1", rule="each row is at least 0 and sums to 1"
        )
    return table


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
