"""What a study holds and answers, gathered for whoever tells it: a report, the demo. Nothing here draws anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from karmalink.base.progress import Progress
from karmalink.errors import CannotAnswer
from karmalink.study.analyses.analyses import (
    REGISTER,
    case_of,
    find_pairs,
    lag_curve_of,
    people_on_map,
    power_of,
    rank_of,
    registers_of,
)
from karmalink.study.analyses.open_questions import own_life

if TYPE_CHECKING:
    from karmalink.account import Account, Life
    from karmalink.link import Audit, LagCurve, PairsResult, StrangerResult
    from karmalink.night import Finding, Hypnogram, SleepSummary
    from karmalink.seek import (
        Asset,
        AssetValue,
        Closure,
        Danger,
        Influence,
        Place,
        Plan,
        ProbabilityMap,
        Questions,
        SoughtObject,
        Task,
    )
    from karmalink.study.awakening import Awakening
    from karmalink.study.study import Study

__all__ = [
    "AnsweredQuestion",
    "DoctorFindings",
    "NightSummary",
    "OpenQuestion",
    "SearchSummary",
    "StudySummary",
    "clue_influence",
    "next_questions",
    "plan_asset_values",
    "summarise_night",
    "summarise_search",
    "summarise_study",
]

# What is told of a study: plain results, for whoever draws them.


@dataclass(frozen=True, slots=True)
class DoctorFindings:
    """What the doctor found in a recording when it was scored."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class NightSummary:
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
    doctor: DoctorFindings | None
    awakenings: tuple[Awakening, ...]

    @property
    def parts(self) -> dict[str, Any]:
        """Return everything but the identifier by name, as ``karmalink.report.ReportNight`` takes it."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "id"}


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question that was put to the study, with its answer."""

    question: str
    result: PairsResult | LagCurve | StrangerResult
    about: str = ""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """What cannot be told, and why."""

    question: str
    sentence: str


@dataclass(frozen=True, slots=True)
class SearchSummary:
    """Where it lies by all clues of the study and all searches of the case, and where to look next."""

    thing: str
    probability_map: ProbabilityMap
    places: tuple[Place, ...]
    plan: Plan | None
    closures: tuple[Closure, ...]
    searches: int
    dangers: tuple[Danger, ...] = ()
    sought: SoughtObject | None = None
    coarse_m: float | None = None
    questions: Questions | None = None
    influence: Influence | None = None
    asset_values: AssetValue | None = None


@dataclass(frozen=True, slots=True)
class StudySummary:
    """Everything that is told of a study.

    Attributes
    ----------
    people : tuple of str
        Everybody whose data are in this, by identifier.
    nights, accounts, awakenings, answered, unanswered, search
        What there is.
    lives : tuple of Life
        Those that results or clues name.
    names : dict of str to str
        Identifier → what to call it.
    audits : tuple of Audit
        Those that were kept of these people.
    """

    people: tuple[str, ...]
    nights: tuple[NightSummary, ...]
    accounts: tuple[Account, ...]
    awakenings: tuple[Awakening, ...]
    lives: tuple[Life, ...]
    answered: tuple[AnsweredQuestion, ...]
    unanswered: tuple[OpenQuestion, ...]
    search: SearchSummary | None
    names: dict[str, str]
    audits: tuple[Audit, ...] = ()


# A search as it is told: map, plan, what to ask whom next, what the map hangs on, what each tool is worth.

# More places than this crowd a map: then only those are drawn that clues name.
_MOST_PLACES = 400
# What would take longer than a reader of a report waits is left to ``karmalink seek ask`` and ``seek value``.
_MOST_MIXED = 1e8  # cells × clues² of every map without one clue
_MOST_ASKED = 2e8  # cells × questions to every witness
_MOST_PLANNED = 5e5  # assets × days × segments of every plan without one asset


def summarise_search(study: Study, path: str | Path, unanswered: list[OpenQuestion]) -> SearchSummary | None:
    """Return where it lies by the study's clues and a case's searches, None where the study has no clue.

    Parameters
    ----------
    study : Study
        Open.
    path : str or Path
        The case.
    unanswered : list of OpenQuestion
        What cannot be told is added to it.
    """
    from karmalink.seek import Places, release

    case = case_of(study, path)
    if not case.clues:
        unanswered.append(OpenQuestion(f"Where does it lie: {case.name}?", "There is no clue in the study."))
        return None
    found = case.map()
    places: Sequence[Place] = case.places
    if len(places) > _MOST_PLACES:
        known = Places(places)
        meant = {one.place.id for clue in found.clues for word in clue.places for one in known.resolve(word)}
        places = [place for place in places if place.id in meant]
    coarse_m = release(case, found).coarse_m
    plan = case.plan(found) if case.assets else None
    not_withheld = coarse_m is None  # where find spots are withheld, nothing that hints at them is made either
    return SearchSummary(
        thing=case.name,
        probability_map=found,
        places=tuple(places),
        plan=plan,
        closures=tuple(case.closures),
        searches=len(case.log.counting),
        dangers=tuple(case.dangers),
        sought=case.sought,
        coarse_m=coarse_m,
        questions=next_questions(found, places) if not_withheld else None,
        influence=clue_influence(found) if not_withheld else None,
        asset_values=plan_asset_values(case.task(found))
        if not_withheld and plan is not None and not plan.nothing_to_do
        else None,
    )


def next_questions(found: ProbabilityMap, places: Sequence[Place]) -> Questions | None:
    """Return what to ask whom next, None where it would take long."""
    from karmalink.seek import questions

    if found.probability.size * len(places) * 4 * max(1, len(found.witnesses)) > _MOST_ASKED:
        return None
    return questions(found, places)


def clue_influence(found: ProbabilityMap) -> Influence | None:
    """Return which clue the map hangs on, None where it would take long."""
    from karmalink.seek import influence

    return influence(found) if found.probability.size * len(found.clues) ** 2 <= _MOST_MIXED else None


def plan_asset_values(task: Task, offers: Sequence[Asset] = ()) -> AssetValue | None:
    """Return what each asset is worth to the plan and what offers would add, None where it would take long."""
    from karmalink.seek import asset_values

    return asset_values(task, offers) if task.budget.size * task.probability.size <= _MOST_PLANNED else None


_NOON = 12


def summarise_study(
    study: Study,
    people: Sequence[str],
    *,
    lives: Iterable[str] = (),
    case: str | Path | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> StudySummary:
    """Gather what a study holds of these people, and ask what can be asked.

    Each person's accounts are put to their own life (of those they wrote, the one with the most entries) and to
    `lives`: which nights draw on which days, and how far back. A register is ranked among the registers instead.

    Parameters
    ----------
    study : Study
        Open; for writing, where results are to be kept.
    people : sequence of str
        Whose nights and accounts.
    lives : iterable of str
        Lives to ask about, beside each person's own.
    case : str or Path, optional
        A case, for the map.
    seed : int
        Of everything random.
    progress : callable, optional
        Called with (steps done, steps).

    Raises
    ------
    UnknownName, ConsentMissing
        Somebody or some life that is not there, or somebody who has not agreed.
    CannotAnswer
        There is nothing to tell: no night, no account and no map.
    """
    wanted = [study.lives.get(life) for life in dict.fromkeys(lives)]
    for person in people:
        study.people.agreed(person)
    plan = list(_questions(study, people, wanted))
    tell = progress or (lambda done, total: None)
    answered: list[AnsweredQuestion] = []
    unanswered: list[OpenQuestion] = []
    for done, (question, about, ask) in enumerate(plan, start=1):
        try:
            answered.append(AnsweredQuestion(question, ask(seed), about))
        except CannotAnswer as error:
            unanswered.append(OpenQuestion(question, f"{error.what}."))
        tell(done, len(plan) + 1)
    nights, unscored = _nights(study, people)
    search = None if case is None else summarise_search(study, case, unanswered)
    tell(len(plan) + 1, len(plan) + 1)
    accounts = [account for person in people for account in study.accounts.list(person=person)]
    if not nights and not unscored and not accounts and search is None:
        raise CannotAnswer(
            "there is nothing to tell: no night, no account, and no map",
            next_step="karmalink study add nights FILE, karmalink study add accounts FILE, or --case",
        )
    unanswered = [*unscored, *_missing(study, people, wanted), *unanswered]
    named = _lives_named(study, answered, search)
    return StudySummary(
        people=_everybody(study, people, named, answered, search),
        nights=tuple(nights),
        accounts=tuple(accounts),
        awakenings=tuple(one for person in people for one in study.awakenings.list(person=person)),
        lives=tuple(named),
        answered=tuple(answered),
        unanswered=tuple(unanswered),
        search=search,
        names={life.id: life.title for life in study.lives.list() if life.title},
        audits=tuple(_audits(study, people)),
    )


def _audits(study: Study, people: Sequence[str]) -> Iterator[Audit]:
    """Go through the audits that were kept, of those whose accounts they are about."""
    from karmalink.link import Audit

    for kept in study.results.list("audit"):
        if any(kept.id.startswith(f"audit:{person}:") for person in people):
            yield Audit.from_dict(kept.data)


def summarise_night(study: Study, name: str) -> NightSummary | None:
    """Return a night as it was scored last, None where it was not.

    Raises
    ------
    UnknownName
        There is no such night.
    """
    hypnogram = study.nights.hypnogram(name)
    if hypnogram is None:
        return None
    findings = study.nights.findings(name)
    woken = sorted((one for one in study.awakenings.list() if one.night == name), key=lambda one: one.time)
    return NightSummary(
        name,
        _label(name, hypnogram.start),
        hypnogram,
        study.nights.summary(name),
        DoctorFindings(findings) if findings else None,
        tuple(woken),
    )


def _label(name: str, start: dt.datetime | None) -> str:
    if start is None:
        return f"Night {name}"
    # Who falls asleep after midnight sleeps the night of the day before.
    evening = start.date() - dt.timedelta(days=start.hour < _NOON)
    return f"The night of {evening.day} {evening:%B %Y}"


Ask = Callable[[int], "PairsResult | LagCurve | StrangerResult"]


def _questions(study: Study, people: Sequence[str], wanted: Sequence[Life]) -> Iterator[tuple[str, str, Ask]]:
    """Go through question, what is compared, and what answers it."""
    for person in people:
        if not study.accounts.ids(person=person):
            continue
        own = own_life(study.lives.list(person=person), person)
        for life in {life.id: life for life in (*([own] if own else ()), *wanted)}.values():
            if life.kind == REGISTER:
                yield _rank(study, person, life)
            else:
                yield from _days(study, person, life)


def _days(study: Study, person: str, life: Life) -> Iterator[tuple[str, str, Ask]]:
    name = life.title or life.id
    own = life.author == person
    whose = "their own days" if own else f"the days of {name}"
    about = "Each night against the week before it; the week after it is the decoy."
    yield (
        f"Do the dreams of {person} draw on {whose}?",
        about if own else f"{about} It is a life that the dreamer did not write.",
        lambda seed: find_pairs(study, person, life.id, seed=seed),
    )
    yield (
        f"How far back do the dreams of {person} reach into {whose}?",
        "The days before each night against as many after it, and against every shift of the nights.",
        lambda seed: lag_curve_of(study, person, life.id, seed=seed),
    )


def _rank(study: Study, person: str, life: Life) -> tuple[str, str, Ask]:
    return (
        f"Do the dreams of {person} fit {life.title or life.id} better than other lives?",
        f"All accounts of {person} against the lives of the registers, of which one was named beforehand.",
        lambda seed: rank_of(study, person, life.id),
    )


def _nights(study: Study, people: Sequence[str]) -> tuple[list[NightSummary], list[OpenQuestion]]:
    scored: list[NightSummary] = []
    unanswered = []
    for name in [name for person in people for name in study.nights.ids(person=person)]:
        night = summarise_night(study, name)
        if night is not None:
            scored.append(night)
            continue
        unanswered.append(
            OpenQuestion(
                f"How was the night {name} slept?", f"It is not scored: karmalink night score {name} --study …"
            )
        )
    return scored, unanswered


def _missing(study: Study, people: Sequence[str], wanted: Sequence[Life]) -> Iterator[OpenQuestion]:
    """Go through what nobody could ask of these people: no account, no life of theirs, too few lives to rank one."""
    for person in people:
        question = f"What do the dreams of {person} draw on?"
        if not study.accounts.ids(person=person):
            yield OpenQuestion(question, f"{person} has given no account.")
            continue
        own = own_life(study.lives.list(person=person), person)
        if own is None:
            yield OpenQuestion(
                question, "There is no life of this dreamer to compare with: a diary, a calendar, a chat."
            )
        elif not any(life.kind == REGISTER for life in wanted):
            stranger = power_of(study, person, own.id)["stranger"]
            if not stranger.can:
                yield OpenQuestion(stranger.asks, stranger.sentence)


def _lives_named(study: Study, answered: Sequence[AnsweredQuestion], search: SearchSummary | None) -> list[Life]:
    entries = (
        set() if search is None else {clue.witness.removeprefix("entry:") for clue in search.probability_map.clues}
    )
    named = {getattr(one.result, "life", "") or getattr(one.result, "own", "") for one in answered}
    return [
        life
        for life in study.lives.list()
        if life.id in named or not entries.isdisjoint(entry.id for entry in life.entries)
    ]


def _everybody(
    study: Study,
    people: Sequence[str],
    lives: Sequence[Life],
    answered: Sequence[AnsweredQuestion],
    search: SearchSummary | None,
) -> tuple[str, ...]:
    ranked = registers_of(study) if any(hasattr(one.result, "own") for one in answered) else []
    behind = {name for life in (*lives, *ranked) for name in study.lives.contributors(life.id)}
    return tuple(sorted({*people, *behind, *(people_on_map(study) if search else ())}))
