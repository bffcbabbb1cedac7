"""A Dask cluster: one of this machine's processes, or any scheduler whose address is given."""

from __future__ import annotations

import itertools
from collections import Counter
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

from karmalink.errors import InputError, MissingExtra
from karmalink.link.execution.engines.session import LIVES, lost_worker

if TYPE_CHECKING:
    from karmalink.link.execution.engines.session import Block, Work

__all__ = ["DaskSession"]

_CONNECT_S = 10
_SHARE_S = 120
# People's data never go to a disk in the clear: a local cluster's workers keep everything in memory.
_SETTINGS = {
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.scheduler.allowed-failures": LIVES - 1,
    "distributed.comm.timeouts.connect": f"{_CONNECT_S}s",
    "distributed.logging.distributed": "critical",
}


class DaskSession:
    """A client of a cluster; the shared data go to every worker once."""

    def __init__(self, work: Work, shared: Any, workers: int, address: str) -> None:
        try:
            import dask
            import distributed
        except ImportError as error:
            raise MissingExtra(
                f"the engine dask needs the package {error.name}", next_step="pip install 'karmalink[dask]'"
            ) from None
        self._work, self._given = work, shared
        self._shared: Any = None
        self._lives: Counter[int] = Counter()
        self._cluster: Any = None
        self._client: Any = None
        # Dask's own annotations are partial.
        library: Any = distributed
        settings: Any = dask.config
        self._config = settings.set(_SETTINGS)
        self._config.__enter__()
        try:
            if not address:
                self._cluster = library.LocalCluster(
                    n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=":0"
                )
            self._client = library.Client(self._cluster or address, timeout=f"{_CONNECT_S}s", set_as_default=False)
            self._share()
        except (OSError, TimeoutError, ValueError) as error:
            self._end()
            raise InputError(
                "the Dask scheduler does not answer",
                where=address or "this machine",
                rule=type(error).__name__,
                allowed="the address that the scheduler printed when it started, tcp://host:8786",
            ) from None
        self._ready: Any = library.as_completed(loop=self._client.loop, with_results=True, raise_errors=False)
        self._running: dict[Any, Block] = {}

    def submit(self, block: Block) -> None:
        """Hand in a block."""
        # Not pure: a block is done when it is handed in, not when something like it was done before.
        future = self._client.submit(self._work, block, self._shared, pure=False)
        self._running[future] = block
        self._ready.add(future)

    def wait(self) -> list[tuple[int, Any]]:
        """Return what is done, once something is."""
        while True:
            first = next(self._ready)
            rest = self._ready.next_batch(block=False) if not self._ready.is_empty() else []
            lost: list[Block] = []
            done = [
                (block.index, value)
                for future, value in itertools.chain([first], rest)
                if (block := self._taken(future, lost)) is not None
            ]
            if lost:
                self._again(lost)
            if done:
                return done

    def close(self) -> None:
        """Drop what is not done; end the cluster if the session started it."""
        for future in self._running:
            future.cancel()
        self._running.clear()
        self._end()

    def _taken(self, future: Any, lost: list[Block]) -> Block | None:
        """Return the block of a future that is done; put one that the scheduler gave up to the lost.

        Raises
        ------
        Exception
            What the work raised.
        """
        from distributed.scheduler import KilledWorker

        block = self._running.pop(future)
        if future.status == "finished":
            return block
        error = future.exception() if future.status == "error" else None
        if isinstance(error, KilledWorker):
            raise lost_worker(block.index) from None
        if error is not None and not isinstance(error, CancelledError):
            raise error
        lost.append(block)
        return None

    def _again(self, lost: list[Block]) -> None:
        """Hand blocks in again. What is shared was scattered, and died with the last worker that held it."""
        self._lives.update(block.index for block in lost)
        spent = [block.index for block in lost if self._lives[block.index] >= LIVES]
        if spent:
            raise lost_worker(min(spent))
        self._share()
        for block in lost:
            self.submit(block)

    def _share(self) -> None:
        """Send the shared data to every worker."""
        if self._given is not None:
            self._shared = self._client.scatter(self._given, broadcast=True, hash=False, timeout=_SHARE_S)

    def _end(self) -> None:
        try:
            for part in (self._client, self._cluster):
                if part is not None:
                    part.close()
        finally:
            self._config.__exit__(None, None, None)
