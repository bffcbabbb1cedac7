"""Pseudo-accounts: the test of the test, on the user's own life, with nothing to find and with something planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from karmalink.link.error_control.calibrations import Calibration
from karmalink.link.error_control.power_analysis import check_window
from karmalink.link.execution.blocks import SERIAL, Executor

if TYPE_CHECKING:
    from karmalink.account import Life

__all__ = ["RETELLINGS", "PseudoResult", "TransplantPower", "pseudo"]

# How much of its source a planted account keeps: share of the units of half a day, share of their words. Never all: a
# verbatim source would be found by anything.
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
    calibration : Calibration
        The sign odds.
    discoveries : int
        Pseudo-accounts that the rule calls links although there is nothing to find.
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
    calibration: Calibration
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
                f"The mirror null cannot be calibrated on this life: {self.calibration.n_signs} pseudo-accounts had a "
                f"sign, and {_FEWEST_DAYS} are the least. More days of entries are needed."
            )
        if not self.calibration.usable:
            return (
                f"The mirror null is not usable on this life: with nothing to find the past wins "
                f"{self.calibration.p_plus:.0%} of the time (at least {self.calibration.low:.0%})."
            )
        links = "no link" if not self.discoveries else f"{self.discoveries} links"
        return (
            f"With nothing to find, the past wins {self.calibration.p_plus:.3f} of the time "
            f"({self.calibration.low:.3f} to {self.calibration.high:.3f}, c = {self.calibration.c:.2f}), and the rule "
            f"calls {links} among {self.n_nights} pseudo-accounts."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields and the finding, JSON-ready."""
        body = asdict(self)
        return {**body, "calibration": self.calibration.to_dict(), "finding": self.finding, "null": "mirror"}

    def __repr__(self) -> str:
        """Tell the finding."""
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
    progress: Callable[[int, int], None] | None = None,
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
        Where deals and repetitions run.
    seed : int
        Of everything random.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    UsageError
        A window or rate out of range.
    """
    import numpy as np

    from karmalink.account import cut_retellings as cut
    from karmalink.link.error_control.sign_rule import reject
    from karmalink.link.evidence.text_units import dated, gather
    from karmalink.link.mirror_null.sign_calibration import calibrate, pseudo_signs
    from karmalink.link.mirror_null.transplant import transplant_power

    check_window(lags, q)
    units = gather([], dated((cut(life) if cut_retellings else life).entries)).entries
    n_days = int(np.unique(units.day).size)
    # Never fewer than half of the days as hosts: on a short life every day, on a long one as many as a study has.
    n_nights = min(_NIGHTS, n_days)
    total = 2 + (len(RETELLINGS) * _REPEATS if transplants else 0)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    calibration = calibrate(units, lags=lags, seed=seed, executor=executor)
    step()
    found = n_signs = 0
    if calibration.measured:
        _, w = pseudo_signs(units, lags=lags, deals=1, seed=seed)
        found, n_signs = reject(w, q=q, c=calibration.c).found, int((np.abs(w) > 0).sum())
    step()
    planted: list[TransplantPower] = []
    if transplants and calibration.measured and n_days >= _FEWEST_DAYS:
        for kept_units, kept_words in RETELLINGS:
            shares = transplant_power(
                units,
                kept=(kept_units, kept_words),
                share=SHARE,
                n_nights=n_nights,
                repeats=_REPEATS,
                lags=lags,
                q=q,
                c=calibration.c,
                seed=seed,
                step=step,
                executor=executor,
            )
            planted.append(TransplantPower(kept_units, kept_words, SHARE, n_nights, _REPEATS, *shares))
    return PseudoResult(
        life.id,
        n_days,
        units.n_units,
        calibration,
        found if calibration.usable else 0,
        n_signs,
        q,
        lags,
        tuple(planted),
    )
