"""``karmalink seek ask`` and ``seek fuse``: what to ask whom next, and what many answers come to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karmalink.cli.contract import FromStudy, JsonFlag, OutPath, emit, progress
from karmalink.cli.seek.case import CasePath, joined, make_map, opened_case, share, wrote
from karmalink.cli.study_access import KeysFolder, PassphraseFile

if TYPE_CHECKING:
    from karmalink.seek import Fused, Influence, Questions

__all__ = ["ask", "fuse"]

_SHOWN = 12


def ask(
    case: CasePath,
    top: Annotated[int, typer.Option("--top", help="How many questions to tell.", min=1)] = 10,
    study: FromStudy = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Say which question to ask which witness next, and which clue the map hangs on."""
    from karmalink.seek import influence, questions

    with opened_case(case, study, passphrase_file, keys) as (held, _):
        found = make_map(held, quiet=as_json)
        asked = questions(found, held.places, top=top)
        pulls = influence(found)
    result = {"case": held.name, **asked.to_dict(), **pulls.to_dict()}
    emit(result, joined([held.name, *_ask_lines(asked, pulls)]), as_json=as_json)


def fuse(
    answers: Annotated[Path, typer.Argument(help="Table of answers: statement, witness, lon, lat, radius_km.")],
    out: OutPath = None,
    as_json: JsonFlag = False,
) -> None:
    """Put the answers of many witnesses about many places together; how far each is relied on is learned from them."""
    from karmalink.seek import fuse as together
    from karmalink.seek import read_answers

    table = read_answers(answers)
    with progress(quiet=as_json or not sys.stderr.isatty()) as bar:
        task = bar.add_task("learning who can be relied on", total=None)
        found = together(table, progress=lambda done, total: bar.update(task, completed=done, total=total))
    written: list[str] = []
    if out is not None:
        found.to_dataframe().to_csv(out, index=False)
        written = [str(out)]
    result: dict[str, Any] = {**found.to_dict(), "written": written}
    emit(result, joined([*_fuse_lines(found), wrote(written)]), as_json=as_json)


def _ask_lines(asked: Questions, pulls: Influence) -> list[str]:
    from karmalink.seek.probability_map.witness_questions import told

    if not asked.asked:
        lines = ["There is no witness to ask, or no place near the map to ask about."]
    else:
        lines = [f"The doubt is {asked.doubt_bits:.2f} bits. What takes away most of it:"]
        lines += [f"  {told(question)}" for question in asked.asked]
    if pulls.pulls:
        lines += ["", "what the map hangs on:"]
    lines += [
        f"  without {pull.clue} ({pull.witness}) {share(pull.moved)} of the belief would lie elsewhere"
        for pull in pulls.pulls[:_SHOWN]
    ]
    return lines


def _fuse_lines(found: Fused) -> list[str]:
    import numpy as np

    learned = found.learned
    placed = int(np.isfinite(found.lon).sum())
    usual = float(np.median(found.expected_km[np.isfinite(found.expected_km)]))
    lines = [
        f"{placed} of {len(found.answers)} places, usually within {usual:.2g} km of the truth.",
        "No truth was used: it is taken to be to the others as their best witness is.",
        "",
        "how far each is off, usually (gross errors):",
    ]
    for row in learned.to_dict()["witnesses"]:
        others = f", errs with {'; '.join(row['errs_with'])}" if row["errs_with"] else ""
        lines.append(f"  {row['witness']}: {row['spread_km']:.2g} km ({share(row['gross'])}){others}")
    lines.append("")
    for row in found.to_dict()["statements"][:_SHOWN]:
        if row["lon"] is None:
            lines.append(f"  {row['statement']}: nobody answered")
            continue
        against = f", against {row['contradicted']}" if row["contradicted"] else ""
        lines.append(
            f"  {row['statement']}: {row['lat']:.4f} N, {row['lon']:.4f} E, within {row['expected_km']:.2g} km "
            f"with 50 %{against}"
        )
    if len(found.answers) > _SHOWN:
        lines.append(f"  … and {len(found.answers) - _SHOWN} more (--out FILE, or --json)")
    return lines
