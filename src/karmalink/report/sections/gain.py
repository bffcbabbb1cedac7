"""The first screen: what combining the sources gains, in one sentence with its uncertainty, and one figure."""

from __future__ import annotations

import numpy as np

from karmalink.report import words
from karmalink.report.charts.strip_plot import Strip, strips
from karmalink.report.parts import ArmComparisonLike, GainLike
from karmalink.report.section import AnswerKind, Column, Figure, Fold, Panel, Prose, Section, Table

__all__ = ["gain_section"]

ROWS: tuple[tuple[str, str, str], ...] = (
    ("clues", "Witnesses’ clues alone", "stone"),
    ("links", "+ links from dreams to days", "indigo"),
    ("nights", "+ the nights they came from", "lotus"),
)
# Above this upper end of the interval the report does not say that false links do no harm.
_HARM = 1.05


def gain_section(gain: GainLike) -> Section:
    """Return the section that opens the report."""
    count = _nights_count(gain)
    who, shown = ("Dreams and their nights", "nights") if count else ("Dreams", "links")
    best = gain.comparison("true", shown)
    return Section(
        id="gain",
        question="What does combining the sources gain?",
        title=_title(who, best, gain.comparison("false", "nights")),
        lead=_lead(gain),
        answer=_answer_kind(best),
        blocks=(_figure(gain), _more(gain, gain.comparison("true", "nights")), _numbers(gain)),
    )


def _nights_count(gain: GainLike) -> bool:
    """Return whether what the nights knew lies beyond chance: the links alone are outside its interval."""
    links, nights = (gain.comparison("true", arm) for arm in ("links", "nights"))
    return not nights.low <= links.median_ratio <= nights.high


def _title(who: str, nights: ArmComparisonLike, false: ArmComparisonLike) -> str:
    low, high = sorted(abs(1 - end) for end in (nights.low, nights.high))
    doubt = f"({words.number(100 * low, 0)} to {words.percent(high)})"
    if nights.low <= 1 <= nights.high:
        return f"{who} do not change the ground searched ({words.interval(nights.low, nights.high)} times)"
    change = words.percent(abs(1 - nights.median_ratio))
    effect = f"save the searchers {change} of the ground" if nights.high < 1 else f"cost {change} more ground"
    return f"{who} {effect} {doubt}; false links {'do no harm' if false.high <= _HARM else 'do harm'}"


def _answer_kind(nights: ArmComparisonLike) -> AnswerKind:
    return AnswerKind.NOTHING if nights.low <= 1 <= nights.high else AnswerKind.FOUND


def _lead(gain: GainLike) -> str:
    median = [words.area(float(value)) for value in np.median(gain.true_km2, axis=0)]
    return (
        f"With the witnesses’ clues alone, the median search of {len(gain.seeds)} simulated worlds covers {median[0]} "
        f"before the find; with links {median[1]}, with the nights as well {median[2]}."
        + ("" if _nights_count(gain) else " What the nights add to the links is within the range of chance.")
    )


def _more(gain: GainLike, nights: ArmComparisonLike) -> Prose:
    links, certain = gain.comparison("true", "links"), gain.comparison("false", "certain")
    return Prose(
        f"With links alone {words.number(links.median_ratio)} times as much ground is searched as with clues alone "
        f"({words.interval(links.low, links.high)}), with links and nights {words.number(nights.median_ratio)} times. "
        f"In {words.percent(nights.worse)} of the worlds the dreams mislead the searchers and more is searched. "
        f"{_control(gain)} If the same resemblances were taken for certain, "
        f"{words.number(certain.mean_ratio, 1)} times as much ground would be searched on average."
    )


def _control(gain: GainLike) -> str:
    false = gain.comparison("false", "nights")
    if false.same >= 0.5:
        return (
            f"Where every resemblance is a coincidence, {words.percent(false.same)} of the worlds are searched "
            "exactly as without dreams: coincidences fall on the days after a night as often as on those before, "
            "so no link is accepted."
        )
    return f"Where every link is false, {_ratio(false)} is searched, because each link carries its uncertainty."


def _ratio(comparison: ArmComparisonLike) -> str:
    return (
        f"{words.number(comparison.median_ratio)} times the ground ({words.interval(comparison.low, comparison.high)})"
    )


def _figure(gain: GainLike) -> Figure:
    areas = np.concatenate([gain.true_km2.ravel(), gain.false_km2.ravel()])
    ends = float(areas[areas > 0].min()) / 1.15, float(areas.max()) * 1.15
    return Figure(
        id="gain-figure",
        alt=_alt(gain),
        panels=(
            _panel(gain, "true", "Dreams that draw on real days: less ground", ends),
            _panel(gain, "false", "Only false links planted: " + _no_worse(gain), ends),
        ),
        caption=(
            f"Each dot is one simulated world ({len(gain.seeds)} of them, the same in every row): the ground "
            f"searched before the find, out of {words.area(gain.ground_km2)}, on a logarithmic scale. "
            "The vertical stroke is the median, the thick line the middle half; the change is paired by world, "
            "with its 95 % interval."
        ),
        layout="pair",
    )


def _panel(gain: GainLike, world: str, title: str, ends: tuple[float, float]) -> Panel:
    table = gain.true_km2 if world == "true" else gain.false_km2
    rows = [
        Strip(label, table[:, column], _note(gain, world, arm), colour)
        for column, (arm, label, colour) in enumerate(ROWS)
    ]
    return strips(rows, ends=ends, title=title, axis="Ground searched before the find")


def _note(gain: GainLike, world: str, arm: str) -> str:
    if arm == "clues":
        return ""
    found = gain.comparison(world, arm)
    ends = sorted((_change(found.low), _change(found.high)), key=abs)
    return f"{_signed(_change(found.median_ratio))} % ({_signed(ends[0])} to {_signed(ends[1])})"


def _change(ratio: float) -> float:
    return 100 * (ratio - 1)


def _signed(value: float) -> str:
    text = words.number(abs(value), 0)
    return text if text == "0" else f"{'−' if value < 0 else '+'}{text}"


def _no_worse(gain: GainLike) -> str:
    false = gain.comparison("false", "nights")
    if false.high < 1:
        return "less ground too"
    return "no harm" if false.high <= _HARM else "more ground"


def _alt(gain: GainLike) -> str:
    medians = [words.area(float(value), of=gain.ground_km2) for value in np.median(gain.true_km2, axis=0)]
    wrong = [words.area(float(value), of=gain.ground_km2) for value in np.median(gain.false_km2, axis=0)]
    return (
        f"Two panels of dots, one dot per simulated world. Median ground searched before the find: {medians[0]} "
        f"with clues alone, {medians[1]} with links, {medians[2]} with links and nights. With false links only: "
        f"{wrong[0]}, {wrong[1]} and {wrong[2]}."
    )


def _numbers(gain: GainLike) -> Fold:
    columns = (
        Column("Searched with"),
        Column("Median ground", number=True),
        Column("Against clues alone", number=True),
        Column("95 % interval", number=True),
        Column("Mean", number=True),
        Column("Less ground in", number=True),
        Column("Same in", number=True),
        Column("More in", number=True),
    )
    tables = tuple(
        Table(caption, columns, _rows(gain, world))
        for world, caption in (
            ("true", "Worlds in which dreams draw on days whose entries name places near the find"),
            ("false", "Worlds in which every link is false: dreams resemble entries about wrong places by coincidence"),
        )
    )
    note = Prose(
        "Every world is generated by this program, with the truth planted in it. The figure shows what combining "
        "the sources gains where the method’s assumptions hold, and where every link is a coincidence. It says "
        "nothing about how often real dreams draw on real days.",
        quiet=True,
    )
    return Fold("The numbers, and what they do not say", (*tables, note))


def _rows(gain: GainLike, world: str) -> tuple[tuple[object, ...], ...]:
    table = gain.true_km2 if world == "true" else gain.false_km2
    medians = [words.area(float(value), of=gain.ground_km2) for value in np.median(table, axis=0)]
    rows: list[tuple[object, ...]] = [(ROWS[0][1], medians[0], "1", "–", "1", "–", "–", "–")]
    rows += [
        _row(label, median, gain.comparison(world, arm))
        for (arm, label, _), median in zip(ROWS[1:], medians[1:], strict=True)
    ]
    if world == "false":
        certain = words.area(float(np.median(gain.certain_km2)), of=gain.ground_km2)
        rows.append(_row("Every link taken for certain", certain, gain.comparison("false", "certain")))
    return tuple(rows)


def _row(label: str, median: str, found: ArmComparisonLike) -> tuple[object, ...]:
    return (
        label,
        median,
        words.number(found.median_ratio),
        words.interval(found.low, found.high),
        words.number(found.mean_ratio),
        words.percent(found.better),
        words.percent(found.same),
        words.percent(found.worse),
    )
