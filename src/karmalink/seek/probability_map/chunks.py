"""The layers of all clues, a few thousand cells at a time, and what the parts of the mixture make of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.errors import InputError
from karmalink.seek.clues.sources import ClueGroup, DependentWitnesses
from karmalink.seek.probability_map.factors import DependentFactor, ExactFactor, GroupFactor, Scale
from karmalink.seek.probability_map.scaled_numbers import Scaled, on_one_power, total

__all__ = ["Chunks", "Layers", "ends_of", "in_parallel", "scale_of"]

# A large map in pieces that stay in the processor's cache, on as many threads as read memory faster than one does.

_MOST_THREADS = 4  # more do not read faster


def in_parallel(work: Callable[[int], None], count: int) -> None:
    """Do some work on every piece of the map.

    Parameters
    ----------
    work : callable
        Given the number of a piece, it writes its result where no other piece does: then threads change nothing.
    count : int
        Number of pieces.
    """
    threads = min(_MOST_THREADS, os.cpu_count() or 1, count)
    if threads < 2:
        for number in range(count):
            work(number)
        return

    def every_nth(first: int) -> None:
        for number in range(first, count, threads):
            work(number)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(every_nth, range(threads)))


Layers = NDArray[Any] | Sequence[NDArray[Any]]
# 50 clues of 8192 cells take 3 MB, which stays in the cache, and a dot product of that length stays on one core: BLAS
# gives longer ones to all cores, which on a busy machine takes ten times as long. With half the width every operation
# costs half as much again.
_WIDTH, _LEAST, _MOST_VALUES = 8192, 512, 2**22
_SCAN = 65536
_Factor = ExactFactor | GroupFactor | DependentFactor


class Chunks:
    """The factors of the mixture over the rows of the layers.

    Clues whose reliability is known exactly come first and are one product; then every witness with several states,
    then all dependent witnesses.

    Parameters
    ----------
    layers : ndarray, shape (K, n), or sequence of K ndarrays of shape (n,)
    clue_groups : sequence of ClueGroup
    dependent_witnesses : sequence of DependentWitnesses
    n : int
        Number of cells.
    known : Scale, optional
        Of all the layers; without it the layers are read through.
    reference : ndarray, shape (n,), optional
        Where another spot may be that a whole account is about: a probability for each cell. The rest up to 1 is the
        rest of the world, where no clue is right. Without it every cell is as probable.

    Raises
    ------
    InputError
        A row that is not a density.
    """

    def __init__(
        self,
        layers: Layers,
        clue_groups: Sequence[ClueGroup],
        dependent_witnesses: Sequence[DependentWitnesses],
        n: int,
        known: Scale | None = None,
        reference: Floats | None = None,
    ) -> None:
        self._reference = reference
        circles = [circle for circle in dependent_witnesses if circle.share > 0.0]
        exact, several, dependent = _by_kind(clue_groups, circles)
        order = [*exact, *several, *dependent]
        ends = np.cumsum([0, *(len(clue_groups[number].clues) for number in order)]).tolist()
        self._where = {number: slice(*ends[at : at + 2]) for at, number in enumerate(order)}
        clues = [k for number in order for k in clue_groups[number].clues]
        row_of = {k: at for at, k in reversed(list(enumerate(clues)))}
        for k in (k for circle in circles for k in circle.clues):
            if k not in row_of:  # a statement of the common account that is in no clue group
                row_of[k] = len(clues)
                clues.append(k)
        self._layers, self._clues, self._n = layers, clues, n
        scale = scale_of(layers, clues, n) if known is None else known.at(np.array(clues, dtype=np.intp))
        self._parts: list[tuple[slice, _Factor]] = []
        if exact:
            rows = slice(0, ends[len(exact)])
            rho = np.concatenate([clue_groups[number].rho[0] for number in exact])
            weight = float(np.prod([clue_groups[number].weights[0] for number in exact]))
            self._parts.append((rows, ExactFactor(rho, scale.at(rows), weight)))
        self._parts += [(self._where[number], self._factor_of(clue_groups, number, scale)) for number in several]
        for circle in circles:
            members = [(self._where[b], self._factor_of(clue_groups, b, scale)) for b in circle.clue_groups]
            common = np.array([row_of[k] for k in circle.clues], dtype=np.intp)
            self._parts.append((slice(None), DependentFactor(circle, members, common, scale.at(common))))
        width = min(_WIDTH, max(_LEAST, _MOST_VALUES // max(1, len(clues))), n)
        self._work = np.empty((len(clues), width))
        self._learn_means()

    def _factor_of(self, clue_groups: Sequence[ClueGroup], number: int, scale: Scale) -> ExactFactor | GroupFactor:
        group, own = clue_groups[number], scale.at(self._where[number])
        if not _is_exact(group):
            return GroupFactor(group, own)
        return ExactFactor(group.rho[0], own, float(group.weights[0]))

    def __iter__(self) -> Iterator[slice]:
        """Yield the cells of every chunk."""
        width = self._work.shape[1]
        return (slice(start, min(start + width, self._n)) for start in range(0, self._n, width))

    def factor(self, cells: slice | None) -> tuple[Scaled, Floats]:
        """Return what the prior of some cells is multiplied by, and per row and cell the probability of a wrong clue.

        ``None`` is the rest of the world, where no clue can be right. The rows are overwritten by the next call.
        """
        # (K', m): the layers' values L_k(x); the parts leave P(clue k is wrong | it lies at x) in their place
        rows = self._rows(cells)
        # (m,): Π over the parts of their factors
        product = Scaled(np.ones(rows.shape[1]))
        for where, part in self._parts:
            product = product.times(part.factor(rows[where]))
        return product, rows

    def reliabilities(self, clue_groups: Sequence[ClueGroup], wrong: Floats, clues: int) -> tuple[Floats, Floats]:
        """Return the posterior reliabilities of clues and groups from the probabilities that the rows are wrong."""
        # (K,): 1 − P(wrong), NaN where the clue is in no group; (B,): its mean over each group
        by_clue = np.full(clues, np.nan)
        for number, where in self._where.items():
            by_clue[list(clue_groups[number].clues)] = np.clip(1.0 - wrong[where], 0.0, 1.0)
        return by_clue, np.array([by_clue[list(group.clues)].mean() for group in clue_groups])

    def _rows(self, cells: slice | None) -> Floats:
        if cells is None:
            return np.zeros((len(self._clues), 1))
        rows = self._work[:, : cells.stop - cells.start]
        if isinstance(self._layers, np.ndarray) and self._clues == list(range(len(self._layers))):
            rows[...] = self._layers[:, cells]  # a fifth faster than row by row
            return rows
        for row, k in zip(rows, self._clues, strict=True):
            row[...] = self._layers[k][cells]
        return rows

    def _learn_means(self) -> None:
        """Give the factors that need it their mean over the area: what an account of another spot is worth."""
        needing: list[tuple[slice, GroupFactor | DependentFactor]] = []
        for where, part in self._parts:
            members = part.members if isinstance(part, DependentFactor) else [(where, part)]
            needing += [(rows, one) for rows, one in members if isinstance(one, GroupFactor) and one.needs_mean]
            if isinstance(part, DependentFactor):
                needing.append((where, part))
        if not needing:
            return
        # Σ_x q(x) factor(x), chunk by chunk, each sum as value · 2^power; q is 1/n, or the reference
        sums: list[list[tuple[float, int]]] = [[] for _ in needing]
        for cells in self:
            rows = self._rows(cells)
            for own, (where, part) in zip(sums, needing, strict=True):
                values, power = on_one_power(part.right(rows[where]))
                here = values.sum() / self._n if self._reference is None else values @ self._reference[cells]
                own.append((float(here), power))
        if self._reference is not None:
            nowhere, left = np.zeros((len(self._clues), 1)), max(0.0, 1.0 - float(self._reference.sum()))
            for own, (where, part) in zip(sums, needing, strict=True):
                values, power = on_one_power(part.right(nowhere[where]))
                own.append((left * float(values[0]), power))
        for own, (_, part) in zip(sums, needing, strict=True):
            part.set_mean(*total(own))


def _by_kind(
    clue_groups: Sequence[ClueGroup], circles: Sequence[DependentWitnesses]
) -> tuple[list[int], list[int], list[int]]:
    """Return the numbers of the groups with an exact reliability, with several states, and of dependent witnesses."""
    inside = {number for circle in circles for number in circle.clue_groups}
    alone = [number for number in range(len(clue_groups)) if number not in inside]
    exact = [number for number in alone if _is_exact(clue_groups[number])]
    several = [number for number in alone if not _is_exact(clue_groups[number])]
    return exact, several, [number for number in range(len(clue_groups)) if number in inside]


def _is_exact(group: ClueGroup) -> bool:
    return group.weights.size == 1 and group.shared_error <= 0.0


def scale_of(layers: Layers, clues: Sequence[int], n: int) -> Scale:
    """Return mean, smallest and largest value of rows, after checking that each is a density."""
    known = {k: ends_of(layers[k], f"layer {k}", n) for k in dict.fromkeys(clues)}
    return Scale(*np.array([known[k] for k in clues]).reshape(-1, 3).T)


def ends_of(row: NDArray[Any], name: str, n: int) -> tuple[float, float, float]:
    """Return mean, smallest and largest value of a row.

    Raises
    ------
    InputError
        If it is not a density over n cells.
    """
    parts = [row[start : start + _SCAN] for start in range(0, n, _SCAN)]
    # One piece after the other, so that it is read from memory once.
    ends = np.array([(np.add.reduce(part, dtype=np.float64), part.min(), part.max()) for part in parts])
    mean, low, high = float(ends[:, 0].sum()) / n, float(ends[:, 1].min()), float(ends[:, 2].max())
    if row.shape != (n,) or not (np.isfinite(mean) and mean > 0) or low < 0:
        raise InputError(f"{name} is not a density", rule="finite, 0 or more, not 0 everywhere")
    return mean, low, high
