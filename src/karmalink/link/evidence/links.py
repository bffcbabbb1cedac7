"""One night's link to a life: the evidence part by part, the units side by side, the decoys that came closest."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Link", "NightScore", "Part", "Rival", "UnitMatch"]


@dataclass(frozen=True, slots=True)
class Part:
    """One named part of the evidence.

    Attributes
    ----------
    name : str
        ``names``, ``words``, ``numbers``, … or ``chance`` (what agreement of this kind is worth between pairs that
        cannot be links).
    llr : float
        Log-likelihood ratio in nats; positive speaks for the link. The parts of a link add up to its ``llr``.
    detail : str
        What agreed, in words. May carry words of the account and the entry.
    """

    name: str
    llr: float
    detail: str = ""

    def __repr__(self) -> str:
        """Name and weight, never the words."""
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
        """Positions and weight, never the words."""
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
        The account that speaks most for this night's better side.
    entry : str
        Best entry of the past window (the best guess; the tested statement is "some source in the window").
    lag : int
        Its order k = 1 … L.
    w : float
        Evidence of the past window against the future window; positive where the past wins.
    posterior : float
        Calibrated probability that the night has a source in the past window (0 where the future won).
    entry_posterior : float
        The same times the share of the evidence that this entry holds within the window: the reliability a clue takes.
    group : str
        The covariate of the night, "" without one.
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
        """One line: which night, which entry, how sure."""
        return (
            f"<Link night {self.score.date} ~ entry {self.entry!r}, {self.lag} day{'s' if self.lag != 1 else ''} back, "
            f"posterior {self.posterior:.2f}>"
        )
