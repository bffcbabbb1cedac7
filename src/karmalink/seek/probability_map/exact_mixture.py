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

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karmalink.base.arrays import Floats
from karmalink.base.wording import percent
from karmalink.errors import CannotAnswer, InputError
from karmalink.seek.clues.sources import ClueGroup, DependentWitnesses, clue_group_of
from karmalink.seek.probability_map.chunks import Chunks, Layers
from karmalink.seek.probability_map.factors import Scale
from karmalink.seek.probability_map.fast_mixture import FastMixture, fits, learned, mix_fast
from karmalink.seek.probability_map.scaled_numbers import Scaled, flat, total

__all__ = ["Mixture", "mix", "mixture"]


@dataclass(frozen=True, eq=False, repr=False)
class Mixture:
    """What is believed after the clues.

    Attributes
    ----------
    posterior : ndarray, shape (n,)
        Probability of each cell; with `rest_of_world` they sum to 1.
    outside : float
        Probability that it lies in none of the cells.
    log_evidence : float
        Natural logarithm of the factor by which the clues fit better than clues that say nothing.
    doubts : callable
        Gives the two reliabilities below when they are first asked for. On a large map that goes through all layers
        once more, so leave layers and posterior as they are until then.
    """

    posterior: Floats
    rest_of_world: float
    log_evidence: float
    doubts: Callable[[], tuple[Floats, Floats]]

    @cached_property
    def _reliabilities(self) -> tuple[Floats, Floats]:
        return self.doubts()

    @property
    def clue_reliability(self) -> Floats:
        """Posterior probability that each clue is right, shape (K,); NaN for rows that are in no block."""
        return self._reliabilities[0]

    @property
    def group_reliability(self) -> Floats:
        """Share of each block's clues that is expected to be right, shape (B,)."""
        return self._reliabilities[1]

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers but for the map."""
        known = np.where(np.isnan(self.clue_reliability), 0.0, self.clue_reliability)
        return {
            "rest_of_world": self.rest_of_world,
            "clue_reliability": known.tolist(),
            "group_reliability": self.group_reliability.tolist(),
            "log_evidence": self.log_evidence,
        }

    def __repr__(self) -> str:
        """Tell the doubt."""
        return f"Mixture({self.posterior.size} cells, {percent(self.rest_of_world)} outside)"


def mixture(
    layers: NDArray[np.floating[Any]],
    rho: ArrayLike,
    groups: ArrayLike | None = None,
    prior: ArrayLike | None = None,
    *,
    rest_of_world: float = 0.0,
    strength: float = np.inf,
    shared_error: float = 0.0,
    scale: Scale | None = None,
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
    scale : Scale, optional
        See :func:`mix`.

    Raises
    ------
    InputError
        Shapes that do not fit, NaN, or probabilities out of range.
    CannotAnswer
        If the clues leave no cell at all.
    """
    from karmalink.seek.clues.witnesses import Witness

    rates = np.asarray(rho, dtype=np.float64)
    if rates.shape != layers.shape[:1] or not ((rates >= 0) & (rates <= 1)).all():
        raise InputError(f"reliabilities of shape {rates.shape}", rule="one per clue", allowed="0 to 1")
    names = np.arange(rates.size) if groups is None else np.asarray(groups)
    clue_groups = []
    for name in np.unique(names):
        clues = np.flatnonzero(names == name)
        if np.isinf(strength):
            theta, weights = np.array([rates[clues].mean()]), np.ones(1)
        else:
            witness = Witness(str(name), reliability=float(rates[clues].mean()), strength=strength)
            theta, weights = witness.states(clues.size)
        clue_groups.append(clue_group_of(tuple(clues.tolist()), theta, weights, rates[clues], shared_error))
    return mix(layers, clue_groups, prior=prior, rest_of_world=rest_of_world, scale=scale)


def mix(
    layers: Layers,
    clue_groups: Sequence[ClueGroup],
    dependent_witnesses: Sequence[DependentWitnesses] = (),
    *,
    prior: ArrayLike | None = None,
    rest_of_world: float = 0.0,
    scale: Scale | None = None,
) -> Mixture:
    """Mix clue layers with shared reliabilities.

    Parameters
    ----------
    layers : ndarray, shape (K, n), or sequence of K ndarrays of shape (n,)
        One density per clue. They are read a few thousand cells at a time and never copied.
    blocks : sequence of Block
        Who shares a reliability; a row in no block says nothing.
    stories : sequence of Story
        Blocks that may retell one story; every block in at most one.
    prior, outside
        See :func:`mixture`.
    scale : Scale, optional
        How the rows lie over the area, for whoever knows it already (a :class:`~karmalink.seek.Layer` does);
        without it they are looked through first, which takes as long as the mixture itself.

    Raises
    ------
    InputError, CannotAnswer
        See :func:`mixture`.
    """
    n = _cells(layers, prior)
    start, share, reach = _checked_prior(prior, n, rest_of_world)
    _check_scale(scale, layers)
    if fits(layers, clue_groups, n) and not any(circle.share > 0.0 for circle in dependent_witnesses):
        scale = learned(layers, clue_groups, n) if scale is None else scale
        found = mix_fast(layers, clue_groups, (start, share), rest_of_world, scale)
        if found is not None:
            doubts = partial(_doubts, found, clue_groups, len(layers))
            return Mixture(found.probability, found.rest_of_world, float(np.log(found.whole)), doubts)
    chunks = Chunks(layers, clue_groups, dependent_witnesses, n, scale)
    return _mixed_in_chunks(chunks, clue_groups, len(layers), (start, share, reach), rest_of_world)


def _mixed_in_chunks(
    chunks: Chunks,
    clue_groups: Sequence[ClueGroup],
    clues: int,
    prior: tuple[Floats, float, float],
    rest_of_world: float,
) -> Mixture:
    start, scale, reach = prior
    n = start.size
    probability, ends, wrong = np.empty(n), [], []
    for cells in chunks:
        found, rows = chunks.factor(cells)
        probability[cells], power = flat(found.times(Scaled(start[cells] * scale, 0, reach)))
        ends.append((float(probability[cells].sum()), power))
        wrong.append(np.vecdot(rows, probability[cells]))
    found, rows = chunks.factor(None)
    (beyond,), power = flat(found)
    ends.append((float(beyond) * rest_of_world, power))
    wrong.append(rows[:, 0] * ends[-1][0])
    whole, power = total(ends)
    if not whole > 0.0:
        raise CannotAnswer(
            "the clues contradict each other and leave no place",
            rule="a clue that is certainly right must leave the others some ground",
            next_step="give no clue a reliability of 1, or leave room for 'outside the map'",
        )
    shares = [np.ldexp(1.0 / whole, max(own - power, -2000)) if value > 0 else 0.0 for value, own in ends]
    for cells, share in zip(chunks, shares[:-1], strict=True):
        probability[cells] *= share
    clue, shared = chunks.reliabilities(clue_groups, np.asarray(shares) @ np.array(wrong), clues)
    evidence = float(np.log(whole) + power * np.log(2.0))
    return Mixture(probability, float(ends[-1][0] * shares[-1]), evidence, partial(_known, clue, shared))


def _known(clue: Floats, shared: Floats) -> tuple[Floats, Floats]:
    return clue, shared


def _doubts(found: FastMixture, clue_groups: Sequence[ClueGroup], clues: int) -> tuple[Floats, Floats]:
    clue = np.clip(1.0 - found.wrong(clues), 0.0, 1.0)
    return clue, np.array([clue[list(group.clues)].mean() for group in clue_groups])


def _check_scale(scale: Scale | None, layers: Layers) -> None:
    if scale is not None and scale.mean.shape != (len(layers),):
        raise InputError(f"the scale of {scale.mean.size} rows for {len(layers)} layers", rule="one for each layer")


def _cells(layers: Layers, prior: ArrayLike | None) -> int:
    if isinstance(layers, np.ndarray):
        return int(layers.shape[1])
    return int(layers[0].size) if layers else int(np.size(() if prior is None else prior))


def _checked_prior(prior: ArrayLike | None, n: int, rest_of_world: float) -> tuple[Floats, float, float]:
    """Return the belief before the clues in proportion, what to multiply it by, and how far from 1 it then reaches."""
    if not 0.0 <= rest_of_world < 1.0:
        raise InputError(f"a belief of {rest_of_world} that it is outside the map", allowed="0 or more, less than 1")
    if n == 0:
        raise InputError("there are no cells", rule="a map has ground")
    if prior is None:
        return np.broadcast_to(1.0, (n,)), (1.0 - rest_of_world) / n, float(np.log2(n / (1.0 - rest_of_world)))
    inside = np.asarray(prior, dtype=np.float64)
    least, whole = (float(inside.min()), float(inside.sum())) if inside.shape == (n,) else (np.nan, np.nan)
    if not (least >= 0.0 and 0.0 < whole < np.inf):
        raise InputError(
            f"a prior of shape {inside.shape}",
            rule=f"one finite belief of 0 or more for each of the {n} cells, not all 0",
        )
    scale = (1.0 - rest_of_world) / whole
    if least == 0.0:
        least = float(np.min(inside, where=inside > 0, initial=np.inf))
    return inside, scale, -float(np.log2(least) + np.log2(scale))
