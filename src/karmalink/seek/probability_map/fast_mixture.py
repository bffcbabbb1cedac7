"""The mixture on large maps of 32-bit layers: every cell of every layer is read from memory once.

Layers come as 32-bit numbers. The factors of four clues are multiplied as such, and the products of fours in double
precision (:mod:`karmalink.seek.probability_map.fast_mixture`), so that fifty clues are known to five digits. Some
thousand cells at a time stay in the cache. How far each clue is believed takes a pass of its own, when somebody asks.
Small maps, what may leave the range of numbers, witnesses who may be astray as a whole and stories go the long way
(:mod:`karmalink.seek.probability_map.chunks`).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numba
import numpy as np

from karmalink.base.arrays import Floats, Singles
from karmalink.seek.clues.sources import ClueGroup
from karmalink.seek.probability_map.chunks import Layers, ends_of, side_by_side
from karmalink.seek.probability_map.factors import Scale

__all__ = ["PACK", "FastMixture", "add_doubts", "compile_once", "fits", "learned", "mix_fast", "multiply"]

# The inner loops of a large map, compiled: several clues are read together, each cell of them once.
#
# Import this module inside functions: numba takes half a second to load, and a small map does without.

Pack = tuple[Singles, ...]
PACK = 8  # rows that are read together; the product of four of their factors fits a single, whatever the clues
_Loop = TypeVar("_Loop", bound=Callable[..., Any])


def _compiled(loop: _Loop) -> _Loop:
    # Sums may be taken in any order that suits the processor, but NaN and infinity stay what they are. Python's error
    # model would look at every divisor, one after the other.
    options: dict[str, Any] = {"nogil": True, "fastmath": {"contract", "reassoc", "nsz"}, "error_model": "numpy"}
    try:
        found = numba.njit(cache=True, **options)(loop)
    except RuntimeError:  # there is no folder that numba may write to: then it is compiled in every process
        found = numba.njit(**options)(loop)
    return found  # type: ignore[no-any-return]


@_compiled
def multiply(products: Floats, rows: Pack, wrong: Singles, slope: Singles, start: int, stop: int) -> None:
    """Multiply the factors ``wrong + slope · row`` of eight rows into the products of every state.

    Parameters
    ----------
    products : ndarray, shape (J, stop − start)
        One row per state of a witness; changed in place.
    rows : tuple of eight ndarrays of float32, shape (n,)
    wrong, slope : ndarray of float32, shape (J, 8)
    start, stop : int
        The cells.
    """
    r0, r1, r2, r3 = rows[0][start:stop], rows[1][start:stop], rows[2][start:stop], rows[3][start:stop]
    r4, r5, r6, r7 = rows[4][start:stop], rows[5][start:stop], rows[6][start:stop], rows[7][start:stop]
    for j in range(products.shape[0]):
        a0, a1, a2, a3 = wrong[j, 0], wrong[j, 1], wrong[j, 2], wrong[j, 3]
        a4, a5, a6, a7 = wrong[j, 4], wrong[j, 5], wrong[j, 6], wrong[j, 7]
        b0, b1, b2, b3 = slope[j, 0], slope[j, 1], slope[j, 2], slope[j, 3]
        b4, b5, b6, b7 = slope[j, 4], slope[j, 5], slope[j, 6], slope[j, 7]
        found = products[j]
        for i in range(stop - start):
            one = ((a0 + b0 * r0[i]) * (a1 + b1 * r1[i])) * ((a2 + b2 * r2[i]) * (a3 + b3 * r3[i]))
            two = ((a4 + b4 * r4[i]) * (a5 + b5 * r5[i])) * ((a6 + b6 * r6[i]) * (a7 + b7 * r7[i]))
            found[i] *= np.float64(one) * np.float64(two)


@_compiled
def add_doubts(
    found: Floats, shares: Singles, rows: Pack, wrong: Singles, slope: Singles, start: int, stop: int
) -> None:
    """Add to `found`, per row, the sum over states and cells of ``share · wrong / (wrong + slope · row)``.

    Parameters
    ----------
    found : ndarray, shape (8,)
        Changed in place.
    shares : ndarray of float32, shape (J, stop − start)
        Belief in each state of the witness and each cell.
    rows, wrong, slope, start, stop
        See :func:`multiply`.
    """
    for k in range(8):
        row = rows[k][start:stop]
        for j in range(shares.shape[0]):
            a, b, share = wrong[j, k], slope[j, k], shares[j]
            total = 0.0
            for i in range(stop - start):
                total += np.float64(share[i] * (a / (a + b * row[i])))
            found[k] += total


def compile_once() -> None:
    """Compile the loops and keep them on disk, so that the first large map does not wait for it (a few seconds)."""
    row, state = np.ones(8, dtype=np.float32), np.ones((1, PACK), dtype=np.float32)
    multiply(np.ones((1, 8)), (row,) * PACK, state, state, 0, 8)
    add_doubts(np.zeros(PACK), np.ones((1, 8), dtype=np.float32), (row,) * PACK, state, state, 0, 8)


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
        from karmalink.seek.probability_map.fast_mixture import PACK, add_doubts

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
    from karmalink.seek.probability_map.fast_mixture import PACK

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
    from karmalink.seek.probability_map.fast_mixture import multiply

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
