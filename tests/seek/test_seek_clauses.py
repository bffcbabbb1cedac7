"""Clauses as people say them: sides by verb, ways of travel, kinds for names, what is taken back, what is no clue."""

from __future__ import annotations

import pytest
from shapely.geometry import LineString, Point, box

from karmalink.seek import Place, Places, parse_clues
from karmalink.seek.ground.spoken_names import bare_name, spoken_forms

PLACES = Places(
    [
        Place("river", "Stung Meas", LineString([(0, 0), (0, 1)]), "river"),
        Place("road", "Temple Road", LineString([(0, 0), (1, 1)]), "road", aliases=("the old road",)),
        Place("rail", "Southern Railway", LineString([(0, 0), (1, 0.5)]), "railway"),
        Place("canal", "Third Canal", LineString([(0, 0.2), (1, 0.2)]), "canal"),
        Place("b1", "Chain Bridge", Point(0.1, 0.2), "bridge"),
        Place("b2", "Elephant Bridge", Point(0.3, 0.2), "bridge"),
        Place("wat", "Wat Sampov", Point(0.4, 0.4), "pagoda"),
        Place("market", "New Market", box(0.5, 0.5, 0.51, 0.51), "market"),
        Place("school", "Bo Knor School", Point(0.6, 0.6), "school"),
        Place("village", "Bo Knor", box(0.6, 0.6, 0.62, 0.62), "village"),
        Place("hill", "Phnom Svay", box(0.8, 0.8, 0.83, 0.83), "hill"),
        Place("mast", "Telephone Mast", Point(0.8, 0.8), "mast"),
        Place("graves", "Catholic Cemetery", box(0.2, 0.8, 0.21, 0.81), "cemetery"),
        Place("mill", "Heng Mill", Point(0.25, 0.25), "mill"),
        Place("lake", "Boeng Tros", box(0.3, 0.6, 0.33, 0.63), "lake"),
        Place("clinic", "Provincial Hospital", Point(0.35, 0.35), "hospital"),
        Place("tree", "Old Tamarind", Point(0.45, 0.55), "tree"),
        Place("ferry", "Ta Ou Ferry", Point(0.0, 0.4), "ferry_landing"),
    ]
)


def read(text: str) -> list[str]:
    return [proposal.clue.phrase() for proposal in parse_clues(text, places=PLACES, one_voice=True).proposals]


@pytest.mark.parametrize(
    ("text", "clues"),
    [
        # Sides and banks, by the verb and by whose side.
        ("We crossed the Chain Bridge and went on.", ["beyond Chain Bridge"]),
        ("He never crossed the railway, I would swear to it.", ["not beyond railway"]),
        ("It's on the hospital side of the river.", ["not beyond river, from hospital"]),
        ("Opposite bank from the market.", ["beyond Stung Meas"]),
        ("Not as far as the mill.", ["not beyond mill"]),
        ("Further than the cemetery, I believe.", ["beyond cemetery"]),
        # Left and right by the direction of travel.
        ("On your right when you ride up Temple Road to the village.", ["on the right of Temple Road"]),
        ("Going down the old road it lies on the left side.", ["along old road", "on the left of old road"]),
        ("He had a scar on his left hand.", []),
        # Time by every means.
        ("Ten minutes by bicycle from the school.", ["1.6 km from school"]),
        ("From the ferry, walking, the time of two cigarettes.", []),
        ("An hour of paddling upriver from the ferry.", ["3.216 km from ferry", "upstream of ferry"]),
        ("Five minutes walking north from the ferry.", ["336 m N of ferry"]),
        # Kinds and last words in place of names.
        ("Halfway between the tamarind and the mill.", ["between tamarind and mill"]),
        ("West of the tracks, very near them.", ["W of tracks", "near tracks"]),
        ("Three hundred metres from the main gate of Wat Sampov.", ["300 m from Wat Sampov"]),
        # Direction and distance apart, the sun, bearings.
        ("Four hundred metres from the mast, to the north-west.", ["400 m NW of mast"]),
        ("On the sunrise side of the lake.", ["on the E side of lake"]),
        ("Where the sun goes down, if you stand in the yard of the school.", ["W of school"]),
        ("Bearing 060 from the mast, distance 2.2 km.", ["2.2 km 60° of mast"]),
        ("From the graves count five sen to the south-west.", ["200 m SW of graves"]),
        # Corners and sides of what was named before.
        ("At the south-west corner of the cemetery.", ["on the SW side of cemetery"]),
        ("At the foot of Phnom Svay, on the south side.", ["at Phnom Svay", "on the S side of Phnom Svay"]),
        # Seeing, passive too.
        ("The mast was visible from the hole.", ["within sight of mast"]),
        ("From the roof of Wat Sampov one sees the place.", ["within sight of Wat Sampov"]),
        # Less than what is denied; near by idiom.
        ("Not even a hundred metres from the mill.", ["within 100 m of mill"]),
        ("A stone's throw from the mill.", ["near mill"]),
        ("Outside the village.", ["not in village"]),
        # Taken back.
        ("It was near the mill, no, sorry, near the ferry.", ["near ferry"]),
        ("Two kilometres south of the crossroads – no, sorry, of the hospital.", ["2 km S of hospital"]),
        # Nobody's clue.
        ("My father forbade me to go near the river at night.", []),
        ("He slept between two soldiers.", []),
        ("We were all near to tears, in a raincoat, across the board.", []),
        ("Nobody ever dug in the cemetery.", ["not in cemetery"]),
    ],
)
def test_what_people_say_is_read_or_left(text: str, clues: list[str]) -> None:
    assert read(text) == clues


def test_what_the_map_does_not_have_is_told_and_a_proper_name_stays_a_clue() -> None:
    found = parse_clues("In a raincoat, near Kampong Thnal, by the bus station.", places=PLACES, one_voice=True)
    assert [proposal.clue.phrase() for proposal in found.proposals] == ["near Kampong Thnal", "near bus station"]
    assert "the map has no such place" in [part.why for part in found.unread]


def test_a_kind_that_several_places_have_keeps_them_all() -> None:
    (proposal,) = parse_clues("near the bridge", places=PLACES).proposals
    assert {bearer.place.id for bearer in PLACES.resolve(proposal.clue.places[0])} == {"b1", "b2"}
    assert "may mean" in proposal.notes[0]


def test_a_repetition_in_one_breath_is_no_second_clue() -> None:
    found = parse_clues("Past the mill. It was past the mill.", places=PLACES, one_voice=True)
    assert len(found.proposals) == 1
    assert "said before: a repetition is no second clue" in [part.why for part in found.unread]


def test_spoken_forms_are_kinds_last_words_and_names_with_their_kind() -> None:
    forms = set(spoken_forms("school", ["Bo Knor School"]))
    assert {"the school", "bo knor school", "school at bo knor", "our school"} <= forms
    assert "school" not in forms  # "they went to school" names no school
    assert bare_name("The  Old Road") == "old road"
