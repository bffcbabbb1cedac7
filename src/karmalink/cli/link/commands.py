"""``karmalink link …``: whose memory is this made of?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karmalink.cli.contract import JsonFlag, Seed, command_group, emit, progress, track
from karmalink.cli.link import align as link_align
from karmalink.cli.link import audit as link_audit
from karmalink.cli.link import claims as link_claims
from karmalink.cli.link import lag as link_lag
from karmalink.cli.link import same_night as link_same_night
from karmalink.cli.link.options import (
    Accounts,
    Cut,
    EncoderName,
    FilesOptions,
    LifeFile,
    Lived,
    ModelFile,
    Rate,
    ShowText,
    ViewName,
    WindowOptions,
    encoder_of,
    leave,
    source_of,
)
from karmalink.cli.link.run import RunOptions
from karmalink.cli.link.text import (
    carried_lines,
    language_lines,
    pairs_lines,
    pooled_lines,
    power_lines,
    pseudo_lines,
    stranger_lines,
)
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.reading_options import ReadingOptions
from karmalink.cli.study_access import FromStudyOptions
from karmalink.errors import UsageError

if TYPE_CHECKING:
    from karmalink.account import Life
    from karmalink.link import PairsResult
    from karmalink.link.sources import FileSource, Languages, Question
    from karmalink.study.analyses.links_to_clues import LinksToClues
    from karmalink.study.analyses.study_source import StudySource

__all__ = ["app"]

app = command_group(
    "link", "Whose memory is this made of? Which nights draw on which days, and is that more than chance?"
)
app.command("audit")(link_audit.audit_)
app.command("lag")(link_lag.lag)
app.command("align")(link_align.align_)
app.command("claims")(link_claims.claims_)
app.command("same-night")(link_same_night.same_night_)


@dataclass(frozen=True, slots=True)
class PairsOptions(WindowOptions):
    """What is asked of nights and days, and the covariates."""

    null: Annotated[str, typer.Option("--null", help="Which decoys: mirror (the same life's future).")] = "mirror"
    cut_retellings: Cut = False
    sought: Annotated[
        str | None,
        typer.Option(
            "--sought",
            help="With --study: add the links of accounts that mention these words as clues to its map.",
            show_default=False,
        ),
    ] = None
    covariates: Annotated[
        Path | None,
        typer.Option(
            "--covariates",
            help="Covariates of accounts: a table with a column account and others (delay in minutes, say).",
            show_default=False,
        ),
    ] = None
    encoder: EncoderName = "lexical"
    model: ModelFile = None
    view: ViewName = "all"
    everyone: Annotated[
        bool,
        typer.Option(
            "--everyone",
            help="All people of the first file, each with a life of their own in the second: one rule over all nights; "
            "with --study, of the study.",
        ),
    ] = False
    show_text: ShowText = False

    def check(self, reading: FilesOptions) -> None:
        """Refuse options that are for one person.

        Raises
        ------
        UsageError
            One of them with ``--everyone``.
        """
        one = self.covariates is not None or self.sought is not None or self.null != "mirror"
        if self.everyone and (one or reading.person or reading.life_name):
            raise UsageError(
                "--everyone asks about all people at once",
                rule="no --person, --life, --covariates or --sought, and the mirror null",
            )

    def question(self, seed: int) -> Question:
        """Return what is asked."""
        from karmalink.link.error_control.covariates import read_covariates
        from karmalink.link.sources import Question

        known = None if self.covariates is None else read_covariates(self.covariates)
        encoder = encoder_of(self.encoder, self.model)
        return Question(
            null=self.null, lags=self.lags, q=self.q, covariates=known, encoder=encoder, view=self.view, seed=seed
        )


@app.command("pairs")
@with_option_groups
def pairs_(
    accounts: Accounts = None,
    life: Lived = None,
    *,
    asked: PairsOptions,
    reading: FilesOptions,
    run: RunOptions,
    seed: Seed = 0,
    at: FromStudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Which nights draw on which days of a life? What these data could show, the calibration, the links.

    Exit code 4 where these data cannot tell.
    """
    asked.check(reading)
    question, cut, everybody = asked.question(seed), asked.cut_retellings, asked.everyone
    with source_of(accounts, life, reading, at, cut_retellings=cut, write=True, everybody=everybody) as source:
        if everybody:
            with run.executor(study=at.study is not None) as executor, progress(quiet=as_json) as bar:
                tell = track(bar, "comparing past and future of all dreamers")
                pooled = source.pooled_pairs(replace(question, executor=executor, progress=tell))
            lines = pooled_lines(pooled, show_text=asked.show_text)
            emit(pooled.to_dict(texts=asked.show_text), "\n".join(lines), as_json=as_json)
            leave(pooled.verdict)
            return
        _can_carry(source, asked.sought)
        before = source.power(question)
        with run.executor(study=at.study is not None) as executor, progress(quiet=as_json) as bar:
            tell = track(bar, "comparing past and future")
            found = source.pairs(replace(question, executor=executor, progress=tell))
            carried = None
            if asked.sought is not None:
                tell = track(bar, "accounts that mention it")
                carried = _carry(source, found, asked.sought, replace(question, progress=tell))
    text = [*power_lines(before, ("mirror",)), "", *pairs_lines(found, show_text=asked.show_text)]
    result = found.to_dict(texts=asked.show_text)
    if carried is not None:
        text += carried_lines(carried)
        result["carried"] = [clue.to_dict() for clue in carried.clues]
        result["part"] = None if carried.part is None else carried.part.finding
    emit(result, "\n".join(text), as_json=as_json)
    leave(found.verdict)


def _can_carry(source: FileSource | StudySource, sought: str | None) -> None:
    """Refuse what cannot be carried, before anything is computed."""
    if sought is None:
        return
    from karmalink.link.sources import FileSource
    from karmalink.study.analyses.links_to_clues import sought_words

    if isinstance(source, FileSource):
        raise UsageError(
            "clues cannot be added to files",
            rule="--sought adds links to the clues of a study, which are removed when a person withdraws",
            allowed="--study STUDY PERSON LIFE --sought WORDS",
        )
    sought_words([sought])


def _carry(source: Any, found: PairsResult, sought: str, question: Question) -> LinksToClues:
    from karmalink.study.analyses.links_to_clues import add_clues_from_links

    return add_clues_from_links(source.study, found, sought=[sought], seed=question.seed, progress=question.progress)


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """Numbers of a study that is being planned."""

    nights: Annotated[int | None, typer.Option("--nights", help="Planned number of nights with an account.", min=0)] = (
        None
    )
    days: Annotated[int | None, typer.Option("--days", help="Planned span of the life, in days.", min=0)] = None
    decoys: Annotated[
        int | None, typer.Option("--decoys", help="Other lives; with --study they are counted.", min=0)
    ] = None
    dreamers: Annotated[
        int, typer.Option("--dreamers", help="Number of dreamers, each with as many nights.", min=1)
    ] = 1


@app.command("power")
@with_option_groups
def power_(
    accounts: Accounts = None,
    life: Lived = None,
    *,
    plan: PlanOptions,
    window: WindowOptions,
    reading: FilesOptions,
    seed: Seed = 0,
    at: FromStudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """What could these nights, days and other lives answer? From two files, or from numbers while planning a study."""
    from karmalink.link import power
    from karmalink.link.sources import Question

    languages: Languages = ((), ())
    if accounts is not None and life is not None:
        question = Question(decoys=plan.decoys, lags=window.lags, q=window.q, seed=seed)
        with source_of(accounts, life, reading, at) as source:
            found, languages = source.power(question), source.languages()
    elif plan.nights is not None and plan.days is not None and accounts is None and at.study is None:
        found = power(
            plan.nights,
            plan.days,
            plan.decoys or 0,
            n_dreamers=plan.dreamers,
            lags=window.lags,
            q=window.q,
            seed=seed,
        )
    else:
        raise UsageError(
            "two files or two numbers are needed",
            allowed="two files, --study with a person and a life, or --nights and --days",
            next_step="karmalink link power --help",
        )
    told = dict(zip(("accounts", "life"), ([one.to_dict() for one in shares] for shares in languages), strict=True))
    text = [*power_lines(found), *language_lines(languages)]
    emit({**found.to_dict(), "languages": told}, "\n".join(text), as_json=as_json)


@app.command("pseudo")
@with_option_groups
def pseudo_(
    life: LifeFile,
    transplants: Annotated[
        bool,
        typer.Option(
            "--transplants/--no-transplants", help="Plant retold halves of past days and measure how many are found."
        ),
    ] = True,
    cut_retellings: Cut = False,
    *,
    window: WindowOptions,
    reading: ReadingOptions,
    run: RunOptions,
    seed: Seed = 0,
    as_json: JsonFlag = False,
) -> None:
    """Test the test on a life: sign odds with nothing to find, and the power for planted retellings of its own days.

    Exit code 4 where the mirror null cannot be used on this life.
    """
    from karmalink.link import Verdict, pseudo

    lived = _only_life(life, reading)
    with run.executor() as executor, progress(quiet=as_json) as bar:
        found = pseudo(
            lived,
            lags=window.lags,
            q=window.q,
            transplants=transplants,
            cut_retellings=cut_retellings,
            executor=executor,
            seed=seed,
            progress=track(bar, "pseudo-accounts"),
        )
    emit(found.to_dict(), "\n".join(pseudo_lines(found)), as_json=as_json)
    usable = found.calibration.usable and found.calibration.measured
    leave(Verdict.NOTHING if usable else Verdict.NOT_USABLE)


def _only_life(file: Path, options: ReadingOptions) -> Life:
    from karmalink.link.sources import only_one

    reading = options.reading()
    reading.check(lives=file)
    lives = {life.id: life for life in reading.lives(file)}
    return lives[only_one("life", sorted(lives), reading.life, file)]


@dataclass(frozen=True, slots=True)
class StrangerOptions:
    """Level, false discovery rate, and what is compared."""

    alpha: Annotated[float, typer.Option("--alpha", help="Level of the test on all accounts together.")] = 0.01
    q: Rate = 0.10
    view: ViewName = "all"
    after: Annotated[
        bool, typer.Option("--after", help="The life was chosen after a ranking was seen; a study knows by itself.")
    ] = False
    looks: Annotated[
        int, typer.Option("--looks", help="How often these accounts were held against these lives, this time included.")
    ] = 1


@app.command("stranger")
@with_option_groups
def stranger_(
    accounts: Accounts = None,
    register: Annotated[
        str | None,
        typer.Argument(
            help="The life in question and the others, as one table of entries. With --study: leave it out.",
            show_default=False,
        ),
    ] = None,
    life_name: Annotated[
        str | None,
        typer.Option(
            "--life",
            help="The life in question, named before a ranking is seen; without it: does any life fit?",
            show_default=False,
        ),
    ] = None,
    *,
    asked: StrangerOptions,
    reading: FilesOptions,
    seed: Seed = 0,
    at: FromStudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Do the accounts fit one life better than the others of a register, or any life at all? Dates are not used.

    A ranking is shown where no life was named, or one was chosen after it: a life named beforehand is answered alone.
    Exit code 4 where too few lives are given to tell.
    """
    from karmalink.link import power
    from karmalink.link.sources import Question

    if asked.after and not life_name:
        raise UsageError("the life is missing", rule="--after says when a life was chosen", allowed="--life ID")
    if at.study is not None and register is not None:
        raise UsageError("with --study, the registers are those of the study", allowed="--study STUDY PERSON --life ID")
    if at.study is not None:
        register, reading = life_name or "", replace(reading, life_name=None)
    with source_of(accounts, register, reading, at, dated=False, write=True) as source:
        before = power(0, 0, source.n_others(), seed=seed)
        with progress(quiet=as_json) as bar:
            question = Question(
                alpha=asked.alpha,
                q=asked.q,
                view=asked.view,
                named="after" if asked.after else "before",
                looks=asked.looks,
                seed=seed,
                progress=track(bar, "lives"),
            )
            found = source.stranger(life_name, question)
    text = [*power_lines(before, ("stranger",)), "", *stranger_lines(found)]
    emit(found.to_dict(), "\n".join(text), as_json=as_json)
    leave(found.verdict)
