"""What is measured of a text, by name: counts, style, content. Code walks this table; a new feature is one row.

A feature is a number of one text or one unit of it. *Style* says how it is written and tells authors apart; *content*
says what it is about; *counts* say how much there is. Rates are per 100 words, so that long texts do not
count for more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from karmalink.account.features.writing import written_tokens
from karmalink.account.language.lexical import stem, tokens
from karmalink.account.language.names import Gazetteer, Mention, MentionKind, find_mentions
from karmalink.account.language.negation import assert_only, denied_spans
from karmalink.account.language.units import split_units
from karmalink.account.language.words import listed

__all__ = ["CATEGORIES", "FEATURES", "FEATURE_KINDS", "Feature", "Reading", "category_stems"]

# Categories of content: short lists of words that say what a text is about, written for this package.
#
# They follow the headings of Hall & Van de Castle (1966) where these can be told from single words (characters,
# emotions, settings, objects) and leave out what needs a reader (who does what to whom). They are counts of words, no
# coding.

CATEGORIES: dict[str, tuple[str, ...]] = {
    "husband-like": listed("husband boyfriend hubby fiance fiancé groom"),
    "wife-like": listed("wife girlfriend fiancee fiancée bride"),
    "children": listed("son daughter kid child children baby toddler infant grandson granddaughter grandchild"),
    "parents": listed("mother father mom mum dad mama papa parent stepmother stepfather daddy mommy mummy"),
    "relatives": listed(
        "brother sister aunt uncle cousin niece nephew grandma grandpa grandmother grandfather sibling"
    ),
    "friends": listed("friend buddy pal roommate classmate neighbor neighbour acquaintance"),
    "strangers": listed("stranger crowd somebody someone man woman guy lady boy girl people"),
    "animals": listed(
        "animal dog cat puppy kitten horse cow bird snake fish bear lion tiger wolf rat mouse spider insect elephant "
        "monkey pet vet buffalo chicken pig duck"
    ),
    "water": listed("water sea ocean river lake pool wave swim boat ship rain flood beach stream bath drown"),
    "vehicles": listed(
        "car bus train truck plane airplane bike bicycle taxi drive driver ride road highway motorcycle"
    ),
    "house": listed("house home room door window kitchen bedroom bathroom stairs floor wall roof apartment bed"),
    "outdoors": listed("field forest tree mountain hill garden park street sky sun grass path cave flower"),
    "school": listed("school college university class teacher student exam test lecture campus grade study graduate"),
    "work": listed("work job office boss coworker colleague meeting manager company project interview client"),
    "money": listed("money dollar pay paid cash bank price buy bought sell rent debt bill gold coin"),
    "food": listed(
        "food eat ate dinner lunch breakfast meal restaurant cake bread rice meat drink coffee beer wine cook"
    ),
    "body": listed("body head hand face eye hair leg arm foot feet blood mouth tooth teeth skin heart naked"),
    "health": listed(
        "sick ill hospital doctor nurse surgery pain cancer medicine injury hurt wound pregnant pregnancy"
    ),
    "death": listed("death dead die died funeral kill killed murder grave corpse ghost cemetery bury buried"),
    "anger": listed("angry anger mad furious annoyed argue argument fight yell shout rage irritated"),
    "apprehension": listed(
        "afraid fear scared frightened terrified worried anxious nervous panic horror guilty ashamed"
    ),
    "sadness": listed("sad cry cried tear grief lonely depressed disappointed upset miss heartbroken sorry"),
    "confusion": listed("confused strange weird odd surprised puzzled lost wonder unsure doubt"),
    "happiness": listed("happy joy glad enjoy fun laugh smile love wonderful excited proud pleased relief relieved"),
    "aggression": listed("attack hit beat gun knife shoot shot war soldier police weapon chase threaten bomb"),
    "friendliness": listed("help kiss hug gift thank invite welcome comfort marry wedding party birthday celebrate"),
    "religion": listed("god church temple monk priest pray prayer pagoda heaven hell angel devil buddha altar"),
    "music-and-play": listed("music song sing dance game play movie film show concert guitar piano team ball book"),
    "travel": listed("trip travel vacation holiday flight airport hotel visit journey country city abroad tour"),
    "memory": listed("remember memory remind recall forget forgot memories dream dreamt dreamed"),
}


@lru_cache(maxsize=1)
def category_stems() -> dict[str, frozenset[str]]:
    """Return the stems of each category, as :func:`karmalink.account.tokens` gives them."""
    return {name: frozenset(stem(word) for word in words) for name, words in CATEGORIES.items()}


FEATURE_KINDS: dict[str, str] = {
    "counts": "how much there is: words that carry evidence, names, numbers, what is denied",
    "style": "how it is written: function words, marks, capitals, habits of typing; it tells authors apart",
    "content": "what it is about: words of short lists, denied ones left out",
}
"""Kinds of features, in the order of the table."""


@dataclass(frozen=True, eq=False)
class Reading:
    """One text, read once for all features."""

    text: str
    gazetteer: Gazetteer | None = None
    grain: str = "sentence"

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """Names and numbers."""
        return find_mentions(self.text, gazetteer=self.gazetteer)

    @cached_property
    def kinds(self) -> Counter[MentionKind]:
        """Mentions by kind."""
        return Counter(mention.kind for mention in self.mentions)

    @cached_property
    def evidence(self) -> list[str]:
        """Words that carry evidence, stemmed, denied ones included."""
        return tokens(self.text)

    @cached_property
    def asserted(self) -> Counter[str]:
        """Words that carry evidence and are not denied."""
        return Counter(tokens(assert_only(self.text)))

    @cached_property
    def written(self) -> list[str]:
        """Words, numbers and marks as written."""
        return written_tokens(self.text)

    @cached_property
    def small(self) -> Counter[str]:
        """Words in small letters."""
        return Counter(token.casefold().replace("’", "'") for token in self.written if token[0].isalpha())

    @cached_property
    def n_words(self) -> int:
        """Number of words as written."""
        return sum(self.small.values())

    @cached_property
    def n_sentences(self) -> int:
        """Number of sentences."""
        return len(split_units(self.text))


@dataclass(frozen=True, slots=True)
class Feature:
    """A row of the registry.

    Attributes
    ----------
    name : str
        Column of tables.
    kind : str
        A key of :data:`FEATURE_KINDS`.
    title, unit : str
        What it is, and in what it is measured.
    measure : callable
        Reading → number.
    """

    name: str
    kind: str
    title: str
    unit: str
    measure: Callable[[Reading], float]

    def to_dict(self) -> dict[str, Any]:
        """Return name, kind, title and unit, JSON-ready."""
        return {"name": self.name, "kind": self.kind, "title": self.title, "unit": self.unit}


def _per_hundred(count: float, reading: Reading) -> float:
    return 100.0 * count / reading.n_words if reading.n_words else 0.0


def _word_rate(name: str, words: str) -> Feature:
    listed = tuple(words.split())
    return Feature(
        f"word-{name}",
        "style",
        f"of the words: {', '.join(listed)}",
        "per 100 words",
        lambda reading: _per_hundred(sum(reading.small[word] for word in listed), reading),
    )


def _mark_rate(name: str, title: str, pattern: str) -> Feature:
    compiled = re.compile(pattern)
    return Feature(
        name,
        "style",
        title,
        "per 100 words",
        lambda reading: _per_hundred(len(compiled.findall(reading.text)), reading),
    )


def _share(name: str, title: str, pattern: str, among: str) -> Feature:
    part, whole = re.compile(pattern), re.compile(among)

    def measure(reading: Reading) -> float:
        places = len(whole.findall(reading.text))
        return len(part.findall(reading.text)) / places if places else 0.0

    return Feature(name, "style", title, "share", measure)


def _category(name: str) -> Feature:
    def measure(reading: Reading) -> float:
        stems = category_stems()[name]
        return _per_hundred(sum(count for word, count in reading.asserted.items() if word in stems), reading)

    return Feature(name, "content", f"words such as {', '.join(CATEGORIES[name][:3])}", "per 100 words", measure)


def _mention_count(name: str, kind: MentionKind, title: str) -> Feature:
    return Feature(name, "counts", title, "mentions", lambda reading: reading.kinds[kind])


_COUNTS = (
    Feature("units", "counts", "sentences or clauses", "units", lambda r: len(split_units(r.text, r.grain))),
    Feature("words", "counts", "words that carry evidence", "words", lambda reading: len(reading.evidence)),
    _mention_count("people", MentionKind.PERSON, "people named"),
    _mention_count("places", MentionKind.PLACE, "places named"),
    _mention_count("names", MentionKind.NAME, "names of which nothing says whether they are people's or places'"),
    _mention_count("numbers", MentionKind.NUMBER, "numbers"),
    Feature(
        "negated",
        "counts",
        "names and numbers denied",
        "mentions",
        lambda r: sum(mention.negated for mention in r.mentions),
    ),
    Feature("denied", "counts", "stretches that are denied", "spans", lambda r: len(denied_spans(r.text))),
)

_STYLE = (
    Feature("length", "style", "words as written", "words", lambda reading: reading.n_words),
    Feature(
        "sentence-length",
        "style",
        "words in a sentence",
        "words",
        lambda r: r.n_words / r.n_sentences if r.n_sentences else 0.0,
    ),
    Feature(
        "word-length",
        "style",
        "letters in a word",
        "letters",
        lambda r: sum(len(word) * count for word, count in r.small.items()) / r.n_words if r.n_words else 0.0,
    ),
    Feature("variety", "style", "distinct words", "share", lambda r: len(r.small) / r.n_words if r.n_words else 0.0),
    _mark_rate("commas", "commas", ","),
    _mark_rate("apostrophes", "apostrophes", r"['’]"),
    _mark_rate("exclamations", "exclamation marks", "!"),
    _mark_rate("questions", "question marks", r"\?"),
    _mark_rate("ellipses", "runs of dots", r"\.\.|…"),
    _mark_rate("dashes", "dashes and hyphens", "[-—–]"),
    _mark_rate("brackets", "brackets", r"[(\[]"),
    _mark_rate("quotes", "quotation marks", r"[\"“”]"),
    _mark_rate("colons", "colons and semicolons", "[:;]"),
    _mark_rate("figures", "numbers in figures", r"\d+"),
    _mark_rate("capitals", "words with a capital", r"\b[A-Z][a-z]"),
    _mark_rate("shouted", "words all in capitals", r"\b[A-Z]{2,}\b"),
    _mark_rate("contractions", "contractions", r"\w['’](?:t|m|ve|d|ll|re)\b"),
    _mark_rate(
        "missed-apostrophes", "contractions without their apostrophe", r"\b(?:didnt|dont|wasnt|couldnt|im|ive)\b"
    ),
    _mark_rate("blank-before-mark", "a blank before a stop or comma", r"\w [,.!?]"),
    _mark_rate("no-blank-after-mark", "no blank after a stop or comma", r"[a-z][,.!?][A-Za-z]"),
    _mark_rate("line-breaks", "line breaks", r"\n"),
    _share("two-blanks", "stops with two blanks after them", r"[.!?]  +\S", r"[.!?] +\S"),
    _share("small-i", "the pronoun I written small", r"\bi\b", r"\b[iI]\b"),
    _share("small-heads", "sentences that begin with a small letter", r"[.!?] +[a-z]", r"[.!?] +[a-zA-Z]"),
    Feature("blank-end", "style", "ends with a blank", "0 or 1", lambda r: float(r.text[-1:] == " ")),
    Feature(
        "no-final-stop",
        "style",
        "ends without a stop",
        "0 or 1",
        lambda r: float(r.text.rstrip()[-1:] not in {"", ".", "!", "?", "…", "”", '"', "។", "。"}),
    ),
    *(
        _word_rate(name, words)
        for name, words in {
            "i": "i",
            "my": "my mine",
            "me": "me myself",
            "we": "we us our",
            "you": "you your",
            "he": "he him his",
            "she": "she her hers",
            "they": "they them their",
            "it": "it its",
            "the": "the",
            "a": "a an",
            "and": "and",
            "but": "but however",
            "so": "so then",
            "because": "because since",
            "of": "of",
            "to": "to",
            "in": "in on at",
            "with": "with",
            "for": "for",
            "that": "that",
            "this": "this these",
            "was": "was were",
            "had": "had have has",
            "is": "is are am",
            "would": "would could should",
            "very": "very really quite",
            "just": "just only",
            "not": "not no never",
            "when": "when while",
            "as": "as like",
            "or": "or",
        }.items()
    ),
)

FEATURES: dict[str, Feature] = {
    feature.name: feature for feature in (*_COUNTS, *_STYLE, *(_category(name) for name in CATEGORIES))
}
"""Name → one feature of a text, by kind."""
