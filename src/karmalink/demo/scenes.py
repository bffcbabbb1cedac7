"""Scenes of the demo's grammar: what happens on a day, and how a dream tells the same scene in other words.

Each scene has ways a diary says it and ways a dream does. Slots are filled from
`demo.paraphrases.FILLERS`; ``{place}`` is a place of the town, by its name in a diary and by what it is
like in a dream.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SCENES", "Scene"]


@dataclass(frozen=True, slots=True)
class Scene:
    """One kind of event.

    Attributes
    ----------
    days : tuple of str
        Ways a diary tells it.
    dreams : tuple of str
        Ways a dream tells it.
    grown : bool
        Whether it can stand in the diary of somebody grown up.
    """

    days: tuple[str, ...]
    dreams: tuple[str, ...]
    grown: bool = True


SCENES: tuple[Scene, ...] = (
    Scene(
        (
            "A {animal} got loose by the {place} and {who} and I chased it until it knocked over a {vessel}.",
            "{who} lost a {animal} at the {place}. It took us an hour to catch, and a {vessel} was broken.",
        ),
        (
            "I ran behind a {animal} and never came nearer. A {vessel} fell and what was in it rolled off.",
            "There was a {animal} between my feet and everybody was shouting because of the {vessel}.",
        ),
    ),
    Scene(
        (
            "{who} and I took the {thing} apart to mend it and had one {part} over at the end.",
            "The {thing} stopped working. I opened it behind the {place} and found the {part} was cracked.",
        ),
        (
            "Somebody had given me a {thing} in pieces and I knew that the {part} was missing.",
            "I had a {part} in my hand and looked everywhere for the {thing} it belonged to.",
        ),
    ),
    Scene(
        (
            "I burned the {food} because I was watching a {animal} on the roof, and mother laughed at me.",
            "A {animal} ate the {food} that was meant for the guests at the {place}.",
        ),
        (
            "The {food} was smoking, and up on the roof sat a {animal} that looked sorry for me.",
            "I had to carry {food} past a {animal} without it noticing.",
        ),
        grown=False,
    ),
    Scene(
        (
            "We played {game} at the {place} until dark and I lost {count} times to {who}.",
            "{who} taught me a new way of {game} and we used a {vessel} as the goal.",
        ),
        (
            "It was a kind of {game} but nobody knew the rules, and I had to win {count} times.",
            "{who} and I were at the {game}, and whoever lost had to climb into a {vessel}.",
        ),
        grown=False,
    ),
    Scene(
        (
            "I cut my {body} on a {tool} at the {place}, and {who} tied it up with a {cloth}.",
            "My {body} hurts since I fell off the {thing}. {who} put a {colour} plaster on it.",
        ),
        (
            "There was something wrong with my {body}, and a {cloth} was wound round it many times.",
            "{who} held a {tool} near my {body} and I was not afraid at all.",
        ),
    ),
    Scene(
        (
            "{who} came to the {place} with a {colour} {thing} and would not say where it came from.",
            "At the {place} there was a {colour} {thing} for sale and I asked the price {count} times.",
        ),
        (
            "I kept seeing a {colour} {thing}, first far away, then in my own bed.",
            "A {thing} stood in an empty room and it was {colour}, brighter than anything.",
        ),
    ),
    Scene(
        (
            "The {cloth} blew off the line and we found it at the {place} around the neck of a {animal}.",
            "Mother made a {colour} {cloth} for {who} and I had to deliver it in a {vessel}.",
        ),
        (
            "A {cloth} was flying over the houses and a {animal} looked up at it.",
            "I wore a {colour} {cloth} that was far too long and I tripped over it on the stairs.",
        ),
        grown=False,
    ),
    Scene(
        (
            "All morning there was {sound} from the {place}; it turned out to be {who} with a {tool}.",
            "Nobody slept because of {sound}. {who} went out with a {tool} to see.",
        ),
        (
            "I heard {sound} under the floor, and when I lifted the boards there was only a {tool}.",
            "There was {sound}, it did not stop, and {who} was asking me to count along.",
        ),
    ),
    Scene(
        (
            "I found {count} coins in a {vessel} behind the {place} and gave half of them to {who}.",
            "{who} hid a {vessel} at the {place} for a joke and then forgot where.",
        ),
        (
            "I dug with my hands and there was a {vessel}, and under it another {vessel}, smaller.",
            "There were {count} coins and each time I counted them again there was one less.",
        ),
    ),
    Scene(
        (
            "I swapped my {thing} for {food} and a {tool}, and Rith says I was cheated.",
            "{who} wanted my {thing} and offered {count} pieces of {food} for it.",
        ),
        (
            "I was bargaining for a {thing} and paid with {food}, piece after piece.",
            "On the scale lay a {tool} and some {food} and they weighed exactly the same.",
        ),
    ),
    Scene(
        (
            "In class we had to draw a {animal} with a {thing}, and mine was hung up at the {place}.",
            "{who} read out my essay about the {animal} and the whole class made the noise.",
        ),
        (
            "A {animal} sat at my desk and wrote better than I did.",
            "I had drawn a {animal} and it came off the paper carrying a {thing}.",
        ),
        grown=False,
    ),
    Scene(
        (
            "The guard fell asleep beside his {thing} at the {place} and somebody painted his {tool} {colour}.",
            "We put a {animal} into the {vessel} of {who} and waited for the scream.",
        ),
        (
            "A guard was asleep and we were not allowed to wake him; his {tool} was {colour}.",
            "I opened a {vessel} and a {animal} looked out and asked for its name.",
        ),
        grown=False,
    ),
    Scene(
        (
            "I carried {count} loads of {food} to the {place} with {who} and got paid for two.",
            "The cart with the {food} tipped over at the {place} and people ran off with {count} sacks.",
        ),
        (
            "We were carrying {food}, load after load, up a hill that grew.",
            "A cart had turned over and there was {food} as far as I could see.",
        ),
    ),
    Scene(
        (
            "{who} let me steer the boat to the {place} and I hit a {vessel} floating in the water.",
            "A {thing} came floating past the {place} and {who} pulled it out with a {tool}.",
        ),
        (
            "I was steering, the water was {colour}, and a {vessel} knocked against the boat.",
            "Things were drifting by, a {thing} among them, and I could not reach it with the {tool}.",
        ),
    ),
    Scene(
        (
            "I am not allowed near the {place} for a week because of the {tool} and the {cloth}.",
            "Mother shouted because I had used her {cloth} to clean a {thing}.",
        ),
        (
            "I was hiding from somebody because I had cut a {cloth} with a {tool}.",
            "My mother held up a {cloth} and it was full of holes, and I said it was the {thing}.",
        ),
        grown=False,
    ),
    Scene(
        (
            "{who} told us that a {animal} the size of a house was once seen at the {place}.",
            "There is a picture of a {colour} {animal} at the {place} and it looks like {who}.",
        ),
        (
            "An enormous {animal} lay across the road and people walked around it politely.",
            "A {colour} {animal} knew me, and it had the voice of {who}.",
        ),
    ),
    Scene(
        (
            "The light failed and we sat with a {thing} at the {place}, eating {food}, and {who} sang.",
            "No electricity all evening. {who} told stories with a {thing} and we had {food}.",
        ),
        (
            "Everything was dark but for one {thing}, and somebody next to me was eating {food}.",
            "{who} was singing in the dark and I was looking for the {food} with my hands.",
        ),
    ),
    Scene(
        (
            "I dropped the key into a {vessel} at the {place} and {who} fished it out with a {part}.",
            "The door at the {place} was locked. {who} opened it with a {tool} and broke a {part}.",
        ),
        (
            "There was a door without a handle and I tried it with a {part}, then with a {tool}.",
            "A key lay at the bottom of a {vessel} and my arm was too short.",
        ),
    ),
    Scene(
        (
            "{who} has bought a {thing} and lets everybody try it for {count} riel behind the {place}.",
            "There was a queue at the {place} for the {colour} {thing}, and I stood in it for nothing.",
        ),
        (
            "I was standing in a line with {count} people in front of me and at its head was a {thing}.",
            "Everybody had a turn at the {thing} but when I came it was gone.",
        ),
    ),
    Scene(
        (
            "Wind took the roof sheet off the {place}; {who} held the {tool} and I the {cloth}.",
            "We nailed boards over the hole at the {place} and {who} lost a {tool} inside the wall.",
        ),
        (
            "The roof lifted like a lid, and we held on to a {cloth}, {who} and I.",
            "Something was inside the wall, a {tool} perhaps, and it was moving.",
        ),
    ),
    Scene(
        (
            "{who} is leaving for the city and gave me a {colour} {thing} to remember.",
            "At the {place} we said goodbye to {who} with {food} and somebody cried.",
        ),
        (
            "I was saying goodbye on a platform and had a {thing} under my arm.",
            "{who} was going away and left {food} on the step for me.",
        ),
    ),
    Scene(
        (
            "A stranger at the {place} photographed {who} and my {animal}, and gave us {food}.",
            "Men with a {thing} measured the ground at the {place} and wrote {count} on a post.",
        ),
        (
            "Men whose faces I could not see were measuring the floor with a {thing}.",
            "Somebody was taking pictures of a {animal} and wanted me to stand still.",
        ),
    ),
    Scene(
        (
            "I got lost behind the {place} in the fog and followed {sound} until I met {who}.",
            "In the fog at the {place} a {animal} stood in front of me, and then {who} came with a {thing}.",
        ),
        (
            "There was fog, and from changing places I heard {sound}.",
            "Out of the white came a {animal}, and behind it {who} with a {thing}.",
        ),
    ),
    Scene(
        (
            "{who} says the {thing} is haunted, because it moved to the {place} all by itself.",
            "At night there was {sound} and in the morning the {thing} lay in the {vessel}.",
        ),
        (
            "The {thing} had moved again, I had only looked away for a moment.",
            "There was {sound}, and I knew that it was the {thing} in the {vessel}.",
        ),
    ),
    Scene(
        (
            "We raced from the {place}, each with a {thing}; {who} fell into the ditch with the {food}.",
            "{who} beat me by a {body} in the race, and the prize was {food}.",
        ),
        (
            "I was racing against {who} and my legs were as heavy as wet rice.",
            "It was a race, I had to carry a {thing}, and the prize, some {food}, was getting smaller.",
        ),
        grown=False,
    ),
    Scene(
        (
            "{who} showed me how to balance a {vessel} on a {tool}, and the {animal} watched us.",
            "At the {place} {who} balanced a {vessel} on his {body} for {count} coins.",
        ),
        (
            "A {vessel} was balanced on a {tool} and I was not to breathe.",
            "{who} carried a {vessel} on the {body}, and inside it something moved.",
        ),
    ),
    Scene(
        (
            "The {animal} of the {place} had young, and {who} gave them names from the {game}.",
            "I was allowed to hold the {animal} of {who}, wrapped in a {cloth}.",
        ),
        (
            "I held a {animal} in a {cloth} and it became heavier and heavier.",
            "There were many small ones, each a {animal}, and {who} was counting them wrong.",
        ),
    ),
    Scene(
        (
            "{who} came with a {colour} {vessel} from across the river, and in it was a {part}, nothing else.",
            "A parcel came to the {place}, {count} stamps on it, and inside a {part} and some {food}.",
        ),
        (
            "I unpacked a {colour} {vessel}, and at the bottom lay a {part}.",
            "There was a parcel for me with {food} in it, and a {part} that I did not order.",
        ),
    ),
    Scene(
        (
            "They put up a wedding tent by the {place} with a {thing} on top, and {who} danced.",
            "{who} danced at the wedding with a {animal} on the shoulder and {food} in both hands.",
        ),
        (
            "It was somebody's wedding, and {who} danced round a {thing}.",
            "Everyone was dancing, one had a {animal} on the shoulder, and I had {food} in my hands.",
        ),
    ),
    Scene(
        (
            "I had to stand in the corner because of the {animal} that I had drawn on the {thing}.",
            "Our class went to the {place}, and {who} was sick into a {vessel}.",
        ),
        (
            "I stood in a corner, my face to the wall, and on the wall was a {animal}.",
            "We were all in one line and {who} was carrying a {vessel} as if it were full.",
        ),
        grown=False,
    ),
    Scene(
        (
            "The ferry hit a post at the {place}; a {thing} and {count} baskets of {food} went overboard.",
            "The well at the {place} is dry, and down there lay a {thing} and a {tool}.",
        ),
        (
            "Down in the well there was a {thing}, and a {tool}, and no water at all.",
            "A {thing} sank in front of my eyes, and the {food} floated.",
        ),
    ),
    Scene(
        (
            "{who} sold me a ticket for a {game} that nobody had heard of, for a piece of {food}.",
            "A man at the {place} guesses your age from your {body}; he said {count}.",
        ),
        (
            "Somebody looked at my {body} and told me a number, and the number was {count}.",
            "I had a ticket for the {game}, and {who} would not let me in.",
        ),
    ),
    Scene(
        (
            "We built a machine of a {thing}, a {part} and a {vessel}; it moved once.",
            "{who} has invented a {thing} with a {part} that is meant to call rain.",
        ),
        (
            "It was a machine, half {thing}, half {vessel}, and it breathed.",
            "The rain was made by a {thing}, and the {part} had to be turned by hand.",
        ),
    ),
)
