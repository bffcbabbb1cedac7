"""Which language a text is in, and what is lacking for it: told, so that a gap is not taken for a finding.

By the script where that says it, else by the small words that every text of a language is full of. A text of a few
words stays untold.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from karmalink.account.language.words import WORD, listed
from karmalink.base.wording import counted

__all__ = ["LANGUAGES", "PARTS", "Language", "LanguageShare", "language_of", "languages_in", "languages_in_words"]

# What reading a text rests on that has to be known of its language, and what happens where it is not.
PARTS: Mapping[str, str] = {
    "small words": "words that say nothing (the, and) count as evidence",
    "word endings": "forms of one word (ride, riding) do not meet",
    "number words": "numbers written as words are not found; figures are",
    "denials": "what is denied counts as if it were said (no dog is a dog)",
    "names": "names are found from a gazetteer only",
    "retold dreams": "dreams that the diary itself retells are not found and not cut",
}
_ALL = tuple(PARTS)
_WITH_CAPITALS = tuple(part for part in PARTS if part != "names")


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Attributes
    ----------
    code, name : str
        IETF tag, and the English name.
    lacks : tuple of str
        Keys of :data:`PARTS`.
    small : frozenset of str
        Small words by which it is told; empty where its script says it.
    """

    code: str
    name: str
    lacks: tuple[str, ...] = _WITH_CAPITALS
    small: frozenset[str] = frozenset()


def _by_words(code: str, name: str, words: str, lacks: tuple[str, ...] = _WITH_CAPITALS) -> Language:
    return Language(code, name, lacks, frozenset(listed(words)))


def _but(*there: str) -> tuple[str, ...]:
    return tuple(part for part in PARTS if part not in there)


LANGUAGES: Mapping[str, Language] = {
    one.code: one
    for one in (
        _by_words(
            "en", "English", "the and of to in a was that i it he with for his as had but my we she at on were they", ()
        ),
        # Every noun has a capital, so that capitals make no name.
        _by_words(
            "de", "German", "der die und ich das in den war ein nicht mit es auf dem wir eine sich von zu ist", _ALL
        ),
        _by_words("fr", "French", "de la le et les des je un une est dans que il qui en du pas était nous sur avec"),
        _by_words("es", "Spanish", "de la que el en y los un una con por no las se me mi estaba era del lo como"),
        _by_words("it", "Italian", "di che e la il un una non con per mi era sono del della le nel da ho in si come"),
        _by_words("pt", "Portuguese", "de que e o um uma não com os em eu estava do da para no na me era se por mas"),
        _by_words("nl", "Dutch", "de het een en ik van was dat in niet op met we zijn er maar naar die aan mijn had"),
        _by_words("sv", "Swedish", "och att jag det som en på är av för med var inte den till ett vi han hade men om"),
        _by_words("da", "Danish", "og at jeg det en er i på af som der til ikke med den var et vi har mig sig efter"),
        _by_words("no", "Norwegian", "og jeg det som en er på av til ikke med den var et vi har meg seg hun å etter"),
        _by_words("fi", "Finnish", "ja on ei että oli hän se en minä mutta kun niin kuin olin ovat sen tai myös"),
        _by_words("pl", "Polish", "i w się na nie z że do to jest jak był ale o za tym mnie byłem po od przez ja"),
        _by_words("cs", "Czech", "se na je že to do jsem byl ale jako jsme pak mě by tak po když který za jsou už"),
        _by_words("hu", "Hungarian", "a az és hogy nem egy volt is de meg csak már mint ez azt én voltam mert még"),
        _by_words("ro", "Romanian", "și în de la cu nu o un pe că din am era să mai ce care o sunt fost dar lui"),
        _by_words("tr", "Turkish", "ve bir bu da de için ben çok ne gibi ama sonra vardı olan kadar daha benim onun"),
        _by_words("id", "Indonesian", "yang dan di ke dari untuk dengan tidak ini itu saya aku dalam akan pada ada"),
        _by_words("vi", "Vietnamese", "và của là không được một những trong cho với này đã có các tôi người khi ở"),
        Language("km", "Khmer", _but("denials", "retold dreams")),
        Language("th", "Thai", _but("denials")),
        Language("lo", "Lao", _ALL),
        Language("my", "Burmese", _ALL),
        Language("zh", "Chinese", _but("denials")),
        Language("ja", "Japanese", _but("denials")),
        Language("ko", "Korean", _ALL),
        Language("hi", "Hindi", _ALL),
        Language("bn", "Bengali", _ALL),
        Language("ta", "Tamil", _ALL),
        Language("ar", "Arabic", _ALL),
        Language("fa", "Persian", _ALL),
        Language("he", "Hebrew", _ALL),
        Language("el", "Greek"),
        Language("ru", "Russian"),
        Language("uk", "Ukrainian"),
    )
}

# The first word of a letter's name in Unicode → language; scripts of several languages are told apart below.
_SCRIPTS = {
    "KHMER": "km",
    "THAI": "th",
    "LAO": "lo",
    "MYANMAR": "my",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
    "HANGUL": "ko",
    "DEVANAGARI": "hi",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "ARABIC": "ar",
    "HEBREW": "he",
    "GREEK": "el",
    "CYRILLIC": "ru",
}
_PERSIAN = re.compile("[پچژگ]")
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]")
_SAMPLE = 3000
_FEWEST_LETTERS = 5
_FEWEST_WORDS = 5
# Of running text a third to a half are small words; half of what a list of twenty finds is plenty.
_LEAST = 0.1
# How far the best language must be ahead: Danish and Norwegian share most of theirs.
_AHEAD = 1.15


def language_of(text: str) -> str:
    """Return the tag of the language that a text is in, "" where it cannot be told.

    Parameters
    ----------
    text : str
        Any text; the first 3,000 characters are looked at.
    """
    sample = unicodedata.normalize("NFC", text[:_SAMPLE])
    by_script = _script_language(sample)
    return by_script if by_script is not None else _latin_language(sample)


def _script_language(text: str) -> str | None:
    """Return the language that the script says, "" for a script of no language here, None for Latin letters."""
    if text.isascii():
        return None
    letters = Counter(unicodedata.name(sign, "").split(" ")[0] for sign in text if sign.isalpha())
    if not letters or letters.total() < _FEWEST_LETTERS:
        return "" if letters and letters.most_common(1)[0][0] != "LATIN" else None
    script = letters.most_common(1)[0][0]
    if script == "LATIN":
        return None
    # Japanese is written with more Chinese signs than kana in many sentences, Chinese without kana.
    if script == "CJK" and letters["HIRAGANA"] + letters["KATAKANA"]:
        return "ja"
    if script == "ARABIC" and _PERSIAN.search(text):
        return "fa"
    if script == "CYRILLIC" and _UKRAINIAN.search(text):
        return "uk"
    return _SCRIPTS.get(script, "")


def _latin_language(text: str) -> str:
    words = [found[0].casefold() for found in WORD.finditer(text)]
    if len(words) < _FEWEST_WORDS:
        return ""
    count = Counter(words)
    hits = Counter({code: sum(count[word] for word in one.small) for code, one in LANGUAGES.items() if one.small})
    (best, most), (_, next_most) = hits.most_common(2)
    return best if most >= _LEAST * len(words) and most >= _AHEAD * next_most else ""


@dataclass(frozen=True, slots=True)
class LanguageShare:
    """How many of some texts are in one language; `code` is "" for those of which it could not be told."""

    code: str
    n_texts: int
    of: int

    @property
    def name(self) -> str:
        """The language's English name."""
        return LANGUAGES[self.code].name if self.code else "not told"

    @property
    def lacks(self) -> tuple[str, ...]:
        """What is lacking for it: keys of :data:`PARTS`."""
        return LANGUAGES[self.code].lacks if self.code else ()

    def to_dict(self) -> dict[str, object]:
        """Return tag, name, number of texts and what is lacking."""
        return {"language": self.code, "name": self.name, "texts": self.n_texts, "lacks": list(self.lacks)}


def languages_in(texts: Iterable[str]) -> tuple[LanguageShare, ...]:
    """Return the languages of some texts, the most frequent first, those that could not be told last."""
    found = Counter(map(language_of, texts))
    ordered = sorted(found.items(), key=lambda item: (not item[0], -item[1], item[0]))
    return tuple(LanguageShare(code, count, found.total()) for code, count in ordered)


def languages_in_words(*groups: Sequence[LanguageShare]) -> list[str]:
    """Return in words which languages some texts are in and what is lacking for each; nothing where it is English.

    Parameters
    ----------
    groups : sequence of LanguageShare
        Of one or several sets of texts, which are told together.
    """
    count: Counter[str] = Counter()
    for share in (share for group in groups for share in group):
        count[share.code] += share.n_texts
    untold = count.pop("", 0)
    known = [LANGUAGES[code] for code, _ in count.most_common()]
    if not any(one.lacks for one in known):
        return []
    named = ", ".join(f"{one.name} ({counted(count[one.code], 'text')})" for one in known)
    lines = [f"Language: {named}" + (f"; of {counted(untold, 'text')} not told" if untold else "") + "."]
    for one in known:
        if one.lacks:
            lines.append(f"Lacking for {one.name}:")
            lines += [f"  {part}: {PARTS[part]}" for part in one.lacks]
    return lines
