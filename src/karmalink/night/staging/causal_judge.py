"""From the features of an epoch and of those before it to a stage: YASA's classifiers, scaled by the past only.

YASA compares an epoch with its whole night, and with the minutes behind it. Here the night so far and the scales of
simulated whole nights stand in for the first, and the mean over the minutes before for the second. What can follow
the stages so far is left to the classifier: a forward filter of a hidden Markov model made simulated nights worse.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.night.staging.boosted_trees import yasa_classifier
from karmalink.night.staging.causal_features import SHIFTS, feature_names
from karmalink.night.staging.epoch_features import AROUND, BEFORE
from karmalink.night.staging.night_scales import NIGHT_SCALES, OF_GAIN, QUIET, SUFFIXES, TYPICAL_UV

__all__ = ["CausalJudge", "CausalSettings"]

_EPOCH_S = 30.0
_SHIFT_S = 5.0
_AROUND_PAST = AROUND[: AROUND.size // 2 + 1]
"""Weights of the epochs up to this one in YASA's mean over 7.5 min around it; those behind it are not known."""
_QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True)
class CausalSettings:
    """How the causal stager weighs what it knows.

    Attributes
    ----------
    prior_epochs : float
        The scales of whole nights count as much as this many epochs of the night so far.
    gain_epochs : float
        The same for the typical amplitude of each kind of channel.
    night_s : float
        How long a night is taken to be while it lasts: YASA counts from 0 to 1 over it.
    """

    prior_epochs: float = 60.0
    gain_epochs: float = 120.0
    night_s: float = 8 * 3600.0


@dataclass(slots=True)
class CausalJudge:
    """Judges one epoch after the other; what it says of an epoch never changes.

    Attributes
    ----------
    kinds : tuple of str
        The kinds of channel: ``eeg``, then ``eog`` and ``emg`` where they are there.
    settings : CausalSettings
        How it weighs what it knows.
    """

    kinds: tuple[str, ...]
    settings: CausalSettings = field(default_factory=CausalSettings)
    _rows: list[Floats] = field(default_factory=list, repr=False)
    _ordered: Floats | None = field(default=None, repr=False)
    _count: int = 0

    def judge(self, features: Mapping[str, Floats], lost: Sequence[str] = ()) -> Floats:
        """Return the probabilities of the next epoch, shape (5,), columns W N1 N2 N3 R; NaN where it has no EEG.

        Parameters
        ----------
        features : mapping of str to ndarray, shape (SHIFTS, features)
            Kind → features of the epochs that end 10 s ago, 5 s ago and now.
        lost : sequence of str
            The kinds of which too much of the epoch is missing.
        """
        row, means, ordered = self._extended(features, lost)
        answer = self._answer(row, means, ordered, lost)
        self._rows = [*self._rows[-(_AROUND_PAST.size - 2) :], row]
        self._ordered = ordered
        self._count += 1
        return answer

    def ask(self, features: Mapping[str, Floats], lost: Sequence[str] = ()) -> Floats:
        """Return what `judge` would, and remember nothing of it: for the thirty seconds that are not over yet."""
        row, means, ordered = self._extended(features, lost)
        return self._answer(row, means, ordered, lost)

    def _extended(self, features: Mapping[str, Floats], lost: Sequence[str]) -> tuple[Floats, Floats, Floats]:
        """Return the features, their two running means, and the newest of these among those before, in order.

        Shapes (SHIFTS, F), (SHIFTS, 2, F) and (epochs, 2, F).
        """
        row = np.concatenate(
            [features[kind] if kind not in lost else np.full_like(features[kind], np.nan) for kind in self.kinds],
            axis=1,
        )
        row = np.where(np.isfinite(row), row, np.nan)
        if self._count == 0:
            row[:-1] = np.nan  # they begin before the recording does
        past = np.stack([*self._rows[-(_AROUND_PAST.size - 1) :], row])  # (epochs, SHIFTS, F)
        means = np.stack([_weighted(past, _AROUND_PAST), _weighted(past, BEFORE)], axis=1)
        return row, means, _inserted(self._ordered, means[-1])

    def _answer(self, row: Floats, means: Floats, ordered: Floats, lost: Sequence[str]) -> Floats:
        if "eeg" in lost:
            return np.full(5, np.nan)
        kinds = tuple(kind for kind in self.kinds if kind not in lost)
        model, names = yasa_classifier(kinds), _names(self.kinds)
        gains, quantiles = self._gains(), _quantiles(ordered)
        known = np.isfinite(ordered[:, 0]).sum(axis=0)
        columns = dict(zip(names, (row * gains).T, strict=True))
        for number, suffix in enumerate(SUFFIXES):
            scaled = self._normalised(means[:, number] * gains, quantiles[:, number] * gains, known, number)
            columns |= {f"{name}{suffix}": values for name, values in zip(names, scaled.T, strict=True)}
        seconds = self._count * _EPOCH_S + _SHIFT_S * np.arange(1 - SHIFTS, 1)
        columns["time_hour"] = np.maximum(seconds, 0) / 3600
        columns["time_norm"] = np.maximum(seconds, 0) / max(self.settings.night_s, seconds[-1])
        begun = SHIFTS if self._count else 1
        table = np.column_stack([columns[name] for name in model.features])[-begun:].astype(np.float32)
        return np.asarray(model.probabilities(table).mean(axis=0))

    def _gains(self) -> Floats:
        """Return what each feature is multiplied by so that the amplitude is a typical one, shape (F,)."""
        names = _names(self.kinds)
        gains = np.ones(len(names))
        if self._ordered is None:
            return gains
        weight = self._count / (self._count + self.settings.gain_epochs)
        for kind in self.kinds:
            spread = self._ordered[:, 1, names.index(f"{kind}_std")]
            spread = spread[np.isfinite(spread)]
            amplitude = float(spread[int(QUIET * (spread.size - 1))]) if spread.size else 0.0
            if amplitude <= 0:
                continue
            gain = (TYPICAL_UV[kind] / amplitude) ** weight
            for name, power in OF_GAIN.items():
                gains[names.index(f"{kind}_{name}")] = gain**power
        return gains

    def _normalised(self, now: Floats, own: Floats, known: Ints, number: int) -> Floats:
        """Return (mean − median) / range, the median and range partly of this night so far, shape (SHIFTS, F)."""
        scales = _night_scales(self.kinds)[:, 2 * number : 2 * number + 2]
        low, middle, high = own
        weight = self.settings.prior_epochs / (known + self.settings.prior_epochs)
        # m = (1 − w) · own median + w · night's median; r = (1 − w) · own range + w · night's range
        median = (1 - weight) * middle + weight * scales[:, 0]
        spread = (1 - weight) * (high - low) + weight * scales[:, 1]
        return np.asarray((now - median) / spread)


@functools.cache
def _night_scales(kinds: tuple[str, ...]) -> Floats:
    return np.array([NIGHT_SCALES[name] for name in _names(kinds)])  # (F, 4)


@functools.cache
def _names(kinds: tuple[str, ...]) -> list[str]:
    return [name for kind in kinds for name in feature_names(kind)]


def _weighted(past: Floats, weights: Floats) -> Floats:
    """Return the mean over the last epochs, without values that are not numbers, shape (SHIFTS, F)."""
    part = past[-weights.size :]
    weight = weights[-len(part) :, None, None] * np.isfinite(part)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((weight * np.nan_to_num(part)).sum(axis=0) / weight.sum(axis=0))


def _inserted(ordered: Floats | None, row: Floats) -> Floats:
    """Return the columns of `ordered`, ascending, with one value more each, shape (n + 1, 2, F); NaN stands last."""
    if ordered is None:
        return row[None]
    place = (ordered <= row).sum(axis=0)  # NaN is below nothing, and nothing is below NaN …
    place = np.where(np.isnan(row), len(ordered), place)  # … so that it goes behind all
    at = np.arange(len(ordered) + 1)[:, None, None]
    padded = np.concatenate([ordered, row[None]])
    moved = np.concatenate([row[None], ordered])
    return np.where(at < place, padded, np.where(at == place, row, moved))


def _quantiles(ordered: Floats) -> Floats:
    """Return the 5, 50 and 95 % of columns in order, without values that are not numbers, shape (3, 2, F); else 0."""
    known = np.isfinite(ordered).sum(axis=0)
    place = np.array(_QUANTILES)[:, None, None] * np.maximum(known - 1, 0)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, np.maximum(known - 1, 0))
    below, above = (np.take_along_axis(ordered, one, axis=0) for one in (low, high))
    return np.asarray(np.nan_to_num(below + (place - low) * (above - below)))
