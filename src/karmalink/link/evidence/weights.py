"""From surprise to a log-likelihood ratio whose null is observed, never assumed.

`z` is the surprise of a pair, part by part: -log of the share of far pairs that agree as much. The density of a pair
that shares something is taken as an exponential tilt of the density of far pairs:

    llr(z) = beta · z - A(beta),     A(beta) = log mean over far pairs of exp(beta · z)

so that the mean of ``exp(llr)`` over far pairs is exactly 1: an e-value under the observed null. Parts that say the
same thing are not counted twice, because A is the *joint* cumulant: two copies of a part raise A by more than they add.
``beta`` maximises, over the pairs in the windows (past and future alike, so that swapping them changes nothing),

    sum of log(1 - pi + pi · exp(llr)) - (m / 2) · |beta - beta0|²,       beta >= 0,

by EM: a two-groups model (Efron 2008) with a ridge towards the default weights beta0, worth m pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from karmalink.base.arrays import Floats

__all__ = ["BETA0", "LARGEST_BETA", "RIDGE_PAIRS", "EvidenceWeights", "fit_weights", "given_weights"]

BETA0 = 0.6
RIDGE_PAIRS = 20.0
_STEPS = 10
LARGEST_BETA = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceWeights:
    """Weights of the parts.

    Attributes
    ----------
    beta : (J,) floats
        Nats of evidence per nat of surprise of each part; below 1, where the mean would not exist.
    cumulant : float
        A(beta): what the parts are worth by accident.
    share : float
        Estimated share of window pairs that share something.
    """

    beta: Floats
    cumulant: float
    share: float

    def llr(self, z: Floats) -> Floats:
        """Return the log-likelihood ratio of pairs, (P, J) -> (P,)."""
        return z @ self.beta - self.cumulant


def fit_weights(
    null: Floats, near: Floats, *, weight: Floats | None = None, beta0: float = BETA0, ridge: float = RIDGE_PAIRS
) -> EvidenceWeights:
    """Fit the weights on far and window pairs.

    Parameters
    ----------
    null : (M, J) floats
        Surprise of far pairs.
    near : (P, J) floats
        The same of the pairs in all windows, past and future.
    weight : (M,) floats, optional
        How many far pairs each row of `null` stands for; one each by default.
    beta0, ridge : float
        Default weight, and how many pairs it is worth.
    """
    parts = near.shape[1] if near.size else null.shape[1]
    beta = np.full(parts, beta0)
    if not null.size or not near.size:
        return EvidenceWeights(beta=beta, cumulant=0.0, share=0.0)
    share = 0.02
    counts = np.ones(null.shape[0]) if weight is None else weight
    for _ in range(_STEPS):
        cumulant, mean, covariance = _moments(null, counts, beta)
        odds = share * np.exp(np.minimum(near @ beta - cumulant, 50.0))
        member = odds / (1.0 - share + odds)
        total = member.sum()
        gradient = member @ near - total * mean - ridge * (beta - beta0)
        hessian = total * covariance + ridge * np.eye(parts)
        beta = np.clip(beta + 0.7 * np.linalg.solve(hessian, gradient), 0.0, LARGEST_BETA)
        share = float(np.clip((total + 1.0) / (near.shape[0] + 50.0), 1e-4, 0.3))
    return EvidenceWeights(beta=beta, cumulant=_moments(null, counts, beta)[0], share=share)


def given_weights(null: Floats, beta: Floats, *, weight: Floats | None = None) -> EvidenceWeights:
    """Return the tilt of weights from elsewhere (judges' labels): only their worth by accident is fitted.

    Parameters
    ----------
    null : (M, J) floats
        Surprise of far pairs.
    beta : (J,) floats
        Weights.
    weight : (M,) floats, optional
        How many far pairs each row stands for.
    """
    if not null.size:
        return EvidenceWeights(beta=beta, cumulant=0.0, share=0.0)
    counts = np.ones(null.shape[0]) if weight is None else weight
    return EvidenceWeights(beta=beta, cumulant=_moments(null, counts, beta)[0], share=0.0)


def _moments(null: Floats, counts: Floats, beta: Floats) -> tuple[float, Floats, Floats]:
    """Return A(beta), and mean and covariance of the far pairs tilted by beta."""
    exponent = null @ beta
    top = float(exponent.max())
    weight = counts * np.exp(exponent - top)
    total = float(weight.sum())
    weight /= total
    mean = weight @ null
    centred = null - mean
    return top + float(np.log(total / counts.sum())), mean, (centred * weight[:, None]).T @ centred
