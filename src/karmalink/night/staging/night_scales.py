"""Scales of a whole night, for recordings that are shorter.

Stagers compare every epoch with the rest of its night. Half an hour, mostly of one stage, has no such rest:
its own spread becomes the yardstick, and quiet wake is scored as sleep. Night scales move that yardstick towards the
one of a whole night.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.night.staging.epoch_features import normalised, smoothed

__all__ = [
    "NIGHT_SCALES",
    "OF_GAIN",
    "QUIET",
    "SCALE_EPOCHS",
    "SPREAD_OF_HALF_AN_HOUR",
    "TYPICAL_UV",
    "gain_free",
    "measured_scales",
    "normalised_partly",
    "scale_weight",
]

SCALE_EPOCHS = 20.0
"""The night scales count as much as this many epochs: a quarter in half an hour, 2 % in eight hours."""

SPREAD_OF_HALF_AN_HOUR = 0.71
"""Standard deviation of half an hour over that of its night: median of 128 half hours of eight simulated nights."""

TYPICAL_UV: Mapping[str, float] = MappingProxyType({"eeg": 11.75, "eog": 10.52, "emg": 1.85})
"""Standard deviation of an epoch, in µV, that a fifth of a night stays below: of simulated nights 1001 and 1002.

A low quantile hangs less on how much of a recording is deep sleep than the median does.
"""
QUIET = 0.2
OF_GAIN = MappingProxyType({"std": 1, "iqr": 1, "abspow": 2})

SUFFIXES = ("_c7min_norm", "_p2min_norm")

# Feature → median and range (5 to 95 %) of its centred mean over 7.5 min, then of its mean over the past 2 min.
# Medians over eight nights of `simulate_night(8.0, seed=1000 … 1007)`, EEG C4-M1, EOG E1-M2, chin, in YASA's units:
# generated, so no person's data are in it. `measured_scales` gives the same table for nights of your own.
NIGHT_SCALES: Mapping[str, tuple[float, float, float, float]] = MappingProxyType(
    {
        "eeg_abspow": (239.7, 1395, 237.7, 1452),
        "eeg_alpha": (0.0173, 0.209, 0.01618, 0.2768),
        "eeg_at": (0.2421, 1.883, 0.2352, 2.166),
        "eeg_beta": (0.008307, 0.04754, 0.007977, 0.05941),
        "eeg_db": (117.4, 972.8, 117.7, 1038),
        "eeg_ds": (125.4, 959, 122.5, 1051),
        "eeg_dt": (13.63, 106.3, 13.34, 110.9),
        "eeg_fdelta": (0.3451, 0.1409, 0.3442, 0.185),
        "eeg_hcomp": (4.697, 4.972, 4.67, 5.726),
        "eeg_higuchi": (1.389, 0.3976, 1.385, 0.5018),
        "eeg_hmob": (0.1943, 0.2904, 0.1934, 0.36),
        "eeg_iqr": (23.2, 43.31, 23.17, 45.87),
        "eeg_kurt": (0.5421, 2.165, 0.2356, 3.172),
        "eeg_nzc": (182.4, 283.6, 180.4, 387.1),
        "eeg_perm": (0.8483, 0.09737, 0.8482, 0.1057),
        "eeg_petrosian": (1.015, 0.004869, 1.015, 0.00533),
        "eeg_sdelta": (0.53, 0.2899, 0.5295, 0.3899),
        "eeg_sigma": (0.008497, 0.02341, 0.008166, 0.02562),
        "eeg_skew": (-0.05285, 0.2891, -0.041, 0.4634),
        "eeg_std": (17.96, 31.87, 17.86, 33.8),
        "eeg_theta": (0.07298, 0.1686, 0.07168, 0.1877),
        "emg_abspow": (11.4, 60.22, 10.54, 73.91),
        "emg_hcomp": (1.128, 0.1681, 1.125, 0.1479),
        "emg_higuchi": (2.014, 0.01795, 2.014, 0.02352),
        "emg_hmob": (1.253, 0.08455, 1.256, 0.1188),
        "emg_iqr": (4.702, 8.411, 4.608, 10.67),
        "emg_kurt": (0.589, 14.19, 0.2392, 16.61),
        "emg_nzc": (1298, 40.34, 1298, 56.53),
        "emg_perm": (0.9669, 0.002268, 0.9669, 0.003811),
        "emg_petrosian": (1.023, 0.0002508, 1.023, 0.000427),
        "emg_skew": (-0.0017, 0.32, -0.0009427, 0.481),
        "emg_std": (3.595, 7.763, 3.493, 9.453),
        "eog_abspow": (112.6, 578.6, 109.4, 610.2),
        "eog_alpha": (0.01627, 0.1425, 0.0158, 0.1812),
        "eog_beta": (0.008387, 0.02589, 0.00813, 0.02952),
        "eog_fdelta": (0.3445, 0.1962, 0.3448, 0.2602),
        "eog_hcomp": (5.173, 3.826, 5.163, 4.443),
        "eog_higuchi": (1.377, 0.3608, 1.375, 0.4286),
        "eog_hmob": (0.1813, 0.1575, 0.18, 0.1727),
        "eog_iqr": (15.84, 26.25, 15.6, 27.81),
        "eog_kurt": (0.5627, 8.238, 0.4083, 9.667),
        "eog_nzc": (175.3, 191.6, 174.5, 243.1),
        "eog_perm": (0.8524, 0.09, 0.8524, 0.09792),
        "eog_petrosian": (1.015, 0.00453, 1.015, 0.004942),
        "eog_sdelta": (0.5499, 0.2004, 0.5442, 0.2647),
        "eog_sigma": (0.007412, 0.01328, 0.00726, 0.01459),
        "eog_skew": (-0.0332, 0.8121, -0.03017, 1.215),
        "eog_std": (12.98, 17.23, 12.38, 18.41),
        "eog_theta": (0.0668, 0.1396, 0.06589, 0.151),
    }
)


def scale_weight(n_epochs: int, scale_epochs: float = SCALE_EPOCHS) -> float:
    """Return the weight of the night scales, 0 to 1: scale_epochs / (n_epochs + scale_epochs), epochs of 30 s."""
    return scale_epochs / (n_epochs + scale_epochs)


def normalised_partly(
    name: str,
    values: Floats,
    number: int,
    weight: float,
    scales: Mapping[str, tuple[float, float, float, float]] = NIGHT_SCALES,
) -> Floats:
    """Return the running mean of a feature, normalised partly by a whole night's scales, shape (n,).

    YASA normalises by (x − median) / (range from 5 to 95 %) of the recording itself. Here median and range are weighted
    means of the recording's own and a whole night's.

    Parameters
    ----------
    name : str
        The feature; one that `scales` does not have is normalised by itself.
    values : ndarray, shape (n,)
        Its running mean.
    number : int
        Which of `SUFFIXES`.
    weight : float
        Weight of the night's scales, as `scale_weight` gives it.
    scales : mapping
        As `NIGHT_SCALES`.
    """
    if name not in scales:
        return normalised(values)
    low, middle, high = np.nanquantile(values, [0.05, 0.5, 0.95])
    night_median, night_range = scales[name][2 * number : 2 * number + 2]
    # m = (1 − w) · own median + w · night's median; r = (1 − w) · own range + w · night's range
    median = (1 - weight) * middle + weight * night_median
    spread = (1 - weight) * (high - low) + weight * night_range
    return np.asarray((values - median) / spread)


def gain_free(features: Mapping[str, Floats], kinds: Sequence[str]) -> dict[str, Floats]:
    """Return the features as they would be if each channel had the amplitude of `TYPICAL_UV`.

    A signal that is g times as large has g times the spread and g² times the power; nothing else depends on the gain.

    Parameters
    ----------
    features : mapping of str to ndarray, shape (epochs,)
        As `channel_features` gives them.
    kinds : sequence of str
        The kinds of channel among them.
    """
    scaled = dict(features)
    for kind in kinds:
        amplitude = float(np.nanquantile(features[f"{kind}_std"], QUIET))
        gain = TYPICAL_UV[kind] / amplitude if np.isfinite(amplitude) and amplitude > 0 else 1.0
        for name, power in OF_GAIN.items():
            scaled[f"{kind}_{name}"] = features[f"{kind}_{name}"] * gain**power
    return scaled


def measured_scales(nights: Sequence[Mapping[str, Floats]]) -> dict[str, tuple[float, float, float, float]]:
    """Return the table of `NIGHT_SCALES` for whole nights of your own: median over nights of each median and range.

    Parameters
    ----------
    nights : sequence of mapping of str to ndarray, shape (epochs,)
        YASA's features of each night, as `channel_features` or ``yasa.SleepStaging.get_features`` give them.
    """
    names = [name for name in nights[0] if not name.endswith("_norm") and not name.startswith("time_")]
    scales = {}
    for name in names:
        rows = []
        for night in nights:
            quantiles = [np.nanquantile(mean, [0.05, 0.5, 0.95]) for mean in smoothed(np.asarray(night[name], float))]
            # Median and range of the first running mean, then of the second.
            rows.append([value for low, middle, high in quantiles for value in (middle, high - low)])
        a, b, c, d = np.median(np.array(rows), axis=0)  # (nights, 4) → (4,)
        scales[name] = (float(a), float(b), float(c), float(d))
    return scales
