"""``karmalink link lag``: how far back, of one dreamer and one life or of everybody and all lives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.contract import FromStudy, JsonFlag, Seed, emit, progress
from karmalink.cli.link.options import (
    Accounts,
    Author,
    Calendar,
    Cut,
    Lags,
    LifeName,
    Lived,
    Means,
    Person,
    ViewName,
    leave,
    study_at,
    track,
)
from karmalink.cli.link.run import Engine, JournalFolder, Memory, Scheduler, Workers, executor_of
from karmalink.cli.link.sources import Picked, source_of
from karmalink.cli.link.text import curve_lines, power_lines
from karmalink.cli.opened import KeysFolder, PassphraseFile, opened
from karmalink.errors import UsageError

if TYPE_CHECKING:
    from karmalink.cli.link.sources import Progress
    from karmalink.link import DreamerLag, Executor, LagTable

__all__ = ["lag"]

_SHOWN = 20


def lag(
    accounts: Accounts = None,
    life: Lived = None,
    everyone: Annotated[
        bool,
        typer.Option(
            "--everyone", help="All people of the first file against all lives of the second; with --study, of it."
        ),
    ] = False,
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
    view: ViewName = "all",
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
    """How far back do the accounts reach? The past minus the future, day by day, against every shift of the nights.

    Leaves with exit code 4 where these data cannot tell.
    """
    picked = Picked(person, life_name, calendar, date_means, author, cut_retellings)
    if everyone:
        if within is not None or person or life_name or view != "all":
            raise UsageError(
                "--everyone asks about all people, all lives and whole texts",
                rule="no --within, --person, --life or --view",
            )
        where = study_at(study, passphrase_file, keys)
        executor = executor_of(engine, workers, scheduler, memory, journal)
        with progress(quiet=as_json) as bar:
            tell = track(bar, "comparing everybody with all lives")
            if where is None:
                table = _of_files(accounts, life, picked, lags, executor, seed, tell)
            else:
                if accounts or life or journal:
                    raise UsageError("with --study --everyone asks about all that it holds", allowed="no argument")
                picked.refuse()
                from karmalink.study.analyses.analyses import lag_table_of

                with opened(where.folder, write=True, passphrase_file=where.passphrase_file, keys=where.keys) as held:
                    table = lag_table_of(held, lags=lags, executor=executor, seed=seed, progress=tell)
        emit(table.to_dict(), "\n".join(_table_lines(table)), as_json=as_json)
        if executor.journal is not None:
            executor.journal.clear()
        leave(table.verdict)
        return
    if engine != "serial" or journal is not None or scheduler is not None:
        raise UsageError("one curve is done at once", rule="--engine, --scheduler and --journal go with --everyone")
    with source_of(accounts, life, picked, study_at(study, passphrase_file, keys), write=True) as source:
        before = source.power(lags=lags, seed=seed)
        with progress(quiet=as_json) as bar:
            tell = track(bar, "shifting the nights")
            curve = source.lag(lags=lags, within=within, view=view, seed=seed, progress=tell)
    text = [*power_lines(before, ("shift",)), "", *curve_lines(curve)]
    emit(curve.to_dict(), "\n".join(text), as_json=as_json)
    leave(curve.verdict)


def _of_files(
    accounts: str | None,
    life: str | None,
    picked: Picked,
    lags: int,
    executor: Executor,
    seed: int,
    tell: Progress,
) -> LagTable:
    from karmalink.account import read_accounts, read_lives
    from karmalink.link import lag_table

    if accounts is None or life is None:
        raise UsageError("an argument is missing", allowed="two files", next_step="--help shows the arguments")
    said = read_accounts(Path(accounts), calendar=picked.calendar, date_means=picked.date_means)
    lives = read_lives(Path(life), calendar=picked.calendar, author=picked.author)
    return lag_table(
        said, lives, lags=lags, cut_retellings=picked.cut_retellings, executor=executor, seed=seed, progress=tell
    )


def _table_lines(table: LagTable) -> list[str]:
    lines = [table.finding, ""]
    if table.convention:
        lines.append(f"Dates of unknown meaning were read as {table.convention.replace('_', ' ')}.")
    if table.pooled is not None:
        lines += ["All dreamers with a life of their own, each shifted by itself:", *curve_lines(table.pooled)[3:]]
    lines += ["", "Pairs with p <= .05 (5 % is chance; others' lives cannot be sources):"]
    lines += [f"  {name:<12} {share:.1%} of {table.n_compared:,}" for name, share in table.low_p.items()]
    for one in table.dreamers[:_SHOWN]:
        lines += ["", *_dreamer_lines(one)]
    if len(table.dreamers) > _SHOWN:
        lines += ["", f"{len(table.dreamers) - _SHOWN} more people: --json lists them all."]
    return [*lines, "", "What this does not show:", *(f"  - {line}" for line in table.does_not_show)]


def _dreamer_lines(one: DreamerLag) -> list[str]:
    own = "no life of their own here" if not one.life else f"own life {one.life}"
    if one.curve is not None and one.curve.n_nights:
        own += f", p = {one.curve.p:.2g}"
    ranks = ", ".join(f"{name} {rank} of {one.compared}" for name, rank in one.rank.items())
    lines = [f"{one.person}: {one.n_nights} accounts, {own}" + (f"; its rank: {ranks}" if ranks else "")]
    if not one.compared:
        lines.append("  no life of the same time is long enough to compare")
    lines += [
        f"  {near.window:<12} {near.life}: z = {near.z:.1f}, p = {near.p:.2g}"
        + ("" if near.exact_p != near.exact_p else f" (exactly {near.exact_p:.2g})")
        for near in one.nearest
    ]
    return lines
