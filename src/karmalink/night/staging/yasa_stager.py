"""YASA (Vallat & Walker 2021, eLife 10:e70092): gradient boosting on one EEG, one EOG and one EMG, ~3,000 nights.

Its classifiers come from its wheel, its features from `epoch_features`. As it comes, YASA judges the epochs that begin
with the first sample, in the amplifier's own scale: of one night, begun a few seconds later or amplified twice as much,
4 to 12 % of the stages change. The steady stager judges epochs that begin every five seconds, at a scale without the
gain, and averages on the clock; how far the shifted epochs differ is told for each epoch.
"""

from __future__ import annotations

import importlib.metadata
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats, release_memory
from karmalink.night.recordings.montage import Montage
from karmalink.night.recordings.recording import Recording
from karmalink.night.recordings.resampled import fill_gaps
from karmalink.night.staging.boosted_trees import yasa_classifier
from karmalink.night.staging.epoch_features import EPOCH, RATE, channel_features, filtered, normalised, smoothed
from karmalink.night.staging.night_scales import SUFFIXES, gain_free, normalised_partly, scale_weight

__all__ = ["BALANCE", "StagerAnswer", "Yasa", "averaged"]

_SHIFT = 500
"""Samples from one shifted epoch to the next: 5 s."""
_SHIFTS = EPOCH // _SHIFT
BALANCE = (0.92, 1.09, 1.11, 0.6, 1.0)
"""W N1 N2 N3 R: a shifted epoch that holds two stages looks like the one with the larger waves, and N3 would grow.

Set on four simulated nights so that the shares of stages are those of one cut. On half hours that an expert scored κ is
.518 and, pooled, .574 (without .520 and .572), the area under the risk–coverage curve .140 (without .134): there, with
the night scales, they are left out.
"""


@dataclass(frozen=True, slots=True)
class StagerAnswer:
    """What a stager says of whole epochs, and how far it moves when the epochs are shifted.

    Attributes
    ----------
    probabilities : ndarray, shape (epochs, 5)
        Columns W N1 N2 N3 R.
    movement : ndarray, shape (epochs,)
        0 to 1: share of the shifted epochs that get another stage.
    """

    probabilities: Floats
    movement: Floats


@dataclass(frozen=True, slots=True)
class Yasa:
    """YASA's default classifiers.

    Attributes
    ----------
    name : str
        Its key in `STAGERS`.
    scale_epochs : float
        Above 0, the scales of a whole night count as much as so many epochs.
    steady : bool
        Whether epochs are shifted and averaged, and the gain is taken out.
    balance : tuple of float, optional
        What the probabilities of W N1 N2 N3 R are multiplied with before they are averaged (see `BALANCE`).
    """

    name: str = "yasa"
    shortest_s: float = 300.0
    scale_epochs: float = 0.0
    steady: bool = False
    balance: tuple[float, ...] | None = None

    def version(self) -> str:
        """Return the version of YASA that is installed."""
        return importlib.metadata.version("yasa")

    def probabilities(
        self, recording: Recording, montage: Montage, progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float64]:
        """Return shape (epochs, 5), columns W N1 N2 N3 R."""
        return self.answer(recording, montage, progress).probabilities

    def answer(
        self, recording: Recording, montage: Montage, progress: Callable[[int, int], None] | None = None
    ) -> StagerAnswer:
        """Return the probabilities of whole epochs, and how far they move when the epochs are shifted."""
        report = progress or (lambda done, total: None)
        kinds = tuple(montage.by_kind)
        report(0, len(kinds) + 1)
        size = int(recording.duration_s * RATE)
        step = _SHIFT if self.steady else EPOCH

        def features_of(kind: str, name: str) -> Mapping[str, Floats]:
            return channel_features(kind, self._filtered(recording, name, size), step)

        features: dict[str, Floats] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MNE on signals shorter than its filter
            with ThreadPoolExecutor(2) as pool:
                jobs = [pool.submit(features_of, kind, name) for kind, name in zip(kinds, montage.names, strict=True)]
                for done, job in enumerate(jobs, start=1):
                    features |= job.result()
                    report(done, len(kinds) + 1)
        release_memory()
        table = self._table(features, kinds)
        report(len(kinds) + 1, len(kinds) + 1)
        if self.balance is not None:
            # p[e, s] = w[s] p[e, s] / Σ_r w[r] p[e, r]
            table = table * np.array(self.balance)
            table /= table.sum(axis=1, keepdims=True)
        shifts = _SHIFTS if self.steady else 1
        return averaged(table, shifts, size // EPOCH)

    def _filtered(self, recording: Recording, name: str, size: int) -> Floats:
        """Return a channel as its features are computed from, µV, shape (size,)."""
        microvolts = _at_100_hz(recording, name, size)
        microvolts *= 1e6
        if self.steady:  # YASA's filter lets a two-hundredth of an offset through
            microvolts -= np.median(microvolts)
        return filtered(microvolts)

    def _table(self, features: dict[str, Floats], kinds: tuple[str, ...]) -> Floats:
        """Return what the classifier says of each shifted epoch, shape (shifted epochs, 5)."""
        shifts = _SHIFTS if self.steady else 1
        if self.steady:
            features = gain_free(features, kinds)
        size = next(iter(features.values())).size
        count = -(-size // shifts)
        weight = scale_weight(count, self.scale_epochs) if self.scale_epochs > 0 else 0.0
        columns = dict(features)
        for name, values in features.items():
            # Each series of epochs, 30 s apart, is smoothed by itself; all of them give the scale.
            means: Floats = np.empty((len(SUFFIXES), size))
            for first in range(shifts):
                means[:, first::shifts] = np.array(smoothed(values[first::shifts]))
            for number, suffix in enumerate(SUFFIXES):
                mean = means[number]
                scaled = normalised_partly(name, mean, number, weight) if weight else normalised(mean)
                columns[f"{name}{suffix}"] = scaled
        seconds = np.arange(size) * (EPOCH / shifts / RATE)
        columns["time_hour"] = np.asarray(seconds / 3600)
        # YASA counts from 0 to 1 over the epochs of a recording.
        columns["time_norm"] = np.asarray(seconds / max((count - 1) * EPOCH / RATE, 1.0))
        model = yasa_classifier(kinds)
        rows = np.column_stack([columns[name] for name in model.features]).astype(np.float32)
        return model.probabilities(rows)


def averaged(table: Floats, shifts: int, count: int) -> StagerAnswer:
    """Return the mean over the shifted epochs of which each epoch has at least two thirds.

    Those that share less with it pull it towards its neighbours: single epochs of N1 would be lost.

    Parameters
    ----------
    table : ndarray, shape (n, 5)
        Probabilities of epochs that begin every 30 / `shifts` seconds.
    shifts, count : int
        How many begin within 30 s, and how many epochs there are.
    """
    reach = np.arange(-(shifts // 3), shifts // 3 + 1)
    places = np.arange(count)[:, None] * shifts + reach  # (count, shifted epochs)
    known = (places >= 0) & (places < len(table))
    of_each = table[np.where(known, places, 0)]  # (count, shifted epochs, 5)
    weight = known / known.sum(axis=1, keepdims=True)
    # p[e] = Σ_j w[e, j] p[j], Σ_j w[e, j] = 1
    mean = (weight[:, :, None] * of_each).sum(axis=1)
    moved = of_each.argmax(axis=2) != mean.argmax(axis=1)[:, None]
    return StagerAnswer(mean, (weight * moved).sum(axis=1))


def _at_100_hz(recording: Recording, name: str, size: int) -> NDArray[np.float64]:
    """Return one channel at 100 Hz, the caller's own; a faster one by a polyphase filter, which needs less memory."""
    sfreq = recording.channel(name).sfreq
    samples = fill_gaps(recording.signal(name), sfreq)
    if sfreq == RATE:
        resampled = samples
    elif sfreq > RATE:
        from scipy.signal import resample_poly

        ratio = Fraction(RATE / sfreq).limit_denominator(1000)
        resampled = resample_poly(samples, ratio.numerator, ratio.denominator)
    else:
        from mne.filter import resample

        resampled = resample(samples, up=RATE, down=sfreq, verbose="ERROR")
    if resampled.size < size:
        resampled = np.pad(resampled, (0, size - resampled.size), mode="edge")
    return np.asarray(resampled[:size])
