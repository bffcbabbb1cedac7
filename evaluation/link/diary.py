"""A month of diary: three handed people with gold sources, found by one rule over all of them, beside a plain mirror.

Gold says of every dream which entries it takes up and how: directly, by one odd detail, or in other dress. Rates are
k of n with an exact 95 % interval (Clopper and Pearson). A false link is one of a dream without a source in the diary;
whether there are too many is told by the 95 % limit of a binomial count with the rate that was asked for.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.figure import Figure
from karmalink import link
from karmalink.account import Account, DateMeans, Entry, Life, Precision, When, tokens

__all__ = ["PATTERN", "Gold", "load", "run"]

PATTERN = "dreams/diary_gold/gold.jsonl"
KINDS = ("direct", "fragment", "transformed")
QS = (0.2, 0.1)
LAGS = 7
Dreamer = tuple[list[Account], Life]


@dataclass(frozen=True, slots=True)
class Gold:
    """What one dream takes up: days of the diary, how, and (of a dream without a source) what it is instead."""

    sources: frozenset[dt.date]
    kind: str
    sort: str


@dataclass(frozen=True, slots=True)
class Said:
    """One link: of which dream, to which day."""

    dream: str
    day: dt.date


def run(data: Path) -> list[Figure]:
    """Return recall by kind, right names and false links: one person at a time, all together, and a plain mirror."""
    dreamers, gold = load(data / "dreams" / "diary_gold")
    case = f"diary, {len(dreamers)} people, {len(gold)} dreams"
    found = []
    for q in QS:
        alone = [said for accounts, life in dreamers for said in _said(life, _alone(accounts, life, q))]
        pooled = link.pooled_pairs(dreamers, q=q, lags=LAGS, with_details=True)
        lives = {life.id: life for _, life in dreamers}
        together = [_one(lives[person], one) for person, one in pooled.links]
        found += _figures(case, f"pairs, one person at a time, q = {q:g}", alone, dreamers, gold, q)
        found += _figures(case, f"pooled_pairs, q = {q:g}", together, dreamers, gold, q)
        found += _figures(case, f"plain TF-IDF mirror, one rule, q = {q:g}", _plain(dreamers, q), dreamers, gold, q)
        named = ", ".join(f"{row.person} {row.named} of {row.links}" for row in pooled.dreamers)
        measure = f"pooled_pairs, q = {q:g}: links that stand for their dreamer alone"
        found.append(Figure(case, measure, named, note=pooled.finding))
    return found


def load(folder: Path) -> tuple[list[Dreamer], dict[str, Gold]]:
    """Return accounts and life of every person, and the gold of every dream."""
    gold = {}
    for row in _rows(folder / "gold.jsonl"):
        sources = frozenset(dt.date.fromisoformat(day) for day in row["sources"])
        sort = next((s for s in ("slow theme", "later coincidence") if row["note"].startswith(s)), "fantastic")
        gold[row["id"]] = Gold(sources, row["kind"], "" if sources else sort)
    entries: dict[str, list[Entry]] = {}
    for row in _rows(folder / "entries.jsonl"):
        person = row["person"]
        entries.setdefault(person, []).append(Entry(f"{person} {row['date']}", person, row["text"], _when(row["date"])))
    accounts: dict[str, list[Account]] = {person: [] for person in entries}
    for row in _rows(folder / "dreams.jsonl"):
        told = Account(row["id"], row["person"], row["text"], _when(row["date"]), DateMeans.MORNING_OF)
        accounts[row["person"]].append(told)
    return [(accounts[one], Life(one, "diary", tuple(entries[one]), one)) for one in entries], gold


def _rows(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def _when(date: str) -> When:
    return When(dt.date.fromisoformat(date), "gregorian", Precision.DAY)


def _alone(accounts: list[Account], life: Life, q: float) -> list[link.Link]:
    return list(link.pairs(accounts, life, q=q, lags=LAGS, with_details=False).links)


def _said(life: Life, links: Sequence[link.Link]) -> list[Said]:
    return [_one(life, each) for each in links]


def _one(life: Life, each: link.Link) -> Said:
    days = {entry.id: entry.when.day for entry in life.entries if entry.when is not None and entry.when.day is not None}
    return Said(each.account, days[each.entry])


def _plain(dreamers: Sequence[Dreamer], q: float) -> list[Said]:
    """Return what a plain mirror finds: cosine of whole texts, best past less best future, one threshold for all."""
    w, found = [], []
    for accounts, life in dreamers:
        said = [one.text for one in accounts]
        texts = [Counter(tokens(text)) for text in (*said, *(entry.text for entry in life.entries))]
        column = {token: at for at, token in enumerate(sorted({t for text in texts for t in text}))}
        count = np.zeros((len(texts), len(column)))
        for row, text in enumerate(texts):
            for token, number in text.items():
                count[row, column[token]] = 1 + np.log(number)
        rows = count * np.log((1 + len(texts)) / (count > 0).sum(axis=0))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        score = rows[: len(accounts)] @ rows[len(accounts) :].T
        day = np.array([one.when.ordinal for one in life.entries if one.when is not None])
        for account, row in zip(accounts, score, strict=True):
            ahead = day - account.night()
            past = np.where((ahead <= 0) & (ahead > -LAGS), row, -1.0)
            future = np.where((ahead >= 1) & (ahead <= LAGS), row, -1.0)
            if past.max() < 0 or future.max() < 0:
                continue
            w.append(past.max() - future.max())
            found.append(Said(account.id, dt.date.fromordinal(int(day[past.argmax()]))))
    threshold = link.reject(np.array(w), q=q, c=1.0).threshold
    return [] if threshold is None else [one for one, size in zip(found, w, strict=True) if size >= threshold]


def _figures(
    case: str, method: str, said: Sequence[Said], dreamers: Sequence[Dreamer], gold: dict[str, Gold], q: float
) -> list[Figure]:
    linked = {one.dream for one in said}
    mirrored = _mirrored(dreamers, gold)
    found = []
    for kind in KINDS:
        of_kind = [dream for dream, each in gold.items() if each.kind == kind]
        found.append(_rate(case, f"{method}: recall, {kind}", [dream in linked for dream in of_kind]))
        within = [dream in linked for dream in of_kind if dream in mirrored]
        found.append(_rate(case, f"{method}: recall, {kind}, a source and its mirror day within {LAGS} days", within))
        right = [one.day in gold[one.dream].sources for one in said if gold[one.dream].kind == kind]
        found.append(_rate(case, f"{method}: named entry right, {kind}", right))
    false = [one for one in said if not gold[one.dream].sources]
    sorts = Counter(gold[one.dream].sort for one in false)
    note = ", ".join(f"{number} {sort}" for sort, number in sorts.items())
    limit = _limit(len(said), q)
    found.append(
        Figure(
            case, f"{method}: false links", f"{len(false)} of {len(said)}", f"at most {limit} at 95 %", note or "none"
        )
    )
    return found


def _mirrored(dreamers: Sequence[Dreamer], gold: dict[str, Gold]) -> frozenset[str]:
    """Return the dreams with a source in the window whose mirror day has an entry."""
    found = set()
    for accounts, life in dreamers:
        days = {one.when.ordinal for one in life.entries if one.when is not None}
        for account in accounts:
            night = account.night()
            lags = [night + 1 - source.toordinal() for source in gold[account.id].sources]
            if any(1 <= lag <= LAGS and night + lag in days for lag in lags):
                found.add(account.id)
    return frozenset(found)


def _rate(case: str, measure: str, hits: Sequence[bool]) -> Figure:
    from scipy.stats import binomtest

    if not hits:
        return Figure(case, measure, "0 of 0")
    k, n = sum(hits), len(hits)
    interval = binomtest(k, n).proportion_ci(0.95, method="exact")
    return Figure(case, measure, f"{k} of {n} ({k / n:.2f})", f"{interval.low:.2f}–{interval.high:.2f}")


def _limit(links: int, q: float) -> int:
    """Return the most false links among so many that a rate of q gives in 95 of 100 studies."""
    from scipy.stats import binom

    return int(binom.ppf(0.95, links, q)) if links else 0
