"""The words of a language that say where: a table per language, in a registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from karmalink.errors import UsageError, suggest

__all__ = ["LANGUAGES", "Lexicon", "lexicon", "listed", "valued"]

LANGUAGES = ("en", "km")


@dataclass(frozen=True)
class Lexicon:
    """What words mean, for the grammar. All words in lower case, phrases with single spaces.

    Attributes
    ----------
    language : str
        Two letters (ISO 639-1).
    units : mapping of str to float
        Units of length, in metres; a pace is taken as 0.75 m.
    minutes : mapping of str to float
        Units of time, in minutes.
    numbers : mapping of str to float
        Numbers as words that stand alone.
    times : mapping of str to float
        Words that multiply the number before them: ``hundred``, ``dozen``.
    parts : mapping of str to float
        Words for a part of one: ``half``, ``quarters``.
    headings : mapping of str to str
        Words for the points of the compass, as a point: ``N``, ``NNE`` …
    tags : mapping of str to tuple of str
        Words and phrases by what they do in a sentence; see `seek.clues.grammar.TAGS`.
    digits : str
        Ten digits of the script, 0 first; empty where they are ASCII's.
    spaced : bool
        Whether words are written apart.
    decimal : str
        Sign before decimals; where it is a comma, "1,500" is still fifteen hundred.
    """

    language: str
    units: Mapping[str, float]
    minutes: Mapping[str, float]
    numbers: Mapping[str, float]
    times: Mapping[str, float]
    parts: Mapping[str, float]
    headings: Mapping[str, str]
    tags: Mapping[str, tuple[str, ...]]
    digits: str = ""
    spaced: bool = True
    decimal: str = "."

    @cached_property
    def phrases(self) -> Mapping[str, tuple[str, object]]:
        """Every word and phrase with its tag and what it stands for."""
        found: dict[str, tuple[str, object]] = {}
        for tag, words in self.tags.items():
            found |= {word: (tag, word) for word in words}
        for tag, values in (("number", self.numbers), ("times", self.times), ("part", self.parts)):
            found |= {word: (tag, value) for word, value in values.items()}
        found |= {word: ("unit", value) for word, value in self.units.items()}
        found |= {word: ("time", value) for word, value in self.minutes.items()}
        return found | {word: ("heading", point) for word, point in self.headings.items()}

    @cached_property
    def longest(self) -> int:
        """How many words, or characters where words are not written apart, the longest phrase has."""
        return max(len(phrase.split()) if self.spaced else len(phrase) for phrase in self.phrases)


def listed(tags: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the words of each tag, written with ``|`` between them."""
    return {tag: tuple(words.split("|")) for tag, words in tags.items()}


def valued(words: str) -> dict[str, float]:
    """Return words with their numbers, written as ``one=1|two=2``."""
    pairs = (pair.rpartition("=") for pair in words.split("|"))
    return {word: float(value) for word, _, value in pairs}


def lexicon(language: str) -> Lexicon:
    """Return the words of a language.

    Raises
    ------
    UsageError
        A language that has no table.
    """
    if language not in LANGUAGES:
        raise UsageError(
            f"there are no words for the language {language[:20]!r}",
            allowed=LANGUAGES,
            next_step=suggest(language, LANGUAGES) or "write the clues as a table",
        )
    from importlib import import_module

    found = import_module(f"karmalink.seek.clues.lexicon_{language}").WORDS
    if not isinstance(found, Lexicon):
        raise TypeError(f"the table of {language} is not a lexicon")
    return found
