"""Where blocks of work run: here, in a pool of processes, on a Dask cluster. One engine is one module and one row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from karmalink.errors import UsageError, suggest
from karmalink.link.execution.engines.session import Block, Session, Work

__all__ = ["ENGINES", "Block", "EngineRow", "Session", "Work", "open_session"]


@dataclass(frozen=True, slots=True)
class EngineRow:
    """A row of the registry: what the engine is, and how a session of it is opened.

    Attributes
    ----------
    title : str
        What it is, in words.
    extra : str
        Optional part of the package that it needs; empty for none.
    open : callable
        ``(work, shared, workers, address) -> Session``.
    """

    title: str
    extra: str
    open: Callable[[Work, object, int, str], Session]


def _serial(work: Work, shared: object, workers: int, address: str) -> Session:
    from karmalink.link.execution.engines.session import SerialSession

    return SerialSession(work, shared)


def _pool(work: Work, shared: object, workers: int, address: str) -> Session:
    from karmalink.link.execution.engines.pool import PoolSession

    return PoolSession(work, shared, workers)


def _dask(work: Work, shared: object, workers: int, address: str) -> Session:
    from karmalink.link.execution.engines.dask import DaskSession

    return DaskSession(work, shared, workers, address)


ENGINES: dict[str, EngineRow] = {
    "serial": EngineRow("one block after the other, in this process", "", _serial),
    "pool": EngineRow("a pool of processes on this machine", "", _pool),
    "dask": EngineRow("a Dask cluster: of this machine, or of any scheduler address", "dask", _dask),
}
"""Name → where blocks of work run."""


def open_session(engine: str, work: Work, shared: object, *, workers: int, address: str = "") -> Session:
    """Open a session of an engine.

    Raises
    ------
    UsageError
        No such engine, or an address for an engine that has none.
    MissingExtra
        The engine's packages are not installed.
    InputError
        The scheduler does not answer.
    """
    row = ENGINES.get(engine)
    if row is None:
        raise UsageError(
            f"unknown engine {engine!r}", allowed=tuple(ENGINES), next_step=suggest(engine, tuple(ENGINES))
        )
    if address and engine != "dask":
        raise UsageError(f"the engine {engine} does not take an address", allowed="dask")
    return row.open(work, shared, workers, address)
