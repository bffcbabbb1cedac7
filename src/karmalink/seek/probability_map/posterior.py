"""Clues, places and witnesses in, the map out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from karmalink.errors import Duplicate, UnknownName, suggest
from karmalink.seek.clues.clues import Clue
from karmalink.seek.clues.sources import Block, Story, block_of
from karmalink.seek.clues.witnesses import Witness, by_id
from karmalink.seek.ground.area import Area
from karmalink.seek.ground.frames import Frame
from karmalink.seek.ground.places import Place, Places
from karmalink.seek.probability_map.clue_layers import Layer, layer
from karmalink.seek.probability_map.clues_map import CluesMap

__all__ = ["ASTRAY", "OUTSIDE", "SHARED_STORY", "locate"]

ASTRAY = 0.0  # every clue is right or wrong on its own, given its witness: the formula of the mixture as it stands
OUTSIDE = 0.1  # belief before any clue that it lies outside the map
SHARED_STORY = 0.5  # probability that witnesses who talked to each other retell one story


def locate(
    area: Area,
    places: Iterable[Place],
    clues: Iterable[Clue],
    witnesses: Iterable[Witness],
    *,
    prior: ArrayLike | None = None,
    outside: float = OUTSIDE,
    shared_story: float = SHARED_STORY,
    astray: float = ASTRAY,
    frames: dict[str, Frame] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> CluesMap:
    """Say where it lies, as far as the clues tell.

    Parameters
    ----------
    area : Area
        The grid.
    places : Places or iterable of Place
        What clues can refer to.
    clues : iterable of Clue
        What was said. The same statement of the same witness twice counts once.
    witnesses : iterable of Witness
        Who said it.
    prior : array_like, shape (n,), optional
        Belief before the clues; without it every cell alike.
    outside : float
        Belief before the clues that it is not on the map.
    shared_story : float
        Probability that witnesses who talked to each other retell one story, which is right or astray as a whole.
    astray : float
        Share of a witness's unreliability that is about the whole account: a true memory of another spot, or a lie that
        hangs together. 0: every clue is right or wrong on its own, given the witness. With 0.5, statements of one
        witness that fit each other no longer outvote that witness's own grade.
    frames : dict, optional
        What was measured of places on this very area, by identifier; it is filled, so that the next map of the same
        area and places need not measure them again.
    progress : callable, optional
        Called with (clues done, clues).

    Raises
    ------
    UnknownName
        A place or a witness that nobody has introduced.
    InputError, CannotAnswer
        A clue that cannot be used on this map; see :func:`~karmalink.seek.layer`.
    """
    said = tuple(clues)
    known = by_id(witnesses)
    _check(said, known)
    gazetteer = places if isinstance(places, Places) else Places(places)
    found: list[Layer] = []
    measured: dict[str, Frame] = {} if frames is None else frames
    last = _last_named(said, gazetteer) if frames is None else {}
    for number, clue in enumerate(said):
        found.append(layer(area, clue, gazetteer, frames=measured))
        if frames is None:
            # What is known of one place takes six times the memory of a layer: on a large map it is not kept for long.
            for name in [name for name in measured if last.get(name, -1) <= number]:
                del measured[name]
        if progress is not None:
            progress(number + 1, len(said))
    repeats = _repeats(said)
    blocks, owners = _blocks(said, known, repeats, astray)
    stories = _stories(said, known, blocks, owners, shared_story)
    start = np.ones(area.n) if prior is None else np.asarray(prior, dtype=np.float64)
    blank = CluesMap(
        area=area,
        clues=said,
        witnesses=tuple(known.values()),
        layers=tuple(found),
        belief=start,
        outside=outside,
        clue_prior=_clue_prior(said, blocks, repeats),
        clue_reliability={},
        witness_prior={name: witness.prior for name, witness in known.items()}
        | {owner: _mean(block) for owner, block in zip(owners, blocks, strict=True)},
        witness_reliability={},
        repeats=repeats,
        prior=start,
        prior_outside=outside,
        log_evidence=0.0,
        blocks=tuple(blocks),
        stories=tuple(stories),
        block_witness=tuple(owners),
    )
    return blank.remixed(start, outside)


def _last_named(clues: Sequence[Clue], places: Places) -> dict[str, int]:
    """Return the number of the last clue that may mean each place."""
    return {
        namesake.place.id: number
        for number, clue in enumerate(clues)
        for name in clue.places
        for namesake in places.resolve(name)
    }


def _check(clues: Sequence[Clue], known: dict[str, Witness]) -> None:
    seen: set[str] = set()
    for clue in clues:
        if clue.id in seen:
            raise Duplicate(f"two clues have the identifier {clue.id!r}", rule="an identifier means one clue")
        seen.add(clue.id)
        if clue.witness not in known:
            raise UnknownName(
                f"clue {clue.id} is from {clue.witness!r}, whom nobody has introduced",
                rule="every clue has a witness",
                next_step=suggest(clue.witness, known) or "add that witness",
            )


def _repeats(clues: Sequence[Clue]) -> dict[str, str]:
    """Return clues that repeat a statement of the same witness, with the one that counts: the surest, or the first."""
    groups: dict[object, list[Clue]] = {}
    for clue in clues:
        groups.setdefault((clue.witness, clue.statement), []).append(clue)
    repeats = {}
    for group in groups.values():
        counts = max(group, key=lambda clue: -1.0 if clue.reliability is None else clue.reliability)
        repeats.update({clue.id: counts.id for clue in group if clue is not counts})
    return repeats


def _blocks(
    clues: Sequence[Clue], known: dict[str, Witness], repeats: dict[str, str], astray: float
) -> tuple[list[Block], list[str]]:
    """Return one block per witness who said something, and whose it is."""
    rows: dict[str, list[int]] = {}
    for row, clue in enumerate(clues):
        if clue.id not in repeats:
            rows.setdefault(clue.witness, []).append(row)
    blocks = []
    for name, mine in rows.items():
        witness = known[name]
        own = [clues[row].reliability for row in mine]
        stated = [value for value in own if value is not None]
        # A witness of whom nothing is known but what their clues are worth (an old life that a link points to) is
        # expected to be as reliable as those clues.
        mean = float(np.mean(stated)) if stated and not witness.is_graded else None
        theta, weights = witness.states(len(mine), mean)
        centre = float(theta @ weights)
        means = np.array([centre if value is None else value for value in own])
        blocks.append(block_of(tuple(mine), theta, weights, means, astray))
    return blocks, list(rows)


def _mean(block: Block) -> float:
    return (1.0 - block.astray) * float(np.mean(block.weights @ block.rho))


def _clue_prior(clues: Sequence[Clue], blocks: Sequence[Block], repeats: dict[str, str]) -> dict[str, float]:
    means: dict[str, float] = {}
    for block in blocks:
        for column, row in enumerate(block.clues):
            means[clues[row].id] = (1.0 - block.astray) * float(block.weights @ block.rho[:, column])
    return {clue.id: means[repeats.get(clue.id, clue.id)] for clue in clues}


def _stories(
    clues: Sequence[Clue], known: dict[str, Witness], blocks: Sequence[Block], owners: Sequence[str], share: float
) -> list[Story]:
    """Return one story for every circle of witnesses who talked to each other."""
    if share <= 0:
        return []
    stories = []
    for circle in _circles(known, owners):
        if len(circle) < 2:
            continue
        members = [blocks[number] for number in circle]
        different: dict[object, int] = {}
        for block in members:
            for row in block.clues:
                different.setdefault(clues[row].statement, row)
        right = float(np.mean([_mean(block) for block in members]))
        stories.append(Story(tuple(circle), share, right, tuple(different.values())))
    return stories


def _circles(known: dict[str, Witness], owners: Sequence[str]) -> list[list[int]]:
    """Return the numbers of the blocks, gathered by who talked to whom, directly or through others."""
    head = {name: name for name in known}

    def find(name: str) -> str:
        while head[name] != name:
            name = head[name]
        return name

    for witness in known.values():
        for other in witness.talked_to:
            head[find(other)] = find(witness.id)
    circles: dict[str, list[int]] = {}
    for number, name in enumerate(owners):
        circles.setdefault(find(name), []).append(number)
    return list(circles.values())
