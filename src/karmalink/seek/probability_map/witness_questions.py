"""Which question to ask which witness next: how much of the doubt the answer is expected to take away.

A question is yes or no ("is it near the market?", "is it north of the pagoda?"). A witness who is right with
probability r answers truly, otherwise with whatever they would have said anyway. The worth of asking is the mutual
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

__all__ = ["Question", "Questions", "information", "questions", "told"]

_FARTHEST = 2.0  # widths of the area from its middle: of a place beyond them nothing is asked
_MOST_PLACES = 400
_NEAR_M = (150.0, 500.0)
_LINKED = "link"  # how the origin of a clue begins that a link carries


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
        Doubt that the answer takes away, on average.
    """

    witness: str
    text: str
    place: str
    yes: float
    bits: float

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
    """Questions, the most telling one first, and the doubt there is.

    Attributes
    ----------
    asked : tuple of Question
    doubt_bits : float
        Entropy of the belief over segments of the map and the rest of the world.
    """

    asked: tuple[Question, ...]
    doubt_bits: float

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per question."""
        import pandas as pd

        return pd.DataFrame([question.to_dict() for question in self.asked])

    def to_dict(self) -> dict[str, Any]:
        """Return the questions, ready for JSON."""
        return {"doubt_bits": round(self.doubt_bits, 6), "questions": [question.to_dict() for question in self.asked]}

    def __repr__(self) -> str:
        """Tell the best question."""
        if not self.asked:
            return "Questions(no place or no witness to ask about)"
        top = self.asked[0]
        return f"Questions(ask {top.witness}: {top.text} takes away {top.bits:.2g} of {self.doubt_bits:.2g} bits)"


def information(probability: Floats, rest_of_world: float, fits: Floats, right: float) -> tuple[float, float]:
    """Return the probability of a yes, and the mutual information of the answer and the place in bits.

    Parameters
    ----------
    belief : ndarray, shape (n,)
        With `rest_of_world` it sums to 1.
    outside : float
        Outside the map the true answer is no.
    fits : ndarray, shape (n,)
        Probability of a true yes if it lies in that cell.
    right : float
        Probability that the witness answers truly; otherwise the answer has nothing to do with the place.
    """
    whole = float(probability @ fits)
    chance = right * fits + (1.0 - right) * whole
    kept = float(probability @ _entropy(chance)) + rest_of_world * float(_entropy(np.array((1.0 - right) * whole)))
    return whole, max(0.0, float(_entropy(np.array(whole))) - kept)


def questions(
    found: ProbabilityMap, places: Iterable[Place], witnesses: Sequence[Witness] = (), *, top: int = 10
) -> Questions:
    """Rank questions about places near the map for every witness.

    What a witness has said already in these words is not asked again. A witness who was astray so far is expected to be
    so again: each is believed as far as the map believes them now.

    Parameters
    ----------
    found : ProbabilityMap
    places : iterable of Place
        About which can be asked; of very many, those nearest to the belief.
    witnesses : sequence of Witness, optional
        Whom one can ask; without it those of the map, but for those whose clues all came from links: a diary's day
        answers nobody.
    top : int
        How many questions to return.

    Raises
    ------
    InputError
        If fewer than one question is asked for.
    """
    if top < 1:
        raise InputError(f"{top} questions", allowed="1 or more")
    people = tuple(witnesses) or _who_can_answer(found)
    said = {(clue.witness, clue.relation, place) for clue in found.clues for place in clue.places}
    made = []
    for place in _nearest(found, places):
        for relation, text, fits in _about(found, place):
            for person in people:
                if {(person.id, relation, place.id), (person.id, relation, place.name)} & said:
                    continue
                right = found.witness_reliability.get(person.id, person.prior)
                yes, bits = information(found.probability, found.rest_of_world, fits, right)
                made.append(Question(person.id, text, place.id, yes, bits))
    made.sort(key=lambda question: -question.bits)
    return Questions(tuple(made[:top]), _doubt(found))


def _who_can_answer(found: ProbabilityMap) -> tuple[Witness, ...]:
    linked = {clue.witness for clue in found.clues if clue.origin.startswith(_LINKED)}
    said = {clue.witness for clue in found.clues if not clue.origin.startswith(_LINKED)}
    return tuple(one for one in found.witnesses if one.id in said or one.id not in linked)


def _nearest(found: ProbabilityMap, places: Iterable[Place]) -> list[Place]:
    """Return places near the map, those nearest to where it is believed first."""
    x, y = found.area.x, found.area.y
    middle = np.array([float(found.probability @ x), float(found.probability @ y)]) / max(
        float(found.probability.sum()), 1e-300
    )
    reach = _FARTHEST * float(np.hypot(np.ptp(x), np.ptp(y)))
    held = []
    for place in places:
        point = found.area.project(place.geometry).centroid
        away = float(np.hypot(point.x - middle[0], point.y - middle[1]))
        if away <= reach:
            held.append((away, place.id, place))
    return [place for _, _, place in sorted(held, key=lambda entry: entry[:2])[:_MOST_PLACES]]


def _about(found: ProbabilityMap, place: Place) -> Iterable[tuple[str, str, Floats]]:
    """Yield relation, words and the cells in which the true answer is yes."""
    frame = frame_of(found.area, place)
    for metres in _NEAR_M:
        scale = max(metres, frame.size / 2.0)
        yield "near", f"is it within {scale:.0f} m of {place.name}?", np.asarray(frame.r <= scale, dtype=np.float64)
    for word, degrees in (("north", 0.0), ("east", 90.0)):
        ahead = np.cos(np.radians(frame.bearing - degrees)) > 0.0
        yield "heading", f"is it {word} of {place.name}?", ahead.astype(np.float64)


def _doubt(found: ProbabilityMap) -> float:
    every = np.append(found.probability, found.rest_of_world)
    return float(-(every[every > 0] @ np.log2(every[every > 0])))


def _entropy(chance: Floats) -> Floats:
    """Return the entropy of a coin in bits."""
    inside = np.clip(chance, 1e-300, 1.0)
    other = np.clip(1.0 - chance, 1e-300, 1.0)
    return np.asarray(-(inside * np.log2(inside) + other * np.log2(other)))


def told(question: Question) -> str:
    """Say a question as a sentence."""
    return f"ask {question.witness}: {question.text} (yes with {percent(question.yes)}; {question.bits:.2g} bits)"
