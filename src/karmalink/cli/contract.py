"""What every verb shares: ``--study --json --seed --out``, how results and errors leave, and the exit codes.

Exit codes: 0 done, 2 usage, 3 bad input, 4 cannot be answered with these data, 5 integrity, 6 a fault of Karmalink.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karmalink.base.front import SHOW_TRACEBACK, is_panic, translated
from karmalink.errors import CannotAnswer, ImportFaults, KarmalinkError, UsageError

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = [
    "FromStudy",
    "JsonFlag",
    "OutPath",
    "Seed",
    "StudyPath",
    "check_folder",
    "check_new_file",
    "command_group",
    "emit",
    "notes_of_files",
    "progress",
    "run_guarded",
    "track",
]

StudyPath = Annotated[
    Path | None,
    typer.Option("--study", help="The study's folder.", envvar="KARMALINK_STUDY", show_default=False),
]
# A numerical verb works on files unless it is told otherwise here and now: with a study in the environment, the name of
# a file would else be looked up among its people.
FromStudy = Annotated[
    Path | None,
    typer.Option("--study", help="Work on this study: arguments are identifiers in it, not files.", show_default=False),
]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of everything random.", min=0)]
OutPath = Annotated[Path | None, typer.Option("--out", help="Where to write.", show_default=False)]


def command_group(name: str, text: str, *, old_options: Mapping[str, str] | None = None) -> typer.Typer:
    """Return the typer application of one noun.

    Parameters
    ----------
    name, text : str
        The noun, and what it is about.
    old_options : mapping of str to str, optional
        Former name of an option → its name now, both without dashes. The old name works and no help shows it.
    """
    renamed = dict(old_options or {})
    return typer.Typer(
        name=name,
        help=text,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"token_normalize_func": lambda token: renamed.get(token, token)} if renamed else None,
    )


def emit(result: Mapping[str, Any], text: str, *, as_json: bool) -> None:
    """Print a result: `text` for people, `result` as one JSON object for programs."""
    typer.echo(json.dumps(result, ensure_ascii=False, default=str, allow_nan=False) if as_json else text)


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Progress]:
    """Show progress on stderr, so that stdout stays a result; silent with `quiet` where stderr is not a terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=False) as bar:
        yield bar


def track(bar: Progress, what: str, *, at_once: bool = True) -> Callable[[int, int], None]:
    """Return what a call tells its progress (done, total), as one line of the bar.

    Parameters
    ----------
    bar : Progress
        Of :func:`progress`.
    what : str
        What is being done.
    at_once : bool
        False shows the line with the first call: for work that may tell no progress at all.
    """
    task = bar.add_task(what, total=None, visible=at_once)
    return lambda done, total: bar.update(task, completed=done, total=total, visible=True)


@contextmanager
def notes_of_files() -> Iterator[None]:
    """Say on stderr, as a note, what readers left out of a file or read otherwise; elsewhere it is a warning."""
    from karmalink.rows.notes import LeftOutWarning

    with warnings.catch_warnings():
        warnings.simplefilter("always", LeftOutWarning)
        usual = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            if issubclass(category, LeftOutWarning):
                typer.echo(f"note: {message}", err=True)
            else:
                usual(message, category, *where, **more)

        warnings.showwarning = show
        yield


def run_guarded(run: Callable[[], Any]) -> None:
    """Run and leave with the contract's exit code; errors go to stderr, as JSON where ``--json`` was asked for."""
    try:
        run()
    except KeyboardInterrupt:
        typer.echo("stopped; nothing was half written", err=True)
        sys.exit(130)
    except BaseException as error:  # the last catch: whatever it is, a message and an exit code
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        if os.environ.get(SHOW_TRACEBACK):
            traceback.print_exc()
        _leave(translated(error))


def check_new_file(out: Path | None, *, endings: Sequence[str] = ()) -> None:
    """Refuse, before anything is computed, a file that is there already or that cannot come to be.

    Parameters
    ----------
    out : Path or None
        What ``--out`` or its like named; None is nothing to refuse.
    endings : sequence of str
        The endings that are written; empty where the writer looks itself.

    Raises
    ------
    UsageError
        With the path and what to do about it.
    """
    if out is None:
        return
    if endings and out.suffix.casefold() not in endings:
        raise UsageError(
            f"the ending {out.suffix!r} says no form that is written here", where=out, allowed=tuple(endings)
        )
    if out.exists():
        raise UsageError("this file exists already", where=out, next_step="choose another name")
    check_folder(out)


def check_folder(out: Path | None) -> None:
    """Refuse, before anything is computed, a file whose folder is not there, or that is a folder itself.

    Raises
    ------
    UsageError
        With the path and what to do about it.
    """
    if out is None:
        return
    if out.is_dir():
        raise UsageError("this is a folder, not a file", where=out, next_step="name a file in it")
    folder = out.absolute().parent
    if not folder.is_dir():
        raise UsageError("there is no such folder", where=folder, next_step="make it first, or choose another place")


def _leave(error: KarmalinkError) -> None:
    if "--json" in sys.argv:
        body: dict[str, Any] = error.to_dict()
        if isinstance(error, ImportFaults):
            body["faults"] = [fault.to_dict() for fault in error.faults]
        typer.echo(json.dumps(body, ensure_ascii=False), err=True)
    else:
        head = "cannot be answered" if isinstance(error, CannotAnswer) else "error"
        typer.echo(f"{head}: {error}", err=True)
    sys.exit(error.exit_code)
