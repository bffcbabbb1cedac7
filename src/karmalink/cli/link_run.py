"""Where a long run of ``karmalink link`` takes place, and its journal: the options, and the executor that they mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from karmalink.link import Executor

__all__ = ["Engine", "JournalFolder", "Memory", "Scheduler", "Workers", "executor_of"]

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
