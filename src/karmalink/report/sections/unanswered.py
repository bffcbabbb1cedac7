"""What could not be answered, with what it would take."""

from __future__ import annotations

from dataclasses import dataclass

from karmalink.link import LagCurve, PairsResult, StrangerResult, Verdict
from karmalink.report import words
from karmalink.report.data import Answered, ReportData, Unanswered
from karmalink.report.section import AnswerKind, Section, Widget

__all__ = ["OpenRow", "open_questions", "unanswered_section"]


# A question that was asked has its own answer; the power estimate for its kind would only repeat it.
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
    """Return the section of all questions that were not answered, None where there are none."""
    questions = open_questions(data)
    if not questions:
        return None
    many = words.count(len(questions), "question")
    return Section(
        id="unanswered",
        question="What could not be answered?",
        title=f"{many[:1].upper()}{many[1:]} {'needs' if len(questions) == 1 else 'need'} more data",
        lead="This is not a no: these data cannot tell. What it would take is given with each question.",
        answer=AnswerKind.CANNOT,
        blocks=(Widget("open", questions),),
    )


def open_questions(data: ReportData) -> tuple[OpenRow, ...]:
    """Return what could not be answered: by the caller, by a result's own verdict, or by the power estimate."""
    questions = [_named(question) for question in data.unanswered]
    questions += [_result(answer) for answer in data.answered if not answer.result.verdict.answered]
    if data.power is not None:
        asked = {type(answer.result) for answer in data.answered}
        waiting = [row for row in data.power.questions if not row.can and _ANSWERED_BY.get(row.question) not in asked]
        questions += [OpenRow(row.asks, _with(row.sentence, row.needed)) for row in waiting]
    seen: dict[str, OpenRow] = {}
    for question in questions:
        seen.setdefault(question.question, question)
    return tuple(seen.values())


def _named(one: Unanswered) -> OpenRow:
    if one.have is None or not one.need:
        return OpenRow(one.question, one.sentence)
    unit = f" {one.unit}" if one.unit else ""
    return OpenRow(
        one.question,
        one.sentence,
        min(1.0, one.have / one.need),
        f"{one.have}{unit} available",
        f"about {one.need} needed",
    )


def _result(one: Answered) -> OpenRow:
    result = one.result
    sentence = result.finding
    if isinstance(result, PairsResult):
        return _pairs(one, result)
    if isinstance(result, LagCurve) and result.n_days < result.needed_days:
        share = result.n_days / result.needed_days
        return OpenRow(one.question, sentence, share, f"{result.n_days} days available", f"{result.needed_days} needed")
    if isinstance(result, StrangerResult) and result.smallest_p > result.alpha:
        have, need = len(result.lives) - 1, round(1 / result.alpha) - 1
        return OpenRow(one.question, sentence, have / need, f"{have} other lives available", f"{need} needed")
    return OpenRow(one.question, sentence)


def _pairs(one: Answered, result: PairsResult) -> OpenRow:
    if result.verdict is Verdict.NOT_USABLE:
        return OpenRow(one.question, result.finding)
    power = result.power["mirror"]
    return OpenRow(one.question, _with(result.finding, power.needed))


def _with(sentence: str, needed: str) -> str:
    """Return the sentence with what is needed, unless it says so already."""
    return sentence if not needed or needed.rstrip(".") in sentence else f"{sentence} {needed}"
