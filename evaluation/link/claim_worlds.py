"""Registers of lives and lists of statements that are nobody's, made otherwise than the test thinks of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from karmalink.link import LifeRecord, LifeRegister
from karmalink.link.claimants.fits import facts_of
from karmalink.link.claimants.predicates import Predicate

__all__ = ["REGISTERS", "World", "null_list"]

World = tuple[LifeRegister, tuple[LifeRecord, ...]]  # the register, and lives that are not in it
_NAMES = [
    a + b
    for a in ("Ba", "Cho", "De", "Fa", "Go", "Ki", "La", "Mo", "Ne", "Pu", "Ro", "Sa")
    for b in ("ra", "lin", "to", "wen", "mi", "do")
]
_WORK = [
    "teacher",
    "fisherman",
    "weaver",
    "carpenter",
    "soldier",
    "rice farmer",
    "cook",
    "barber",
    "monk",
    "blacksmith",
    "nurse",
    "clerk",
]
_DEATH = [
    "drowned",
    "malaria",
    "old age",
    "stroke",
    "shot",
    "snakebite",
    "cholera",
    "burns",
    "tetanus",
    "fall",
    "stabbed",
    "cancer",
]
_KIN = ("father", "mother", "brother", "sister", "son", "daughter", "wife", "husband")
_THINGS = [
    f"a {colour} {thing}"
    for thing in (
        "door",
        "boat",
        "lamp",
        "goat",
        "flute",
        "kettle",
        "drum",
        "ladder",
        "mirror",
        "basket",
        "rope",
        "bell",
    )
    for colour in ("red", "tall", "broken", "painted", "silver")
]


def _zipf(rng: np.random.Generator, words: list[str], power: float = 1.0) -> str:
    weights = 1.0 / np.arange(1, len(words) + 1) ** power
    return words[int(rng.choice(len(words), p=weights / weights.sum()))]


def _life(
    rng: np.random.Generator,
    number: int,
    *,
    names: list[str],
    places: list[str],
    country: str,
    work: list[str],
    death: list[str],
    things: list[str],
) -> LifeRecord:
    sex = "MF"[int(rng.integers(2))]
    family = [
        (relation, _zipf(rng, names))
        for relation, most in (("father", 1), ("mother", 1), ("brother", 4), ("sister", 4), ("son", 4), ("daughter", 4))
        for _ in range(int(rng.integers(most + 1)))
    ]
    return LifeRecord(
        id=f"R{number}",
        name=f"{_zipf(rng, names)} {_zipf(rng, names)}",
        sex=sex,
        age=int(rng.integers(3, 90)),
        place=_zipf(rng, places),
        country=country,
        occupation=_zipf(rng, work),
        death_cause=_zipf(rng, death),
        family=(*family, ("wife" if sex == "M" else "husband", _zipf(rng, names))),
        facts=tuple(dict.fromkeys(_zipf(rng, things, 0.7) for _ in range(6))),
    )


def _split(lives: list[LifeRecord], outside: int) -> World:
    return LifeRegister(tuple(lives[outside:])), tuple(lives[:outside])


def independent(rng: np.random.Generator, n: int, outside: int) -> World:
    """Every part of a life is drawn by itself, common values often."""
    places = [f"town{k}" for k in range(20)]
    return _split(
        [
            _life(rng, k, names=_NAMES, places=places, country="", work=_WORK, death=_DEATH, things=_THINGS)
            for k in range(n + outside)
        ],
        outside,
    )


def countries(rng: np.random.Generator, n: int, outside: int) -> World:
    """Names, places, work and things go with the country."""
    lives = []
    for k in range(n + outside):
        own = np.random.default_rng(int(rng.integers(4)))
        pools = {
            part: list(own.permutation(pool))
            for part, pool in {"names": _NAMES, "work": _WORK, "death": _DEATH, "things": _THINGS}.items()
        }
        which = int(own.integers(1_000_000))
        lives.append(
            _life(
                rng,
                k,
                names=pools["names"][:24],
                places=[f"{which}town{p}" for p in range(6)],
                country=f"land{which}",
                work=pools["work"][:6],
                death=pools["death"][:6],
                things=pools["things"][:25],
            )
        )
    return _split(lives, outside)


def families(rng: np.random.Generator, n: int, outside: int) -> World:
    """Lives come in families of five that share parents, town, work and half of their things; some are outside."""
    lives: list[LifeRecord] = []
    while len(lives) < n + outside:
        first = _life(
            rng,
            len(lives),
            names=_NAMES,
            places=[f"town{p}" for p in range(20)],
            country="",
            work=_WORK,
            death=_DEATH,
            things=_THINGS,
        )
        parents = tuple(pair for pair in first.family if pair[0] in ("father", "mother"))
        for _ in range(5):
            other = _life(
                rng,
                len(lives),
                names=_NAMES,
                places=[first.place],
                country="",
                work=[first.occupation],
                death=_DEATH,
                things=_THINGS,
            )
            own = tuple(pair for pair in other.family if pair[0] not in ("father", "mother"))
            lives.append(
                LifeRecord(
                    **{
                        **{name: getattr(other, name) for name in LifeRecord.__slots__},
                        "family": (*parents, *own),
                        "facts": (*first.facts[:3], *other.facts[:3]),
                    }
                )
            )
    return _split(lives[: n + outside], outside)


REGISTERS: Mapping[str, Callable[[np.random.Generator, int, int], World]] = {
    "parts drawn one by one": independent,
    "parts that go with the country": countries,
    "families of five": families,
}


def null_list(
    rng: np.random.Generator, life: LifeRecord, register: LifeRegister, length: int, generic: float, prefer: float
) -> list[list[Predicate]]:
    """Return statements of a life that is not in the register, as someone who was it might say them.

    Parameters
    ----------
    length : int
        Statements.
    generic : float
        Share that says only what fits many: a sex, an age, a common thing.
    prefer : float
        Power by which common values are preferred; 0: none.
    """
    facts = [fact for fact in facts_of(life) if fact.field != "count" or fact.value[0] > 0]
    common = np.array([_common(fact, register) for fact in facts])
    rows: list[list[Predicate]] = []
    left = list(range(len(facts)))
    for _ in range(length):
        if rng.random() < generic:
            low = int(rng.integers(0, 50))
            rows.append(
                [
                    [Predicate("sex", (life.sex,))],
                    [Predicate("age", (low, low + 35))],
                    [Predicate("words", (_stem(rng),))],
                ][int(rng.integers(3))]
            )
            continue
        left = left or list(range(len(facts)))  # who has said everything says it again
        weights = common[left] ** prefer
        fact = facts[left.pop(int(rng.choice(len(left), p=weights / weights.sum())))]
        if fact.field == "words":
            kept = [word for word in fact.value if rng.random() < 0.7] or [fact.value[0]]
            fact = Predicate("words", tuple(sorted({*kept, _stem(rng)})))
        rows.append([fact])
    return rows


def _stem(rng: np.random.Generator) -> str:
    return str(rng.choice(["door", "boat", "lamp", "goat", "flut", "red", "tall", "water", "night", "road", "cold"]))


def _common(fact: Predicate, register: LifeRegister) -> float:
    own = sum(fact in facts_of(life) for life in register.lives[:: max(1, len(register) // 40)])
    return (own + 0.5) / 41.0
