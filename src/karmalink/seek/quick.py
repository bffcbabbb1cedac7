"""The mixture on 32-bit layers: the same sums in single precision where they fit.

Layers come as 32-bit numbers, so that a product of fifty of them is known to five digits whatever is computed with. A
few thousand cells of all clues stay in the cache; they are read from memory once. What may leave the range of single
precision, witnesses who may be astray as a whole and stories go the long way (:mod:`karmalink.seek.chunks`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from karmalink.seek.chunks import Layers, scale_of
from karmalink.seek.factors import Scale
from karmalink.seek.sources import Block

__all__ = ["Quick", "quick"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
_BITS, _ALL_BITS = 110.0, 900.0  # powers of two that a single, and a double, may span here
_WIDTH = 8192
_LEAST_CELLS = 50_000  # below that the long way is as quick
_LEAST_SHARE = 1e-30
_SHARED = 200_000  # cells from which two threads pay


@dataclass(frozen=True, slots=True, eq=False)
class Quick:
    """What the clues come to: belief (not yet scaled), and per row the belief with which it is wrong."""

    belief: Floats
    wrong: Floats
    beyond: float
    wrong_beyond: Floats
    order: list[int]


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Rows that are multiplied together in single precision, in each of the states of their witness."""

    rows: slice
    weights: Floats
    rho: Floats


def quick(layers: Layers, blocks: Sequence[Block], prior: Floats, outside: float) -> Quick | None:
    """Return the mixture in single precision, None where it does not fit.

    Parameters
    ----------
    layers, blocks
        See :func:`~karmalink.seek.mix`.
    prior : ndarray, shape (n,)
        Belief before the clues.
    outside : float
        The same for "outside the map".
    """
    order = [k for block in blocks for k in block.clues]
    if prior.size < _LEAST_CELLS or not order or any(layers[k].dtype != np.float32 for k in order):
        return None
    if any(block.astray > 0.0 or not (block.rho < 1.0).all() for block in blocks):
        return None
    scale = _scanned(layers, order, prior.size)
    groups = _groups(blocks, scale)
    if groups is None:
        return None
    single = _Rows(layers, order, groups, scale, prior)
    starts = range(0, prior.size, _WIDTH)
    belief = np.empty(prior.size)
    if prior.size >= _SHARED and (os.cpu_count() or 1) > 1:
        half = len(starts) // 2
        with ThreadPoolExecutor(2) as pool:
            parts = list(pool.map(lambda some: single.run(some, belief), (starts[:half], starts[half:])))
    else:
        parts = [single.run(starts, belief)]
    beyond = outside
    for group in groups:
        states = group.weights * np.prod(1.0 - group.rho, axis=1)
        beyond *= float(states.sum())
    return Quick(belief, np.sum(parts, axis=0), beyond, np.full(len(order), beyond), order)


def _scanned(layers: Layers, order: list[int], n: int) -> Scale:
    """Return the scale of the rows; two threads share the rows of a large map."""
    if n < _SHARED or len(order) < 2 or (os.cpu_count() or 1) < 2:
        return scale_of(layers, order, n)
    half = len(order) // 2
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda rows: scale_of(layers, rows, n), (order[:half], order[half:]))
    return Scale(*(np.concatenate([getattr(part, name) for part in (one, two)]) for name in ("mean", "low", "high")))


def _groups(blocks: Sequence[Block], scale: Scale) -> list[_Group] | None:
    """Return what is multiplied together, None where single precision could not hold it.

    Rows whose reliability is known exactly stand alone, whoever they are from: as many of them as fit make one group.
    """
    found: list[_Group] = []
    alone: list[float] = []  # reliabilities of the group that is being gathered
    first, used, all_bits = 0, 0.0, 0.0

    def close() -> None:
        nonlocal used
        if alone:
            found.append(_Group(slice(first - len(alone), first), np.ones(1), np.array([alone])))
        alone.clear()
        used = 0.0

    for block in blocks:
        rows = slice(first, first + len(block.clues))
        peak = (scale.high / scale.mean)[rows]
        high = np.log2(np.maximum(1.0, block.rho * peak + 1.0 - block.rho)).max(axis=0)
        bits = np.maximum(high, -np.log2(1.0 - block.rho).min(axis=0))
        all_bits += float(bits.sum())
        if block.weights.size > 1:
            if bits.sum() > _BITS:
                return None
            close()
            first = rows.stop
            found.append(_Group(rows, block.weights, block.rho))
            continue
        for step, right in zip(bits.tolist(), block.rho[0].tolist(), strict=True):
            if used + step > _BITS:
                close()
            alone.append(right)
            used += step
            first += 1
    close()
    return found if all_bits <= _ALL_BITS else None


class _Rows:
    """The rows of all clues, some cells at a time."""

    def __init__(self, layers: Layers, order: list[int], groups: list[_Group], scale: Scale, prior: Floats) -> None:
        self.layers, self.order, self.groups, self.prior = layers, order, groups, prior
        # A row with one state is scaled by its reliability as it is read; others by the reliability of each state.
        first = 1.0 / scale.mean
        for group in groups:
            if group.weights.size == 1:
                first[group.rows] *= group.rho[0]
        self.inverse = first.astype(np.float32)[:, None]
        self.in_order = isinstance(layers, np.ndarray) and order == list(range(len(layers)))
        self.rho = [group.rho.astype(np.float32)[:, :, None] for group in groups]

    def run(self, starts: Sequence[int], belief: Floats) -> Floats:
        """Fill in the belief of some cells, and return per row the sum of that with which the clue is wrong."""
        work, scratch = (np.empty((len(self.order), _WIDTH), dtype=np.float32) for _ in range(2))
        wrong = np.zeros(len(self.order))
        for start in starts:
            cells = slice(start, min(start + _WIDTH, self.prior.size))
            rows = work[:, : cells.stop - cells.start]
            if self.in_order:
                np.multiply(self.layers[:, cells], self.inverse, out=rows)  # type: ignore[call-overload]
            else:
                for row, k, inverse in zip(rows, self.order, self.inverse[:, 0], strict=True):
                    np.multiply(self.layers[k][cells], inverse, out=row)
            total = self.prior[cells].copy()
            for group, rho in zip(self.groups, self.rho, strict=True):
                total *= _mixed(rows[group.rows], scratch[group.rows, : total.size], group.weights, rho)
            belief[cells] = total
            top = float(total.max())
            if top > 0.0:
                share = total / top
                share[share < _LEAST_SHARE] = (
                    0.0  # numbers below the normal range of a single are slow, and nothing here
                )
                wrong += top * (rows @ share.astype(np.float32))
        return wrong


def _mixed(rows: Singles, scratch: Singles, weights: Floats, rho: Singles) -> Singles:
    """Return the factor of a group, and leave in its rows the probability that each clue is wrong.

    Rows of a group with one state come in times their reliability.
    """
    if weights.size == 1:
        rows += np.float32(1.0) - rho[0]
        found = np.multiply.reduce(rows, axis=0)
        np.divide(np.float32(1.0) - rho[0], rows, out=rows)
        return np.asarray(found)
    whole = np.zeros(rows.shape[1], dtype=np.float32)
    wrong = np.zeros_like(rows)
    for weight, right in zip(weights.astype(np.float32), rho, strict=True):
        np.multiply(rows, right, out=scratch)
        scratch += np.float32(1.0) - right
        value = np.multiply.reduce(scratch, axis=0)
        value *= weight
        whole += value
        np.divide(value, scratch, out=scratch)
        scratch *= np.float32(1.0) - right
        wrong += scratch
    np.divide(wrong, np.maximum(whole, np.float32(1e-38)), out=rows)
    return whole
