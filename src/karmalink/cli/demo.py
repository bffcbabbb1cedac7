"""``karmalink demo``: the demo study, the whole flow, one report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.contract import JsonFlag, Seed, emit, progress

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["demo"]

Tell = Callable[[int, int], None]
_OUT = Path("build/demo")


def demo(
    out: Annotated[Path, typer.Option("--out", help="The demo's own folder; a new run recreates it.")] = _OUT,
    seed: Seed = 7,
    worlds: Annotated[int, typer.Option("--worlds", help="Pairs of simulated worlds for the figure.", min=2)] = 200,
    workers: Annotated[int, typer.Option("--workers", help="Processes for these worlds.", min=1)] = 2,
    as_json: JsonFlag = False,
) -> None:
    """Create the demo study, run the whole analysis through all four rooms, and write one self-contained report."""
    from karmalink.demo.flow import run_demo

    with progress() as bar:
        made = run_demo(out, seed=seed, worlds=worlds, workers=workers, watch=_watcher(bar))
    lines = [f"- {finding}" for finding in made.findings()]
    lines.append(f"The study is in {made.study}, its keys in {made.keys}; its passphrase: {made.passphrase}")
    emit(made.to_dict(), "\n".join([*lines, str(made.report)]), as_json=as_json)


def _watcher(bar: Progress) -> Callable[[str], AbstractContextManager[Tell]]:
    """Return what shows one bar per step of the flow."""

    @contextmanager
    def watch(name: str) -> Iterator[Tell]:
        task = bar.add_task(name, total=1)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield tell
        bar.update(task, completed=bar.tasks[task].total or 1)

    return watch
