"""What could not be answered: a place of its own, with what it would take."""

from __future__ import annotations

from dataclasses import dataclass

from karmalink.link import LagCurve, PairsResult, StrangerResult
from karmalink.link import Verdict as Said
from karmalink.report import words
from karmalink.report.data import Answered, ReportData, Unanswered
from karmalink.report.section import AnswerKind, Section, Widget

__all__ = ["OpenRow", "open_questions", "unanswered_section"]


# A question that was put to the data speaks for itself; what power says of its kind would only say it again.
_ANSWERED_BY: dict[str, type] = {"mirror": PairsResult, "shift": LagCurve, "stranger": StrangerResult}


@dataclass(frozen=True, slots=True)
class OpenRow:
    """One open question on the page; `share` is how much of what it takes is there, 0 to 1."""

    question: str
    sentence: str
    share: float | None = None
    have: str = ""
    need: str = ""


def unanswered_section(data: ReportData) -> Section | None:
    """Return the section of all that was asked and not answered, None where nothing is open."""
    questions = open_questions(data)
    if not questions:
        return None
    many = words.count(len(questions), "question")
    return Section(
        id="unanswered",
        question="What could not be answered?",
        title=f"{many[:1].upper()}{many[1:]} {'needs' if len(questions) == 1 else 'need'} more than there is",
        lead="Not a no: with these data nobody could tell. What it would take stands beside each.",
        answer=AnswerKind.CANNOT,
        blocks=(Widget("open", questions),),
    )


def open_questions(data: ReportData) -> tuple[OpenRow, ...]:
    """Return what could not be answered: what the caller names, results that say so, and what power says so of."""
    questions = [_named(one) for one in data.unanswered]
    questions += [_result(one) for one in data.answered if not one.result.verdict.answered]
    if data.power is not None:
        asked = {type(one.result) for one in data.answered}
        waiting = [one for one in data.power.questions if not one.can and _ANSWERED_BY.get(one.question) not in asked]
        questions += [OpenRow(one.asks, _with(one.sentence, one.needed)) for one in waiting]
    seen: dict[str, OpenRow] = {}
    for question in questions:
        seen.setdefault(question.question, question)
    return tuple(seen.values())


def _named(one: Unanswered) -> OpenRow:
    if one.have is None or not one.need:
        return OpenRow(one.question, one.sentence)
    unit = f" {one.unit}" if one.unit else ""
    return OpenRow(
        one.question, one.sentence, min(1.0, one.have / one.need), f"{one.have}{unit} there", f"about {one.need} needed"
    )


def _result(one: Answered) -> OpenRow:
    result = one.result
    sentence = result.finding
    if isinstance(result, PairsResult):
        return _pairs(one, result)
    if isinstance(result, LagCurve) and result.n_days < result.needed_days:
        share = result.n_days / result.needed_days
        return OpenRow(one.question, sentence, share, f"{result.n_days} days there", f"{result.needed_days} needed")
    if isinstance(result, StrangerResult) and result.smallest_p > result.alpha:
        have, need = len(result.lives) - 1, round(1 / result.alpha) - 1
        return OpenRow(one.question, sentence, have / need, f"{have} other lives there", f"{need} needed")
    return OpenRow(one.question, sentence)


def _pairs(one: Answered, result: PairsResult) -> OpenRow:
    if result.verdict is Said.NOT_USABLE:
        return OpenRow(one.question, result.finding)
    power = result.power["mirror"]
    return OpenRow(one.question, _with(result.finding, power.needed))


def _with(sentence: str, needed: str) -> str:
    """Return what is missing after the sentence, unless the sentence says it already."""
    return sentence if not needed or needed.rstrip(".") in sentence else f"{sentence} {needed}"
