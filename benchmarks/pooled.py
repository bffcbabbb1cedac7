"""Several dreamers at once: `pooled_pairs` against asking each dreamer alone, 60 nights and 90 days each, from texts.

A part of the thousand dreamers is measured: the work is a block per dreamer. The peer asks `pairs` of every dreamer,
with odds of their own, as studies were asked before. Memory is the peak of what Python holds, of a part and twice it.
"""

from __future__ import annotations

import datetime as dt
import tracemalloc

import numpy as np

from benchmarks.timing import paired
from karmalink import link
from karmalink.account import Account, DateMeans, Entry, Life, Precision, When

DREAMERS, NIGHTS, DAYS, SENTENCES = 12, 60, 90, 6
_START = dt.date(2021, 3, 1)


def study(dreamers: int) -> list[tuple[list[Account], Life]]:
    """Return dreamers whose dreams take up a sentence of a day before them in two nights of five."""
    stock = np.array(
        [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in ("al", "en", "or", "um") for c in ("ta", "ni", "ko")]
    )
    words = np.array(
        [f"{one}{two}" for one in stock for two in ("", "r", "s", "lo", "mi", "ve", "da", "zu", "pe", "ra")]
    )
    rows = []
    for number in range(dreamers):
        rng = np.random.default_rng([7, number])
        days = [When(_START + dt.timedelta(days=day), "gregorian", Precision.DAY) for day in range(DAYS)]
        lived = [[_sentence(words, rng) for _ in range(SENTENCES)] for _ in days]
        name = f"dreamer-{number}"
        entries = [Entry(f"{name}-{at}", name, " ".join(said), days[at]) for at, said in enumerate(lived)]
        accounts = []
        for night in np.sort(rng.choice(DAYS - 1, NIGHTS, replace=False)).tolist():
            told = [_sentence(words, rng) for _ in range(SENTENCES - 1)]
            if rng.random() < 0.4:
                told.append(str(rng.choice(lived[max(0, night - int(rng.integers(7)))])))
            accounts.append(Account(f"{name}-n{night}", name, " ".join(told), days[night], DateMeans.NIGHT_OF))
        rows.append((accounts, Life(name, "diary", tuple(entries), name)))
    return rows


def alone(rows: list[tuple[list[Account], Life]]) -> list[int]:
    """Ask one dreamer after the other."""
    return [len(link.pairs(accounts, life, with_details=False).links) for accounts, life in rows]


def peak_mb(rows: list[tuple[list[Account], Life]]) -> float:
    """Return the most that Python held while the dreamers were asked together, in MB."""
    tracemalloc.start()
    link.pooled_pairs(rows, with_details=False)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


def main() -> None:
    """Print both times, the memory, and ours over the peer."""
    rows = study(DREAMERS)
    ours, peer, ratio = paired(lambda: link.pooled_pairs(rows, with_details=False), lambda: alone(rows), runs=3)
    print(f"{DREAMERS} dreamers, {NIGHTS} nights and {DAYS} days each: {ours:.1f} s together, {peer:.1f} s one by one")
    print(f"memory: {peak_mb(rows):.0f} MB, of twice as many {peak_mb(study(2 * DREAMERS)):.0f} MB")
    print(f"ratio {ratio:.2f}")


def _sentence(words: np.ndarray, rng: np.random.Generator) -> str:
    rank = np.minimum(words.size - 1, rng.zipf(1.2, 9) - 1)
    return f"The {' '.join(words[rank])}."


if __name__ == "__main__":
    main()
