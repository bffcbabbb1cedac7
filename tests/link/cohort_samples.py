"""A world of many dreamers."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np

from karmalink.account import Account, DateMeans, Entry, Life, Precision, When

FIRST = dt.date(2001, 3, 1)


CONSONANTS, VOWELS = "bdfgklmnprstvz", "aeiou"


WORDS = ["".join(each) + "ton" for each in itertools.product(CONSONANTS, VOWELS, CONSONANTS)][:500]


def on(day: int) -> When:
    return When(FIRST + dt.timedelta(days=day), "gregorian", Precision.DAY)


def world(
    seed: int, *, people: int = 4, days: int = 240, echo: int = 3, shift: int = 0, means: DateMeans = DateMeans.NIGHT_OF
) -> tuple[list[Account], list[Life]]:
    """Diaries of random words; dreams that take up `echo` words of the day that the night ends."""
    rng = np.random.default_rng(seed)
    accounts, lives = [], []
    for who in range(people):
        lived = [rng.choice(WORDS, 6) for _ in range(days)]
        entries = [
            Entry(f"e{who}-{d}", f"life-{who}", f"The {' '.join(w)}.", on(d + shift)) for d, w in enumerate(lived)
        ]
        lives.append(Life(f"life-{who}", "diary", tuple(entries), f"P{who}"))
        for day in range(3, days - 3, 2):
            told = [*rng.choice(lived[day], echo, replace=False), *rng.choice(WORDS, 6 - echo)]
            accounts.append(Account(f"a{who}-{day}", f"P{who}", f"A {' '.join(told)}.", on(day), means))
    return accounts, lives
