"""The answer of the mirror null: which nights draw on which days, how sure that is, and what it does not show."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from karmalink.link.error_control.power_analysis import Power
from karmalink.link.error_control.sign_rule import GroupRate
from karmalink.link.error_control.verdicts import SignCalibration, Verdict

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from karmalink.link.error_control.covariates import CovariateEffect
    from karmalink.link.mirror_null.overall import OverallVerdict

__all__ = ["Link", "NightScore", "PairsResult", "Part", "Rival", "UnitMatch"]


@dataclass(frozen=True, slots=True)
class Part:
    """One named part of the evidence.

    Attributes
    ----------
    name : str
        ``names``, ``words``, ``numbers``, … or ``chance`` (how much of such agreement occurs between pairs that cannot
        be links; it counts against the link).
    llr : float
        Log-likelihood ratio in nats; positive speaks for the link. The parts of a link add up to its ``llr``.
    detail : str
        What agreed, in words. May carry words of the account and the entry.
    """

    name: str
    llr: float
    detail: str = ""

    def __repr__(self) -> str:
        """One-line summary, never the words."""
        return f"<Part {self.name} {self.llr:+.2f}>"


@dataclass(frozen=True, slots=True)
class UnitMatch:
    """A unit of the account beside the unit of the entry it agrees with best.

    Attributes
    ----------
    account_unit, entry_unit : int
        Position of the unit in its account or entry, from 0.
    llr : float
        What this pair of units adds to the evidence, in nats.
    account_text, entry_text : str
        The two units.
    shared : tuple of str
        The words and names they share, rarest first.
    """

    account_unit: int
    entry_unit: int
    llr: float
    account_text: str = ""
    entry_text: str = ""
    shared: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """One-line summary, never the words."""
        return f"<UnitMatch {self.account_unit}~{self.entry_unit} {self.llr:+.2f}>"


@dataclass(frozen=True, slots=True)
class Rival:
    """A day that came close: a future day (a decoy: it cannot be a source) or another past day.

    Attributes
    ----------
    entry : str
        Identifier of the entry.
    day : int
        Ordinal of its day.
    lag : int
        Signed lag: ``k`` for the past, ``-k`` for the future.
    llr : float
        Its evidence, in nats.
    """

    entry: str
    day: int
    lag: int
    llr: float

    @property
    def decoy(self) -> bool:
        """Whether the day lies after the night, so that it cannot be a source."""
        return self.lag < 0


@dataclass(frozen=True, slots=True)
class NightScore:
    """One night in the competition of past and future.

    Attributes
    ----------
    night : int
        Ordinal n; the night lies between day n and day n + 1.
    account : str
        The account with the most evidence on the past side of this night.
    entry : str
        Best entry of the past window (the best guess; the tested statement is "some source in the window").
    lag : int
        Its order k = 1 … L.
    w : float
        Evidence of the past window against the future window; positive where the past wins.
    posterior : float
        Calibrated probability that the night has a source in the past window (0 where the future won).
    entry_posterior : float
        The same times this entry's share of the evidence in the window: the reliability of a clue made from it.
    group : str
        The group of the night, "" without one.
    """

    night: int
    account: str
    entry: str
    lag: int
    w: float
    posterior: float
    entry_posterior: float
    group: str = ""

    @property
    def date(self) -> dt.date:
        """The waking day that the night ends."""
        return dt.date.fromordinal(self.night)


@dataclass(frozen=True, slots=True)
class Link:
    """A night with a source, at the calibrated false discovery rate of its result.

    Attributes
    ----------
    score : NightScore
        Night, account, entry, lag, W and posteriors.
    llr : float
        Log-likelihood ratio of the account and this entry, in nats; the parts add up to it.
    parts : tuple of Part
        The waterfall.
    matches : tuple of UnitMatch
        Best matching units, best first.
    rivals : tuple of Rival
        The decoys (future days) and other past days that came closest, best first.
    """

    score: NightScore
    llr: float
    parts: tuple[Part, ...]
    matches: tuple[UnitMatch, ...]
    rivals: tuple[Rival, ...]

    @property
    def night(self) -> int:
        """Ordinal of the night."""
        return self.score.night

    @property
    def account(self) -> str:
        """Identifier of the account."""
        return self.score.account

    @property
    def entry(self) -> str:
        """Identifier of the best entry."""
        return self.score.entry

    @property
    def lag(self) -> int:
        """How many days back: 1 is the day that the night ends."""
        return self.score.lag

    @property
    def w(self) -> float:
        """The night's W."""
        return self.score.w

    @property
    def posterior(self) -> float:
        """Calibrated probability that the night has a source in the window."""
        return self.score.posterior

    @property
    def entry_posterior(self) -> float:
        """Calibrated probability times this entry's share within the window."""
        return self.score.entry_posterior

    def to_dict(self, *, texts: bool = True) -> dict[str, Any]:
        """Return the link, JSON-ready; without the units' texts and shared words where `texts` is False."""
        body = {**asdict(self.score), "date": self.score.date.isoformat(), "llr": self.llr}
        body["parts"] = [{"name": p.name, "llr": p.llr, **({"detail": p.detail} if texts else {})} for p in self.parts]
        hidden = () if texts else ("account_text", "entry_text", "shared")
        body["matches"] = [{k: v for k, v in asdict(m).items() if k not in hidden} for m in self.matches]
        body["rivals"] = [{**asdict(r), "decoy": r.decoy} for r in self.rivals]
        return body

    def __repr__(self) -> str:
        """One-line summary."""
        return (
            f"<Link night {self.score.date} ~ entry {self.entry!r}, {self.lag} day{'s' if self.lag != 1 else ''} back, "
            f"posterior {self.posterior:.2f}>"
        )


@dataclass(frozen=True, slots=True)
class PairsResult:
    """Links between the accounts of one person and one life, with their error rate and their evidence.

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
    calibration : SignCalibration
        The pseudo-account calibration that ran first.
    links : tuple of Link
        Nights with a source, surest first.
    nights : tuple of NightScore
        Every night with a sign, in time order.
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
    covariate_effects : tuple of CovariateEffect
        Differences between kinds of nights, for each covariate.
    overall : OverallVerdict or None
        All nights taken together: whether the past wins, though no single night may be named.
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
    calibration: SignCalibration
    links: tuple[Link, ...]
    nights: tuple[NightScore, ...]
    rates: tuple[GroupRate, ...]
    power: Power
    convention: str = ""
    other_reading: PairsResult | None = None
    does_not_show: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    covariate_effects: tuple[CovariateEffect, ...] = ()
    overall: OverallVerdict | None = None

    @property
    def view(self) -> str:
        """What of the texts was compared, a name in :data:`karmalink.account.VIEWS`."""
        return str(self.settings.get("view", "all"))

    def plot(self) -> alt.VConcatChart:
        """Return the nights as an Altair chart: its title is the finding, its doubt is drawn.

        Above, every night by the evidence of its past over its future, with the band in which chance lies too; below,
        the share of nights with a source, of all nights and per group, with 90 % intervals.
        """
        from karmalink.link.result_charts import NightDot, RateInterval, nights_chart

        linked = {link.night for link in self.links}
        nights = [
            NightDot(score.date, score.w, score.posterior, score.night in linked, score.account, score.entry)
            for score in self.nights
        ]
        rates = [RateInterval(rate.group, rate.n, rate.rate, rate.low, rate.high) for rate in self.rates]
        return nights_chart(nights, rates, threshold=self.threshold, finding=self.finding)

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
        """Return everything, JSON-ready; without people's words where `texts` is False."""
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
            "covariate_effects": [asdict(effect) for effect in self.covariate_effects],
            "overall": None if self.overall is None else self.overall.to_dict(),
        }

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<PairsResult {self.finding}>"
