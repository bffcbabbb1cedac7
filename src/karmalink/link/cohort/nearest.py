"""The k nearest rows of a large table for each of many rows, by inner product: blocks, streamed, nothing stored.

A block of scores is one matrix product that stays in the processor's cache. The largest score of each query in it, one
pass at the speed of memory, tells whether anything can enter that query's list; only such queries are looked into.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Ints, Singles
from karmalink.base.progress import Progress
from karmalink.errors import InputError
from karmalink.link.execution.blocks import SERIAL, Block, Executor, chunks, map_blocks
from karmalink.link.execution.journal import kept_as

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


__all__ = ["nearest_rows"]

_Found = tuple[Any, Any, Any]

_ROWS = 256
_COLUMNS = 1024
_FEW = 512
_WAITING = 8


def nearest_rows(
    queries: ArrayLike,
    table: ArrayLike,
    k: int,
    *,
    executor: Executor = SERIAL,
    progress: Progress | None = None,
) -> tuple[Ints, Singles]:
    """Return the `k` rows of a table with the largest inner product with each query, best first.

    Parameters
    ----------
    queries : (Q, d) floats
        Taken as float32.
    table : (N, d) floats
        Taken as float32.
    k : int
        How many; at most N. Of rows with the same score the earlier comes first.
    executor : Executor
        A block is some queries.
    progress : callable, optional
        Called with (blocks done, blocks).

    Returns
    -------
    row : (Q, k) ints
    score : (Q, k) float32

    Raises
    ------
    InputError
        Features that differ in number or are not finite, or a `k` out of range.
    """
    left, right = np.ascontiguousarray(queries, np.float32), np.ascontiguousarray(table, np.float32)
    if left.ndim != 2 or right.ndim != 2 or left.shape[1] != right.shape[1]:
        raise InputError(
            f"rows have shapes {left.shape} and {right.shape}", rule="both have the same number of features"
        )
    if not _finite(left) or not _finite(right):
        raise InputError("a feature is not a finite number")
    if not 1 <= k <= right.shape[0]:
        raise InputError(f"k must be 1 to {right.shape[0]} (the rows), got {k}")
    size = max(_ROWS, min(executor.block_bytes // (64 * k), 64 * _ROWS))
    found = map_blocks(
        _block, chunks(left.shape[0], size), shared=(left, right, k), executor=executor, progress=progress
    )
    if not found:
        return np.zeros((0, k), np.int64), np.zeros((0, k), np.float32)
    return np.concatenate([row for row, _ in found]), np.concatenate([score for _, score in found])


def _finite(rows: Singles) -> bool:
    """Whether all is finite; a sum tells it in one pass, unless it overflows."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(rows.sum())) or bool(np.isfinite(rows).all())


@kept_as("karmalink.link.nearest._block")
def _block(block: Block, shared: tuple[Singles, Singles, int]) -> tuple[Ints, Singles]:
    left, right, k = shared
    first, stop = block.data
    ends = list(chunks(stop - first, _ROWS))
    parts = _side_by_side(lambda at: _top(left[ends[at][0] + first : ends[at][1] + first], right, k), len(ends))
    return np.concatenate([row for row, _ in parts]), np.concatenate([score for _, score in parts])


def _side_by_side(work: Callable[[int], tuple[Ints, Singles]], count: int) -> list[tuple[Ints, Singles]]:
    """Return the work of each piece, on a thread per processor.

    Each thread multiplies by itself: a product on all processors leaves all but one of them idle while the largest
    scores are looked for.
    """
    from threadpoolctl import threadpool_limits

    threads = min(os.cpu_count() or 1, count)
    if threads < 2:
        return [work(at) for at in range(count)]
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, range(count)))


def _top(queries: Singles, table: Singles, k: int) -> tuple[Ints, Singles]:
    """Stream the table past some queries."""
    n = queries.shape[0]
    row, score = np.full((n, k), -1, np.int64), np.full((n, k), -np.inf, np.float32)
    held = np.empty((n, _COLUMNS), np.float32)
    # A few columns first: sorting out the best of a whole block would cost a tenth of all products.
    few = min(table.shape[0], max(_FEW, k))
    _merge(row, score, np.arange(n), *_wide(queries @ table[:few].T, k))
    waiting: list[_Found] = []
    for lo, hi in ((few + lo, few + hi) for lo, hi in chunks(table.shape[0] - few, _COLUMNS)):
        scores = held[:, : hi - lo] if hi - lo == _COLUMNS else np.empty((n, hi - lo), np.float32)
        np.matmul(queries, table[lo:hi].T, out=scores)
        waiting += _entering(score[:, -1:], scores, lo)
        # Merging costs more than a few candidates too many, which a list that is a little old lets through.
        if sum(query.size for query, _, _ in waiting) >= _WAITING * n:
            _merge_flat(row, score, waiting)
            waiting = []
    _merge_flat(row, score, waiting)
    return row, score


def _wide(scores: Singles, k: int) -> tuple[Ints, Singles]:
    """Return the best of the first columns, for every query; of equal ones the earlier."""
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k].astype(np.int64)
    return best, np.take_along_axis(scores, best, axis=1)


def _entering(least: Singles, scores: Singles, lo: int) -> list[_Found]:
    """Return (query, row, score) of what beats a query's k-th best; few queries have any in a late block."""
    who = np.flatnonzero(scores.max(axis=1) > least[:, 0])
    if not who.size:
        return []
    some = scores[who]
    line, offset = np.nonzero(some > least[who])
    return [(who[line], offset + lo, some[line, offset])]


def _merge_flat(row: Ints, score: Singles, waiting: list[_Found]) -> None:
    """Merge what was found into the lists."""
    if not sum(query.size for query, _, _ in waiting):
        return
    query, entered, value = (np.concatenate(each) for each in zip(*waiting, strict=True))
    order = np.argsort(query, kind="stable")
    query, entered, value = query[order], entered[order], value[order]
    who, start, count = np.unique(query, return_index=True, return_counts=True)
    most = int(count.max())
    rows = np.full((who.size, most), -1, np.int64)
    values = np.full((who.size, most), -np.inf, np.float32)
    line = np.repeat(np.arange(who.size), count)
    place = np.arange(query.size) - np.repeat(start, count)
    rows[line, place], values[line, place] = entered, value
    _merge(row, score, who, rows, values)


def _merge(row: Ints, score: Singles, who: Any, rows: Ints, values: Singles) -> None:
    both_rows = np.concatenate([row[who], rows], axis=1)
    both = np.concatenate([score[who], values], axis=1)
    order = np.lexsort((both_rows, -both))[:, : row.shape[1]]
    row[who], score[who] = np.take_along_axis(both_rows, order, 1), np.take_along_axis(both, order, 1)
