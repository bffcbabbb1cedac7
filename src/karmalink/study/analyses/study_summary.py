"""What is told of a study: plain results, for whoever draws them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from karmalink.account import Account, Life
    from karmalink.link import Audit, LagCurve, PairsResult, StrangerResult
    from karmalink.night import Finding, Hypnogram, SleepSummary
    from karmalink.seek import Barter, Closure, CluesMap, Danger, Influence, Place, Plan, Questions, Sought
    from karmalink.study.joints import Awakening

__all__ = ["Found", "Gap", "NightTold", "Question", "SearchTold", "Told"]


@dataclass(frozen=True, slots=True)
class Found:
    """What the doctor found in a recording when it was scored."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class NightTold:
    """One scored night.

    Attributes
    ----------
    id, label : str
        Identifier, and what to call it.
    hypnogram : Hypnogram
        The newest scoring.
    summary : SleepSummary or None
        Its figures.
    doctor : Found or None
        None where nothing was found.
    awakenings : tuple of Awakening
        Those of this night, in order.
    """

    id: str
    label: str
    hypnogram: Hypnogram
    summary: SleepSummary | None
    doctor: Found | None
    awakenings: tuple[Awakening, ...]

    @property
    def parts(self) -> dict[str, Any]:
        """Return everything but the identifier by name, as ``karmalink.report.NightShown`` takes it."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "id"}


@dataclass(frozen=True, slots=True)
class Question:
    """A question that was put to the study, with its answer."""

    question: str
    result: PairsResult | LagCurve | StrangerResult
    about: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """What cannot be told, and why."""

    question: str
    sentence: str


@dataclass(frozen=True, slots=True)
class SearchTold:
    """Where it lies by all clues of the study and all searches of the case, and where to look next."""

    thing: str
    found: CluesMap
    places: tuple[Place, ...]
    plan: Plan | None
    closures: tuple[Closure, ...]
    searches: int
    dangers: tuple[Danger, ...] = ()
    sought: Sought | None = None
    coarse_m: float | None = None
    questions: Questions | None = None
    influence: Influence | None = None
    barter: Barter | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that is told of a study.

    Attributes
    ----------
    people : tuple of str
        Everybody whose data are in this, by identifier.
    nights, accounts, awakenings, asked, gaps, search
        What there is.
    lives : tuple of Life
        Those that results or clues name.
    names : dict of str to str
        Identifier → what to call it.
    audits : tuple of Audit
        Those that were kept of these people.
    """

    people: tuple[str, ...]
    nights: tuple[NightTold, ...]
    accounts: tuple[Account, ...]
    awakenings: tuple[Awakening, ...]
    lives: tuple[Life, ...]
    asked: tuple[Question, ...]
    gaps: tuple[Gap, ...]
    search: SearchTold | None
    names: dict[str, str]
    audits: tuple[Audit, ...] = ()
