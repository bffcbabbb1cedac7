"""The command line: noun, then verb. One module per noun, thin; whatever is heavy is imported inside the verb."""

from __future__ import annotations

import os

import typer

from karmalink.cli import demo
from karmalink.cli.account import commands as account
from karmalink.cli.contract import notes_of_files, run_guarded
from karmalink.cli.link import commands as link
from karmalink.cli.live import commands as live
from karmalink.cli.night import commands as night
from karmalink.cli.seek import commands as seek
from karmalink.cli.study import commands as study

__all__ = ["app", "main"]

# Plain help text: the rich one costs half of the 0.3 s that `--help` may take.
app = typer.Typer(
    name="karmalink",
    help="From a night to a place: dream accounts, whose life they are made of, and where they point.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for _noun in (study, night, live, account, link, seek):
    app.add_typer(_noun.app)
app.command("demo")(demo.demo)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and leave."),
) -> None:
    if version:
        from karmalink import __version__

        typer.echo(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)
    context.with_resource(notes_of_files())


def main() -> None:
    """Run the command line; every error a user can cause ends in a message and an exit code, never in a traceback."""
    # Our matrices are many and small: with a thread a core OpenBLAS waits more than it computes (the demo: 28 s before,
    # 20 s now on two cores). What gains by threads starts its own. Read when numpy is imported; what is set stands.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    run_guarded(app)
