"""WhatsApp exports as a life: what a person wrote, day by day.

Both forms are read, whatever the separators of the phone's language:
``[31/12/2023, 21:05:10] Name: text`` (iOS) and ``31/12/23, 21:05 - Name: text`` (Android). Lines without a date belong
to the message before; lines of the system and of media that were left out are dropped.
"""

from __future__ import annotations

import datetime
import difflib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from karmalink.account.dates import CALENDARS, EARLIEST_YEAR, When, today_year
from karmalink.account.life import Entry, Life
from karmalink.errors import CannotAnswer, Fault, ImportFaults, ReadError, UnknownName, UsageError
from karmalink.rows import read_text

__all__ = ["read_whatsapp"]

_BLANK = "[ \u00a0\u202f]"
_HEAD = re.compile(
    r"[\u200e\u200f\u202a]?(?P<open>\[)?(?P<a>\d{1,4})[\u200f]?(?P<mark>[/.\-])"
    r"(?P<b>\d{1,2})[\u200f]?(?P=mark)(?P<c>\d{1,4})"
    rf"[,\u060c]?{_BLANK}(?P<hour>\d{{1,2}})[:.]\d{{2}}(?:[:.]\d{{2}})?(?:{_BLANK}?(?P<half>[AaPp])\.?{_BLANK}?[Mm]\.?)?"
    rf"(?(open)\]|{_BLANK}[-–]){_BLANK}(?P<rest>.*)",
    re.DOTALL,
)
_SENDER = re.compile(r"[\u200e\u202a~\u00a0 ]*(?P<name>[^:\n]{1,80}?)[\u202c\u200e]*: ?(?P<text>.*)", re.DOTALL)
# What stands in for a message that is not there. iOS marks its own words with U+200E.
_PLACEHOLDER = re.compile(
    r"\u200e.*|<[^<>\n]{3,80}>|null|(?:this message was|you) deleted(?: this message)?\.?|.{0,20} omitted"
    r"|[^\n]{1,120} \(file attached\)|(?:missed|silenced) (?:voice|video) call.*",
    re.IGNORECASE | re.DOTALL,
)
_EDITED = re.compile("\u200e?<[^<>\n]{3,60}>$")
# WhatsApp is of 2009; two figures of a year can only be of this century.
_FIRST_YEAR = 2009
_CENTURY = 2000
_MONTHS = 12
_NOON = 12
_FOUR_FIGURES = 1000


@dataclass(slots=True)
class _Message:
    line: int
    parts: tuple[int, int, int]
    hour: int
    sender: str
    lines: list[str] = field(default_factory=list)

    @property
    def year_first(self) -> bool:
        return self.parts[0] >= _FOUR_FIGURES


def read_whatsapp(
    path: str | Path,
    *,
    life: str = "",
    author: str = "",
    calendar: str = "gregorian",
    day_first: bool | None = None,
    keep_others: bool = False,
    day_begins: int = 0,
    earliest: int = EARLIEST_YEAR,
    latest: int | None = None,
) -> list[Life]:
    """Return the life of one person from an exported chat, one entry a day.

    Parameters
    ----------
    path : str or Path
        The exported ``.txt`` (unpack the zip that some phones make).
    life : str
        Identifier that the life gets.
    author : str
        The name under which the person's messages stand in the file. Others' messages are dropped.
    calendar : str
        WhatsApp writes Gregorian years but on phones set to the Buddhist calendar.
    day_first : bool, optional
        Whether 03/04/24 is 3 April. Without it the order must be provable: a number over 12 somewhere.
    keep_others : bool
        Keep the messages of others too: what somebody reads is part of their day.
    day_begins : int
        Hour, 0 to 12; messages before it belong to the day before, whose evening has not ended.
    earliest, latest : int
        First and last plausible Gregorian year; never before 2009.

    Raises
    ------
    UsageError
        `life` or `author` is missing, or `day_begins` is no hour of the morning.
    ReadError
        No line of the file begins like a message.
    UnknownName
        Nobody of this name wrote in the chat.
    ImportFaults
        Dates that cannot be, or an order of day and month that cannot be proved.
    CannotAnswer
        The person wrote nothing that is text.
    """
    place = Path(path)
    _check_call(place, life, author, day_begins)
    messages = _messages(place, read_text(place))
    days, faults = _days(messages, calendar, day_first, max(earliest, _FIRST_YEAR), latest)
    if faults:
        raise ImportFaults(faults, where=place)
    senders = Counter(message.sender for message in messages if message.sender)
    if author not in senders:
        near = difflib.get_close_matches(author.casefold(), [name.casefold() for name in senders], n=1)
        meant = next((name for name in senders if [name.casefold()] == near), "")
        raise UnknownName(
            f"unknown sender {author!r}{f'; did you mean {meant!r}?' if meant else ''}",
            where=place,
            rule="the author is spelled as in the file",
            allowed=f"one of {len(senders)} names that stand before the messages",
        )
    by_day: dict[int, list[str]] = {}
    for message, day in zip(messages, days, strict=True):
        if message.sender != author and not (keep_others and message.sender):
            continue
        said = _said(message)
        if said:
            by_day.setdefault(day.ordinal - (message.hour < day_begins), []).append(said)
    if not by_day:
        raise CannotAnswer("this life has no entries: the person wrote nothing that is text", where=place)
    entries = tuple(_entry(life, day, calendar, said) for day, said in sorted(by_day.items()))
    return [Life(life, "chat", entries, author)]


def _said(message: _Message) -> str:
    """Return what was written, without the lines that stand for a picture; its caption stays."""
    kept = [_EDITED.sub("", line) for line in message.lines]
    return "\n".join(line for line in kept if not _PLACEHOLDER.fullmatch(line.strip(" "))).strip()


def _check_call(place: Path, life: str, author: str, day_begins: int) -> None:
    missing = [name for name, value in (("life", life), ("author", author)) if not value.strip()]
    if missing:
        raise UsageError(
            f"a WhatsApp export does not say the {' or the '.join(missing)}",
            where=place,
            next_step="give the identifier of the life, and the author as named in the chat",
        )
    if not 0 <= day_begins <= _NOON:
        raise UsageError(f"a day cannot begin at hour {day_begins}", allowed=f"0 to {_NOON}")


def _messages(place: Path, content: str) -> list[_Message]:
    found: list[_Message] = []
    for line, raw in enumerate(content.splitlines(), start=1):
        head = _HEAD.fullmatch(raw)
        if head is None:
            if found:
                found[-1].lines.append(raw)
            continue
        sender = _SENDER.fullmatch(head["rest"])
        parts = (int(head["a"]), int(head["b"]), int(head["c"]))
        name, said = (sender["name"].strip(), sender["text"]) if sender else ("", "")
        found.append(_Message(line, parts, _hour(head), name, [said]))
    if not found:
        raise ReadError(
            "no line begins like a message of a WhatsApp export",
            where=place,
            allowed="[31/12/2023, 21:05:10] Name: … or 31/12/23, 21:05 - Name: …",
        )
    return found


def _hour(head: re.Match[str]) -> int:
    hour = int(head["hour"])
    if head["half"] is None:
        return hour
    return hour % _NOON + (_NOON if head["half"] in "pP" else 0)


def _days(
    messages: Iterable[_Message], calendar: str, day_first: bool | None, earliest: int, latest: int | None
) -> tuple[list[When], list[Fault]]:
    messages = list(messages)
    order, faults = _order([message for message in messages if not message.year_first], day_first)
    if faults:
        return [], faults
    system = CALENDARS.get(calendar)
    if system is None:
        raise UsageError(f"unknown calendar {calendar!r}", allowed=tuple(CALENDARS))
    last = today_year() + 1 if latest is None else latest
    days: list[When] = []
    for message in messages:
        year, month, day = _parts(message, day_first=order)
        shown = "-".join(str(part) for part in message.parts)
        try:
            found = system.to_gregorian(year, month, day)
        except (ValueError, OverflowError):
            faults.append(Fault(message.line, "date", shown, f"the {system.name} calendar has no such day"))
            continue
        if not earliest <= found.year <= last:
            rule = f"the year {found.year} is out of the plausible range"
            faults.append(Fault(message.line, "date", shown, rule, f"{earliest} to {last} (Gregorian)"))
        days.append(When(found, system.name))
    return days, faults


def _parts(message: _Message, *, day_first: bool) -> tuple[int, int, int]:
    first, second, third = message.parts
    if message.year_first:
        return first, second, third
    year = third if third >= _FOUR_FIGURES else _CENTURY + third
    return (year, second, first) if day_first else (year, first, second)


def _order(messages: list[_Message], said: bool | None) -> tuple[bool, list[Fault]]:
    """Return whether the day comes first: as the caller says, or as a number over 12 proves."""
    day_lines = [message.line for message in messages if message.parts[0] > _MONTHS]
    month_lines = [message.line for message in messages if message.parts[1] > _MONTHS]
    if not messages:
        return True, []
    if day_lines and month_lines:
        rule = f"the day comes first here, the month on line {month_lines[0]}"
        return True, [Fault(day_lines[0], "date", "order", rule, "one order in one file")]
    if not day_lines and not month_lines:
        if said is not None:
            return said, []
        rule = "nothing proves whether 03/04 is 3 April or March 4, and it is not guessed"
        return True, [Fault(messages[0].line, "date", "order", rule, "say whether the day comes first")]
    proved = bool(day_lines)
    if said is not None and said != proved:
        rule = f"it was said that the {'day' if said else 'month'} comes first; this line cannot be read so"
        return proved, [Fault((day_lines or month_lines)[0], "date", "order", rule)]
    return proved, []


def _entry(life: str, ordinal: int, calendar: str, said: list[str]) -> Entry:
    day = datetime.date.fromordinal(ordinal)
    return Entry(f"{life}-{day.isoformat()}", life, "\n".join(said), When(day, calendar))
