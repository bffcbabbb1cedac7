"""Which nights draw on which days of a life: accounts and a life in, links out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from karmalink.link.calibration import Calibration
from karmalink.link.links import Link, NightScore
from karmalink.link.power import Power
from karmalink.link.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.account import Account, Life

__all__ = ["GroupRate", "PairsResult", "pairs"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class GroupRate:
    """Link rate of one group of nights (an awakening stage, say), by sign excess.

    Attributes
    ----------
    group : str
        Name of the group; "" is every night.
    n : int
        Nights with a sign.
    plus, minus : int
        Nights where the past, and where the future won.
    rate : float
        Share of nights with a source, shrunk towards the rate of all nights.
    low, high : float
        90 % interval of that share.
    """

    group: str
    n: int
    plus: int
    minus: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PairsResult:
    """Links between the accounts of one person and one life, and what they are worth.

    Attributes
    ----------
    verdict : Verdict
        Found, nothing, cannot be answered, not usable.
    finding : str
        The answer in one sentence, with its doubt.
    person, life : str
        Whose accounts, which life.
    null : str
        ``mirror``.
    q, lags : float, int
        Nominal false discovery rate and window.
    n_accounts, n_nights : int
        Accounts that were dated to the day, and nights with a sign.
    n_days : int
        Days of the life that hold an entry.
    threshold : float or None
        Least W of a link; None where nothing was rejected.
    fdr, fdr_bound : float or None
        Calibrated false discovery rate at the threshold, and the block-bootstrap 95 % bound on the realised proportion.
    calibration : Calibration
        The pseudo-account calibration that ran first.
    links : tuple of Link
        Nights with a source, surest first.
    nights : tuple of NightScore
        Every night with a sign, in order of time.
    rates : tuple of GroupRate
        Link rate of all nights and per group.
    power : Power
        What these data could have shown; computed before the test.
    convention : str
        How dates of unknown meaning were read; "" where every account says it.
    other_reading : PairsResult or None
        The other reading of unknown dates; the worse one is the result.
    does_not_show : tuple of str
        What this result does not say.
    settings : dict
        Versions, seed and choices, for the methods page.
    """

    verdict: Verdict
    finding: str
    person: str
    life: str
    null: str
    q: float
    lags: int
    n_accounts: int
    n_nights: int
    n_days: int
    threshold: float | None
    fdr: float | None
    fdr_bound: float | None
    calibration: Calibration
    links: tuple[Link, ...]
    nights: tuple[NightScore, ...]
    rates: tuple[GroupRate, ...]
    power: Power
    convention: str = ""
    other_reading: PairsResult | None = None
    does_not_show: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per night: night, date, account, entry, lag, w, posterior, entry_posterior, group, link."""
        raise NotImplementedError

    def to_dict(self, *, texts: bool = True) -> dict[str, Any]:
        """Return everything, JSON-ready; without anybody's words where `texts` is False."""
        raise NotImplementedError

    def __repr__(self) -> str:
        """Tell the finding."""
        return f"<PairsResult {self.finding}>"


def pairs(
    accounts: Sequence[Account],
    life: Life,
    *,
    null: str = "mirror",
    lags: int = 7,
    q: float = 0.10,
    cut_retellings: bool = False,
    groups: Mapping[str, str] | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> PairsResult:
    """Return which nights draw on which days of a life, at a calibrated false discovery rate.

    Parameters
    ----------
    accounts : sequence of Account
        Accounts of one person. Accounts without a day are left out and counted.
    life : Life
        The life asked about.
    null : str
        Only ``mirror`` names nights; ``shift`` and ``stranger`` answer other questions.
    lags : int
        Window L: past days 1 … L against future days 1 … L.
    q : float
        Nominal false discovery rate.
    cut_retellings : bool
        Cut the passages of the entries that retell a dream before scoring.
    groups : mapping, optional
        Account id to covariate (the stage of the awakening, say): link rates per group enter the posterior.
    seed : int
        Of everything random.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    UsageError
        An unknown null, accounts of several persons, a window or rate out of range.
    """
    raise NotImplementedError
