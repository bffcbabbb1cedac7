"""The rows of all clues, a few thousand cells at a time, and what the parts of the mixture make of them."""

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
from karmalink.seek.probability_map.scaled_numbers import Scaled, flat, total

__all__ = ["Chunks", "Layers", "ends_of", "scale_of", "side_by_side"]

# A large map in pieces that stay in the processor's cache, on as many threads as read memory faster than one.

_MOST_THREADS = 4  # more do not read faster


def side_by_side(work: Callable[[int], None], count: int) -> None:
    """Do some work on every piece of the map.

    Parameters
    ----------
    work : callable
        Given the number of a piece, it leaves its result where no other piece does: then threads change nothing.
    count : int
        Number of pieces.
    """
    threads = min(_MOST_THREADS, os.cpu_count() or 1, count)
    if threads < 2:
        for number in range(count):
            work(number)
        return

    def some(first: int) -> None:
        for number in range(first, count, threads):
            work(number)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(some, range(threads)))


Layers = NDArray[Any] | Sequence[NDArray[Any]]
# 50 clues of 8192 cells take 3 MB, which stays in the cache, and a dot product of that length stays on one core: BLAS
# hands longer ones to all cores, which on a busy machine takes ten times as long. With half the width every operation
# costs half as much again.
_WIDTH, _LEAST, _BUDGET = 8192, 512, 2**22
_SCAN = 65536


class Chunks:
    """The mixture's parts over the rows of the layers.

    Clues whose reliability is known exactly come first and are one product; then every witness with several states,
    then every story.

    Parameters
    ----------
    layers : ndarray, shape (K, n), or sequence of K ndarrays of shape (n,)
    blocks : sequence of Block
    stories : sequence of Story
    n : int
        Number of cells.
    known : Scale, optional
        Of all the layers; without it they are looked through.

    Raises
    ------
    InputError
        A row that is no density.
    """

    def __init__(
        self,
        layers: Layers,
        clue_groups: Sequence[ClueGroup],
        dependent_witnesses: Sequence[DependentWitnesses],
        n: int,
        known: Scale | None = None,
    ) -> None:
        told = {number for circle in dependent_witnesses if circle.share > 0.0 for number in circle.clue_groups}
        apart = [number for number in range(len(clue_groups)) if number not in told]
        plain = [number for number in apart if _is_exact(clue_groups[number])]
        states = [number for number in apart if not _is_exact(clue_groups[number])]
        order = [*plain, *states, *(number for number in range(len(clue_groups)) if number in told)]
        ends = np.cumsum([0, *(len(clue_groups[number].clues) for number in order)]).tolist()
        self._where = {number: slice(*ends[at : at + 2]) for at, number in enumerate(order)}
        clues = [k for number in order for k in clue_groups[number].clues]
        first = {k: at for at, k in reversed(list(enumerate(clues)))}
        for circle in dependent_witnesses:
            for k in circle.clues if circle.share > 0.0 else ():
                if k not in first:  # told, and by nobody in particular
                    first[k] = len(clues)
                    clues.append(k)
        self._layers, self._clues, self._n = layers, clues, n
        scale = scale_of(layers, clues, n) if known is None else known.at(np.array(clues, dtype=np.intp))
        self._parts: list[tuple[slice, ExactFactor | GroupFactor | DependentFactor]] = []
        if plain:
            rows = slice(0, ends[len(plain)])
            rho = np.concatenate([clue_groups[number].rho[0] for number in plain])
            weight = float(np.prod([clue_groups[number].weights[0] for number in plain]))
            self._parts.append((rows, ExactFactor(rho, scale.at(rows), weight)))
        self._parts += [(self._where[number], self._member(clue_groups[number], number, scale)) for number in states]
        for circle in dependent_witnesses:
            if circle.share > 0.0:
                members = [(self._where[b], self._member(clue_groups[b], b, scale)) for b in circle.clue_groups]
                rows_told = np.array([first[k] for k in circle.clues], dtype=np.intp)
                self._parts.append((slice(None), DependentFactor(circle, members, rows_told, scale.at(rows_told))))
        width = min(_WIDTH, max(_LEAST, _BUDGET // max(1, len(clues))), n)
        self._work = np.empty((len(clues), width))
        self._learn_means()

    def _member(self, group: ClueGroup, number: int, scale: Scale) -> ExactFactor | GroupFactor:
        mine = scale.at(self._where[number])
        return (
            ExactFactor(group.rho[0], mine, float(group.weights[0])) if _is_exact(group) else GroupFactor(group, mine)
        )

    def __iter__(self) -> Iterator[slice]:
        """Yield the cells of every chunk."""
        width = self._work.shape[1]
        return (slice(start, min(start + width, self._n)) for start in range(0, self._n, width))

    def factor(self, cells: slice | None) -> tuple[Scaled, Floats]:
        """Return what some cells are multiplied by, and per row and cell the probability that the clue is wrong.

        ``None`` is the cell outside the map, where no clue can be right. The rows are overwritten by the next call.
        """
        rows = self._rows(cells)
        found = Scaled(np.ones(rows.shape[1]))
        for where, part in self._parts:
            found = found.times(part.factor(rows[where]))
        return found, rows

    def reliabilities(self, clue_groups: Sequence[ClueGroup], wrong: Floats, clues: int) -> tuple[Floats, Floats]:
        """Return the posterior reliabilities of clues and blocks from the probabilities that the rows are wrong."""
        clue = np.full(clues, np.nan)
        for number, where in self._where.items():
            clue[list(clue_groups[number].clues)] = np.clip(1.0 - wrong[where], 0.0, 1.0)
        return clue, np.array([clue[list(group.clues)].mean() for group in clue_groups])

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
        """Tell the parts that ask for it their mean over the area: what being of another spot is worth."""
        asking: list[tuple[slice, GroupFactor | DependentFactor]] = []
        for where, part in self._parts:
            members = part.members if isinstance(part, DependentFactor) else [(where, part)]
            asking += [(rows, one) for rows, one in members if isinstance(one, GroupFactor) and one.needs_mean]
            if isinstance(part, DependentFactor):
                asking.append((where, part))
        if not asking:
            return
        sums: list[list[tuple[float, int]]] = [[] for _ in asking]
        for cells in self:
            rows = self._rows(cells)
            for found, (where, part) in zip(sums, asking, strict=True):
                plain, power = flat(part.right(rows[where]))
                found.append((float(plain.sum()), power))
        for found, (_, part) in zip(sums, asking, strict=True):
            value, power = total(found)
            part.set_mean(value / self._n, power)


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
        If it is no density over n cells.
    """
    parts = [row[start : start + _SCAN] for start in range(0, n, _SCAN)]
    # One piece after the other, so that it is read from memory once.
    ends = np.array([(np.add.reduce(part, dtype=np.float64), part.min(), part.max()) for part in parts])
    mean, low, high = float(ends[:, 0].sum()) / n, float(ends[:, 1].min()), float(ends[:, 2].max())
    if row.shape != (n,) or not (np.isfinite(mean) and mean > 0) or low < 0:
        raise InputError(f"{name} is no density", rule="finite, 0 or more, not 0 everywhere")
    return mean, low, high
