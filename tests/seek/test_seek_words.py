"""Headings, numbers, clues, witnesses: what is written and what it is taken for."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seek_reference import pattern_probability

from karmalink.errors import ImportFaults, InputError, UnknownName
from karmalink.seek import RELATIONS, Clue, Witness, parse_heading, read_clues, read_witnesses
from karmalink.seek.clues.headings import precision_of
from karmalink.seek.clues.witnesses import INFO_GRADES, SOURCE_GRADES, by_id
from karmalink.seek.probability_map.densities import DENSITIES


@pytest.mark.parametrize(
    ("text", "degrees", "half"),
    [
        ("N", 0, 45), ("s", 180, 45), ("NE", 45, 22.5), ("north-west", 315, 22.5), ("NNE", 22.5, 11.25),
        ("south south east", 157.5, 11.25), ("37", 37, 0.5), ("40", 40, 5), ("360", 0, 5), ("12.5", 12.5, 0.5),
        ("90°", 90, 5),
    ],
)  # fmt: skip
def test_gbif_headings_and_their_half_widths(text: str, degrees: float, half: float) -> None:
    heading = parse_heading(text)
    assert (heading.degrees, heading.half_width) == (degrees, half)


@pytest.mark.parametrize("text", ["", "NORTHISH", "-10", "361", "nan", "up"])
def test_what_is_not_a_heading(text: str) -> None:
    with pytest.raises(InputError, match="not a direction"):
        parse_heading(text)


@pytest.mark.parametrize(
    ("number", "reach"), [("10.1", 0.05), ("15", 0.5), ("100", 5), ("10", 0.5), ("300", 5), ("0.25", 0.005), ("0", 0.5)]
)
def test_wieczorek_precision_of_a_written_number(number: str, reach: float) -> None:
    assert precision_of(number) == pytest.approx(reach)
    with pytest.raises(InputError):
        precision_of(number + "km")


def test_every_relation_has_a_density_and_the_reverse() -> None:
    assert set(RELATIONS) == set(DENSITIES)


def test_a_clue_tells_its_statement_in_our_words_and_never_the_witness_s() -> None:
    clue = Clue("c", "distance_heading", ("p",), "w", 1500, parse_heading("NE"), words="under the stone my father laid")
    assert clue.phrase({"p": "Old Pagoda"}) == "1.5 km NE of Old Pagoda"
    assert "stone" not in repr(clue)
    assert "words" not in clue.to_dict()
    assert Clue("d", "near", ("p",), "w", negated=True).phrase() == "not near p"
    assert Clue("e", "between", ("p", "q"), "w").phrase() == "between p and q"
    assert clue.reach_m == 5.0
    assert Clue("f", "distance", ("p",), "w", 1500, distance_reach_m=50).reach_m == 50


def test_a_repetition_is_the_same_statement() -> None:
    one, two = (Clue(name, "between", order, "w") for name, order in (("a", ("p", "q")), ("b", ("q", "p"))))
    assert one.statement == two.statement
    assert one.statement != Clue("c", "between", ("p", "q"), "w", negated=True).statement


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"relation": "nearr"}, "did you mean 'near'"),
        ({"places": ()}, "names 0 places"),
        ({"relation": "between"}, "names 1 place,"),
        ({"relation": "distance"}, "needs a distance"),
        ({"relation": "distance", "distance_m": 0.0}, "needs a distance"),
        ({"relation": "heading"}, "needs a heading"),
        ({"distance_m": math.nan}, "distance_m must be 0 to 2.00375e.07, got nan"),
        ({"distance_m": -5.0}, "distance_m must be 0 to 2.00375e.07, got -5"),
        ({"distance_m": 1e300}, "distance_m must be .* got 1e"),
        ({"distance_m": 1e-300}, "1e-300 m long"),
        ({"reliability": 1.2}, "reliability must be 0 to 1, got 1.2"),
    ],
)
def test_clues_that_cannot_be(fields: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Clue(**({"id": "c", "relation": "near", "places": ("p",), "witness": "w"} | fields))  # type: ignore[arg-type]


def test_clues_from_a_table(tmp_path: Path) -> None:
    path = tmp_path / "clues.csv"
    path.write_text(
        "id,witness,relation,places,distance_m,heading,negated,reliability,words\n"
        "a,w,near,p,,,,,he said so\n"
        "b,w,distance_heading,p,10.5,NNE,,0.4,\n"
        "c,v,between,p;q,,,yes,,\n",
        encoding="utf-8",
    )
    a, b, c = read_clues(path)
    assert (a.words, a.negated) == ("he said so", False)
    assert (b.distance_m, b.reach_m, b.heading.half_width, b.reliability) == (10.5, 0.05, 11.25, 0.4)  # type: ignore[union-attr]
    assert (c.places, c.negated) == (("p", "q"), True)


def test_all_faults_of_a_table_of_clues_come_together_without_the_witness_s_words(tmp_path: Path) -> None:
    path = tmp_path / "clues.csv"
    path.write_text(
        "id,witness,relation,places,distance_m,heading,words\n"
        "a,w,neer,p,,,my secret\n"
        "a,w,distance,p,,,my secret\n"
        "c,,heading,p,NaN,up,my secret\n"
        "d,w,between,p,-4,,my secret\n",
        encoding="utf-8",
    )
    with pytest.raises(ImportFaults) as caught:
        read_clues(path)
    said = str(caught.value)
    assert {(fault.line, fault.field) for fault in caught.value.faults} >= {
        (2, "relation"), (3, "id"), (3, "relation"), (4, "witness"), (4, "distance_m"), (4, "heading"),
        (5, "distance_m"), (5, "relation"),
    }  # fmt: skip
    assert "secret" not in said


@given(st.sampled_from([None, *SOURCE_GRADES]), st.sampled_from([None, *INFO_GRADES]), st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_admiralty_grades_become_beta_priors_within_their_limits(
    source: str | None, info: int | None, clues: int
) -> None:
    witness = Witness("w", source_grade=source, info_grade=info)
    theta, weights = witness.states(clues)
    assert weights.sum() == pytest.approx(1.0)
    assert ((theta >= 0.02) & (theta <= 0.98)).all()
    a, b = witness.beta()
    # The few states are the whole Beta law: every power up to the number of clues comes out the same.
    for power in range(1, clues + 1):
        exact = pattern_probability([(0.02, 0.96)] * power, (True,) * power, a, b)
        assert weights @ theta**power == pytest.approx(exact, rel=1e-10)


def test_the_two_axes_of_the_admiralty_scale_add_up() -> None:
    def prior(source: str | None, info: int | None) -> float:
        return Witness("w", source_grade=source, info_grade=info).prior

    assert prior("A", 1) == pytest.approx(0.95, abs=1e-6)
    assert prior(None, None) == pytest.approx(0.5)
    assert prior("A", 5) == pytest.approx((0.95 + 0.2) / 2)
    assert prior("A", 1) > prior("A", None) > prior("B", None) > prior("C", None) > 0.5 > prior("D", None)
    assert prior(None, 1) > prior(None, 2) > prior(None, 6) > prior(None, 5)


def test_a_stated_reliability_overrides_and_interviews_move_it() -> None:
    assert Witness("w", source_grade="E", reliability=0.9).prior == pytest.approx(0.9)
    assert Witness("w", reliability=1.0).prior <= 0.98
    assert Witness("w", reliability=0.0).prior >= 0.02
    steady, wavering = (Witness("w", reliability=0.6, agreed=k, asked=10).prior for k in (10, 2))
    assert wavering < 0.6 < steady
    exact = Witness("w", reliability=0.7, strength=math.inf)
    assert exact.states(9)[0] == pytest.approx([0.7])
    assert exact.to_dict()["strength"] == "exact"
    # A witness who is right in everything or in nothing.
    theta, weights = Witness("w", reliability=0.4, strength=0.05).states(5)
    assert np.sum(weights[(theta < 0.1) | (theta > 0.9)]) > 0.9
    assert repr(exact).startswith("Witness(w: F6")


@pytest.mark.parametrize(
    "fields",
    [
        {"source_grade": "G"},
        {"info_grade": 7},
        {"reliability": math.nan},
        {"reliability": 1.5},
        {"strength": 0.0},
        {"agreed": 3, "asked": 2},
    ],
)
def test_witnesses_that_cannot_be(fields: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Witness("w", **fields)  # type: ignore[arg-type]


def test_witnesses_from_a_table(tmp_path: Path) -> None:
    path = tmp_path / "witnesses.csv"
    path.write_text("witness,source_grade,info_grade,reliability,talked_to\na,b,2,,\nc,,,0.4,a\n", encoding="utf-8")
    first, second = read_witnesses(path)
    assert (first.source_grade, first.info_grade, second.talked_to) == ("B", 2, ("a",))
    path.write_text("witness,source_grade,info_grade,agreed,asked\na,Z,9,3,2\n", encoding="utf-8")
    with pytest.raises(ImportFaults) as caught:
        read_witnesses(path)
    assert {fault.field for fault in caught.value.faults} == {"source_grade", "info_grade", "agreed"}


def test_witnesses_know_each_other_or_not_at_all() -> None:
    with pytest.raises(InputError, match="two witnesses"):
        by_id([Witness("a"), Witness("a")])
    with pytest.raises(UnknownName, match="unknown witness 'ana'"):
        by_id([Witness("anna", talked_to=("ana",))])
