"""The mixture on large maps of 32-bit layers: every cell of every layer is read from memory once.

Layers come as 32-bit numbers. The factors of four clues are multiplied as such, and the products of fours in double
precision (`seek.probability_map.kernels`), so that fifty clues are known to five digits. Some
thousand cells at a time stay in the cache. How far each clue is believed takes a pass of its own, when somebody asks.
Small maps, what may leave the range of numbers, witnesses who may be astray as a whole and stories go the long way
(`seek.probability_map.chunks`).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from karmalink.base.arrays import Floats, Singles
from karmalink.seek.clues.sources import ClueGroup
from karmalink.seek.probability_map.chunks import Layers, ends_of, side_by_side
from karmalink.seek.probability_map.factors import Scale

__all__ = ["FastMixture", "fits", "learned", "mix_fast"]

Pack = tuple[Singles, ...]
_BITS, _ALL_BITS = 27.0, 900.0  # powers of two that the factor of one clue, and that of all, may span here
_WIDTH = 16384
_LEAST_CELLS = 50_000  # below that the long way is as quick
_LEAST_READ = 8_000_000  # the same for cells times clues: loading the compiled loops takes half a second
_LEAST_SHARE = 1e-30


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Rows that share the states of a witness, eight by eight; the last are filled up with rows that say nothing."""

    first: int  # where its rows begin among those of all groups, with what fills them up
    clues: tuple[int, ...]
    weights: Floats
    packs: tuple[tuple[Pack, Singles, Singles], ...]


@dataclass(frozen=True, slots=True, eq=False)
class FastMixture:
    """What the clues come to.

    Attributes
    ----------
    belief : ndarray, shape (n,)
        With `rest_of_world` it sums to 1.
    outside : float
    whole : float
        What everything was divided by.
    groups : list
        The rows, as they are read.
    """

    probability: Floats
    rest_of_world: float
    whole: float
    groups: list[_Group]

    def wrong(self, clues: int) -> Floats:
        """Return per row of the layers the probability that it is wrong, NaN where nobody said it.

        This goes once more through all the layers.
        """
        from karmalink.seek.probability_map.kernels import PACK, add_doubts

        starts = range(0, self.probability.size, _WIDTH)
        last = self.groups[-1]
        found = np.zeros((len(starts), last.first + PACK * len(last.packs)))

        def some(number: int) -> None:
            start = starts[number]
            stop = min(start + _WIDTH, self.probability.size)
            probability = self.probability[start:stop]
            top = float(probability.max())
            if top <= 0.0:
                return
            for group in self.groups:
                shares = _shares(group, probability / top, start, stop)
                for at, (pack, wrong, slope) in enumerate(group.packs):
                    sums = found[number, group.first + PACK * at :][:PACK]
                    add_doubts(sums, shares, pack, wrong, slope, start, stop)
            found[number] *= top

        side_by_side(some, len(starts))
        sums = found.sum(axis=0)
        by_clue = np.full(clues, np.nan)
        for group in self.groups:
            by_clue[list(group.clues)] = sums[group.first :][: len(group.clues)] + self.rest_of_world
        return by_clue


def mix_fast(
    layers: Layers, clue_groups: Sequence[ClueGroup], prior: tuple[Floats, float], rest_of_world: float, scale: Scale
) -> FastMixture | None:
    """Return the mixture, None where this is not the way to it.

    Parameters
    ----------
    layers, blocks
        See :func:`~karmalink.seek.mix`.
    prior : tuple of ndarray, shape (n,), and float
        Belief before the clues in proportion, and what to multiply it by.
    outside : float
        Belief before the clues that it lies outside the map.
    scale : Scale
        Of all rows of the layers.
    """
    groups = _groups(layers, clue_groups, scale)
    if groups is None:
        return None
    before, share = prior
    starts = range(0, before.size, _WIDTH)
    probability, sums = np.empty(before.size), np.zeros(len(starts))

    def some(number: int) -> None:
        start = starts[number]
        stop = min(start + _WIDTH, before.size)
        here = probability[start:stop]
        np.multiply(before[start:stop], share, out=here)
        for group in groups:
            if group.weights.size == 1:
                _multiplied(group, here[None], start, stop)
            else:
                here *= _states(group, start, stop).sum(axis=0)
        sums[number] = here.sum()

    side_by_side(some, len(starts))
    beyond = rest_of_world * float(np.prod([_nothing_right(group) for group in clue_groups]))
    whole = float(sums.sum()) + beyond
    if not (np.isfinite(whole) and whole > 0.0):
        return None

    def scaled(number: int) -> None:
        probability[starts[number] : starts[number] + _WIDTH] *= 1.0 / whole

    side_by_side(scaled, len(starts))
    return FastMixture(probability, beyond / whole, whole, groups)


def fits(layers: Layers, clue_groups: Sequence[ClueGroup], n: int) -> bool:
    """Return whether the map is large enough, its layers are of the kind, and its witnesses can be taken apart."""
    order = [k for group in clue_groups for k in group.clues]
    if n < _LEAST_CELLS or n * len(order) < _LEAST_READ:
        return False
    if any(group.shared_error > 0.0 or not (group.rho < 1.0).all() for group in clue_groups):
        return False
    if not all(layers[k].dtype == np.float32 and layers[k].flags.c_contiguous for k in order):
        return False
    return importlib.util.find_spec("numba") is not None


def learned(layers: Layers, clue_groups: Sequence[ClueGroup], n: int) -> Scale:
    """Return the scale of the rows that count, NaN for the others.

    Raises
    ------
    InputError
        A row that is no density.
    """
    order = [k for group in clue_groups for k in group.clues]
    ends = np.full((len(layers), 3), np.nan)

    def some(number: int) -> None:
        ends[order[number]] = ends_of(layers[order[number]], f"layer {order[number]}", n)

    side_by_side(some, len(order))
    return Scale(*ends.T)


def _nothing_right(group: ClueGroup) -> float:
    return float(group.weights @ np.prod(1.0 - group.rho, axis=1))


def _groups(layers: Layers, clue_groups: Sequence[ClueGroup], scale: Scale) -> list[_Group] | None:
    """Return the rows as they are read, None where their product could leave the range.

    Clues whose reliability is known exactly stand alone, whoever they are from, and make one group.
    """
    spans = [_bits(group, scale) for group in clue_groups]
    if max(float(span.max()) for span in spans) > _BITS or sum(float(span.sum()) for span in spans) > _ALL_BITS:
        return None
    plain = [group for group in clue_groups if group.weights.size == 1]
    parts = [(group.clues, group.weights, group.rho) for group in clue_groups if group.weights.size > 1]
    if plain:
        clues = tuple(k for group in plain for k in group.clues)
        parts.insert(0, (clues, np.ones(1), np.concatenate([group.rho for group in plain], axis=1)))
    groups: list[_Group] = []
    first = 0
    for clues, weights, rho in parts:
        packs = _packs(layers, clues, rho, scale)
        groups.append(_Group(first, clues, weights, packs))
        first += packs[0][1].shape[1] * len(packs)
    return groups


def _bits(group: ClueGroup, scale: Scale) -> Floats:
    """Return per clue how many powers of two its factor is away from 1 at most."""
    rows = list(group.clues)
    high = group.rho * (scale.high[rows] / scale.mean[rows]) + (1.0 - group.rho)
    return np.asarray(np.maximum(np.log2(np.maximum(1.0, high)).max(axis=0), -np.log2(1.0 - group.rho).min(axis=0)))


def _packs(
    layers: Layers, clues: Sequence[int], rho: Floats, scale: Scale
) -> tuple[tuple[Pack, Singles, Singles], ...]:
    from karmalink.seek.probability_map.kernels import PACK

    found = []
    for start in range(0, len(clues), PACK):
        rows = list(clues[start : start + PACK])
        spare = PACK - len(rows)
        wrong = np.pad(1.0 - rho[:, start : start + PACK], ((0, 0), (0, spare)), constant_values=1.0)
        slope = np.pad(rho[:, start : start + PACK] / scale.mean[rows], ((0, 0), (0, spare)))
        pack = tuple(layers[k] for k in rows + rows[-1:] * spare)
        found.append((pack, wrong.astype(np.float32), slope.astype(np.float32)))
    return tuple(found)


def _multiplied(group: _Group, products: Floats, start: int, stop: int) -> Floats:
    from karmalink.seek.probability_map.kernels import multiply

    for pack, wrong, slope in group.packs:
        multiply(products, pack, wrong, slope, start, stop)
    return products


def _states(group: _Group, start: int, stop: int) -> Floats:
    """Return what each state of a witness multiplies the belief in each cell by, shape (J, cells)."""
    products = np.repeat(group.weights[:, None], stop - start, axis=1)
    return _multiplied(group, products, start, stop)


def _shares(group: _Group, probability: Floats, start: int, stop: int) -> Singles:
    """Return the belief in each state of a witness and each cell; what is next to nothing is slow, and made nothing."""
    shares = probability[None]
    if group.weights.size > 1:
        shares = _states(group, start, stop)
        shares *= probability / shares.sum(axis=0)
    return np.where(shares < _LEAST_SHARE, 0.0, shares).astype(np.float32)
