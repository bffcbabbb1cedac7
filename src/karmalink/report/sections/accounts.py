"""What did they say, and when? The accounts over the weeks, by the stage they were told out of."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from karmalink.account import Account, Precision
from karmalink.link import PairsResult, UnitMatch
from karmalink.report import words
from karmalink.report.charts.hypnogram import COLOURS
from karmalink.report.charts.timeline import TimelineAccount, timeline_chart
from karmalink.report.data import ReportData, Texts
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
from karmalink.report.theme import STAGE_NAMES, STAGES, ink

__all__ = ["Quote", "accounts_section", "quotes"]

# Two units side by side, with what they share marked; never more of a text than the unit.

_MOST = 3
_WORTH = 0.2  # of the best pair: what weighs less is agreement on a "behind", and reads as an argument
_LONGEST = 320  # characters; a "sentence" without a stop can be a whole account


@dataclass(frozen=True, slots=True)
class Quote:
    """A unit of the account beside a unit of the entry, escaped, what they share marked."""

    dream: Markup
    day: Markup
    nats: float


def quotes(matches: Sequence[UnitMatch], most: int = _MOST) -> tuple[Quote, ...]:
    """Return the best pairs of units that carry their words, best first."""
    carried = [match for match in matches if match.account_text and match.entry_text]
    least = _WORTH * max((match.llr for match in carried), default=0.0)
    carried = [match for match in carried if match.llr >= least]
    return tuple(
        Quote(_marked(m.account_text, m.shared), _marked(m.entry_text, m.shared), m.llr) for m in carried[:most]
    )


def _marked(text: str, shared: Sequence[str]) -> Markup:
    """Escape a unit and mark the shared words in it; a shared stem marks the word that begins with it."""
    text = _short(text)
    stems = sorted({word for word in shared if word.strip()}, key=len, reverse=True)
    if not stems:
        return escape(text)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(stem)}\w*" for stem in stems), re.IGNORECASE)
    parts, end = [], 0
    for found in pattern.finditer(text):
        parts += [escape(text[end : found.start()]), Markup("<mark>"), escape(found[0]), Markup("</mark>")]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST].rsplit(' ', 1)[0]} …"


_WEEK = 7


def accounts_section(data: ReportData) -> Section | None:
    """Return the section of the accounts, None where none is dated to the day."""
    told = _told(data)
    if not told:
        return None
    blocks: list[SectionPart] = [_figure(data, told), Fold("By stage", (_table(told),))]
    if data.texts is Texts.FULL:
        blocks.append(_texts(data))
    return Section(
        id="accounts",
        question="What did they say, and when?",
        title=_title(told),
        lead=_lead(data, told),
        answer=AnswerKind.CONTEXT,
        blocks=tuple(blocks),
    )


def _told(data: ReportData) -> list[TimelineAccount]:
    stages = {one.id: one.stage for one in data.awakenings}
    linked = {link.account for one in data.answered if isinstance(one.result, PairsResult) for link in one.result.links}
    return [
        TimelineAccount(
            _date(account),
            stages.get(account.awakening or "", ""),
            account.id in linked,
            len(account.text.split()),
            account.id,
        )
        for account in data.accounts
        if account.when is not None and account.when.precision is Precision.DAY
    ]


def _date(account: Account) -> dt.date:
    return account.when.day if account.when is not None else dt.date.min


def _title(told: list[TimelineAccount]) -> str:
    weeks = max(1, round(((max(one.date for one in told) - min(one.date for one in told)).days + 1) / _WEEK))
    head = f"{words.count(len(told), 'account').capitalize()} in {words.count(weeks, 'week')}"
    rem = sum(one.stage == "R" for one in told)
    return f"{head}, {words.count(rem, 'of them', 'of them')} told out of REM sleep" if rem else head


def _lead(data: ReportData, told: list[TimelineAccount]) -> str:
    sentences = [f"From {words.span([one.date for one in told])}."]
    linked = sum(one.linked for one in told)
    if data.answered:
        sentences.append(
            f"{words.count(linked, 'account').capitalize()} {'has' if linked == 1 else 'have'} a link further down."
        )
    unknown = sum(one.stage not in STAGES for one in told)
    if unknown and unknown < len(told):
        sentences.append(f"Of {words.count(unknown, 'account')} nobody knows the stage of sleep.")
    undated = len(data.accounts) - len(told)
    if undated:
        sentences.append(f"{words.count(undated, 'account').capitalize()} without a day could not be used.")
    return " ".join(sentences)


def _figure(data: ReportData, told: list[TimelineAccount]) -> Figure:
    present = [stage for stage in STAGES if any(one.stage == stage for one in told)]
    counts = words.join(f"{sum(one.stage == stage for one in told)} out of {STAGE_NAMES[stage]}" for stage in present)
    key = [LegendEntry("has a link", ink("stone")), LegendEntry("no link", ink("stone"), "ring")]
    return Figure(
        id="accounts-figure",
        alt=f"{_title(told)}. {counts[:1].upper()}{counts[1:]}." if counts else f"{_title(told)}.",
        panels=(timeline_chart(told),),
        key=tuple(key if data.answered else key[1:]),
        caption="Each dot is one account on the day of its date; the larger, the longer the account.",
    )


def _table(told: list[TimelineAccount]) -> Table:
    groups = [(STAGE_NAMES[stage], [one for one in told if one.stage == stage], COLOURS[stage]) for stage in STAGES]
    groups.append(("not known", [one for one in told if one.stage not in STAGES], "stone"))
    rows = tuple(
        (
            name,
            len(those),
            sum(one.linked for one in those),
            words.number(sum(one.words for one in those) / len(those), 0),
        )
        for name, those, _ in groups
        if those
    )
    columns = (
        Column("Told out of"),
        Column("Accounts", number=True),
        Column("With a link", number=True),
        Column("Words each", number=True),
    )
    return Table("Accounts by the stage of sleep before the awakening", columns, rows)


def _texts(data: ReportData) -> Fold:
    dated = [account for account in data.accounts if account.when is not None]
    items = [
        {"head": f"{words.day(_date(account))}, {account.id}", "text": account.text, "lang": account.language}
        for account in dated
    ]
    return Fold(
        f"The accounts themselves ({len(items)})",
        (
            Prose("In the tellers’ own words; this file carries them because it was asked to.", quiet=True),
            Widget("texts", items),
        ),
    )
