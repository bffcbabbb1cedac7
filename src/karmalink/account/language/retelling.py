"""Dreams retold in a diary: find them as accounts, cut them out of the entries.

A dream told in the diary would be found in the diary: left in, every dream is "made of" the day it was written down.
The words of dreaming also occur where there was no dream ("I never dreamed of it", *A Midsummer Night's Dream*) and
where another person dreamt; those stay in the entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from karmalink.account.account import Account
from karmalink.account.dates import DateMeans
from karmalink.account.language.units import Grain, Unit, split_units
from karmalink.account.life import Entry, Life

__all__ = [
    "ANNOUNCED",
    "DREAM",
    "FIGURATIVE",
    "GENERAL",
    "HABITUAL",
    "IN_DREAM",
    "MORNING",
    "NIGHT",
    "OTHERS",
    "OWN",
    "RESUMES",
    "TITLE",
    "TOLD",
    "DreamMention",
    "WhyNot",
    "accounts_of_mentions",
    "cut_retellings",
    "find_dream_mentions",
]

# The words by which a diary speaks of dreams: one pattern a rule.


def _rule(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts), re.IGNORECASE)


_DREAM = r"(?:dream\w*|nightmare\w*)"

DREAM = _rule(rf"\b{_DREAM}", "យល់សប្តិ", "យល់សប្ដិ", "សុបិន")

# "a craft that I never dreamed of", "not dreaming of anything but", "my dream job", "a dream come true", "daydream"
FIGURATIVE = _rule(
    r"\b(?:never|not|n['’]t|nor|little|hardly|scarcely|wouldn['’]t|without)\s+(?:\w+\s+){0,2}?dream(?:ed|t|ing|s|)\s+"
    r"(?:of|that|about|it)\b",
    r"\bdream\s+(?:job|house|home|team|come|catcher|world)\b",
    r"\b(?:like|as\s+in|as\s+if\s+(?:it\s+were\s+)?(?:in\s+)?)\s*a\s+(?:bad\s+)?dream\b",
    r"\bbeyond\s+(?:my|our|their|his|her)\s+(?:wildest\s+)?dreams\b",
    r"\b(?:hopes|dreams)\s+and\s+(?:hopes|dreams)\b",
    r"\bAmerican\s+dream\b",
    r"\bday-?\s?dream\w*",
)

# Inside a title words have capitals: "The Parson's Dreame", "Midsummer's Night's Dream".
TITLE = re.compile(
    r"(?:(?!I\b|My\b)[A-Z][\w'’]*\s+)+(?:of\s+(?:a\s+|the\s+)?)?(?:Dream|Nightmare)\w*|\bDreams?\s+(?:of|in)\s+[A-Z]\w+"
)

# "whether there be any difference between waking and dreaming": nobody dreams.
GENERAL = _rule(
    r"\b(?:between|difference|meaning|interpretation|nature|science|theory)\b(?:\W+\w+){0,6}\W+dream",
    r"\b(?:waking|sleep(?:ing)?)\s+(?:and|or|from)\s+dreaming\b",
    r"\bdreams?\s+(?:are|mean|means|come\s+from|is\s+(?:only|but))\b",
)

_OTHERS = (
    r"he|she|they|who|his|her|their|whose|wife|husband|mother|father|sister|brother|son|daughter|aunt|uncle|cousin|"
    r"grandmother|grandfather|friend|boss|teacher|mum|mom|dad|boy|girl|child|maid"
)

# The dreamer is another person: "how she dreamt of her uncle", "his dream", "Jane told me her dream".
OTHERS = _rule(
    rf"\b(?:{_OTHERS})\s+(?:(?:had|has|have|did|does|also|too)\s+)?(?:an?\s+|another\s+|the\s+)?(?:\w+\s+)?{_DREAM}",
    rf"\b(?!\w*night)\w{{2,}}['’]s\s+(?:\w+\s+)?{_DREAM}",
    rf"\b(?-i:[A-Z][a-z]+)\s+(?:had|has|told|dreamt|dreamed)\b[^.;]*{_DREAM}",
)

# The writer's own: "I dreamed", "my dream", "I had a dream"; no other person between the writer and the dream.
_BETWEEN = rf"(?:(?!(?:{_OTHERS})\b)[\w'’]+\s+)"
OWN = _rule(
    rf"\bI\s+{_BETWEEN}{{0,4}}?{_DREAM}",
    rf"\bmy\s+{_BETWEEN}{{0,3}}?(?:dreams?|nightmares?)\b",
    rf"\b(?:I|me|myself)\s+(?:had|was|am|were|being|been)\s+{_BETWEEN}{{0,8}}?{_DREAM}",
    "ខ្ញុំ",
)

# A dream that is told says of what or whom, or what was done in it.
TOLD = _rule(
    rf"\b{_DREAM}\W+(?:of|about|that|in\s+which|where|I|we|how|with|was|were|had)\b",
    rf"\b{_DREAM}\s+(?:\w+\s+){{0,3}}(?:of|about|that|by)\s+\w+",
    rf"\b{_DREAM}[^.!?]{{0,40}}:\s",
    rf"\b{_DREAM}\s*,\s*(?:and|in\s+which|where|I)\b",
    r"\b(?:methought|methoughts|it\s+seemed\s+(?:that|to\s+me))\b",
    "យល់សប្តិ",
    "យល់សប្ដិ",
)

# A dream is announced, and told from the next sentence on: "Weird dream last night."
ANNOUNCED = re.compile(rf"\W*(?:[\w'’]+\W+){{0,8}}{_DREAM}(?:\W+[\w'’]+){{0,4}}\W*", re.IGNORECASE)

# What keeps a sentence inside the dream: "methought", "and then I waked".
IN_DREAM = _rule(
    r"\bmethought\w*",
    r"\b(?:it|which)\s+seemed\b",
    r"\b(?:suddenly|all\s+of\s+a\s+sudden)\b",
    r"\bi\s+(?:woke|awoke|waked|wake)\b",
    r"\bwoke\s+up\b",
)

# At the head of a sentence: the day has begun, or goes on.
RESUMES = re.compile(
    r"\W*(?:(?:and|but|then|so|after\s+(?:that|this)|at\s+last|later|thence)\b,?\s*)*"
    r"(?:I\s+)?(?:up\b|rose\b|got\s+up|arose|thence|to\s+(?:the|my)\s+(?:office|work|church|school)|to\s+(?:work|church|"
    r"school|bed|dinner|sleep)|to\s+sleep\s+again|went\s+(?:to|out|home|back)|home\b|dressed|breakfast\w*|had\s+(?:breakfast|"
    r"lunch|dinner|supper|tea|coffee)|(?:this|in\s+the|that|next)\s+(?:morning|evening|afternoon|day)|today\b|"
    r"(?:at|after|by)\s+(?:noon|breakfast|lunch|dinner|supper|night|the\s+office|work|school|home|church)|here\b|yesterday\b|"
    r"at\s+\d{1,2}\b|by\s+coach|by\s+water|by\s+and\s+by|we\s+left|drove\b|walked\s+to)",
    re.IGNORECASE,
)

HABITUAL = _rule(
    r"\b(?:nowadays|these\s+days|of\s+late|lately|often|every\s+night|in\s+the\s+nights|for\s+many\s+nights)\b"
)

MORNING = _rule(
    r"^\W*(?:so\s+)?up\b",
    r"\b(?:rose|woke|awoke|wake|waked)\b",
    r"\b(?:this|in\s+the|early)\s+morning\b",
    r"\blast\s+night\b",
)

NIGHT = _rule(
    r"\bto\s+bed\b",
    r"\bat\s+night\b",
    r"\bthis\s+night\b",
    r"\ball\s+night\b",
    r"\b(?:fell|went|going)\s+(?:a|to\s+)sleep\b",
)


# Without a word of waking, nothing says that a passage goes on; then it ends with its last word of dreaming.
_FARTHEST = 12


class WhyNot(StrEnum):
    """Why a mention of dreaming is not an account of a dream."""

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
        Why it is not an account; empty where it is one.
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
        """Return whether it is a dream of the writer's own that is told."""
        return self.why_not is WhyNot.USABLE

    def __repr__(self) -> str:
        """One-line summary, never the words."""
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
    """Return whether a sentence begins a dream of the writer's after another's, or the other way round."""
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
