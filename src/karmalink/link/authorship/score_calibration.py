"""From scores to calibrated probabilities: temperature, a uniform share, and what a second account really adds.

All three are fitted where truth is known and later than what was learnt from (a person's last accounts), because a hand
drifts: chances fitted on shuffled accounts are too sure of the next year's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from karmalink.base.arrays import Floats, Ints

__all__ = ["ScoreCalibration", "calibration_error", "fit_pooling", "fit_score_calibration", "pool", "share_out"]

_BINS = 15
_HOTTEST, _COLDEST = -3.0, 5.0
_SHARES = (0.0, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08)
_EXPONENTS = np.linspace(0.1, 1.0, 19)
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class ScoreCalibration:
    """How scores become probabilities: ``(1 - u) · softmax(b · score) + u / n_lives``, u the uniform share.

    Attributes
    ----------
    inverse_temperature : float
        Inverse temperature b (Guo et al. 2017, "On calibration of modern neural networks").
    uniform_share : float
        Share spread evenly over the authors: an account that resembles nothing learnt is not certain of anything.
    pooling_exponent : float
        Exponent of the product over accounts of one person, 0 … 1: what they share is not counted twice.
    n_accounts : int
        Held-out accounts it was fitted on.
    """

    inverse_temperature: float
    uniform_share: float
    pooling_exponent: float
    n_accounts: int

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return asdict(self)


def share_out(scores: Floats, inverse_temperature: float, uniform_share: float) -> Floats:
    """Return chances, shape (n, k), rows summing to 1."""
    scaled = scores * inverse_temperature
    odds = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    chances: Floats = (1.0 - uniform_share) * odds / odds.sum(axis=1, keepdims=True) + uniform_share / scores.shape[1]
    return chances


def fit_score_calibration(scores: Floats, truth: Ints, weights: Floats | None = None) -> tuple[float, float]:
    """Return the inverse temperature and the uniform share with the smallest mean log loss on held-out accounts.

    Parameters
    ----------
    scores : (n, k) floats
        Scores of held-out accounts.
    truth : (n,) ints
        Column of the true life.
    weights : (n,) floats, optional
        Weight of each account.

    Returns
    -------
    tuple of float
        Inverse temperature and uniform share (:class:`ScoreCalibration`).
    """
    from scipy.optimize import minimize_scalar

    weight = np.ones(truth.size) if weights is None else weights
    row = np.arange(truth.size)

    def loss(inverse_temperature: float, uniform_share: float) -> float:
        chance = share_out(scores, inverse_temperature, uniform_share)[row, truth]
        return float(-np.average(np.log(chance + _TINY), weights=weight))

    fitted = []
    for uniform_share in _SHARES:
        found = minimize_scalar(
            lambda log, u=uniform_share: loss(float(np.exp(log)), u), bounds=(_HOTTEST, _COLDEST), method="bounded"
        )
        fitted.append((float(found.fun), float(np.exp(found.x)), uniform_share))
    _, inverse_temperature, uniform_share = min(fitted)
    return inverse_temperature, uniform_share


def pool(chances: Floats, exponent: float) -> Floats:
    """Return the chances of one uniform_share person from the chances of each of their accounts, shape (k,).

    The product of the rows, each raised to `exponent`: with 1 the accounts count as independent, with 1/n as one.
    """
    total = exponent * np.log(chances + _TINY).sum(axis=0)
    odds = np.exp(total - total.max())
    found: Floats = odds / odds.sum()
    return found


def fit_pooling(groups: Sequence[Floats], truth: Sequence[int]) -> float:
    """Return the exponent under which pooled chances of held-out groups are least surprised by the truth.

    Parameters
    ----------
    groups : sequence of (n_i, k) floats
        Chances of the accounts of one person each.
    truth : sequence of int
        Column of each group's person.
    """
    if not groups:
        return float(_EXPONENTS[0])
    losses = [
        -np.mean([np.log(pool(group, exponent)[own] + _TINY) for group, own in zip(groups, truth, strict=True)])
        for exponent in _EXPONENTS
    ]
    return float(_EXPONENTS[int(np.argmin(losses))])


def calibration_error(chances: Floats, truth: Ints, *, bins: int = _BINS) -> float:
    """Return the expected calibration error of the best guess: 15 bins of equal width (Guo et al. 2017, eq. 3).

    Parameters
    ----------
    chances : (n, k) floats
        Rows summing to 1.
    truth : (n,) ints
        True columns.
    bins : int
        Number of bins.
    """
    sure = chances.max(axis=1)
    right = chances.argmax(axis=1) == truth
    place = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = np.bincount(place, weights=sure - right, minlength=bins)
    return float(np.abs(gaps).sum() / max(1, truth.size))
