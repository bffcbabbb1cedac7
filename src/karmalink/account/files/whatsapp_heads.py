"""Where a message of a WhatsApp export begins: date, clock and sender, as phones of any language write them.

``[31/12/2023, 21:05:10] Name: text`` (iOS) and ``31/12/23, 21:05 - Name: text`` (Android), with the digits, separators,
blanks and marks of the language; ``2023/12/31 下午9:05``, ``31.12.2023 klo 21.05``, ``٣١/١٢/٢٠٢٣، ٩:٠٥ م`` …
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from karmalink.account.files.whatsapp_words import AFTERNOON, FILLERS, FORENOON, MARKS, NIGHT, NOON, mark_word

__all__ = ["Message", "read_messages", "sender_name"]

_NOON = 12
_HUNGARIAN = frozenset({"de", "du"})
# A head is short: behind it only words follow, and they stay as they are.
_LONGEST_HEAD = 120
_ALIKE = {"،": ",", "、": ",", "，": ",", "／": "/", "．": ".", "٫": ".", "－": "-", "［": "[", "］": "]"}
_BESIDE = r"[^\d\[\]\n]{0,24}?"
_DATE = r"(?P<a>\d{1,4}) ?(?P<mark>[/.\-年년]) ?(?P<b>\d{1,2}) ?(?:(?P=mark)|[月월]) ?(?P<c>\d{1,4}) ?[日일.]?"
_CLOCK = r"(?<!\d)(?P<hour>\d{1,2})(?: ?[:.h時时点點시] ?)\d{2}(?: ?[:.分분] ?\d{2})?"
_BRACKET = r"(?P<open>\[)? ?"
_END = r"(?:(?(open)\]|(?<= )[-–—]) ?| ?(?P<colon>(?(open)(?!)|(?<=:\d\d:\d\d)): ))"
# Vietnamese phones write the time first, and so does WhatsApp itself where messages are copied.
_FORMS = (
    re.compile(f"{_BRACKET}{_DATE}(?P<before>{_BESIDE}){_CLOCK}(?P<after>{_BESIDE}){_END}"),
    re.compile(f"{_BRACKET}(?P<before>){_CLOCK}(?P<after>{_BESIDE}){_DATE} ?{_END}"),
)
# A line that begins like a message, whether or not it can be read.
_NUMBERS = r"\d{1,4} ?[/.\-年년] ?\d{1,2} ?[/.\-月월] ?\d{1,4}"
_TIME = r"\d{1,2} ?[:.h時时点點시] ?\d{2}"
_LIKE_A_HEAD = re.compile(
    rf"[\[(]? ?(?:{_NUMBERS}\D{{0,25}}{_TIME}|{_TIME}\D{{0,25}}?(?::\d\d)?\D{{0,25}}{_NUMBERS})"
    r".{0,40}?(?:[\])]| [-–—] |: )"
)
_SENDER = re.compile(r"(?P<name>[^:\n]{1,80}?) ?: ?")


@dataclass(slots=True)
class Message:
    """One message, or a line that begins like one and cannot be read.

    Attributes
    ----------
    line : int
        Where it begins, from 1.
    parts : tuple of int
        The three numbers of its date, as they stand; empty where it cannot be read.
    hour : int or None
        Of 24; None where its half of the day is not known.
    sender : str
        "" for the program's own lines.
    lines : list of str
        What was written, unchanged.
    year_first : bool
        Whether the language of the clock writes the year first.
    """

    line: int
    parts: tuple[int, ...]
    hour: int | None
    sender: str
    lines: list[str] = field(default_factory=list)
    year_first: bool = False


@dataclass(frozen=True, slots=True)
class _Head:
    """A line that begins like a message, before anybody knows the words beside its clock."""

    parts: tuple[int, int, int]
    hour: int
    beside: tuple[str, str]
    year_sign: bool
    end: int


def read_messages(content: str) -> list[Message]:
    """Return the messages of an export; lines without a date belong to the message before.

    Lines that begin like a message and cannot be read are messages without a date and a sender, with all that follows
    until the next: they are never given to somebody else.
    """
    # Not splitlines(): it also breaks at U+2028 and U+0085, which a person may have written.
    rows = [row.removesuffix("\r") for row in content.removesuffix("\n").split("\n")]
    plain = [_plain(row[:_LONGEST_HEAD]) for row in rows]
    # One file has one form: a line of the other was copied into a message from elsewhere.
    form = next((form for text, _ in plain for form in _FORMS if form.match(text)), _FORMS[0])
    heads = [_head(form.match(text)) for text, _ in plain]
    known = _known_words(heads)
    found: list[Message] = []
    for number, (row, (text, places), head) in enumerate(zip(rows, plain, heads, strict=True), start=1):
        if head is not None and set(head.beside) <= known:
            found.append(_message(number, row[places[head.end] :], head))
        elif _LIKE_A_HEAD.match(text):
            found.append(Message(number, (), None, "", [row]))
        elif found:
            found[-1].lines.append(row)
    return found


def _plain(row: str) -> tuple[str, list[int]]:
    """Return a row without marks, with plain digits, blanks and separators; and where each character stands in it."""
    shown: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(row):
        if sign in MARKS:
            continue
        digit = unicodedata.decimal(sign, None)
        blank = unicodedata.category(sign) == "Zs" or sign == "\t"
        shown.append(" " if blank else _ALIKE.get(sign, sign) if digit is None else str(digit))
        places.append(place)
    # Marks before the words of a message belong to them: iOS begins its own with U+200E.
    places = [places[index - 1] + 1 if index else place for index, place in enumerate(places)]
    return "".join(shown), [*places, len(row)]


def _head(found: re.Match[str] | None) -> _Head | None:
    if found is None:
        return None
    parts = (int(found["a"]), int(found["b"]), int(found["c"]))
    before, after = (_word(found[side]) for side in ("before", "after"))
    return _Head(parts, int(found["hour"]), (before, after), found["mark"] in "年년", found.end())


def _word(text: str) -> str:
    """Return what stands beside a clock, without fillers on either side of it ("klo", "г.,")."""
    words = [word for word in text.replace(",", " ").split() if mark_word(word) not in FILLERS]
    return mark_word(" ".join(words))


def _known_words(heads: Sequence[_Head | None]) -> frozenset[str]:
    """Return the words beside clocks that are taken: halves of the day, and what stands at many messages or the first.

    A language that is not in the tables still writes the same two words beside every clock; a person's sentence that
    begins with a date does not.
    """
    counts = Counter(word for head in heads if head is not None for word in set(head.beside))
    first = next((head.beside for head in heads if head is not None), ())
    often = {word for word, count in counts.items() if count > 2}
    return frozenset({"", *first, *often} | FORENOON | AFTERNOON | NOON | NIGHT)


def _message(number: int, rest: str, head: _Head) -> Message:
    name, said = _sender(rest)
    year_first = head.year_sign or any(word in _HUNGARIAN or _is_east_asian(word) for word in head.beside if word)
    return Message(number, head.parts, _hour(head), name, [said], year_first)


def _is_east_asian(word: str) -> bool:
    return unicodedata.name(word[0], "").startswith(("CJK", "HANGUL"))


def _sender(rest: str) -> tuple[str, str]:
    text, places = _plain(rest[:_LONGEST_HEAD])
    found = _SENDER.match(text)
    if found is None:
        return "", rest
    return sender_name(found["name"]), rest[places[found.end()] :]


def sender_name(text: str) -> str:
    """Return a sender's name as it is compared: without marks, one blank between words, "~" of strangers cut off."""
    return unicodedata.normalize("NFC", " ".join(_plain(text)[0].split()).lstrip("~ "))


def _hour(head: _Head) -> int | None:
    """Return the hour of 24, None where a word that is not known says which half of the day it is."""
    hour, words = head.hour, {word for word in head.beside if word}
    if not words or hour > _NOON:
        return hour % 24
    if words & FORENOON:
        return hour % _NOON
    if words & AFTERNOON:
        return hour % _NOON + _NOON
    if words & NOON:
        return hour if hour >= 10 else hour + _NOON
    if words & NIGHT:
        return hour % _NOON + (_NOON if 6 <= hour < _NOON else 0)
    return None
