"""Texts read into clues: every relation, negation, hedge and unit, and what is not understood."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box
from typer.testing import CliRunner

from karmalink.cli import app
from karmalink.errors import ImportFaults, InputError, UsageError
from karmalink.seek import CLAUSE_TYPES, RELATIONS, Area, Place, Places, clause_type, layer, parse_clues, read_clues
from karmalink.seek.clues.grammar import PATTERNS, TAGS
from karmalink.seek.clues.lexicons import LANGUAGES, lexicon
from karmalink.seek.ground.terrain import LEVEL_M_PER_MINUTE

PLACES = Places(
    [
        Place("pagoda", "Old Pagoda", Point(104.909, 11.559), "pagoda", aliases=("Wat Chas", "វត្តចាស់")),
        Place("m1", "Market", Point(104.904, 11.563), "market", aliases=("ផ្សារ",)),
        Place("m2", "Market", Point(104.914, 11.553), "market", weight=3.0),
        Place("river", "River", LineString([(104.9, 11.555), (104.918, 11.555)]), "river"),
        Place("bridge", "Bridge", Point(104.909, 11.555)),
        Place("gate", "North Gate", Point(104.909, 11.565)),
        Place("field", "Field", box(104.911, 11.561, 104.914, 11.563), "field"),
    ]
)


def said(text: str, language: str = "en") -> list[str]:
    """Return what a text is taken to say, in our words."""
    return [proposal.clue.phrase() for proposal in parse_clues(text, places=PLACES, language=language).proposals]


@pytest.mark.parametrize(
    ("text", "clues"),
    [
        ("It lies at the old pagoda.", ["at old pagoda"]),
        ("buried in the field", ["in field"]),
        ("It was close to Wat Chas", ["near Wat Chas"]),
        ("400 m from the bridge", ["400 m from bridge"]),
        ("200 paces away from the bridge", ["150 m from bridge"]),
        ("less than 5 km from the bridge", ["within 5 km of bridge"]),
        ("within half a mile of the bridge", ["within 804.672 m of bridge"]),
        ("due north of the bridge", ["N of bridge"]),
        ("to the south-west of the North Gate", ["SW of North Gate"]),
        ("1 1/2 miles NE of the bridge", ["2.414016 km NE of bridge"]),
        ("1.5 km north north east of the bridge", ["1.5 km NNE of bridge"]),
        ("from the bridge 400 m to the south", ["400 m S of bridge"]),
        ("Bridge, 5 km SSW", ["5 km SSW of Bridge"]),
        ("3 km N and 4 km E of the bridge", ["5 km 53° of bridge"]),
        ("between the old pagoda and the bridge", ["between old pagoda and bridge"]),
        ("halfway between the bridge and North Gate", ["between bridge and North Gate"]),
        ("along the river", ["along river"]),
        ("on the River", ["along River"]),
        ("on the field", ["at field"]),
        ("across the river from the bridge", ["beyond river, from bridge"]),
        ("on the other side of the river", ["beyond river"]),
        ("on this side of the river from the gate", ["not beyond river, from gate"]),
        ("200 m past the bridge", ["200 m beyond bridge"]),
        ("within sight of the old pagoda", ["within sight of old pagoda"]),
        ("from the hut you can see Wat Chas", ["within sight of Wat Chas"]),
        ("two hours on foot from the bridge", ["120 min on foot from bridge"]),
        ("a 20-minute walk from the bridge", ["20 min on foot from bridge"]),
        ("within an hour's walk of the bridge", ["within 60 min on foot of bridge"]),
        ("half an hour on foot north of the bridge", ["2.015 km N of bridge"]),
        ("2 or 3 km upstream of the bridge on the river", ["2.5 km upstream of bridge on river"]),
        ("downstream from the bridge", ["downstream of bridge"]),
        ("on the north side of the river", ["on the N side of river"]),
        ("on the left bank of the river", ["on the left of river"]),
        ("to the right of the old pagoda", ["on the right of old pagoda"]),
        ("2 km along the river from the bridge", ["along river", "within 2 km of bridge"]),
        ("at the junction of Oak Road and Route 66", ["at Oak Road", "at Route 66"]),
        ("near the bridge and the field", ["near bridge", "near field"]),
    ],
)
def test_every_relation_is_read(text: str, clues: list[str]) -> None:
    assert said(text) == clues


@pytest.mark.parametrize(
    ("text", "clues"),
    [
        ("not near the river", ["not near river"]),
        ("It is not in the field, 200 m from the bridge", ["not in field", "200 m from bridge"]),
        ("nowhere near the bridge but north of the field", ["not near bridge", "N of field"]),
        ("not near the river or the field", ["not near river", "not near field"]),
        ("It wasn't across the river from the bridge.", ["not beyond river, from bridge"]),
        (
            "It is near the bridge, not near the field, never along the river.",
            ["near bridge", "not near field", "not along river"],
        ),
        ("it was not within sight of the old pagoda", ["not within sight of old pagoda"]),
    ],
)
def test_negations_deny_what_they_stand_before(text: str, clues: list[str]) -> None:
    assert said(text) == clues


def test_every_relation_can_come_out_of_words() -> None:
    names = {name for name, _ in PATTERNS} | {"within_walk"}
    assert set(RELATIONS) - {"within"} <= names


def test_hedges_are_hints_and_only_doubt_lowers_the_reliability() -> None:
    found = parse_clues("Maybe near the bridge. I am sure it is in the field. Along the river.", places=PLACES)
    assert [proposal.hint for proposal in found.proposals] == ["unsure", "sure", ""]
    assert [proposal.clue.reliability for proposal in found.proposals] == [0.35, None, None]


def test_a_proposal_carries_its_words_and_where_they_stand() -> None:
    text = "Long ago. It was not near the Market, I think."
    (proposal,) = parse_clues(text, places=PLACES, origin="interview").proposals
    assert text[proposal.start : proposal.end] == proposal.clue.words == "not near the Market"
    assert proposal.clue.origin == f"interview:{proposal.start}-{proposal.end}"
    assert "words" not in proposal.to_dict()


def test_namesakes_stay_the_name_and_are_told_with_their_weights() -> None:
    area = Area.from_bounds(104.90, 11.56, 104.918, 11.568, cell_m=50)
    (proposal,) = parse_clues("near the market", places=PLACES, area=area).proposals
    assert proposal.clue.places == ("market",)
    assert proposal.notes == ("'market' may mean m2 75 %, m1 25 %",)
    (far,) = parse_clues("near the bridge", places=PLACES, area=area).proposals
    assert "no 'bridge' lies in the area" in far.notes[0]
    (unknown,) = parse_clues("near the bridges", places=PLACES).proposals
    assert unknown.notes == ("no place is called 'bridges'; did you mean 'bridge'?",)


def test_about_and_ranges_reach_further_than_the_number() -> None:
    exact, about, pair = (
        parse_clues(f"{words} from the bridge", places=PLACES).proposals[0].clue
        for words in ("1.5 km", "about 1.5 km", "1-2 km")
    )
    assert (exact.reach_m, about.reach_m, pair.reach_m) == pytest.approx((225.0, 375.0, 500.0))
    (label,) = parse_clues("1.5 km from the bridge", places=PLACES, written=True).proposals
    assert label.clue.reach_m == pytest.approx(50.0)
    assert parse_clues("20 min on foot from the bridge").proposals[0].clue.distance_m == pytest.approx(
        20 * LEVEL_M_PER_MINUTE
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("My father told me a story.", "nothing in it says where"),
        ("It is near it.", "points back"),
        ("12 dogs barked.", "a number that belongs to no place"),
        ("We stood north.", "a relation without a place"),
        ("The old pagoda is large.", "nothing that says how"),
        ("near the bridge or the field", "nothing that says how"),
    ],
)
def test_what_is_not_understood_is_listed(text: str, why: str) -> None:
    found = parse_clues(text, places=PLACES)
    assert any(why in part.why for part in found.unread)
    assert all(text[part.start : part.end] for part in found.unread)


@pytest.mark.parametrize(
    ("text", "clues"),
    [
        ("ចម្ងាយ ២០០ ម៉ែត្រ ខាងជើងវត្តចាស់", ["200 m N of វត្តចាស់"]),
        ("២,៥គីឡូម៉ែត្រទិសអាគ្នេយ៍ផ្សារ", ["2.5 km SE of ផ្សារ"]),
        ("ប្រហែល ៥០ជំហាន ពីវត្តចាស់", ["37.5 m from វត្តចាស់"]),
        ("នៅជិតផ្សារ", ["near ផ្សារ"]),
        ("មិននៅជិតផ្សារ", ["not near ផ្សារ"]),
        ("នៅរវាងវត្តចាស់និងផ្សារ", ["between វត្តចាស់ and ផ្សារ"]),
    ],
)
def test_khmer_digits_units_and_points_of_the_compass(text: str, clues: list[str]) -> None:
    assert said(text, "km") == clues


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_a_table_has_a_tag_of_the_grammar(language: str) -> None:
    words = lexicon(language)
    assert {tag for tag, _ in words.phrases.values()} <= set(TAGS)
    assert len(set(TAGS.values())) == len(TAGS)
    assert set(words.headings.values()) >= {"N", "NE", "E", "SE", "S", "SW", "W", "NW"}


@given(st.text(max_size=80), st.sampled_from(LANGUAGES))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_the_grammar_and_the_same_text_gives_the_same(text: str, language: str) -> None:
    found = parse_clues(text, places=PLACES, language=language)
    assert found == parse_clues(text, places=PLACES, language=language)
    for part in (*found.proposals, *found.unread):
        assert 0 <= part.start < part.end <= len(text)


@given(
    st.sampled_from(["", "not ", "maybe "]),
    st.sampled_from(
        ["near", "north of", "200 m from", "300 m SE of", "along", "within 300 m of", "beyond", "in sight of"]
    ),
    st.sampled_from(["the bridge", "Old Pagoda", "the river", "the field", "market"]),
)
@settings(max_examples=40, deadline=None)
def test_what_is_proposed_can_be_drawn_on_the_map(before: str, relation: str, place: str) -> None:
    area = Area.from_bounds(104.90, 11.55, 104.918, 11.568, cell_m=100)
    for proposal in parse_clues(f"It is {before}{relation} {place}.", places=PLACES).proposals:
        assert np.isfinite(layer(area, proposal.clue, PLACES).density).all()
        # "Not 200 m from the bridge" is nearer than that.
        nearer = before == "not " and relation == "200 m from"
        assert proposal.clue.negated == (before == "not " and not nearer)
        assert (proposal.clue.relation == "within_distance") == (nearer or relation == "within 300 m of")


def test_languages_and_lengths_that_cannot_be() -> None:
    with pytest.raises(UsageError, match="no words for the language"):
        parse_clues("x", language="fr")
    with pytest.raises(InputError, match="characters"):
        parse_clues("near the bridge " * 20_000)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Otay Lake", "f"), ("3 mi W Thousand Palms", "foh"), ("Fallbrook 2 miles northwest of", "foh"),
        ("3 mi N 2 mi W Randsburg", "foo"), ("16.6 mi W Desert Center on Hwy 60-70", "fpoh"), ("near Tesla", "nf"),
        ("Between Bolinas and Olema", "bf"), ("Terrace between Horse Canyon and Cave Canyon", "pbf"),
        ("jct Hwy 33 AND Hwy 46", "j"), ("1 mi S jct CA Rts 33 AND 166", "joh"), ("75 mi From City", "fo"),
        ("N. edge of Orocopia Mts.", "fs"), ("Sand Hills S of Rice", "fph"), ("elev 6500 ft", "e"),
        ("T 8 N R 21 W", "trs"), ("T 17 S R 9 E S 31 SW 1/4", "trss"), ("near jct of 13 th St and Hwy 246", "nj"),
        ("13 mi from Capistrano on Elsinore Rd", "jo"), ("S Jct Hwy 39 AND Imperial Blvd", "jh"),
    ],
)  # fmt: skip
def test_biogeomancer_clause_types(text: str, kind: str) -> None:
    assert clause_type(text) == kind
    assert kind in CLAUSE_TYPES


def run(*words: object) -> str:
    """Run the command; return what it printed."""
    result = CliRunner().invoke(app, ["seek", "parse", *map(str, words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_the_command_writes_proposals_that_count_only_when_confirmed(tmp_path: Path) -> None:
    text, out, places = tmp_path / "interview.txt", tmp_path / "clues.csv", tmp_path / "places.csv"
    text.write_text("Maybe 1.5 miles NE of the Bridge, not near the Market. He laughed.", encoding="utf-8")
    places.write_text("id,name,lon,lat\nb,Bridge,104.9,11.5\nm,Market,104.9,11.6\n", encoding="utf-8")
    shown = run(text, "--witness", "monk", "--places", places, "--out", out)
    assert "2 clues to confirm" in shown
    assert "He laughed" in shown.split("not understood:")[1]
    with pytest.raises(ImportFaults, match="is an unconfirmed proposal"):
        read_clues(out)
    out.write_text(out.read_text(encoding="utf-8").replace(",no\n", ",yes\n"), encoding="utf-8")
    first, second = read_clues(out)
    assert (first.witness, first.distance_m, first.reliability) == ("monk", pytest.approx(2414.016), 0.35)
    assert first.reach_m == pytest.approx(0.15 * 1.5 * 1609.344)
    assert (second.negated, second.words) == (True, "not near the Market")
    told = json.loads(run(text, "--json"))
    assert len(told["clues"]) == 2
    assert "laughed" not in json.dumps(told)
    with pytest.raises(UsageError, match="the table exists already"):
        run(text, "--out", out)
    with pytest.raises(UsageError, match="a case or from a file"):
        run(text, "--case", tmp_path, "--places", places)
