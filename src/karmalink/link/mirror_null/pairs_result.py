"""The answer of the mirror null: which nights draw on which days, what that is worth, and what it does not show."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from karmalink.link.error_control.calibrations import Calibration
from karmalink.link.error_control.power_analysis import Power
from karmalink.link.error_control.sign_rule import GroupRate
from karmalink.link.error_control.verdicts import Verdict
from karmalink.link.evidence.links import Link, NightScore

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.link.error_control.covariates import CovariateWorth

__all__ = ["PairsResult"]


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
    worth : tuple of CovariateWorth
        What is known of the accounts beside their words, and what it changes.
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
    worth: tuple[CovariateWorth, ...] = ()

    @property
    def view(self) -> str:
        """What of the texts was compared, a name in :data:`karmalink.account.VIEWS`."""
        return str(self.settings.get("view", "all"))

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per night: night, date, account, entry, lag, w, posterior, entry_posterior, group, link."""
        import pandas as pd

        linked = {link.night for link in self.links}
        columns = ["night", "account", "entry", "lag", "w", "posterior", "entry_posterior", "group"]
        table = pd.DataFrame([asdict(score) for score in self.nights], columns=columns)
        table.insert(1, "date", [score.date for score in self.nights])
        table["link"] = [score.night in linked for score in self.nights]
        return table

    def to_dict(self, *, texts: bool = True) -> dict[str, Any]:
        """Return everything, JSON-ready; without anybody's words where `texts` is False."""
        other = self.other_reading
        return {
            "verdict": str(self.verdict),
            "finding": self.finding,
            "person": self.person,
            "life": self.life,
            "null": self.null,
            "q": self.q,
            "lags": self.lags,
            "n_accounts": self.n_accounts,
            "n_nights": self.n_nights,
            "n_days": self.n_days,
            "threshold": self.threshold,
            "fdr": self.fdr,
            "fdr_bound": self.fdr_bound,
            "calibration": self.calibration.to_dict(),
            "links": [link.to_dict(texts=texts) for link in self.links],
            "nights": [{**asdict(score), "date": score.date.isoformat()} for score in self.nights],
            "rates": [asdict(rate) for rate in self.rates],
            "power": self.power.to_dict(),
            "convention": self.convention,
            "other_reading": None if other is None else other.to_dict(texts=texts),
            "does_not_show": list(self.does_not_show),
            "settings": self.settings,
            "worth": [asdict(one) for one in self.worth],
        }

    def __repr__(self) -> str:
        """Tell the finding."""
        return f"<PairsResult {self.finding}>"
