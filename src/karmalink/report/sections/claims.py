"""Does a list of statements fit one life better than chance? All lives, what chance reaches, and every statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from karmalink.link import ClaimFit, ClaimList, ClaimsResult, LifeRegister, Verdict
from karmalink.link.claimants.claims_test import LEAKAGE
from karmalink.report import words
from karmalink.report.charts.lives import lives_and_chance
from karmalink.report.page import Page, page_html, write_page
from karmalink.report.section import AnswerKind, Column, Figure, LegendEntry, Section, Table
from karmalink.report.theme import ink

__all__ = ["claims_section", "render_claims_page"]

Told = Sequence[tuple[ClaimList, ClaimsResult]]

_ANSWERS = {
    Verdict.FOUND: AnswerKind.FOUND,
    Verdict.NOTHING: AnswerKind.NOTHING,
    Verdict.CANNOT_ANSWER: AnswerKind.CANNOT,
    Verdict.NOT_USABLE: AnswerKind.CANNOT,
}


def render_claims_page(told: Told, register: LifeRegister, path: Path | str, *, texts: bool = False) -> Path:
    """Write one page on lists of statements and return its path.

    Parameters
    ----------
    told : sequence of (ClaimList, ClaimsResult)
        Each list with its answer.
    register : LifeRegister
    path : path
        Where; the file is replaced in one step.
    texts : bool
        Show the claimants' words. Without it what was understood of them.

    Raises
    ------
    StorageFailed
        The file cannot be written.
    """
    found = sum(result.verdict is Verdict.FOUND for _, result in told)
    lists = words.count(len(told), "list of statements", "lists of statements")
    page = Page(
        title=f"{lists}, {len(register)} lives: {found or 'none'} better than chance",
        made=dt.datetime.now().astimezone(),
        sections=tuple(claims_section(one, result, register, texts=texts) for one, result in told),
        texts="The claimants' words are in it." if texts else "No words of the claimants are in it.",
    )
    return write_page(page_html(page), path)


def claims_section(told: ClaimList, result: ClaimsResult, register: LifeRegister, *, texts: bool = False) -> Section:
    """Return the section on one list."""
    return Section(
        id=f"claims-{_anchor(told.claimant)}",
        question=f"Whose life do the statements of {told.claimant} fit?",
        title=_title(result),
        lead=result.finding,
        answer=_ANSWERS[result.verdict],
        blocks=(_figure(result, register), _table(told, result, texts=texts), _needed(result)),
    )


def _anchor(name: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name.casefold())


def _title(result: ClaimsResult) -> str:
    if result.verdict is Verdict.FOUND:
        return f"{result.life} fits better than chance explains (p = {result.p:.3g})"
    if result.verdict is Verdict.NOTHING:
        return f"Nothing here: {result.life} fits best, and chance does as well (p = {result.p:.2g})"
    return "These statements cannot tell"


def _figure(result: ClaimsResult, register: LifeRegister) -> Figure:
    own = register.number(result.life)
    best = int(result.scores.argmax())
    title = f"{result.life} scores {result.score:.1f}; chance reaches {result.limit:.1f} once in a hundred"
    return Figure(
        id=f"claims-{_anchor(result.claimant)}-figure",
        alt=f"{title}. The best of the other lives scores {_next(result, own):.1f}.",
        panels=(
            lives_and_chance(
                result.scores,
                own,
                (("stone", result.by_lists), ("indigo", result.by_registers)),
                own_label=result.life,
                limit=result.limit,
                title=title,
            ),
        ),
        key=(
            LegendEntry("best life by chance: lists of other lives", ink("stone"), "square"),
            LegendEntry("best life by chance: registers of the same make", ink("indigo"), "square"),
        ),
        caption="Below, every life of the register."
        if own == best
        else f"Below, every life of the register; {register.lives[best].id} scores more than the life that was named.",
    )


def _next(result: ClaimsResult, own: int) -> float:
    return float(max(score for number, score in enumerate(result.scores.tolist()) if number != own))


def _table(told: ClaimList, result: ClaimsResult, *, texts: bool) -> Table:
    columns = [Column("Statement"), Column(f"Against {result.life}"), Column("Worth", number=True)]
    columns.insert(1, Column("Understood as"))
    if texts:
        columns.insert(1, Column("Words"))
    rows = [_row(told, one, texts=texts) for one in result.statements]
    return Table(f"The statements of {result.claimant}, side by side with {result.life}", tuple(columns), tuple(rows))


def _row(told: ClaimList, one: ClaimFit, *, texts: bool) -> tuple[object, ...]:
    means = "; ".join(one.says) or "nothing that a register holds"
    fit = f"{one.fit}, said after the search: not counted" if one.after_search else one.fit
    said = (told.statements[one.number - 1].text,) if texts else ()
    return (one.number, *said, means, fit, "" if one.fit == "silent" else f"{one.worth:+.1f}")


def _needed(result: ClaimsResult) -> Table:
    gap = max(0.0, result.limit - result.score)
    rows = (
        ("p against lists of other lives", f"{result.p_lists:.3g}"),
        ("p against registers of the same make", f"{result.p_registers:.3g}"),
        ("score missing for p = .01", f"{gap:.1f} nats" if gap else "none"),
        ("how often the register was asked for this list", str(result.queries)),
        ("leakage", LEAKAGE),
    )
    return Table("What the answer rests on, and what would have been needed", (Column("What"), Column("Value")), rows)
