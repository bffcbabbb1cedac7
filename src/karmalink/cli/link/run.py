"""Where a long run of ``karmalink link`` takes place, and its journal: the options, and the executor that they mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.errors import UsageError

if TYPE_CHECKING:
    from karmalink.link import Executor

__all__ = ["Engine", "JournalFolder", "Memory", "Scheduler", "Workers", "executor_of", "running"]

Engine = Annotated[str, typer.Option("--engine", help="Where blocks of the work run: serial, pool or dask.")]
Workers = Annotated[int, typer.Option("--workers", help="Processes of pool, or of the cluster that dask starts.")]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", help="With --engine dask: a scheduler that runs already.", show_default=False),
]
Memory = Annotated[int, typer.Option("--memory", help="What the work on one block may take, in MB, per worker.")]
JournalFolder = Annotated[
    Path | None,
    typer.Option(
        "--journal",
        help="Keep what is done in this folder until all is: the same call goes on there after it was killed. Not "
        "encrypted; a study has its own.",
        show_default=False,
    ),
]


@contextmanager
def running(
    engine: str, workers: int, scheduler: str | None, memory: int, journal: Path | None, *, study: bool = False
) -> Iterator[Executor]:
    """Give the executor that the options mean, and clear its journal where all went well.

    Raises
    ------
    UsageError
        An option that cannot be meant, or a journal beside a study.
    """
    if study and journal is not None:
        raise UsageError("--journal is for files", rule="what a study holds is not written in the clear")
    executor = executor_of(engine, workers, scheduler, memory, journal)
    yield executor
    if executor.journal is not None:
        executor.journal.clear()


def executor_of(engine: str, workers: int, scheduler: str | None, memory: int, journal: Path | None) -> Executor:
    """Return the executor that the options mean.

    Raises
    ------
    UsageError
        An option that cannot be meant.
    """
    from karmalink.link import Executor, FileJournal

    kept = None if journal is None else FileJournal(journal)
    return Executor(engine, workers, scheduler or "", memory, kept)
