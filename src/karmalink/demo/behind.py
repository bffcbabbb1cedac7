"""The figure's worlds are computed behind the other steps, lest a second core be idle while one night is scored."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from karmalink.demo.joint_worth import JointWorth

__all__ = ["Behind"]

Progress = Callable[[int, int], None]


class _StoppedError(Exception):
    """The other steps failed, so nobody waits for the worlds."""


class Behind:
    """The worlds, begun when it is entered and waited for when they are asked for.

    Parameters
    ----------
    worlds, workers : int
        As for :func:`karmalink.demo.worth.measure_worth`. One worker computes them when they are asked for, not before.
    """

    def __init__(self, worlds: int, workers: int) -> None:
        self._worlds, self._workers = worlds, workers
        self._stop = threading.Event()
        self._seen = (0, worlds)
        self._tell: Progress | None = None
        self._thread = ThreadPoolExecutor(1)
        self._future: Future[JointWorth] | None = None

    def __enter__(self) -> Self:
        """Begin, where there is a process to spare."""
        if self._workers > 1:
            self._future = self._thread.submit(self._compute)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop what nobody waits for."""
        self._stop.set()
        self._thread.shutdown(cancel_futures=True)

    def result(self, progress: Progress | None = None) -> JointWorth:
        """Wait for the worlds, telling how many are done."""
        self._tell = progress
        if progress is not None:
            progress(*self._seen)
        return self._compute() if self._future is None else self._future.result()

    def _compute(self) -> JointWorth:
        from karmalink.demo.worth import measure_worth

        return measure_worth(self._worlds, workers=self._workers, progress=self._told)

    def _told(self, done: int, total: int) -> None:
        if self._stop.is_set():
            raise _StoppedError
        self._seen = (done, total)
        if self._tell is not None:
            self._tell(done, total)
