"""``karmalink link …``: whose memory is this made of?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.contract import FromStudy, JsonFlag, Seed, emit, noun, progress
from karmalink.cli.link_sources import Picked, StudyAt, life_of, source_of
from karmalink.cli.link_text import carried_lines, curve_lines, pairs_lines, power_lines, pseudo_lines, stranger_lines
from karmalink.cli.opened import KeysFolder, PassphraseFile
from karmalink.errors import UsageError

if TYPE_CHECKING:
    from rich.progress import Progress

    from karmalink.link import Verdict

__all__ = ["app"]

app = noun("link", "Whose memory is this made of? Which nights draw on which days, and is that more than chance?")

Accounts = Annotated[
    str | None,
    typer.Argument(help="Accounts: .csv, .tsv or .jsonl. With --study: a person's identifier.", show_default=False),
]
Lived = Annotated[
    str | None,
    typer.Argument(
        help="A life: entries as .csv, .tsv, .jsonl; a calendar .ics; a WhatsApp export .txt. With --study: a life's "
        "identifier.",
        show_default=False,
    ),
]
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
    accounts: Accounts = None,
    life: Lived = None,
    null: Annotated[str, typer.Option("--null", help="Which decoys: mirror (the same life's future).")] = "mirror",
    lags: Lags = 7,
    q: Rate = 0.10,
    cut_retellings: Cut = False,
    sought: Annotated[
        str | None,
        typer.Option(
            "--sought",
            help="With --study: add the links as clues to its map, of accounts that speak of these words.",
            show_default=False,
        ),
    ] = None,
    person: Person = None,
    life_name: LifeName = None,
    calendar: Calendar = None,
    date_means: Means = None,
    author: Author = None,
    show_text: ShowText = False,
    seed: Seed = 0,
    study: FromStudy = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Which nights draw on which days of a life? What these data could show, the calibration, the links.

    Leaves with exit code 4 where these data cannot tell.
    """
    picked = Picked(person, life_name, calendar, date_means, author, cut_retellings)
    with source_of(accounts, life, picked, _study(study, passphrase_file, keys), write=True) as source:
        source.can_carry(sought)
        before = source.power(lags=lags, q=q, seed=seed)
        with progress(quiet=as_json) as bar:
            tell = _track(bar, "comparing past and future")
            found = source.pairs(null=null, lags=lags, q=q, seed=seed, progress=tell)
        carried = None if sought is None else source.carry(found, sought)
    text = [*power_lines(before, ("mirror",)), "", *pairs_lines(found, show_text=show_text)]
    result = found.to_dict(texts=show_text)
    if carried is not None:
        text += carried_lines(carried, found)
        result["carried"] = [clue.to_dict() for clue in carried]
    emit(result, "\n".join(text), as_json=as_json)
    _leave(found.verdict)


@app.command("lag")
def lag(
    accounts: Accounts = None,
    life: Lived = None,
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
    study: FromStudy = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """How far back do the accounts reach? The past minus the future, day by day, against every shift of the nights.

    Leaves with exit code 4 where these data cannot tell.
    """
    picked = Picked(person, life_name, calendar, date_means, author, cut_retellings)
    with source_of(accounts, life, picked, _study(study, passphrase_file, keys), write=True) as source:
        before = source.power(lags=lags, seed=seed)
        with progress(quiet=as_json) as bar:
            tell = _track(bar, "shifting the nights")
            curve = source.lag(lags=lags, within=within, seed=seed, progress=tell)
    text = [*power_lines(before, ("shift",)), "", *curve_lines(curve)]
    emit(curve.to_dict(), "\n".join(text), as_json=as_json)
    _leave(curve.verdict)


@app.command("power")
def power_(
    accounts: Accounts = None,
    life: Lived = None,
    nights: Annotated[
        int | None, typer.Option("--nights", help="Nights with an account, for a study in planning.", min=0)
    ] = None,
    days: Annotated[int | None, typer.Option("--days", help="Days of the life's span.", min=0)] = None,
    decoys: Annotated[
        int | None, typer.Option("--decoys", help="Other lives; with --study they are counted.", min=0)
    ] = None,
    dreamers: Annotated[int, typer.Option("--dreamers", help="Dreamers with as many nights each.", min=1)] = 1,
    lags: Lags = 7,
    q: Rate = 0.10,
    person: Person = None,
    life_name: LifeName = None,
    calendar: Calendar = None,
    date_means: Means = None,
    author: Author = None,
    seed: Seed = 0,
    study: FromStudy = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """What can so many nights, days and other lives answer? Of two files, or of numbers while a study is planned."""
    from karmalink.link import power

    if accounts is not None and life is not None:
        picked = Picked(person, life_name, calendar, date_means, author)
        with source_of(accounts, life, picked, _study(study, passphrase_file, keys)) as source:
            found = source.power(decoys=decoys, lags=lags, q=q, seed=seed)
    elif nights is not None and days is not None and accounts is None and study is None:
        found = power(nights, days, decoys or 0, n_dreamers=dreamers, lags=lags, q=q, seed=seed)
    else:
        raise UsageError(
            "nothing to count",
            allowed="two files, --study with a person and a life, or --nights and --days",
            next_step="karmalink link power --help",
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

    lived = life_of(life, Picked(life=life_name, calendar=calendar, author=author))
    with progress(quiet=as_json) as bar:
        tell = _track(bar, "pseudo-accounts")
        found = pseudo(
            lived,
            lags=lags,
            q=q,
            transplants=transplants,
            cut_retellings=cut_retellings,
            seed=seed,
            progress=tell,
        )
    emit(found.to_dict(), "\n".join(pseudo_lines(found)), as_json=as_json)
    usable = found.calibration.usable and found.calibration.measured
    _leave(Verdict.NOTHING if usable else Verdict.NOT_USABLE)


@app.command("stranger")
def stranger_(
    accounts: Accounts = None,
    register: Annotated[
        str | None,
        typer.Argument(
            help="The life asked about and the others, as one table of entries. With --study: leave it out.",
            show_default=False,
        ),
    ] = None,
    own: Annotated[str, typer.Option("--life", help="The life asked about; with --study one of kind register.")] = "",
    alpha: Annotated[float, typer.Option("--alpha", help="Rate of the test on all accounts together.")] = 0.01,
    q: Rate = 0.10,
    person: Person = None,
    calendar: Calendar = None,
    date_means: Means = None,
    seed: Seed = 0,
    study: FromStudy = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Do the accounts fit one life better than the others of a register? One competition, no dates.

    Leaves with exit code 4 where so many lives cannot tell.
    """
    from karmalink.link import power

    if not own:
        raise UsageError("which life is asked about?", allowed="--life ID")
    if study is not None and register is not None:
        raise UsageError("with --study the registers are those of the study", allowed="--study STUDY PERSON --life ID")
    picked = Picked(person=person, calendar=calendar, date_means=date_means)
    lives = register if study is None else own
    with source_of(accounts, lives, picked, _study(study, passphrase_file, keys), write=True) as source:
        before = power(0, 0, source.others(), seed=seed)
        with progress(quiet=as_json) as bar:
            tell = _track(bar, "lives")
            found = source.rank(own, alpha=alpha, q=q, progress=tell)
    text = [*power_lines(before, ("stranger",)), "", *stranger_lines(found)]
    emit(found.to_dict(), "\n".join(text), as_json=as_json)
    _leave(found.verdict)


def _study(folder: Path | None, passphrase_file: Path | None, keys: Path | None) -> StudyAt | None:
    return None if folder is None else StudyAt(folder, passphrase_file, keys)


def _track(bar: Progress, what: str) -> Callable[[int, int], None]:
    task = bar.add_task(what, total=None)
    return lambda done, total: bar.update(task, completed=done, total=total)


def _leave(verdict: Verdict) -> None:
    if not verdict.answered:
        raise typer.Exit(_CANNOT_ANSWER)
