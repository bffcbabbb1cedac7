"""The answer of the mirror null over several dreamers: the study's links, and what they say of each dreamer."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from karmalink.base.wording import counted
from karmalink.link.error_control.verdicts import SignCalibration, Verdict

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from karmalink.link.mirror_null.pairs_result import Link, NightScore

__all__ = ["PooledDreamer", "PooledPairs"]


@dataclass(frozen=True, slots=True)
class PooledDreamer:
    """One dreamer of a study.

    Attributes
    ----------
    person, life : str
        Whose accounts, which life.
    n_accounts, n_nights, n_days : int
        Accounts dated to the day, nights with a sign, days with an entry.
    plus, minus : int
        Nights where the past, and where the future won.
    links : int
        Links of the study that are this dreamer's.
    rate : float
        Share of nights with a source, by sign excess, shrunk towards that of the study.
    p : float
        Of the hypothesis that no night of this dreamer has a source: the rank sum of the + signs against signs tossed
        with the study's odds.
    named : int
        Links that stand for this dreamer alone: 0 unless the test over dreamers selects this one.
    """

    person: str
    life: str
    n_accounts: int
    n_nights: int
    n_days: int
    plus: int
    minus: int
    links: int
    rate: float
    p: float
    named: int

    @property
    def finding(self) -> str:
        """One sentence: what the study's links say of this dreamer."""
        signs = f"{self.person}: the past wins {self.plus} of {counted(self.n_nights, 'night')}"
        if not self.links:
            return f"{signs}, no link."
        if self.named:
            return f"{signs}, {counted(self.links, 'link')}, of which {self.named} also stand for this dreamer alone."
        return f"{signs}, {counted(self.links, 'link')}; no link of this person stands alone."


@dataclass(frozen=True, slots=True)
class PooledPairs:
    """Links of several dreamers at one false discovery rate.

    Attributes
    ----------
    verdict : Verdict
        Found, nothing, cannot be answered, not usable.
    q, lags : float, int
        False discovery rate over all nights of the study, and the window.
    calibration : SignCalibration
        The odds of a + sign with nothing to find, over all dreamers.
    threshold, fdr : float or None
        Least W of a link, and the calibrated rate there; None where nothing is rejected.
    decoys : int
        Nights at or beyond the threshold on the side of the future.
    links : tuple of (str, Link)
        Person and link, surest first.
    nights : tuple of (str, NightScore)
        Person and night, every night with a sign.
    dreamers : tuple of PooledDreamer
        One per dreamer.
    found_from : float or None
        The share of nights with a source, retold as people retell, that 8 of 10 such studies would find some of;
        simulated in the layout of these data before the rule was applied. None where no share would do.
    left_out : tuple of str
        Who could not be compared, and why.
    does_not_show : tuple of str
        What this result does not say.
    settings : dict
        Versions, seed and choices, for the methods page.
    """

    verdict: Verdict
    q: float
    lags: int
    calibration: SignCalibration
    threshold: float | None
    fdr: float | None
    decoys: int
    links: tuple[tuple[str, Link], ...]
    nights: tuple[tuple[str, NightScore], ...]
    dreamers: tuple[PooledDreamer, ...]
    found_from: float | None = None
    left_out: tuple[str, ...] = ()
    does_not_show: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def view(self) -> str:
        """What of the texts was compared, a name in :data:`karmalink.account.VIEWS`."""
        return str(self.settings.get("view", "all"))

    @property
    def plus(self) -> int:
        """Nights where the past won, over all dreamers."""
        return sum(one.plus for one in self.dreamers)

    @property
    def finding(self) -> str:
        """The answer in one or two sentences, with its doubt."""
        n, days = sum(one.n_nights for one in self.dreamers), "day" if self.lags == 1 else f"{self.lags} days"
        study = f"{counted(n, 'night')} of {counted(len(self.dreamers), 'dreamer')}"
        if self.verdict is Verdict.FOUND:
            having = sum(one.links > 0 for one in self.dreamers)
            alone = sum(one.named > 0 for one in self.dreamers)
            names = "no dreamer can be named alone" if not alone else f"{alone} of them can be named alone"
            return (
                f"{len(self.links)} of {study} draw on one of the {days} before them, at a false discovery rate of "
                f"{self.fdr or self.q:.2f} over all of them together (about "
                f"{len(self.links) * (self.fdr or self.q):.1f} may be chance). The links are of "
                f"{counted(having, 'dreamer')}; {names}."
            )
        if self.verdict is Verdict.NOT_USABLE:
            return (
                f"The mirror null is not usable here: with nothing to find, the past wins "
                f"{self.calibration.p_plus:.0%} of the time over {counted(len(self.dreamers), 'dreamer')}."
            )
        signs = f"The past wins {self.plus} of {study}, and no night can be named at a rate of {self.q:g}."
        if self.verdict is Verdict.NOTHING:
            return f"{signs} {self._promise()}"
        needs = "" if not math.isfinite(self.calibration.c) else f" {self._promise()}"
        return f"We cannot tell. {signs}{needs}"

    def _promise(self) -> str:
        if self.found_from is None:
            return "Even a source on every night would be missed by more than 2 of 10 such studies."
        return (
            f"If {self.found_from:.0%} of the nights had a source, retold with half of its sentences and half of their "
            "words, 8 of 10 such studies would find some."
        )

    def plot(self) -> alt.VConcatChart:
        """Return every night by the evidence of its past over its future, and the share with a source per dreamer."""
        import numpy as np

        from karmalink.link.error_control.sign_rule import link_rates
        from karmalink.link.result_charts import NightDot, RateInterval, nights_chart

        linked = {(person, link.night) for person, link in self.links}
        dots = [
            NightDot(score.date, score.w, score.posterior, (person, score.night) in linked, score.account, score.entry)
            for person, score in self.nights
        ]
        w = np.array([score.w for _, score in self.nights])
        rates = link_rates(w, [person for person, _ in self.nights], null_plus=max(0.5, self.calibration.p_plus))
        shown = [RateInterval(one.group, one.n, one.rate, one.low, one.high) for one in rates[:_MOST_ROWS]]
        return nights_chart(dots, shown, threshold=self.threshold, finding=self.finding)

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per night: person, night, date, account, entry, lag, w, posterior, entry_posterior, link."""
        import pandas as pd

        linked = {(person, link.night) for person, link in self.links}
        rows = [
            {"person": person, "date": one.date, **asdict(one), "link": (person, one.night) in linked}
            for person, one in self.nights
        ]
        columns = ("person", "night", "date", "account", "entry", "lag", "w", "posterior", "entry_posterior", "link")
        return pd.DataFrame(rows, columns=list(columns))

    def to_dict(self, *, texts: bool = True) -> dict[str, Any]:
        """Return everything, JSON-ready; without people's words where `texts` is False."""
        return {
            "verdict": str(self.verdict),
            "finding": self.finding,
            "null": "mirror",
            "q": self.q,
            "lags": self.lags,
            "calibration": self.calibration.to_dict(),
            "threshold": self.threshold,
            "fdr": self.fdr,
            "decoys": self.decoys,
            "links": [{"person": person, **link.to_dict(texts=texts)} for person, link in self.links],
            "nights": [{"person": person, **asdict(one), "date": one.date.isoformat()} for person, one in self.nights],
            "dreamers": [{**asdict(one), "finding": one.finding} for one in self.dreamers],
            "found_from": self.found_from,
            "left_out": list(self.left_out),
            "does_not_show": list(self.does_not_show),
            "settings": self.settings,
        }

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<PooledPairs {self.finding}>"


_MOST_ROWS = 30
