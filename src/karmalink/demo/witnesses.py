"""Five witnesses of unequal reliability, and what they say about where it lies: right with an error, or wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from karmalink.demo.paraphrases import draw_one
from karmalink.demo.town import GROUND_KM, Town, TownPlace

__all__ = ["WITNESSES", "WitnessCard", "WitnessStatement", "point_in", "statements"]

_WINDS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
_BEARING_ERROR_DEG, _DISTANCE_ERROR = 14.0, 0.18
_ALONG_M, _CALL_M = 450.0, 400.0
_LINES = {"river": "river", "rail": "railway line"}


@dataclass(frozen=True, slots=True)
class WitnessCard:
    """One witness.

    Attributes
    ----------
    id, title : str
        Identifier and what they are.
    source_grade : str
        Admiralty grade A to F, as the searchers see them: the analysis has only this.
    info_grade : int
        1 to 6.
    talked_to : str
        Another witness whose error they may share; empty where none.
    truth : float
        Mean of how often they are really right; nobody in the story knows it.
    says : int
        How many statements they make.
    """

    id: str
    title: str
    source_grade: str
    info_grade: int
    talked_to: str
    truth: float
    says: int


WITNESSES: tuple[WitnessCard, ...] = (
    WitnessCard("monk", "a monk of the pagoda", "B", 3, "", 0.65, 1),
    WitnessCard("thief", "a former thief", "D", 3, "", 0.45, 2),
    WitnessCard("dealer", "a junk dealer", "E", 4, "thief", 0.25, 2),
    WitnessCard("surveyor", "a railway surveyor", "A", 2, "", 0.8, 1),
    WitnessCard("ferryman", "a ferryman", "C", 4, "", 0.45, 1),
)
_STRENGTH = 6.0


@dataclass(frozen=True, slots=True)
class WitnessStatement:
    """What one witness says about where it lies; `right` belongs to the truth and never leaves for the analysis."""

    id: str
    witness: str
    relation: str
    places: tuple[str, ...]
    distance_m: float | None
    heading: str
    words: str
    right: bool


@dataclass(frozen=True, slots=True)
class _Said:
    relation: str
    places: tuple[str, ...]
    words: str
    distance_m: float | None = None
    heading: str = ""


def statements(rng: np.random.Generator, town: Town, spot: tuple[float, float]) -> list[WitnessStatement]:
    """Return everything the witnesses say.

    A witness who is wrong speaks of another spot, drawn anywhere; one who talked to another is, half of the time,
    wrong about the same spot.
    """
    statements: list[WitnessStatement] = []
    shared_error: dict[str, tuple[float, float]] = {}
    for card in WITNESSES:
        reliability = rng.beta(card.truth * _STRENGTH, (1 - card.truth) * _STRENGTH)
        shares = card.talked_to in shared_error and rng.random() < 0.5
        shared_error[card.id] = shared_error[card.talked_to] if shares else _anywhere(rng)
        for number in range(1, card.says + 1):
            right = bool(rng.random() < reliability)
            x, y = spot if right else shared_error[card.id]
            what = draw_one(rng, _KINDS)(rng, town, x, y)
            statements.append(
                WitnessStatement(
                    f"{card.id}-{number}",
                    card.id,
                    what.relation,
                    what.places,
                    what.distance_m,
                    what.heading,
                    what.words,
                    right,
                )
            )
    return statements


def point_in(outline: np.ndarray[tuple[int, ...], np.dtype[np.float64]], x: float, y: float) -> bool:
    """Return whether a point lies inside a polygon (even-odd rule)."""
    x0, y0 = outline[:, 0], outline[:, 1]
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    crosses = (y0 > y) != (y1 > y)
    at = x0 + (y - y0) / np.where(crosses, y1 - y0, 1.0) * (x1 - x0)
    return bool(np.count_nonzero(crosses & (x < at)) % 2)


def _anywhere(rng: np.random.Generator) -> tuple[float, float]:
    x, y = rng.uniform(0.03, 0.97, 2) * np.array(GROUND_KM) * 1000
    return float(x), float(y)


def _away(place: TownPlace, x: float, y: float) -> tuple[float, float]:
    """Return distance (m) and bearing (degrees from north) of a point seen from a place."""
    return math.hypot(x - place.x, y - place.y), math.degrees(math.atan2(x - place.x, y - place.y)) % 360


def _rounded(rng: np.random.Generator, distance: float) -> float:
    """Return a distance as people give it: with an error, in steps of 50 m below a kilometre and of 250 m above."""
    heard = distance * math.exp(rng.normal(0, _DISTANCE_ERROR))
    step = 50.0 if heard < 1000 else 250.0
    return max(step, round(heard / step) * step)


def _wind(rng: np.random.Generator, bearing: float) -> str:
    return _WINDS[round((bearing + rng.normal(0, _BEARING_ERROR_DEG)) % 360 / 45) % 8]


def _some(rng: np.random.Generator, town: Town, x: float, y: float, least: float = 0.0) -> TownPlace:
    """Return one of the six nearest places that are at least so far away."""
    return draw_one(rng, [place for place in town.nearest(x, y) if _away(place, x, y)[0] >= least][:6])


def _near(rng: np.random.Generator, town: Town, x: float, y: float) -> _Said:
    near = [place for place in town.nearest(x, y)[:3] if _away(place, x, y)[0] < _CALL_M] or town.nearest(x, y)[:1]
    place = draw_one(rng, near)
    return _Said("near", (place.id,), f"It was close to the {place.name}, you could have called across.")


def _distance(rng: np.random.Generator, town: Town, x: float, y: float) -> _Said:
    place = _some(rng, town, x, y, 250)
    metres = _rounded(rng, _away(place, x, y)[0])
    return _Said("distance", (place.id,), f"About {metres:.0f} metres from the {place.name}; I paced it.", metres)


def _heading(rng: np.random.Generator, town: Town, x: float, y: float) -> _Said:
    place = _some(rng, town, x, y, 250)
    wind = _wind(rng, _away(place, x, y)[1])
    return _Said("heading", (place.id,), f"They went off to the {wind} from the {place.name}.", heading=wind)


def _distance_heading(rng: np.random.Generator, town: Town, x: float, y: float) -> _Said:
    place = _some(rng, town, x, y, 250)
    distance, bearing = _away(place, x, y)
    metres, wind = _rounded(rng, distance), _wind(rng, bearing)
    words = f"From the {place.name} it is {metres:.0f} metres to the {wind}."
    return _Said("distance_heading", (place.id,), words, metres, wind)


def _between(rng: np.random.Generator, town: Town, x: float, y: float) -> _Said:
    near = town.nearest(x, y)[:7]
    pairs = [
        (_away(a, x, y)[0] + _away(b, x, y)[0] - _away(a, b.x, b.y)[0], a, b)
        for at, a in enumerate(near)
        for b in near[at + 1 :]
        if _away(a, b.x, b.y)[0] > 500
    ]
    _, a, b = draw_one(rng, sorted(pairs, key=lambda pair: pair[0])[:3])
    return _Said("between", (a.id, b.id), f"Somewhere between the {a.name} and the {b.name}.")


def _along(rng: np.random.Generator, town: Town, x: float, y: float) -> _Said:
    gaps = {name: float(np.hypot(line[:, 0] - x, line[:, 1] - y).min()) for name, line in town.lines.items()}
    name = min(gaps, key=gaps.__getitem__)
    if gaps[name] > _ALONG_M:
        return _within(rng, town, x, y)
    return _Said("along", (name,), f"They kept to the {_LINES[name]}, never far from it.")


def _within(rng: np.random.Generator, town: Town, x: float, y: float) -> _Said:
    name = next((name for name, outline in town.quarters.items() if point_in(outline, x, y)), "")
    if not name:
        return _near(rng, town, x, y)
    return _Said("within", (name.replace(" ", "-"),), f"It never left the {name}.")


_KINDS: tuple[Callable[[np.random.Generator, Town, float, float], _Said], ...] = (
    _near,
    _distance,
    _heading,
    _heading,
    _distance_heading,
    _between,
    _along,
    _along,
    _within,
    _within,
)
