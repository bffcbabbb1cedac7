"""How far a stager's probabilities may be believed: its own, held against the look of the rest of the night.

Two steps. *Look-alikes*: a stager that judges each epoch nearly on its own is most often wrong where epochs that look
alike get different stages; the confidence in a stage is therefore the mean of the stager's own and of how probable the
stage is among the epochs with the same spectrum. *Temperature* (Guo et al. 2017, ICML 70:1321): one number per stager
that makes a confidence of 0.8 right in four of five.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.errors import InputError
from karmalink.night.hypnograms.stages import STAGES, UNSCORED
from karmalink.night.recordings.recording import Recording
from karmalink.night.staging.yasa_stager import filled

__all__ = [
    "CALIBRATIONS",
    "ConfidenceCalibration",
    "calibration_error",
    "fit_temperature",
    "likenesses",
    "lookalikes",
    "tempered",
]


_EPOCH_S = 30.0
_WELCH_S = 5.0
_BANDS_HZ = ((0.4, 1), (1, 4), (4, 8), (8, 12), (12, 16), (16, 30))
_LEAST = 1e-6
_HOTTEST = 8.0


@dataclass(frozen=True, slots=True)
class ConfidenceCalibration:
    """How to turn a stager's probabilities into confidence.

    Attributes
    ----------
    temperature : float
        Above 1 the stager was too sure of itself.
    width : float or None
        How unlike in spectrum an epoch may be and still count, in spreads of the night; None leaves look-alikes out.
    """

    temperature: float = 1.0
    width: float | None = None


CALIBRATIONS: Mapping[str, ConfidenceCalibration] = MappingProxyType(
    {
        "yasa": ConfidenceCalibration(0.45, 0.5),
        "yasa-night-scales": ConfidenceCalibration(0.8, 0.5),
        "gssc": ConfidenceCalibration(1.4),
        "gssc-night-scales": ConfidenceCalibration(1.4),
    }
)
"""Stager → calibration.

Temperatures are fitted to five half hours of the DREAMS database with an expert's stages; the evaluation prints what
they are worth on the half hour left out. Whole nights are easier than such pieces: for ``yasa`` it is the mean (of
logarithms) of what the half hours ask for, 0.76, and what three simulated nights ask for, 0.26. GSSC weighs an epoch
against the rest of the night itself; look-alikes made its confidence worse (area under the risk–coverage curve .085 to
.116).
"""


def tempered(table: Floats, temperature: float) -> Floats:
    """Return probabilities at another temperature: each to the power 1/T, rows summing to 1; NaN rows stay.

    Raises
    ------
    InputError
        The temperature is not above 0.
    """
    if not temperature > 0:
        raise InputError(f"a temperature of {temperature}", rule="temperatures are above 0")
    raised = np.maximum(table, _LEAST) ** (1 / temperature)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def fit_temperature(tables: Sequence[Floats], truths: Sequence[NDArray[np.int8]]) -> float:
    """Return the temperature that makes the true stages likeliest, between 1/8 and 8.

    Parameters
    ----------
    tables : sequence of ndarray, shape (epochs, 5)
        Probabilities, one table per recording.
    truths : sequence of ndarray of int8, shape (epochs,)
        Stage codes of an expert; what either left unscored does not count.

    Raises
    ------
    InputError
        Shapes that do not belong together, or no epoch that both have scored.
    """
    from scipy.optimize import minimize_scalar

    table, truth = _both(np.concatenate(tables), np.concatenate(truths))
    places = np.arange(len(truth))

    def surprise(log_temperature: float) -> float:
        return float(-np.mean(np.log(tempered(table, float(np.exp(log_temperature)))[places, truth])))

    bound = float(np.log(_HOTTEST))
    return float(np.exp(minimize_scalar(surprise, bounds=(-bound, bound), method="bounded").x))


def calibration_error(stages: NDArray[np.int8], confidence: Floats, truth: NDArray[np.int8], bins: int = 10) -> float:
    """Return the expected calibration error (Guo et al. 2017): mean distance of confidence and accuracy, equal bins."""
    known = (stages != UNSCORED) & (truth != UNSCORED) & np.isfinite(confidence)
    sure, right = confidence[known], (stages == truth)[known]
    places = np.minimum((sure * bins).astype(int), bins - 1)
    groups = [places == one for one in set(places.tolist())]
    return float(sum(abs(sure[group].sum() - right[group].sum()) for group in groups) / max(1, sure.size))


def lookalikes(table: Floats, likeness: Floats) -> Floats:
    """Return, for each epoch, the mean of its own probabilities and of those of the epochs that look like it.

    Half and half: by its look alone, no epoch of a rare stage would be believed, since N1 looks like N2 and N2 is ten
    times as frequent.

    Parameters
    ----------
    table : ndarray, shape (epochs, 5)
        Probabilities; NaN rows where unscored, which neither give nor take.
    likeness : ndarray, shape (epochs, epochs)
        As `likenesses` gives it.
    """
    scored = np.isfinite(table[:, 0])
    weights = likeness[np.ix_(scored, scored)]
    out = np.full_like(table, np.nan)
    out[scored] = (table[scored] + weights @ table[scored] / weights.sum(axis=1, keepdims=True)) / 2
    return out


def likenesses(recording: Recording, names: Sequence[str], width: float) -> Floats:
    """Return how alike epochs look, 0 to 1, shape (epochs, epochs): a Gaussian kernel over their spectra.

    The spectrum of an epoch is the logarithm of its power in six bands, of its whole power and of its mobility (Hjorth
    1970), each in spreads of the night, so that neither a gain nor an amplifier counts. Distances are means over the
    channels.

    Parameters
    ----------
    recording : Recording
        As the doctor corrected it.
    names : sequence of str
        EEG channels to compare by.
    width : float
        Standard deviation of the kernel, in spreads of the night.
    """
    distances = [_distances(_spectra(recording, name)) for name in names]
    return np.asarray(np.exp(-np.mean(distances, axis=0) / (2 * width**2)))


def _spectra(recording: Recording, name: str) -> Floats:
    """Return the look of each epoch begun, shape (epochs, 8), centred and in spreads of the recording."""
    from scipy.signal import butter, sosfiltfilt, welch

    rate = recording.channel(name).sfreq
    count = int(np.ceil(recording.duration_s / _EPOCH_S - 1e-9))
    size = round(_EPOCH_S * rate)
    signal = filled(recording.signal(name), rate)
    band = (_BANDS_HZ[0][0], min(_BANDS_HZ[-1][1], 0.48 * rate))
    signal = sosfiltfilt(butter(2, band, "bandpass", fs=rate, output="sos"), signal)
    signal = np.pad(signal, (0, max(0, count * size - signal.size)), mode="reflect")[: count * size]
    epochs = signal.reshape(count, size)
    freqs, power = welch(epochs, rate, nperseg=round(_WELCH_S * rate), window="hamming", average="median")
    whole = power[:, (freqs >= band[0]) & (freqs <= band[1])].sum(axis=1, keepdims=True) + np.finfo(float).tiny
    shares = np.array([power[:, (freqs >= low) & (freqs < high)].sum(axis=1) for low, high in _BANDS_HZ]).T / whole
    mobility = np.diff(epochs, axis=1).std(axis=1) / np.maximum(epochs.std(axis=1), np.finfo(float).tiny) * rate
    table = np.column_stack([np.log(shares + _LEAST), np.log(whole), np.log(mobility + _LEAST)])
    low, middle, high = np.quantile(table, [0.16, 0.5, 0.84], axis=0)
    return np.asarray((table - middle) / np.maximum((high - low) / 2, _LEAST))


def _distances(table: Floats) -> Floats:
    """Return mean squared differences between rows, shape (n, n)."""
    squares = (table**2).sum(axis=1)
    return np.asarray(np.maximum(squares[:, None] + squares[None] - 2 * table @ table.T, 0) / table.shape[1])


def _both(table: Floats, truth: NDArray[Any]) -> tuple[Floats, NDArray[Any]]:
    """Return the rows that both have scored."""
    if table.shape != (truth.size, len(STAGES)):
        raise InputError(f"probabilities of shape {table.shape} for {truth.size} stages", rule="one row per epoch")
    known = (truth != UNSCORED) & np.isfinite(table[:, 0])
    if not known.any():
        raise InputError("no epoch is scored by both", rule="a calibration learns from epochs that an expert scored")
    return table[known], truth[known].astype(int)
