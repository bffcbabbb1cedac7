"""YASA (Vallat & Walker 2021, eLife 10:e70092): gradient boosting on one EEG, one EOG and one EMG, ~3,000 nights."""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import run_edges
from karmalink.night.recordings.montage import Montage
from karmalink.night.recordings.recording import Recording
from karmalink.night.staging.night_scales import with_night_scales

__all__ = ["Yasa", "fill_gaps", "import_antropy_cached"]

_RATE = 100.0
_SLOWEST = 80.0
_SHORT_GAP_S = 1.0
_COLUMNS = ("WAKE", "N1", "N2", "N3", "REM")


@dataclass(frozen=True, slots=True)
class Yasa:
    """YASA's default classifiers, from its wheel; `scale_epochs` above 0 adds the scales of a whole night."""

    name: str = "yasa"
    shortest_s: float = 300.0
    scale_epochs: float = 0.0

    def version(self) -> str:
        """Return the version of YASA that is installed."""
        return importlib.metadata.version("yasa")

    def probabilities(
        self, recording: Recording, montage: Montage, progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float64]:
        """Return shape (epochs, 5), columns W N1 N2 N3 R."""
        report = progress or (lambda done, total: None)
        report(0, 4)
        with warnings.catch_warnings():
            # Flat epochs, pickles of an older scikit-learn: the doctor reports what matters.
            warnings.simplefilter("ignore")
            import_antropy_cached()
            import mne
            import yasa

            report(1, 4)
            names = montage.names
            signals, rate = _at_one_rate(recording, names)
            raw = mne.io.RawArray(
                np.array(signals), mne.create_info(list(names), rate, list(montage.by_kind)), verbose="ERROR"
            )
            staging = yasa.SleepStaging(
                raw, eeg_name=montage.eeg, eog_name=montage.eog or None, emg_name=montage.emg or None
            )
            report(2, 4)
            staging.fit()
            report(3, 4)
            if self.scale_epochs > 0:
                # YASA has no public way to replace its features; `predict` reads them here.
                staging._features = with_night_scales(staging.get_features(), scale_epochs=self.scale_epochs)
            table = staging.predict().proba
        report(4, 4)
        return np.asarray(table[list(_COLUMNS)], dtype=np.float64)


def import_antropy_cached() -> None:
    """Import antropy so that its compiled functions are cached on disk.

    antropy, which YASA calls, compiles its functions at every import: 9 s of the 10 s that a short recording takes.
    With a cache numba compiles them once per machine.
    """
    import numba

    original = numba.jit
    numba.jit = lambda *args, **options: original(*args, **{"cache": True, **options})
    try:
        importlib.import_module("antropy")
    except RuntimeError:
        # numba finds no folder to write to: antropy is imported without a cache.
        for name in [name for name in sys.modules if name.partition(".")[0] == "antropy"]:
            del sys.modules[name]
    finally:
        numba.jit = original


def _at_one_rate(recording: Recording, names: tuple[str, ...]) -> tuple[list[NDArray[np.float64]], float]:
    """Return the signals without gaps at one rate: their own where they share one that YASA accepts, else 100 Hz.

    YASA would resample a faster rate to 100 Hz itself, but all channels at once, next to the originals and by Fourier
    transforms: 8 h of three channels at 256 Hz took 1.4 GB.
    """
    rates = {recording.channel(name).sfreq for name in names}
    if len(rates) == 1 and _SLOWEST < max(rates) <= _RATE:
        rate = rates.pop()
        return [fill_gaps(recording.signal(name), rate) for name in names], rate
    size = int(recording.duration_s * _RATE)
    return [_at_100_hz(recording, name, size) for name in names], _RATE


def _at_100_hz(recording: Recording, name: str, size: int) -> NDArray[np.float64]:
    """Return one channel at 100 Hz; a faster one by a polyphase filter: a Fourier transform of 8 h takes .7 GB."""
    import mne
    from scipy.signal import resample_poly

    sfreq = recording.channel(name).sfreq
    samples = fill_gaps(recording.signal(name), sfreq)
    if sfreq > _RATE:
        ratio = Fraction(_RATE / sfreq).limit_denominator(1000)
        resampled = resample_poly(samples, ratio.numerator, ratio.denominator)
    else:
        resampled = mne.filter.resample(samples, up=_RATE, down=sfreq, verbose="ERROR")
    return np.pad(resampled, (0, max(0, size - resampled.size)), mode="edge")[:size]


def fill_gaps(samples: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
    """Return the samples with every gap filled, so that filters do not ring and scales of the night do not change.

    Gaps of up to a second are bridged by a straight line. Longer ones repeat, backwards, the signal before them (at the
    beginning, the signal after them): zeros would count as the flattest sleep of the night in every normalised feature.
    Filled samples are never scored: `stage` marks their epochs unscored.

    Parameters
    ----------
    samples : ndarray, shape (n,)
        NaN in gaps.
    rate : float
        Samples per second.
    """
    present = np.isfinite(samples)
    if present.all():
        return samples
    if not present.any():
        return np.zeros_like(samples)
    filled = samples.copy()
    for first, stop in run_edges(~present):
        if stop - first <= _SHORT_GAP_S * rate and first > 0 and stop < samples.size:
            filled[first:stop] = np.linspace(filled[first - 1], samples[stop], stop - first + 2)[1:-1]
            continue
        source = filled[:first][::-1] if first > 0 else samples[present]
        filled[first:stop] = np.resize(source, stop - first)
    return filled
