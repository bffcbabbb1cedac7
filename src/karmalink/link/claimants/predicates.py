"""From a claimant's sentence to predicates: what a register could confirm or deny of it, by a deterministic grammar."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from karmalink.account import tokens
from karmalink.link.claimants.claim_words import (
    AGE_WORDS,
    AGES,
    DEATHS,
    HEDGES,
    KIN,
    NO_NAMES,
    NUMBERS,
    OCCUPATIONS,
    RELATIONS,
    SEXES,
    TENS,
    THINGS,
    concepts_of,
)

__all__ = ["Known", "Predicate", "predicates_of", "words_of"]

# "My son drowned before me": a death of somebody else.
_OF_ANOTHER = re.compile(
    r"\b(?:my|his|her|our) (?:\w+ )?(?:father|mother|brother|sister|son|daughter|wife|husband|child|baby|friend|dog)s? "
    r"(?:\w+ )?(?:drowned|died|was (?:shot|killed|burned|burnt|bitten|stabbed)|fell|burned|coughed)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*|\d+")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")
_SELF = re.compile(
    r"\b(?:i(?:'m| am| was)(?: called| named)?|(?:they |people |everyone |she |he |should )?calls? me|called me|"
    r"my name(?: is| was|'s)?|"
    r"the name(?: is| was)?|my other name(?: is| was)?|i used to be(?: called)?)\s+$",
    re.IGNORECASE,
)
_NOT_NAME = re.compile(r"\b(?:don't|do not|not|never)\b[^.,;]*$", re.IGNORECASE)
_NO_KIN = r"\b(?:no|not any|never had (?:a|any)|without(?: a| any)?|did ?n[o']t have (?:a|any))\s+"
# Others who have names: they are in no register of lives.
_OTHERS = re.compile(
    r"\b(?:neighbour|neighbor|policeman|friend|abbot|teacher|master|doctor|landlord|boss|foreman|dog|cat|horse|ox|buffalo|mule|"
    r"cow|elephant|parrot)\b[^.;]{0,24}$",
    re.IGNORECASE,
)
_PLURALS = {"child": "children"}


@dataclass(frozen=True, slots=True)
class Known:
    """What a register knows by name.

    Attributes
    ----------
    names : collection of str
        Every word of a name, case-folded.
    places : collection of str
        Every place and country, case-folded.
    """

    names: Collection[str] = ()
    places: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Predicate:
    """One thing that a statement says of the life it speaks of.

    Attributes
    ----------
    field : str
        ``name``, ``sex``, ``age``, ``place``, ``occupation``, ``death``, ``relative``, ``count``, ``has``, ``has_no``,
        ``words``.
    value : tuple
        What it says: a name, a sex, (youngest, oldest), concepts, (number,), words.
    relation : str
        Of a relative: ``brother`` …, ``child``, ``sibling`` or ``any``.
    hedged : bool
        Whether the statement doubts it.
    """

    field: str
    value: tuple[Any, ...] = ()
    relation: str = ""
    hedged: bool = False

    def phrase(self) -> str:
        """Return what it says, for a person to confirm; of a thing or an event not the claimant's words."""
        what = " or ".join(str(part) for part in self.value)
        own, several = self.relation, _PLURALS.get(self.relation, f"{self.relation}s")
        texts = {
            "name": f"is called {what}",
            "sex": {"M": "is male", "F": "is female"}.get(what, what),
            "age": f"died aged {self.value[0]} to {self.value[-1]}" if self.value else "",
            "place": f"lived in {what}",
            "occupation": f"worked as {what}",
            "death": f"died by {what}",
            "relative": f"has a {'relative' if self.relation == 'any' else self.relation} called {what}",
            "count": f"has {what} {own if self.value == (1,) else several}",
            "has": f"has a {self.relation}",
            "has_no": f"has no {self.relation}",
            "words": "speaks of a thing or an event",
        }
        return texts[self.field] + (" (doubtful)" if self.hedged else "")

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {"field": self.field, "value": list(self.value), "relation": self.relation, "hedged": self.hedged}


def predicates_of(text: str, known: Known) -> tuple[Predicate, ...]:
    """Return what a statement says, in the order of the grammar; the same text gives the same predicates.

    Parameters
    ----------
    text : str
        One statement, in the claimant's words.
    known : Known
        Names and places of the register: a word is a name where the register has it, or where it is written as one.
    """
    hedged = bool(HEDGES.search(text))
    found: list[Predicate] = []
    places = _places(text, known)
    text = _WITHOUT_NOISE.sub("", text)
    names = _joined(text, list(_names(text, known, places)))
    found += [Predicate("place", (place,)) for place in places]
    found += _kin(text, names, hedged=hedged)
    found += [Predicate("sex", (sex,)) for pattern, sex in SEXES if pattern.search(text)][:1]
    found += [Predicate("age", ages, hedged=hedged) for ages in _ages(text)][:1]
    deaths = frozenset() if _OF_ANOTHER.search(text) else concepts_of(text, DEATHS)
    if deaths:
        found.append(Predicate("death", tuple(sorted(deaths)), hedged=hedged))
    occupations = concepts_of(text, OCCUPATIONS) if not deaths else frozenset()
    if occupations:
        found.append(Predicate("occupation", tuple(sorted(occupations)), hedged=hedged))
    words = words_of(text, known)
    if words:
        found.append(Predicate("words", tuple(sorted(words)), hedged=hedged))
    return tuple(dict.fromkeys(found))


_YEARS = re.compile(
    r"\b(?:i (?:died|drowned|fell) (?:when i was|at|aged)|at the age of|aged|"
    r"i was(?= [\w-]+(?: years old)?[.!;,]| [\w-]+ years old| [\w-]+$)) "
    r"(?P<about>about |only |just |nearly |not yet )?(?P<years>\d{1,3}|[a-z]+(?:-[a-z]+)?)\b",
    re.IGNORECASE,
)


def _ages(text: str) -> Iterator[tuple[int, int]]:
    """Yield youngest and oldest age at death: a number of years that is said, then what the table knows."""
    for match in _YEARS.finditer(text):
        years = _years(match["years"].casefold())
        if years is not None:
            reach = 4 if match["about"] else 2
            yield max(0, years - reach), years + reach
    yield from (ages for pattern, ages in AGES if pattern.search(text))


def _years(word: str) -> int | None:
    if word.isdigit():
        return int(word) if int(word) <= 110 else None
    tens, _, ones = word.partition("-")
    if tens in TENS:
        return TENS[tens] + (NUMBERS.get(ones, 0) if ones else 0)
    return AGE_WORDS.get(word)


_IDEAS = {word: row[0] for row in THINGS for word in row}


def words_of(text: str, known: Known | None = None) -> frozenset[str]:
    """Return the words of a text that tell one thing from another: stems, each idea by one word, without names."""
    names = known.names if known else ()
    folded = " ".join(_IDEAS.get(word, word) for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.casefold()))
    return frozenset(
        word for word in tokens(folded) if len(word) > 2 and word not in _kin_stems() and word not in names
    )


@cache
def _kin_stems() -> frozenset[str]:
    return frozenset(stem for word in KIN for stem in tokens(word))


def _places(text: str, known: Known) -> list[str]:
    found: list[str] = []
    for place in sorted(known.places, key=len, reverse=True):
        if re.search(rf"(?<!\w){re.escape(place)}(?!\w)", text, re.IGNORECASE) and not any(
            place in one for one in found
        ):
            found.append(place)
    return found


def _names(text: str, known: Known, places: Collection[str]) -> Iterator[tuple[str, int]]:
    """Yield names with where they stand: capitalised words that the register knows, or that do not begin a sentence."""
    starts = {0} | {match.end() for match in _SENTENCE.finditer(text)}
    for match in _WORD.finditer(text):
        word = match[0]
        folded = word.casefold().removesuffix("'s").removesuffix("’s")
        if not word[0].isupper() or word in NO_NAMES or any(folded in place.split() for place in places):
            continue
        if folded in KIN or word.startswith("I'") or word.startswith("I’"):
            continue
        if folded in known.names or (match.start() not in starts and len(word) > 1):
            if _NOT_NAME.search(text[: match.start()]) or _OTHERS.search(text[: match.start()]):
                continue
            yield word.removesuffix("'s").removesuffix("’s"), match.start()


def _joined(text: str, names: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return names of several words as one: "Ros Saron"."""
    whole: list[tuple[str, int]] = []
    for name, at in names:
        if whole and text[whole[-1][1] + len(whole[-1][0]) : at] == " ":
            whole[-1] = f"{whole[-1][0]} {name}", whole[-1][1]
        else:
            whole.append((name, at))
    return whole


# "An only child" counts no child, and "my mother had three boys" counts hers.
_WITHOUT_NOISE = re.compile(r"\bmy (?:mother|father|parents) had\b[^.;,]*|\bnumber \w+ (?=bus)", re.IGNORECASE)
_ONLY_CHILD = re.compile(r"\b(?:the|an|my parents') only child\b", re.IGNORECASE)
_UNMARRIED = re.compile(
    r"\bi (?:never|did ?n[o']t) (?:ever )?marr(?:y|ied)\b|\bi was (?:never|not) married\b", re.IGNORECASE
)
_MARRIED_TO = re.compile(r"\b(?:i (?:was )?married(?: to)?|married to)\s+$", re.IGNORECASE)
_BOTH_KINDS = re.compile(r"\bbrothers and sisters\b|\bsisters and brothers\b", re.IGNORECASE)
_PARENT = re.compile(r"\bi(?:'m| am| was) (?:a |the )?(?:father|mother)\b", re.IGNORECASE)
_ANY_KIN = "|".join(sorted((re.escape(word) for word in KIN), key=len, reverse=True))
_KIN_WORD = re.compile(rf"\b({_ANY_KIN})\b", re.IGNORECASE)
_NUMBER = "|".join(sorted(NUMBERS, key=len, reverse=True))
_COUNT = re.compile(rf"\b({_NUMBER})\s+(?:\w+ )?({_ANY_KIN})\b", re.IGNORECASE)
_ABSENT = re.compile(rf"{_NO_KIN}({_ANY_KIN})\b", re.IGNORECASE)
_COUNTED_AFTER = re.compile(  # "I've many boys, five"
    r"\b(brothers?|sisters?|sons?|daughters?|boys?|girls?|children)[^.;]{0,12},\s*(\w+)\b(?=\s*(?:[.;!,]|$))",
    re.IGNORECASE,
)
_WITH_ME = re.compile(r"\b(?:with me|counting me|and i)\b", re.IGNORECASE)
# "A boy", "the girl", "boys" are children of the speaker only where something says so.
_LOOSE = frozenset(
    {"boy", "boys", "girl", "girls", "lad", "lads", "lass", "lasses", "child", "kids", "babies", "pa", "ma"}
)


def _kin(text: str, names: list[tuple[str, int]], *, hedged: bool) -> Iterator[Predicate]:
    absent = [(KIN[match[1].casefold()], match.span()) for match in _ABSENT.finditer(text)]
    yield from (Predicate("has_no", (), relation) for relation, _ in absent)
    if _ONLY_CHILD.search(text):
        yield Predicate("has_no", (), "sibling", hedged=hedged)
        text = _ONLY_CHILD.sub(" ", text)
    if _UNMARRIED.search(text):
        yield Predicate("has_no", (), "spouse", hedged=hedged)
    counts = [] if hedged else list(_counts(_BOTH_KINDS.sub("siblings", text)))
    yield from counts
    spans = [span for _, span in absent]
    told = [match for match in _KIN_WORD.finditer(text) if not any(low <= match.start() < high for low, high in spans)]
    named = set()
    if _PARENT.search(text):
        yield Predicate("has", (), "child", hedged=hedged)
    for name, at in names:
        if _SELF.search(text[:at]):
            yield Predicate("name", (name,), hedged=hedged)
            continue
        relation = "spouse" if _MARRIED_TO.search(text[:at]) else _relation_of(text, at, told)
        named.add(relation)
        if relation:
            yield Predicate("relative", (name,), relation, hedged=hedged)
        elif not hedged:
            yield Predicate("relative", (name,), "any")
    counted = {kind for predicate in counts for kind in (predicate.relation, *RELATIONS[predicate.relation])}
    for match in told:
        relation = KIN[match[1].casefold()]
        if relation in named or relation in counted or hedged or not _is_own(text, match):
            continue
        yield Predicate("has", (), relation)
        named.add(relation)


def _is_own(text: str, match: re.Match[str]) -> bool:
    before = text[: match.start()]
    if match[1].casefold() in _LOOSE:
        return bool(re.search(r"\b(?:my|our) (?:\w+ )?$", before, re.IGNORECASE))
    if match[1].casefold() in ("father", "mother", "dad", "mum", "baba", "amma", "mama", "papa"):
        return False  # everybody has them
    return bool(re.search(r"\b(?:my|our|a|an|had|have|the) (?:\w+ )?$", before, re.IGNORECASE))


_COUNTED = frozenset({"brother", "sister", "sibling", "son", "daughter", "child"})
_ONE = frozenset({"sister", "brother", "son", "daughter", "boy", "girl", "child", "lad"})


def _counts(text: str) -> Iterator[Predicate]:
    for match in _COUNT.finditer(text):
        word, kin = match[1].casefold(), match[2].casefold()
        number, relation = NUMBERS[word], KIN[kin]
        # "No brother" is told by _ABSENT; "one of my boys" and "one sister's house" count nobody.
        if number == 0 or relation not in _COUNTED or (number == 1 and kin not in _ONE):
            continue
        if number == 1 and re.search(r"\bone of (?:my|the)\b", text[: match.start() + 8], re.IGNORECASE):
            continue
        if _WITH_ME.search(text) and relation in ("brother", "sister", "sibling"):
            number -= 1
        yield Predicate("count", (number,), relation)
    after = _COUNTED_AFTER.search(text)
    if after and NUMBERS.get(after[2].casefold(), 0) > 1:
        yield Predicate("count", (NUMBERS[after[2].casefold()],), KIN[after[1].casefold()])


def _relation_of(text: str, at: int, told: list[re.Match[str]]) -> str:
    """Return the relation of a name: of the kin word in its sentence that stands nearest; empty where there is none."""
    low = max((match.end() for match in _SENTENCE.finditer(text) if match.end() <= at), default=0)
    high = min((match.start() for match in _SENTENCE.finditer(text) if match.start() > at), default=len(text))
    near = [match for match in told if low <= match.start() < high] or told
    if not near:
        return ""
    match = min(near, key=lambda one: min(abs(one.start() - at), abs(one.end() - at)))
    return KIN[match[1].casefold()]
