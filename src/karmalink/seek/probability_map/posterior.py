"""Clues, places and witnesses in, the map out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from karmalink.errors import Duplicate, UnknownName, suggest
from karmalink.seek.clues.clues import Clue
from karmalink.seek.clues.sources import ClueGroup, DependentWitnesses, clue_group_of
from karmalink.seek.clues.witnesses import Witness, by_id
from karmalink.seek.ground.area import Area
from karmalink.seek.ground.frames import Frame
from karmalink.seek.ground.places import Place, Places
from karmalink.seek.probability_map.clue_layers import Layer, layer
from karmalink.seek.probability_map.probability_map import ProbabilityMap
from karmalink.seek.probability_map.shared_errors import SharedError, usual_shared_error

__all__ = ["DEPENDENT", "REST_OF_WORLD", "SHARED_ERROR", "locate"]

SHARED_ERROR = 0.0  # every clue is right or wrong on its own, given its witness: the formula of the mixture as it is
REST_OF_WORLD = 0.1  # prior probability that it lies outside the map
DEPENDENT = 0.5  # probability that witnesses who talked to each other repeat one account


def locate(
    area: Area,
    places: Iterable[Place],
    clues: Iterable[Clue],
    witnesses: Iterable[Witness],
    *,
    prior: ArrayLike | None = None,
    rest_of_world: float = REST_OF_WORLD,
    dependent: float = DEPENDENT,
    shared_error: float = SHARED_ERROR,
    displacement: SharedError | None = None,
    frames: dict[str, Frame] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ProbabilityMap:
    """Return where it lies, as far as the clues tell.

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
        Prior probability of the cells, in proportion; without it uniform.
    rest_of_world : float
        Prior probability that it is not on the map.
    dependent : float
        Probability that witnesses who talked to each other repeat one account, right or wrong as a whole.
    shared_error : float
        Share of a witness's unreliability that is about the whole account: a true memory of another spot, or a
        consistent lie. 0: every clue is right or wrong on its own, given the witness. With 0.5, statements of one
        witness that fit each other no longer outvote that witness's own grade.
    displacement : SharedError, optional
        How far the spot that everybody tells of may lie from the true one; without it a wide prior at the scale of the
        map is taken. Surveyed witnesses do not share it.
    frames : dict, optional
        Distances of places on this very area, by identifier; it is filled, so that the next map of the same area and
        places need not measure them again.
    progress : callable, optional
        Called with (clues done, clues).

    Raises
    ------
    UnknownName
        An unknown place or witness.
    InputError, CannotAnswer
        A clue that cannot be used on this map; see :func:`~karmalink.seek.layer`.
    """
    all_clues = tuple(clues)
    known = by_id(witnesses)
    _check(all_clues, known)
    gazetteer = places if isinstance(places, Places) else Places(places)
    layers = _layers(area, all_clues, gazetteer, frames, progress)
    repeats = _repeats(all_clues)
    groups, owners = _clue_groups(all_clues, known, repeats, shared_error)
    start = np.ones(area.n) if prior is None else np.asarray(prior, dtype=np.float64)
    blank = ProbabilityMap(
        area=area,
        clues=all_clues,
        witnesses=tuple(known.values()),
        layers=tuple(layers),
        probability=start,
        rest_of_world=rest_of_world,
        clue_prior=_clue_prior(all_clues, groups, repeats),
        clue_reliability={},
        witness_prior={name: witness.prior for name, witness in known.items()}
        | {owner: group.expected_share for owner, group in zip(owners, groups, strict=True)},
        witness_reliability={},
        repeats=repeats,
        prior=start,
        prior_rest_of_world=rest_of_world,
        log_evidence=0.0,
        clue_groups=tuple(groups),
        dependent_witnesses=tuple(_dependent_witnesses(all_clues, known, groups, owners, dependent)),
        group_witness=tuple(owners),
        shared_error=usual_shared_error(area) if displacement is None else displacement,
    )
    return blank.with_prior(start, rest_of_world)


def _layers(
    area: Area,
    clues: Sequence[Clue],
    places: Places,
    frames: dict[str, Frame] | None,
    progress: Callable[[int, int], None] | None,
) -> list[Layer]:
    measured: dict[str, Frame] = {} if frames is None else frames
    last = _last_named(clues, places) if frames is None else {}
    layers: list[Layer] = []
    for number, clue in enumerate(clues):
        layers.append(layer(area, clue, places, frames=measured))
        if frames is None:
            # The distances of one place take six times the memory of a layer: on a large map they are soon let go.
            for name in [name for name in measured if last.get(name.partition("\0")[0], -1) <= number]:
                del measured[name]
        if progress is not None:
            progress(number + 1, len(clues))
    return layers


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
                f"unknown witness {clue.witness[:40]!r}",
                where=f"clue {clue.id}",
                rule="every clue has a witness of the table",
                next_step=suggest(clue.witness, known) or "add that witness to the table",
            )


def _repeats(clues: Sequence[Clue]) -> dict[str, str]:
    """Return clues that repeat a statement of the same witness, with the one that counts: the surest, or the first."""
    same: dict[object, list[Clue]] = {}
    for clue in clues:
        same.setdefault((clue.witness, clue.statement), []).append(clue)
    repeats = {}
    for group in same.values():
        counts = max(group, key=lambda clue: -1.0 if clue.reliability is None else clue.reliability)
        repeats.update({clue.id: counts.id for clue in group if clue is not counts})
    return repeats


def _clue_groups(
    clues: Sequence[Clue], known: dict[str, Witness], repeats: dict[str, str], shared_error: float
) -> tuple[list[ClueGroup], list[str]]:
    """Return one group per witness who said something, and whose it is."""
    rows: dict[str, list[int]] = {}
    for row, clue in enumerate(clues):
        if clue.id not in repeats:
            rows.setdefault(clue.witness, []).append(row)
    groups = []
    for name, mine in rows.items():
        witness = known[name]
        own = [clues[row].reliability for row in mine]
        stated = [value for value in own if value is not None]
        # A witness without any grade whose clues have reliabilities of their own (an old life that a link points to) is
        # expected to be as reliable as those clues.
        mean = float(np.mean(stated)) if stated and not witness.is_graded else None
        theta, weights = witness.states(len(mine), mean)
        centre = float(theta @ weights)
        means = np.array([centre if value is None else value for value in own])
        groups.append(clue_group_of(tuple(mine), theta, weights, means, shared_error))
    return groups, list(rows)


def _clue_prior(clues: Sequence[Clue], groups: Sequence[ClueGroup], repeats: dict[str, str]) -> dict[str, float]:
    means: dict[str, float] = {}
    for group in groups:
        for column, row in enumerate(group.clues):
            means[clues[row].id] = (1.0 - group.shared_error) * float(group.weights @ group.rho[:, column])
    return {clue.id: means[repeats.get(clue.id, clue.id)] for clue in clues}


def _dependent_witnesses(
    clues: Sequence[Clue], known: dict[str, Witness], groups: Sequence[ClueGroup], owners: Sequence[str], share: float
) -> list[DependentWitnesses]:
    """Return the witnesses who talked to each other, circle by circle, with their different statements."""
    if share <= 0:
        return []
    dependent = []
    for circle in _circles(known, owners):
        if len(circle) < 2:
            continue
        members = [groups[number] for number in circle]
        different: dict[object, int] = {}
        for group in members:
            for row in group.clues:
                different.setdefault(clues[row].statement, row)
        right = float(np.mean([group.expected_share for group in members]))
        dependent.append(DependentWitnesses(tuple(circle), share, right, tuple(different.values())))
    return dependent


def _circles(known: dict[str, Witness], owners: Sequence[str]) -> list[list[int]]:
    """Return the numbers of the groups, gathered by who talked to whom, directly or through others."""
    head = {name: name for name in known}

    def head_of(name: str) -> str:
        while head[name] != name:
            name = head[name]
        return name

    for witness in known.values():
        for other in witness.talked_to:
            head[head_of(other)] = head_of(witness.id)
    circles: dict[str, list[int]] = {}
    for number, name in enumerate(owners):
        circles.setdefault(head_of(name), []).append(number)
    return list(circles.values())
