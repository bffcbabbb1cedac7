"""``karmalink link audit``: does the error statement hold on data like these?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.base.wording import counted
from karmalink.cli.contract import JsonFlag, Seed, emit, progress, track
from karmalink.cli.link.options import Accounts, FilesOptions, Lived, WindowOptions, source_of
from karmalink.cli.link.run import RunOptions
from karmalink.cli.link.text import power_lines
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.study_access import FromStudyOptions

if TYPE_CHECKING:
    from karmalink.link import Audit, AuditRow, LagCurve, PairsResult, StrangerResult
    from karmalink.link.sources import Question, Source

__all__ = ["audit_", "audit_lines"]

_CANNOT_ANSWER = 4
# Nulls that answer about one person and one life; the others are audited only.
_ASKED = ("mirror", "shift", "stranger")
_HEAD = f"    {'mechanism':<17} {'planted':>7}  {'realised (95 %)':<20} {'refuses':>7} {'careless':>8}"
_WHAT = {
    "mirror": "false share of its links",
    "pooled": "false share of the links of three dreamers laid out like these",
    "shift": "share of data sets that leave its band",
    "overall": "share of data sets in which the past wins, all nights together",
    "stranger": "share of registers in which the life in question has p <= .05",
}
_LIMITS = (
    "That the rate holds under a mechanism that is not among these.",
    "Differences below the width of the intervals: --runs 160 halves them.",
    "How a real study would have been read: the careless rule is there for comparison. It takes dates as written, days "
    "before against days after, each account separately, no calibration (mirror); a band on the curve itself (shift); "
    "every life whole, accounts counted as if independent (stranger).",
)


@dataclass(frozen=True, slots=True)
class AuditOptions(WindowOptions):
    """Which nulls are audited, over how many worlds, beside whom."""

    null: Annotated[
        list[str] | None,
        typer.Option(
            "--null",
            help="mirror, shift (both by default), overall, pooled, stranger; may be repeated.",
            show_default=False,
        ),
    ] = None
    runs: Annotated[int, typer.Option("--runs", help="Simulated data sets per test.", min=2)] = 40
    others: Annotated[
        Path | None,
        typer.Option(
            "--others",
            help="Lives of other people, to which no account can be linked; the register of the stranger null.",
            show_default=False,
        ),
    ] = None


@with_option_groups
def audit_(
    accounts: Accounts = None,
    life: Lived = None,
    *,
    asked: AuditOptions,
    reading: FilesOptions,
    run: RunOptions,
    seed: Seed = 0,
    at: FromStudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Do the error rates hold on data laid out like these? Every null, run where there is nothing to find.

    The answer of each null comes first, then the size that it realises under mechanisms that it does not use, beside
    what a careless rule would have said. Exit code 4 where nothing could be audited.
    """
    from karmalink.link.sources import Question

    nulls = tuple(dict.fromkeys(asked.null or ("mirror", "shift")))
    question = Question(nulls=nulls, lags=asked.lags, q=asked.q, runs=asked.runs, others=asked.others, seed=seed)
    with source_of(accounts, life, reading, at, write=True) as source:
        decoys = source.n_others() if "stranger" in nulls else None
        before = source.power(replace(question, decoys=decoys))
        with run.executor(study=at.study is not None) as executor, progress(quiet=as_json) as bar:
            tell = track(bar, "data sets with nothing to find")
            found = source.audit(replace(question, executor=executor, progress=tell))
            answers = _answers(source, replace(question, progress=track(bar, "the nulls on these data")))
    findings = {name: answer.finding for name, answer in answers.items()}
    text = [*power_lines(before, [name for name in nulls if name in _ASKED]), "", *audit_lines(found, findings)]
    verdicts = {name: str(answer.verdict) for name, answer in answers.items()}
    emit({**found.to_dict(), "answers": findings, "verdicts": verdicts}, "\n".join(text), as_json=as_json)
    if not found.rows:
        raise typer.Exit(_CANNOT_ANSWER)


def _answers(source: Source, question: Question) -> dict[str, PairsResult | LagCurve | StrangerResult]:
    """Return what the nulls say of the data themselves."""
    ask: dict[str, Callable[[Question], PairsResult | LagCurve | StrangerResult]] = {
        "mirror": source.pairs,
        "stranger": source.stranger_beside,
        "shift": source.lag_curve,
    }
    return {name: answer(question) for name, answer in ask.items() if name in question.nulls}


def audit_lines(found: Audit, answers: dict[str, str]) -> list[str]:
    """Return an audit in words: the finding, then per null its answer and its realised sizes."""
    lines = [found.finding]
    if found.rows and found.n_days:
        lines += [
            "",
            f"Imitated: {counted(found.n_nights, 'night')} with accounts among {counted(found.n_days, 'day')}, "
            f"{found.runs} simulated data sets per test.",
        ]
    for name in dict.fromkeys((*answers, *(row.null for row in found.rows))):
        rows = found.of(name)
        lines += ["", f"{name}: {answers[name]}" if name in answers else name]
        if rows:
            what = _WHAT[name]
            lines.append(f"  Its {what} where there is nothing to find (nominal: {rows[0].nominal:g}):")
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
