"""Which question to ask which witness next: the expected information gain of the answer.

A question is yes or no ("is it near the market?", "is it north of the pagoda?"). A witness who is right with
probability r answers truly, otherwise with whatever they would have said anyway. The value of asking is the mutual
information of answer and place, in bits (Lindley 1956, Annals of Mathematical Statistics 27, 986–1005).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.base.wording import percent
from karmalink.errors import InputError
from karmalink.seek.ground.frames import frame_of

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.seek.clues.witnesses import Witness
    from karmalink.seek.ground.places import Place
    from karmalink.seek.probability_map.probability_map import ProbabilityMap

__all__ = ["Question", "Questions", "information", "questions"]

_FARTHEST = 2.0  # widths of the area: a place farther from the middle is not asked about
_MOST_PLACES = 400
_NEAR_M = (150.0, 500.0)
_LINKED = "link"  # the start of the origin of a clue that comes from a link


@dataclass(frozen=True, slots=True)
class Question:
    """One question to one witness.

    Attributes
    ----------
    witness : str
    text : str
        In plain words.
    place : str
        Identifier of the place it is about.
    yes : float
        Probability that the answer is yes.
    bits : float
        Expected information gain: by how much the answer lowers the entropy of the map, on average.
    """

    witness: str
    text: str
    place: str
    yes: float
    bits: float

    def sentence(self) -> str:
        """Return the question as a sentence, with the probability of a yes and the information gain."""
        return f"ask {self.witness}: {self.text} (yes with {percent(self.yes)}; {self.bits:.2g} bits)"

    def to_dict(self) -> dict[str, Any]:
        """Return the fields."""
        return {
            "witness": self.witness,
            "question": self.text,
            "place": self.place,
            "yes": round(self.yes, 6),
            "bits": round(self.bits, 6),
        }


@dataclass(frozen=True, eq=False, repr=False)
class Questions:
    """Questions, the most informative first, and the entropy of the map.

    Attributes
    ----------
    ranked : tuple of Question
    entropy_bits : float
        Of the probability over the cells and the rest of the world.
    """

    ranked: tuple[Question, ...]
    entropy_bits: float

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per question."""
        import pandas as pd

        return pd.DataFrame([question.to_dict() for question in self.ranked])

    def to_dict(self) -> dict[str, Any]:
        """Return the questions, ready for JSON."""
        return {
            "entropy_bits": round(self.entropy_bits, 6),
            "questions": [question.to_dict() for question in self.ranked],
        }

    def __repr__(self) -> str:
        """One-line summary."""
        if not self.ranked:
            return "Questions(no place or no witness to ask about)"
        top = self.ranked[0]
        return f"Questions(ask {top.witness}: {top.text} gains {top.bits:.2g} of {self.entropy_bits:.2g} bits)"


def information(probability: Floats, rest_of_world: float, fits: Floats, right: float) -> tuple[float, float]:
    """Return the probability of a yes, and the mutual information of the answer and the place in bits.

    Parameters
    ----------
    probability : ndarray, shape (n,)
        With `rest_of_world` it sums to 1.
    rest_of_world : float
        Outside the map the true answer is no.
    fits : ndarray, shape (n,)
        Probability of a true yes if it lies in that cell.
    right : float
        Probability that the witness answers truly; otherwise the answer has nothing to do with the place.
    """
    # P(yes) = Σ_x p(x) · fits(x): a wrong witness says yes as often as a right one does over the whole map
    yes = float(probability @ fits)
    # (n,): P(yes | x) = r · fits(x) + (1 − r) · P(yes)
    yes_here = right * fits + (1.0 - right) * yes
    # H(answer | place) = Σ_x p(x) · h(P(yes | x)) + p(rest of world) · h((1 − r) · P(yes))
    beyond = rest_of_world * float(_entropy(np.array((1.0 - right) * yes)))
    left = float(probability @ _entropy(yes_here)) + beyond
    # I(answer; place) = h(P(yes)) − H(answer | place)
    return yes, max(0.0, float(_entropy(np.array(yes))) - left)


def questions(
    probability_map: ProbabilityMap, places: Iterable[Place], witnesses: Sequence[Witness] = (), *, top: int = 10
) -> Questions:
    """Rank questions about places near the map for every witness.

    What a witness has said already in these words is not asked again. A witness is relied on as far as the map now
    relies on them.

    Parameters
    ----------
    probability_map : ProbabilityMap
    places : iterable of Place
        What can be asked about; of very many, those nearest to the probability.
    witnesses : sequence of Witness, optional
        Who can be asked; without it the witnesses of the map, except those whose clues all came from links: an entry of
        a diary cannot answer.
    top : int
        How many questions to return.

    Raises
    ------
    InputError
        If `top` is below 1.
    """
    if top < 1:
        raise InputError(f"top must be 1 or more, got {top}")
    people = tuple(witnesses) or _who_can_answer(probability_map)
    known = {(clue.witness, clue.relation, place) for clue in probability_map.clues for place in clue.places}
    ranked = []
    for place in _nearest(probability_map, places):
        for relation, text, fits in _about(probability_map, place):
            for person in people:
                if {(person.id, relation, place.id), (person.id, relation, place.name)} & known:
                    continue
                right = probability_map.witness_reliability.get(person.id, person.prior)
                yes, bits = information(probability_map.probability, probability_map.rest_of_world, fits, right)
                ranked.append(Question(person.id, text, place.id, yes, bits))
    ranked.sort(key=lambda question: -question.bits)
    return Questions(tuple(ranked[:top]), _entropy_bits(probability_map))


def _who_can_answer(probability_map: ProbabilityMap) -> tuple[Witness, ...]:
    linked = {clue.witness for clue in probability_map.clues if clue.origin.startswith(_LINKED)}
    speaking = {clue.witness for clue in probability_map.clues if not clue.origin.startswith(_LINKED)}
    return tuple(person for person in probability_map.witnesses if person.id in speaking or person.id not in linked)


def _nearest(probability_map: ProbabilityMap, places: Iterable[Place]) -> list[Place]:
    """Return places near the map, those nearest to the mean position first."""
    x, y, probability = probability_map.area.x, probability_map.area.y, probability_map.probability
    # (2,): Σ_x p(x) · (x, y) / Σ_x p(x)
    middle = np.array([float(probability @ x), float(probability @ y)]) / max(float(probability.sum()), 1e-300)
    reach = _FARTHEST * float(np.hypot(np.ptp(x), np.ptp(y)))
    near = []
    for place in places:
        point = probability_map.area.project(place.geometry).centroid
        away = float(np.hypot(point.x - middle[0], point.y - middle[1]))
        if away <= reach:
            near.append((away, place.id, place))
    return [place for _, _, place in sorted(near, key=lambda entry: entry[:2])[:_MOST_PLACES]]


def _about(probability_map: ProbabilityMap, place: Place) -> Iterable[tuple[str, str, Floats]]:
    """Yield relation, words and the cells in which the true answer is yes."""
    frame = frame_of(probability_map.area, place)
    for metres in _NEAR_M:
        scale = max(metres, frame.size / 2.0)
        yield "near", f"is it within {scale:.0f} m of {place.name}?", np.asarray(frame.r <= scale, dtype=np.float64)
    for word, degrees in (("north", 0.0), ("east", 90.0)):
        ahead = np.cos(np.radians(frame.bearing - degrees)) > 0.0
        yield "heading", f"is it {word} of {place.name}?", ahead.astype(np.float64)


def _entropy_bits(probability_map: ProbabilityMap) -> float:
    """Return −Σ p log₂ p over the cells and the rest of the world."""
    every = np.append(probability_map.probability, probability_map.rest_of_world)
    return float(-(every[every > 0] @ np.log2(every[every > 0])))


def _entropy(chance: Floats) -> Floats:
    """Return h(p) = −p log₂ p − (1 − p) log₂ (1 − p), the entropy of a yes or no in bits."""
    inside = np.clip(chance, 1e-300, 1.0)
    other = np.clip(1.0 - chance, 1e-300, 1.0)
    return np.asarray(-(inside * np.log2(inside) + other * np.log2(other)))
