"""Whose memory is it made of? Nights with a source, each with its evidence, matching units and alternatives."""

from __future__ import annotations

import datetime as dt

from karmalink.link import PairsResult
from karmalink.report import words
from karmalink.report.charts.hypnogram import COLOURS
from karmalink.report.charts.mirror import mirror_chart
from karmalink.report.charts.rates import Rate, rates_chart
from karmalink.report.data import Answered, ReportData
from karmalink.report.section import (
    AnswerKind,
    Column,
    Figure,
    Fold,
    LegendEntry,
    Prose,
    Section,
    SectionPart,
    Table,
    Widget,
)
from karmalink.report.sections.card import levels, link_card, truth_of
from karmalink.report.theme import STAGE_NAMES, STAGES, ink

__all__ = ["links_section", "mirror_figure"]

_OPEN = 3  # links shown in full
_GROUPS = 8  # groups whose rate is drawn
_MORE = 6  # further links that open on request; the table has all


def links_section(data: ReportData, answered: Answered, result: PairsResult, name: str = "links") -> Section:
    """Return the section of one result that found links."""
    reached = [level for link in result.links for level in levels(link)]
    ends = min(0.0, *reached), max(1.0, *reached)
    cards = [
        link_card(data, link, f"{name}-{number}", ends)
        for number, link in enumerate(result.links[: _OPEN + _MORE], start=1)
    ]
    blocks: list[SectionPart] = [mirror_figure(result, name)]
    blocks += [Widget("card", card) for card in cards[:_OPEN]]
    if cards[_OPEN:]:
        blocks.append(
            Fold(
                f"The next {words.count(len(cards) - _OPEN, 'link')}",
                tuple(Widget("card", card) for card in cards[_OPEN:]),
            )
        )
    if any(rate.group for rate in result.rates):
        blocks.append(_rates(result, name))
    blocks += [Prose(f"{effect.finding[:1].upper()}{effect.finding[1:]}") for effect in result.covariate_effects]
    blocks.append(Fold(f"All {words.count(len(result.links), 'link')}", (_table(data, result),)))
    blocks.append(Fold("How the chance of coincidence was estimated", _estimates(result)))
    return Section(
        id=name,
        question=answered.question,
        title=(
            f"{len(result.links)} of {words.count(result.n_nights, 'night')} "
            f"{'draws' if len(result.links) == 1 else 'draw'} on {data.name(result.life)}"
        ),
        lead=_lead(data, answered, result),
        answer=AnswerKind.FOUND,
        blocks=tuple(blocks),
    )


def mirror_figure(result: PairsResult, name: str) -> Figure:
    """Return the figure of past against future, one dot per night."""
    past = sum(score.w > 0 for score in result.nights)
    future = len(result.nights) - past
    return Figure(
        id=f"{name}-mirror",
        alt=(
            f"{result.finding} In {past} nights the {result.lags} days before agree more with the dream, in "
            f"{future} nights the {result.lags} days after."
        ),
        panels=(mirror_chart([score.w for score in result.nights], threshold=result.threshold),),
        key=(
            LegendEntry("the days before agree more", ink("indigo")),
            LegendEntry("the days after agree more, which can only be chance", ink("stone")),
        ),
        caption=(
            f"One dot per night: how much more its best day among the {result.lags} before agrees with the dream "
            f"than its best day among the {result.lags} after, or the other way round. A dream cannot draw on a "
            "day that has not happened, so the dots below the line show what chance gives; if there were nothing "
            "to find, the two sides would look the same. Evidence in nats: 2.3 is 10 to 1, 4.6 is 100 to 1."
        ),
    )


def _lead(data: ReportData, answered: Answered, result: PairsResult) -> str:
    parts = [answered.about] if answered.about else []
    if result.fdr is not None:
        wrong = result.fdr * len(result.links)
        bound = f"; upper bound {words.percent(result.fdr_bound)}" if result.fdr_bound is not None else ""
        parts.append(
            f"About {words.number(wrong, 0 if wrong >= 1.5 else 1)} of these {len(result.links)} may be "
            f"coincidences ({words.percent(result.fdr)}{bound})."
        )
    parts.append("No single link is certain: each carries its own probability.")
    if data.planted is not None:
        right = sum(data.planted.get(link.account) is not None for link in result.links)
        exact = sum(data.planted.get(link.account) == link.entry for link in result.links)
        parts.append(
            f"Here the truth is known: {right} of the {len(result.links)} nights do have a source, and for "
            f"{exact} the day named is the right one."
        )
    return " ".join(parts)


def _rates(result: PairsResult, name: str) -> Figure:
    known = sorted((rate for rate in result.rates if rate.n), key=lambda rate: (bool(rate.group), -rate.n))[:_GROUPS]
    rows = [
        Rate(
            _group(rate.group),
            rate.rate,
            rate.low,
            rate.high,
            rate.n,
            COLOURS.get(rate.group, "indigo" if not rate.group else "stone"),
        )
        for rate in sorted(
            known, key=lambda rate: STAGES.index(rate.group) if rate.group in STAGES else 9 if rate.group else -1
        )
    ]
    shares = words.join(
        f"{row.label} {words.percent(row.share)} ({words.percent(row.low)} to {words.percent(row.high)})"
        for row in rows
    )
    return Figure(
        id=f"{name}-rates",
        alt=f"Share of nights with a source by the stage the sleeper was woken from: {shares}.",
        panels=(rates_chart(rows, axis="Share of nights with a source, %", title=_rates_title(rows)),),
        caption=(
            "By the stage before the awakening, with 90 % intervals; small groups are shrunk towards the share of all "
            "nights."
        ),
    )


def _rates_title(rows: list[Rate]) -> str:
    stages = sorted((row for row in rows if row.colour.startswith("stage")), key=lambda row: row.share)
    if len(stages) < 2:
        return "How often a night has a source"
    top, low = stages[-1], stages[0]
    if top.low > low.high:
        return f"Awakenings from {top.label} have a source more often than those from {low.label}"
    return "The stages do not differ clearly in how often a night has a source"


def _group(group: str) -> str:
    return STAGE_NAMES.get(group, group or "All nights").split(",")[0].replace("awake", "Awake")


def _table(data: ReportData, result: PairsResult) -> Table:
    truth = data.planted is not None
    columns = [
        Column("Night"),
        Column("Account"),
        Column("Best day"),
        Column("Days back", number=True),
        Column("Evidence W (nats)", number=True),
        Column("Has a source", number=True),
        Column("This day is it", number=True),
    ]
    if truth:
        columns.append(Column("Truth"))
    rows = []
    for link in result.links:
        row: list[object] = [
            words.night(dt.date.fromordinal(link.night)),
            link.account,
            words.day(dt.date.fromordinal(link.night + 1 - link.lag)),
            link.lag,
            words.number(link.w, 1),
            words.percent(link.posterior),
            words.percent(link.entry_posterior),
        ]
        rows.append(tuple([*row, truth_of(data, link)] if truth else row))
    return Table(
        "Nights with a source: probability that there is one in the window, and that it is this day",
        tuple(columns),
        tuple(rows),
    )


def _estimates(result: PairsResult) -> tuple[Prose, ...]:
    coin = result.calibration
    return (
        Prose(
            f"The mirror null: the best of {result.lags} days before each night competes with the best of "
            f"{result.lags} days after it. {sum(s.w > 0 for s in result.nights)} nights favoured the past, "
            f"{sum(s.w < 0 for s in result.nights)} the future; ties are left out."
        ),
        Prose(
            f"The coin was tested first, where there is nothing to find: {coin.n_signs} pseudo-accounts (half of "
            f"a day against the other days) favoured the past in {words.percent(coin.p_plus)} (95 % limits "
            f"{words.percent(coin.low)} to {words.percent(coin.high)}), so decoys count {words.number(coin.c)} "
            "times."
            if coin.measured
            else ("The life has too few days to test the coin on, so the decoys count as with a fair coin.")
        ),
        Prose(
            f"A night counts as a link from {words.number(result.threshold or 0.0, 1)} nats, where the "
            f"calibrated false discovery rate is {words.percent(result.fdr or 0.0)} (required: "
            f"{words.percent(result.q)}). This is a calibration, not a proof."
        ),
    )
