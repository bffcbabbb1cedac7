"""The weights of the parts: from −log p to a log-likelihood ratio whose null is observed, never assumed.

`z` is the −log p of a pair under the background, part by part. The density of a pair that shares something is taken as
an exponential tilt of the background density:

    llr(z) = beta · z − A(beta),     A(beta) = log mean over background pairs of exp(beta · z)

so that the mean of ``exp(llr)`` over background pairs is exactly 1: an e-value under the observed null. Parts that
carry the same evidence are not counted twice, because A is the *joint* cumulant: two copies of a part raise A by more
than they add.
``beta`` maximises, over the pairs in the windows (past and future alike, so that swapping them changes nothing),

    sum of log(1 − pi + pi · exp(llr)) − (m / 2) · |beta − beta0|²,       beta >= 0,

by EM: a two-groups model (Efron 2008) with a ridge towards the default weights beta0, which count as much as m pairs.

Shapes: M background pairs, P pairs in the windows, J parts.
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
        Nats of evidence per nat of −log p of each part; below 1, from where on the mean would not exist.
    cumulant : float
        A(beta): what such agreement amounts to by chance.
    share : float
        Estimated share of window pairs that share something.
    """

    beta: Floats
    cumulant: float
    share: float

    def llr(self, z: Floats) -> Floats:
        """Return the log-likelihood ratio of pairs, (P, J) → (P,): beta · z − A(beta)."""
        return z @ self.beta - self.cumulant


def fit_weights(
    null: Floats, near: Floats, *, weight: Floats | None = None, beta0: float = BETA0, ridge: float = RIDGE_PAIRS
) -> EvidenceWeights:
    """Fit the weights on background pairs and on the pairs in the windows.

    Parameters
    ----------
    null : (M, J) floats
        −log p of background pairs.
    near : (P, J) floats
        The same of the pairs in all windows, past and future.
    weight : (M,) floats, optional
        How many background pairs each row of `null` stands for; one each by default.
    beta0, ridge : float
        Default weight, and how many pairs it counts as.
    """
    parts = near.shape[1] if near.size else null.shape[1]
    beta = np.full(parts, beta0)
    if not null.size or not near.size:
        return EvidenceWeights(beta=beta, cumulant=0.0, share=0.0)
    share = 0.02
    counts = np.ones(null.shape[0]) if weight is None else weight
    for _ in range(_STEPS):
        # A(beta), its gradient (J,) and Hessian (J, J): moments of the background tilted by beta
        cumulant, mean, covariance = _moments(null, counts, beta)
        # E step, (P,): probability that a pair shares something, pi · exp(llr) / (1 − pi + pi · exp(llr))
        odds = share * np.exp(np.minimum(near @ beta - cumulant, 50.0))
        member = odds / (1.0 - share + odds)
        total = member.sum()  # expected number of such pairs, n
        # M step, one damped Newton step: gradient (J,) = Σ r · z − n · A' − m (beta − beta0), Hessian = n · A'' + m · I
        gradient = member @ near - total * mean - ridge * (beta - beta0)
        hessian = total * covariance + ridge * np.eye(parts)
        beta = np.clip(beta + 0.7 * np.linalg.solve(hessian, gradient), 0.0, LARGEST_BETA)
        # pi = (n + 1) / (P + 50): a Beta(1, 49) prior keeps it from 0 and from all
        share = float(np.clip((total + 1.0) / (near.shape[0] + 50.0), 1e-4, 0.3))
    return EvidenceWeights(beta=beta, cumulant=_moments(null, counts, beta)[0], share=share)


def given_weights(null: Floats, beta: Floats, *, weight: Floats | None = None) -> EvidenceWeights:
    """Return weights from elsewhere (judges' labels) with their cumulant A, which is all that is fitted.

    Parameters
    ----------
    null : (M, J) floats
        −log p of background pairs.
    beta : (J,) floats
        Weights.
    weight : (M,) floats, optional
        How many background pairs each row stands for.
    """
    if not null.size:
        return EvidenceWeights(beta=beta, cumulant=0.0, share=0.0)
    counts = np.ones(null.shape[0]) if weight is None else weight
    return EvidenceWeights(beta=beta, cumulant=_moments(null, counts, beta)[0], share=0.0)


def _moments(null: Floats, counts: Floats, beta: Floats) -> tuple[float, Floats, Floats]:
    """Return A(beta), and mean (J,) and covariance (J, J) of the background pairs tilted by beta."""
    exponent = null @ beta  # (M,)
    top = float(exponent.max())  # taken out of the exponential, or it would overflow
    weight = counts * np.exp(exponent - top)  # (M,) c · exp(beta · z − top)
    total = float(weight.sum())
    weight /= total
    mean = weight @ null  # A' = Σ w z
    centred = null - mean
    # A = top + log(Σ c · exp(beta · z − top) / Σ c), A'' = Σ w (z − A')(z − A')ᵀ
    return top + float(np.log(total / counts.sum())), mean, (centred * weight[:, None]).T @ centred
