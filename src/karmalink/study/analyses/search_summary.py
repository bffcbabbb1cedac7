"""A search as it is told: map, plan, what to ask whom next, what the map hangs on, what each tool is worth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from karmalink.study.analyses.analyses import case_of
from karmalink.study.analyses.study_summary import Gap, SearchTold

if TYPE_CHECKING:
    from karmalink.seek import Asset, Barter, CluesMap, Influence, Place, Questions, Task
    from karmalink.study.study import Study

__all__ = ["hanging", "next_questions", "search_told", "tool_worth"]

# More places than this crowd a map: then only those are drawn that clues name.
_MOST_PLACES = 400
# What would take longer than a reader of a report waits is left to ``karmalink seek ask`` and ``seek barter``.
_MOST_MIXED = 1e8  # cells × clues² of every map without one clue
_MOST_ASKED = 2e8  # cells × questions to every witness
_MOST_PLANNED = 5e5  # assets × days × segments of every plan without one asset


def search_told(study: Study, path: str | Path, gaps: list[Gap]) -> SearchTold | None:
    """Return where it lies by the study's clues and a case's searches, None where the study has no clue.

    Parameters
    ----------
    study : Study
        Open.
    path : str or Path
        The case.
    gaps : list of Gap
        What cannot be told is added to it.
    """
    from karmalink.seek import Places, release

    case = case_of(study, path)
    if not case.clues:
        gaps.append(Gap(f"Where does it lie: {case.name}?", "There is no clue in the study."))
        return None
    found = case.map()
    places: Sequence[Place] = case.places
    if len(places) > _MOST_PLACES:
        known = Places(places)
        meant = {one.place.id for clue in found.clues for word in clue.places for one in known.resolve(word)}
        places = [place for place in places if place.id in meant]
    coarse_m = release(case, found).coarse_m
    plan = case.plan(found) if case.assets else None
    told = coarse_m is None  # where find spots are withheld, nothing that hints at them is made either
    return SearchTold(
        thing=case.name,
        found=found,
        places=tuple(places),
        plan=plan,
        closures=tuple(case.closures),
        searches=len(case.log.counting),
        dangers=tuple(case.dangers),
        sought=case.sought,
        coarse_m=coarse_m,
        questions=next_questions(found, places) if told else None,
        influence=hanging(found) if told else None,
        barter=tool_worth(case.task(found)) if told and plan is not None and not plan.nothing_to_do else None,
    )


def next_questions(found: CluesMap, places: Sequence[Place]) -> Questions | None:
    """Return what to ask whom next, None where it would take long."""
    from karmalink.seek import questions

    if found.belief.size * len(places) * 4 * max(1, len(found.witnesses)) > _MOST_ASKED:
        return None
    return questions(found, places)


def hanging(found: CluesMap) -> Influence | None:
    """Return which clue the map hangs on, None where it would take long."""
    from karmalink.seek import influence

    return influence(found) if found.belief.size * len(found.clues) ** 2 <= _MOST_MIXED else None


def tool_worth(task: Task, offers: Sequence[Asset] = ()) -> Barter | None:
    """Return what each asset is worth to the plan and what offers would add, None where it would take long."""
    from karmalink.seek import barter

    return barter(task, offers) if task.budget.size * task.belief.size <= _MOST_PLANNED else None
