"""The exact reliability mixture: the probability of every cell, summed over all patterns of right and wrong clues.

Clue k gives the cells a density L_k. With reliability ρ_k it is right; when it is wrong it says nothing, and every cell
gets u_k, its mean. Summed over all 2^K patterns the posterior factorises::

    posterior(x) ∝ prior(x) · Π_k [ρ_k L_k(x) + (1 − ρ_k) u_k]

Clues of one witness share that witness's reliability: a :class:`ClueGroup` has a few states, and its factor is the sum
over them. One of the states may be a shared error: the account is about another spot y, drawn from the whole area,
which gives every cell the mean over y of what the account would be worth if y were right. Witnesses who talked to each
other may repeat one account (:class:`DependentWitnesses`), right or about another spot as a whole. The rest of the
world is one more cell, in which no clue can be right.
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
from karmalink.seek.probability_map.fast_mixture import FastMixture, can_mix_fast, mix_fast, scale_in_parallel
from karmalink.seek.probability_map.scaled_numbers import Scaled, on_one_power, total

__all__ = ["Mixture", "mix", "mixture"]


@dataclass(frozen=True, eq=False, repr=False)
class Mixture:
    """The posterior after the clues.

    Attributes
    ----------
    posterior : ndarray, shape (n,)
        Probability of each cell; with `rest_of_world` they sum to 1.
    rest_of_world : float
        Probability that it lies in none of the cells.
    log_evidence : float
        Natural logarithm of the factor by which the clues fit better than clues that say nothing.
    compute_reliabilities : callable
        Computes the two reliabilities below on first access. On a large map that reads all layers once more, so leave
        layers and posterior unchanged until then.
    """

    posterior: Floats
    rest_of_world: float
    log_evidence: float
    compute_reliabilities: Callable[[], tuple[Floats, Floats]]

    @cached_property
    def _reliabilities(self) -> tuple[Floats, Floats]:
        return self.compute_reliabilities()

    @property
    def clue_reliability(self) -> Floats:
        """Posterior probability that each clue is right, shape (K,); NaN for rows that are in no clue group."""
        return self._reliabilities[0]

    @property
    def group_reliability(self) -> Floats:
        """Share of each group's clues that is expected to be right, shape (B,)."""
        return self._reliabilities[1]

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers except the map."""
        known = np.where(np.isnan(self.clue_reliability), 0.0, self.clue_reliability)
        return {
            "rest_of_world": self.rest_of_world,
            "clue_reliability": known.tolist(),
            "group_reliability": self.group_reliability.tolist(),
            "log_evidence": self.log_evidence,
        }

    def __repr__(self) -> str:
        """One-line summary."""
        return f"Mixture({self.posterior.size} cells, {percent(self.rest_of_world)} in the rest of the world)"


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
        Which witness each clue is from; without it the clues are independent.
    prior : array_like, shape (n,), optional
        Prior probability of the cells, in proportion; without it uniform.
    rest_of_world : float
        Prior probability that it lies in none of the cells.
    strength : float
        How many checked statements the reliability of a witness is worth (:class:`~karmalink.seek.Witness`);
        ``inf``: each rho is known exactly, and the grouping changes nothing.
    shared_error : float
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
    reference: Floats | None = None,
) -> Mixture:
    """Mix clue layers with shared reliabilities.

    Parameters
    ----------
    layers : ndarray, shape (K, n), or sequence of K ndarrays of shape (n,)
        One density per clue. They are read a few thousand cells at a time and never copied.
    clue_groups : sequence of ClueGroup
        Which clues share a reliability; a row in no group says nothing.
    dependent_witnesses : sequence of DependentWitnesses
        Groups that may repeat one account; every group in at most one.
    prior, rest_of_world
        See :func:`mixture`.
    scale : Scale, optional
        Mean, smallest and largest value of the rows, where they are known already (a :class:`~karmalink.seek.Layer`
        has them); without it the layers are read through first, which takes as long as the mixture itself.
    reference : ndarray, shape (n,), optional
        Where the other spot may be that an account with a shared error is about, and 1 less its sum for the rest of the
        world; without it every cell is as probable.

    Raises
    ------
    InputError, CannotAnswer
        See :func:`mixture`.
    """
    n = _cells(layers, prior)
    start, share, reach = _checked_prior(prior, n, rest_of_world)
    _check_scale(scale, layers)
    if can_mix_fast(layers, clue_groups, n) and not any(circle.share > 0.0 for circle in dependent_witnesses):
        scale = scale_in_parallel(layers, clue_groups, n) if scale is None else scale
        fast = mix_fast(layers, clue_groups, (start, share), rest_of_world, scale)
        if fast is not None:
            reliabilities = partial(_fast_reliabilities, fast, clue_groups, len(layers))
            return Mixture(fast.probability, fast.rest_of_world, float(np.log(fast.whole)), reliabilities)
    chunks = Chunks(layers, clue_groups, dependent_witnesses, n, scale, reference)
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
    probability, sums, wrong = np.empty(n), [], []
    for cells in chunks:
        # (m,): prior(x) · Π f(x), on one power of two for the chunk
        factor, rows = chunks.factor(cells)
        probability[cells], power = on_one_power(factor.times(Scaled(start[cells] * scale, 0, reach)))
        # Σ_x of it, as value · 2^power
        sums.append((float(probability[cells].sum()), power))
        # (K',): Σ_x P(clue k is wrong | x) · prior(x) · Π f(x)
        wrong.append(np.vecdot(rows, probability[cells]))
    # The rest of the world: one more cell, where every layer is 0.
    factor, rows = chunks.factor(None)
    (beyond,), power = on_one_power(factor)
    sums.append((float(beyond) * rest_of_world, power))
    wrong.append(rows[:, 0] * sums[-1][0])
    # The evidence, Σ over all chunks and the rest of the world
    whole, power = total(sums)
    if not whole > 0.0:
        raise CannotAnswer(
            "the clues contradict each other and leave no place",
            rule="a clue that is certainly right must leave the others some ground",
            next_step="give no clue a reliability of 1, or leave room for the rest of the world",
        )
    # (chunks + 1,): what each chunk's plain numbers are multiplied by: 2^(own power − power of the whole) / whole
    shares = [np.ldexp(1.0 / whole, max(own - power, -2000)) if value > 0 else 0.0 for value, own in sums]
    for cells, share in zip(chunks, shares[:-1], strict=True):
        probability[cells] *= share
    # (K',): P(clue k is wrong), Σ over chunks of share · Σ_x
    by_clue, by_group = chunks.reliabilities(clue_groups, np.asarray(shares) @ np.array(wrong), clues)
    log_evidence = float(np.log(whole) + power * np.log(2.0))
    return Mixture(probability, float(sums[-1][0] * shares[-1]), log_evidence, partial(_known, by_clue, by_group))


def _known(by_clue: Floats, by_group: Floats) -> tuple[Floats, Floats]:
    return by_clue, by_group


def _fast_reliabilities(fast: FastMixture, clue_groups: Sequence[ClueGroup], clues: int) -> tuple[Floats, Floats]:
    by_clue = np.clip(1.0 - fast.wrong(clues), 0.0, 1.0)
    return by_clue, np.array([by_clue[list(group.clues)].mean() for group in clue_groups])


def _check_scale(scale: Scale | None, layers: Layers) -> None:
    if scale is not None and scale.mean.shape != (len(layers),):
        raise InputError(f"the scale of {scale.mean.size} rows for {len(layers)} layers", rule="one for each layer")


def _cells(layers: Layers, prior: ArrayLike | None) -> int:
    if isinstance(layers, np.ndarray):
        return int(layers.shape[1])
    return int(layers[0].size) if layers else int(np.size(() if prior is None else prior))


def _checked_prior(prior: ArrayLike | None, n: int, rest_of_world: float) -> tuple[Floats, float, float]:
    """Return the prior in proportion, what to multiply it by, and how many powers of two from 1 it then reaches."""
    if not 0.0 <= rest_of_world < 1.0:
        raise InputError(f"rest_of_world must be 0 or more and less than 1, got {rest_of_world}")
    if n == 0:
        raise InputError("there are no cells", rule="a map has ground")
    if prior is None:
        return np.broadcast_to(1.0, (n,)), (1.0 - rest_of_world) / n, float(np.log2(n / (1.0 - rest_of_world)))
    inside = np.asarray(prior, dtype=np.float64)
    least, whole = (float(inside.min()), float(inside.sum())) if inside.shape == (n,) else (np.nan, np.nan)
    if not (least >= 0.0 and 0.0 < whole < np.inf):
        raise InputError(
            f"a prior of shape {inside.shape}",
            rule=f"one finite probability of 0 or more for each of the {n} cells, not all 0",
        )
    scale = (1.0 - rest_of_world) / whole
    if least == 0.0:
        least = float(np.min(inside, where=inside > 0, initial=np.inf))
    return inside, scale, -float(np.log2(least) + np.log2(scale))
