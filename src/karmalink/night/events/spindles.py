"""Sleep spindles: where the 11–16 Hz band stands out from its own background and from its neighbours.

A stretch is a spindle where, on the signal at 100 samples a second,

- the smoothed amplitude of 11–16 Hz (AASM) stays above `FLOOR` times its median for `SHORTEST_S` to `LONGEST_S`, pauses
  of up to `PAUSE_S` bridged, and reaches `PEAK` times the median;
- its level is at least `TO_SLOWER` of 4–10 Hz, `TO_FASTER` of 17–24 Hz and `TO_ALL` of 1–30 Hz: without these, alpha,
  muscle and movement pass for spindles.

The numbers were set on DREAMS excerpts 1–3 (the mean of the 30 best of 1,500 random settings against the union of two
experts, F1 at an overlap of .2) and not touched afterwards; `evaluation/RESULTS.md` tells what they give elsewhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import runs
from karmalink.errors import CannotAnswer
from karmalink.night.events.events import Events
from karmalink.night.events.signals import amplitude, at_rate, band_level

__all__ = ["find_spindles"]

FLOOR, PEAK = 2.3, 3.1
PAUSE_S, SHORTEST_S, LONGEST_S = 0.10, 0.43, 2.5
TO_SLOWER, TO_FASTER, TO_ALL = 0.8, 2.1, 0.3
_SIGMA = (11.0, 16.0)
_EDGE_S = 0.08
_RATE = 100.0
_SLOWEST = 36.0
# Logistic of the peak's height in medians, fitted to excerpts 1–3: what share of such stretches an expert marked.
_SURE_FROM, _SURE_SLOPE = 3.27, 0.63


def find_spindles(
    samples: NDArray[np.float64],
    sfreq: float,
    *,
    channel: str = "",
    background: NDArray[np.bool_] | None = None,
) -> Events:
    """Return the spindles of one EEG channel.

    Parameters
    ----------
    samples : ndarray, shape (n,)
        Volts; NaN where nothing was recorded, and nothing is found there.
    sfreq : float
        Samples per second, 36 at least.
    channel : str
        Its name, for the result.
    background : ndarray of bool, shape (n,), optional
        Where the median amplitude is taken from, NREM say; everywhere by default.

    Raises
    ------
    CannotAnswer
        Too slow a rate to hold 16 Hz.
    """
    if sfreq < _SLOWEST:
        raise CannotAnswer(
            f"spindles cannot be seen at {sfreq:g} samples a second", where=channel, rule=f"{_SLOWEST:g} at least"
        )
    signal, missing = at_rate(samples, sfreq, _RATE)
    calm = ~missing
    if background is not None and background.any():
        calm &= at_rate(background.astype(float), sfreq, _RATE)[0][: calm.size] > 0.5
    height = amplitude(signal, _RATE, _SIGMA)
    middle = float(np.median(height[calm])) if calm.any() else 0.0
    if middle <= 0:
        return Events.of("spindle", [], channels=(channel,), scorer="karmalink", searched_s=float(calm.sum() / _RATE))
    levels = [band_level(signal, _RATE, band) for band in (_SIGMA, (4.0, 10.0), (17.0, 24.0), (1.0, 30.0))]
    found = []
    for first, stop in runs(height > FLOOR * middle, pause=round(PAUSE_S * _RATE)):
        peak = float(height[first:stop].max()) / middle
        sigma, slower, faster, everything = (float(level[first:stop].mean()) for level in levels)
        long_enough = SHORTEST_S <= (stop - first) / _RATE <= LONGEST_S
        stands_out = sigma >= TO_SLOWER * slower and sigma >= TO_FASTER * faster and sigma >= TO_ALL * everything
        if long_enough and peak >= PEAK and stands_out and not missing[first:stop].any():
            found.append((first / _RATE - _EDGE_S, stop / _RATE + _EDGE_S, peak, *_shape(signal[first:stop])))
    table = np.array(found, dtype=np.float64).reshape(-1, 5)
    return Events(
        "spindle",
        table[:, 0],
        table[:, 1] - table[:, 0],
        1 / (1 + np.exp(-_SURE_SLOPE * (table[:, 2] - _SURE_FROM))),
        channels=(channel,),
        measures={"frequency_hz": table[:, 3], "amplitude_uv": table[:, 4]},
        searched_s=float((~missing).sum() / _RATE),
        scorer="karmalink",
    )


def _shape(piece: NDArray[np.float64]) -> tuple[float, float]:
    """Return the frequency of the strongest bin of 11–16 Hz, and the peak-to-peak amplitude of the band in µV."""
    padded = np.fft.rfft((piece - piece.mean()) * np.hanning(piece.size), n=1024)
    bins = np.fft.rfftfreq(1024, 1 / _RATE)
    inside = (bins >= _SIGMA[0]) & (bins <= _SIGMA[1])
    strongest = float(bins[inside][np.argmax(np.abs(padded[inside]))])
    alone = np.fft.irfft(np.where(inside, np.fft.rfft(piece, n=1024), 0))[: piece.size]
    return strongest, float(np.ptp(alone) * 1e6)
