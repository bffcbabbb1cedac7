"""``karmalink link …``: whose memory is this made of?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karmalink.cli.contract import JsonFlag, Seed, emit, noun, progress
from karmalink.cli.link_text import curve_lines, pairs_lines, power_lines, pseudo_lines, stranger_lines
from karmalink.errors import UsageError, suggest

if TYPE_CHECKING:
    from karmalink.account import Account, Life
    from karmalink.link import Verdict

__all__ = ["app"]

app = noun("link", "Whose memory is this made of? Which nights draw on which days, and is that more than chance?")

AccountsFile = Annotated[Path, typer.Argument(help="Accounts: .csv, .tsv or .jsonl.", show_default=False)]
LifeFile = Annotated[
    Path,
    typer.Argument(
        help="A life: entries as .csv, .tsv, .jsonl; a calendar .ics; a WhatsApp export .txt.", show_default=False
    ),
]
Person = Annotated[
    str | None,
    typer.Option("--person", help="Whose accounts, where the file holds several persons'.", show_default=False),
]
LifeName = Annotated[
    str | None, typer.Option("--life", help="Which life, where the file holds several.", show_default=False)
]
Calendar = Annotated[
    str | None,
    typer.Option(
        "--calendar", help="Calendar of rows that name none: gregorian, julian, buddhist.", show_default=False
    ),
]
Means = Annotated[
    str | None,
    typer.Option(
        "--date-means",
        help="What dates of accounts mean where a row does not say: night_of, morning_of, unknown (both are run).",
        show_default=False,
    ),
]
Author = Annotated[
    str | None, typer.Option("--author", help="Who wrote the entries, where the file does not say.", show_default=False)
]
Cut = Annotated[
    bool, typer.Option("--cut-retellings", help="Cut the passages of the entries that retell a dream first.")
]
Lags = Annotated[int, typer.Option("--lags", help="Window: this many days before a night against as many after it.")]
Rate = Annotated[float, typer.Option("--q", help="Nominal false discovery rate.")]
ShowText = Annotated[
    bool, typer.Option("--show-text", help="Print the matching units too. They are people's own words.")
]

_CANNOT_ANSWER = 4


@app.command("pairs")
def pairs_(
    accounts: AccountsFile,
    life: LifeFile,
    null: Annotated[str, typer.Option("--null", help="Which decoys: mirror (the same life's future).")] = "mirror",
    lags: Lags = 7,
    q: Rate = 0.10,
    cut_retellings: Cut = False,
    person: Person = None,
    life_name: LifeName = None,
    calendar: Calendar = None,
    date_means: Means = None,
    author: Author = None,
    show_text: ShowText = False,
    seed: Seed = 0,
    as_json: JsonFlag = False,
) -> None:
    """Which nights draw on which days of a life? What these data could show, the calibration, the links.

    Leaves with exit code 4 where these data cannot tell.
    """
    from karmalink.link import pairs, power_for

    said = _accounts(accounts, person, calendar, date_means)
    lived = _life(life, life_name, calendar, author)
    before = power_for(said, lived, lags=lags, q=q, seed=seed)
    with progress(quiet=as_json) as bar:
        task = bar.add_task("comparing past and future", total=None)
        found = pairs(
            said,
            lived,
            null=null,
            lags=lags,
            q=q,
            cut_retellings=cut_retellings,
            seed=seed,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    text = [*power_lines(before, ("mirror",)), "", *pairs_lines(found, show_text=show_text)]
    emit(found.to_dict(texts=show_text), "\n".join(text), as_json=as_json)
    _leave(found.verdict)


@app.command("lag")
def lag(
    accounts: AccountsFile,
    life: LifeFile,
    lags: Lags = 14,
    within: Annotated[
        int | None,
        typer.Option("--within", help="Keep shifts within so many days, where the life drifts.", show_default=False),
    ] = None,
    cut_retellings: Cut = False,
    person: Person = None,
    life_name: LifeName = None,
    calendar: Calendar = None,
    date_means: Means = None,
    author: Author = None,
    seed: Seed = 0,
    as_json: JsonFlag = False,
) -> None:
    """How far back do the accounts reach? The past minus the future, day by day, against every shift of the nights.

    Leaves with exit code 4 where these data cannot tell.
    """
    from karmalink.link import lag_curve, power_for

    said = _accounts(accounts, person, calendar, date_means)
    lived = _life(life, life_name, calendar, author)
    before = power_for(said, lived, lags=lags, seed=seed)
    with progress(quiet=as_json) as bar:
        task = bar.add_task("shifting the nights", total=None)
        curve = lag_curve(
            said,
            lived,
            lags=lags,
            within=within,
            cut_retellings=cut_retellings,
            seed=seed,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    text = [*power_lines(before, ("shift",)), "", *curve_lines(curve)]
    emit(curve.to_dict(), "\n".join(text), as_json=as_json)
    _leave(curve.verdict)


@app.command("power")
def power_(
    accounts: Annotated[
        Path | None, typer.Argument(help="Accounts to count; or give --nights and --days.", show_default=False)
    ] = None,
    life: Annotated[Path | None, typer.Argument(help="The life to count.", show_default=False)] = None,
    nights: Annotated[
        int | None, typer.Option("--nights", help="Nights with an account, for a study in planning.", min=0)
    ] = None,
    days: Annotated[int | None, typer.Option("--days", help="Days of the life's span.", min=0)] = None,
    decoys: Annotated[int, typer.Option("--decoys", help="Other lives.", min=0)] = 0,
    dreamers: Annotated[int, typer.Option("--dreamers", help="Dreamers with as many nights each.", min=1)] = 1,
    lags: Lags = 7,
    q: Rate = 0.10,
    person: Person = None,
    life_name: LifeName = None,
    calendar: Calendar = None,
    date_means: Means = None,
    author: Author = None,
    seed: Seed = 0,
    as_json: JsonFlag = False,
) -> None:
    """What can so many nights, days and other lives answer? Of two files, or of numbers while a study is planned."""
    from karmalink.link import power, power_for

    if accounts is not None and life is not None:
        said = _accounts(accounts, person, calendar, date_means)
        found = power_for(said, _life(life, life_name, calendar, author), n_decoys=decoys, lags=lags, q=q, seed=seed)
    elif nights is not None and days is not None and accounts is None:
        found = power(nights, days, decoys, n_dreamers=dreamers, lags=lags, q=q, seed=seed)
    else:
        raise UsageError(
            "nothing to count", allowed="two files, or --nights and --days", next_step="karmalink link power --help"
        )
    emit(found.to_dict(), "\n".join(power_lines(found)), as_json=as_json)


@app.command("pseudo")
def pseudo_(
    life: LifeFile,
    transplants: Annotated[
        bool, typer.Option("--transplants/--no-transplants", help="Plant retold halves of past days and find them.")
    ] = True,
    lags: Lags = 7,
    q: Rate = 0.10,
    cut_retellings: Cut = False,
    life_name: LifeName = None,
    calendar: Calendar = None,
    author: Author = None,
    seed: Seed = 0,
    as_json: JsonFlag = False,
) -> None:
    """Test the test on a life: sign odds with nothing to find, and the power for planted retellings of its own days.

    Leaves with exit code 4 where the mirror null cannot be used on this life.
    """
    from karmalink.link import Verdict, pseudo

    lived = _life(life, life_name, calendar, author)
    with progress(quiet=as_json) as bar:
        task = bar.add_task("pseudo-accounts", total=None)
        found = pseudo(
            lived,
            lags=lags,
            q=q,
            transplants=transplants,
            cut_retellings=cut_retellings,
            seed=seed,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    emit(found.to_dict(), "\n".join(pseudo_lines(found)), as_json=as_json)
    usable = found.calibration.usable and found.calibration.measured
    _leave(Verdict.NOTHING if usable else Verdict.NOT_USABLE)


@app.command("stranger")
def stranger_(
    accounts: AccountsFile,
    register: Annotated[Path, typer.Argument(help="The life asked about and the others, as one table of entries.")],
    own: Annotated[str, typer.Option("--life", help="The life asked about.")],
    alpha: Annotated[float, typer.Option("--alpha", help="Rate of the test on all accounts together.")] = 0.01,
    q: Rate = 0.10,
    person: Person = None,
    calendar: Calendar = None,
    date_means: Means = None,
    seed: Seed = 0,
    as_json: JsonFlag = False,
) -> None:
    """Do the accounts fit one life better than the others of a register? One competition, no dates.

    Leaves with exit code 4 where so many lives cannot tell.
    """
    from karmalink.account import read_lives
    from karmalink.link import power, stranger

    said = _accounts(accounts, person, calendar, date_means)
    lives = read_lives(register, calendar=calendar)
    before = power(0, 0, max(0, len(lives) - 1), seed=seed)
    with progress(quiet=as_json) as bar:
        task = bar.add_task("lives", total=len(lives))
        found = stranger(
            said,
            lives,
            own,
            alpha=alpha,
            q=q,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    text = [*power_lines(before, ("stranger",)), "", *stranger_lines(found)]
    emit(found.to_dict(), "\n".join(text), as_json=as_json)
    _leave(found.verdict)


def _leave(verdict: Verdict) -> None:
    if not verdict.answered:
        raise typer.Exit(_CANNOT_ANSWER)


def _accounts(file: Path, person: str | None, calendar: str | None, means: str | None) -> list[Account]:
    """Return the accounts of one person."""
    from karmalink.account import read_accounts

    found = read_accounts(file, calendar=calendar, date_means=means)
    people = sorted({account.person for account in found})
    chosen = _chosen("person", person, people, file)
    return [account for account in found if account.person == chosen]


def _life(file: Path, name: str | None, calendar: str | None, author: str | None) -> Life:
    """Return one life of a file."""
    from karmalink.account import read_lives

    options: dict[str, Any] = {"calendar": calendar, "author": author}
    if file.suffix.casefold() in (".ics", ".txt"):
        options["life"] = name or file.stem
    lives = {life.id: life for life in read_lives(file, **options)}
    return lives[_chosen("life", name, sorted(lives), file)]


def _chosen(what: str, given: str | None, there: list[str], file: Path) -> str:
    if given is None and len(there) == 1:
        return there[0]
    if given in there:
        return given
    raise UsageError(
        f"the file holds {len(there)} {'people' if what == 'person' else 'lives'}"
        + (f", and none is called {given!r}" if given else ""),
        where=file,
        allowed=there[:10],
        next_step=suggest(given or "", there) or f"name one with --{what}",
    )
