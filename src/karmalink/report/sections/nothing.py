"""Where the answer is "nothing here": as large, as clear and as well drawn as a find."""

from __future__ import annotations

from karmalink.link import LagCurve, PairsResult, StrangerResult, Verdict
from karmalink.report import words
from karmalink.report.charts.lives import lives_chart
from karmalink.report.data import Answered, ReportData
from karmalink.report.section import AnswerKind, Column, Figure, Fold, Prose, Section, Table
from karmalink.report.sections.lag import curve_figure
from karmalink.report.sections.links import mirror_figure

__all__ = ["lives_figure", "nothing_section", "stranger_section"]

_BEST = 8  # lives in the table, before the one that was asked about


def nothing_section(data: ReportData, answered: Answered, name: str = "nothing") -> Section:
    """Return the section of a question whose answer is "nothing here"."""
    result = answered.result
    title, lead, figure, fold = _parts(data, result, name)
    return Section(
        id=name,
        question=answered.question,
        title=title,
        lead=" ".join(part for part in (answered.about, lead) if part),
        answer=AnswerKind.NOTHING,
        blocks=(figure, fold),
    )


def stranger_section(data: ReportData, answered: Answered, result: StrangerResult, name: str) -> Section:
    """Return the section of a life that beats the others."""
    others = words.count(len(result.lives) - 1, "other life", "other lives")
    return Section(
        id=name,
        question=answered.question,
        title=f"The accounts agree with {data.name(result.own)} more than with {others}",
        lead=" ".join(part for part in (answered.about, result.finding) if part),
        answer=AnswerKind.FOUND,
        blocks=(lives_figure(data, result, name), Fold("The numbers", (_lives_table(data, result),))),
    )


def _parts(
    data: ReportData, result: PairsResult | LagCurve | StrangerResult, name: str
) -> tuple[str, str, Figure, Fold]:
    if isinstance(result, PairsResult):
        return (
            _mirror_title(data, result),
            _mirror_lead(result),
            mirror_figure(result, name),
            Fold("What could have been detected", (Prose(result.power["mirror"].sentence), _mirror_numbers(result))),
        )
    if isinstance(result, StrangerResult):
        return (
            f"Nothing here: {data.name(result.own)} is one life among {len(result.lives)}",
            _stranger_lead(result),
            lives_figure(data, result, name),
            Fold("The numbers", (_lives_table(data, result),)),
        )
    note = f"A share of {words.number(result.p)} of all shifts gives a peak as high; the curve stays inside its band."
    return (
        "Nothing here: the days before are no more similar to the dreams than the days after",
        note,
        curve_figure(result, name),
        Fold("The question", (Prose(result.finding),)),
    )


def _mirror_title(data: ReportData, result: PairsResult) -> str:
    if result.overall is not None and result.overall.verdict is Verdict.FOUND:
        return f"Taken together the nights lean to the past of {data.name(result.life)}; no single one can be named"
    return f"Nothing here: no night draws on {data.name(result.life)} more than chance would give"


def _mirror_lead(result: PairsResult) -> str:
    past = sum(score.w > 0 for score in result.nights)
    smallest = result.power["mirror"].smallest_effect
    seen = (
        f" If {words.percent(smallest)} of the nights had a clear source, it would most likely have been detected."
        if smallest
        else ""
    )
    future = len(result.nights) - past
    tested = result.overall
    odds = f"and none of them can be named at q\u00a0=\u00a0{words.number(result.q)}"
    if tested is not None and tested.p is not None:
        says = "more than" if tested.verdict is Verdict.FOUND else "no more than"
        odds = f"{says} chance allows taken together (p\u00a0=\u00a0{words.p_value(tested.p)}); {odds[4:]}"
    return (
        f"In {words.count(past, 'night')} the days before agree more with the dream, in "
        f"{words.count(future, 'night')} the days after, {odds}.{seen}"
    )


def _mirror_numbers(result: PairsResult) -> Table:
    rows = (
        ("Accounts dated to the day", result.n_accounts),
        ("Nights compared", result.n_nights),
        ("Days of the life with an entry", result.n_days),
        ("Largest evidence for the past (nats)", words.number(max((s.w for s in result.nights), default=0.0), 1)),
        ("Largest evidence for the future (nats)", words.number(-min((s.w for s in result.nights), default=0.0), 1)),
        ("Nights accepted as links at q = " + words.number(result.q), len(result.links)),
    )
    return Table("What was compared", (Column("Count"), Column("Value", number=True)), rows)


def _stranger_lead(result: StrangerResult) -> str:
    decoys = len(result.lives) - 1
    return (
        f"Compared with {words.count(decoys, 'other life', 'other lives')} it ranks {_ordinal(result.rank)}: "
        f"p\u00a0=\u00a0{words.p_value(result.p)}, where p\u00a0≤\u00a0{words.p_value(result.alpha)} was required "
        f"and {words.p_value(result.smallest_p)} is the smallest possible. Among so many lives some agree by chance."
    )


def lives_figure(data: ReportData, result: StrangerResult, name: str) -> Figure:
    """Return the figure of one life among others."""
    return Figure(
        id=f"{name}-lives",
        alt=(
            f"{data.name(result.own)} ranks {_ordinal(result.rank)} of {len(result.lives)} lives, "
            f"p\u00a0=\u00a0{words.p_value(result.p)}."
        ),
        panels=(lives_chart(result.scores, result.lives.index(result.own), own_label=data.name(result.own)),),
        caption="Each stroke is the score of one life against the same accounts; further right agrees more.",
    )


def _lives_table(data: ReportData, result: StrangerResult) -> Table:
    ranked = list(zip(result.lives, result.scores, strict=True))
    best = [*ranked[:_BEST], *(pair for pair in ranked[_BEST:] if pair[0] == result.own)]
    rows = tuple(
        (data.name(life), words.number(score), "asked about" if life == result.own else "") for life, score in best
    )
    return Table(
        "The lives that agree most, and the one asked about",
        (Column("Life"), Column("Score", number=True), Column("")),
        rows,
    )


def _ordinal(rank: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{rank}{'th' if 10 <= rank % 100 <= 20 else ends.get(rank % 10, 'th')}"
