"""Words of the demo's grammar: fillers with their paraphrases, and how a template is filled.

A filler is a tuple of forms; the first is the plain one that a diary uses, the others are how a dream may say the same
thing. A retelling keeps the plain form with some probability, so that a planted source is never a copy of its entry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

__all__ = ["FILLERS", "fill", "one_of", "paraphrase", "tidy"]

Item = TypeVar("Item")
Forms = tuple[str, ...]

FILLERS: dict[str, tuple[Forms, ...]] = {
    "animal": (
        ("buffalo", "big ox"),
        ("piglet", "little pig"),
        ("rooster", "cock"),
        ("heron", "long white bird"),
        ("gecko", "wall lizard"),
        ("puppy", "young dog"),
        ("duck", "drake"),
        ("monkey", "macaque"),
        ("python", "long snake"),
        ("kitten", "small cat"),
        ("turtle", "tortoise"),
        ("goat", "kid with horns"),
        ("eel", "water snake"),
        ("grasshopper", "green jumper"),
        ("bat", "flying fox"),
        ("crab", "thing with pincers"),
        ("horse", "pony"),
        ("pigeon", "grey dove"),
    ),
    "thing": (
        ("bicycle", "bike"),
        ("radio", "wireless"),
        ("mirror", "looking glass"),
        ("kite", "paper bird"),
        ("umbrella", "parasol"),
        ("clock", "timepiece"),
        ("drum", "hollow log with a skin"),
        ("lantern", "lamp"),
        ("ladder", "set of rungs"),
        ("sewing machine", "machine with a needle"),
        ("helmet", "hard hat"),
        ("kettle", "tea pot"),
        ("trumpet", "horn"),
        ("hammock", "hanging bed"),
        ("mosquito net", "white net"),
        ("fan", "blade that turns"),
        ("whistle", "tin pipe"),
        ("loudspeaker", "megaphone"),
        ("pulley", "wheel with a rope"),
        ("camera", "picture box"),
        ("wheelbarrow", "barrow"),
        ("accordion", "squeezing box"),
    ),
    "food": (
        ("sticky rice", "rice in bamboo"),
        ("jackfruit", "huge spiny fruit"),
        ("palm sugar", "brown sugar"),
        ("fermented fish", "fish paste"),
        ("tamarind", "sour pods"),
        ("coconut", "young coconut"),
        ("noodle soup", "noodles"),
        ("fried banana", "hot banana"),
        ("sugarcane", "sweet cane"),
        ("lotus seeds", "seeds from the lotus"),
        ("dried squid", "flat squid"),
        ("pomelo", "giant citrus"),
        ("rice porridge", "thin porridge"),
        ("grilled corn", "corn on a stick"),
        ("peanuts", "nuts in the shell"),
        ("pumpkin custard", "sweet pumpkin"),
    ),
    "vessel": (
        ("basket", "hamper"),
        ("clay jar", "jar"),
        ("bucket", "pail"),
        ("crate", "wooden box"),
        ("bowl", "dish"),
        ("biscuit tin", "tin"),
        ("bottle", "flask"),
        ("suitcase", "trunk"),
        ("barrel", "cask"),
        ("cooking pot", "pot"),
        ("envelope", "folded letter"),
        ("drawer", "chest of drawers"),
    ),
    "part": (
        ("screw", "bolt"),
        ("spring", "coil"),
        ("cog", "toothed wheel"),
        ("button", "round knob"),
        ("chain", "row of links"),
        ("string", "thread"),
        ("handle", "grip"),
        ("lid", "cover"),
        ("valve", "small tap"),
        ("battery", "cell"),
    ),
    "colour": (
        ("yellow", "saffron"),
        ("purple", "violet"),
        ("white", "pale"),
        ("orange", "rust coloured"),
        ("turquoise", "blue-green"),
        ("crimson", "dark red"),
        ("silver", "shining grey"),
        ("pink", "rosy"),
        ("black", "soot coloured"),
        ("striped", "striped"),
    ),
    "who": (
        ("my cousin", "a boy I know"),
        ("the twins", "two who looked the same"),
        ("the barber", "a man with scissors"),
        ("the nurse", "a woman in white"),
        ("the drummer", "a musician"),
        ("my aunt", "somebody like my aunt"),
        ("the tailor", "a man with a measuring tape"),
        ("the fisherman", "a man with a net"),
        ("the bus driver", "a driver"),
        ("our teacher", "a teacher"),
        ("the blind singer", "a singer with closed eyes"),
        ("the tall policeman", "an officer"),
        ("the ice seller", "someone selling ice"),
        ("the carpenter", "a man with planks"),
        ("Rith", "Rith"),
        ("Chenda", "Chenda"),
        ("the new girl from the stilt houses", "a girl I had never met"),
        ("the schoolmaster's mother", "a very old woman"),
    ),
    "body": (
        ("knee", "leg"),
        ("thumb", "finger"),
        ("tooth", "teeth"),
        ("ear", "hearing"),
        ("heel", "foot"),
        ("eyebrow", "forehead"),
        ("elbow", "arm"),
        ("chin", "jaw"),
    ),
    "sound": (
        ("a siren", "an alarm"),
        ("a bell", "ringing"),
        ("an engine", "a motor"),
        ("singing", "a choir"),
        ("hammering", "knocking"),
        ("barking", "dogs"),
        ("applause", "clapping"),
        ("whispering", "low voices"),
    ),
    "tool": (
        ("saw", "blade with teeth"),
        ("hoe", "digging stick"),
        ("wrench", "spanner"),
        ("needle", "sharp pin"),
        ("sickle", "curved knife"),
        ("rope", "thick cord"),
        ("paintbrush", "brush"),
        ("crowbar", "iron bar"),
        ("spoon", "ladle"),
        ("shovel", "spade"),
    ),
    "count": (
        ("three", "three"),
        ("four", "four"),
        ("seven", "seven"),
        ("nine", "nine"),
        ("eleven", "eleven"),
        ("fourteen", "fourteen"),
        ("twenty", "twenty"),
        ("forty", "forty"),
    ),
    "game": (
        ("marbles", "glass balls"),
        ("shuttlecock", "feathered thing we kick"),
        ("chess", "board with horses"),
        ("cards", "painted cards"),
        ("hide-and-seek", "hiding game"),
        ("spinning tops", "tops"),
        ("tug of war", "pulling game"),
        ("skipping", "jumping over a cord"),
    ),
    "cloth": (
        ("scarf", "checked scarf"),
        ("curtain", "hanging cloth"),
        ("school shirt", "white shirt"),
        ("banner", "long flag"),
        ("raincoat", "plastic coat"),
        ("blanket", "cover"),
        ("sarong", "wrapped skirt"),
        ("robe", "long robe"),
    ),
}

_SLOT = re.compile(r"\{(\w+)\}")
_ARTICLE = re.compile(r"\b([Aa]) (?=[aeio]|u(?!n[io]|s))")


def one_of(rng: np.random.Generator, items: Sequence[Item]) -> Item:
    """Return one item, all equally likely."""
    return items[int(rng.integers(len(items)))]


def paraphrase(rng: np.random.Generator, forms: Forms, keep: float) -> str:
    """Return the plain form with probability `keep`, else one of the other ways of saying it."""
    if len(forms) == 1 or rng.random() < keep:
        return forms[0]
    return one_of(rng, forms[1:])


def tidy(text: str) -> str:
    """Mend ``a old``, and begin every sentence with a capital."""
    text = _ARTICLE.sub(r"\1n ", text)
    return re.sub(r"(^|[.!?] )([a-z])", lambda found: found[1] + found[2].upper(), text)


def fill(template: str, chosen: Mapping[str, str]) -> str:
    """Put the chosen words into a template's slots."""
    return tidy(_SLOT.sub(lambda slot: chosen[slot[1]], template))
