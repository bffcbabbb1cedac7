"""What a study holds and answers, gathered for whoever tells it: a report, the demo. Nothing here draws anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from karmalink.errors import CannotAnswer
from karmalink.study.analyses.analyses import (
    REGISTER,
    find_pairs,
    lag_curve_of,
    people_on_map,
    power_of,
    rank_of,
    registers_of,
)
from karmalink.study.analyses.open_questions import own_life
from karmalink.study.analyses.search_summary import search_told
from karmalink.study.analyses.study_summary import Found, Gap, NightTold, Question, SearchTold, Told

if TYPE_CHECKING:
    from karmalink.account import Life
    from karmalink.link import Audit, LagCurve, PairsResult, StrangerResult
    from karmalink.study.study import Study

__all__ = ["night_told", "told"]

Progress = Callable[[int, int], None]
_NOON = 12


def told(
    study: Study,
    people: Sequence[str],
    *,
    lives: Iterable[str] = (),
    case: str | Path | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Told:
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
    asked: list[Question] = []
    gaps: list[Gap] = []
    for done, (question, about, ask) in enumerate(plan, start=1):
        try:
            asked.append(Question(question, ask(seed), about))
        except CannotAnswer as error:
            gaps.append(Gap(question, f"{error.what}."))
        tell(done, len(plan) + 1)
    nights, unscored = _nights(study, people)
    search = None if case is None else search_told(study, case, gaps)
    tell(len(plan) + 1, len(plan) + 1)
    accounts = [account for person in people for account in study.accounts.list(person=person)]
    if not nights and not unscored and not accounts and search is None:
        raise CannotAnswer(
            "there is nothing to tell: no night, no account, and no map",
            next_step="karmalink study add nights FILE, karmalink study add accounts FILE, or --case",
        )
    gaps = [*unscored, *_missing(study, people, wanted), *gaps]
    named = _lives_named(study, asked, search)
    return Told(
        people=_everybody(study, people, named, asked, search),
        nights=tuple(nights),
        accounts=tuple(accounts),
        awakenings=tuple(one for person in people for one in study.awakenings.list(person=person)),
        lives=tuple(named),
        asked=tuple(asked),
        gaps=tuple(gaps),
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


def night_told(study: Study, name: str) -> NightTold | None:
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
    return NightTold(
        name,
        _label(name, hypnogram.start),
        hypnogram,
        study.nights.summary(name),
        Found(findings) if findings else None,
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


def _nights(study: Study, people: Sequence[str]) -> tuple[list[NightTold], list[Gap]]:
    scored: list[NightTold] = []
    gaps = []
    for name in [name for person in people for name in study.nights.ids(person=person)]:
        night = night_told(study, name)
        if night is not None:
            scored.append(night)
            continue
        gaps.append(
            Gap(f"How was the night {name} slept?", f"It is not scored: karmalink night score {name} --study …")
        )
    return scored, gaps


def _missing(study: Study, people: Sequence[str], wanted: Sequence[Life]) -> Iterator[Gap]:
    """Go through what nobody could ask of these people: no account, no life of theirs, too few lives to rank one."""
    for person in people:
        question = f"What do the dreams of {person} draw on?"
        if not study.accounts.ids(person=person):
            yield Gap(question, f"{person} has given no account.")
            continue
        own = own_life(study.lives.list(person=person), person)
        if own is None:
            yield Gap(question, "There is no life of this dreamer to compare with: a diary, a calendar, a chat.")
        elif not any(life.kind == REGISTER for life in wanted):
            stranger = power_of(study, person, own.id)["stranger"]
            if not stranger.can:
                yield Gap(stranger.asks, stranger.sentence)


def _lives_named(study: Study, asked: Sequence[Question], search: SearchTold | None) -> list[Life]:
    entries = set() if search is None else {clue.witness.removeprefix("entry:") for clue in search.found.clues}
    named = {getattr(one.result, "life", "") or getattr(one.result, "own", "") for one in asked}
    return [
        life
        for life in study.lives.list()
        if life.id in named or not entries.isdisjoint(entry.id for entry in life.entries)
    ]


def _everybody(
    study: Study,
    people: Sequence[str],
    lives: Sequence[Life],
    asked: Sequence[Question],
    search: SearchTold | None,
) -> tuple[str, ...]:
    ranked = registers_of(study) if any(hasattr(one.result, "own") for one in asked) else []
    behind = {name for life in (*lives, *ranked) for name in study.lives.contributors(life.id)}
    return tuple(sorted({*people, *behind, *(people_on_map(study) if search else ())}))
