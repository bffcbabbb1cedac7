"""A register and a recall of it."""

from __future__ import annotations

import numpy as np

from karmalink.account import TimedUnit

NOUNS = """river boat lantern baker bridge orchard violin widow market kettle stable ferry prison garden mirror needle
harvest wedding fever tailor bishop candle saddle winter letter miller cellar parrot silver ladder"""


THINGS = NOUNS.split()


def story(rng: np.random.Generator, m: int = 60) -> list[TimedUnit]:
    """A register of scenes, each with things of its own."""
    return [TimedUnit(f"s{j}", 10.0 * j, f"{a} beside the {b}.") for j, (a, b) in enumerate(scenes(rng, m))]


def scenes(rng: np.random.Generator, m: int) -> list[tuple[str, str]]:
    pairs = [(a, b) for a in THINGS for b in THINGS if a < b]
    return [pairs[k] for k in rng.choice(len(pairs), m, replace=False)]
