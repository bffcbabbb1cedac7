"""Power: what can be answered with a number of nights, days and decoys. Computed before any test, cheap and seeded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted
from karmalink.errors import UsageError

__all__ = [
    "PLAUSIBLE_SHARE",
    "POWER",
    "Power",
    "QuestionPower",
    "bisect",
    "chance_of_discovery",
    "check_window",
    "expected_c",
    "needed_days",
    "needed_nights",
    "nights_for",
    "power",
    "share_found",
    "smallest_share",
]

# The probability with which an effect is to be found.
POWER = 0.8
_NUMBERS = 12_000
_FEWEST_RUNS, _MOST_RUNS = 12, 200
# Effective pseudo-account signs a day, measured on simulated lives: 2.3 to 3.4.
_SIGNS_PER_DAY = 2.5
_Z95, _Z80 = 1.6448536269514722, 0.8416212335729143


def chance_of_discovery(n: int, share: float, strength: float, *, lags: int, q: float, c: float, seed: int) -> float:
    """Return the probability that the mirror rule finds anything.

    Every side of a night holds the largest of `lags` standard normal scores; with probability `share` one past score
    stands `strength` higher. W is the difference of the sides. By simulation, common random numbers for one seed.
    """
    if not np.isfinite(c) or n < c / q:
        return 0.0
    runs = int(np.clip(_NUMBERS // n, _FEWEST_RUNS, _MOST_RUNS))
    rng = np.random.default_rng(seed)
    # (runs, n) each: the largest of the lags' scores on either side of a night
    past, future = (_largest(rng.random((runs, n)), lags) for _ in range(2))
    source = np.where(rng.random((runs, n)) < share, strength + rng.standard_normal((runs, n)), -np.inf)
    w = np.maximum(past, source) - future
    # (runs, n) signs in the order of |W|; T and D with the threshold at each in turn
    plus = np.take_along_axis(w, np.argsort(-np.abs(w), axis=1), axis=1) > 0
    found = np.cumsum(plus, axis=1)
    decoys = np.arange(1, n + 1) - found
    return float((c * (1.0 + decoys) <= q * found).any(axis=1).mean())


def _largest(u: Floats, lags: int) -> Floats:
    """Return the largest of `lags` standard normals by inverting its distribution, Phi(x)^lags."""
    from scipy.special import ndtri

    return np.asarray(ndtri(u ** (1.0 / lags)), dtype=np.float64)


def smallest_share(n: int, strength: float, *, lags: int, q: float, c: float, seed: int) -> float | None:
    """Return the smallest share of nights with a source that is found with probability .8; None if not even all."""

    def enough(share: float) -> bool:
        return chance_of_discovery(n, share, strength, lags=lags, q=q, c=c, seed=seed) >= POWER

    return bisect(enough, 0.0, 1.0, steps=6)


def bisect(enough: Callable[[float], bool], low: float, high: float, *, steps: int) -> float | None:
    """Return the least value between `low` and `high` at which `enough` holds; None if it does not hold at `high`."""
    if not enough(high):
        return None
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


_STUDIES = 400


def share_found(
    null: Floats, source: Floats, n: int, *, q: float, c: float, seed: int, reach: float = 1.0
) -> float | None:
    """Return the share of nights with a source that 8 of 10 studies would find some of; None where no share would do.

    A study is n draws from W that were seen where there is nothing to find, and where a source was planted, in the
    layout of the data themselves: no model of how far a source stands out. Common random numbers for one seed.

    Parameters
    ----------
    null, source : (m,) floats
        W of nights without and with a planted source.
    n : int
        Nights with a sign.
    q, c, seed : float, float, int
        Rate, odds of a + with nothing to find, seed of the draws.
    reach : float
        Share of the days before the nights whose mirror day is known: of the sources, so many can be found at all.
    """
    if not null.size or not source.size or n < c / q:
        return None
    rng = np.random.default_rng([seed, n])
    studies = int(np.clip(4_000_000 // n, 40, _STUDIES))
    empty, full = rng.choice(null, (studies, n)), rng.choice(source, (studies, n))
    coin = rng.random((studies, n))

    def enough(share: float) -> bool:
        w = np.where(coin < share * reach, full, empty)  # (studies, n)
        plus = np.take_along_axis(w, np.argsort(-np.abs(w), axis=1), axis=1) > 0
        found = np.cumsum(plus, axis=1)
        decoys = np.arange(1, n + 1) - found
        return float((c * (1.0 + decoys) <= q * found).any(axis=1).mean()) >= POWER

    return bisect(enough, 0.0, 1.0, steps=7)


def expected_c(n_days: int) -> float:
    """Return the odds c that pseudo-accounts of `n_days` days would give on a life with even odds of + and −."""
    effective = max(1.0, _SIGNS_PER_DAY * n_days)
    high = 0.5 + _Z95 * np.sqrt(0.25 / effective + _Z95**2 / (4 * effective**2)) / (1 + _Z95**2 / effective)
    return float(high / max(1e-9, 1.0 - high))


def nights_for(share: float, strength: float, *, lags: int, q: float, c: float, seed: int) -> int | None:
    """Return about how many nights show this share of sources with probability .8; None where 3,000 are too few."""
    low, high = np.log(c / q), np.log(3000.0)

    def enough(log_n: float) -> bool:
        n = int(np.exp(log_n))
        return chance_of_discovery(n, share, strength, lags=lags, q=q, c=c, seed=seed) >= POWER

    found = bisect(enough, low, high, steps=7)
    return None if found is None else int(np.ceil(np.exp(found)))


# The largest share of dreams that people traced to an episode of their past themselves (Wamsley 2022: 53.5 %). Data
# that would miss even this cannot answer the question.
PLAUSIBLE_SHARE = 0.535
# Standardised size of the day residue and the dream lag where they were found: .27 to .33.
PLAUSIBLE_LAG = 0.33
# How far a source stands above unrelated days, in their standard deviations.
STRENGTHS = {"faint": 3.0, "clear": 5.0, "unmistakable": 8.0}
_SHARES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.535, 0.7, 0.85, 1.0)
_ALPHA = 0.05
_YEAR = 365


@dataclass(frozen=True, slots=True)
class QuestionPower:
    """One question: can these data answer it, and how small an effect would they show?

    Attributes
    ----------
    question : str
        ``mirror``, ``shift`` or ``stranger``.
    asks : str
        The question in words.
    can : bool
        Whether an effect of plausible size would be found with probability .8.
    smallest_effect : float or None
        Smallest effect found with probability .8. Mirror: share of nights with a clear source (5 standard deviations
        above unrelated days). Shift: day-residue difference in standard deviations of one night's similarity.
        Stranger: distance of the own life from the others, in their standard deviations. None where none would do.
    needed : str
        What would be needed to answer it, in words.
    sentence : str
        The finding in words.
    """

    question: str
    asks: str
    can: bool
    smallest_effect: float | None
    needed: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Power:
    """What can and cannot be answered, per question.

    Attributes
    ----------
    n_nights, n_days, n_decoys, n_dreamers : int
        Counts of the data.
    q, lags, c : float, int, float
        Nominal rate, window, odds of a + sign with nothing to find.
    questions : tuple of QuestionPower
        Mirror, shift, stranger.
    grid : tuple of (float, float, float)
        Mirror: (share of nights with a source, strength in standard deviations, probability of any discovery).
    """

    n_nights: int
    n_days: int
    n_decoys: int
    n_dreamers: int
    q: float
    lags: int
    c: float
    questions: tuple[QuestionPower, ...]
    grid: tuple[tuple[float, float, float], ...]

    def __getitem__(self, question: str) -> QuestionPower:
        """Return one question by its name."""
        return {each.question: each for each in self.questions}[question]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {**asdict(self), "c": self.c if np.isfinite(self.c) else None}

    def __repr__(self) -> str:
        """One-line summary."""
        can = ", ".join(q.question for q in self.questions if q.can) or "none"
        return f"<Power {self.n_nights} nights, {self.n_days} days, {self.n_decoys} decoys: can answer {can}>"


def power(
    n_nights: int,
    n_days: int,
    n_decoys: int = 0,
    *,
    n_dreamers: int = 1,
    lags: int = 7,
    q: float = 0.10,
    c: float | None = None,
    seed: int = 0,
) -> Power:
    """Return what can be answered with these counts, question by question.

    Parameters
    ----------
    n_nights : int
        Nights with an account whose past and mirror days both exist, per dreamer.
    n_days : int
        Days of the life's span.
    n_decoys : int
        Other lives.
    n_dreamers : int
        Dreamers with as many nights each; mirror and stranger are answered per dreamer, shift is pooled.
    lags, q : int, float
        Window and nominal rate.
    c : float, optional
        Calibrated odds; where not given, those expected of so many days.
    seed : int
        Of the simulation.

    Raises
    ------
    UsageError
        A negative count, a window below 1, a rate outside (0, 1), no dreamer.
    """
    check_window(lags, q)
    if min(n_nights, n_days, n_decoys) < 0 or n_dreamers < 1:
        raise UsageError("a count is negative", rule="nights, days and decoys are 0 or more, dreamers 1 or more")
    odds = expected_c(n_days) if c is None else c
    # Rounded up, so that runs whose calibrations hardly differ share one simulation.
    mirror, grid = _mirror(n_nights, lags, q, float(np.ceil(odds * 20 - 1e-9) / 20), n_days < _YEAR, seed)
    questions = (mirror, _shift(n_nights, n_days, n_dreamers, lags), _stranger(n_decoys))
    return Power(n_nights, n_days, n_decoys, n_dreamers, q, lags, odds, questions, grid)


def check_window(lags: int, q: float) -> None:
    """Check the window and the rate.

    Raises
    ------
    UsageError
        A window outside 1 to 60 days, a rate outside (0, 1).
    """
    if not 1 <= lags <= 60:
        raise UsageError(f"the window must be 1 to 60 days, got {lags}")
    if not 0.0 < q < 1.0:
        raise UsageError(f"the false discovery rate must be above 0 and below 1, got {q:g}")


def needed_days(lags: int) -> int:
    """Return the days one dreamer needs for p <= .05 over a window of ±lags: 20 · (2 · lags + 1)."""
    return 20 * (2 * lags + 1)


def needed_nights() -> int:
    """Return the nights in all that show a day-residue difference of plausible size with probability .8."""
    return int(np.ceil(((_Z95 + _Z80) / PLAUSIBLE_LAG) ** 2))


@lru_cache(maxsize=256)
def _mirror(
    n: int, lags: int, q: float, c: float, short: bool, seed: int
) -> tuple[QuestionPower, tuple[tuple[float, float, float], ...]]:
    strength = STRENGTHS["clear"]
    share = smallest_share(n, strength, lags=lags, q=q, c=c, seed=seed)
    can = share is not None and share <= PLAUSIBLE_SHARE
    grid = tuple(
        (each, size, chance_of_discovery(n, each, size, lags=lags, q=q, c=c, seed=seed))
        for size in STRENGTHS.values()
        for each in _SHARES
    )
    needed = _needed(n, lags, q, c, short, seed, can=can)
    if can and share is not None:
        sentence = (
            f"From {counted(n, 'night')} we can tell whether dreams draw on single days: if at least {share:.0%} of "
            f"the nights had a clear source in the past {lags} days, 8 of 10 such studies would find some of them at a "
            f"rate of {q:g}."
        )
    elif share is not None:
        sentence = (
            f"We cannot tell from {counted(n, 'night')}: only if {share:.0%} of them had a clear source would 8 of 10 "
            f"such studies find any, and people trace at most {PLAUSIBLE_SHARE:.0%} of their dreams to a source. "
            f"Needed: {needed}."
        )
    else:
        fewest = int(np.ceil(c / q)) if np.isfinite(c) else None
        first = f"a rate of {q:g} takes at least {fewest} discoveries" if fewest else "the sign odds are unknown"
        sentence = (
            f"We cannot tell from {counted(n, 'night')}: {first}, so even a source on every night could be missed. "
        )
        sentence += f"Needed: {needed}."
    asks = f"Which nights draw on one of the {lags} days before them?"
    return QuestionPower("mirror", asks, can, share, needed, sentence), grid


def _needed(n: int, lags: int, q: float, c: float, short: bool, seed: int, *, can: bool) -> str:
    """Return what would answer the mirror question: more nights, or if there are enough of them, a longer diary."""
    strength = STRENGTHS["clear"]
    # More nights mean a longer diary, and better known odds; with a year or more they are known well enough.
    year = min(c, expected_c(_YEAR)) if short else c
    wanted = nights_for(PLAUSIBLE_SHARE, strength, lags=lags, q=q, c=year, seed=seed)
    around = f"that holds the {lags} days before and after each"
    if not np.isfinite(c):
        return "ten days or more with an entry of at least two sentences, from which the odds are measured"
    if wanted is None:
        return f"more than 3,000 nights with an account at a rate of {q:g}"
    if can or wanted > n:
        diary = "a year of diary" if short else "the diary"
        return f"about {wanted} nights with an account in {diary} {around}"

    def enough(log_days: float) -> bool:
        odds = min(c, expected_c(int(np.exp(log_days))))
        return chance_of_discovery(n, PLAUSIBLE_SHARE, strength, lags=lags, q=q, c=odds, seed=seed) >= POWER

    days = bisect(enough, np.log(2.0 * lags), np.log(float(_YEAR)), steps=6)
    span = f"about {int(np.ceil(np.exp(days)))} days" if days is not None else "a year"
    return f"a longer diary, {span} {around}: then this number of nights is enough"


def _shift(n_nights: int, n_days: int, n_dreamers: int, lags: int) -> QuestionPower:
    wanted = needed_days(lags)
    lone = n_days >= wanted
    pooled = n_dreamers > 1 and n_dreamers * np.log(max(1.0, n_days / (2 * lags + 1))) >= np.log(20)
    total = n_nights * n_dreamers
    effect = (_Z95 + _Z80) / np.sqrt(total) if total else None
    long_enough = bool(lone or pooled)
    can = long_enough and effect is not None and effect <= PLAUSIBLE_LAG
    nights = needed_nights()
    needed = f"{wanted} days of one life (or several dreamers pooled) and about {nights} nights in all"
    if can:
        sentence = (
            f"The lag curve over ±{lags} days can be tested: 8 of 10 such studies would find a day-residue "
            f"difference of {effect:.2f} standard deviations of one night."
        )
    elif not long_enough:
        sentence = (
            f"The lag curve cannot be tested on {counted(n_days, 'day')}: shifting them gives no p below "
            f"{min(1.0, (2 * lags + 1) / max(1, n_days)):.2f} over ±{lags} days. Needed: {needed}."
        )
    else:
        sentence = (
            f"The lag curve could be drawn but not tested on {counted(total, 'night')}; published effects are up to "
            f"{PLAUSIBLE_LAG}. Needed: {needed}."
        )
    asks = f"How far back do the accounts reach, over ±{lags} days?"
    return QuestionPower("shift", asks, can, effect if long_enough else None, needed, sentence)


def _stranger(n_decoys: int) -> QuestionPower:
    smallest_p = 1.0 / (n_decoys + 1)
    can = smallest_p <= _ALPHA
    effect = _stranger_effect(n_decoys) if can else None
    needed = "19 other lives for p = .05, 99 for p = .01"
    others = counted(n_decoys, "other life", "other lives")
    if not can:
        sentence = f"{others} can give no p below {smallest_p:.2f}. Needed: {needed}."
    else:
        sentence = (
            f"{others} can give p = {smallest_p:.3f} at best"
            + ("" if smallest_p <= 0.01 else ", so nothing can be rejected at .01")
            + f"; 8 of 10 such studies would find a life that stands out by {effect:.1f} standard deviations."
        )
    return QuestionPower(
        "stranger", "Do the accounts fit this life better than other lives?", can, effect, needed, sentence
    )


def _stranger_effect(n_decoys: int) -> float | None:
    """Return the distance found with probability .8 at p <= .05: P(at most r - 1 of K decoys above own)."""
    from scipy.special import bdtr, ndtr

    worst = int(_ALPHA * (n_decoys + 1)) - 1
    z = np.linspace(-6.0, 6.0, 241)
    density = np.exp(-(z**2) / 2)
    density /= density.sum()

    def enough(distance: float) -> bool:
        above = ndtr(-(z + distance))
        return float(density @ bdtr(worst, n_decoys, above)) >= POWER

    return bisect(enough, 0.0, 12.0, steps=12)
