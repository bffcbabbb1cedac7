"""The mixture on large maps of 32-bit layers: every cell of every layer is read from memory once.

Layers come as 32-bit numbers. The factors of four clues are multiplied as such, and the products of fours in double
precision (`seek.probability_map.kernels`), so that fifty clues are known to five digits. Some
thousand cells at a time stay in the cache. The reliabilities of the clues take a pass of their own, on first access.
Small maps, factors that may leave the range of numbers, shared errors and dependent witnesses go the slower, general
way (`seek.probability_map.chunks`).

In the comments m is the number of cells of a piece, J that of a witness's states, K' that of the rows with padding.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from karmalink.base.arrays import Floats, Singles
from karmalink.seek.clues.sources import ClueGroup
from karmalink.seek.probability_map.chunks import Layers, ends_of, in_parallel
from karmalink.seek.probability_map.factors import Scale

__all__ = ["FastMixture", "can_mix_fast", "mix_fast", "scale_in_parallel"]

_BITS, _ALL_BITS = 27.0, 900.0  # powers of two that the factor of one clue, and that of all, may span here
_WIDTH = 16384
_LEAST_CELLS = 50_000  # below that the general way is as fast
_LEAST_READ = 8_000_000  # the same for cells times clues: loading the compiled loops takes half a second
_LEAST_SHARE = 1e-30

_Pack = tuple[tuple[Singles, ...], Singles, Singles]  # eight rows, and per state 1 − ρ and ρ/u of each


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Rows that share the states of a witness, eight by eight; the last are padded with rows that say nothing."""

    first: int  # where they begin among all rows, padding counted
    clues: tuple[int, ...]
    weights: Floats
    packs: tuple[_Pack, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FastMixture:
    """The posterior of a large map.

    Attributes
    ----------
    probability : ndarray, shape (n,)
        With `rest_of_world` it sums to 1.
    rest_of_world : float
    whole : float
        The evidence: what everything was divided by.
    groups : list
        The rows, as they are read.
    """

    probability: Floats
    rest_of_world: float
    whole: float
    groups: list[_Rows]

    def wrong(self, clues: int) -> Floats:
        """Return per row of the layers the probability that it is wrong, NaN for a row that is in no clue group.

        This reads all the layers once more.
        """
        from karmalink.seek.probability_map.kernels import PACK, add_wrong

        starts = range(0, self.probability.size, _WIDTH)
        last = self.groups[-1]
        # (pieces, K'): Σ_x p(x) · P(clue k is wrong | x) of each piece
        by_piece = np.zeros((len(starts), last.first + PACK * len(last.packs)))

        def add_piece(number: int) -> None:
            start = starts[number]
            stop = min(start + _WIDTH, self.probability.size)
            probability = self.probability[start:stop]
            # Divided by its largest value, so that a small probability fits into single precision.
            top = float(probability.max())
            if top <= 0.0:
                return
            for group in self.groups:
                # (J, m): p(x)/top · P(state j | x)
                shares = _shares(group, probability / top, start, stop)
                for at, (pack, wrong, slope) in enumerate(group.packs):
                    # (8,): += Σ_j Σ_x shares · (1 − ρ)/(1 − ρ + ρ L/u)
                    sums = by_piece[number, group.first + PACK * at :][:PACK]
                    add_wrong(sums, shares, pack, wrong, slope, start, stop)
            by_piece[number] *= top

        in_parallel(add_piece, len(starts))
        sums = by_piece.sum(axis=0)
        by_clue = np.full(clues, np.nan)
        for group in self.groups:
            # In the rest of the world every clue is wrong.
            by_clue[list(group.clues)] = sums[group.first :][: len(group.clues)] + self.rest_of_world
        return by_clue


def mix_fast(
    layers: Layers, clue_groups: Sequence[ClueGroup], prior: tuple[Floats, float], rest_of_world: float, scale: Scale
) -> FastMixture | None:
    """Return the mixture, None where its numbers could leave the range.

    Parameters
    ----------
    layers, clue_groups
        See :func:`~karmalink.seek.mix`.
    prior : tuple of ndarray, shape (n,), and float
        Prior in proportion, and what to multiply it by.
    rest_of_world : float
        Prior probability that it lies outside the map.
    scale : Scale
        Of all rows of the layers.
    """
    groups = _groups(layers, clue_groups, scale)
    if groups is None:
        return None
    before, share = prior
    starts = range(0, before.size, _WIDTH)
    probability, sums = np.empty(before.size), np.zeros(len(starts))

    def mix_piece(number: int) -> None:
        start = starts[number]
        stop = min(start + _WIDTH, before.size)
        # (m,): prior(x), then times the factor of each group, in place
        here = probability[start:stop]
        np.multiply(before[start:stop], share, out=here)
        for group in groups:
            if group.weights.size == 1:
                # Π_k [1 − ρ_k + ρ_k L_k(x)/u_k]
                _multiply_states(group, here[None], start, stop)
            else:
                # Σ_j w_j Π_k [1 − ρ_jk + ρ_jk L_k(x)/u_k]
                here *= _states(group, start, stop).sum(axis=0)
        sums[number] = here.sum()

    in_parallel(mix_piece, len(starts))
    # The rest of the world: prior · Π over witnesses of Σ_j w_j Π_k (1 − ρ_jk)
    beyond = rest_of_world * float(np.prod([_nothing_right(group) for group in clue_groups]))
    # The evidence: Σ_x prior(x) Π f(x) + the rest of the world
    whole = float(sums.sum()) + beyond
    if not (np.isfinite(whole) and whole > 0.0):
        return None

    def divide_piece(number: int) -> None:
        probability[starts[number] : starts[number] + _WIDTH] *= 1.0 / whole

    in_parallel(divide_piece, len(starts))
    return FastMixture(probability, beyond / whole, whole, groups)


def can_mix_fast(layers: Layers, clue_groups: Sequence[ClueGroup], n: int) -> bool:
    """Return whether the map is large enough, its layers are single precision, and its witnesses are independent."""
    order = [k for group in clue_groups for k in group.clues]
    if n < _LEAST_CELLS or n * len(order) < _LEAST_READ:
        return False
    if any(group.shared_error > 0.0 or not (group.rho < 1.0).all() for group in clue_groups):
        return False
    if not all(layers[k].dtype == np.float32 and layers[k].flags.c_contiguous for k in order):
        return False
    return importlib.util.find_spec("numba") is not None


def scale_in_parallel(layers: Layers, clue_groups: Sequence[ClueGroup], n: int) -> Scale:
    """Return the scale of the rows that count, NaN for the others.

    Raises
    ------
    InputError
        A row that is not a density.
    """
    order = [k for group in clue_groups for k in group.clues]
    ends = np.full((len(layers), 3), np.nan)

    def read_row(number: int) -> None:
        ends[order[number]] = ends_of(layers[order[number]], f"layer {order[number]}", n)

    in_parallel(read_row, len(order))
    return Scale(*ends.T)


def _nothing_right(group: ClueGroup) -> float:
    return float(group.weights @ np.prod(1.0 - group.rho, axis=1))


def _groups(layers: Layers, clue_groups: Sequence[ClueGroup], scale: Scale) -> list[_Rows] | None:
    """Return the rows as they are read, None where their product could leave the range.

    Clues whose reliability is known exactly are independent, whichever witness they are from, and make one group.
    """
    spans = [_bits(group, scale) for group in clue_groups]
    if max(float(span.max()) for span in spans) > _BITS or sum(float(span.sum()) for span in spans) > _ALL_BITS:
        return None
    exact = [group for group in clue_groups if group.weights.size == 1]
    parts = [(group.clues, group.weights, group.rho) for group in clue_groups if group.weights.size > 1]
    if exact:
        clues = tuple(k for group in exact for k in group.clues)
        parts.insert(0, (clues, np.ones(1), np.concatenate([group.rho for group in exact], axis=1)))
    groups: list[_Rows] = []
    first = 0
    for clues, weights, rho in parts:
        packs = _packs(layers, clues, rho, scale)
        groups.append(_Rows(first, clues, weights, packs))
        first += packs[0][1].shape[1] * len(packs)
    return groups


def _bits(group: ClueGroup, scale: Scale) -> Floats:
    """Return per clue how many powers of two its factor is away from 1 at most, shape (k,)."""
    rows = list(group.clues)
    # (J, k): the largest factor, ρ·max L/u + 1 − ρ; the smallest is 1 − ρ, where L is 0
    high = group.rho * (scale.high[rows] / scale.mean[rows]) + (1.0 - group.rho)
    return np.asarray(np.maximum(np.log2(np.maximum(1.0, high)).max(axis=0), -np.log2(1.0 - group.rho).min(axis=0)))


def _packs(layers: Layers, clues: Sequence[int], rho: Floats, scale: Scale) -> tuple[_Pack, ...]:
    from karmalink.seek.probability_map.kernels import PACK

    packs = []
    for start in range(0, len(clues), PACK):
        rows = list(clues[start : start + PACK])
        spare = PACK - len(rows)
        # (J, 8): 1 − ρ and ρ/u; padding has 1 and 0, a factor of 1
        wrong = np.pad(1.0 - rho[:, start : start + PACK], ((0, 0), (0, spare)), constant_values=1.0)
        slope = np.pad(rho[:, start : start + PACK] / scale.mean[rows], ((0, 0), (0, spare)))
        pack = tuple(layers[k] for k in rows + rows[-1:] * spare)
        packs.append((pack, wrong.astype(np.float32), slope.astype(np.float32)))
    return tuple(packs)


def _multiply_states(group: _Rows, products: Floats, start: int, stop: int) -> Floats:
    from karmalink.seek.probability_map.kernels import multiply

    for pack, wrong, slope in group.packs:
        multiply(products, pack, wrong, slope, start, stop)
    return products


def _states(group: _Rows, start: int, stop: int) -> Floats:
    """Return what each state of a witness multiplies the prior of each cell by, w_j Π_k f_jk(x), shape (J, m)."""
    products = np.repeat(group.weights[:, None], stop - start, axis=1)
    return _multiply_states(group, products, start, stop)


def _shares(group: _Rows, probability: Floats, start: int, stop: int) -> Singles:
    """Return p(x) · P(state j | x) for each state and cell, shape (J, m); denormal numbers are slow, and set to 0."""
    shares = probability[None]
    if group.weights.size > 1:
        # (J, m): w_j Π_k f_jk(x), divided by its sum over states
        shares = _states(group, start, stop)
        shares *= probability / shares.sum(axis=0)
    return np.where(shares < _LEAST_SHARE, 0.0, shares).astype(np.float32)
