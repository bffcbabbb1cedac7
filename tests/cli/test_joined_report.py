"""``karmalink study report``: what is told, whose words it carries, what it cannot tell; erasure removes it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import joined_samples as samples
import pytest
from study_cli import PASSPHRASE, Place

from karmalink.study import Study
from karmalink.study.imports import Options, add_file

DREAM_WORDS = {word for n in samples.NIGHTS for word in samples.days_of(3)[n].split()[3:8] if len(word) > 6}


def filled(place: Place, nights: range, seed: int = 3) -> Place:
    """Put the dreams of these nights, a diary and what the map needs into a study; seed 3 dreams of that diary."""
    with Study.open(place.study, passphrase=PASSPHRASE, keys=place.folder / "keys", write=True) as study:
        for kind, content in (
            ("places", samples.PLACES),
            ("witnesses", samples.WITNESSES),
            ("clues", samples.CLUES),
            ("awakenings", samples.awakenings(nights=nights)),
            ("accounts", samples.dreams(nights=nights, seed=seed)),
        ):
            add_file(study, kind, place.file(f"{kind}.csv", content))
        add_file(study, "entries", place.file("diary.csv", samples.diary()), options=Options(person="P01"))
        add_file(study, "entries", place.file("register.csv", samples.register()))
    (place.folder / "case").mkdir()
    place.file("case/case.toml", samples.CASE)
    place.file("case/assets.csv", samples.ASSETS)
    return place


@pytest.fixture(scope="module")
def story(pattern: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Give a study with forty dreams; made once."""
    return filled(pattern.copied_to(tmp_path_factory.mktemp("story")), samples.NIGHTS)


@pytest.fixture
def told(story: Place, tmp_path: Path) -> Place:
    """Give a copy of one's own."""
    return story.copied_to(tmp_path)


def test_a_report_tells_links_map_and_limits_and_carries_no_words_unless_asked(told: Place) -> None:
    out = told.folder / "report.html"
    ran = told.run("study", "report", "--out", out, "--case", told.folder / "case", "--json")
    assert ran.code == 0, ran.err
    result, page = json.loads(ran.out), out.read_text(encoding="utf-8")
    assert (result["report"], result["people"], result["accounts"]) == (str(out), ["P01"], 40)
    assert result["left_out"] == ["P03 is left out; missing: their own consent"]
    assert "P03" not in page
    assert result["findings"][0]["finding"].startswith("39 of 40 nights draw on")
    for said in ("Do the dreams of P01 draw on their own days?", "Where does it lie?", "Where do we look first?"):
        assert said in page
    for said in ("What to ask next: ", "Influence of each clue: ", "Value of each asset: "):
        assert said in page
    assert "This file contains no text of a person." in page
    assert not [word for word in DREAM_WORDS if word in page]
    units = told.run("study", "report", "--out", out, "--texts", "units")
    assert (units.code, "the matching units" in units.out) == (0, True)
    page = out.read_text(encoding="utf-8")
    assert [word for word in DREAM_WORDS if word in page]
    assert "Where does it lie?" not in page
    assert told.run("study", "report", "--out", out, "--texts", "full").code == 0
    assert "treat it like the texts themselves" in out.read_text(encoding="utf-8")


def test_a_report_is_one_export_that_goes_with_its_people(told: Place) -> None:
    out = told.folder / "report.html"
    for to in ("the ethics board", ""):
        assert told.run("study", "report", "--out", out, "--handed-to", to).code == 0
    shown = json.loads(told.run("study", "show", "--json").out)
    (export,) = shown["exports"]
    assert (export["kind"], export["people"], export["handed_to"]) == ("report", ["P01"], ["the ethics board"])
    ledger = json.loads(told.run("study", "ledger", "--json").out)
    assert [entry["event"] for entry in ledger["entries"]].count("exported.added") == 2
    gone = told.run("study", "withdraw", "P01", "--erase", "--yes")
    assert (gone.code, "ask for the copy back: the ethics board" in gone.out) == (0, True)
    assert not out.exists()


def test_of_thirteen_accounts_the_report_says_what_they_cannot_tell(place: Place) -> None:
    filled(place, range(20, 33), seed=8)
    out = place.folder / "report.html"
    ran = place.run("study", "report", "--out", out)
    assert ran.code == 0, ran.err
    assert "We cannot tell from 13" in ran.out
    page = out.read_text(encoding="utf-8")
    assert "What could not be answered?" in page
    assert "We cannot tell from 13" in page
    assert "Thirteen accounts" in page or "13 accounts" in page


def test_other_lives_are_asked_about_on_request(told: Place) -> None:
    diary = samples.diary(seed=8, life="theirs")
    assert told.run("study", "add", "entries", told.file("theirs.csv", diary), "--person", "P02").code == 0
    out = told.folder / "report.html"
    ran = told.run("study", "report", "--out", out, "--life", "theirs", "--life", "claimed", "--json")
    assert ran.code == 0, ran.err
    questions = {one["question"]: one["finding"] for one in json.loads(ran.out)["findings"]}
    assert questions["Do the dreams of P01 draw on the days of theirs?"].startswith("Nothing here")
    assert "We cannot tell from 9 other lives" in questions["Do the dreams of P01 fit claimed better than other lives?"]
    assert json.loads(ran.out)["people"] == ["P01", "P02"]
    assert "Nothing here" in out.read_text(encoding="utf-8")
    # It tells of both people, so it goes with either.
    assert told.run("study", "withdraw", "P02", "--erase", "--yes").code == 0
    assert not out.exists()


def test_what_is_missing_is_said_and_not_drawn(place: Place) -> None:
    from karmalink.night import simulate_night, write_edf

    recording, _ = simulate_night(0.1, start=dt.datetime(2026, 2, 1, 23, 0))
    file = write_edf(recording, place.folder / "night.edf")
    assert place.run("study", "add", "nights", file, "--person", "P02", "--id", "N1").code == 0
    case = place.folder / "case"
    case.mkdir()
    place.file("case/case.toml", samples.CASE)
    place.file("case/assets.csv", samples.ASSETS)
    out = place.folder / "report.html"
    ran = place.run("study", "report", "--out", out, "--case", case, "--json")
    assert ran.code == 0, ran.err
    why = {gap["question"]: gap["why"] for gap in json.loads(ran.out)["not_answered"]}
    assert "It is not scored" in why["How was the night N1 slept?"]
    assert why["What do the dreams of P02 draw on?"] == "P02 has no account."
    assert why["Where does it lie: The golden statue?"] == "There is no clue in the study."


def test_a_study_without_anything_has_no_report(place: Place) -> None:
    out = place.folder / "report.html"
    ran = place.run("study", "report", "--out", out)
    assert (ran.code, "no one who has agreed has a night or an account" in ran.err) == (4, True)
    ran = place.run("study", "report", "--out", out, "--person", "P01")
    assert (ran.code, "the study has nothing to report" in ran.err) == (4, True)
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--person", "P1"), 3, "did you mean 'P01'?"),
        (("--person", "P03"), 3, "missing: their own consent"),
        (("--life", "nobody"), 3, "unknown life 'nobody'"),
        (("--case", "nowhere"), 3, "there is no such case"),
        (("--texts", "all"), 2, "none, units, full"),
        (("--out", "diary.csv"), 2, "this study did not write it"),
        (("--out", "study/report.html"), 2, "cannot be inside the study"),
        (("--out", "diary.csv/report.html"), 2, "not a folder"),
    ],
)
def test_bad_input_leaves_no_file_and_no_entry(story: Place, words: tuple[str, str], code: int, said: str) -> None:
    out = story.folder / "report.html"
    option, value = words
    given = ("--out", story.folder / value) if option == "--out" else ("--out", out, option, value)
    ran = story.run("study", "report", *given)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert not out.exists()
    assert (story.folder / "diary.csv").read_text(encoding="utf-8") == samples.diary()
    assert json.loads(story.run("study", "show", "--json").out)["exports"] == []
