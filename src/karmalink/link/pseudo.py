"""Pseudo-accounts: the test of the test, on the user's own life, with nothing to find and with something planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from karmalink.link.calibration import Calibration

if TYPE_CHECKING:
    from karmalink.account import Life

__all__ = ["PseudoResult", "TransplantPower", "pseudo"]


@dataclass(frozen=True, slots=True)
class TransplantPower:
    """Power for retold halves of past days planted as accounts.

    Attributes
    ----------
    kept_units, kept_words : float
        Shares of the source's units and words that the retelling keeps.
    share : float
        Share of nights with a planted source.
    n_nights : int
        Nights per repetition.
    power : float
        Mean share of planted nights that were found.
    answered : float
        Share of repetitions with any discovery.
    fdp : float
        Mean share of discoveries that were not planted.
    right_entry : float
        Share of true discoveries that name the planted day.
    """

    kept_units: float
    kept_words: float
    share: float
    n_nights: int
    power: float
    answered: float
    fdp: float
    right_entry: float


@dataclass(frozen=True, slots=True)
class PseudoResult:
    """The pseudo-account run over one life.

    Attributes
    ----------
    life : str
        Which life.
    calibration : Calibration
        The sign odds.
    discoveries : int
        Nights that the rule calls links although there is nothing to find.
    transplants : tuple of TransplantPower
        Power for planted retellings.
    """

    life: str
    calibration: Calibration
    discoveries: int
    q: float
    lags: int
    transplants: tuple[TransplantPower, ...]

    @property
    def finding(self) -> str:
        """One sentence."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        raise NotImplementedError


def pseudo(
    life: Life,
    *,
    lags: int = 7,
    q: float = 0.10,
    transplants: bool = True,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> PseudoResult:
    """Run pseudo-accounts over a life: sign odds, discoveries with nothing to find, power for retold transplants."""
    raise NotImplementedError
