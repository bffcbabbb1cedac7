"""What each null says of a trial, and what a careless rule would have said: one outcome a trial.

The mirror null's outcome is the false share of what it calls links. The shift null's is whether A(l) leaves its
simultaneous band, the stranger null's whether the life in question ranks among the first twentieth. The realised size
is the mean over trials.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.link.error_control.e_values import e_from_p
from karmalink.link.error_control.power_analysis import power
from karmalink.link.error_control.sign_rule import reject
from karmalink.link.error_control.verdicts import SignCalibration, Verdict
from karmalink.link.evidence.calendar import paired_window
from karmalink.link.evidence.unit_scores import UnitTable, near_scores, score_block
from karmalink.link.mirror_null.competition import compete
from karmalink.link.mirror_null.overall import overall_verdict
from karmalink.link.mirror_null.pooled_rule import StudyNights, calibrated, study_nights
from karmalink.link.mirror_null.pooled_signs import DreamerSums, dreamer_sums
from karmalink.link.mirror_null.sign_calibration import around_days, calibrate, halves
from karmalink.link.null_audit.mechanisms import Trial
from karmalink.link.null_audit.registers import RegisterTrial
from karmalink.link.stranger_null.scores_among_lives import account_e, accounts_won, conformal_p, table_scores

__all__ = [
    "PLANTED",
    "TRIALS",
    "NullTrial",
    "Outcome",
    "PooledWorld",
    "StrangerOutcome",
    "mirror_trial",
    "naive_links",
    "naive_w",
    "naive_won",
    "overall_trial",
    "pooled_trial",
    "shift_trial",
    "stranger_outcome",
    "stranger_trial",
]

# What a careless rule would say, for comparison: never used for an answer.
#
# Night n against the days n - l and n + l (the past a whole day farther than the future from the night's middle, or
# nearer, whichever the dates mean), one W per account, the best unit of each side with no regard to how many there are,
# no calibration: the threshold of Barber & Candès (2015) as if signs were fair coins. Among lives: the best unit of
# each life, however many it has, and accounts counted as if they were independent.


def naive_w(accounts: UnitTable, units: UnitTable, *, lags: int) -> Floats:
    """Return one W per account: the best raw score among days n - 1 … n - L less that among n + 1 … n + L."""
    window = paired_window(accounts.when, units.day, lags, days=_naive_around)
    score = near_scores(accounts, units, window).sum(axis=0)
    best = np.full((accounts.when.size, 2), -np.inf)
    np.maximum.at(best, (window.account, window.side), score)
    best[~np.isfinite(best).all(axis=1)] = 0.0
    return np.asarray(best[:, 0] - best[:, 1])


def naive_links(accounts: UnitTable, units: UnitTable, *, lags: int, q: float) -> Ints:
    """Return the accounts that the careless rule calls linked."""
    w = naive_w(accounts, units, lags=lags)
    threshold = reject(w, q=q, c=1.0).threshold
    return np.zeros(0, dtype=np.int64) if threshold is None else np.flatnonzero(w >= threshold).astype(np.int64)


def naive_won(accounts: UnitTable, units: UnitTable, of_unit: Ints) -> float:
    """Return the p of the first life as a careless rule has it: how many accounts agree best with it.

    Every life whole, raw similarity, each account one throw of a die with a side per life.
    """
    from scipy.stats import binom

    score = score_block(accounts, units, 0, accounts.when.size, 0, units.n_units).sum(axis=0)
    order = np.argsort(of_unit, kind="stable")
    starts = np.unique(of_unit[order], return_index=True)[1]
    best = np.maximum.reduceat(score[:, order], starts, axis=1)
    said = best.max(axis=1) > 0
    won = int((best[said].argmax(axis=1) == 0).sum())
    return float(binom.sf(won - 1, int(said.sum()), 1.0 / starts.size))


def _naive_around(night: Ints, lags: int) -> Ints:
    order = np.arange(1, lags + 1, dtype=np.int64)[None, :]
    middle = np.asarray(night, dtype=np.int64)[:, None]
    return np.stack([middle - order, middle + order], axis=1)


_DEALS = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was said of one trial.

    Attributes
    ----------
    verdict : Verdict
        Of the null.
    false : float
        False share of the discoveries, 0 where there is none (mirror); whether the band was left (shift).
    power : float
        Share of the planted sources that were found; NaN where nothing was planted.
    naive_false, naive_power : float
        The same of the careless rule.
    """

    verdict: Verdict
    false: float
    power: float
    naive_false: float
    naive_power: float


def mirror_trial(trial: Trial, *, lags: int, q: float, seed: int, deals: int = _DEALS) -> Outcome:
    """Return what the mirror rule says, and the careless rule beside it.

    Where the meaning of dates is unknown every reading is asked at its share of the rate, and the fuller one counts.
    """
    calibration = calibrate(trial.entries, lags=lags, seed=seed, deals=deals)
    share = q / len(trial.readings)
    readings = [_mirror_reading(trial, ahead, calibration, lags, share, seed) for ahead in trial.readings]
    verdict, called = max(readings, key=lambda reading: (reading[1].size, reading[0].claim))
    planted = np.unique(trial.accounts.when[trial.source > 0])
    false, found = _shares(called, planted)
    return Outcome(verdict, false, found, *_careless(trial, lags, q))


def _mirror_reading(
    trial: Trial, ahead: int, calibration: SignCalibration, lags: int, q: float, seed: int
) -> tuple[Verdict, Ints]:
    """Return verdict and nights called under one reading; nights are given as the trial writes them."""
    nothing = np.zeros(0, dtype=np.int64)
    if not calibration.usable:
        return Verdict.NOT_USABLE, nothing
    accounts = UnitTable(trial.accounts.owner, trial.accounts.when + ahead, trial.accounts.parts)
    found = compete(accounts, trial.entries, lags=lags, days=trial.days, centre=trial.centre, seed=seed)
    threshold = reject(found.w, q=q, c=calibration.c).threshold
    if threshold is not None:
        return Verdict.FOUND, found.night[found.w >= threshold] - ahead
    span = int(np.ptp(trial.entries.when)) + 1
    # Tens of nights: what they can show hardly depends on one more, and the simulation behind it is kept.
    nights = found.night.size - found.night.size % 5
    able = calibration.measured and power(nights, span, lags=lags, q=q, c=calibration.c)["mirror"].can
    return Verdict.NOTHING if able else Verdict.CANNOT_ANSWER, nothing


def _shares(called: Ints, planted: Ints) -> tuple[float, float]:
    """Return the false share of what was called, and the share of the planted that was."""
    true = int(np.isin(called, planted).sum())
    false = 1.0 - true / called.size if called.size else 0.0
    return false, true / planted.size if planted.size else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class PooledWorld:
    """A study of simulated dreamers, before a rate is asked for.

    Attributes
    ----------
    trials : tuple of Trial
        One per dreamer.
    readings : tuple of (list of DreamerSums, list of int)
        Under each reading of the dates: the dreamers' sums, and what was added to their nights.
    calibration : SignCalibration
        Of the study.
    """

    trials: tuple[Trial, ...]
    readings: tuple[tuple[list[DreamerSums], list[int]], ...]
    calibration: SignCalibration

    @classmethod
    def of(
        cls, trials: Sequence[Trial], *, lags: int, seed: int, calibration: SignCalibration | None = None
    ) -> PooledWorld:
        """Return the study of these dreamers; its calibration depends on their lives alone, and may be given."""
        pseudo = []
        for number, trial in enumerate(trials if calibration is None else ()):
            dealt = [halves(trial.entries, 7919 * (seed % 100_003) + 31 * number + deal) for deal in range(_DEALS)]
            pseudo.append([dreamer_sums(*deal, lags=lags, days=around_days, centre=0.0) for deal in dealt])
        n_days = sum(int(trial.entries.when.size) for trial in trials)
        if calibration is None:
            calibration, _ = calibrated(pseudo, lags=lags, n_days=n_days)
        readings = []
        for way in range(max(len(trial.readings) for trial in trials)):
            ahead = [trial.readings[min(way, len(trial.readings) - 1)] for trial in trials]
            sums = [_sums_read(trial, add, lags) for trial, add in zip(trials, ahead, strict=True)]
            readings.append((sums, ahead))
        return cls(tuple(trials), tuple(readings), calibration)

    def called(self, q: float) -> tuple[StudyNights, set[tuple[int, int]]]:
        """Return the nights under the fuller reading, and which are called: (dreamer, night as the trial writes it)."""
        share = q / len(self.readings)
        asked = [(study_nights(sums, q=share, calibration=self.calibration), ahead) for sums, ahead in self.readings]
        nights, ahead = max(asked, key=lambda each: each[0].rule.found)
        linked = nights.linked
        pairs = zip(nights.who[linked].tolist(), nights.night[linked].tolist(), strict=True)
        return nights, {(who, night - ahead[who]) for who, night in pairs}

    @property
    def true(self) -> set[tuple[int, int]]:
        """Return the nights with a planted source: (dreamer, night)."""
        planted = [np.unique(trial.accounts.when[trial.source > 0]).tolist() for trial in self.trials]
        return {(who, night) for who, nights in enumerate(planted) for night in nights}


def _sums_read(trial: Trial, ahead: int, lags: int) -> DreamerSums:
    accounts = UnitTable(trial.accounts.owner, trial.accounts.when + ahead, trial.accounts.parts)
    return dreamer_sums(accounts, trial.entries, lags=lags, days=trial.days, centre=trial.centre)


def pooled_trial(trials: Sequence[Trial], *, lags: int, q: float, seed: int) -> Outcome:
    """Return what the rule over several dreamers says of their nights, and the careless rule one by one.

    A world is a study here: each dreamer's life is made anew by the same mechanism.
    """
    world = PooledWorld.of(trials, lags=lags, seed=seed)
    nights, called = world.called(q)
    true = world.true
    verdict = Verdict.FOUND if called else Verdict.NOTHING
    if not world.calibration.usable:
        verdict = Verdict.NOT_USABLE
    elif not called and nights.w.size < world.calibration.c / q:
        verdict = Verdict.CANNOT_ANSWER
    careless = [_careless(trial, lags, q) for trial in trials]
    return Outcome(
        verdict,
        len(called - true) / max(1, len(called)),
        len(called & true) / len(true) if true else float("nan"),
        float(np.mean([false for false, _ in careless])),
        float(np.mean([found for _, found in careless])),
    )


def _careless(trial: Trial, lags: int, q: float) -> tuple[float, float]:
    """Return the false share of the careless rule's links, and the share of the planted sources that it finds."""
    dates = UnitTable(trial.accounts.owner, trial.accounts.when + trial.dated, trial.accounts.parts)
    linked = naive_links(dates, trial.entries, lags=lags, q=q)
    n_planted = int((trial.source > 0).sum())
    false = float((trial.source[linked] == 0).mean()) if linked.size else 0.0
    return false, float((trial.source[linked] > 0).sum() / n_planted) if n_planted else float("nan")


def overall_trial(trial: Trial, *, lags: int, q: float, seed: int) -> Outcome:
    """Return whether all nights taken together say that the past wins, and whether a plain sign test says so.

    `q` is the level of the plain test here; the verdict has its own, which is the same.
    """
    from scipy.stats import binomtest

    calibration = calibrate(trial.entries, lags=lags, seed=seed, deals=_DEALS)
    said = []
    careless = []
    for ahead in trial.readings:
        accounts = UnitTable(trial.accounts.owner, trial.accounts.when + ahead, trial.accounts.parts)
        found = compete(accounts, trial.entries, lags=lags, days=trial.days, centre=trial.centre, seed=seed)
        together = overall_verdict(found.night, found.w, calibration, lags=lags)
        said.append(together)
        signs = together.past + together.future
        careless.append(binomtest(together.past, signs, alternative="greater").pvalue if signs else 1.0)
    verdict = min((one.verdict for one in said), key=lambda one: one.claim)
    left = float(verdict is Verdict.FOUND)
    return Outcome(verdict, left, float("nan"), float(min(careless) <= q), float("nan"))


def shift_trial(trial: Trial, *, lags: int, q: float, seed: int) -> Outcome:
    """Return whether A(l) leaves its band, and whether C(l) leaves the band that a careless rule would draw for it.

    `q` is the rate of the band's size here: the share of worlds without timing in which it is left.
    """
    from karmalink.link.shift_null.circular_shifts import OffsetMeans, rank_curves
    from karmalink.link.shift_null.lag_curves import curve_means

    curves = []
    naive = []
    for ahead in trial.readings:
        means = curve_means(trial.accounts.when + ahead, trial.accounts, trial.entries)
        if trial.centre == 0.0:
            counts = None if means.counts is None else _around(means.counts)
            means = OffsetMeans(_around(means.means), means.n_nights, counts)
        curves.append(rank_curves([means], lags=lags, seed=seed))
        naive.append(_band_on_c(means.means, lags))
    worse = max(curves, key=lambda curve: curve.p)
    left = float(worse.verdict is Verdict.FOUND)
    return Outcome(worse.verdict, left, float("nan"), float(min(naive) <= q), float("nan"))


def _around(means: Floats) -> Floats:
    """Return C as of nights, from the C of accounts of whole days: the day itself (offset 0) is left out.

    The past of order l of a day lies at the offset -l, that of a night at 1 - l; the future of both at l.
    """
    return np.concatenate([means[-1:], means[1:-1]])


def _band_on_c(means: Floats, lags: int) -> float:
    """Return the p of C itself at the past lags against every shift: what a slow theme makes small."""
    order = np.arange(1, lags + 1)
    table = means[(np.arange(means.size)[:, None] + 1 - order) % means.size]
    centred = table - table.mean(axis=0)
    spread = centred.std(axis=0)
    peak = (centred / np.where(spread > 0, spread, 1.0)).max(axis=1)
    return float((peak >= peak[0] - 1e-12).mean())


@dataclass(frozen=True, slots=True)
class StrangerOutcome:
    """What one register gives for the life in question.

    Attributes
    ----------
    p : float
        Rank of all accounts together.
    e, e_accounts : float
        E-value of that rank, and mean e-value of the accounts.
    won : int
        Accounts that the competition per account gives it, each as if it were by itself.
    careless_p : float
        Of the careless rule.
    """

    p: float
    e: float
    e_accounts: float
    won: int
    careless_p: float


def stranger_outcome(trial: RegisterTrial, *, q: float = 0.10, seed: int = 0) -> StrangerOutcome:
    """Return what the stranger null and the careless rule make of a register."""
    lives = int(trial.of_unit.max()) + 1
    scores = table_scores(trial.accounts, trial.units, trial.of_unit, lives, own=0, seed=seed)
    p = conformal_p(scores.mean(axis=0), 0)
    won = int(accounts_won(scores, 0, q, seed=seed).size)
    return StrangerOutcome(
        p, float(e_from_p(p)), account_e(scores, 0), won, naive_won(trial.accounts, trial.units, trial.of_unit)
    )


def stranger_trial(trial: RegisterTrial, *, lags: int, q: float, seed: int) -> Outcome:
    """Return whether the life in question ranks with p <= `q`, and whether the careless rule says it is the one.

    Days do not count, so `lags` is not used.
    """
    said = stranger_outcome(trial, seed=seed)
    smallest = 1.0 / (int(trial.of_unit.max()) + 1)
    verdict = Verdict.CANNOT_ANSWER if smallest > q else Verdict.FOUND if said.p <= q else Verdict.NOTHING
    found = float(verdict is Verdict.FOUND)
    return Outcome(verdict, found, float("nan"), float(said.careless_p <= q), float("nan"))


@dataclass(frozen=True, slots=True)
class NullTrial:
    """A row of the registry: how a null is put to a trial, and what its audit asks of it.

    Attributes
    ----------
    run : callable
        ``(trial, *, lags, q, seed) -> Outcome``.
    planted : tuple of float
        Shares of nights with a planted source that it is tried with: a rate of false discoveries needs true ones too,
        the size of a band does not.
    rates_discoveries : bool
        Whether its nominal rate is the false discovery rate that the user asks for; else it is :data:`ALPHA`.
    dreamers : int
        Worlds that make one study; `run` is then given a list of them. 0 where it is given one world.
    """

    run: Callable[..., Outcome]
    planted: tuple[float, ...] = (0.0,)
    rates_discoveries: bool = False
    dreamers: int = 0


PLANTED = 0.4
TRIALS: dict[str, NullTrial] = {
    "mirror": NullTrial(mirror_trial, planted=(0.0, PLANTED), rates_discoveries=True),
    "pooled": NullTrial(pooled_trial, planted=(0.0, PLANTED), rates_discoveries=True, dreamers=3),
    "shift": NullTrial(shift_trial),
    "overall": NullTrial(overall_trial),
    "stranger": NullTrial(stranger_trial),
}
"""Null → how it is audited; a null without a row here is not used."""
