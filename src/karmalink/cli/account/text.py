"""What ``karmalink account …`` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from karmalink.base.wording import counted

if TYPE_CHECKING:
    from karmalink.account import Account, DreamMention, Life, When

__all__ = [
    "accounts_result",
    "accounts_text",
    "language_lines",
    "life_text",
    "mention_result",
    "mentions_text",
    "table",
]

_MOST_SHOWN = 20


def accounts_result(accounts: Sequence[Account]) -> dict[str, Any]:
    """Return what a file of accounts holds, JSON-ready."""
    from karmalink.account import languages_in

    return {
        "accounts": len(accounts),
        "people": sorted({account.person for account in accounts}),
        "dated_to_the_day": sum(_to_the_day(account.when) for account in accounts),
        "date_means": _counts(str(account.date_means) for account in accounts),
        "languages": _counts(account.language for account in accounts),
        "languages_told": [one.to_dict() for one in languages_in(account.text for account in accounts)],
        **_span(account.when for account in accounts),
    }


def accounts_text(accounts: Sequence[Account]) -> str:
    """Return what a file of accounts holds, for people."""
    result = accounts_result(accounts)
    unknown = result["date_means"].get("unknown", 0)
    lines = [
        f"{counted(result['accounts'], 'account')} of {counted(len(result['people']), 'person', 'people')}, "
        f"{_from_to(result)}; no faults."
    ]
    vague = result["accounts"] - result["dated_to_the_day"]
    if vague:
        lines.append(f"{vague} of them not dated to the day: their nights cannot be compared with days.")
    within = result["date_means"].get("day_of", 0)
    if within:
        lines.append(f"{within} of them of a sleep within one day: link leaves them out, they belong to no night.")
    if unknown and result["first"] is not None:
        lines.append(f"For {unknown} of them the date may mean the evening or the morning: link runs both readings.")
    return "\n".join([*lines, *language_lines(account.text for account in accounts)])


def language_lines(texts: Iterable[str]) -> list[str]:
    """Return which languages texts are in and what is lacking for them; nothing where it is English."""
    from karmalink.account import languages_in
    from karmalink.account.language.languages import languages_in_words

    return languages_in_words(languages_in(texts))


def life_text(life: Life) -> str:
    """Return what a life holds, for people."""
    found = _span(entry.when for entry in life.entries)
    entries = counted(len(life.entries), "entry", "entries")
    return f"{life.id}: {life.kind}, {entries}, {_from_to(found)}; no faults."


def mention_result(mention: DreamMention, *, show_text: bool = False) -> dict[str, Any]:
    """Return where a passage speaks of dreams, JSON-ready; its words only on request."""
    result = {
        "entry": mention.entry,
        "usable": mention.usable,
        "why_not": str(mention.why_not),
        "date_means": str(mention.date_means),
        "characters": mention.end - mention.start,
    }
    return {**result, "text": mention.text} if show_text else result


def mentions_text(mentions: Sequence[DreamMention], *, show_text: bool = False) -> list[str]:
    """Return where passages speak of dreams, one line each; their words only on request."""
    if not mentions:
        return ["No passage mentions dreams."]
    usable = sum(mention.usable for mention in mentions)
    lines = [f"{counted(len(mentions), 'passage')} about dreams; {usable} of them the writer's own dream, told."]
    for mention in mentions[:_MOST_SHOWN]:
        verdict = f"own dream, {mention.date_means}" if mention.usable else str(mention.why_not)
        lines.append(f"  {mention.entry}: {verdict}")
        lines += [f"    {mention.text}"] if show_text else []
    if len(mentions) > _MOST_SHOWN:
        lines.append(f"  … and {len(mentions) - _MOST_SHOWN} more; --json lists them all")
    return lines


def _span(whens: Iterable[When | None]) -> dict[str, str | None]:
    days = sorted((when for when in whens if when is not None), key=lambda when: when.ordinal)
    return {"first": days[0].written(), "last": days[-1].written()} if days else {"first": None, "last": None}


def _from_to(span: Mapping[str, Any]) -> str:
    if span["first"] is None:
        return "undated"
    return str(span["first"]) if span["first"] == span["last"] else f"{span['first']} to {span['last']}"


def _to_the_day(when: When | None) -> bool:
    return when is not None and when.precision == "day"


def _counts(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows of one kind as aligned columns, numbers to the right."""
    names = list(rows[0])
    cells = [names, *([str(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    is_number = [isinstance(rows[0][name], int) for name in names]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, is_number, strict=True)
        ).rstrip()
        for line in cells
    )
