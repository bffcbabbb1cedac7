"""Authorship: the latest fifth of each person's dreams, against word + character TF-IDF with a linear SVM."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.figure import Figure
from evaluation.link.people import people_with
from karmalink.account import Account
from karmalink.account.language.views import viewed
from karmalink.link.authorship.authors import Placement, latest, learn_authors
from karmalink.link.authorship.score_calibration import calibration_error, pool

__all__ = ["FEWEST", "run"]

FEWEST = 100
_DRAWS = 1000
_SEED = 20261125
_POOLED = (5, 20)


@dataclass(frozen=True, slots=True)
class _Guess:
    """The best guess of each test dream, and whose it is."""

    truth: NDArray[np.int64]
    best: NDArray[np.int64]

    @property
    def right(self) -> NDArray[np.float64]:
        return (self.truth == self.best).astype(float)


def run(data: Path) -> list[Figure]:
    """Return our figures in three views, the peer's on the same texts, and the paired difference."""
    accounts, labels = people_with(data, FEWEST)
    earlier, later = latest(accounts)
    lives = tuple(sorted({account.person for account in accounts}))
    if len(lives) < 2:
        return [Figure("authorship", "people with enough dreams", str(len(lives)), note=f"two or more with {FEWEST}")]
    number = {life: index for index, life in enumerate(lives)}
    truth = np.array([number[account.person] for account in later])
    case = f"authorship, {len(lives)} people, {len(earlier):,} dreams learnt, {len(later):,} placed"
    peers = {
        "word + char (2–5) TF-IDF, linear SVM": _peer(earlier, later, number, labels, words=False),
        "word TF-IDF, linear SVM": _peer(earlier, later, number, labels, words=True),
    }
    begun = time.perf_counter()
    placed = learn_authors(earlier, labels=labels).place(later)
    seconds = time.perf_counter() - begun
    ours = _Guess(truth, _columns(placed, number))
    found = [*_rows(case, "ours, all", ours, seconds), _ece(case, "ours, all", placed, truth, number)]
    for name, (best, taken) in peers.items():
        found += _rows(case, f"peer, {name}", _Guess(truth, best), taken)
        found += _differences(case, name, ours, _Guess(truth, best))
    for view in ("style-removed", "names-masked"):
        other = learn_authors(earlier, view=view, labels=labels).place(later)
        found += _rows(case, f"ours, {view}", _Guess(truth, _columns(other, number)), None)
        found.append(_ece(case, f"ours, {view}", other, truth, number))
    return [*found, *_pooled(case, placed, truth, number), *_plain(case, earlier, later, number, labels)]


def _columns(placed: Placement, number: dict[str, int]) -> NDArray[np.int64]:
    return np.array([number[life] for life in placed.best()])


def _peer(
    earlier: Sequence[Account], later: Sequence[Account], number: dict[str, int], labels: Sequence[str], *, words: bool
) -> tuple[NDArray[np.int64], float]:
    """Return the peer's guesses and seconds; it reads the same texts, without what leaks."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import FeatureUnion
    from sklearn.svm import LinearSVC

    begun = time.perf_counter()
    columns = [("word", TfidfVectorizer(sublinear_tf=True))]
    if not words:
        columns.append(("char", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2)))
    union = FeatureUnion(columns)
    rows = union.fit_transform(viewed([account.text for account in earlier], labels=labels))
    machine = LinearSVC(random_state=0).fit(rows, [number[account.person] for account in earlier])
    best = machine.predict(union.transform(viewed([account.text for account in later], labels=labels)))
    return np.asarray(best, dtype=np.int64), time.perf_counter() - begun


def _plain(
    case: str, earlier: Sequence[Account], later: Sequence[Account], number: dict[str, int], labels: Sequence[str]
) -> list[Figure]:
    """Return our figures on small letters without marks: what is left when nobody can tell who typed it, and how."""
    texts = [_bare(group, labels) for group in (earlier, later)]
    placed = learn_authors(texts[0]).place(texts[1])
    truth = np.array([number[account.person] for account in later])
    return _rows(case, "ours, small letters and no marks", _Guess(truth, _columns(placed, number)), None)


def _bare(accounts: Sequence[Account], labels: Sequence[str]) -> list[Account]:
    texts = viewed([account.text for account in accounts], labels=labels)
    return [
        Account(account.id, account.person, "".join(c if c.isalnum() else " " for c in text.casefold()), account.when)
        for account, text in zip(accounts, texts, strict=True)
    ]


def _macro(right: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    counts = np.bincount(truth)
    return float((np.bincount(truth, weights=right) / np.maximum(counts, 1))[counts > 0].mean())


def _draws(truth: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return bootstrap draws of dreams within each person: top-1 varies by dream."""
    rng = np.random.default_rng(_SEED)
    own = [np.flatnonzero(truth == life) for life in np.unique(truth)]
    return [np.concatenate([rng.choice(rows, rows.size) for rows in own]) for _ in range(_DRAWS)]


def _over_people(per_person: NDArray[np.float64]) -> tuple[float, float]:
    rng = np.random.default_rng(_SEED)
    means = rng.choice(per_person, (_DRAWS, per_person.size)).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def _per_person(right: NDArray[np.float64], truth: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.array([right[truth == life].mean() for life in np.unique(truth)])


def _span(values: Sequence[float]) -> str:
    low, high = np.quantile(values, [0.025, 0.975])
    return f"{low:+.3f}–{high:+.3f}" if low < 0 else f"{low:.3f}–{high:.3f}"


def _rows(case: str, who: str, guess: _Guess, seconds: float | None) -> list[Figure]:
    draws = _draws(guess.truth)
    top = [float(guess.right[draw].mean()) for draw in draws]
    macro = [_macro(guess.right[draw], guess.truth[draw]) for draw in draws]
    low, high = _over_people(_per_person(guess.right, guess.truth))
    took = "" if seconds is None else f"{seconds:.0f} s end to end"
    return [
        Figure(case, f"{who}: top-1", f"{guess.right.mean():.3f}", f"{_span(top)} over dreams", took),
        Figure(
            case,
            f"{who}: macro recall",
            f"{_macro(guess.right, guess.truth):.3f}",
            f"{_span(macro)} over dreams",
            f"{low:.3f}–{high:.3f} over people",
        ),
    ]


def _differences(case: str, name: str, ours: _Guess, peer: _Guess) -> list[Figure]:
    gain = ours.right - peer.right
    draws = _draws(ours.truth)
    top = [float(gain[draw].mean()) for draw in draws]
    macro = [_macro(gain[draw], ours.truth[draw]) for draw in draws]
    low, high = _over_people(_per_person(gain, ours.truth))
    over_people = f"{low:+.3f}–{high:+.3f} over people"
    return [
        Figure(case, f"ours - {name}: top-1", f"{gain.mean():+.3f}", f"{_span(top)} over dreams", "paired"),
        Figure(
            case,
            f"ours - {name}: macro",
            f"{_macro(gain, ours.truth):+.3f}",
            f"{_span(macro)} over dreams",
            f"paired; {over_people}",
        ),
    ]


def _ece(case: str, who: str, placed: Placement, truth: NDArray[np.int64], number: dict[str, int]) -> Figure:
    order = [placed.lives.index(life) for life in number]
    chances = placed.chances[:, order]
    errors = [calibration_error(chances[draw], truth[draw]) for draw in _draws(truth)[:300]]
    note = f"mean entropy {placed.entropy().mean():.2f} bits of {np.log2(len(number)):.2f}; a bootstrap raises an ECE"
    return Figure(case, f"{who}: ECE", f"{calibration_error(chances, truth):.3f}", _span(errors), note)


def _pooled(case: str, placed: Placement, truth: NDArray[np.int64], number: dict[str, int]) -> list[Figure]:
    """Return macro recall of consecutive dreams judged together."""
    order = [placed.lives.index(life) for life in number]
    found = []
    for size in _POOLED:
        right: list[float] = []
        owner: list[int] = []
        for life in np.unique(truth):
            rows = placed.chances[truth == life][:, order]
            blocks = [rows[at : at + size] for at in range(0, max(1, len(rows) - size + 1), size)]
            right += [
                float(pool(block, placed.score_calibration.pooling_exponent).argmax() == life) for block in blocks
            ]
            owner += [int(life)] * len(blocks)
        rights, owners = np.array(right), np.array(owner)
        macro = [_macro(rights[draw], owners[draw]) for draw in _draws(owners)]
        value = f"{_macro(rights, owners):.3f}"
        found.append(
            Figure(case, f"ours, {size} dreams pooled: macro recall", value, _span(macro), f"{len(right)} sets")
        )
    return found
