"""What did they say, and when? The accounts over the weeks, by the stage of sleep before each awakening."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from karmalink.account import Account, Precision
from karmalink.link import PairsResult, UnitMatch
from karmalink.report import words
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

# Two units side by side, with the words they share marked; never more of a text than the unit.

_MOST = 3
_LEAST_SHARE = 0.2  # of the best pair's evidence: weaker pairs share a word like "behind" and look like an argument
_LONGEST = 320  # characters; a "sentence" without a stop can be a whole account


@dataclass(frozen=True, slots=True)
class Quote:
    """A unit of the account beside a unit of the entry, escaped, what they share marked."""

    dream: Markup
    day: Markup
    nats: float


def quotes(matches: Sequence[UnitMatch], most: int = _MOST) -> tuple[Quote, ...]:
    """Return the best pairs of units that carry their words, best first."""
    with_words = [match for match in matches if match.account_text and match.entry_text]
    least = _LEAST_SHARE * max((match.llr for match in with_words), default=0.0)
    strong = [match for match in with_words if match.llr >= least]
    return tuple(
        Quote(_marked(m.account_text, m.shared), _marked(m.entry_text, m.shared), m.llr) for m in strong[:most]
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
    accounts = _dated_accounts(data)
    if not accounts:
        return None
    blocks: list[SectionPart] = [_figure(data, accounts), Fold("By stage", (_table(accounts),))]
    if data.texts is Texts.FULL:
        blocks.append(_texts(data))
    return Section(
        id="accounts",
        question="What did they say, and when?",
        title=_title(accounts),
        lead=_lead(data, accounts),
        answer=AnswerKind.CONTEXT,
        blocks=tuple(blocks),
    )


def _dated_accounts(data: ReportData) -> list[TimelineAccount]:
    stages = {awakening.id: awakening.stage for awakening in data.awakenings}
    results = [answered.result for answered in data.answered]
    linked = {link.account for result in results if isinstance(result, PairsResult) for link in result.links}
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


def _title(accounts: list[TimelineAccount]) -> str:
    dates = [account.date for account in accounts]
    weeks = max(1, round(((max(dates) - min(dates)).days + 1) / _WEEK))
    head = f"{words.count(len(accounts), 'account').capitalize()} in {words.count(weeks, 'week')}"
    rem = sum(account.stage == "R" for account in accounts)
    return f"{head}, {words.count(rem, 'of them', 'of them')} after awakening from REM sleep" if rem else head


def _lead(data: ReportData, accounts: list[TimelineAccount]) -> str:
    sentences = [f"From {words.span([account.date for account in accounts])}."]
    linked = sum(account.linked for account in accounts)
    if data.answered:
        sentences.append(
            f"{words.count(linked, 'account').capitalize()} {'has' if linked == 1 else 'have'} a link, shown below."
        )
    unknown = sum(account.stage not in STAGES for account in accounts)
    if unknown and unknown < len(accounts):
        sentences.append(f"The stage of sleep is not known for {words.count(unknown, 'account')}.")
    undated = len(data.accounts) - len(accounts)
    if undated:
        sentences.append(f"{words.count(undated, 'account').capitalize()} not dated to the day could not be used.")
    return " ".join(sentences)


def _figure(data: ReportData, accounts: list[TimelineAccount]) -> Figure:
    by_stage = {stage: sum(account.stage == stage for account in accounts) for stage in STAGES}
    counts = words.join(f"{count} from {STAGE_NAMES[stage]}" for stage, count in by_stage.items() if count)
    key = [LegendEntry("has a link", ink("stone")), LegendEntry("no link", ink("stone"), "ring")]
    return Figure(
        id="accounts-figure",
        alt=f"{_title(accounts)}. {counts[:1].upper()}{counts[1:]}." if counts else f"{_title(accounts)}.",
        panels=(timeline_chart(accounts),),
        key=tuple(key if data.answered else key[1:]),
        caption="Each dot is one account on the day of its date; the larger, the longer the account.",
    )


def _table(accounts: list[TimelineAccount]) -> Table:
    groups = {STAGE_NAMES[stage]: [account for account in accounts if account.stage == stage] for stage in STAGES}
    groups["not known"] = [account for account in accounts if account.stage not in STAGES]
    rows = tuple(
        (
            name,
            len(group),
            sum(account.linked for account in group),
            words.number(sum(account.words for account in group) / len(group), 0),
        )
        for name, group in groups.items()
        if group
    )
    columns = (
        Column("Stage"),
        Column("Accounts", number=True),
        Column("With a link", number=True),
        Column("Mean words", number=True),
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
            Prose("In people’s own words; they are in this file because full texts were asked for.", quiet=True),
            Widget("texts", items),
        ),
    )
