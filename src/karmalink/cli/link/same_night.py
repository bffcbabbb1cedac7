"""``karmalink link same-night``: two people, a couple or twins, on the nights that both have told of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.contract import JsonFlag, Seed, emit, progress, track
from karmalink.cli.link.options import ViewName, leave
from karmalink.cli.link.text import same_night_lines
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.reading_options import ReadingOptions
from karmalink.errors import UsageError

if TYPE_CHECKING:
    from karmalink.account import Account

__all__ = ["same_night_"]


@with_option_groups
def same_night_(
    accounts: Annotated[
        Path,
        typer.Argument(help="Accounts: a table (.csv, .tsv, .xlsx, .jsonl) of one or both.", show_default=False),
    ],
    others: Annotated[
        Path | None,
        typer.Argument(help="Accounts of the other person; leave it out where the first has both.", show_default=False),
    ] = None,
    *,
    other: Annotated[
        str | None,
        typer.Option("--other", help="The other person, among several.", show_default=False),
    ] = None,
    nearby: Annotated[
        int, typer.Option("--nearby", help="The same night is compared with nights up to so many days away.")
    ] = 7,
    view: ViewName = "all",
    reading: ReadingOptions,
    seed: Seed = 0,
    as_json: JsonFlag = False,
) -> None:
    """Do two people dream of the same on the same night, more than on other nights? Against every shift of nights.

    Exit code 4 where these data cannot tell.
    """
    from karmalink.link import same_night

    one, two = _both(accounts, others, reading, other)
    with progress(quiet=as_json) as bar:
        tell = track(bar, "shifting the nights")
        found = same_night(one, two, nearby=nearby, view=view, seed=seed, progress=tell)
    emit(found.to_dict(), "\n".join(same_night_lines(found)), as_json=as_json)
    leave(found.verdict)


def _both(
    accounts: Path, others: Path | None, options: ReadingOptions, other: str | None
) -> tuple[list[Account], list[Account]]:
    """Return the accounts of the one and of the other."""
    from karmalink.link.sources import only_one

    reading = options.reading()
    reading.check(accounts=accounts)
    first = reading.accounts(accounts)
    second = first if others is None else replace(reading, person=other).accounts(others)
    people = sorted({each.person for each in first})
    named = options.person
    if named is None and others is None and len(people) <= 2:
        named = next((name for name in people if name != other), None)  # of two people, the one that is not the other
    one = only_one("person", people, named, accounts)
    left = sorted({each.person for each in second} - {one})
    if not left:
        raise UsageError(
            f"the accounts are all by {one!r}",
            where=others or accounts,
            rule="two people are compared",
            next_step="give the accounts of the other person as the second file",
        )
    two = only_one("other", left, other, others or accounts)
    return [each for each in first if each.person == one], [each for each in second if each.person == two]
