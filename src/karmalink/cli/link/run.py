"""Where a long run of ``karmalink link`` takes place, and its journal: the options, and the executor that they mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.errors import UsageError

if TYPE_CHECKING:
    from karmalink.link import Executor

__all__ = ["RunOptions"]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Where blocks of the work run, with how much, and what is kept of them (``cli.option_groups``)."""

    engine: Annotated[str, typer.Option("--engine", help="Where blocks of the work run: serial, pool or dask.")] = (
        "serial"
    )
    workers: Annotated[
        int, typer.Option("--workers", help="Processes of pool, or of the cluster that dask starts.")
    ] = 1
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", help="With --engine dask: address of a running scheduler.", show_default=False),
    ] = None
    memory: Annotated[int, typer.Option("--memory", help="Memory that one block may use, in MB, per worker.")] = 512
    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal",
            help="Keep finished blocks in this folder: the same call resumes after being killed. Not encrypted; "
            "a study has its own.",
            show_default=False,
        ),
    ] = None

    @contextmanager
    def executor(self, *, study: bool = False) -> Iterator[Executor]:
        """Give the executor that the options mean, and clear its journal where all went well.

        Raises
        ------
        UsageError
            An option that cannot be meant, or a journal beside a study.
        """
        from karmalink.link import Executor, FileJournal

        if study and self.journal is not None:
            raise UsageError("--journal is for files", rule="data of a study are not written unencrypted")
        kept = None if self.journal is None else FileJournal(self.journal)
        found = Executor(self.engine, self.workers, self.scheduler or "", self.memory, kept)
        yield found
        if found.journal is not None:
            found.journal.clear()
