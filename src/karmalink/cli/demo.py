"""``karmalink demo``: the demo study, the whole flow, one report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.contract import JsonFlag, Seed, progress

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["demo"]


def demo(
    out: Annotated[Path, typer.Option("--out", help="The demo's own folder; a new run remakes it.")] = Path(
        "build/demo"
    ),
    seed: Seed = 7,
    worlds: Annotated[int, typer.Option("--worlds", help="Seeded worlds for the figure.", min=2)] = 200,
    workers: Annotated[int, typer.Option("--workers", help="Processes for these worlds.", min=1)] = 2,
    as_json: JsonFlag = False,
) -> None:
    """Make the demo study, run the whole flow through all four rooms, and write one self-contained report."""
    import json

    from karmalink.demo.flow import run_demo

    with progress() as bar:
        made = run_demo(out, seed=seed, worlds=worlds, workers=workers, watch=_watcher(bar))
    if as_json:
        typer.echo(json.dumps(made.to_dict(), ensure_ascii=False, allow_nan=False))
        return
    for finding in made.findings():
        typer.echo(f"- {finding}")
    typer.echo(f"The study is in {made.study}, its keys in {made.keys}; passphrase: {made.passphrase}")
    typer.echo(str(made.report))


def _watcher(bar: Progress) -> Callable[[str], contextmanager[Callable[[int, int], None]]]:  # type: ignore[valid-type]
    @contextmanager
    def watch(name: str) -> Iterator[Callable[[int, int], None]]:
        task = bar.add_task(name, total=1)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield tell
        bar.update(task, completed=bar.tasks[task].total or 1)

    return watch
