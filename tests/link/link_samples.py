"""Accounts and a life that several tests of link share."""

from __future__ import annotations

import datetime as dt

import numpy as np

from karmalink.account import Account, DateMeans, Entry, Life, Precision, When

FIRST = dt.date(2021, 3, 1)


NOUNS = [
    "buffalo",
    "kettle",
    "ladder",
    "umbrella",
    "accordion",
    "drum",
    "lantern",
    "pebble",
    "bicycle",
    "radio",
    "kite",
    "clock",
    "hammock",
    "turtle",
    "gecko",
    "heron",
    "jackfruit",
    "tamarind",
    "pomelo",
    "coconut",
    "noodle",
    "basket",
    "bucket",
    "crate",
    "bottle",
    "suitcase",
    "barrel",
    "envelope",
    "drawer",
    "screw",
    "spring",
    "button",
    "chain",
    "handle",
    "valve",
    "battery",
    "scarf",
    "curtain",
    "banner",
    "raincoat",
    "blanket",
    "sarong",
    "needle",
    "sickle",
    "rope",
    "shovel",
    "spoon",
    "siren",
    "bell",
    "engine",
    "whistle",
    "pigeon",
    "monkey",
    "puppy",
    "kitten",
    "grasshopper",
    "crab",
    "eel",
    "rooster",
    "piglet",
    "duck",
    "python",
    "goat",
    "bat",
]


VERBS = [
    "fell",
    "broke",
    "burned",
    "floated",
    "vanished",
    "sang",
    "leaned",
    "rolled",
    "cracked",
    "froze",
    "opened",
    "closed",
]


def when(day: int) -> When:
    return When(FIRST + dt.timedelta(days=day), "gregorian", Precision.DAY)


def made(
    seed: int, *, days: int = 60, planted: float = 0.6, means: DateMeans = DateMeans.NIGHT_OF, shift: int = 0
) -> tuple[list[Account], Life, dict[str, str]]:
    """A diary of three sentences a day, a dream every night; a planted one retells a sentence of one of seven days."""
    rng = np.random.default_rng(seed)

    def sentence() -> tuple[str, ...]:
        return (*rng.choice(NOUNS, 3, replace=False).tolist(), str(rng.choice(VERBS)))

    lived = {day: [sentence() for _ in range(3)] for day in range(days)}
    entries = tuple(
        Entry(f"D{day}", "me", " ".join(f"The {a} and the {b} by the {c} {v}." for a, b, c, v in said), when(day))
        for day, said in lived.items()
    )
    accounts, sources = [], {}
    for night in range(7, days - 8):
        told = [f"I saw a {rng.choice(NOUNS)} that {rng.choice(VERBS)}."]
        if rng.random() < planted:
            source = night + 1 - int(rng.integers(1, 8))
            a, b, c, v = lived[source][int(rng.integers(3))]
            told.append(f"There was a {a}, and {c}, and it {v} without a sound near some {b}.")
            sources[f"A{night}"] = f"D{source}"
        accounts.append(Account(f"A{night}", "P1", " ".join(told), when(night + shift), means))
    return accounts, Life("me", "diary", entries, "P1"), sources
