"""``karmalink link …``: whose memory is this made of?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from karmalink.cli.contract import FromStudy, JsonFlag, Seed, emit, noun, progress
from karmalink.cli.link import align as link_align
from karmalink.cli.link import audit as link_audit
from karmalink.cli.link import lag as link_lag
from karmalink.cli.link.covariates import read_covariates
from karmalink.cli.link.options import (
    Accounts,
    Author,
    Calendar,
    Cut,
    Lags,
    LifeFile,
    LifeName,
    Lived,
    Means,
    Person,
    Rate,
    ShowText,
    ViewName,
    leave,
    study_at,
    track,
)
from karmalink.cli.link.run import Engine, JournalFolder, Memory, Scheduler, Workers, running
from karmalink.cli.link.sources import Picked, life_of, source_of
from karmalink.cli.link.text import carried_lines, pairs_lines, power_lines, pseudo_lines, stranger_lines
from karmalink.cli.opened import KeysFolder, PassphraseFile
from karmalink.errors import UsageError

__all__ = ["app"]

app = noun("link", "Whose memory is this made of? Which nights draw on which days, and is that more than chance?")
app.command("audit")(link_audit.audit_)
app.command("lag")(link_lag.lag)
app.command("align")(link_align.align_)


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
    covariates: Annotated[
        Path | None,
        typer.Option(
            "--covariates",
            help="What is known of accounts beside their words: a table with a column account; delay in minutes, say.",
            show_default=False,
        ),
    ] = None,
    person: Person = None,
    life_name: LifeName = None,
    calendar: Calendar = None,
    date_means: Means = None,
    author: Author = None,
    view: ViewName = "all",
    show_text: ShowText = False,
    engine: Engine = "serial",
    workers: Workers = 1,
    scheduler: Scheduler = None,
    memory: Memory = 512,
    journal: JournalFolder = None,
    seed: Seed = 0,
    study: FromStudy = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Which nights draw on which days of a life? What these data could show, the calibration, the links.

    Leaves with exit code 4 where these data cannot tell.
    """
    known = None if covariates is None else read_covariates(covariates)
    picked = Picked(person, life_name, calendar, date_means, author, cut_retellings)
    with source_of(accounts, life, picked, study_at(study, passphrase_file, keys), write=True) as source:
        source.can_carry(sought)
        before = source.power(lags=lags, q=q, seed=seed)
        with (
            running(engine, workers, scheduler, memory, journal, study=study is not None) as run_on,
            progress(quiet=as_json) as bar,
        ):
            tell = track(bar, "comparing past and future")
            found = source.pairs(
                null=null, lags=lags, q=q, seed=seed, covariates=known, view=view, executor=run_on, progress=tell
            )
            carried = None
            if sought is not None:
                asking = track(bar, "the accounts that speak of it")
                carried = source.carry(found, sought, seed=seed, progress=asking)
    text = [*power_lines(before, ("mirror",)), "", *pairs_lines(found, show_text=show_text)]
    result = found.to_dict(texts=show_text)
    if carried is not None:
        text += carried_lines(carried)
        result["carried"] = [clue.to_dict() for clue in carried.clues]
        result["part"] = None if carried.part is None else carried.part.finding
    emit(result, "\n".join(text), as_json=as_json)
    leave(found.verdict)


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
        with source_of(accounts, life, picked, study_at(study, passphrase_file, keys)) as source:
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
    engine: Engine = "serial",
    workers: Workers = 1,
    scheduler: Scheduler = None,
    memory: Memory = 512,
    journal: JournalFolder = None,
    seed: Seed = 0,
    as_json: JsonFlag = False,
) -> None:
    """Test the test on a life: sign odds with nothing to find, and the power for planted retellings of its own days.

    Leaves with exit code 4 where the mirror null cannot be used on this life.
    """
    from karmalink.link import Verdict, pseudo

    lived = life_of(life, Picked(life=life_name, calendar=calendar, author=author))
    with running(engine, workers, scheduler, memory, journal) as run_on, progress(quiet=as_json) as bar:
        tell = track(bar, "pseudo-accounts")
        found = pseudo(
            lived,
            lags=lags,
            q=q,
            transplants=transplants,
            cut_retellings=cut_retellings,
            executor=run_on,
            seed=seed,
            progress=tell,
        )
    emit(found.to_dict(), "\n".join(pseudo_lines(found)), as_json=as_json)
    usable = found.calibration.usable and found.calibration.measured
    leave(Verdict.NOTHING if usable else Verdict.NOT_USABLE)


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
    view: ViewName = "all",
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
    with source_of(accounts, lives, picked, study_at(study, passphrase_file, keys), write=True) as source:
        before = power(0, 0, source.others(), seed=seed)
        with progress(quiet=as_json) as bar:
            tell = track(bar, "lives")
            found = source.rank(own, alpha=alpha, q=q, view=view, progress=tell)
    text = [*power_lines(before, ("stranger",)), "", *stranger_lines(found)]
    emit(found.to_dict(), "\n".join(text), as_json=as_json)
    leave(found.verdict)
