"""``karmalink link lag``: how far back, of one dreamer and one life or of everybody and all lives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.base.wording import counted
from karmalink.cli.contract import JsonFlag, Seed, emit, progress, track
from karmalink.cli.link.options import Accounts, Cut, FilesOptions, Lags, Lived, ViewName, leave, source_of
from karmalink.cli.link.run import RunOptions
from karmalink.cli.link.text import curve_lines, power_lines
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.study_access import FromStudyOptions
from karmalink.errors import UsageError

if TYPE_CHECKING:
    from karmalink.link import DreamerLag, LagTable

__all__ = ["lag"]

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class LagOptions:
    """How far, of whom, and what is compared."""

    everyone: Annotated[
        bool,
        typer.Option(
            "--everyone",
            help="All people of the first file against all lives of the second; with --study, of the study.",
        ),
    ] = False
    lags: Lags = 14
    within: Annotated[
        int | None,
        typer.Option(
            "--within", help="Use only shifts within this many days, for a life that drifts.", show_default=False
        ),
    ] = None
    cut_retellings: Cut = False
    view: ViewName = "all"


@with_option_groups
def lag(
    accounts: Accounts = None,
    life: Lived = None,
    *,
    asked: LagOptions,
    reading: FilesOptions,
    run: RunOptions,
    seed: Seed = 0,
    at: FromStudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """How far back do the accounts reach? Past minus future, lag by lag, against every shift of the nights.

    Exit code 4 where these data cannot tell.
    """
    from karmalink.link.sources import Question

    _check(asked, reading, run)
    question = Question(lags=asked.lags, within=asked.within, view=asked.view, seed=seed)
    cut, everyone = asked.cut_retellings, asked.everyone
    with source_of(accounts, life, reading, at, cut_retellings=cut, write=True, everybody=everyone) as source:
        if everyone:
            with run.executor(study=at.study is not None) as executor, progress(quiet=as_json) as bar:
                tell = track(bar, "comparing all people with all lives")
                table = source.lag_table(replace(question, executor=executor, progress=tell))
                emit(table.to_dict(), "\n".join(_table_lines(table)), as_json=as_json)
            leave(table.verdict)
            return
        before = source.power(question)
        with progress(quiet=as_json) as bar:
            tell = track(bar, "shifting the nights")
            curve = source.lag_curve(replace(question, progress=tell))
    text = [*power_lines(before, ("shift",)), "", *curve_lines(curve)]
    emit(curve.to_dict(), "\n".join(text), as_json=as_json)
    leave(curve.verdict)


def _check(asked: LagOptions, reading: FilesOptions, run: RunOptions) -> None:
    """Refuse options that are for one curve, or for all of them."""
    one_curve = asked.within is not None or reading.person or reading.life_name or asked.view != "all"
    if asked.everyone and one_curve:
        raise UsageError(
            "--everyone covers all people, all lives and whole texts",
            rule="no --within, --person, --life or --view",
        )
    if not asked.everyone and (run.engine != "serial" or run.journal is not None or run.scheduler is not None):
        raise UsageError("--engine, --scheduler and --journal need --everyone", rule="a single curve runs in one piece")


def _table_lines(table: LagTable) -> list[str]:
    lines = [table.finding, ""]
    if table.convention:
        lines.append(f"Dates of unknown meaning were read as {table.convention.replace('_', ' ')}.")
    if table.pooled is not None:
        lines += ["All dreamers with a life of their own, each shifted independently:", *curve_lines(table.pooled)[3:]]
    lines += ["", "Pairs with p <= .05 (5 % is chance; others' lives cannot be sources):"]
    lines += [f"  {name:<12} {share:.1%} of {table.n_compared:,}" for name, share in table.low_p.items()]
    for one in table.dreamers[:_SHOWN]:
        lines += ["", *_dreamer_lines(one)]
    if len(table.dreamers) > _SHOWN:
        lines += ["", f"{counted(len(table.dreamers) - _SHOWN, 'more person', 'more people')}: --json lists them all."]
    return [*lines, "", "What this does not show:", *(f"  - {line}" for line in table.does_not_show)]


def _dreamer_lines(one: DreamerLag) -> list[str]:
    own = "no life of their own in these data" if not one.life else f"own life {one.life}"
    if one.curve is not None and one.curve.n_nights:
        own += f", p = {one.curve.p:.2g}"
    ranks = ", ".join(f"{name} {rank} of {one.compared}" for name, rank in one.rank.items())
    lines = [f"{one.person}: {counted(one.n_nights, 'account')}, {own}" + (f"; its rank: {ranks}" if ranks else "")]
    if not one.compared:
        lines.append("  no life of the same period is long enough to compare")
    lines += [
        f"  {near.window:<12} {near.life}: z = {near.z:.1f}, p = {near.p:.2g}"
        + ("" if near.exact_p != near.exact_p else f" (exactly {near.exact_p:.2g})")
        for near in one.nearest
    ]
    return lines
