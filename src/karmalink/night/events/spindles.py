"""Sleep spindles: stretches in which the 11–16 Hz band stands out from its background and from its neighbours.

A stretch is a spindle if, in the signal at 100 samples per second,

- the smoothed amplitude of 11–16 Hz (AASM) stays above `floor` times its median over the five minutes before for
  `shortest_s` to `longest_s`, with pauses of up to `pause_s` bridged, and reaches `peak` times the median;
- its level is at least `to_slower` times that of 4–10 Hz, `to_faster` times that of 17–24 Hz and `to_all` times that of
  1–30 Hz: without these conditions alpha, muscle and movement are taken for spindles (`SpindleCriteria`).

The numbers were fitted on DREAMS excerpts 1–3 (the mean of the 30 best of 1,500 random settings against the union of
two experts, F1 at an overlap of .2) and not changed afterwards; `evaluation/RESULTS.md` states the F1 elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Bools, Floats, runs
from karmalink.errors import CannotAnswer
from karmalink.night.events.events import Events
from karmalink.night.events.signals import amplitude, band_level
from karmalink.night.recordings.resampled import at_rate

__all__ = ["CRITERIA", "SpindleCriteria", "find_spindles"]


@dataclass(frozen=True, slots=True)
class SpindleCriteria:
    """The numbers that make a stretch a spindle; the module says what each of them bounds."""

    floor: float = 2.3
    peak: float = 3.1
    pause_s: float = 0.10
    shortest_s: float = 0.43
    longest_s: float = 2.5
    to_slower: float = 0.8
    to_faster: float = 2.1
    to_all: float = 0.3


CRITERIA = SpindleCriteria()
_SIGMA = (11.0, 16.0)
_EDGE_S = 0.08
# Samples: the background before each place, at the beginning, from place to place, and every how many count.
_PAST, _FIRST, _EVERY, _THINNED = 30_000, 12_000, 1_000, 10
_RATE = 100.0
_SLOWEST = 36.0
# Logistic function of the peak in medians, fitted to excerpts 1–3: share of such stretches that an expert marked.
_CONFIDENCE_CENTRE, _CONFIDENCE_SLOPE = 3.27, 0.63


def find_spindles(
    samples: NDArray[np.float64],
    sfreq: float,
    *,
    channel: str = "",
    background: NDArray[np.bool_] | None = None,
    criteria: SpindleCriteria = CRITERIA,
) -> Events:
    """Return the spindles of one EEG channel.

    Parameters
    ----------
    samples : ndarray, shape (n,)
        Volts; NaN where nothing was recorded: no spindle is reported there.
    sfreq : float
        Samples per second, at least 36.
    channel : str
        Its name, for the result.
    background : ndarray of bool, shape (n,), optional
        Samples that the median amplitude is taken from, for example NREM, where there are enough; by default all.
    criteria : SpindleCriteria
        Other numbers, to compare them; by default the fitted ones.

    Raises
    ------
    CannotAnswer
        The sampling rate is too low for 16 Hz.
    """
    if sfreq < _SLOWEST:
        raise CannotAnswer(
            f"spindles cannot be found at {sfreq:g} samples per second",
            where=channel,
            rule=f"at least {_SLOWEST:g} samples per second",
        )
    signal, missing = at_rate(samples, sfreq, _RATE)  # (m,), (m,)
    reference = ~missing
    if background is not None and background.any():
        same = sfreq == _RATE
        reference &= background if same else at_rate(background.astype(float), sfreq, _RATE)[0][: missing.size] > 0.5
    # a[t]: amplitude of 11–16 Hz, shape (m,); its median in the background is the unit of floor and peak
    relative = amplitude(signal, _RATE, _SIGMA)
    if not _divide_by_medians(relative, ~missing, reference):
        searched_s = float(reference.sum() / _RATE)
        return Events.of("spindle", [], channels=(channel,), scorer="karmalink", searched_s=searched_s)
    rows = _rows(signal, missing, relative, criteria)
    onset, end, peak_of, frequency, peak_to_peak = np.array(rows, dtype=np.float64).reshape(-1, 5).T
    return Events(
        "spindle",
        onset,
        end - onset,
        # P(an expert marks it) = 1 / (1 + exp(−slope · (peak − centre)))
        1 / (1 + np.exp(-_CONFIDENCE_SLOPE * (peak_of - _CONFIDENCE_CENTRE))),
        channels=(channel,),
        measures={"frequency_hz": frequency, "amplitude_uv": peak_to_peak},
        searched_s=float((~missing).sum() / _RATE),
        scorer="karmalink",
    )


def _divide_by_medians(values: Floats, present: Bools, background: Bools) -> bool:
    """Divide by the median of the five minutes before each sample, in place: what follows changes nothing.

    Of the background where a fifth of them is, else of all that is present; at the beginning of the first two minutes.
    Returns whether there is a median above 0 at all.
    """
    places = np.arange(0, values.size, _EVERY)
    medians = np.zeros(places.size)
    for number, place in enumerate(places.tolist()):
        window = slice(max(0, place - _PAST), max(place, _FIRST), _THINNED)
        part, near, all_near = values[window], background[window], present[window]
        chosen = part[near] if near.sum() > 0.2 * part.size else part[all_near]
        # Where nothing was recorded for as long as that, the last median holds.
        medians[number] = np.median(chosen) if chosen.size else medians[number - 1]
    known = medians[medians > 0]
    if not known.size:
        return False
    medians = np.where(medians > 0, medians, known[0])
    # m[t] on a straight line between two places, behind the last as there.
    share = np.arange(_EVERY) / _EVERY
    for place, median, rise in zip(places.tolist(), medians, np.diff(medians, append=medians[-1]), strict=True):
        part = values[place : place + _EVERY]
        part /= median + rise * share[: part.size]
    return True


def _rows(signal: Floats, missing: Bools, relative: Floats, asked: SpindleCriteria) -> list[tuple[float, ...]]:
    """Return onset, end, peak, frequency and amplitude of each spindle; `relative` is a[t] / median, shape (m,)."""
    # Candidates: a[t] > floor · median, with short pauses bridged, of a spindle's length and height.
    candidates = [
        (first, stop, float(relative[first:stop].max()))
        for first, stop in runs(relative > asked.floor, pause=round(asked.pause_s * _RATE))
        if asked.shortest_s <= (stop - first) / _RATE <= asked.longest_s
    ]
    candidates = [one for one in candidates if one[2] >= asked.peak and not missing[one[0] : one[1]].any()]
    if not candidates:
        return []

    def levels(band: tuple[float, float]) -> Floats:
        """Return the mean root mean square of a band in each candidate, shape (candidates,)."""
        level = band_level(signal, _RATE, band)
        return np.array([level[first:stop].mean() for first, stop, _ in candidates])

    sigma, slower, faster, total = (levels(band) for band in (_SIGMA, (4.0, 10.0), (17.0, 24.0), (1.0, 30.0)))
    stands_out = (sigma >= asked.to_slower * slower) & (sigma >= asked.to_faster * faster)
    stands_out &= sigma >= asked.to_all * total
    # The smoothed amplitude crosses the floor _EDGE_S after the spindle begins and before it ends.
    return [
        (first / _RATE - _EDGE_S, stop / _RATE + _EDGE_S, peak, *_shape(signal[first:stop]))
        for (first, stop, peak), kept in zip(candidates, stands_out.tolist(), strict=True)
        if kept
    ]


def _shape(spindle: NDArray[np.float64]) -> tuple[float, float]:
    """Return the peak frequency within 11–16 Hz, and the peak-to-peak amplitude of the band in µV."""
    frequencies = np.fft.rfftfreq(1024, 1 / _RATE)
    inside = (frequencies >= _SIGMA[0]) & (frequencies <= _SIGMA[1])
    # Zero-padded to 1,024 samples: bins of 0.1 Hz.
    spectrum = np.fft.rfft((spindle - spindle.mean()) * np.hanning(spindle.size), n=1024)
    peak_hz = float(frequencies[inside][np.argmax(np.abs(spectrum[inside]))])
    band = np.fft.irfft(np.where(inside, np.fft.rfft(spindle, n=1024), 0))[: spindle.size]
    return peak_hz, float(np.ptp(band) * 1e6)
