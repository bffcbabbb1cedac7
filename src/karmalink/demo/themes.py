"""What fills the days besides their scenes: slow themes that rise and fade, chores, and the manner of a dream.

Slow themes are the trap of every diary: they make a dream resemble next week as well as last, with no memory in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CHORES", "DREAM_CLOSINGS", "DREAM_OPENINGS", "DREAM_TURNS", "THEMES", "Theme", "presence"]


@dataclass(frozen=True, slots=True)
class Theme:
    """A subject that occupies weeks.

    Attributes
    ----------
    name : str
        For the planted truth only.
    peak, width : float
        Centre, as a share of the whole time, and standard deviation in days of its rise and fall.
    days, dreams : tuple of str
        Sentences of a diary and of a dream.
    grown : bool
        Whether it can stand in the diary of somebody grown up.
    """

    name: str
    peak: float
    width: float
    days: tuple[str, ...]
    dreams: tuple[str, ...]
    grown: bool = True


THEMES: tuple[Theme, ...] = (
    Theme(
        "rain",
        0.0,
        14.0,
        (
            "It rained so hard that the lane was a stream again.",
            "The yard is still under water and we walk on planks.",
            "We put the mats up on the rafters because of the flood.",
            "It rained all afternoon, and the frogs are louder than the radio.",
            "The water has gone down a hand since yesterday.",
        ),
        (
            "The water was rising in the room and nobody minded.",
            "It was raining inside and the mats began to float.",
            "I walked on planks over deep water.",
        ),
    ),
    Theme(
        "boats",
        0.45,
        9.0,
        (
            "The rowers practise every evening for the boat races.",
            "They are painting the eyes on the racing boat.",
            "I watched the rowers and learned their counting song.",
            "Everyone talks about which boat will win the festival.",
            "We carried paddles for the crew of our side.",
        ),
        (
            "Many people were rowing together and I did not know the count.",
            "The boat had eyes and one of them was looking at me.",
            "I was the last one in a long boat.",
        ),
    ),
    Theme(
        "examination",
        0.7,
        8.0,
        (
            "I had to learn fractions until the lamp went out.",
            "The examination is coming and I still mix up the kings.",
            "I copied out the dictation twice more.",
            "Our teacher says that I could pass if I sat still.",
            "We revised the rivers of the world.",
        ),
        (
            "I was in an examination and the paper was blank on both sides.",
            "A teacher asked me for the rivers and I only knew ours.",
            "I could not find the classroom and the lesson had begun.",
        ),
        grown=False,
    ),
    Theme(
        "eviction",
        1.0,
        18.0,
        (
            "Men from the railway put red marks on more houses.",
            "There was a meeting about the houses until late.",
            "There was another paper on our door about leaving.",
            "They say that the last day is fixed now.",
            "We painted signs for the protest.",
        ),
        (
            "Our house had a red mark and I tried to wipe it off.",
            "We had to leave and I did not know what to carry.",
            "The house was there and then only its posts were.",
        ),
    ),
    Theme(
        "harvest",
        0.85,
        10.0,
        (
            "Everyone is out cutting the rice and the lane is empty.",
            "There is straw everywhere, even in the soup.",
            "We helped with the harvest and ate in the field.",
            "The rice is laid out to dry along the whole road.",
        ),
        (
            "There was cut rice everywhere and I was not to step on it.",
            "I was asleep in straw and the straw was warm like an animal.",
        ),
    ),
    Theme(
        "sick dog",
        0.3,
        10.0,
        (
            "Our dog still does not eat.",
            "I gave the dog rice water from my hand and she took it.",
            "The dog was lying under the stairs all day.",
            "The dog got up today and walked to the gate.",
        ),
        (
            "Our dog could speak but was too tired to.",
            "The dog was running far ahead, quite healthy.",
        ),
    ),
    Theme(
        "football",
        0.5,
        25.0,
        (
            "We played football until we could not see the ball.",
            "Our team lost again, but only by one.",
            "I was in goal today.",
        ),
        (
            "I was in goal and the goal was as wide as the street.",
            "There was a ball, and nobody wanted it.",
        ),
        grown=False,
    ),
)

CHORES: dict[str, tuple[str, ...]] = {
    "boy": (
        "I fetched water before it was light.",
        "I swept the steps.",
        "It was hot and I did nothing for an hour.",
        "We ate late.",
        "I slept badly and was tired all day.",
        "Mother came home after dark.",
        "I minded the stall for a while.",
        "I drew on the wall and washed it off again.",
    ),
    "grandmother": (
        "My knees tell me that the weather will turn.",
        "The lady of the study came with her questions and her tea.",
        "I shelled beans on the step.",
        "They asked me the same thing as last time, and I said so.",
        "The boy ate well.",
        "I lit a stick of incense for my brothers.",
    ),
    "mother": (
        "I sewed eleven collars before breakfast.",
        "The price of thread has gone up again.",
        "We sat until late over the list of names.",
        "My son is growing out of his trousers.",
        "I walked to the office and it was closed.",
    ),
    "Rith": (
        "I mended two phones and a charger.",
        "My brother snores.",
        "I earned enough for a soup.",
        "The workshop smells of burnt tin.",
    ),
    "Chenda": (
        "I wrote three new questions into my book of cases.",
        "Whoever says that he saw nothing has seen something.",
        "I sorted wire by thickness; copper pays best.",
        "I drew the lane from memory and was wrong about one gate.",
    ),
    "shopkeeper": (
        "Sold little, mostly candles.",
        "Two crates came and one was short.",
        "Somebody owes me for oil and I know who.",
        "I closed early because of my back.",
    ),
}

DREAM_OPENINGS: tuple[str, ...] = (
    "I was in our house, but it had one more room.",
    "It was evening and also morning.",
    "I only remember a piece of it.",
    "First I was somebody else, then I was me.",
    "I was walking and did not know how long already.",
    "There were many people and none of them spoke.",
    "It began in the middle of something.",
    "I looked at my hands and they were old.",
    "I knew the place and had never been there.",
    "It was so bright that I had to squint.",
)
DREAM_TURNS: tuple[str, ...] = (
    "Then it was somewhere else.",
    "I wanted to say something and could not.",
    "It did not seem strange to me.",
    "After that there is a gap.",
    "Somebody said my name, but an older one.",
    "I was not afraid, only in a hurry.",
)
DREAM_CLOSINGS: tuple[str, ...] = (
    "Then I woke.",
    "I woke and was thirsty.",
    "More I do not know.",
    "When I was woken it was nearly gone.",
    "That was all.",
    "I was sorry that it stopped.",
)


def presence(theme: Theme, days: int) -> NDArray[np.float64]:
    """Return how present a theme is on each day, 0 to 1: a slow rise and a slow fading.

    Returns
    -------
    ndarray, shape (days,)
    """
    rise: NDArray[np.float64] = np.exp(-0.5 * ((np.arange(days) - theme.peak * (days - 1)) / theme.width) ** 2)
    return rise
