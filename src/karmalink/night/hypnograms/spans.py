"""Scored stretches of any length to epochs of one length: every stretch keeps its place, or the file is refused."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Codes
from karmalink.errors import ReadError
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import UNSCORED

__all__ = ["LONGEST_S", "MOST_EPOCHS", "USUAL_S", "Span", "check_extent", "hypnogram_from_spans", "list_epoch"]

LONGEST_S = 31 * 86_400.0
"""Longest hypnogram, seconds: what lasts longer is a broken number, and memory for years of nothing."""

MOST_EPOCHS = 2_000_000

USUAL_S = 30.0
"""Seconds of an epoch where nothing says another length: the AASM manual's."""

_DAY_S = 86_400.0
# Lengths that are offered where nothing tells which one it is.
_OFFERED = (20.0, 10.0, 5.0, 4.0, 2.0, 1.0)
_SECOND_S = 1.0
# Epochs that a file with a value a second was scored in: its stages change on their edges only.
_SCORED_IN = (30, 20)
# Values of which even two seconds each would be more than half a day.
_MANY = 21_600

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


def list_epoch(codes: Codes, stated: float | None, where: Path | str) -> tuple[float, tuple[str, ...]]:
    """Return how long the epochs of a list are, and a note where nothing states it and it is not the usual length.

    A list of one value a second, as some programs write it, would become ten days of sleep at 30 s each. It is known by
    its stages, which change every 30 (or 20) values only, or by its mere number.

    Parameters
    ----------
    codes : ndarray of int8, shape (n,)
        The stages.
    stated : float or None
        The length that the file or the caller states.
    where : Path or str
        Named in errors.

    Raises
    ------
    ReadError
        The usual length makes more than a day of it and nothing tells another; or see `check_extent`.
    """
    count = int(codes.size)
    length = USUAL_S if stated is None else stated
    check_extent(count * length, length, where)
    if stated is not None or count * length <= _DAY_S:
        return float(length), ()
    changes = (np.flatnonzero(np.diff(codes)) + 1).tolist()
    even = bool(changes) and any(all(change % size == 0 for change in changes) for size in _SCORED_IN)
    days = f"{count:,} stages of {length:g} s would be {count * length / _DAY_S:.3g} days"
    if count * _SECOND_S <= _DAY_S and (even or count >= _MANY):
        note = f"{days}: taken for one value a second, {count / 3600:.3g} h; say --epoch if it is another length"
        return _SECOND_S, (note,)
    fitting = next((size for size in _OFFERED if count * size <= _DAY_S / 2), _OFFERED[-1])
    raise ReadError(
        days,
        where=where,
        rule="a list that does not say how long its epochs are lasts a day at most",
        next_step=f"say it: --epoch {fitting:g} makes {count * fitting / 3600:.3g} h of it",
    )


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
