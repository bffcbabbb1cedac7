"""From chosen words to sentences: what a day's scene reads like in a diary, and in a dream that draws on it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from karmalink.demo.paraphrases import FILLERS, Forms, draw_one, fill, paraphrase
from karmalink.demo.scenes import SCENES
from karmalink.demo.themes import CHORES, DREAM_CLOSINGS, DREAM_OPENINGS, DREAM_TURNS, THEMES, presence
from karmalink.demo.town import Town, TownPlace

__all__ = [
    "DETAILS",
    "SOUGHT",
    "SOUGHT_DREAMS",
    "TALES",
    "TALE_DREAMS",
    "Day",
    "Happening",
    "Telling",
    "details_of",
    "dream_text",
    "entry_text",
    "happen",
    "themes_of",
    "unsourced",
]

# The grandmother's tale, told in parts over the weeks, and the dreams that speak of the thing sought.
#
# On some evenings she tells a part of what she saw as a girl: men with a load at night, and where they passed. A part
# names a place and never the thing itself; the dreams name the thing and never the place. Only a link joins the two.

# What the searchers look for, as an account may say it.
SOUGHT: tuple[str, ...] = ("gold", "golden", "statue", "buddha")

# Each detail belongs to one part of the tale: as the diary has it, and as a dream may have it.
DETAILS: tuple[tuple[str, ...], ...] = (
    ("a cart with one squeaking wheel", "a wheel that squeaked"),
    ("a lantern with a pane of blue glass", "blue light out of a lamp"),
    ("a man who had only four fingers", "a hand with four fingers"),
    ("dogs that did not bark", "silent dogs"),
    ("oxen with rags around their hooves", "oxen walking without any noise"),
    ("a woman combing her hair on a step", "a woman with a comb"),
    ("a monk who counted under his breath", "a monk who counted"),
    ("wet footprints that led nowhere", "footprints full of water"),
    ("a sack sewn shut with fishing line", "a sack sewn with fishing line"),
    ("a red kerosene drum", "a red drum that smelled of kerosene"),
    ("an owl on the signal post", "an owl that turned its head"),
    ("a boy asleep on the load", "a sleeping boy on top of a load"),
    ("a cup of palm wine left standing", "a cup of palm wine, still full"),
    ("a song that had no end", "a song that went round and round"),
    ("a hat hung on a broken rail", "a hat hanging on iron"),
    ("a spade wrapped in banana leaf", "a spade in a green leaf"),
    ("ashes that were still warm", "warm ashes between my toes"),
    ("two brothers who quarrelled over a knot", "two men and a knot"),
    ("a white mare that limped", "a limping white mare"),
    ("a bell wrapped in wool", "a bell that could not ring"),
    ("a letter that was eaten", "a man chewing a letter"),
    ("a mat rolled around something long", "a rolled mat, heavy as a person"),
    ("a tin whistle blown three times", "three notes on a whistle"),
    ("fireflies in a bottle", "a bottle of fireflies"),
    ("an old soldier with a wooden leg", "a wooden leg in the mud"),
    ("pepper spilled across the path", "the smell of pepper"),
    ("a coat turned inside out", "a coat with its lining outside"),
    ("a thread of smoke from the water", "smoke standing on the water"),
)

TALES: tuple[str, ...] = (
    "In the evening grandmother told of the year she was nine: they passed the {place}, and there was {first}.",
    "Grandmother spoke of that night again, of {first} and {second}; they rested near the {place}.",
    "She says that the men left the road by the {place}, and that she will never forget {first}.",
    "While we shelled beans grandmother said that it was near the {place}, because of {first} and then {second}.",
    "The lady of the memory study asked again and grandmother said: {first}, and after that {second}, by the {place}.",
)

TALE_DREAMS: tuple[str, ...] = (
    "Men were walking ahead of me at night, and there was {first}.",
    "I followed a load through the dark; I remember {first} and then {second}.",
    "There was {first}, quite close, and I was told to be quiet.",
    "I knew the way because of {first}. Behind me came {second}.",
    "Somebody older than me was there, and {first}, and we stopped at {place}.",
)

SOUGHT_DREAMS: tuple[str, ...] = (
    "The golden one lay in the bundle and was heavier than it looked.",
    "I had stolen the gold statue and I was not sorry yet.",
    "A monk stood in the way and asked me what I carried, and it was gold.",
    "We let the statue down into the hole and it smiled the whole time.",
    "I covered the gold with earth and stamped on it, and then with leaves.",
    "I knew that the golden face was under the ground and looking up.",
    "It was I who had hidden the Buddha, in another body.",
    "Something golden shone through the cloth and I pulled it tighter.",
    "I looked for the statue where I had left it, and the field had changed.",
    "They asked me where the gold was, and I knew and did not say.",
    "The statue was as small as my hand, then as big as a man.",
    "I washed earth off a golden shoulder.",
)


# Half of what happens, happens at no place that has a name.
_NAMED = 0.5
_UNNAMED = ("lane", "yard", "gate", "shed", "pump", "steps", "wall", "corner", "back door", "washing line")
# An account is a note of a few sentences: a long one has no opening and no close.
_LONG = 5
_GROWN = [index for index, scene in enumerate(SCENES) if scene.grown]
_COUNTS = np.array([len(forms) for forms in FILLERS.values()])
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Happening:
    """One scene of one day: which kind and which of its ways to tell it, who and what took part, and where."""

    scene: int
    way: int
    chosen: Mapping[str, Forms]
    place: str


@dataclass(frozen=True, slots=True)
class Telling:
    """A part of the grandmother's tale: the place it names and the details that only this part has."""

    place: TownPlace
    details: tuple[Forms, Forms]


@dataclass(frozen=True, slots=True)
class Day:
    """What one day of one life holds."""

    happenings: tuple[Happening, ...]
    theme: int | None
    telling: Telling | None = None


def happen(rng: np.random.Generator, town: Town, *, grown: bool = False) -> Happening:
    """Return a scene with its people, things and place, chosen by chance; if `grown`, one that adults have."""
    picks = (rng.random(_COUNTS.size) * _COUNTS).astype(np.int64)
    chosen = {slot: forms[pick] for (slot, forms), pick in zip(FILLERS.items(), picks.tolist(), strict=True)}
    scene = draw_one(rng, _GROWN) if grown else int(rng.integers(len(SCENES)))
    place = draw_one(rng, town.places).name if rng.random() < _NAMED else draw_one(rng, _UNNAMED)
    return Happening(scene, int(rng.integers(len(SCENES[scene].days))), chosen, place)


def themes_of(rng: np.random.Generator, days: int, share: float = 0.75) -> list[int | None]:
    """Return each day's theme: drawn by how present each is, none on the rest of the days."""
    strength: NDArray[np.float64] = np.array([presence(theme, days) for theme in THEMES])
    cumulative = np.cumsum(strength, axis=0) / strength.sum(axis=0)
    drawn = (rng.random(days)[None, :] > cumulative).sum(axis=0)
    return [int(theme) if spoken else None for theme, spoken in zip(drawn, rng.random(days) < share, strict=True)]


def entry_text(rng: np.random.Generator, day: Day, writer: str) -> str:
    """Return a diary's sentences for a day: scenes, theme, a chore, and a part of the tale where one was told."""
    parts = [_day_scene(happening) for happening in day.happenings]
    parts.append(draw_one(rng, CHORES[writer] if day.theme is None else THEMES[day.theme].days))
    parts = [parts[index] for index in rng.permutation(len(parts))]
    if day.telling is not None:
        first, second = (forms[0] for forms in day.telling.details)
        told = {"place": day.telling.place.name, "first": first, "second": second}
        parts.append(fill(draw_one(rng, TALES), told))
    return " ".join(parts)


def dream_text(rng: np.random.Generator, source: Day | None, theme: int | None, *, sought: bool, keep: float) -> str:
    """Return an account of a dream.

    Parameters
    ----------
    source : Day or None
        The day it draws on. What the day holds is told again in other words; no sentence is copied.
    theme : int or None
        What occupies these weeks: dreams know it with or without a source.
    sought : bool
        Whether the account speaks of the thing sought.
    keep : float
        Probability that a retold word is the diary's own word.
    """
    parts = [draw_one(rng, SOUGHT_DREAMS)] if sought else []
    parts += [] if source is None else _retold(rng, source, keep)
    if theme is not None and rng.random() < 0.6:
        parts.append(draw_one(rng, THEMES[theme].dreams))
    if rng.random() < 0.35:
        parts.append(draw_one(rng, DREAM_TURNS))
    parts = [parts[index] for index in rng.permutation(len(parts))]
    if not parts or (rng.random() < 0.5 and len(parts) < _LONG):
        parts.insert(0, draw_one(rng, DREAM_OPENINGS))
    if rng.random() < 0.4 and len(parts) < _LONG:
        parts.append(draw_one(rng, DREAM_CLOSINGS))
    return " ".join(parts)


def unsourced(rng: np.random.Generator, town: Town, scenes: int) -> Day:
    """Return scenes that no day of any life holds: what a dream without a source is made of."""
    return Day(tuple(happen(rng, town) for _ in range(scenes)), None)


def _retold(rng: np.random.Generator, source: Day, keep: float) -> list[str]:
    if source.telling is None:
        return [_dream_scene(rng, happening, keep) for happening in source.happenings]
    first, second = (paraphrase(rng, forms, keep) for forms in source.telling.details)
    told = {"first": first, "second": second, "place": draw_one(rng, source.telling.place.dreams)}
    parts = [fill(draw_one(rng, TALE_DREAMS), told)]
    # A telling is remembered with something of the day around it.
    return [*parts, _dream_scene(rng, draw_one(rng, source.happenings), keep)] if source.happenings else parts


def _day_scene(happening: Happening) -> str:
    template = SCENES[happening.scene].days[happening.way]
    words = {slot: forms[0] for slot, forms in happening.chosen.items()}
    return fill(template, words | {"place": happening.place})


def _dream_scene(rng: np.random.Generator, happening: Happening, keep: float) -> str:
    """Return the scene as a dream tells it: of what the diary mentions, in other words."""
    scene = SCENES[happening.scene]
    mentioned = _slots(scene.days[happening.way])
    shared = [len(mentioned & _slots(template)) for template in scene.dreams]
    template = draw_one(rng, [way for way, count in zip(scene.dreams, shared, strict=True) if count == max(shared)])
    words = {slot: paraphrase(rng, happening.chosen[slot], keep) for slot in sorted(_slots(template) - {"place"})}
    return fill(template, words)


@lru_cache(maxsize=512)
def _slots(template: str) -> frozenset[str]:
    return frozenset(_SLOT.findall(template))


def details_of(rng: np.random.Generator, count: int) -> list[tuple[Forms, Forms]]:
    """Return `count` pairs of details, no detail twice while there are enough."""
    order = [DETAILS[index] for index in rng.permutation(len(DETAILS))]
    return [(order[2 * k % len(order)], order[(2 * k + 1) % len(order)]) for k in range(count)]
