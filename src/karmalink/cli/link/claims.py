"""``karmalink link claims``: does a list of statements fit one life of a register better than chance?"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.base.wording import counted
from karmalink.cli.contract import JsonFlag, OutPath, Seed, check_new_file, emit, progress, track
from karmalink.errors import UsageError, suggest

if TYPE_CHECKING:
    from karmalink.link import ClaimFit, ClaimList, ClaimsResult, LifeRegister

__all__ = ["claims_"]

_PAGES = (".html", ".htm")
_ENDINGS = (*_PAGES, ".json")


def claims_(
    statements: Annotated[Path, typer.Argument(help="What was said: .jsonl, .csv, .tsv or .txt.", show_default=False)],
    register: Annotated[Path, typer.Argument(help="The lives: .jsonl, .csv, .tsv or .ged.", show_default=False)],
    life: Annotated[
        str | None, typer.Option("--life", help="A life that was named before any was compared.", show_default=False)
    ] = None,
    claimant: Annotated[
        str | None, typer.Option("--claimant", help="One claimant of the file; without it all.", show_default=False)
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="TOML: which column is which field.", show_default=False)
    ] = None,
    runs: Annotated[int, typer.Option("--runs", help="Lists, and registers, of chance.", min=99, max=99_999)] = 999,
    alpha: Annotated[float, typer.Option("--alpha", help="Error rate.", min=0.001, max=0.5)] = 0.05,
    texts: Annotated[bool, typer.Option("--texts", help="Show the claimant's words.")] = False,
    out: OutPath = None,
    seed: Seed = 0,
    as_json: JsonFlag = False,
) -> None:
    """Test whether statements fit one life of a register better than chance, looking among all lives paid for."""
    from karmalink.link import ClaimScores, claims, read_claim_lists, read_life_register

    check_new_file(out, endings=_ENDINGS)
    lists = _chosen(read_claim_lists(statements), claimant)
    if life is not None and len(lists) > 1:
        raise UsageError(
            f"one life was named for {counted(len(lists), 'claimant')}",
            where="--life",
            next_step="name one: --claimant",
        )
    lives = read_life_register(register, mapping)
    scores, results = ClaimScores(lives), []
    with progress(quiet=as_json or not sys.stderr.isatty()) as bar:
        for told in lists:
            step = track(bar, f"chance for {told.claimant}")
            results.append(
                claims(told, lives, life=life, runs=runs, alpha=alpha, seed=seed, scores=scores, progress=step)
            )
    written = _written(out, lists, results, lives, texts=texts)
    lines = [line for told, result in zip(lists, results, strict=True) for line in _lines(told, result, texts=texts)]
    if len(results) > 1:
        lines += _together(results)
    emit(
        {"claimants": [result.to_dict() for result in results], "written": written},
        "\n".join([*lines, *([f"written: {written}"] if written else [])]).rstrip(),
        as_json=as_json,
    )


def _chosen(lists: Sequence[ClaimList], claimant: str | None) -> list[ClaimList]:
    if claimant is None:
        return list(lists)
    found = [told for told in lists if told.claimant == claimant]
    if not found:
        names = [told.claimant for told in lists]
        raise UsageError(
            f"no claimant {claimant[:40]!r} in the file", where="--claimant", next_step=suggest(claimant, names)
        )
    return found


def _written(
    out: Path | None,
    lists: Sequence[ClaimList],
    results: Sequence[ClaimsResult],
    register: LifeRegister,
    *,
    texts: bool,
) -> str | None:
    if out is None:
        return None
    if out.suffix.casefold() in _PAGES:
        from karmalink.report import render_claims_page

        return str(render_claims_page(list(zip(lists, results, strict=True)), register, out, texts=texts))
    from karmalink.base.files import write_whole

    content = json.dumps([result.to_dict() for result in results], ensure_ascii=False, indent=1, allow_nan=False)
    return str(write_whole(out, content.encode()))


_MARKS = {"fits": "+", "contradicts": "−", "silent": " "}


def _lines(told: ClaimList, result: ClaimsResult, *, texts: bool) -> list[str]:
    lines = [told.claimant, result.finding, ""]
    lines += [_line(told, one, texts=texts) for one in result.statements]
    lines += [
        "",
        f"  against lists of other lives p = {result.p_lists:.3g}, against registers of the same make "
        f"p = {result.p_registers:.3g}; the larger counts",
        f"  score {result.score:.1f}; chance reaches {result.limit:.1f} once in a hundred",
        f"  the register was asked {counted(result.queries, 'time')} for this list",
    ]
    if result.p_with_after is not None:
        lines.append(f"  with what was said after the search, which is not counted: p = {result.p_with_after:.3g}")
    return [*lines, ""]


def _line(told: ClaimList, one: ClaimFit, *, texts: bool) -> str:
    said = f" “{told.statements[one.number - 1].text}”" if texts else ""
    means = "; ".join(one.says) or "not understood as anything that a register holds"
    after = " (said after the search: not counted)" if one.after_search else ""
    worth = f"{one.worth:+.1f}" if one.fit != "silent" else "silent"
    return f"  {_MARKS[one.fit]} {one.number:2d} {worth:>6}  {means}{after}{said}"


def _together(results: Sequence[ClaimsResult]) -> list[str]:
    """Return how many of several lists are found at one false discovery rate (Benjamini & Hochberg 1995)."""
    order = sorted(range(len(results)), key=lambda number: results[number].p)
    alpha = results[0].alpha
    last = max((rank for rank, at in enumerate(order, 1) if results[at].p <= alpha * rank / len(results)), default=0)
    names = ", ".join(results[number].claimant for number in sorted(order[:last])) or "none"
    return [f"of {counted(len(results), 'claimant')} at a false discovery rate of {alpha:g}: {names}"]
