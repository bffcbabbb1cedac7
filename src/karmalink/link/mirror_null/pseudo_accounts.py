"""Pseudo-accounts: the mirror null tested on a life itself, with nothing to find and with sources planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Ints
from karmalink.base.progress import Progress, step_counter
from karmalink.base.wording import counted
from karmalink.link.error_control.power_analysis import check_window
from karmalink.link.error_control.sign_rule import reject
from karmalink.link.error_control.verdicts import SignCalibration
from karmalink.link.evidence.text_units import dated, gather
from karmalink.link.evidence.unit_scores import UnitTable
from karmalink.link.execution.blocks import SERIAL, Block, Executor, iter_blocks
from karmalink.link.execution.journal import kept_as
from karmalink.link.mirror_null.competition import Competition, compete
from karmalink.link.mirror_null.sign_calibration import around_days, calibrate, halves, pseudo_signs

if TYPE_CHECKING:
    from karmalink.account import Life
    from karmalink.link.evidence.calendar import Days

__all__ = [
    "RETELLINGS",
    "PseudoResult",
    "TransplantPlan",
    "TransplantPower",
    "plant",
    "plant_sources",
    "pseudo",
    "transplant_power",
]

# Retold halves of past days planted into pseudo-accounts: what the mirror rule finds of them.


@dataclass(frozen=True, slots=True)
class TransplantPlan:
    """How retellings are planted and looked for.

    Attributes
    ----------
    kept : (float, float)
        Shares of units and of words that a retelling keeps.
    share : float
        Share of nights with a planted source.
    n_nights, repeats : int
        Nights per repetition, repetitions.
    lags, q, c : int, float, float
        Window, nominal rate, calibrated odds.
    """

    kept: tuple[float, float]
    share: float
    n_nights: int
    repeats: int
    lags: int
    q: float
    c: float


def transplant_power(
    units: UnitTable, plan: TransplantPlan, *, seed: int, step: Callable[[], None], executor: Executor = SERIAL
) -> tuple[float, float, float, float]:
    """Return power, share of answered repetitions, mean false share, and share of right days.

    Parameters
    ----------
    units : UnitTable
        Units of a life.
    plan : TransplantPlan
        How retellings are planted and looked for.
    seed : int
        One block of randomness per repetition is spawned from it.
    step : callable
        Called after every repetition.
    executor : Executor
        Where the repetitions run; each is a block.
    """
    kept = plan.kept
    entropy = [seed, round(1000 * kept[0]), round(1000 * kept[1])]
    options = {"share": plan.share, "n_nights": plan.n_nights, "lags": plan.lags, "q": plan.q, "c": plan.c}
    shared = {"units": units, "kept": kept, **options}
    powers: list[float] = []
    false_shares: list[float] = []
    right_days: list[bool] = []
    data = [[*entropy, number] for number in range(plan.repeats)]
    for power, false_share, right in iter_blocks(_repetition, data, shared=shared, executor=executor):
        powers.append(power)
        false_shares.append(false_share)
        right_days.extend(right)
        step()
    answered = float(np.mean([power > 0 for power in powers]))
    right_share = float(np.mean(right_days)) if right_days else 0.0
    return float(np.mean(powers)), answered, float(np.mean(false_shares)), right_share


@kept_as("karmalink.link.transplant._repetition")
def _repetition(block: Block, shared: dict[str, Any]) -> tuple[float, float, list[bool]]:
    """Plant once; return the share found, the false share, and whether each true discovery names the right day."""
    *entropy, number = block.data
    rng = np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=(number,)))
    lags, q, c = shared["lags"], shared["q"], shared["c"]
    accounts, entries, source = plant(
        shared["units"], kept=shared["kept"], share=shared["share"], n_nights=shared["n_nights"], lags=lags, rng=rng
    )
    found = compete(accounts, entries, lags=lags, days=around_days, centre=0.0)
    threshold = reject(found.w, q=q, c=c).threshold
    # (n,) nights: what the rule finds, the lag that was planted (0 for none), and what is right of the one
    hit = np.zeros(found.w.size, dtype=bool) if threshold is None else found.w >= threshold
    planted = source[found.account]
    true = hit & (planted > 0)
    return (
        float(true.sum() / max(1, int((source > 0).sum()))),
        float((hit & (planted == 0)).sum() / max(1, int(hit.sum()))),
        (_best_lag(found)[true] == planted[true]).tolist(),
    )


def _best_lag(found: Competition) -> Ints:
    past = found.day_llr[found.account, 0]
    best: Ints = np.argmax(np.where(np.isnan(past), -np.inf, past), axis=1).astype(np.int64) + 1
    return best


def plant(
    units: UnitTable, *, kept: tuple[float, float], share: float, n_nights: int, lags: int, rng: np.random.Generator
) -> tuple[UnitTable, UnitTable, Ints]:
    """Return accounts, entries, and the lag of each account's planted source (0 where there is none).

    An account is the half of its own day's units that stays out of the entries: other content in the same voice. Where
    a source is planted, a retelling of a past day is added (:func:`plant_sources`).
    """
    accounts, entries = halves(units, int(rng.integers(2**31)))
    hosts = np.sort(rng.choice(accounts.when.size, min(n_nights, accounts.when.size), replace=False))
    own = np.flatnonzero(np.isin(accounts.owner, hosts))
    table = accounts.take(own).by_owner(np.searchsorted(hosts, accounts.owner[own]), accounts.when[hosts])
    accounts_with, source = plant_sources(table, entries, kept=kept, share=share, lags=lags, days=around_days, rng=rng)
    return accounts_with, entries, source


def plant_sources(
    accounts: UnitTable,
    entries: UnitTable,
    *,
    kept: tuple[float, float],
    share: float,
    lags: int,
    days: Days,
    rng: np.random.Generator,
) -> tuple[UnitTable, Ints]:
    """Return the accounts with retold halves of past days added to some, and the lag of each account's source.

    Half of the units of a past day are retold: each is kept with the first share, each of its words with the second.
    Of one night at most one account has a source; the lag is 0 where there is none.

    Parameters
    ----------
    accounts, entries : UnitTable
        Sorted by time.
    kept : (float, float)
        Shares of units and of words that a retelling keeps.
    share : float
        Share of nights with a source.
    lags : int
        Sources are 1 to `lags` days old, each as often.
    days : callable
        The calendar.
    rng : Generator
        Of everything random.
    """
    when = accounts.when
    first = np.ones(when.size, dtype=bool)  # (A,) the first account of its night
    first[1:] = when[1:] != when[:-1]
    lag = np.where(first & (rng.random(when.size) < share), rng.integers(1, lags + 1, when.size), 0)
    window = days(when, lags)
    owner = [accounts.owner]
    echoes: list[Ints] = []
    for host in np.flatnonzero(lag).tolist():
        past, mirror = window[host, :, lag[host] - 1].tolist()
        lived = np.flatnonzero(entries.day == past)
        # Where a day or its mirror has no entry, the rule could not find the source.
        if not lived.size or not (entries.day == mirror).any():
            lag[host] = 0
            continue
        half = rng.permutation(lived)[: (lived.size + 1) // 2]
        retold = half[rng.random(half.size) < kept[0]]
        echoes.append(retold if retold.size else half[:1])
        owner.append(np.full(echoes[-1].size, host))
    echo = np.concatenate(echoes) if echoes else np.zeros(0, dtype=np.int64)
    parts = {
        name: _stacked(table, _thinned(entries.parts[name][echo], kept[1], rng))
        for name, table in accounts.parts.items()
    }
    joined = np.concatenate(owner).astype(np.int64)
    return UnitTable(joined, when, parts).by_owner(joined, when), lag.astype(np.int64)


def _thinned(rows: Any, keep: float, rng: np.random.Generator) -> Any:
    """Return the rows with each entry kept with probability `keep`."""
    if hasattr(rows, "tocsr"):
        thin = rows.tocsr(copy=True)
        thin.data = thin.data * (rng.random(thin.data.size) < keep)
        return thin
    return np.asarray(rows) * (rng.random(rows.shape) < keep)


def _stacked(above: Any, below: Any) -> Any:
    if not hasattr(above, "tocsr"):
        return np.vstack([above, below])
    from scipy.sparse import vstack

    return vstack([above, below], format="csr")


# How much of its source a planted account keeps: share of the units of half a day, share of their words. Never all: any
# method would find a verbatim source.
RETELLINGS: tuple[tuple[float, float], ...] = ((0.8, 0.7), (0.6, 0.5), (0.4, 0.35))
SHARE = 0.5
_NIGHTS = 200
_REPEATS = 5
_FEWEST_DAYS = 10


@dataclass(frozen=True, slots=True)
class TransplantPower:
    """Power for retold halves of past days planted as accounts.

    Attributes
    ----------
    kept_units, kept_words : float
        Shares of the units of half a source day, and of their words, that the retelling keeps.
    share : float
        Share of nights with a planted source.
    n_nights, repeats : int
        Nights per repetition, repetitions.
    power : float
        Mean share of planted nights that were found.
    answered : float
        Share of repetitions with any discovery.
    fdp : float
        Mean share of discoveries that were not planted.
    right_day : float
        Share of true discoveries whose best day is the planted one.
    """

    kept_units: float
    kept_words: float
    share: float
    n_nights: int
    repeats: int
    power: float
    answered: float
    fdp: float
    right_day: float


@dataclass(frozen=True, slots=True)
class PseudoResult:
    """The pseudo-account run over one life.

    Attributes
    ----------
    life : str
        Which life.
    n_days, n_units : int
        Days with an entry, and their units.
    calibration : SignCalibration
        The sign odds.
    discoveries : int
        Links that the rule finds among pseudo-accounts although there is nothing to find.
    n_nights : int
        Pseudo-accounts that had a sign in that run.
    q, lags : float, int
        Nominal rate and window.
    transplants : tuple of TransplantPower
        Power for planted retellings.
    """

    life: str
    n_days: int
    n_units: int
    calibration: SignCalibration
    discoveries: int
    n_nights: int
    q: float
    lags: int
    transplants: tuple[TransplantPower, ...]

    @property
    def finding(self) -> str:
        """One sentence: what the null does on this life where there is nothing to find."""
        if not self.calibration.measured:
            return (
                "The mirror null cannot be calibrated on this life: "
                f"{counted(self.calibration.n_signs, 'pseudo-account')} had a sign, and at least {_FEWEST_DAYS} "
                "must. More days with entries are needed."
            )
        if not self.calibration.usable:
            return (
                f"The mirror null is not usable on this life: with nothing to find the past wins "
                f"{self.calibration.p_plus:.0%} of the time (at least {self.calibration.low:.0%})."
            )
        links = counted(self.discoveries, "link") if self.discoveries else "no link"
        return (
            f"With nothing to find, the past wins {self.calibration.p_plus:.3f} of the time "
            f"({self.calibration.low:.3f} to {self.calibration.high:.3f}, c = {self.calibration.c:.2f}), and the rule "
            f"finds {links} among {counted(self.n_nights, 'pseudo-account')}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields and the finding, JSON-ready."""
        body = asdict(self)
        return {**body, "calibration": self.calibration.to_dict(), "finding": self.finding, "null": "mirror"}

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<PseudoResult {self.finding}>"


def pseudo(
    life: Life,
    *,
    lags: int = 7,
    q: float = 0.10,
    transplants: bool = True,
    cut_retellings: bool = False,
    executor: Executor = SERIAL,
    seed: int = 0,
    progress: Progress | None = None,
) -> PseudoResult:
    """Run pseudo-accounts over a life: sign odds, discoveries with nothing to find, power for retold transplants.

    Parameters
    ----------
    life : Life
        The life. Entries without a day are left out.
    lags, q : int, float
        Window and nominal rate.
    transplants : bool
        Whether to plant retellings and measure the power.
    cut_retellings : bool
        Cut the passages that retell a dream first.
    executor : Executor
        Where splits and repetitions run.
    seed : int
        Of everything random.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    UsageError
        A window or rate out of range.
    """
    from karmalink.account import cut_retellings as cut

    check_window(lags, q)
    units = gather([], dated((cut(life) if cut_retellings else life).entries)).entries
    n_days = int(np.unique(units.day).size)
    # Planted nights: every day of a short life, on a long one as many as a study has.
    n_nights = min(_NIGHTS, n_days)
    step = step_counter(2 + (len(RETELLINGS) * _REPEATS if transplants else 0), progress)
    calibration = calibrate(units, lags=lags, seed=seed, executor=executor)
    step()
    discoveries = n_signs = 0
    if calibration.measured:
        _, w = pseudo_signs(units, lags=lags, deals=1, seed=seed)
        discoveries, n_signs = reject(w, q=q, c=calibration.c).found, int((np.abs(w) > 0).sum())
    step()
    planted: list[TransplantPower] = []
    if transplants and calibration.measured and n_days >= _FEWEST_DAYS:
        for kept in RETELLINGS:
            plan = TransplantPlan(kept, SHARE, n_nights, _REPEATS, lags, q, calibration.c)
            shares = transplant_power(units, plan, seed=seed, step=step, executor=executor)
            planted.append(TransplantPower(*kept, SHARE, n_nights, _REPEATS, *shares))
    return PseudoResult(
        life.id,
        n_days,
        units.n_units,
        calibration,
        discoveries if calibration.usable else 0,
        n_signs,
        q,
        lags,
        tuple(planted),
    )
