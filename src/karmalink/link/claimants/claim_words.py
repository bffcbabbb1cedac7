"""The words for kin, numbers, ages, occupations and deaths: the table ``claim_words.toml``, compiled."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any, Final

__all__ = [
    "AGES",
    "AGE_WORDS",
    "DEATHS",
    "HEDGES",
    "KIN",
    "NO_NAMES",
    "NUMBERS",
    "OCCUPATIONS",
    "RELATIONS",
    "SEXES",
    "TENS",
    "THINGS",
    "Concepts",
    "concepts_of",
]

Concepts = Mapping[str, tuple[re.Pattern[str], re.Pattern[str]]]

_TABLE: Final[Mapping[str, Any]] = tomllib.loads(
    files("karmalink.link.claimants").joinpath("claim_words.toml").read_text(encoding="utf-8")
)


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


def _concepts(name: str) -> Concepts:
    return {concept: (_any_of(row["says"]), _any_of(row["register"])) for concept, row in _TABLE[name].items()}


NO_NAMES: Final[frozenset[str]] = frozenset(_TABLE["no_names"].split())
# Word of a statement → relation of a register.
KIN: Final[Mapping[str, str]] = {word: relation for relation, words in _TABLE["kin"].items() for word in words}
# Relations that a register has, and those that stand for several of them.
RELATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    **{name: (name,) for name in ("father", "mother", "brother", "sister", "son", "daughter", "wife", "husband")},
    "child": ("son", "daughter"),
    "sibling": ("brother", "sister"),
    "spouse": ("wife", "husband"),
    "any": ("father", "mother", "brother", "sister", "son", "daughter", "wife", "husband"),
}
NUMBERS: Final[Mapping[str, int]] = {
    **{word: number for number, word in enumerate(_TABLE["numbers"].split())},
    **{"single": 1, "only": 1, "none": 0},
    **{str(n): n for n in range(21)},
}
TENS: Final[Mapping[str, int]] = {word: 10 * (place + 2) for place, word in enumerate(_TABLE["tens"].split())}
_TEENS = dict(enumerate(_TABLE["teens"].split(), start=13))
AGE_WORDS: Final[Mapping[str, int]] = {**NUMBERS, **TENS, **{word: number for number, word in _TEENS.items()}}
HEDGES: Final = re.compile(rf"\b(?:{'|'.join(_TABLE['hedges'])})\b", re.IGNORECASE)
# Pattern of a statement → youngest and oldest age at death, and sex of the life.
AGES: Final = tuple((_any_of(row["says"]), tuple(row["years"])) for row in _TABLE["ages"])
SEXES: Final = tuple((_any_of(row["says"]), row["sex"]) for row in _TABLE["sexes"])
# Concept → what a statement says of it, and what a register calls it.
OCCUPATIONS: Final[Concepts] = _concepts("occupations")
DEATHS: Final[Concepts] = _concepts("deaths")
# Words of things and events that are one idea, the one that counts first.
THINGS: Final[tuple[tuple[str, ...], ...]] = tuple(tuple(row.split()) for row in _TABLE["things"])


def concepts_of(text: str, table: Concepts, *, of_register: bool = False) -> frozenset[str]:
    """Return the concepts of a table that a statement, or a register's own word, means."""
    return frozenset(name for name, row in table.items() if row[of_register].search(text))
