"""The features that YASA's classifiers were trained on, for epochs of 30 s that begin every 30 s, or every few seconds.

Written anew from the definitions in YASA 0.8 (Vallat & Walker 2021, eLife 10:e70092) and the papers behind them; a test
holds them to YASA's own within 1e-6. What overlapping epochs share is computed once: spectra of windows of 5 s, and
sums over blocks of 2.5 s, of which an epoch has twelve.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from karmalink.base.arrays import Floats, Ints

__all__ = ["AROUND", "BEFORE", "EPOCH", "RATE", "channel_features", "filtered", "normalised", "smoothed"]

RATE = 100.0
EPOCH = 3000
"""Samples of an epoch."""

BANDS_HZ = (
    ("sdelta", 0.4, 1.0),
    ("fdelta", 1.0, 4.0),
    ("theta", 4.0, 8.0),
    ("alpha", 8.0, 12.0),
    ("sigma", 12.0, 16.0),
    ("beta", 16.0, 30.0),
)
_BROAD_HZ = (0.4, 30.0)
_DELTA_OVER = {"dt": "theta", "ds": "sigma", "db": "beta"}
_BLOCK = 250
_WINDOW = 2 * _BLOCK
"""Samples of a block, and of a spectrum's window: windows overlap by half."""
_SPECTRA = EPOCH // _BLOCK - 1
_AT_ONCE = 256
_PIECE = 240_000
_FILTERING = threading.Lock()
_DELAYS = 10
_LOST = 1e-9
# Epochs of YASA's two running means, 7.5 min around each epoch and 2 min up to it. Its classifiers were trained with
# these, and the stored scales of `night_scales` were measured with them.
AROUND = np.array([1, 2, 3, 4, 5, 6, 7, 8, 7, 6, 5, 4, 3, 2, 1]) / 8
BEFORE = np.ones(4)


def filtered(microvolts: Floats) -> Floats:
    """Return 0.4–30 Hz of a signal at 100 samples per second, by MNE's filter as YASA calls it, shape (n,)."""
    from mne.filter import filter_data

    # The whole at once: what a filter without a constant term gives for the last sample, its ends reflected in it, is 0
    # but for rounding, whose sign YASA counts as a crossing of zero. One thread at a time, for MNE holds four copies.
    with _FILTERING:
        return np.asarray(filter_data(microvolts, RATE, *_BROAD_HZ, verbose="ERROR"))


def channel_features(kind: str, microvolts: Floats, step: int = EPOCH) -> dict[str, Floats]:
    """Return feature → its value in each whole epoch that begins every `step` samples, shape (epochs,).

    Parameters
    ----------
    kind : str
        ``eeg``, ``eog`` or ``emg``: which features there are, and the beginning of their names, which are YASA's.
    microvolts : ndarray, shape (n,)
        As `filtered` returns it.
    step : int
        Samples from one epoch's beginning to the next, a multiple of 250.
    """
    count = max(0, (microvolts.size - EPOCH) // step + 1)
    # Pieces of forty minutes: the steps between stay in the processor's cache, and a night's are never held.
    at_once = max(1, _PIECE // step)
    pieces = []
    for first in range(0, max(count, 1), at_once):
        last = min(count, first + at_once)
        piece = microvolts[first * step : max(last - 1, first) * step + EPOCH]
        pieces.append(_of_piece(kind, piece, np.arange(last - first) * step))
    return {f"{kind}_{name}": np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def _of_piece(kind: str, x: Floats, starts: Ints) -> dict[str, Floats]:
    """Return feature → its value in the epochs of a piece that begin at `starts`, shape (epochs,)."""
    with np.errstate(invalid="ignore", divide="ignore"):  # an epoch without a signal has no shape
        features = _moments(x, starts) | _shape(x, starts) | _powers(kind, x, starts)
        return features | {"higuchi": _higuchi(x, starts)}


def _sums(values: Floats, starts: Ints, without: int = 0) -> Floats:
    """Return the sum over each epoch, without its last values, shape (epochs,): of its blocks, so nothing cancels."""
    blocks = values[: values.size // _BLOCK * _BLOCK].reshape(-1, _BLOCK).sum(axis=1)
    sums = np.lib.stride_tricks.sliding_window_view(blocks, EPOCH // _BLOCK)[starts // _BLOCK].sum(axis=1)
    for last in range(1, without + 1):
        sums = sums - values[starts + EPOCH - last]
    return np.asarray(sums, dtype=np.float64)


def _in_blocks(count: int, of_block: Callable[[slice], Floats]) -> Floats:
    """Return what a function gives for some epochs at a time: all epochs at once would be the night six times."""
    return np.concatenate([of_block(slice(first, first + _AT_ONCE)) for first in range(0, max(count, 1), _AT_ONCE)])


def _moments(x: Floats, starts: Ints) -> dict[str, Floats]:
    """Return spread, distance of the quartiles, skewness and kurtosis."""
    windows = np.lib.stride_tricks.sliding_window_view(x, EPOCH)

    def quartiles(part: slice) -> Floats:
        # Ranks .25 and .75 of (n − 1): a quarter behind the 750th value, three quarters behind the 2250th.
        ranks = [749, 750, 2249, 2250]
        low, lower, upper, high = np.partition(windows[starts[part]], ranks, axis=1)[:, ranks].T
        return np.asarray(upper + 0.25 * (high - upper) - low - 0.75 * (lower - low))

    square = x * x
    mean, second = _sums(x, starts) / EPOCH, _sums(square, starts) / EPOCH
    third, fourth = _sums(square * x, starts) / EPOCH, _sums(square * square, starts) / EPOCH
    # m2 = E x² − μ², m3 = E x³ − 3 μ E x² + 2 μ³, m4 = E x⁴ − 4 μ E x³ + 6 μ² E x² − 3 μ⁴.
    # The mean of a filtered epoch is near 0, so that little is lost by subtraction.
    m2 = np.maximum(second - mean**2, 0)
    m3 = third - 3 * mean * second + 2 * mean**3
    m4 = fourth - 4 * mean * third + 6 * mean**2 * second - 3 * mean**4
    return {
        "std": np.sqrt(m2 * EPOCH / (EPOCH - 1)),
        "iqr": _in_blocks(starts.size, quartiles),
        "skew": m3 / m2**1.5,
        "kurt": m4 / m2**2 - 3,
    }


def _shape(x: Floats, starts: Ints) -> dict[str, Floats]:
    """Return crossings of zero, Hjorth's parameters (1970), permutation entropy, and Petrosian's dimension (1995)."""
    # Derivatives have as many values as the signal: the last, which no epoch has, are 0.
    first = np.append(np.diff(x), 0.0)
    second = np.append(np.diff(first[:-1]), [0.0, 0.0])
    variance = [
        np.maximum(_sums(d * d, starts, lost) / (EPOCH - lost) - (_sums(d, starts, lost) / (EPOCH - lost)) ** 2, 0)
        for lost, d in enumerate((x, first, second))
    ]
    mobility = np.sqrt(variance[1] / variance[0])
    crossings = _sums(np.append(np.diff(np.signbit(x)), False).astype(np.float32), starts, 1)
    turns = _sums(np.append(np.diff(np.signbit(first[:-1])), [False, False]).astype(np.float32), starts, 2)
    # Petrosian: log n / (log n + log(n / (n + 0.4 · sign changes of the derivative)))
    log_n = np.log10(EPOCH)
    return {
        "nzc": crossings,
        "hmob": mobility,
        "hcomp": np.sqrt(variance[2] / variance[1]) / mobility,
        "perm": _permutation_entropy(x, starts),
        "petrosian": log_n / (log_n + np.log10(EPOCH / (EPOCH + 0.4 * turns))),
    }


def _permutation_entropy(x: Floats, starts: Ints) -> Floats:
    """Return −Σ p log2 p / log2 6 over the six orders of three samples (Bandt & Pompe 2002), shape (epochs,).

    Of equal samples the earlier counts as the lower one.
    """
    order = np.full(x.size, -1, dtype=np.int8)
    order[:-2] = (x[:-2] <= x[1:-1]) + 2 * (x[1:-1] <= x[2:]) + 4 * (x[:-2] <= x[2:])
    counts = [_sums((order == code).astype(np.float32), starts, 2) for code in (0, 1, 2, 5, 6, 7)]
    share = np.array(counts) / (EPOCH - 2)  # (6, epochs)
    entropy = -np.where(share > 0, share * np.log2(np.maximum(share, 1e-300)), 0).sum(axis=0) / np.log2(6)
    return np.asarray(np.clip(entropy, 0, 1))


def _higuchi(x: Floats, starts: Ints) -> Floats:
    """Return the fractal dimension of Higuchi (1988), delays of 1 to 10 samples, shape (epochs,).

    L(k) = mean over m < k of (n − 1) / (k² N_m) · Σ_j |x[m + j k] − x[m + (j − 1) k]|, N_m = ⌊(n − 1 − m) / k⌋;
    the slope of log L(k) over log 1/k.
    """
    lengths = np.empty((_DELAYS, starts.size))
    for delay in range(1, _DELAYS + 1):
        # S[i] = |x[i] − x[i − k]| + S[i − k]: one running sum for each remainder of i by k, side by side in a table.
        distances = np.abs(x[delay:] - x[:-delay])
        table = np.zeros((-(-distances.size // delay) + 1, delay))
        table.ravel()[delay : delay + distances.size] = distances
        np.cumsum(table, axis=0, out=table)
        sums, phases = table.ravel(), np.arange(delay)
        steps = (EPOCH - 1 - phases) // delay  # (k,): N_m
        begins = starts[:, None] + phases  # (epochs, k)
        total = sums[begins + steps * delay] - sums[begins]
        # Behind a loud night the running sums have lost what a nearly flat epoch adds: there it is summed anew.
        for weak in np.flatnonzero((total < _LOST * sums[-1]).any(axis=1)).tolist():
            own = distances[starts[weak] : starts[weak] + EPOCH - delay]
            total[weak] = [own[phase::delay].sum() for phase in phases]
        lengths[delay - 1] = (total * (EPOCH - 1) / (delay**2 * steps)).mean(axis=1)
    scale = np.log(1 / np.arange(1, _DELAYS + 1))
    scale -= scale.mean()
    return np.asarray(scale @ np.log(lengths) / (scale @ scale))


def _powers(kind: str, x: Floats, starts: Ints) -> dict[str, Floats]:
    """Return relative power by band, ratios and the total power, from the median of an epoch's 11 spectra."""
    from scipy.integrate import simpson, trapezoid

    spectra, middle = _spectra(x), _SPECTRA // 2

    def median(part: slice) -> Floats:
        stack = spectra[starts[part, None] // _BLOCK + np.arange(_SPECTRA)]  # (epochs, 11, bins)
        return np.asarray(np.partition(stack, middle, axis=1)[:, middle])

    density = _in_blocks(starts.size, median)
    # The median of 11 exponential variables is 1 − 1/2 + 1/3 … + 1/11 of their mean.
    density /= 1 + sum(1 / (2 * i + 1) - 1 / (2 * i) for i in range(1, middle + 1))
    width = RATE / _WINDOW
    hertz = np.arange(density.shape[1]) * width

    def within(low: float, high: float) -> Floats:
        return density[:, (hertz >= low - 1e-9) & (hertz <= high + 1e-9)]

    features: dict[str, Floats] = {}
    if kind != "emg":
        total = simpson(within(*_BROAD_HZ), dx=width, axis=1)
        features |= {name: simpson(within(low, high), dx=width, axis=1) / total for name, low, high in BANDS_HZ}
    if kind == "eeg":
        delta = features["sdelta"] + features["fdelta"]
        features |= {name: delta / features[other] for name, other in _DELTA_OVER.items()}
        features["at"] = features["alpha"] / features["theta"]
    features["abspow"] = trapezoid(within(*_BROAD_HZ), dx=width, axis=1)
    return features


def _spectra(x: Floats) -> Floats:
    """Return the power density of windows of 5 s, half overlapping, up to 30 Hz, shape (windows, 151), µV²/Hz."""
    top = round(_BROAD_HZ[1] * _WINDOW / RATE) + 1
    taper = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)  # Hamming
    windows = np.lib.stride_tricks.sliding_window_view(x, _WINDOW)[::_BLOCK]

    def density(part: slice) -> Floats:
        block = windows[part]
        lines = np.fft.rfft((block - block.mean(axis=1, keepdims=True)) * taper, axis=1)[:, :top]
        return np.asarray(lines.real**2 + lines.imag**2)

    # One-sided: 2 |X|² / (fs · Σ taper²), but for 0 Hz, which has one side only.
    spectra = _in_blocks(len(windows), density) * (2 / (RATE * (taper**2).sum()))
    spectra[:, 0] /= 2
    return np.asarray(spectra)


def smoothed(values: Floats) -> tuple[Floats, Floats]:
    """Return the two running means that YASA adds, shape (epochs,): 7.5 min around each epoch, 2 min up to it.

    Values that are not numbers do not count.
    """
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    half = AROUND.size // 2
    around, weight = (np.convolve(part, AROUND)[half : half + values.size] for part in (filled, known))
    before, count = (np.convolve(part, BEFORE)[: values.size] for part in (filled, known))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(around / weight), np.asarray(before / count)


def normalised(values: Floats) -> Floats:
    """Return (x − median) / (range from 5 to 95 %), shape (n,); a range of 0 counts as 1."""
    low, median, high = np.nanquantile(values, [0.05, 0.5, 0.95])
    return np.asarray((values - median) / (float(high - low) or 1.0))
