"""Speakers of a transcript are witnesses, the interviewer is nobody; several files of clues make one case."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from shapely.geometry import Point
from typer.testing import CliRunner

from karmalink.cli import app
from karmalink.errors import Duplicate, ImportFaults, UsageError
from karmalink.rows import LeftOutWarning
from karmalink.seek import Case, Place, Places, parse_clues, read_clues
from karmalink.seek.clues.transcripts import turns_of

PLACES = Places(
    [Place(name.casefold(), name, Point(104.9, 11.55)) for name in ("Market", "River", "Bridge", "Old Pagoda", "ផ្សារ")]
)


def said(text: str, **options: object) -> list[tuple[str, str]]:
    """Return who says what, in our words."""
    language = "km" if any("\u1780" <= sign <= "\u17ff" for sign in text) else "en"
    found = parse_clues(text, places=PLACES, language=language, **options)  # type: ignore[arg-type]
    for part in (*found.proposals, *found.unread):
        assert text[part.start : part.end].strip()
    assert all(p.clue.words == text[p.start : p.end] for p in found.proposals)
    return [(proposal.clue.witness, proposal.clue.phrase()) for proposal in found.proposals]


INTERVIEW = """Interview at the Old Pagoda, near the Bridge
Interviewer: Where was it? Was it near the River?
Chhay: It was 200 m north of the Market.
   Not near the Bridge, I think.
Interviewer: Near the Bridge?
Sok (monk): near the Old Pagoda.
CHHAY: Yes, within 300 m of the Market.
"""


def test_speakers_are_witnesses_and_the_interviewer_is_nobody() -> None:
    assert said(INTERVIEW) == [
        ("Chhay", "200 m N of Market"),
        ("Chhay", "not near Bridge"),
        ("Sok", "near Old Pagoda"),
        ("Chhay", "within 300 m of Market"),
    ]
    found = parse_clues(INTERVIEW, places=PLACES)
    assert [(one.name, one.witness, one.turns) for one in found.speakers] == [
        ("", "", 1),
        ("Interviewer", "", 2),
        ("Chhay", "Chhay", 2),
        ("Sok", "Sok", 1),
    ]
    assert [proposal.clue.id for proposal in found.proposals] == ["c1", "c2", "c3", "c4"]
    assert [proposal.hint for proposal in found.proposals] == ["", "unsure", "", ""]
    assert repr(found).startswith("Parsed(4 clues to confirm of 2 witnesses, ")
    assert found.to_dict()["speakers"][0] == {"name": "", "witness": None, "turns": 1}


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Q: near the River?\nA: near the Market.", [("monk", "near Market")]),
        ("Question 1: near the River?\nAnswer: near the Market.", [("monk", "near Market")]),
        ("INT.: near the River?\nRESP.: near the Market.", [("monk", "near Market")]),
        ("A: near the River.\nB: near the Market.", [("A", "near River"), ("B", "near Market")]),
        ("Witness 1: near the River.\nWitness 2: near the Market.",
         [("Witness 1", "near River"), ("Witness 2", "near Market")]),
        ("Chhay: near the Market.", [("Chhay", "near Market")]),
        ("\n\nChhay : near the Market.", [("Chhay", "near Market")]),
        ("Chhay:\nnear the Market\nand near the River.", [("Chhay", "near Market"), ("Chhay", "near River")]),
        ("[00:01:02] **Interviewer:** near the River?\n[00:01:09] **Chhay:** near the Market.",
         [("Chhay", "near Market")]),
        ("00:01 - Interviewer: near the River?\r\n00:09 - Chhay: near the Market.\r\n", [("Chhay", "near Market")]),
        ("- Interviewer: near the River?\n- Chhay: near the Market.", [("Chhay", "near Market")]),
        ("Chhay [00:12]: near the Market.\nSok Dara [00:20]: near the River.",
         [("Chhay", "near Market"), ("Sok Dara", "near River")]),
        ("Interviewer: near the River? Chhay: near the Market. Interviewer: near the Bridge?",
         [("Chhay", "near Market")]),
        ("WEBVTT\n\n1\n00:00:01.000 --> 00:00:04.000\n<v Chhay>near the Market.\n\n2\n00:00:05.000 --> 00:00:08.000\n"
         "<v Interviewer>near the River?", [("Chhay", "near Market")]),
        ("អ្នកសម្ភាសន៍៖ នៅជិតផ្សារទេ?\nឆាយ៖ ដប់ពីរម៉ែត្រខាងជើងផ្សារ", [("ឆាយ", "12 m N of ផ្សារ")]),
        ("សំណួរ៖ នៅជិតផ្សារទេ?\nចម្លើយ៖ នៅជិតផ្សារ", [("monk", "near ផ្សារ")]),
        ("Date: 3 May\nPlace: near the River\nChhay: near the Market.\nNote: near the Bridge.",
         [("Chhay", "near Market")]),
        ("Interviewer: not near the River?\nChhay: near the Market.", [("Chhay", "near Market")]),
        # One voice: a colon is only a colon.
        ("He said one thing: near the Market.", [("monk", "near Market")]),
        ("Sokha told me: near the Market.\nBehind it: near the River.",
         [("monk", "near Market"), ("monk", "near River")]),
        ("Buried: near the Market.", [("monk", "near Market")]),
        ("Near the Market: see https://example.org/a\nat 12:30 near the River",
         [("monk", "near Market"), ("monk", "near River")]),
        ("It is near the Market.\nNote: near the River.", [("monk", "near Market"), ("monk", "near River")]),
    ],
)  # fmt: skip
def test_labels_of_all_kinds(text: str, right: list[tuple[str, str]]) -> None:
    assert said(text, witness="monk") == right


def test_whose_words_they_are_can_be_said() -> None:
    text = "Dara: near the River?\nChhay: near the Market."
    assert said(text) == [("Dara", "near River"), ("Chhay", "near Market")]
    assert said(text, speakers={"dara": "", "Chhay": "monk"}) == [("monk", "near Market")]
    assert said(text, witness="x", one_voice=True) == [("x", "near River"), ("x", "near Market")]
    assert [turn.speaker for turn in turns_of(text)] == ["Dara", "Chhay"]
    assert turns_of("no dialogue at all") == turns_of("") == ()


def run(*words: object, fails: type[Exception] | None = None) -> str:
    """Run the command; return what it printed."""
    result = CliRunner().invoke(app, ["seek", *map(str, words)])
    if fails is not None:
        assert isinstance(result.exception, fails)
        return str(result.exception)
    assert result.exit_code == 0, result.exception
    return result.output


def test_the_command_writes_one_heading_for_all_witnesses(tmp_path: Path) -> None:
    text, out = tmp_path / "interview.txt", tmp_path / "proposed.csv"
    text.write_text(INTERVIEW, encoding="utf-8")
    shown = run("parse", text, "--out", out)
    assert "Interviewer, 2 turns: nobody's statements" in shown
    assert "Chhay, 2 turns: the witness Chhay" in shown
    assert "near Old Pagoda, says Sok" in shown
    rows = list(csv.reader(out.read_text(encoding="utf-8").splitlines()))
    assert [row[0] for row in rows] == ["id", "c1", "c2", "c3", "c4"]
    assert [row[1] for row in rows[1:]] == ["Chhay", "Chhay", "Sok", "Chhay"]
    out.write_text(out.read_text(encoding="utf-8").replace(",no\n", ",yes\n"), encoding="utf-8")
    assert {clue.witness for clue in read_clues(out)} == {"Chhay", "Sok"}
    assert "says monk" in run("parse", text, "--speaker", "Chhay=monk", "--speaker", "Sok=")
    assert ", says " not in run("parse", text, "--one-voice")
    assert "a speaker without a witness" in run("parse", text, "--speaker", "Chhay", fails=UsageError)


CASE = """
[area]
bounds = [104.90, 11.55, 104.909, 11.559]
cell_m = 100
[files]
places = {places}
witnesses = {witnesses}
clues = {clues}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for day in ("mon", "tue"):
        (tmp_path / day).mkdir()
        wpt = '<wpt lat="11.555" lon="104.905"><name>Well</name></wpt>'
        (tmp_path / day / "points.gpx").write_text(f"<gpx>{wpt}</gpx>", encoding="utf-8")
    (tmp_path / "p.csv").write_text("id,name,lon,lat\nm,Market,104.904,11.553\n", encoding="utf-8")
    (tmp_path / "w1.csv").write_text("witness,source_grade\nmonk,B\nthief,D\n", encoding="utf-8")
    (tmp_path / "w2.csv").write_text("witness,source_grade\nmonk,B\nnun,A\n", encoding="utf-8")
    (tmp_path / "monday.csv").write_text(
        "id,witness,relation,places\nc1,monk,near,Market\nc2,thief,near,Market\n", encoding="utf-8"
    )
    (tmp_path / "tuesday.csv").write_text(
        "id,witness,relation,places\nc1,nun,near,Market\ntuesday/c1,monk,near,Market\nc3,nun,near,Market\n",
        encoding="utf-8",
    )
    return tmp_path


def case(folder: Path, **files: str) -> Case:
    given = {"places": '"p.csv"', "witnesses": '["w1.csv", "w2.csv"]', "clues": '["monday.csv", "tuesday.csv"]'} | files
    (folder / "case.toml").write_text(CASE.format(**given), encoding="utf-8")
    return Case.read(folder)


def test_a_case_takes_the_clues_of_several_interviews(folder: Path) -> None:
    said = "tuesday.csv: 1 clue whose identifier another file has too: called after the file as well .tuesday/c1 #2."
    with pytest.warns(LeftOutWarning, match=said):
        held = case(folder)
    assert [clue.id for clue in held.clues] == ["c1", "c2", "tuesday/c1 #2", "tuesday/c1", "c3"]
    assert [clue.witness for clue in held.clues] == ["monk", "thief", "nun", "monk", "nun"]
    assert [witness.id for witness in held.witnesses] == ["monk", "thief", "nun"]
    assert held.map().region(0.5).km2 > 0
    assert [clue.id for clue in case(folder, clues='"monday.csv"').clues] == ["c1", "c2"]


def test_two_files_that_say_different_things_about_one_witness_are_refused(folder: Path) -> None:
    (folder / "w2.csv").write_text("witness,source_grade\nmonk,D\n", encoding="utf-8")
    with pytest.raises(Duplicate) as caught:
        case(folder)
    assert "the witness 'monk' is in two files, and they differ" in str(caught.value)
    assert caught.value.where == "w1.csv and w2.csv"


def test_places_of_two_files_of_one_name_are_told_apart(folder: Path) -> None:
    held = case(folder, places='["mon/points.gpx", "tue/points.gpx", "p.csv"]', clues='"monday.csv"')
    assert [place.id for place in held.places] == ["points/Well", "points/Well #2", "m"]
    with pytest.raises(Duplicate, match="the place 'm' is in two files"):
        case(folder, places='["p.csv", "p.csv"]')


@pytest.mark.parametrize("clues", ["[]", "[1, 2]", "7", '[["a.csv"]]'])
def test_a_list_of_files_is_a_list_of_names(folder: Path, clues: str) -> None:
    with pytest.raises(ImportFaults, match="1 fault found"):
        case(folder, clues=clues)
