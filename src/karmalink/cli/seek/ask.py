"""``karmalink seek ask`` and ``seek fuse``: what to ask which witness next, and what many answers come to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karmalink.base.wording import counted, percent
from karmalink.cli.contract import JsonFlag, OutPath, emit, progress, track
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.seek.case import CasePath, joined, make_map, opened_case, written_files
from karmalink.cli.study_access import FromStudyOptions

if TYPE_CHECKING:
    from karmalink.seek import Fused, Influence, Questions

__all__ = ["ask", "fuse"]

_SHOWN = 12


@with_option_groups
def ask(
    case: CasePath,
    top: Annotated[int, typer.Option("--top", help="How many questions to show.", min=1)] = 10,
    *,
    source: FromStudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Show which question to ask which witness next, and the influence of each clue on the map."""
    from karmalink.seek import influence, questions

    with opened_case(case, source) as (opened, _):
        probability_map = make_map(opened, quiet=as_json)
        ranked = questions(probability_map, opened.places, top=top)
        clues = influence(probability_map)
    result = {"case": opened.name, **ranked.to_dict(), **clues.to_dict()}
    emit(result, joined([opened.name, *_ask_lines(ranked, clues)]), as_json=as_json)


def fuse(
    answers: Annotated[Path, typer.Argument(help="Table of answers: statement, witness, lon, lat, radius_km.")],
    out: OutPath = None,
    as_json: JsonFlag = False,
) -> None:
    """Combine the answers of many witnesses about many places; their reliability is learned from the answers."""
    from karmalink.seek import fuse as fuse_answers
    from karmalink.seek import read_answers

    table = read_answers(answers)
    with progress(quiet=as_json or not sys.stderr.isatty()) as bar:
        fused = fuse_answers(table, progress=track(bar, "learning the reliability of the witnesses"))
    written: list[str] = []
    if out is not None:
        fused.to_dataframe().to_csv(out, index=False)
        written = [str(out)]
    result: dict[str, Any] = {**fused.to_dict(), "written": written}
    emit(result, joined([*_fuse_lines(fused), written_files(written)]), as_json=as_json)


def _ask_lines(ranked: Questions, influence: Influence) -> list[str]:
    if not ranked.ranked:
        lines = ["There is no witness to ask, or no place near the map to ask about."]
    else:
        lines = [f"The map has an entropy of {ranked.entropy_bits:.2f} bits. The most informative questions:"]
        lines += [f"  {question.sentence()}" for question in ranked.ranked]
    if influence.clues:
        lines += ["", "influence of each clue (leave-one-out):"]
    lines += [
        f"  without {row.clue} ({row.witness}) {percent(row.moved)} of the probability would lie elsewhere"
        for row in influence.clues[:_SHOWN]
    ]
    return lines


def _fuse_lines(fused: Fused) -> list[str]:
    import numpy as np

    placed = int(np.isfinite(fused.lon).sum())
    usual = float(np.median(fused.expected_km[np.isfinite(fused.expected_km)]))
    lines = [
        f"{placed} of {counted(len(fused.answers), 'place')}, usually within {usual:.2g} km of the truth.",
        "No truth was used: the truth is assumed to be to the other witnesses as their best one is.",
        "",
        "usual error of each witness (gross errors):",
    ]
    for row in fused.learned.to_dict()["witnesses"]:
        others = f", errs with {'; '.join(row['errs_with'])}" if row["errs_with"] else ""
        lines.append(f"  {row['witness']}: {row['spread_km']:.2g} km ({percent(row['gross'])}){others}")
    lines.append("")
    for row in fused.to_dict()["statements"][:_SHOWN]:
        if row["lon"] is None:
            lines.append(f"  {row['statement']}: no answer")
            continue
        against = f", against {row['contradicted']}" if row["contradicted"] else ""
        lines.append(
            f"  {row['statement']}: {row['lat']:.4f} N, {row['lon']:.4f} E, within {row['expected_km']:.2g} km "
            f"with 50 %{against}"
        )
    if len(fused.answers) > _SHOWN:
        lines.append(f"  … and {len(fused.answers) - _SHOWN} more (--out FILE, or --json)")
    return lines
