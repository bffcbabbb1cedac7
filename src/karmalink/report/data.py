"""What a report is made from: results of the rooms, and a few words about them. Whatever is missing is left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from karmalink.report.parts import AwakeningLike, FindingsLike, GainLike

if TYPE_CHECKING:
    from karmalink.account import Account, Life
    from karmalink.link import Audit, LagCurve, PairsResult, Power, StrangerResult
    from karmalink.night import Events, Hypnogram, SleepSummary
    from karmalink.seek import (
        AssetValue,
        Closure,
        Danger,
        Influence,
        Place,
        Plan,
        ProbabilityMap,
        Questions,
        SoughtObject,
    )

__all__ = ["Answered", "ReportData", "ReportNight", "ReportSearch", "Texts", "Unanswered"]


class Texts(StrEnum):
    """How much of people's own words the file carries.

    Attributes
    ----------
    NONE
        No word of anybody: positions and weights only.
    UNITS
        The matching units of the links that are shown, and nothing else.
    FULL
        Also the whole accounts and the linked entries, folded; they open on request.
    """

    NONE = "none"
    UNITS = "units"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportNight:
    """One night.

    Attributes
    ----------
    label : str
        What to call it, such as "Night of 7 March 2031".
    hypnogram : Hypnogram
        As scored.
    summary : SleepSummary, optional
        Its figures.
    doctor : FindingsLike, optional
        What was found in the recording before it was scored.
    awakenings : tuple of AwakeningLike
        Awakenings in this night.
    truth : Hypnogram, optional
        Stages that are known (a simulated night, an expert).
    scorings : mapping of str to Hypnogram
        What others made of the same night: who → hypnogram, drawn below it on the same clock.
    events : tuple of Events
        What happened in it, one entry per kind: counts, how often by stage, and how often through the night.
    planted : mapping of str to Events
        Kind of such an event → the events of that kind that are known (a simulated night, an expert).
    """

    label: str
    hypnogram: Hypnogram
    summary: SleepSummary | None = None
    doctor: FindingsLike | None = None
    awakenings: tuple[AwakeningLike, ...] = ()
    truth: Hypnogram | None = None
    scorings: Mapping[str, Hypnogram] = field(default_factory=dict)
    events: tuple[Events, ...] = ()
    planted: Mapping[str, Events] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A question that was put to the data, with its result.

    Attributes
    ----------
    question : str
        In plain words, such as "Do these dreams know the monk's diary?".
    result : PairsResult, LagCurve or StrangerResult
        The answer. Its verdict decides where it stands: found, nothing here, or what could not be answered.
    about : str
        One sentence on what was compared with what.
    """

    question: str
    result: PairsResult | LagCurve | StrangerResult
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A question that these data cannot answer.

    Attributes
    ----------
    question : str
        In plain words.
    sentence : str
        Why not, with the numbers: "We cannot tell from 13 accounts; about 40 would show an effect of this size."
    have, need : int, optional
        How many there are and how many it would take, of `unit`.
    unit : str
        Plural noun: ``accounts``, ``days``, ``lives``.
    """

    question: str
    sentence: str
    have: int | None = None
    need: int | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSearch:
    """A search for one thing.

    Attributes
    ----------
    probability_map : ProbabilityMap
        The map from the clues; area, clues and witnesses come with it.
    places : tuple of Place
        What to draw and name on the map: railway, river, market … Lines and surfaces are drawn by their kind.
    plan : Plan, optional
        Where to look first.
    after : ProbabilityMap, optional
        The map after searches that found nothing (``probability_map.after(…)``); drawn beside the map before.
    closures : tuple of Closure
        Ground that closes; hatched.
    dangers : tuple of Danger
        Ground that can hurt; hatched in lotus.
    sought : SoughtObject, optional
        What is looked for, by the fields of Object ID.
    coarse_m : float, optional
        Side of blocks in metres, where find spots are withheld: probability by blocks; no clue, no plan, no spot.
    truth : (lon, lat), optional
        Where it lies, where that is known and may be shown. Leave it out to withhold a find spot.
    thing : str
        What is looked for, such as "the golden Buddha".
    questions : Questions, optional
        What to ask whom next.
    influence : Influence, optional
        Which clue the map hangs on.
    asset_values : AssetValue, optional
        What each tool is worth to the plan, and what is worth giving up for what is offered.
    """

    probability_map: ProbabilityMap
    places: tuple[Place, ...] = ()
    plan: Plan | None = None
    after: ProbabilityMap | None = None
    closures: tuple[Closure, ...] = ()
    dangers: tuple[Danger, ...] = ()
    sought: SoughtObject | None = None
    coarse_m: float | None = None
    truth: tuple[float, float] | None = None
    thing: str = "it"
    questions: Questions | None = None
    influence: Influence | None = None
    asset_values: AssetValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    """Everything that one report shows.

    Attributes
    ----------
    title, subtitle : str
        Name of the study, and a few words about it.
    made : datetime
        When.
    gain : GainLike, optional
        What combining the sources gains (``karmalink.demo.CombinedGain``): opens the report.
    nights : tuple of ReportNight
        Nights to draw.
    accounts : tuple of Account
        For the timeline. Their texts are used only where `texts` says so.
    awakenings : tuple of AwakeningLike
        The awakenings that accounts name.
    lives : tuple of Life
        The lives that results name; their texts are used only where `texts` says so.
    answered : tuple of Answered
        Questions put to the data, in the order in which to show them.
    power : Power, optional
        What these data can and cannot answer.
    unanswered : tuple of Unanswered
        Further questions that were not answered.
    search : ReportSearch, optional
        Map, plan and what an empty search taught.
    planted : mapping of str to str, optional
        Account → entry it was made from, where the truth is known; links are then held against it.
    names : mapping of str to str
        Identifier → the name to show, for people, lives, witnesses and assets.
    made_up : str
        Said on the first screen where the study is an invention; empty for a real one.
    audits : tuple of Audit
        What the nulls do on data laid out like these where there is nothing to find.
    does_not_show : tuple of str
        What the reader must not take from this report, beside what each result says about itself.
    versions, seeds, settings : mapping
        For the methods: software, seeds, choices.
    texts : Texts
        How much of people's own words the file carries.
    """

    title: str
    made: dt.datetime
    subtitle: str = ""
    gain: GainLike | None = None
    nights: tuple[ReportNight, ...] = ()
    accounts: tuple[Account, ...] = ()
    awakenings: tuple[AwakeningLike, ...] = ()
    lives: tuple[Life, ...] = ()
    answered: tuple[Answered, ...] = ()
    power: Power | None = None
    unanswered: tuple[Unanswered, ...] = ()
    search: ReportSearch | None = None
    planted: Mapping[str, str] | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    made_up: str = ""
    audits: tuple[Audit, ...] = ()
    does_not_show: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    seeds: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)
    texts: Texts = Texts.UNITS

    def name(self, identifier: str) -> str:
        """Return the name to show for an identifier."""
        return self.names.get(identifier, identifier)

    def __repr__(self) -> str:
        """One-line summary."""
        parts = [
            f"{len(self.nights)} nights",
            f"{len(self.accounts)} accounts",
            f"{len(self.answered)} questions",
            "a map" if self.search else "no map",
        ]
        return f"<ReportData {self.title!r}: {', '.join(parts)}>"
