"""Signals seen through what is known of their time: stretches that were not recorded, pieces laid on one time line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from karmalink.night.recordings.recording import Signals

__all__ = ["BlankedSignals", "Piece", "PiecedSignals", "gaps_between"]


@dataclass(frozen=True, eq=False)
class BlankedSignals:
    """Signals without the stretches that hold nothing: (first, stop) in samples, by channel."""

    source: Signals
    lost: Mapping[int, Sequence[tuple[int, int]]] = field(repr=False)

    def read(self, index: int, first: int, stop: int) -> NDArray[np.float64]:
        """Return samples; NaN where nothing was recorded."""
        samples = self.source.read(index, first, stop)
        for begin, end in self.lost.get(index, ()):
            samples[max(0, begin - first) : max(0, end - first)] = np.nan
        return samples


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive samples of a source, and where the first of them lies on the time line, in samples."""

    place: int
    source: int
    count: int


@dataclass(frozen=True, eq=False)
class PiecedSignals:
    """Samples that a file keeps end to end, laid where they were recorded; NaN between the pieces."""

    source: Signals
    pieces: Sequence[Sequence[Piece]]

    def read(self, index: int, first: int, stop: int) -> NDArray[np.float64]:
        """Return samples of the time line."""
        out = np.full(max(0, stop - first), np.nan)
        for piece in self.pieces[index]:
            low, high = max(first, piece.place), min(stop, piece.place + piece.count)
            if low < high:
                begin = piece.source + low - piece.place
                out[low - first : high - first] = self.source.read(index, begin, begin + high - low)
        return out


def gaps_between(pieces: Sequence[Piece], sfreq: float) -> tuple[tuple[float, float], ...]:
    """Return the seconds between pieces, as (from, to)."""
    ends = [piece.place + piece.count for piece in pieces[:-1]]
    return tuple(
        (end / sfreq, piece.place / sfreq) for end, piece in zip(ends, pieces[1:], strict=True) if piece.place > end
    )
