"""The worlds behind the gain: the whole pipeline over many seeds, once with true links and once with false.

Each seed regenerates everything: where the thing lies and where the places stand, which witnesses are right, which days
name a place near it, which dreams draw on which days and from which sleep stage, and every text. Links come from
:func:`karmalink.link.pairs` with its calibration, the map from :func:`karmalink.seek.locate`. The truth is used twice:
to generate, and to read off how much ground is searched before the find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.progress import Progress
from karmalink.demo.combined_gain import CombinedGain
from karmalink.demo.files import place_features
from karmalink.demo.grammar import SOUGHT
from karmalink.demo.story import Story, build_story
from karmalink.demo.town import GROUND_KM, Town, to_lonlat
from karmalink.demo.witnesses import WITNESSES, WitnessStatement, statements
from karmalink.link.mirror_null.pairs_result import NightScore
from karmalink.study.analyses.links_to_clues import (
    LINK_CLUES_Q,
    ClueFrom,
    accounts_mentioning,
    clues_and_witnesses,
    clues_from_links,
)
from karmalink.study.awakening import stage_groups

if TYPE_CHECKING:
    from karmalink.link import SignCalibration
    from karmalink.link.evidence.text_units import TextUnit
    from karmalink.seek import Area, Clue, Places, Witness
    from karmalink.seek.ground.frames import Frame

__all__ = [
    "CERTAIN",
    "WorldPair",
    "as_clues",
    "gain_of_seed",
    "ground_area",
    "measure_gain",
    "statements_of",
    "town_places",
]

CELL_M = 100.0
# Reliability of a link that is taken for certain: the highest that a witness can have.
CERTAIN = 0.98


@dataclass(frozen=True, slots=True)
class WorldPair:
    """Ground searched (km²) and clues used in the two worlds of one seed.

    Attributes
    ----------
    true_km2, false_km2 : tuple of float
        With the clues alone, with links, with links and nights.
    certain_km2 : float
        The false world, every link taken for certain.
    true_clues, false_clues : tuple of int
        Clues on the map.
    """

    true_km2: tuple[float, float, float]
    false_km2: tuple[float, float, float]
    certain_km2: float
    true_clues: tuple[int, int, int]
    false_clues: tuple[int, int, int]


def measure_gain(
    n_seeds: int = 200, *, first_seed: int = 1000, workers: int = 1, progress: Progress | None = None
) -> CombinedGain:
    """Return what combining clues, links and nights gains, over many simulated worlds.

    Parameters
    ----------
    n_seeds : int
        How many pairs of worlds.
    first_seed : int
        Seeds are ``first_seed … first_seed + n_seeds - 1``.
    workers : int
        Processes. The result is the same for any number of them.
    progress : callable, optional
        Called with (worlds done, worlds).
    """
    seeds = tuple(range(first_seed, first_seed + n_seeds))
    worlds = []
    with _mapped(workers) as run:
        for done, world in enumerate(run(gain_of_seed, seeds), start=1):
            worlds.append(world)
            if progress is not None:
                progress(done, n_seeds)
    return CombinedGain(
        seeds=seeds,
        ground_km2=GROUND_KM[0] * GROUND_KM[1],
        true_km2=np.array([world.true_km2 for world in worlds]),
        false_km2=np.array([world.false_km2 for world in worlds]),
        certain_km2=np.array([world.certain_km2 for world in worlds]),
        true_clues=np.array([world.true_clues for world in worlds], dtype=np.int64),
        false_clues=np.array([world.false_clues for world in worlds], dtype=np.int64),
    )


@contextmanager
def _mapped(workers: int) -> Iterator[Callable[..., Iterator[WorldPair]]]:
    """Yield a map in order: over new processes, or in this one."""
    if workers <= 1:
        yield map
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_leave_stopping_to_the_parent)
    try:
        yield lambda function, items: pool.map(function, items, chunksize=2)
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_stopping_to_the_parent() -> None:
    """Let Ctrl-C reach only the parent, which stops its workers; otherwise each would print a traceback."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def gain_of_seed(seed: int) -> WorldPair:
    """Return the ground searched in the true and in the false world of one seed."""
    true, false = build_story(seed), build_story(seed, "false")
    places = town_places(true.town)
    diary = _Diary()
    true_links, false_links = (_link_clues(story, places, diary) for story in (true, false))
    frames: dict[str, Frame] = {}
    true_search, false_search = (_Search.of(story, places, frames) for story in (true, false))
    return WorldPair(
        true_search.arms(true_links),
        false_search.arms(false_links),
        false_search.km2(_taken_for_certain(false, places)),
        true_search.counts(true_links),
        false_search.counts(false_links),
    )


def statements_of(story: Story) -> list[WitnessStatement]:
    """Return the statements of a story's witnesses."""
    rng = np.random.default_rng(np.random.SeedSequence(story.seed, spawn_key=(4,)))
    return statements(rng, story.town, story.truth.spot)


@lru_cache(maxsize=4)
def ground_area(cell_m: float) -> Area:
    """Return the grid over the whole ground."""
    from karmalink.seek import Area

    west, south = to_lonlat(0.0, 0.0)
    east, north = to_lonlat(GROUND_KM[0] * 1000, GROUND_KM[1] * 1000)
    return Area.from_bounds(west, south, east, north, cell_m=cell_m)


def town_places(town: Town) -> Places:
    """Return the town's places, lines and quarters as the map takes them."""
    from shapely.geometry import shape

    from karmalink.seek import Place, Places

    return Places(
        Place(
            feature["properties"]["id"],
            feature["properties"]["name"],
            shape(feature["geometry"]),
            feature["properties"]["kind"],
            tuple(feature["properties"].get("aliases", ())),
        )
        for feature in place_features(town)
    )


def as_clues(said: Sequence[WitnessStatement]) -> tuple[list[Clue], list[Witness]]:
    """Return statements as clues, and their witnesses with the grades that the searchers give them."""
    from karmalink.seek import Clue, Witness, parse_heading

    clues = [
        Clue(
            statement.id,
            statement.relation,
            statement.places,
            statement.witness,
            distance_m=statement.distance_m,
            heading=parse_heading(statement.heading) if statement.heading else None,
        )
        for statement in said
    ]
    witnesses = [
        Witness(
            card.id,
            source_grade=card.source_grade,
            info_grade=card.info_grade,
            talked_to=(card.talked_to,) if card.talked_to else (),
        )
        for card in WITNESSES
    ]
    return clues, witnesses


@dataclass(slots=True)
class _Diary:
    """What is computed once per life, whatever accounts it is compared with: its units and its calibration."""

    units: dict[str, list[TextUnit]] = field(default_factory=dict)
    calibration: SignCalibration | None = None


def _link_clues(story: Story, places: Places, diary: _Diary) -> tuple[list[ClueFrom], ...]:
    """Return the clues from links, without and with the stages of the awakenings."""
    from karmalink.link import gather, pairs
    from karmalink.link.evidence.text_units import dated

    accounts = accounts_mentioning(story.accounts, SOUGHT)
    material = gather(accounts, dated(story.life.entries), known=diary.units)
    clues = []
    for groups in ({}, stage_groups(story.accounts, story.awakenings)):
        result = pairs(
            accounts,
            story.life,
            q=LINK_CLUES_Q,
            groups=groups,
            material=material,
            calibration=diary.calibration,
            with_details=False,
        )
        diary.calibration = result.calibration
        clues.append(_clues(story, places, [link.score for link in result.links]))
    return tuple(clues)


def _clues(story: Story, places: Places, links: Sequence[NightScore]) -> list[ClueFrom]:
    return clues_from_links(links, story.accounts, story.life.entries, places, sought=SOUGHT)


def _taken_for_certain(story: Story, places: Places) -> list[ClueFrom]:
    """Return the clues if every resemblance to a day before is taken for its source, without a test."""
    day_of = {entry.id: entry.when.ordinal for entry in story.life.entries if entry.when is not None}
    before = [
        NightScore(account.night(), account.id, entry, account.night() + 1 - day_of[entry], 0.0, CERTAIN, CERTAIN)
        for account in story.accounts
        if (entry := story.truth.resembles.get(account.id)) is not None and day_of[entry] <= account.night()
    ]
    return [replace(clue, reliability=CERTAIN) for clue in _clues(story, places, before)]


@dataclass(frozen=True, slots=True)
class _Search:
    """One world's witnesses and the true spot; computes how much ground is searched with further clues."""

    area: Area
    places: Places
    clues: list[Clue]
    witnesses: list[Witness]
    spot: tuple[float, float]
    frames: dict[str, Frame]

    @classmethod
    def of(cls, story: Story, places: Places, frames: dict[str, Frame]) -> _Search:
        """Return the search of one story."""
        clues, witnesses = as_clues(statements_of(story))
        return cls(ground_area(CELL_M), places, clues, witnesses, to_lonlat(*story.truth.spot), frames)

    def arms(self, carried: Sequence[Sequence[ClueFrom]]) -> tuple[float, float, float]:
        """Return the km² searched with the clues alone, with links, with links and nights."""
        alone = self.km2(())
        links, nights = (self.km2(clues) if clues else alone for clues in carried)
        return alone, links, nights

    def counts(self, carried: Sequence[Sequence[ClueFrom]]) -> tuple[int, int, int]:
        """Return the numbers of clues."""
        links, nights = (len(self.clues) + len(clues) for clues in carried)
        return len(self.clues), links, nights

    def km2(self, links: Sequence[ClueFrom]) -> float:
        """Return the km² searched until the find."""
        from karmalink.seek import locate

        more, sources = clues_and_witnesses(links)
        found = locate(self.area, self.places, [*self.clues, *more], [*self.witnesses, *sources], frames=self.frames)
        return found.area_before_find(*self.spot)
