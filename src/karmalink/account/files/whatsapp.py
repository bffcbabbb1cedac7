"""WhatsApp exports as a life: what a person wrote, day by day.

The clock, the order of the date and the program's own words are those of the phone's language. A message is one
person's only where its first line can be read; what WhatsApp wrote in their name is left out, and counted.
"""

from __future__ import annotations

import datetime
import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from karmalink.account.dates import CALENDARS, EARLIEST_YEAR, When, today_year
from karmalink.account.files.whatsapp_heads import Message, read_messages, sender_name
from karmalink.account.files.whatsapp_words import is_program_text, plain_words, without_edit_mark
from karmalink.account.life import Entry, Life
from karmalink.errors import CannotAnswer, Fault, ImportFaults, ReadError, UnknownName, UsageError
from karmalink.rows import Notes, read_text, warn_of

__all__ = ["read_whatsapp"]

# WhatsApp is of 2009; two figures of a year can only be of this century.
_FIRST_YEAR = 2009
_CENTURY = {"gregorian": 2000, "julian": 2000, "buddhist": 2500}
_HOURS = 24
_FOUR_FIGURES = 1000
# What stands in pointed brackets, alone, this often is the program's in a language that is not in the tables.
_OFTEN = 3
_OTHERS = ("message", "of another person")

# Order of a date → which of its three numbers are year, month and day.
_ORDERS = {"day first": (2, 1, 0), "month first": (2, 0, 1), "year first": (0, 1, 2)}


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
        WhatsApp writes Gregorian years but on phones set to the Buddhist calendar, which is Thailand's.
    day_first : bool, optional
        Whether 03/04/24 is 3 April. Without it the order must be provable: a number over 12 somewhere, a language that
        writes the year first, or no other order in which all dates can be.
    keep_others : bool
        Keep the messages of others too: what somebody reads is part of their day.
    day_begins : int
        Hour, 0 to 23; messages before it belong to the day before, whose evening has not ended.
    earliest, latest : int
        First and last plausible Gregorian year; never before 2009.

    Raises
    ------
    UsageError
        `life` or `author` is missing, or `day_begins` is not an hour.
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
    days, faults = _days(messages, calendar, day_first, day_begins, max(earliest, _FIRST_YEAR), latest)
    if faults:
        raise ImportFaults(faults, where=place)
    wanted = _wanted(place, messages, author)
    notes = Notes()
    bracketed = _bracketed(messages)
    by_day: dict[int, list[str]] = {}
    for message, day in zip(messages, days, strict=True):
        if day is None:
            why = "that begins like a message and cannot be read"
            notes.add("line", why, f"line {message.line}", done="left out with what follows")
        elif not message.sender:
            notes.add("notice", "of the program", f"line {message.line}")
        elif message.sender != wanted and not keep_others:
            notes.add(*_OTHERS)
        elif said := _said(message, bracketed, notes):
            late = message.hour is not None and message.hour < day_begins
            by_day.setdefault(day.ordinal - late, []).append(said)
    told = notes.told()
    if not by_day:
        what = "this life has no entries: the person wrote nothing that is text"
        raise CannotAnswer(what, where=place, rule="; ".join(map(str, told)))
    # That others wrote too is not a surprise; it stands in the notes only.
    warn_of(place, [note for note in told if (note.noun, note.why) != _OTHERS])
    entries = tuple(_entry(life, day, _phone_calendar(calendar), said) for day, said in sorted(by_day.items()))
    return [Life(life, "chat", entries, author, notes=told)]


def _wanted(place: Path, messages: Iterable[Message], author: str) -> str:
    """Return the sender that is meant, as it is compared."""
    senders = Counter(message.sender for message in messages if message.sender)
    wanted = sender_name(author)
    if wanted in senders:
        return wanted
    near = difflib.get_close_matches(wanted.casefold(), [name.casefold() for name in senders], n=1)
    meant = next((name for name in senders if [name.casefold()] == near), "")
    raise UnknownName(
        f"unknown sender {author!r}{f'; did you mean {meant!r}?' if meant else ''}",
        where=place,
        rule="the author is spelled as in the file",
        allowed=f"one of {len(senders)} names that stand before the messages",
    )


def _bracketed(messages: Iterable[Message]) -> frozenset[str]:
    """Return what stands alone in pointed brackets so often that no person wrote it."""
    whole = (plain_words(message.lines[0]) for message in messages if message.sender)
    counts = Counter(text for text in whole if text.startswith("<") and text.endswith(">"))
    return frozenset(text for text, count in counts.items() if count >= _OFTEN)


def _said(message: Message, bracketed: frozenset[str], notes: Notes) -> str:
    """Return what was written, without the lines that stand for a picture; its caption stays."""
    kept = []
    for offset, line in enumerate(message.lines):
        # Below the first line only iOS writes, and marks it.
        own = is_program_text(line) or (offset == 0 and plain_words(line) in bracketed)
        if own and (offset == 0 or "\u200e" in line):
            notes.add("line", "of the program (a picture, a call, a deletion)", f"line {message.line + offset}")
        else:
            kept.append(without_edit_mark(line))
    return "\n".join(kept).strip()


def _check_call(place: Path, life: str, author: str, day_begins: int) -> None:
    missing = [name for name, value in (("life", life), ("author", author)) if not value.strip()]
    if missing:
        raise UsageError(
            f"a WhatsApp export does not say the {' or the '.join(missing)}",
            where=place,
            next_step="give the identifier of the life, and the author as named in the chat",
        )
    if not 0 <= day_begins < _HOURS:
        raise UsageError(f"a day cannot begin at hour {day_begins}", allowed=f"0 to {_HOURS - 1}")


def _messages(place: Path, content: str) -> list[Message]:
    found = read_messages(content)
    if not any(message.parts for message in found):
        raise ReadError(
            "no line begins like a message of a WhatsApp export",
            where=place,
            allowed="[31/12/2023, 21:05:10] Name: … or 31/12/23, 21:05 - Name: …",
        )
    return found


def _phone_calendar(calendar: str) -> str:
    """Return the calendar of a phone: those that count Buddhist years count Thailand's."""
    return "buddhist_thailand" if calendar == "buddhist" else calendar


def _days(
    messages: Sequence[Message],
    calendar: str,
    day_first: bool | None,
    day_begins: int,
    earliest: int,
    latest: int | None,
) -> tuple[list[When | None], list[Fault]]:
    """Return the day of each message, None where its line cannot be read, and every fault."""
    system = CALENDARS.get(_phone_calendar(calendar))
    if system is None:
        raise UsageError(f"unknown calendar {calendar!r}", allowed=tuple(CALENDARS))
    bounds = (earliest, today_year() + 1 if latest is None else latest)
    order, faults = _order([message for message in messages if message.parts], day_first, calendar, bounds)
    if faults:
        return [], faults
    days: list[When | None] = []
    for message in messages:
        day, rule = _day(message, order, calendar, bounds) if message.parts else (None, "")
        shown = "-".join(str(part) for part in message.parts)
        if rule:
            faults.append(Fault(message.line, "date", shown, rule, f"{bounds[0]} to {bounds[1]} (Gregorian)"))
        if message.parts and message.hour is None and day_begins:
            rule = "says the half of the day in a word that is not known here"
            faults.append(Fault(message.line, "clock", shown, rule, "leave out the hour at which a day begins"))
        days.append(None if day is None else When(day, system.name))
    return days, faults


def _day(message: Message, order: str, calendar: str, bounds: tuple[int, int]) -> tuple[datetime.date | None, str]:
    """Return the day of a message, or the rule that it breaks."""
    system = CALENDARS[_phone_calendar(calendar)]
    numbers = [message.parts[place] for place in _ORDERS[_own_order(message, order)]]
    year = numbers[0] if numbers[0] >= _FOUR_FIGURES else _CENTURY.get(calendar.split("_")[0], 2000) + numbers[0]
    try:
        found = system.to_gregorian(year, numbers[1], numbers[2])
    except (ValueError, OverflowError):
        return None, f"the {system.name} calendar has no such day"
    if bounds[0] <= found.year <= bounds[1]:
        return found, ""
    return None, f"the year {found.year} is out of the plausible range{_other_calendar(found.year)}"


def _other_calendar(year: int) -> str:
    """Return what else a year may be that phones write."""
    if 2540 <= year <= 2640:
        return "; phones set to the Buddhist calendar: --calendar buddhist"
    if 1380 <= year <= 1480:
        return (
            "; the Persian and the Islamic calendar are not read: set the phone to the Gregorian one and export again"
        )
    return ""


def _own_order(message: Message, order: str) -> str:
    return "year first" if message.parts[0] >= _FOUR_FIGURES else order


def _order(
    messages: Sequence[Message], said: bool | None, calendar: str, bounds: tuple[int, int]
) -> tuple[str, list[Fault]]:
    """Return the order of the dates: as the caller says, as a number over 12 proves, or as no other can be."""
    unclear = [message for message in messages if message.parts[0] < _FOUR_FIGURES]
    day_lines = [message.line for message in unclear if message.parts[0] > 12]
    month_lines = [message.line for message in unclear if message.parts[1] > 12]
    if not unclear:
        return "year first", []
    if said is None and _year_first(unclear, calendar, bounds):
        return "year first", []
    if day_lines and month_lines:
        rule = f"the day comes first here, the month on line {month_lines[0]}"
        return "", [Fault(day_lines[0], "date", "order", rule, "one order in one file")]
    if not day_lines and not month_lines:
        if said is not None:
            return "day first" if said else "month first", []
        rule = "nothing proves whether 03/04 is 3 April or March 4, and it is not guessed"
        return "", [Fault(unclear[0].line, "date", "order", rule, "say whether the day comes first")]
    proved = bool(day_lines)
    if said is not None and said != proved:
        rule = f"it was said that the {'day' if said else 'month'} comes first; this line cannot be read so"
        return "", [Fault((day_lines or month_lines)[0], "date", "order", rule)]
    return "day first" if proved else "month first", []


def _year_first(messages: Sequence[Message], calendar: str, bounds: tuple[int, int]) -> bool:
    """Return whether years of two figures come first: the language of the clock says so, or nothing else can be."""

    def can_be(order: str) -> bool:
        return all(_day(message, order, calendar, bounds)[0] is not None for message in messages)

    if not can_be("year first"):
        return False
    return all(message.year_first for message in messages) or not (can_be("day first") or can_be("month first"))


def _entry(life: str, ordinal: int, calendar: str, said: list[str]) -> Entry:
    day = datetime.date.fromordinal(ordinal)
    return Entry(f"{life}-{day.isoformat()}", life, "\n".join(said), When(day, calendar))
