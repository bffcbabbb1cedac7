"""Sums by offset: every circular shift of a series of nights against a life, at once.

Both sides of a lag curve and every shift of it depend on the offset alone. The past day of order l of night n is day
n + 1 − l, its mirror is day n + l; with the nights shifted by s days, the offsets are s + 1 − l and s + l. So one
vector of sums per offset holds the curve, its control and the whole null.

There are two ways to that vector: for a matrix of scores of any kind, one pass over it (:func:`sums_by_offset`); for
scores that are inner products of features, one product per frequency for all dreamers and all lives together
(:func:`correlate`). Shapes: N nights, U units or days of a life, T days of the circle, L lags.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted
from karmalink.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["a_at_every_shift", "correlate", "past_and_future", "sums_by_offset"]


def sums_by_offset(scores: ArrayLike, night: ArrayLike, day: ArrayLike, period: int) -> tuple[Floats, Floats]:
    """Return the sum of the scores and the number of pairs at every offset (day - night) modulo `period`.

    Parameters
    ----------
    scores : (N, U) floats
        Score of every account against every unit or entry.
    night : (N,) ints
        Night of each account.
    day : (U,) ints
        Day of each unit or entry.
    period : int
        Days after which the calendar starts again: at least the span of nights and days together.

    Returns
    -------
    total, count : (period,) floats

    Raises
    ------
    InputError
        Shapes that do not fit, scores that are not finite, or a period shorter than the span.
    """
    table = np.asarray(scores, dtype=np.float64)
    nights, days = np.asarray(night, dtype=np.int64), np.asarray(day, dtype=np.int64)
    if table.shape != (nights.size, days.size) or not np.isfinite(table).all():
        raise InputError(f"scores have shape {table.shape}", rule="one finite score per account and unit")
    both = np.concatenate([nights, days])
    if period < 1 or (both.size and int(np.ptp(both)) >= period):
        raise InputError(f"a period of {counted(period, 'day')} is too short", rule="it covers all nights and days")
    offset = (days[None, :] - nights[:, None]) % period  # (N, U)
    # (T,): Σ over all pairs with that offset
    total = np.bincount(offset.ravel(), weights=table.ravel(), minlength=period).astype(np.float64)
    return total, np.bincount(offset.ravel(), minlength=period).astype(np.float64)


def correlate(left: ArrayLike, right: ArrayLike) -> Floats:
    """Return, for all pairs and all offsets, the sum over days of the inner product of two series of features.

    Parameters
    ----------
    left : (D, T, F) floats
        One series of T days per dreamer; zeros where there is nothing.
    right : (E, T, F) floats
        One series of T days per life.

    Returns
    -------
    (D, E, T) floats
        ``out[i, j, o] = sum over t of left[i, t] · right[j, (t + o) mod T]``. With 0/1
        masks of one feature these are counts.
    """
    from scipy import fft

    a, b = np.asarray(left), np.asarray(right)
    if a.ndim != 3 or b.ndim != 3 or a.shape[1:] != b.shape[1:]:
        raise InputError(
            f"features have shapes {a.shape} and {b.shape}",
            rule="(series, days, features) with the same days and features",
        )
    spectra_a, spectra_b = _spectra(a).conj(), _spectra(b)  # (f, D, F), (f, E, F)
    # (f, D, E): one (D × F)·(F × E) product per frequency instead of one transform per pair
    product = np.matmul(spectra_a, spectra_b.transpose(0, 2, 1))
    return np.asarray(fft.irfft(np.moveaxis(product, 0, -1), n=a.shape[1]), dtype=np.float64)


def _spectra(series: NDArray[Any]) -> NDArray[Any]:
    """Return the spectrum along days, frequency first, each of its matrices contiguous as BLAS wants them."""
    from scipy import fft

    return np.ascontiguousarray(np.moveaxis(fft.rfft(np.ascontiguousarray(np.moveaxis(series, 1, 2))), 2, 0))


def past_and_future(mean: Floats, lags: int, shift: int = 0) -> tuple[Floats, Floats]:
    """Return C at the past days of order 1 … L and at their mirrors, (L,) each, with the nights shifted by `shift`.

    Parameters
    ----------
    mean : (T,) floats
        Mean score at every offset.
    lags, shift : int
        L; days by which the nights are shifted.
    """
    order = np.arange(1, lags + 1)
    return mean[(shift + 1 - order) % mean.size], mean[(shift + order) % mean.size]


def a_at_every_shift(mean: Floats, lags: int) -> Floats:
    """Return A(l) = C(past l) − C(future l) at every circular shift, the actual one (shift 0) first; shape (T, L)."""
    order, shift = np.arange(1, lags + 1), np.arange(mean.size)[:, None]
    # a[s, l − 1] = C(s + 1 − l) − C(s + l), offsets modulo T
    a: Floats = mean[(shift + 1 - order) % mean.size] - mean[(shift + order) % mean.size]
    return a
