"""How reliabilities hang together: clues of one witness, and witnesses who may retell one story."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from karmalink.base.arrays import Floats

__all__ = ["ClueGroup", "DependentWitnesses", "clue_group_of", "shifted"]


@dataclass(frozen=True, slots=True, eq=False)
class ClueGroup:
    """Clues that share one reliability.

    Attributes
    ----------
    clues : tuple of int
        Rows of the layers.
    weights : ndarray, shape (J,)
        Prior probability of each state of the witness; they sum to 1.
    rho : ndarray, shape (J, number of clues)
        Reliability of each clue in each state.
    astray : float
        Probability that the whole account is of another spot: then nothing of it is right, and yet its statements fit
        each other, so that their agreement is no evidence.
    """

    clues: tuple[int, ...]
    weights: Floats
    rho: Floats
    shared_error: float = 0.0


@dataclass(frozen=True, slots=True)
class DependentWitnesses:
    """Blocks whose witnesses may retell one story.

    Attributes
    ----------
    blocks : tuple of int
        Which blocks.
    share : float
        Probability that they do: then their statements are right together, or are all of another spot.
    right : float
        Probability that the one story is right.
    clues : tuple of int
        The story's different statements: what two of them say alike counts once.
    """

    clue_groups: tuple[int, ...]
    share: float
    right: float
    clues: tuple[int, ...]


def clue_group_of(
    clues: tuple[int, ...], theta: Floats, weights: Floats, means: Floats, shared_error_share: float
) -> ClueGroup:
    """Return the block of one witness.

    Parameters
    ----------
    clues : tuple of int
        Rows of the layers.
    theta, weights : ndarray, shape (J,)
        States of the witness's reliability, see `seek.Witness.states`.
    means : ndarray, shape (k,)
        Prior mean reliability of each clue.
    shared_error_share : float
        How much of the witness's unreliability is that the whole account is of another spot. The mean reliability of
        every clue stays what it is: only how the errors of one witness hang together changes.
    """
    shared_error = shared_error_share * (1.0 - float(means.max())) if len(clues) > 1 else 0.0
    return ClueGroup(clues, weights, shifted(theta, weights, means / (1.0 - shared_error)), shared_error)


def shifted(theta: Floats, weights: Floats, means: Floats) -> Floats:
    """Return reliabilities of clues in each state of their witness, so that each clue's mean is what it should be.

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
    centre = float(theta @ weights)
    below = theta[:, None] * (means / centre) if centre > 0 else np.zeros((theta.size, means.size))
    above = 1.0 - (1.0 - theta[:, None]) * ((1.0 - means) / (1.0 - centre)) if centre < 1 else below
    # A mean of 1 gives 1 + 2·10^−16 by rounding, and a clue that is wrong with less than nothing.
    return np.clip(np.where(means <= centre, below, above), 0.0, 1.0)
