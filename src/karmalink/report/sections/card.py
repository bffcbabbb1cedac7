"""One link on the page: the units side by side, the waterfall of its evidence, and the closest alternatives."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass

from karmalink.link import Link, Part
from karmalink.report import words
from karmalink.report.charts.waterfall import waterfall_chart
from karmalink.report.data import ReportData, Texts
from karmalink.report.section import Column, Figure, Table
from karmalink.report.sections.accounts import Quote, quotes

__all__ = ["Card", "FullText", "levels", "link_card", "truth_of"]

_RIVALS = 4
_AGREED = 0.05  # nats; a part with more says what agreed

# What a part of the evidence is called on a page; other parts keep their own name.
PART_NAMES: dict[str, str] = {
    "names": "Names",
    "words": "Words",
    "numbers": "Numbers",
    "meaning": "Meaning",
    "chance": "Chance",
}


@dataclass(frozen=True, slots=True)
class Card:
    """One link on the page: its head, the units side by side, the waterfall and the rivals."""

    id: str
    night: str
    lag: str
    day: str
    posterior: str
    entry_posterior: str
    truth: str
    quotes: tuple[Quote, ...]
    hidden: str
    figures: tuple[Figure, ...]
    rivals: Table
    texts: tuple[FullText, ...] = ()


@dataclass(frozen=True, slots=True)
class FullText:
    """A whole text that opens on request."""

    head: str
    text: str
    lang: str


def link_card(data: ReportData, link: Link, name: str, ends: tuple[float, float]) -> Card:
    """Return the card of a link; all waterfalls of a page share their `ends`, so that they can be compared."""
    shown = quotes(link.matches) if data.texts is not Texts.NONE else ()
    hidden = (
        ""
        if shown
        else (
            f"{words.count(len(link.matches), 'pair').capitalize()} of units "
            f"{'agrees' if len(link.matches) == 1 else 'agree'}; this file contains no one’s words."
        )
    )
    return Card(
        id=name,
        night=f"Night of {words.night(dt.date.fromordinal(link.night))}",
        lag="the day before" if link.lag == 1 else f"{words.count(link.lag, 'day')} back",
        day=words.day(dt.date.fromordinal(link.night + 1 - link.lag)),
        posterior=words.percent(link.posterior),
        entry_posterior=words.percent(link.entry_posterior),
        truth=truth_of(data, link),
        quotes=shown,
        hidden=hidden,
        figures=(_steps(data, link, name, ends),),
        rivals=_rivals(link),
        texts=_texts(data, link) if data.texts is Texts.FULL else (),
    )


def truth_of(data: ReportData, link: Link) -> str:
    """Return what the link really is, where the truth is known: this day, another day, a coincidence."""
    if data.planted is None:
        return ""
    planted = data.planted.get(link.account)
    if planted is None:
        return "a coincidence"
    return "this day" if planted == link.entry else "another day"


def levels(link: Link) -> list[float]:
    """Return every level that the waterfall reaches on the way, and its end."""
    return [*itertools.accumulate(part.llr for part in link.parts), link.llr]


def _steps(data: ReportData, link: Link, name: str, ends: tuple[float, float]) -> Figure:
    steps = [(_part_name(part), part.llr) for part in link.parts]
    parts = words.join(f"{label} {words.number(llr, 1)}" for label, llr in steps)
    agreed = [f"{_part_name(part)}: {part.detail}" for part in link.parts if part.detail and part.llr > _AGREED]
    return Figure(
        id=f"{name}-evidence",
        alt=f"Evidence for this link, {words.number(link.llr, 1)} nats in total: {parts}.",
        panels=(waterfall_chart(steps, least=ends[0], most=ends[1]),),
        caption="" if data.texts is Texts.NONE else "; ".join(agreed),
    )


def _part_name(part: Part) -> str:
    return PART_NAMES.get(part.name, part.name.replace("_", " ").capitalize())


def _rivals(link: Link) -> Table:
    rows = tuple(
        (
            words.day(dt.date.fromordinal(rival.day)),
            f"{words.count(abs(rival.lag), 'day')} {'after, a decoy' if rival.decoy else 'before'}",
            words.number(rival.llr, 1),
        )
        for rival in link.rivals[:_RIVALS]
    )
    columns = (Column("Day"), Column("From the night"), Column("Evidence (nats)", number=True))
    return Table(f"Closest alternatives (this day: {words.number(link.llr, 1)} nats)", columns, rows)


def _texts(data: ReportData, link: Link) -> tuple[FullText, ...]:
    accounts = [account for account in data.accounts if account.id == link.account]
    entries = [entry for life in data.lives for entry in life.entries if entry.id == link.entry]
    return (
        *(FullText(f"The whole account, {account.id}", account.text, account.language) for account in accounts),
        *(FullText(f"The whole entry, {entry.id}", entry.text, "") for entry in entries),
    )
