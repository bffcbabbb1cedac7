"""Slow waves by the rule of YASA's detector (Massimini et al. 2004; Carrier et al. 2011), without importing YASA.

A test holds them to YASA's own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Bools, Floats, Ints, pieces_of
from karmalink.errors import CannotAnswer
from karmalink.night.events.events import Events
from karmalink.night.recordings.resampled import at_rate
from karmalink.night.recordings.zero_phase import band_passed

__all__ = ["find_slow_waves"]

_RATE = 100.0
_SLOWEST = 10.0
_SHORTEST_S = 10.0
_BAND_HZ = (0.3, 1.5)
_PIECE = 60_000
_TROUGH_UV, _CREST_UV, _SIZE_UV = (40, 200), (10, 150), (75, 350)
_DOWN_S, _UP_S = (0.3, 1.5), (0.1, 1.0)


def find_slow_waves(
    samples: NDArray[np.float64], sfreq: float, *, channel: str = "", nrem: NDArray[np.int8] | None = None
) -> Events:
    """Return the slow waves of one EEG channel: .3–1.5 Hz, 75–350 µV from peak to peak.

    Parameters
    ----------
    samples : ndarray, shape (n,)
        Volts; NaN where nothing was recorded: no wave is reported there.
    sfreq : float
        Samples per second.
    channel : str
        Its name, for the result.
    nrem : ndarray of int, shape (n,), optional
        A stage code per sample; waves are then searched in N2 and N3 only, and the rate is per hour of these.

    Raises
    ------
    CannotAnswer
        The sampling rate is too low, or the signal too short.
    """
    if sfreq < _SLOWEST or samples.size < _SHORTEST_S * sfreq:
        raise CannotAnswer(
            f"slow waves cannot be found in {samples.size / sfreq:.0f} s at {sfreq:g} samples per second",
            where=channel,
            rule=f"at least {_SHORTEST_S:g} s and {_SLOWEST:g} samples per second",
        )
    signal, missing = at_rate(samples, sfreq, _RATE)
    searched = ~missing
    if nrem is not None:
        searched &= np.isin(_at_samples(nrem, sfreq, signal.size), (2, 3))
    onset, end, frequency, peak_to_peak = _waves(signal, searched) if searched.any() else np.empty((4, 0))
    waves = Events(
        "slow wave",
        onset,
        end - onset,
        np.full(onset.size, np.nan),
        channels=(channel,),
        measures={"frequency_hz": frequency, "amplitude_uv": peak_to_peak},
        searched_s=float(searched.sum() / _RATE),
        scorer="karmalink, by yasa's rule",
    )
    kept = [not missing[int(a * _RATE) : int(b * _RATE) + 1].any() for a, b in zip(onset, end, strict=True)]
    return waves.where(np.array(kept, dtype=bool))


def _waves(signal: Floats, searched: Bools) -> Floats:
    """Return onset, end, frequency and peak-to-peak amplitude of each wave, shape (4, k)."""
    x = band_passed(signal, _RATE, _BAND_HZ, widths=(0.2, 0.2))
    x *= 1e6
    troughs, crests = _peaks(x, _TROUGH_UV, sign=-1), _peaks(x, _CREST_UV, sign=1)
    troughs, crests = troughs[searched[troughs]], crests[searched[crests]]
    crossings = np.flatnonzero(np.diff(x > 0))
    if not troughs.size or not crests.size or crossings.size < 2:
        return np.empty((4, 0))
    # The crest of a trough is the next one.
    following = np.searchsorted(crests, troughs)
    troughs = troughs[following < crests.size]
    crests = crests[following[following < crests.size]]
    size = x[crests] - x[troughs]
    # Zero crossings before and behind the trough, before and behind the crest, as places among the crossings.
    behind_trough, behind_crest = np.searchsorted(crossings, troughs), np.searchsorted(crossings, crests)
    inside = (behind_trough > 0) & (behind_crest > 0) & (behind_crest < crossings.size)
    fits = inside & (size > _SIZE_UV[0]) & (size < _SIZE_UV[1])
    troughs, crests, size = troughs[fits], crests[fits], size[fits]
    behind_trough, behind_crest = behind_trough[fits], behind_crest[fits]
    begin, middle, end = crossings[behind_trough - 1], crossings[behind_trough], crossings[behind_crest]
    # One negative and one positive half: the crest lies between the two crossings that follow the trough.
    down, up = (middle - begin) / _RATE, (end - middle) / _RATE
    whole = (behind_crest == behind_trough + 1) & (down > _DOWN_S[0]) & (down < _DOWN_S[1])
    whole &= (up > _UP_S[0]) & (up < _UP_S[1]) & (down + up >= _DOWN_S[0] + _UP_S[0])
    # Two troughs of one wave are not two waves.
    for edge in (begin, end):
        values, counts = np.unique(edge[whole], return_counts=True)
        whole &= ~np.isin(edge, values[counts > 1])
    begin, end, size = begin[whole], end[whole], size[whole]
    return np.array([begin / _RATE, end / _RATE, _RATE / (end - begin), size])


def _peaks(x: Floats, height: tuple[int, int], *, sign: int) -> Ints:
    """Return where a signal has peaks (or, with a sign of -1, troughs) of such heights, found piece by piece."""
    from scipy.signal import find_peaks

    found = []
    for first, piece, inner in pieces_of(x, _PIECE, 100):
        peaks = find_peaks(sign * piece, height=height)[0]
        found.append(peaks[(peaks >= inner.start) & (peaks < inner.stop)] + first - inner.start)
    return np.concatenate([np.empty(0, dtype=np.int64), *found])


def _at_samples(stages: NDArray[np.int8], sfreq: float, size: int) -> NDArray[np.int8]:
    """Return the stage at the time of each of `size` samples at 100 Hz, shape (size,)."""
    source = np.minimum((np.arange(size) / _RATE * sfreq).astype(int), stages.size - 1)
    return np.asarray(stages[source])
