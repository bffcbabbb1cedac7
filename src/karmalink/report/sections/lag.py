"""How far back do the accounts reach, and how far forward? The lag curve against all circular shifts."""

from __future__ import annotations

from karmalink.link import LagCurve, Verdict
from karmalink.report import words
from karmalink.report.charts.lagcurve import difference, two_sides
from karmalink.report.data import Answered
from karmalink.report.section import AnswerKind, Column, Figure, Fold, LegendEntry, Prose, Section, Table
from karmalink.report.theme import ink

__all__ = ["curve_figure", "lag_section"]

_WEEK = 7


def lag_section(answered: Answered, curve: LagCurve, name: str = "lag") -> Section:
    """Return the section of one lag curve that answered its question."""
    return Section(
        id=name,
        question=answered.question,
        title=_title(curve),
        lead=_lead(answered, curve),
        answer=AnswerKind.FOUND if curve.verdict is Verdict.FOUND else AnswerKind.NOTHING,
        blocks=(curve_figure(curve, name), _numbers(curve)),
    )


def curve_figure(curve: LagCurve, name: str) -> Figure:
    """Return the figure of a lag curve: A over its band, and the two sides whose difference A is."""
    windows = [(window.name, window.first, window.last) for window in curve.windows]
    return Figure(
        id=f"{name}-figure",
        alt=(f"{_title(curve)}. {_outside(curve)} Over all lags together: p\u00a0=\u00a0{words.p_value(curve.p)}."),
        panels=(
            difference(
                curve.lags, curve.a, curve.band, windows, title="How much more similar the past is than the future"
            ),
            two_sides(curve.lags, curve.past, curve.future, title="The two sides of that difference"),
        ),
        key=(
            LegendEntry("past", ink("indigo"), "line"),
            LegendEntry("future, the control", ink("stone"), "dash"),
            LegendEntry("range of chance, all lags together (95 %)", ink("band"), "square"),
        ),
        caption=(
            "Left: similarity to the day ℓ days before the night, minus similarity to the day ℓ days after it; "
            "filled points lie outside the band of all circular shifts of the same nights. Right: the two "
            "similarities themselves, without a band, because anything that changes slowly in a life affects both."
        ),
        layout="pair",
    )


def _title(curve: LagCurve) -> str:
    beyond = [int(lag) for lag, a, half in zip(curve.lags, curve.a, curve.band, strict=True) if a > half]
    if curve.verdict is not Verdict.FOUND or not beyond:
        return "Dreams look back no more than they look ahead"
    reach = f"Dreams reach back {_days(beyond)}"
    farthest = max(int(lag) for lag in curve.lags)
    return f"{reach}, not a week" if max(beyond) < _WEEK - 2 and farthest >= _WEEK else reach


def _days(lags: list[int]) -> str:
    if lags == list(range(1, max(lags) + 1)):
        return words.count(max(lags), "day")
    return f"{words.join(str(lag) for lag in lags)} days"


def _outside(curve: LagCurve) -> str:
    beyond = [str(int(lag)) for lag, a, half in zip(curve.lags, curve.a, curve.band, strict=True) if abs(a) > half]
    if not beyond:
        return "The curve stays inside its band at every lag."
    return f"The curve leaves its band at {words.join(beyond)} {'day' if beyond == ['1'] else 'days'} back."


def _lead(answered: Answered, curve: LagCurve) -> str:
    who = words.count(curve.n_dreamers, "dreamer")
    sentence = (
        (f"{answered.about} " if answered.about else "")
        + f"Of all shifts of {words.count(curve.n_nights, 'night')} of {who} against "
        f"{words.count(curve.n_days, 'day')}, a share of {words.p_value(curve.p)} gives a peak as high "
        f"(p\u00a0=\u00a0{words.p_value(curve.p)}; the smallest possible is {words.p_value(curve.smallest_p)})."
    )
    if curve.within is not None:
        sentence += f" Because this life changes slowly, shifts were limited to {words.count(curve.within, 'day')}."
    return sentence


def _numbers(curve: LagCurve) -> Fold:
    windows = Table(
        "The two windows used in dream research",
        (Column("Window"), Column("Days back"), Column("Mean difference", number=True), Column("p", number=True)),
        tuple((w.name, f"{w.first} to {w.last}", words.number(w.mean, 3), words.p_value(w.p)) for w in curve.windows),
    )
    lags = Table(
        "Every lag",
        (
            Column("Days", number=True),
            Column("Past", number=True),
            Column("Future", number=True),
            Column("Difference", number=True),
            Column("Band", number=True),
        ),
        tuple(
            (int(lag), words.number(past, 3), words.number(future, 3), words.number(a, 3), f"±{words.number(band, 3)}")
            for lag, past, future, a, band in zip(
                curve.lags, curve.past, curve.future, curve.a, curve.band, strict=True
            )
        ),
    )
    note = Prose(
        f"For p ≤ .05 one dreamer needs {words.count(curve.needed_days, 'day')} with this window; the null is that "
        "of circular shifts.",
        quiet=True,
    )
    return Fold("The numbers", (windows, lags, note) if curve.windows else (lags, note))
