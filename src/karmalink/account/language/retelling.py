"""Dreams retold in a diary: find them as accounts, cut them out of the entries.

A dream told in the diary would be found in the diary: left in, every dream is "made of" the day it was written down.
The words of dreaming also stand where nobody dreamt ("I never dreamed of it", *A Midsummer Night's Dream*) and where
somebody else did; those stay in the entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from karmalink.account.account import Account
from karmalink.account.dates import DateMeans
from karmalink.account.language.retelling_words import (
    ANNOUNCED,
    DREAM,
    FIGURATIVE,
    GENERAL,
    HABITUAL,
    IN_DREAM,
    MORNING,
    NIGHT,
    OTHERS,
    OWN,
    RESUMES,
    TITLE,
    TOLD,
)
from karmalink.account.language.units import Grain, Unit, split_units
from karmalink.account.life import Entry, Life

__all__ = ["DreamMention", "WhyNot", "accounts_of_mentions", "cut_retellings", "find_dream_mentions"]

# Without a word of waking, nothing says that a passage goes on; then it ends with its last word of dreaming.
_FARTHEST = 12


class WhyNot(StrEnum):
    """Why a mention of dreaming is no account of a dream."""

    USABLE = ""
    FIGURATIVE = "figurative"
    TITLE = "a title"
    GENERAL = "about dreaming in general"
    OTHERS = "another's dream"
    NOT_TOLD = "not told"


@dataclass(frozen=True, slots=True)
class DreamMention:
    """A passage of an entry that speaks of dreaming.

    Attributes
    ----------
    entry : str
        Identifier of the entry.
    start, end : int
        Characters of the passage, from the clause of the mention to its last sentence in the dream.
    cut_start, cut_end : int
        Characters that are cut from the life: whole sentences, to where waking resumes.
    why_not : WhyNot
        Why it is no account; empty where it is one.
    date_means : DateMeans
        Whether the entry's date is that of the evening before the dream or of the morning after it.
    text : str
        The passage.
    """

    entry: str
    start: int
    end: int
    cut_start: int
    cut_end: int
    why_not: WhyNot
    date_means: DateMeans
    text: str

    @property
    def usable(self) -> bool:
        """Tell whether it is a dream of the writer's own that is told."""
        return self.why_not is WhyNot.USABLE

    def __repr__(self) -> str:
        """Tell where and whether it is usable; never the words."""
        return f"DreamMention({self.entry}: characters {self.start} to {self.end}, {self.why_not or 'usable'})"


def find_dream_mentions(entries: Iterable[Entry]) -> list[DreamMention]:
    """Return every passage that speaks of dreaming, usable or not, in the order of the entries.

    Rules for English of any century, and the Khmer words for dreaming; they were written with Pepys' diary in view, so
    for another diary read what was found (``karmalink account check`` lists it) before it is used.
    """
    return [mention for entry in entries for mention in _mentions(entry)]


def accounts_of_mentions(entries: Iterable[Entry], person: str) -> list[Account]:
    """Return the usable mentions of a diary as accounts of its writer.

    Each carries what its date means where the passage says so ("and so to bed" before it: the night of the entry's
    date; at the head of an entry: the morning of that date), else ``unknown``.
    """
    when = {}
    mentions = []
    for entry in entries:
        when[entry.id] = entry.when
        mentions += [mention for mention in _mentions(entry) if mention.usable]
    return [
        Account(f"{mention.entry}-dream-{mention.start}", person, mention.text, when[mention.entry], mention.date_means)
        for mention in mentions
    ]


def cut_retellings(life: Life) -> Life:
    """Return the life without the passages that retell the writer's own dreams.

    Whole sentences go, up to where waking resumes: to lose a little of the day costs less than a link between a dream
    and its own telling. An entry that held nothing else is left out.
    """
    kept = [cut for entry in life.entries if (cut := _cut(entry)) is not None]
    return replace(life, entries=tuple(kept))


def _cut(entry: Entry) -> Entry | None:
    passages = [found for found in _mentions(entry) if found.usable]
    if not passages:
        return entry
    pieces: list[str] = []
    begin = 0
    for passage in passages:
        pieces.append(entry.text[begin : max(begin, passage.cut_start)])
        begin = max(begin, passage.cut_end)
    text = "".join([*pieces, entry.text[begin:]])
    return replace(entry, text=text) if any(letter.isalnum() for letter in text) else None


def _mentions(entry: Entry) -> Iterator[DreamMention]:
    if not DREAM.search(entry.text):
        return
    sentences = split_units(entry.text)
    following = 0
    for place, sentence in enumerate(sentences):
        if place < following or not DREAM.search(sentence.text):
            continue
        why_not = _why_not(sentences, place)
        last, resumed = _passage(sentences, place) if why_not in _GOES_ON else (place, place + 1)
        start = _clause_start(sentence)
        end = sentences[last].end
        cut_end = sentences[resumed].start if resumed < len(sentences) else len(entry.text)
        yield DreamMention(
            entry.id,
            start,
            end,
            sentence.start,
            cut_end,
            why_not,
            _date_means(sentences, place),
            entry.text[start:end],
        )
        following = last + 1


_GOES_ON = frozenset({WhyNot.USABLE, WhyNot.NOT_TOLD, WhyNot.OTHERS})


def _why_not(sentences: Sequence[Unit], place: int) -> WhyNot:
    """Return the first rule that speaks against the mention."""
    said = sentences[place].text
    if not DREAM.search(FIGURATIVE.sub(" ", said)):
        return WhyNot.FIGURATIVE
    if not DREAM.search(TITLE.sub(" ", said)):
        return WhyNot.TITLE
    if GENERAL.search(said) and not OWN.search(said):
        return WhyNot.GENERAL
    if _is_anothers(said):
        return WhyNot.OTHERS
    last, _ = _passage(sentences, place)
    told = any(TOLD.search(unit.text) for unit in sentences[place : last + 1])
    return WhyNot.USABLE if told or last > place else WhyNot.NOT_TOLD


def _is_anothers(said: str) -> bool:
    return OTHERS.search(said) is not None and OWN.search(said) is None


def _passage(sentences: Sequence[Unit], place: int) -> tuple[int, int]:
    """Return the last sentence in the dream, and the first sentence of waking after it."""
    last = place
    anothers = _is_anothers(sentences[place].text)
    announced = ANNOUNCED.fullmatch(sentences[place].text) is not None
    for index in range(place + 1, min(place + 1 + _FARTHEST, len(sentences))):
        said = sentences[index].text
        if RESUMES.match(said) or (DREAM.search(said) and _changes_dreamer(said, anothers)):
            return last, index
        if announced or DREAM.search(said) or IN_DREAM.search(said):
            last = index
    return last, last + 1


def _changes_dreamer(said: str, anothers: bool) -> bool:
    """Tell whether a sentence begins a dream of the writer's after another's, or the other way round."""
    return OWN.search(said) is not None if anothers else _is_anothers(said)


def _clause_start(sentence: Unit) -> int:
    """Return where the clause of the mention begins: "home to read, and so to bed" before it is waking life."""
    for clause in split_units(sentence.text, Grain.CLAUSE):
        if DREAM.search(clause.text):
            return sentence.start + clause.start
    return sentence.start


def _date_means(sentences: Sequence[Unit], place: int) -> DateMeans:
    said = sentences[place].text
    dream = DREAM.search(said)
    up_to = said[: dream.start()] if dream else said
    if HABITUAL.search(up_to):
        return DateMeans.UNKNOWN
    before = sentences[place - 1].text if place else ""
    if MORNING.search(up_to):
        return DateMeans.MORNING_OF
    if NIGHT.search(up_to) or NIGHT.search(before):
        return DateMeans.NIGHT_OF
    following = sentences[place + 1].text if place + 1 < len(sentences) else ""
    return DateMeans.MORNING_OF if RESUMES.match(following) and MORNING.search(following) else DateMeans.UNKNOWN
