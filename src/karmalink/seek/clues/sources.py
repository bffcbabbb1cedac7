"""How the reliabilities of clues depend on each other: clues of one witness, and witnesses who talked to each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from karmalink.base.arrays import Floats

__all__ = ["ClueGroup", "DependentWitnesses", "clue_group_of", "shifted"]


@dataclass(frozen=True, slots=True, eq=False)
class ClueGroup:
    """The clues of one witness: they share one reliability.

    Attributes
    ----------
    clues : tuple of int
        Rows of the layers.
    weights : ndarray, shape (J,)
        Prior probability of each state of the witness; they sum to 1.
    rho : ndarray, shape (J, number of clues)
        Reliability of each clue in each state.
    shared_error : float
        Probability that the whole account is about another spot: then none of it is right, and yet its statements fit
        each other, so that their agreement is no evidence.
    """

    clues: tuple[int, ...]
    weights: Floats
    rho: Floats
    shared_error: float = 0.0

    @property
    def expected_share(self) -> float:
        """Expected share of the witness's clues that is right, (1 − shared error) · mean of Σ_j w_j ρ_jk."""
        return (1.0 - self.shared_error) * float(np.mean(self.weights @ self.rho))


@dataclass(frozen=True, slots=True)
class DependentWitnesses:
    """Witnesses who talked to each other, and may all repeat one account.

    Attributes
    ----------
    clue_groups : tuple of int
        Numbers of their clue groups.
    share : float
        Probability that they repeat one account: then their statements are all right, or all about another spot.
    right : float
        Probability that this one account is right.
    clues : tuple of int
        The account's different statements (rows of the layers): what two of them say alike counts once.
    """

    clue_groups: tuple[int, ...]
    share: float
    right: float
    clues: tuple[int, ...]


def clue_group_of(
    clues: tuple[int, ...], theta: Floats, weights: Floats, means: Floats, shared_error_share: float
) -> ClueGroup:
    """Return the clue group of one witness.

    Parameters
    ----------
    clues : tuple of int
        Rows of the layers.
    theta, weights : ndarray, shape (J,)
        States of the witness's reliability, see :meth:`~karmalink.seek.Witness.states`.
    means : ndarray, shape (k,)
        Prior mean reliability of each clue.
    shared_error_share : float
        How much of the witness's unreliability is that the whole account is about another spot. The mean reliability of
        every clue stays the same: only how the errors of one witness depend on each other changes.
    """
    shared_error = shared_error_share * (1.0 - float(means.max())) if len(clues) > 1 else 0.0
    return ClueGroup(clues, weights, shifted(theta, weights, means / (1.0 - shared_error)), shared_error)


def shifted(theta: Floats, weights: Floats, means: Floats) -> Floats:
    """Return the reliability of each clue in each state of its witness, so that each clue has its own prior mean.

    Linear in the witness's reliability, so that the sum over states stays exact.

    Parameters
    ----------
    theta, weights : ndarray, shape (J,)
        The witness's states.
    means : ndarray, shape (k,)
        Prior mean of each clue.

    Returns
    -------
    ndarray, shape (J, k)
    """
    # θ̄ = Σ_j w_j θ_j, the witness's mean reliability
    centre = float(theta @ weights)
    # (J, k): a clue below the mean is θ_j·m_k/θ̄, one above it 1 − (1 − θ_j)·(1 − m_k)/(1 − θ̄); Σ_j w_j of each is m_k
    below = theta[:, None] * (means / centre) if centre > 0 else np.zeros((theta.size, means.size))
    above = 1.0 - (1.0 - theta[:, None]) * ((1.0 - means) / (1.0 - centre)) if centre < 1 else below
    # A mean of 1 gives 1 + 2·10^−16 by rounding, and a negative probability that the clue is wrong.
    return np.clip(np.where(means <= centre, below, above), 0.0, 1.0)
