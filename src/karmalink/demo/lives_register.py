"""A register of lives long past, as a pagoda's clerk may have kept it: no life in it has to do with the dreams.

Gilded things, thefts and hidings are common in it, since a claim must be held against lives that are about the same
kind of thing: a register in which only one man ever touched gold would point at him whatever was dreamt.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from karmalink.account import Entry, Life, Precision, When
from karmalink.demo.grammar import happen
from karmalink.demo.paraphrases import draw_one, fill
from karmalink.demo.town import Town

__all__ = ["CLAIMED", "CLAIMED_LIFE", "LIVES", "register"]

# 127 others are what it takes to say anything at .01.
LIVES = 128
# The life that the claim is about: what makes it the claimed one is that somebody says so.
CLAIMED = 17
CLAIMED_LIFE = f"register-{CLAIMED:03d}"
_YEARS = (1602, 1971)

_TITLES = ("Oum", "Ta", "Yeay", "Neang", "Chau", "Lok", "Achar", "Ming")
_NAMES = (
    "Samnang", "Bopha", "Chanrith", "Dary", "Eang", "Kolab", "Makara", "Nimol",
    "Phalla", "Rumduol", "Sambath", "Thida", "Veasna", "Yorn", "Arun", "Botum",
)  # fmt: skip
_TRADES = (
    "caulker", "lamp lighter", "ox driver", "copyist", "salt carrier", "drum maker", "ferry hand", "bell founder",
    "net maker", "midwife", "gilder", "brick burner", "letter writer", "well digger", "silk reeler", "toll keeper",
)  # fmt: skip

_BIRTHS = (
    "Born near the {place} in a year of high water. The mother sold {food}.",
    "Born by the {place}, the {ordinal} child. A {animal} was given for the blessing.",
    "Brought to the town as a small child, in a {vessel}, it is said, with {who}.",
)
_WORKS = (
    "Was taken on as a {trade} at the {place} and paid in {food}.",
    "Worked as a {trade}. Lost a {tool} in the river and was made to replace it.",
    "Gave a {colour} {cloth} to the pagoda, and a {thing} that was still there in later years.",
    "Was the first who brought a {thing} to the {place}. People came to see it.",
)
_MATTERS = (
    "Stood before the elders because of a golden bowl that was missing. Nothing was found.",
    "Is said to have carried a gilded figure out of the pagoda by night, and to have named the place to nobody.",
    "Hid a statue when soldiers came, below ground, with {who} as the only witness.",
    "Confessed to a monk that he had buried gold, and died before the hole was found.",
    "Found a golden leaf in a field and gave it back. A {animal} was killed in thanks.",
    "Was accused by {who} over a stolen statue, and cleared after {count} days.",
    "Dreamt of gold under the {place} and dug there until the owner objected.",
)
_TURNS = (
    "Quarrelled with {who} over a {animal}, and paid {count} measures of {food}.",
    "The house by the {place} burned; a {thing} and a {vessel} were saved.",
    "Hurt the {body} with a {tool} and walked with a stick from then on.",
    "Went downriver with {count} others and came back alone, with a {vessel}.",
    "Heard {sound} in the night and would not sleep at the {place} again.",
    "Fell ill in the month of the races and was bled at the {place}.",
)
_ENDS = (
    "Died of a fever. {who} kept the {thing}.",
    "Died old. The {cloth} was {colour} and the whole lane walked behind.",
    "Was not seen again after the flood. A {tool} was burned in place of the body.",
    "Drowned near the {place}, as had been foretold.",
)
# What there was before railways, and who stood beside.
_THINGS = (
    "mirror",
    "kite",
    "parasol",
    "drum",
    "lantern",
    "ladder",
    "kettle",
    "hammock",
    "pulley",
    "flute",
    "water clock",
)
_PEOPLE = (
    "a cousin",
    "the abbot",
    "a trader from upriver",
    "a widow",
    "the ferryman",
    "two brothers",
    "a blind singer",
)
_PLACES = {
    *("pagoda", "market", "ferry-landing", "brick-kiln", "mango-orchard", "lotus-pond", "sugar-palms", "bamboo-grove"),
    *("stone-quarry", "spirit-house", "stupa-field", "salt-store", "ox-pound", "old-fig-tree", "charcoal-pits"),
}
_ORDINALS = ("second", "third", "fifth", "seventh", "ninth")
_WITH_GOLD = 0.45


def register(seed: int, town: Town) -> list[Life]:
    """Return the register's lives, their dates in the Buddhist era to the year or the month."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(5,)))
    names = [f"{title} {name}" for title in _TITLES for name in _NAMES]
    order = rng.permutation(len(names))
    return [_life(rng, town, number, names[order[number]]) for number in range(LIVES)]


def _life(rng: np.random.Generator, town: Town, number: int, title: str) -> Life:
    life = f"register-{number + 1:03d}"
    born = int(rng.integers(*_YEARS))
    kinds = [_BIRTHS, _WORKS, *((_MATTERS,) if number + 1 == CLAIMED or rng.random() < _WITH_GOLD else ())]
    kinds += [_TURNS] * int(rng.integers(1, 3)) + [_ENDS]
    years = born + np.sort(np.append(rng.integers(12, 60, len(kinds) - 1), 0))
    entries = [
        Entry(f"{life}-{at}", life, _line(rng, town, draw_one(rng, kind)), _when(rng, int(year)))
        for at, (kind, year) in enumerate(zip(kinds, years, strict=True), start=1)
    ]
    return Life(life, "register", tuple(entries), title=title)


def _when(rng: np.random.Generator, year: int) -> When:
    if rng.random() < 0.5:
        return When(dt.date(year, 1, 1), "buddhist", Precision.YEAR)
    return When(dt.date(year, int(rng.integers(1, 13)), 1), "buddhist", Precision.MONTH)


def _line(rng: np.random.Generator, town: Town, template: str) -> str:
    words = {slot: forms[0] for slot, forms in happen(rng, town).chosen.items()}
    place = draw_one(rng, [place.name for place in town.places if place.id in _PLACES])
    words |= {"place": place, "thing": draw_one(rng, _THINGS), "who": draw_one(rng, _PEOPLE)}
    return fill(template, words | {"trade": draw_one(rng, _TRADES), "ordinal": draw_one(rng, _ORDINALS)})
