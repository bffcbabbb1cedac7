"""A pool of processes on this machine. A worker that dies is replaced, and what it had in hand is done again."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

from karmalink.link.execution.engines.session import LIVES, lost_worker

if TYPE_CHECKING:
    from karmalink.link.execution.engines.session import Block, Work

__all__ = ["PoolSession"]

# Never a plain fork: a parent with threads (BLAS, a progress bar) leaves its locks locked in the child.
_START = "spawn" if sys.platform == "win32" else "forkserver"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

_held: dict[str, Any] = {}


class PoolSession:
    """A process pool of which each worker holds the shared data once."""

    def __init__(self, work: Work, shared: Any, workers: int) -> None:
        self._work, self._shared, self._workers = work, shared, workers
        self._deaths: Counter[int] = Counter()
        self._running: dict[Future[Any], Block] = {}
        self._pool = self._new_pool()

    def submit(self, block: Block) -> None:
        """Hand in a block."""
        try:
            self._running[self._pool.submit(_run, block)] = block
        except BrokenProcessPool:
            self._renew(block)

    def wait(self) -> list[tuple[int, Any]]:
        """Return what is done, once something is."""
        while True:
            ready, _ = wait(self._running, return_when=FIRST_COMPLETED)
            broken = [future for future in ready if isinstance(future.exception(), BrokenProcessPool)]
            done = [(self._running[f].index, f) for f in ready if f not in broken]
            for _, future in done:
                del self._running[future]
            if broken:
                self._renew()
            if done:
                return [(index, future.result()) for index, future in done]

    def close(self) -> None:
        """Drop what is not done and end the workers."""
        processes = list((getattr(self._pool, "_processes", None) or {}).values())
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._running:
            # A block may take minutes: a run that was cancelled does not wait for it.
            for process in processes:
                process.terminate()
        self._running.clear()
        for process in processes:
            process.join()

    def _new_pool(self) -> ProcessPoolExecutor:
        # One BLAS thread a worker, unless the user says otherwise: workers times threads would be more than the cores.
        given = {name: os.environ.get(name) for name in _THREADS}
        os.environ.update({name: "1" for name, value in given.items() if value is None})
        try:
            pool = ProcessPoolExecutor(
                self._workers,
                mp_context=multiprocessing.get_context(_START),
                initializer=_hold,
                initargs=(self._work, self._shared),
            )
            pool.submit(_awake)  # starts the workers' server while the variables stand
        finally:
            for name, value in given.items():
                if value is None:
                    del os.environ[name]
        return pool

    def _renew(self, refused: Block | None = None) -> None:
        """Start a new pool and hand in again what the broken one had in hand."""
        lost = [*self._running.values(), *([refused] if refused else [])]
        self._running.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)
        # Nobody can say whose block took the worker down: every block that was in hand loses a life.
        self._deaths.update(block.index for block in lost)
        if lost and max(self._deaths[block.index] for block in lost) >= LIVES:
            raise lost_worker(min(block.index for block in lost if self._deaths[block.index] >= LIVES))
        self._pool = self._new_pool()
        for block in lost:
            self.submit(block)


def _hold(work: Work, shared: Any) -> None:
    _held.update(work=work, shared=shared)


def _awake() -> None:
    return None


def _run(block: Block) -> Any:
    return _held["work"](block, _held["shared"])
