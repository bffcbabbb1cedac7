"""Calibrated confidence: a stager's probabilities, averaged over similar epochs and scaled by a temperature.

Two steps. *Similar epochs*: a stager that judges each epoch nearly on its own is most often wrong where epochs with
similar spectra get different stages; the confidence in a stage is therefore the mean of the stager's own probability
and of the mean probability of the stage among the epochs with similar spectra. *Temperature scaling* (Guo et al. 2017,
ICML 70:1321): one number per stager, after which a confidence of 0.8 is right four times out of five.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats, in_pieces
from karmalink.errors import InputError
from karmalink.night.hypnograms.stages import STAGES, UNSCORED
from karmalink.night.recordings.recording import Recording
from karmalink.night.recordings.resampled import fill_gaps

__all__ = [
    "CALIBRATIONS",
    "ConfidenceCalibration",
    "average_similar",
    "calibration_error",
    "doubt_movement",
    "fit_temperature",
    "scale_temperature",
    "spectral_similarity",
]


_EPOCH_S = 30.0
_WELCH_S = 5.0
_BANDS_HZ = ((0.4, 1), (1, 4), (4, 8), (8, 12), (12, 16), (16, 30))
_LEAST = 1e-6
# Epochs of which spectra are computed at once.
_AT_ONCE = 64
_MAX_TEMPERATURE = 8.0
MOVEMENT_DOUBT = 0.5
"""How much of an epoch's probability is given up where all shifted epochs get another stage."""


@dataclass(frozen=True, slots=True)
class ConfidenceCalibration:
    """How to turn a stager's probabilities into confidence.

    Attributes
    ----------
    temperature : float
        Above 1 where the stager is overconfident.
    width : float or None
        Width of the kernel over spectra, in units of the night's spread; None leaves similar epochs out.
    """

    temperature: float = 1.0
    width: float | None = None


CALIBRATIONS: Mapping[str, ConfidenceCalibration] = MappingProxyType(
    {
        "yasa": ConfidenceCalibration(0.45, 0.5),
        "yasa-night-scales": ConfidenceCalibration(0.8, 0.5),
        "yasa-steady": ConfidenceCalibration(0.5, 0.5),
        "yasa-steady-night-scales": ConfidenceCalibration(0.75, 0.5),
        "gssc": ConfidenceCalibration(1.4),
        "gssc-night-scales": ConfidenceCalibration(1.4),
    }
)
"""Stager → calibration.

Temperatures are fitted to five half hours of the DREAMS database with an expert's stages; the evaluation prints their
effect on the half hour left out. Whole nights are easier than such pieces: for ``yasa`` it is the mean (of logarithms)
of the best temperature on the half hours, 0.76, and on three simulated nights, 0.26; for ``yasa-steady`` of 0.76 and
0.31. GSSC compares an epoch with the rest of the night itself; similar epochs made its confidence worse (area under the
risk–coverage curve .085 to .116).
"""


def scale_temperature(table: Floats, temperature: float) -> Floats:
    """Return probabilities at another temperature: p^(1/T) / Σ p^(1/T) in each row; NaN rows stay NaN.

    Raises
    ------
    InputError
        The temperature is not above 0.
    """
    if not temperature > 0:
        raise InputError(f"the temperature must be above 0, got {temperature:g}")
    raised = np.maximum(table, _LEAST) ** (1 / temperature)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def fit_temperature(tables: Sequence[Floats], truths: Sequence[NDArray[np.int8]]) -> float:
    """Return the temperature between 1/8 and 8 with the highest likelihood of the true stages.

    Parameters
    ----------
    tables : sequence of ndarray, shape (epochs, 5)
        Probabilities, one table per recording.
    truths : sequence of ndarray of int8, shape (epochs,)
        Stage codes of an expert; epochs that either left unscored do not count.

    Raises
    ------
    InputError
        Shapes that do not match, or no epoch that both have scored.
    """
    from scipy.optimize import minimize_scalar

    table, truth = _scored_by_both(np.concatenate(tables), np.concatenate(truths))
    epochs = np.arange(len(truth))

    def negative_log_likelihood(log_temperature: float) -> float:
        # −mean over e of log p_T[e, true stage of e]; over log T, since 2 and 1/2 are equally far from 1
        scaled = scale_temperature(table, float(np.exp(log_temperature)))
        return float(-np.mean(np.log(scaled[epochs, truth])))

    bound = float(np.log(_MAX_TEMPERATURE))
    return float(np.exp(minimize_scalar(negative_log_likelihood, bounds=(-bound, bound), method="bounded").x))


def calibration_error(stages: NDArray[np.int8], confidence: Floats, truth: NDArray[np.int8], bins: int = 10) -> float:
    r"""Return the expected calibration error (Guo et al. 2017) over bins of equal width.

    Σ_b (n_b / n) · abs(mean confidence in bin b − accuracy in bin b).
    """
    known = (stages != UNSCORED) & (truth != UNSCORED) & np.isfinite(confidence)
    confidence, right = confidence[known], (stages == truth)[known]
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)  # (n,)
    # n_b · |mean confidence − accuracy| = |Σ confidence − Σ right| within the bin
    excess = np.bincount(bin_of, confidence, bins) - np.bincount(bin_of, right, bins)
    return float(np.abs(excess).sum() / max(1, confidence.size))


def average_similar(table: Floats, similarity: Floats) -> Floats:
    """Return, for each epoch, the mean of its own probabilities and of the mean probabilities of similar epochs.

    Half and half: by similar epochs alone the confidence in a rare stage would be near 0, since N1 resembles N2 and N2
    is ten times as frequent.

    Parameters
    ----------
    table : ndarray, shape (epochs, 5)
        Probabilities; NaN rows where unscored, which count for no other epoch and stay NaN.
    similarity : ndarray, shape (epochs, epochs)
        As `spectral_similarity` gives it.
    """
    scored = np.isfinite(table[:, 0])
    weights = similarity[np.ix_(scored, scored)]  # (scored, scored)
    out = np.full_like(table, np.nan)
    # q[e] = (p[e] + Σ_f w[e, f] p[f] / Σ_f w[e, f]) / 2, shape (scored, 5)
    out[scored] = (table[scored] + weights @ table[scored] / weights.sum(axis=1, keepdims=True)) / 2
    return out


def doubt_movement(table: Floats, movement: Floats) -> Floats:
    """Return the probabilities with the doubt that the stage moves when the night is cut a few seconds later.

    Parameters
    ----------
    table : ndarray, shape (epochs, 5)
        Probabilities.
    movement : ndarray, shape (epochs,)
        As `Hypnogram.movement`.
    """
    share = MOVEMENT_DOUBT * movement[:, None]  # (epochs, 1)
    # q[e] = (1 − d m[e]) p[e] + d m[e] / 5
    return np.asarray((1 - share) * table + share / len(STAGES))


def spectral_similarity(recording: Recording, names: Sequence[str], width: float) -> Floats:
    """Return the similarity of epochs, 0 to 1, shape (epochs, epochs): a Gaussian kernel over spectral features.

    The features of an epoch are the logarithms of its relative power in six bands, of its total power and of its
    mobility (Hjorth 1970), each centred and scaled by the spread of the night, so that the amplifier's gain does not
    matter. Distances are means over the channels.

    Parameters
    ----------
    recording : Recording
        As the doctor corrected it.
    names : sequence of str
        EEG channels to compare.
    width : float
        Standard deviation of the kernel, in units of the night's spread.
    """
    distances = [_squared_distances(_spectral_features(recording, name)) for name in names]
    # w[e, f] = exp(−mean squared distance[e, f] / (2 width²))
    return np.asarray(np.exp(-np.mean(distances, axis=0) / (2 * width**2)))


def _spectral_features(recording: Recording, name: str) -> Floats:
    """Return the features of each epoch begun, shape (epochs, 8), centred and scaled by their spread over the night."""
    from scipy.signal import butter, sosfiltfilt

    rate = recording.channel(name).sfreq
    count = int(np.ceil(recording.duration_s / _EPOCH_S - 1e-9))
    size = round(_EPOCH_S * rate)
    signal = fill_gaps(recording.signal(name), rate)
    band = (_BANDS_HZ[0][0], min(_BANDS_HZ[-1][1], 0.48 * rate))
    sections = butter(2, band, "bandpass", fs=rate, output="sos")
    signal = in_pieces(signal, _AT_ONCE * size, 2 * size, lambda piece: sosfiltfilt(sections, piece))
    if signal.size < count * size:
        signal = np.pad(signal, (0, count * size - signal.size), mode="reflect")
    epochs = signal[: count * size].reshape(count, size)
    table = np.concatenate([_log_spectra(epochs[at : at + _AT_ONCE], rate, band) for at in range(0, count, _AT_ONCE)])
    # Half the range from 16 to 84 % is one standard deviation of a normal distribution; outliers hardly move it.
    low, middle, high = np.quantile(table, [0.16, 0.5, 0.84], axis=0)
    return np.asarray((table - middle) / np.maximum((high - low) / 2, _LEAST))


def _log_spectra(epochs: Floats, rate: float, band: tuple[float, float]) -> Floats:
    """Return the logarithms of relative powers, total power and mobility of some epochs, shape (epochs, 8)."""
    from scipy.signal import welch

    # Median Welch spectrum of windows of 5 s, shape (epochs, frequencies).
    freqs, power = welch(epochs, rate, nperseg=round(_WELCH_S * rate), window="hamming", average="median")
    total = power[:, (freqs >= band[0]) & (freqs <= band[1])].sum(axis=1, keepdims=True) + np.finfo(float).tiny
    # Relative power of each band, shape (epochs, 6).
    relative = np.array([power[:, (freqs >= low) & (freqs < high)].sum(axis=1) for low, high in _BANDS_HZ]).T / total
    # Mobility (Hjorth 1970): sd(dx/dt) / sd(x), shape (epochs,).
    mobility = np.diff(epochs, axis=1).std(axis=1) / np.maximum(epochs.std(axis=1), np.finfo(float).tiny) * rate
    return np.column_stack([np.log(relative + _LEAST), np.log(total), np.log(mobility + _LEAST)])


def _squared_distances(table: Floats) -> Floats:
    """Return the mean squared difference of each pair of rows, shape (n, n)."""
    squares = (table**2).sum(axis=1)
    # Σ_k (a_k − b_k)² = Σ a² + Σ b² − 2 a·b; rounding may make it slightly negative
    return np.asarray(np.maximum(squares[:, None] + squares[None] - 2 * table @ table.T, 0) / table.shape[1])


def _scored_by_both(table: Floats, truth: NDArray[Any]) -> tuple[Floats, NDArray[Any]]:
    """Return the rows that both the stager and the expert have scored."""
    if table.shape != (truth.size, len(STAGES)):
        raise InputError(f"probabilities of shape {table.shape} for {truth.size} stages", rule="one row per epoch")
    known = (truth != UNSCORED) & np.isfinite(table[:, 0])
    if not known.any():
        raise InputError("no epoch is scored by both", rule="a calibration is fitted to epochs that an expert scored")
    return table[known], truth[known].astype(int)
