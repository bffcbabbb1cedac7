"""Several dreamers together: the dreamer is the unit, and a rate over all of them holds over all of them.

The nights of one dreamer share days, themes and a way of writing; a hundred nights of one are not a hundred
dreamers. Each dreamer is asked alone, with odds of their own. Their nights become e-values, and one rule over all of
them (e-BH) keeps the false discovery rate of the links of all dreamers together, whatever the nights have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.wording import counted
from karmalink.errors import UsageError
from karmalink.link.error_control.e_values import e_bh, e_of_nights
from karmalink.link.error_control.verdicts import Verdict

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from karmalink.link.mirror_null.pairs_result import Link, PairsResult

__all__ = ["DreamerRow", "DreamersResult", "over_dreamers"]

_BOOTSTRAPS = 4000
_FEWEST = 6


@dataclass(frozen=True, slots=True)
class DreamerRow:
    """One dreamer: what was answered alone, and what remains among all.

    Attributes
    ----------
    person, life : str
        Whose accounts, which life.
    verdict : Verdict
        Alone.
    n_nights, links, kept : int
        Nights with a sign, links alone, and those that hold over all dreamers together.
    rate : float
        Share of nights with a source, by sign excess.
    e : float
        Mean e-value of the dreamer's nights.
    """

    person: str
    life: str
    verdict: Verdict
    n_nights: int
    links: int
    kept: int
    rate: float
    e: float


@dataclass(frozen=True, slots=True)
class DreamersResult:
    """Links of several dreamers at one false discovery rate, and the rate of dreamers with its interval.

    Attributes
    ----------
    verdict : Verdict
        Over all dreamers.
    rows : tuple of DreamerRow
        One per dreamer.
    links : tuple of (str, Link)
        Person and link, of those that hold over all.
    q : float
        Rate.
    rate, low, high : float
        Mean share of nights with a source, each dreamer counting once, with a 95 % interval over dreamers (bootstrap;
        0 to 1 with fewer than six).
    """

    verdict: Verdict
    rows: tuple[DreamerRow, ...]
    links: tuple[tuple[str, Link], ...]
    q: float
    rate: float
    low: float
    high: float

    @property
    def finding(self) -> str:
        """One sentence, with its doubt."""
        n = len(self.rows)
        if self.verdict is Verdict.FOUND:
            having = sum(row.kept > 0 for row in self.rows)
            return (
                f"{len(self.links)} nights of {having} of {n} dreamers draw on a day before them, at a false discovery "
                f"rate of {self.q:g} over all of them together; a dreamer has a source in {self.rate:.0%} of nights "
                f"({self.low:.0%} to {self.high:.0%} over dreamers)."
            )
        if self.verdict is Verdict.NOTHING:
            return (
                f"Nothing here beats chance over {counted(n, 'dreamer')} together, at a false discovery rate of "
                f"{self.q:g}."
            )
        answered = sum(row.verdict.answered for row in self.rows)
        return f"We cannot tell from {counted(n, 'dreamer')}: {answered} of them could have been answered alone."

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per dreamer."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.rows])

    def to_dict(self, *, texts: bool = True) -> dict[str, Any]:
        """Return the fields and the finding, JSON-ready."""
        return {
            "verdict": str(self.verdict),
            "finding": self.finding,
            "q": self.q,
            "rate": self.rate,
            "low": self.low,
            "high": self.high,
            "rows": [{**asdict(row), "verdict": str(row.verdict)} for row in self.rows],
            "links": [{"person": person, **link.to_dict(texts=texts)} for person, link in self.links],
        }

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<DreamersResult {self.finding}>"


def over_dreamers(results: Sequence[PairsResult], *, q: float = 0.10, seed: int = 0) -> DreamersResult:
    """Combine the mirror null of several dreamers.

    Parameters
    ----------
    results : sequence of PairsResult
        One per dreamer.
    q : float
        False discovery rate over the nights of all dreamers.
    seed : int
        Of the bootstrap over dreamers.

    Raises
    ------
    UsageError
        No dreamer, or one of them twice: their nights would count as those of two.
    """
    people = [result.person for result in results]
    if not people or len(set(people)) < len(people):
        raise UsageError(
            f"got {counted(len(people), 'result')} of {counted(len(set(people)), 'dreamer')}",
            rule="exactly one result per dreamer, and at least one dreamer",
        )
    each = [_e_values(result) for result in results]
    sizes = [e.size for e in each]
    kept = np.zeros(sum(sizes), dtype=bool)
    if kept.size:
        kept[e_bh(np.concatenate(each), q)] = True
    by_dreamer = np.split(kept, np.cumsum(sizes)[:-1])
    rows, links = [], []
    for result, e, mine in zip(results, each, by_dreamer, strict=True):
        nights = {score.night for score, keep in zip(result.nights, mine.tolist(), strict=True) if keep}
        held = [link for link in result.links if link.night in nights]
        links += [(result.person, link) for link in held]
        rate = result.rates[0].rate if result.rates else 0.0
        mean = float(e.mean()) if e.size else 1.0
        rows.append(
            DreamerRow(
                result.person, result.life, result.verdict, e.size, len(result.links), len(held), float(rate), mean
            )
        )
    usable = np.array([row.rate for row in rows if row.verdict is not Verdict.NOT_USABLE])
    low, high = _over(usable, seed)
    mean_rate = float(usable.mean()) if usable.size else 0.0
    return DreamersResult(_verdict(rows, links), tuple(rows), tuple(links), q, mean_rate, low, high)


def _e_values(result: PairsResult) -> NDArray[np.float64]:
    w = np.array([score.w for score in result.nights], dtype=np.float64)
    if not result.calibration.usable:
        return np.zeros(w.size)
    return e_of_nights(w, threshold=result.threshold, c=result.calibration.c)


def _over(rate: NDArray[np.float64], seed: int) -> tuple[float, float]:
    """Return a bootstrap interval over dreamers; nothing is known of the spread between fewer than six."""
    if rate.size < _FEWEST:
        return 0.0, 1.0
    draws = np.random.default_rng(seed).integers(0, rate.size, (_BOOTSTRAPS, rate.size))
    low, high = np.quantile(rate[draws].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def _verdict(rows: Sequence[DreamerRow], links: Sequence[tuple[str, Link]]) -> Verdict:
    if links:
        return Verdict.FOUND
    return Verdict.NOTHING if any(row.verdict.answered for row in rows) else Verdict.CANNOT_ANSWER
