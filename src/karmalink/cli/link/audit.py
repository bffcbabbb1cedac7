"""``karmalink link audit``: does the error statement hold on data like these?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.contract import FromStudy, JsonFlag, Seed, emit, progress
from karmalink.cli.link.options import (
    Accounts,
    Calendar,
    Lags,
    LifeName,
    Lived,
    Means,
    Person,
    Rate,
    study_at,
    track,
)
from karmalink.cli.link.run import Engine, JournalFolder, Memory, Scheduler, Workers, running
from karmalink.cli.link.sources import Picked, Worlds, source_of
from karmalink.cli.link.text import power_lines
from karmalink.cli.opened import KeysFolder, PassphraseFile

if TYPE_CHECKING:
    from karmalink.link import Audit, AuditRow, LagCurve, PairsResult, StrangerResult

__all__ = ["audit_", "audit_lines"]

_CANNOT_ANSWER = 4
_HEAD = f"    {'mechanism':<17} {'planted':>7}  {'realised (95 %)':<20} {'refuses':>7} {'careless':>8}"
_WHAT = {
    "mirror": "false share of its links",
    "shift": "share of worlds that leave its band",
    "stranger": "share of registers in which the life asked about has p <= .05",
}
_LIMITS = (
    "That the rate holds under a mechanism that nobody has thought of.",
    "Rates below what so many worlds can tell: --runs 160 halves the intervals.",
    "How a real study would have been read: the careless rule is there for comparison. It takes dates as written, days "
    "before against days after, each account by itself, no calibration (mirror); a band on the curve itself (shift); "
    "every life whole, accounts counted as if independent (stranger).",
)


def audit_(
    accounts: Accounts = None,
    life: Lived = None,
    null: Annotated[
        list[str] | None,
        typer.Option("--null", help="mirror, shift (both by default), stranger; may be repeated.", show_default=False),
    ] = None,
    runs: Annotated[int, typer.Option("--runs", help="Worlds per test.", min=2)] = 40,
    others: Annotated[
        Path | None,
        typer.Option(
            "--others",
            help="Lives of other people, with which no account can be linked; the register of the stranger null.",
            show_default=False,
        ),
    ] = None,
    lags: Lags = 7,
    q: Rate = 0.10,
    person: Person = None,
    life_name: LifeName = None,
    calendar: Calendar = None,
    date_means: Means = None,
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
    """Does the error rate hold on data laid out like these? Every null, run where there is nothing to find.

    The answer of each null comes first, then the size that it realises under mechanisms that it does not use, beside
    what a careless rule would have said. Leaves with exit code 4 where nothing could be audited.
    """
    nulls = tuple(dict.fromkeys(null or ("mirror", "shift")))
    picked = Picked(person, life_name, calendar, date_means)
    with source_of(accounts, life, picked, study_at(study, passphrase_file, keys), write=True) as source:
        decoys = source.others() if "stranger" in nulls else None
        before = source.power(decoys=decoys, lags=lags, q=q, seed=seed)
        with (
            running(engine, workers, scheduler, memory, journal, study=study is not None) as run_on,
            progress(quiet=as_json) as bar,
        ):
            tell = track(bar, "worlds with nothing to find")
            found = source.audit(Worlds(nulls, lags, q, runs, seed, others), executor=run_on, progress=tell)
            asked = track(bar, "the nulls on these data")
            answers: dict[str, PairsResult | LagCurve | StrangerResult] = {}
            if "mirror" in nulls:
                answers["mirror"] = source.pairs(null="mirror", lags=lags, q=q, seed=seed, progress=asked)
            if "stranger" in nulls:
                answers["stranger"] = source.rank_among(others, progress=asked)
            if "shift" in nulls:
                answers["shift"] = source.lag(lags=lags, within=None, seed=seed, progress=asked)
    findings = {name: answer.finding for name, answer in answers.items()}
    text = [*power_lines(before, nulls), "", *audit_lines(found, findings)]
    verdicts = {name: str(answer.verdict) for name, answer in answers.items()}
    emit({**found.to_dict(), "answers": findings, "verdicts": verdicts}, "\n".join(text), as_json=as_json)
    if not found.rows:
        raise typer.Exit(_CANNOT_ANSWER)


def audit_lines(found: Audit, answers: dict[str, str]) -> list[str]:
    """Return an audit in words: the finding, then per null its answer and its realised sizes."""
    lines = [found.finding]
    if found.rows and found.n_days:
        lines += [
            "",
            f"Imitated: {found.n_nights} nights with accounts among {found.n_days} days, {found.runs} worlds a test.",
        ]
    for name, answer in answers.items():
        rows = found.of(name)
        lines += ["", f"{name}: {answer}"]
        if rows:
            what = _WHAT[name]
            lines.append(f"  Its {what} where there is nothing to find (asked for: {rows[0].nominal:g}):")
            lines.append(_HEAD)
        lines += [_row(row) for row in rows]
    if found.left_out:
        lines += ["", "Not run:", *(f"  - {line}" for line in found.left_out)]
    if found.rows:
        lines += ["", "What this does not show:", *(f"  - {line}" for line in _LIMITS)]
    return lines


def _row(row: AuditRow) -> str:
    realised = f"{row.realised:.2f} ({row.low:.2f} to {row.high:.2f})"
    mark = "" if row.holds else "  FAILS"
    return f"    {row.mechanism:<17} {row.planted:>7.0%}  {realised:<20} {row.refused:>7.0%} {row.naive:>8.2f}{mark}"
