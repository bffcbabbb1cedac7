"""How well a predicate fits each life: a degree, a contradiction, or silence, and how rare such a fit is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Bools, Floats, Ints
from karmalink.link.claimants.claim_words import DEATHS, OCCUPATIONS, RELATIONS, Concepts, concepts_of
from karmalink.link.claimants.life_records import LifeRecord, LifeRegister
from karmalink.link.claimants.predicates import Predicate, words_of

__all__ = ["Fit", "FitIndex", "block_of", "facts_of"]

# What a predicate is about: a part of a life that a register is drawn by.
_BLOCK_OF = {"relative": "family", "count": "family", "has": "family", "has_no": "family", "words": "facts"}
_ALIKE = 0.9  # Jaro–Winkler similarity from which two spellings may be one name


def block_of(predicate: Predicate) -> str:
    """Return which part of a life a predicate is about."""
    return _BLOCK_OF.get(predicate.field, predicate.field)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """One predicate against every life.

    Attributes
    ----------
    degree : ndarray, shape (N,)
        0: does not fit; larger fits better. Only the order counts.
    against : ndarray of bool, shape (N,)
        Where the register denies it; elsewhere a degree of 0 is silence.
    source : ndarray of int, shape (N,), or None
        Of plain words which fact of each life fits best, −1 where none does: two statements about one fact count once.
    """

    degree: Floats
    against: Bools
    source: Ints | None = None


@lru_cache(maxsize=100_000)
def facts_of(life: LifeRecord) -> tuple[Predicate, ...]:
    """Return what a register says of a life, as the predicates that a claimant who was it could say."""
    found = [Predicate("name", (life.name,))] if life.name else []
    found += [Predicate("sex", (life.sex,))] if life.sex else []
    if life.age is not None:
        reach = max(3, life.age // 8)
        found.append(Predicate("age", (max(0, life.age - reach), life.age + reach)))
    found += [Predicate("place", (life.place.casefold(),))] if life.place else []
    work = concepts_of(life.occupation, OCCUPATIONS, of_register=True) or ({life.occupation} if life.occupation else ())
    found += [Predicate("occupation", tuple(sorted(work)))] if work else []
    death = concepts_of(life.death_cause, DEATHS, of_register=True) or ({life.death_cause} if life.death_cause else ())
    found += [Predicate("death", tuple(sorted(death)))] if death else []
    for relation, name in life.family:
        found.append(Predicate("relative", (name.split()[0] if name else "",), relation))
    for relation in ("brother", "sister", "son", "daughter"):
        found.append(Predicate("count", (len(life.relatives(relation)),), relation))
    found += [Predicate("words", tuple(sorted(words_of(text)))) for text in life.facts if words_of(text)]
    return tuple(dict.fromkeys(found))


class FitIndex:
    """The register turned round: from what is said to the lives it fits. Built once, asked for each predicate.

    Parameters
    ----------
    register : LifeRegister
    """

    def __init__(self, register: LifeRegister) -> None:
        self.register = register
        self.n = len(register)
        self._cache: dict[Predicate, Fit] = {}

    def fit(self, predicate: Predicate) -> Fit:
        """Return the degree of every life; a predicate that was asked before is not computed again."""
        plain = Predicate(predicate.field, predicate.value, predicate.relation)
        if plain not in self._cache:
            if plain.field == "words":
                self._cache[plain] = _words(self, plain)
            else:
                degree, against = _FITS[plain.field](self, plain)
                self._cache[plain] = Fit(degree, against & (degree == 0.0))
        return self._cache[plain]

    @cached_property
    def people(self) -> Mapping[str, tuple[Ints, Ints]]:
        """Relation, or ``name`` → whose row it is, (P,), and the numbers of the words of each name, (P, most words).

        A name of fewer words has the number of the empty word, the last one, in its place.
        """
        rows: dict[str, tuple[list[int], list[tuple[str, ...]]]] = defaultdict(lambda: ([], []))
        for number, life in enumerate(self.register.lives):
            for relation, name in (("name", life.name), *life.family):
                if name:
                    rows[relation][0].append(number)
                    rows[relation][1].append(tuple(name.casefold().split()))
        return {
            relation: (np.array(owners, dtype=np.int64), self._numbered(names))
            for relation, (owners, names) in rows.items()
        }

    @cached_property
    def name_words(self) -> dict[str, int]:
        """Word of a name → its number, in the order of the register."""
        lives = self.register.lives
        names = (name for life in lives for name in (life.name, *(other for _, other in life.family)))
        return {
            word: number for number, word in enumerate(dict.fromkeys(w for n in names for w in n.casefold().split()))
        }

    def _numbered(self, names: list[tuple[str, ...]]) -> Ints:
        known, most = self.name_words, max(len(name) for name in names)
        return np.array([[known[word] for word in name] + [len(known)] * (most - len(name)) for name in names])

    @cached_property
    def counts(self) -> Mapping[str, Ints]:
        """Relation → how many of them each life has."""
        return {name: np.array([len(life.relatives(name)) for life in self.register.lives]) for name in RELATIONS}

    @cached_property
    def column(self) -> Callable[[str], NDArray[np.object_]]:
        """Field → its values, case-folded."""

        @lru_cache
        def values(name: str) -> NDArray[np.object_]:
            return np.array([str(getattr(life, name) or "").casefold() for life in self.register.lives], dtype=object)

        return values

    @cached_property
    def ages(self) -> Floats:
        """Age at death of each life, NaN where it is not known."""
        return np.array([np.nan if life.age is None else float(life.age) for life in self.register.lives])

    @cached_property
    def concepts(self) -> Mapping[str, list[frozenset[str]]]:
        """``occupation`` and ``death`` → the concepts of each life's own word, and the word itself."""
        return {
            "occupation": [_concepts(life.occupation, OCCUPATIONS) for life in self.register.lives],
            "death": [_concepts(life.death_cause, DEATHS) for life in self.register.lives],
        }

    @cached_property
    def words(self) -> tuple[Mapping[str, tuple[Ints, Ints]], Ints, Mapping[str, float]]:
        """Word → (life, fact) that has it; the life of each fact; and what a word tells, −ln of its share of lives."""
        owner: list[int] = []
        has: dict[str, list[int]] = defaultdict(list)
        lives: dict[str, set[int]] = defaultdict(set)
        for number, life in enumerate(self.register.lives):
            for text in (*life.facts, life.occupation, life.death_cause):
                for word in words_of(text):
                    has[word].append(len(owner))
                    lives[word].add(number)
                owner.append(number)
        told = {word: float(np.log(self.n / len(rows))) for word, rows in lives.items()}
        owners = np.array(owner, dtype=np.int64)
        return {word: (owners[rows], np.array(rows)) for word, rows in has.items()}, owners, told


def _concepts(text: str, table: Concepts) -> frozenset[str]:
    return concepts_of(text, table, of_register=True) | ({text} if text else set())


def _name(index: FitIndex, predicate: Predicate) -> tuple[Floats, Bools]:
    return _called(index, predicate.value[0], ("name",)), index.column("name") != ""


def _relative(index: FitIndex, predicate: Predicate) -> tuple[Floats, Bools]:
    kinds = RELATIONS[predicate.relation]
    degree = _called(index, predicate.value[0], kinds)
    if predicate.relation == "any":
        return degree, np.zeros(index.n, dtype=bool)
    # A sister of another name denies "my sister Bopha" only where sisters are listed in full; a father of another name
    # always does, since there is one.
    listed = all(kind in index.register.complete for kind in kinds)
    one = predicate.relation in ("father", "mother")
    return degree, np.full(index.n, listed) | (index.counts[predicate.relation] > 0 if one else False)


def _called(index: FitIndex, name: str, kinds: Iterable[str]) -> Floats:
    """Return how well somebody of these kinds bears a name: 1 each of its words, less for another spelling."""
    degree = np.zeros(index.n)
    # (wanted, words + 1): likeness of each wanted word to each word of the register; the empty word is like none
    likeness = np.array([_alike(word, tuple(index.name_words)) for word in name.casefold().split()])
    for kind in kinds:
        if kind in index.people:
            owners, words = index.people[kind]
            # (wanted, P, most words): the best word of each name; the worst of the wanted words counts
            best = likeness[:, words].max(axis=2).min(axis=0)
            np.maximum.at(degree, owners, np.where(best >= _ALIKE, best, 0.0))
    return degree


@lru_cache(maxsize=20_000)
def _alike(word: str, others: tuple[str, ...]) -> Floats:
    """Return the Jaro–Winkler similarity of a word, 1 only for the word itself; 0 for an empty one behind."""
    from rapidfuzz.distance import JaroWinkler

    return np.array(
        [1.0 if word == other else min(0.99, JaroWinkler.similarity(word, other)) for other in others] + [0.0]
    )


def _sex(index: FitIndex, predicate: Predicate) -> tuple[Floats, Bools]:
    sexes = index.column("sex")
    return (sexes == predicate.value[0].casefold()).astype(float), sexes != ""


def _age(index: FitIndex, predicate: Predicate) -> tuple[Floats, Bools]:
    low, high = predicate.value
    return ((index.ages >= low) & (index.ages <= high)).astype(float), np.isfinite(index.ages)


def _place(index: FitIndex, predicate: Predicate) -> tuple[Floats, Bools]:
    place, country = index.column("place"), index.column("country")
    said = predicate.value[0]
    degree = np.where(place == said, 1.0, np.where(country == said, 0.5, 0.0))
    return degree, (place != "") | (country != "")


def _concept(index: FitIndex, predicate: Predicate) -> tuple[Floats, Bools]:
    said = frozenset(predicate.value)
    own = index.concepts[predicate.field]
    return np.array([float(bool(said & life)) for life in own]), np.array([bool(life) for life in own])


def _count(index: FitIndex, predicate: Predicate) -> tuple[Floats, Bools]:
    listed = all(kind in index.register.complete for kind in RELATIONS[predicate.relation])
    return (index.counts[predicate.relation] == predicate.value[0]).astype(float), np.full(index.n, listed)


def _has(index: FitIndex, predicate: Predicate) -> tuple[Floats, Bools]:
    listed = all(kind in index.register.complete for kind in RELATIONS[predicate.relation])
    return (index.counts[predicate.relation] > 0).astype(float), np.full(index.n, listed)


def _has_no(index: FitIndex, predicate: Predicate) -> tuple[Floats, Bools]:
    listed = all(kind in index.register.complete for kind in RELATIONS[predicate.relation])
    none = index.counts[predicate.relation] == 0
    return (none & listed).astype(float), ~none


def _words(index: FitIndex, predicate: Predicate) -> Fit:
    """Return, for each life, the best of its facts: what their shared words tell together, −ln of their shares."""
    has, owners, told = index.words
    facts = np.zeros(owners.size)
    for word in predicate.value:
        if word in has:
            facts[has[word][1]] += told[word]
    degree, source = np.zeros(index.n), np.full(index.n, -1, dtype=np.int64)
    some = np.flatnonzero(facts)
    order = some[np.argsort(facts[some], kind="stable")]
    # In rising order, so that the best fact of a life is written last.
    degree[owners[order]], source[owners[order]] = facts[order], order
    return Fit(degree, np.zeros(index.n, dtype=bool), source)


_FITS: Mapping[str, Callable[[FitIndex, Predicate], tuple[Floats, Bools]]] = {
    "name": _name,
    "relative": _relative,
    "sex": _sex,
    "age": _age,
    "place": _place,
    "occupation": _concept,
    "death": _concept,
    "count": _count,
    "has": _has,
    "has_no": _has_no,
}
