"""The exact reliability mixture: what is believed of every cell after all right/wrong patterns are counted.

Clue k gives the cells a density L_k. With reliability ρ_k it is right; when it is wrong it says nothing, and every cell
gets u_k, its mean. Summed over all 2^K patterns the posterior factorises::

    posterior(x) ∝ prior(x) · Π_k [ρ_k L_k(x) + (1 − ρ_k) u_k]

Clues of one witness share that witness's reliability: a :class:`Block` has a few states, and its factor is the sum
over them. One of the states may be "astray": the account is of another spot y, drawn from the whole area, which gives
every cell the mean over y of what the account would be worth if y were right. Witnesses who talked to each other may
retell one story (:class:`Story`), right or astray as a whole. "Outside the map" is one more cell, in which no clue can
be right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karmalink.errors import CannotAnswer, InputError
from karmalink.seek.sources import Block, Story, block_of
from karmalink.seek.wording import percent

__all__ = ["Mixture", "mix", "mixture"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """What is believed after the clues.

    Attributes
    ----------
    posterior : ndarray, shape (n,)
        Probability of each cell; with `outside` they sum to 1.
    outside : float
        Probability that it lies in none of the cells.
    clue_reliability : ndarray, shape (K,)
        Posterior probability that each clue is right; NaN for rows that are in no block.
    block_reliability : ndarray, shape (B,)
        Share of each block's clues that is expected to be right.
    log_evidence : float
        Natural logarithm of the factor by which the clues fit better than clues that say nothing.
    """

    posterior: Floats
    outside: float
    clue_reliability: Floats
    block_reliability: Floats
    log_evidence: float

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers but for the map."""
        known = np.where(np.isnan(self.clue_reliability), 0.0, self.clue_reliability)
        return {
            "outside": self.outside,
            "clue_reliability": known.tolist(),
            "block_reliability": self.block_reliability.tolist(),
            "log_evidence": self.log_evidence,
        }

    def __repr__(self) -> str:
        """Tell the doubt."""
        return f"Mixture({self.posterior.size} cells, {percent(self.outside)} outside)"


def mixture(
    layers: NDArray[np.floating[Any]],
    rho: ArrayLike,
    groups: ArrayLike | None = None,
    prior: ArrayLike | None = None,
    *,
    outside: float = 0.0,
    strength: float = np.inf,
    astray: float = 0.0,
) -> Mixture:
    """Mix clue layers on plain arrays: what a simulation calls a thousand times.

    Parameters
    ----------
    layers : ndarray, shape (K, n)
        One density per clue; only the proportions within a row count.
    rho : array_like, shape (K,)
        Prior reliability of each clue.
    groups : array_like of int, shape (K,), optional
        Which witness each clue is from; without it every clue stands alone.
    prior : array_like, shape (n,), optional
        Belief before the clues; without it every cell alike.
    outside : float
        Belief before the clues that it lies in none of the cells.
    strength : float
        How many checked statements the reliability of a witness is worth (:class:`~karmalink.seek.Witness`);
        ``inf``: each rho is known exactly, and the grouping changes nothing.
    astray : float
        Share of a witness's unreliability that is about the whole account, see :func:`~karmalink.seek.locate`.

    Raises
    ------
    InputError
        Shapes that do not fit, NaN, or probabilities out of range.
    CannotAnswer
        If the clues leave no cell at all.
    """
    from karmalink.seek.witnesses import Witness

    rates = np.asarray(rho, dtype=np.float64)
    if rates.shape != layers.shape[:1] or not ((rates >= 0) & (rates <= 1)).all():
        raise InputError(f"reliabilities of shape {rates.shape}", rule="one per clue", allowed="0 to 1")
    names = np.arange(rates.size) if groups is None else np.asarray(groups)
    blocks = []
    for name in np.unique(names):
        clues = np.flatnonzero(names == name)
        if np.isinf(strength):
            theta, weights = np.array([rates[clues].mean()]), np.ones(1)
        else:
            witness = Witness(str(name), reliability=float(rates[clues].mean()), strength=strength)
            theta, weights = witness.states(clues.size)
        blocks.append(block_of(tuple(clues.tolist()), theta, weights, rates[clues], astray))
    return mix(layers, blocks, prior=prior, outside=outside)


def mix(
    layers: NDArray[np.floating[Any]],
    blocks: Sequence[Block],
    stories: Sequence[Story] = (),
    *,
    prior: ArrayLike | None = None,
    outside: float = 0.0,
) -> Mixture:
    """Mix clue layers with shared reliabilities.

    Parameters
    ----------
    layers : ndarray, shape (K, n)
        One density per clue.
    blocks : sequence of Block
        Who shares a reliability; a row in no block says nothing.
    stories : sequence of Story
        Blocks that may retell one story; every block in at most one.
    prior, outside
        See :func:`mixture`.

    Raises
    ------
    InputError, CannotAnswer
        See :func:`mixture`.
    """
    belief = _checked_prior(prior, layers.shape[1], outside)
    parts = []
    scale = 0.0
    for story in _complete(blocks, stories):
        part = _part(layers, blocks, story)
        parts.append(part)
        belief *= part.factor
        # The largest belief stays 1, so that 50 clues that agree on one of 10^7 cells do not leave a double's range.
        top = float(belief.max())
        if top <= 0.0:
            raise CannotAnswer(
                "the clues contradict each other and leave no place",
                rule="a clue that is certainly right must leave the others some ground",
                next_step="give no clue a reliability of 1, or leave room for 'outside the map'",
            )
        belief /= top
        scale += part.log_scale + float(np.log(top))
    total = float(belief.sum())
    belief /= total
    clue, shared = _reliabilities(layers, blocks, parts, belief)
    return Mixture(belief[:-1], float(belief[-1]), clue, shared, scale + float(np.log(total)))


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A component of the product: one block, or the blocks of one story. The last "cell" is outside the map.

    `states` holds per block the factor of each state, `alone` and `right` the shares of the factor that belong to "not
    retold" and to "retold, and right".
    """

    story: Story
    factor: Floats
    log_scale: float
    states: tuple[Floats, ...]
    alone: Floats
    right: Floats


def _part(layers: NDArray[np.floating[Any]], blocks: Sequence[Block], story: Story) -> _Part:
    states, apart, scale = [], np.ones(layers.shape[1] + 1), 0.0
    for number in story.blocks:
        found, found_scale = _states(layers, blocks[number])
        states.append(found)
        apart *= found.sum(axis=0)
        scale += found_scale
    one, none = np.ones_like(apart), np.zeros_like(apart)
    if story.share <= 0.0:
        return _Part(story, apart, scale, tuple(states), one, none)
    told, told_scale = np.ones_like(apart), 0.0
    for k in story.clues:
        told *= _relative(layers[k], k)
        top = float(told.max())
        told /= top
        told_scale += float(np.log(top))
    # Three ways it may have been, on one common scale: not retold, retold and right, retold and of another spot.
    common = max(scale, told_scale)
    apart *= (1.0 - story.share) * np.exp(scale - common)
    told *= story.share * np.exp(told_scale - common)
    astray = (1.0 - story.right) * float(told[:-1].mean())
    told *= story.right
    factor = apart + told + astray
    return _Part(story, factor, common, tuple(states), _ratio(apart, factor), _ratio(told, factor))


def _states(layers: NDArray[np.floating[Any]], block: Block) -> tuple[Floats, float]:
    """Return weight × product of factors for every state of a block, shape (J, n + 1), and the log of its scale.

    A block that may be astray has that state as one more row.
    """
    found = np.repeat(block.weights[:, None], layers.shape[1] + 1, axis=1)
    scale = 0.0
    for column, k in enumerate(block.clues):
        row = _relative(layers[k], k)
        for state, rate in zip(found, block.rho[:, column], strict=True):
            state *= rate * row + (1.0 - rate)
        top = float(found.max())
        if top > 0.0:
            found /= top
            scale += float(np.log(top))
    if block.astray > 0.0:
        elsewhere = np.full((1, found.shape[1]), block.astray * float(found[:, :-1].sum(axis=0).mean()))
        found = np.concatenate([found * (1.0 - block.astray), elsewhere])
    return found, scale


def _complete(blocks: Sequence[Block], stories: Sequence[Story]) -> list[Story]:
    told = {number for story in stories for number in story.blocks}
    alone = [Story((number,), 0.0, 0.0, ()) for number in range(len(blocks)) if number not in told]
    return [*stories, *alone]


def _checked_prior(prior: ArrayLike | None, n: int, outside: float) -> Floats:
    """Return the belief before the clues, "outside" last."""
    if not 0.0 <= outside < 1.0:
        raise InputError(f"a belief of {outside} that it is outside the map", allowed="0 or more, less than 1")
    if n == 0:
        raise InputError("there are no cells", rule="a map has ground")
    inside = np.full(n, 1.0) if prior is None else np.asarray(prior, dtype=np.float64)
    if inside.shape != (n,) or not (np.isfinite(inside) & (inside >= 0)).all() or not inside.sum() > 0:
        raise InputError(
            f"a prior of shape {inside.shape}",
            rule=f"one finite belief of 0 or more for each of the {n} cells, not all 0",
        )
    return np.append(inside * ((1.0 - outside) / inside.sum()), outside)


def _relative(row: NDArray[np.floating[Any]], k: int) -> Floats:
    """Return a layer relative to its mean over the area, L_k / u_k; 0 outside the map, where no clue can be right."""
    values = np.zeros(row.size + 1)
    values[:-1] = row
    mean = float(values.sum()) / row.size
    if not (np.isfinite(mean) and mean > 0) or float(values.min()) < 0:
        raise InputError(f"layer {k} is no density", rule="finite, 0 or more, not 0 everywhere")
    values /= mean
    return values


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _reliabilities(
    layers: NDArray[np.floating[Any]], blocks: Sequence[Block], parts: Sequence[_Part], belief: Floats
) -> tuple[Floats, Floats]:
    """Return posterior reliabilities of clues and of blocks: expectations over cells, states and stories."""
    clue, shared = np.full(layers.shape[0], np.nan), np.empty(len(blocks))
    for part in parts:
        alone, told = belief * part.alone, float(belief @ part.right)
        for number, states in zip(part.story.blocks, part.states, strict=True):
            block = blocks[number]
            weights = states * _ratio(alone, states.sum(axis=0))
            for column, k in enumerate(block.clues):
                row = _relative(layers[k], k)
                right = told
                # An account that is astray has one row of weights more, in which no clue is right.
                for weight, rate in zip(weights, block.rho[:, column], strict=False):
                    fit = rate * row
                    right += float(weight @ _ratio(fit, fit + (1.0 - rate)))
                clue[k] = min(1.0, right)
            shared[number] = clue[list(block.clues)].mean()
    return clue, shared
