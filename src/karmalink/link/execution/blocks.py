"""Work in blocks: the same results whatever runs it, in bounded memory, resumed where it was killed.

A block is a number, a piece of the work and randomness of its own. Its seed depends on the run's seed and its number
alone, results come back in the order of the blocks, and how the work is cut never depends on the number of workers: so
serial, pool and Dask give the same bits, with any number of workers, in one run or after three that were killed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from karmalink.base.progress import Progress
from karmalink.errors import UsageError
from karmalink.link.execution.engines import ENGINES, Block, Work, open_session
from karmalink.link.execution.journal import Journal, Run, digest_of

__all__ = ["SERIAL", "Block", "Executor", "chunks", "iter_blocks", "map_blocks"]


# Blocks handed in per worker: while one is worked on, the next is there.
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Executor:
    """Where blocks run, within how much memory, and where their results are kept until the run is done.

    Attributes
    ----------
    engine : str
        ``serial``, ``pool`` or ``dask``.
    workers : int
        Processes of ``pool``, or of the cluster that ``dask`` starts where no address is given.
    address : str
        ``dask``: the address of a scheduler that runs already.
    memory_mb : int
        What the work on one block may take, in MB; every worker takes as much, and what all blocks share (features)
        comes on top, once a worker. Another setting cuts the work otherwise, which can move the last digit of a sum.
    journal : Journal, optional
        Keeps the result of every block that is done.
    """

    engine: str = "serial"
    workers: int = 1
    address: str = ""
    memory_mb: int = 512
    journal: Journal | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if self.engine not in ENGINES:
            raise UsageError(f"unknown engine {self.engine!r}", allowed=tuple(ENGINES))
        if self.workers < 1:
            raise UsageError(f"workers must be 1 or more, got {self.workers}")
        if self.memory_mb < 16:
            raise UsageError(f"memory per block must be 16 MB or more, got {self.memory_mb}")

    @property
    def block_bytes(self) -> int:
        """Most bytes that one block may take."""
        return self.memory_mb * 1_000_000

    def with_journal(self, journal: Journal | None) -> Executor:
        """Return the same executor with this journal."""
        return replace(self, journal=journal)


SERIAL = Executor()
"""The executor of this process: one block after the other."""


def map_blocks(
    work: Work,
    data: Sequence[Any],
    *,
    shared: Any = None,
    seed: int = 0,
    executor: Executor = SERIAL,
    progress: Progress | None = None,
) -> list[Any]:
    """Return ``[work(block, shared) for each block]``, in order.

    Parameters
    ----------
    work : callable
        ``work(block, shared) -> result``, a function of a module: workers import it by its name. With a journal its
        result is made of numbers, strings, arrays, and lists, tuples and dicts of these.
    data : sequence
        One piece of the work per block, small: what all blocks need is `shared`.
    shared : object
        Sent to every worker once.
    seed : int
        Of every block's :meth:`Block.rng`.
    executor : Executor
        Where and how; in this process by default.
    progress : callable, optional
        Called with (blocks done, blocks). What it raises cancels the run; the journal keeps what is done.

    Raises
    ------
    InputError
        A block ended one worker after the other, or a scheduler does not answer.
    """
    return list(iter_blocks(work, data, shared=shared, seed=seed, executor=executor, progress=progress))


def iter_blocks(
    work: Work,
    data: Sequence[Any],
    *,
    shared: Any = None,
    seed: int = 0,
    executor: Executor = SERIAL,
    progress: Progress | None = None,
) -> Iterator[Any]:
    """Go through the results in the order of the blocks; as :func:`map_blocks`, holding a few results at a time.

    For sums, top lists and other reductions over more blocks than memory holds.
    """
    run = None
    if executor.journal is not None:
        run = Run(executor.journal, digest_of((work, seed, list(data), shared)))
    blocks = [Block(index, piece, seed) for index, piece in enumerate(data)]
    known = run.known(len(blocks)) if run is not None else frozenset()
    # Closed here and now: otherwise an error's traceback would keep the workers alive as long as it is held.
    with closing(_results(work, blocks, shared, executor, run, known)) as results:
        for done, (index, result) in enumerate(results, start=1):
            if progress is not None:
                progress(done, len(blocks))
            yield run.read(index) if index in known and run is not None else result


def _results(
    work: Work, blocks: Sequence[Block], shared: Any, executor: Executor, run: Run | None, known: frozenset[int]
) -> Generator[tuple[int, Any], None, None]:
    """Yield (index, result) in order; the result of a block that the journal knows is None, it is read when needed."""
    todo = deque(block for block in blocks if block.index not in known)
    if not todo:
        yield from ((block.index, None) for block in blocks)
        return
    workers = executor.workers if executor.address else min(executor.workers, len(todo))
    window = 1 if executor.engine == "serial" else workers * _AHEAD
    ready: dict[int, Any] = {}
    session = open_session(executor.engine, work, shared, workers=workers, address=executor.address)
    try:
        running: set[int] = set()
        for block in blocks:
            while block.index not in known and block.index not in ready:
                # Results that wait for an earlier block count too: the memory is bounded by the window.
                while todo and len(running) + len(ready) < window:
                    running.add(todo[0].index)
                    session.submit(todo.popleft())
                for index, result in session.wait():
                    running.discard(index)
                    ready[index] = result if run is None else run.write(index, result)
            yield block.index, ready.pop(block.index, None)
    finally:
        session.close()


def chunks(n: int, size: int) -> list[tuple[int, int]]:
    """Return (first, last + 1) of pieces of `size` of `n` things."""
    return [(start, min(n, start + size)) for start in range(0, n, max(1, size))]
