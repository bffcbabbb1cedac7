"""Summary of a study: what it holds and answers, as data for a report or the demo."""

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


@dataclass(frozen=True, slots=True)
class DoctorFindings:
    """The doctor's findings in a recording when it was scored."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class NightSummary:
    """One scored night.

    Attributes
    ----------
    id, label : str
        Identifier, and the name to show.
    hypnogram : Hypnogram
        The newest scoring.
    summary : SleepSummary or None
        Its summary.
    doctor : DoctorFindings or None
        None if nothing was found.
    awakenings : tuple of Awakening
        The awakenings of this night, in order.
    """

    id: str
    label: str
    hypnogram: Hypnogram
    summary: SleepSummary | None
    doctor: DoctorFindings | None
    awakenings: tuple[Awakening, ...]

    @property
    def parts(self) -> dict[str, Any]:
        """Return everything except the identifier by name, as ``karmalink.report.ReportNight`` takes it."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "id"}


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question that was asked of the study, with its answer."""

    question: str
    result: PairsResult | LagCurve | StrangerResult
    about: str = ""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that cannot be answered, and why."""

    question: str
    sentence: str


@dataclass(frozen=True, slots=True)
class SearchSummary:
    """A search: the map by all clues of the study and all searches of the case, the plan, and the next steps."""

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
    """What a study holds and answers.

    Attributes
    ----------
    people : tuple of str
        All people whose data are in this, by identifier.
    nights, accounts, awakenings, answered, unanswered, search
        The content.
    lives : tuple of Life
        The lives that results or clues name.
    names : dict of str to str
        Identifier → name to show.
    audits : tuple of Audit
        The stored audits of these people.
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


# More places than this crowd a map: then only the places that clues name are drawn.
_MOST_PLACES = 400
# What would take longer than the reader of a report should wait is left to ``karmalink seek ask`` and ``seek value``.
_MOST_MIXED = 1e8  # cells × clues² of every map without one clue
_MOST_ASKED = 2e8  # cells × questions to every witness
_MOST_PLANNED = 5e5  # assets × days × segments of every plan without one asset


def summarise_search(study: Study, path: str | Path, unanswered: list[OpenQuestion]) -> SearchSummary | None:
    """Return the search by the study's clues and a case's log, None if the study has no clue.

    Parameters
    ----------
    study : Study
        Open.
    path : str or Path
        The case.
    unanswered : list of OpenQuestion
        Questions that cannot be answered are added to it.
    """
    from karmalink.seek import Places, release

    case = case_of(study, path)
    if not case.clues:
        unanswered.append(OpenQuestion(f"Where does it lie: {case.name}?", "There is no clue in the study."))
        return None
    probability_map = case.map()
    places: Sequence[Place] = case.places
    if len(places) > _MOST_PLACES:
        known = Places(places)
        words = {word for clue in probability_map.clues for word in clue.places}
        named = {match.place.id for word in words for match in known.resolve(word)}
        places = [place for place in places if place.id in named]
    coarse_m = release(case, probability_map).coarse_m
    plan = case.plan(probability_map) if case.assets else None
    exact = coarse_m is None  # if find spots are withheld, nothing that hints at them is computed either
    return SearchSummary(
        thing=case.name,
        probability_map=probability_map,
        places=tuple(places),
        plan=plan,
        closures=tuple(case.closures),
        searches=len(case.log.counting),
        dangers=tuple(case.dangers),
        sought=case.sought,
        coarse_m=coarse_m,
        questions=next_questions(probability_map, places) if exact else None,
        influence=clue_influence(probability_map) if exact else None,
        asset_values=plan_asset_values(case.task(probability_map))
        if exact and plan is not None and not plan.nothing_to_do
        else None,
    )


def next_questions(probability_map: ProbabilityMap, places: Sequence[Place]) -> Questions | None:
    """Return which questions to ask which witness next, None if that would take long."""
    from karmalink.seek import questions

    if probability_map.probability.size * len(places) * 4 * max(1, len(probability_map.witnesses)) > _MOST_ASKED:
        return None
    return questions(probability_map, places)


def clue_influence(probability_map: ProbabilityMap) -> Influence | None:
    """Return the influence of each clue on the map, None if that would take long."""
    from karmalink.seek import influence

    return (
        influence(probability_map)
        if probability_map.probability.size * len(probability_map.clues) ** 2 <= _MOST_MIXED
        else None
    )


def plan_asset_values(task: Task, offers: Sequence[Asset] = ()) -> AssetValue | None:
    """Return the value of each asset to the plan and of each offer, None if that would take long."""
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
    """Gather what a study holds of these people, and answer what can be answered.

    Each person's accounts are compared with their own life (of those they wrote, the one with the most entries) and
    with `lives`: which nights draw on which days, and how far back. A register is ranked among the registers instead.

    Parameters
    ----------
    study : Study
        Open; for writing, if results are to be kept.
    people : sequence of str
        The people whose nights and accounts are summarised.
    lives : iterable of str
        Lives to compare with, beside each person's own.
    case : str or Path, optional
        A case, for the map.
    seed : int
        Of everything random.
    progress : callable, optional
        Called with (steps done, steps).

    Raises
    ------
    UnknownName, ConsentMissing
        An unknown person or life, or a person who has not agreed.
    CannotAnswer
        There is no night, no account and no map.
    """
    compared = [study.lives.get(life) for life in dict.fromkeys(lives)]
    for person in people:
        study.people.agreed(person)
    questions = list(_questions(study, people, compared))
    step = progress or (lambda done, total: None)
    answered, cannot_answer = _answers(questions, seed, step)
    nights, unscored = _nights(study, people)
    unanswered = [*unscored, *_not_asked(study, people, compared), *cannot_answer]
    search = None if case is None else summarise_search(study, case, unanswered)
    step(len(questions) + 1, len(questions) + 1)
    accounts = [account for person in people for account in study.accounts.list(person=person)]
    if not nights and not unscored and not accounts and search is None:
        raise CannotAnswer(
            "the study has nothing to report: no night, no account, and no map",
            next_step="karmalink study add nights FILE, karmalink study add accounts FILE, or --case",
        )
    named = _lives_named(study, answered, search)
    return StudySummary(
        people=_everyone(study, people, named, answered, search),
        nights=tuple(nights),
        accounts=tuple(accounts),
        awakenings=tuple(awakening for person in people for awakening in study.awakenings.list(person=person)),
        lives=tuple(named),
        answered=tuple(answered),
        unanswered=tuple(unanswered),
        search=search,
        names={life.id: life.title for life in study.lives.list() if life.title},
        audits=tuple(_audits(study, people)),
    )


def _answers(
    questions: Sequence[tuple[str, str, Ask]], seed: int, step: Progress
) -> tuple[list[AnsweredQuestion], list[OpenQuestion]]:
    """Return the answers of questions, and the questions that the data cannot answer."""
    answered: list[AnsweredQuestion] = []
    unanswered: list[OpenQuestion] = []
    for done, (question, about, ask) in enumerate(questions, start=1):
        try:
            answered.append(AnsweredQuestion(question, ask(seed), about))
        except CannotAnswer as error:
            unanswered.append(OpenQuestion(question, f"{error.what}."))
        step(done, len(questions) + 1)
    return answered, unanswered


def _audits(study: Study, people: Sequence[str]) -> Iterator[Audit]:
    """Yield the stored audits of the accounts of these people."""
    from karmalink.link import Audit

    for stored in study.results.list("audit"):
        if any(stored.id.startswith(f"audit:{person}:") for person in people):
            yield Audit.from_dict(stored.data)


def summarise_night(study: Study, name: str) -> NightSummary | None:
    """Return a night with its newest scoring, None if it is not scored.

    Raises
    ------
    UnknownName
        There is no such night.
    """
    hypnogram = study.nights.hypnogram(name)
    if hypnogram is None:
        return None
    findings = study.nights.findings(name)
    awakenings = [awakening for awakening in study.awakenings.list() if awakening.night == name]
    return NightSummary(
        name,
        _label(name, hypnogram.start),
        hypnogram,
        study.nights.summary(name),
        DoctorFindings(findings) if findings else None,
        tuple(sorted(awakenings, key=lambda awakening: awakening.time)),
    )


def _label(name: str, start: dt.datetime | None) -> str:
    if start is None:
        return f"Night {name}"
    # A recording that starts after midnight is of the night of the day before.
    evening = start.date() - dt.timedelta(days=start.hour < _NOON)
    return f"The night of {evening.day} {evening:%B %Y}"


Ask = Callable[[int], "PairsResult | LagCurve | StrangerResult"]


def _questions(study: Study, people: Sequence[str], compared: Sequence[Life]) -> Iterator[tuple[str, str, Ask]]:
    """Yield each question with what is compared, and the function that answers it."""
    for person in people:
        if not study.accounts.ids(person=person):
            continue
        own = own_life(study.lives.list(person=person), person)
        for life in {life.id: life for life in (*([own] if own else ()), *compared)}.values():
            if life.kind == REGISTER:
                yield _rank(study, person, life)
            else:
                yield from _days(study, person, life)


def _days(study: Study, person: str, life: Life) -> Iterator[tuple[str, str, Ask]]:
    name = life.title or life.id
    own = life.author == person
    whose = "their own days" if own else f"the days of {name}"
    about = "Each night is compared with the week before it; the week after it is the decoy."
    yield (
        f"Do the dreams of {person} draw on {whose}?",
        about if own else f"{about} The dreamer did not write this life.",
        lambda seed: find_pairs(study, person, life.id, seed=seed),
    )
    yield (
        f"How far back do the dreams of {person} reach into {whose}?",
        "The days before each night are compared with as many after it, and with every shift of the nights.",
        lambda seed: lag_curve_of(study, person, life.id, seed=seed),
    )


def _rank(study: Study, person: str, life: Life) -> tuple[str, str, Ask]:
    return (
        f"Do the dreams of {person} fit {life.title or life.id} better than other lives?",
        f"All accounts of {person} are compared with the lives of the registers; one was named beforehand.",
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


def _not_asked(study: Study, people: Sequence[str], compared: Sequence[Life]) -> Iterator[OpenQuestion]:
    """Yield the questions that could not be asked of these people: no account, no own life, too few lives to rank."""
    for person in people:
        question = f"What do the dreams of {person} draw on?"
        if not study.accounts.ids(person=person):
            yield OpenQuestion(question, f"{person} has no account.")
            continue
        own = own_life(study.lives.list(person=person), person)
        if own is None:
            yield OpenQuestion(
                question, "There is no life of this dreamer to compare with, such as a diary, a calendar or a chat."
            )
        elif not any(life.kind == REGISTER for life in compared):
            stranger = power_of(study, person, own.id)["stranger"]
            if not stranger.can:
                yield OpenQuestion(stranger.asks, stranger.sentence)


def _lives_named(study: Study, answered: Sequence[AnsweredQuestion], search: SearchSummary | None) -> list[Life]:
    entries = (
        set() if search is None else {clue.witness.removeprefix("entry:") for clue in search.probability_map.clues}
    )
    results = [question.result for question in answered]
    named = {getattr(result, "life", "") or getattr(result, "own", "") for result in results}
    return [
        life
        for life in study.lives.list()
        if life.id in named or not entries.isdisjoint(entry.id for entry in life.entries)
    ]


def _everyone(
    study: Study,
    people: Sequence[str],
    lives: Sequence[Life],
    answered: Sequence[AnsweredQuestion],
    search: SearchSummary | None,
) -> tuple[str, ...]:
    ranked = registers_of(study) if any(hasattr(question.result, "own") for question in answered) else []
    authors = {name for life in (*lives, *ranked) for name in study.lives.contributors(life.id)}
    return tuple(sorted({*people, *authors, *(people_on_map(study) if search else ())}))
