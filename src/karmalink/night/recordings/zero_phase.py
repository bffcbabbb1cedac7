"""MNE's default band-pass, over a whole night at once without holding copies of it.

YASA's features and detectors are defined on signals that `mne.filter.filter_data` filtered: a finite impulse response
of MNE's design, applied without a shift. MNE designs the filter here too; it is applied piece by piece.
"""

from __future__ import annotations

import functools
import warnings

import numpy as np

from karmalink.base.arrays import Floats, in_pieces

__all__ = ["band_passed"]

_PIECE = 60_000


def band_passed(
    signal: Floats, rate: float, band: tuple[float, float], *, widths: tuple[float, float] | None = None
) -> Floats:
    """Return a signal without what lies outside a band, as `mne.filter.filter_data` does by default, shape (n,).

    Parameters
    ----------
    signal : ndarray, shape (n,)
        Without gaps.
    rate : float
        Samples per second.
    band : tuple of float
        Its edges in Hz.
    widths : tuple of float, optional
        How wide the two transitions are, in Hz; by default as MNE chooses them.
    """
    from scipy.signal import oaconvolve

    weights = _response(rate, band, widths)
    reach = weights.size // 2
    near = 3 * reach
    if signal.size <= 2 * near:
        return _at_its_ends(signal, weights)
    # y[i] = Σ_k w[k] x[i + reach − k], k = 0 … 2 reach
    filtered = in_pieces(signal, _PIECE, 2 * reach, lambda piece: oaconvolve(piece, weights, mode="same"))
    filtered[:reach] = _at_its_ends(signal[:near], weights)[:reach]
    filtered[-reach:] = _at_its_ends(signal[-near:], weights)[-reach:]
    return filtered


def _at_its_ends(signal: Floats, weights: Floats) -> Floats:
    """Return a short signal filtered as a whole, its ends reflected, shape (n,)."""
    from scipy.signal import oaconvolve

    if signal.size == 0:
        return signal
    return np.asarray(oaconvolve(_reflected(signal, weights.size // 2), weights, mode="valid"))


@functools.lru_cache(maxsize=16)
def _response(rate: float, band: tuple[float, float], widths: tuple[float, float] | None) -> Floats:
    """Return MNE's impulse response, an odd number of samples."""
    from mne.filter import create_filter

    low, high = widths or ("auto", "auto")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(
            create_filter(None, rate, *band, l_trans_bandwidth=low, h_trans_bandwidth=high, verbose="ERROR")
        )


def _reflected(signal: Floats, reach: int) -> Floats:
    """Return the signal with its ends reflected in its first and last sample; where it is shorter than that, with 0."""
    near = min(reach, signal.size - 1)
    rest = np.zeros(reach - near)
    before, behind = 2 * signal[0] - signal[near:0:-1], 2 * signal[-1] - signal[-2 : -2 - near : -1]
    return np.concatenate([rest, before, signal, behind, rest])
