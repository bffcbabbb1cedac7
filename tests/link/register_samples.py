"""Accounts and lives of a register."""

from __future__ import annotations

import datetime as dt

import numpy as np

from karmalink.account import Account, Entry, Life, Precision, When

DAY = When(dt.date(2031, 3, 7), "gregorian", Precision.DAY)


NOUNS = ["goat", "boat", "lamp", "river", "market", "bell", "spade", "mango", "owl", "cart", "drum", "shirt", "well"]


def lives(count: int, seed: int = 0, author: str | None = None) -> list[Life]:
    rng = np.random.default_rng(seed)

    def text() -> str:
        return " ".join(f"The {a} stood by the {b}." for a, b in rng.choice(NOUNS, (4, 2)))

    return [Life(f"L{n}", "register", (Entry(f"e{n}", f"L{n}", text(), None),), author) for n in range(count)]


def accounts(texts: list[str]) -> list[Account]:
    return [Account(f"a{n}", "P1", text, DAY) for n, text in enumerate(texts)]
