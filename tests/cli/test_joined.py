"""The numerical verbs on a study, through the real command line: by identifier, results kept, links made clues."""

from __future__ import annotations

import json
from pathlib import Path

import joined_samples as samples
import pytest
from study_cli import PASSPHRASE, Place, Ran

from karmalink.study import Study
from karmalink.study.imports import Options, add_file


@pytest.fixture(scope="module")
def story(pattern: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Give a study with the dreams and the diary of P01, a register, places and a witness; made once."""
    place = pattern.copied_to(tmp_path_factory.mktemp("story"))
    files = {
        "places": samples.PLACES,
        "witnesses": samples.WITNESSES,
        "clues": samples.CLUES,
        "awakenings": samples.awakenings(),
        "accounts": samples.dreams(),
    }
    with Study.open(place.study, passphrase=PASSPHRASE, keys=place.folder / "keys", write=True) as study:
        for kind, content in files.items():
            add_file(study, kind, place.file(f"{kind}.csv", content))
        add_file(study, "entries", place.file("diary.csv", samples.diary()), options=Options(person="P01"))
        add_file(study, "entries", place.file("register.csv", samples.register()))
    (place.folder / "case").mkdir()
    place.file("case/case.toml", samples.CASE)
    place.file("case/assets.csv", samples.ASSETS)
    return place


@pytest.fixture
def told(story: Place, tmp_path: Path) -> Place:
    """Give a copy of one's own."""
    return story.copied_to(tmp_path)


def on(place: Place, *words: object) -> Ran:
    """Run a verb on the study, by ``--study`` alone."""
    return place.run(*words, "--study", place.study, KARMALINK_STUDY="")


def study_of(place: Place) -> Study:
    """Open the study of a test."""
    return Study.open(place.study, passphrase=PASSPHRASE, keys=place.folder / "keys")


def test_pairs_knows_the_stages_keeps_its_result_and_makes_links_clues(told: Place) -> None:
    ran = on(told, "link", "pairs", "P01", "P01-days", "--sought", "the golden statue", "--json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    assert found["verdict"] == "found"
    assert {rate["group"] for rate in found["rates"]} == {"", "R", "N2"}
    assert "of 8 nights draw on" in found["part"]
    carried = {clue["id"]: clue for clue in found["carried"]}
    # Of the days that name a place, those that a dream of the statue is linked to.
    assert set(carried) <= {f"link:P01-a{n}:wat" for n in (25, 35, 45, 55)}
    assert len(carried) >= 2
    # Of eight dreams of the statue six to eight are linked; two to four of their days name the place, and of any eight
    # days .8 would.
    assert all(0.2 < clue["reliability"] <= 1 - 6 * 9 / 90 / 4 for clue in carried.values())
    with study_of(told) as study:
        assert set(study.clues.ids()) == {"told", *carried}
        assert study.results.get("pairs:P01:P01-days").contributors == ("P01",)
    said = on(told, "link", "pairs", "P01", "P01-days", "--sought", "an emerald")
    assert (said.code, "No clue was added" in said.out) == (0, True)
    assert told.counts()["clues"] == 1


def test_the_map_is_made_of_what_the_study_knows(told: Place) -> None:
    before = json.loads(on(told, "seek", "map", told.folder / "case", "--json").out)
    assert [clue["id"] for clue in before["clues"]] == ["told"]
    assert on(told, "link", "pairs", "P01", "P01-days", "--sought", "statue").code == 0
    out = told.folder / "map.geojson"
    after = json.loads(on(told, "seek", "map", told.folder / "case", "--json", "--out", out).out)
    assert len(after["clues"]) > 1
    assert (after["rest_of_world"] < before["rest_of_world"], out.is_file()) == (True, True)
    plan = json.loads(on(told, "seek", "plan", told.folder / "case", "--json").out)
    assert 0 < plan["value"] <= plan["upper_bound"]
    logged = on(told, "seek", "search", told.folder / "case", "--segment", "C3", "--hours", 2)
    assert (logged.code, "C3 searched, nothing found" in logged.out) == (0, True)
    # The map out of a study is an export: it goes with the people whose clues are on it.
    with study_of(told) as study:
        assert [(one.kind, one.people) for one in study.exported.list()] == [("map", ("P01",))]
    assert on(told, "seek", "map", told.folder / "case", "--out", out).code == 0
    assert on(told, "seek", "map", told.folder / "case", "--out", told.folder / "case" / "case.toml").code == 2
    assert on(told, "seek", "map", told.folder / "case", "--out", told.study / "map.geojson").code == 2
    assert told.run("study", "withdraw", "P01", "--erase", "--yes").code == 0
    assert not out.exists()


def test_lag_power_and_stranger_by_identifier(told: Place) -> None:
    curve = on(told, "link", "lag", "P01", "P01-days", "--lags", 2, "--json")
    assert curve.code == 4, curve.err
    assert json.loads(curve.out)["verdict"] == "cannot_answer"
    power = json.loads(on(told, "link", "power", "P01", "claimed", "--json").out)
    assert power["n_decoys"] == 9
    assert json.loads(on(told, "link", "power", "P01", "P01-days", "--decoys", 5, "--json").out)["n_decoys"] == 5
    rank = json.loads(on(told, "link", "stranger", "P01", "--life", "claimed", "--alpha", 0.2, "--json").out)
    assert (rank["rank"], rank["verdict"], len(rank["lives"])) == (1, "found", 10)
    with study_of(told) as study:
        assert sorted(study.results.list(), key=lambda one: one.kind)[-1].kind == "stranger"
    assert on(told, "link", "stranger", "P01", "--life", "claimed").code == 4


def test_a_night_is_scored_out_of_the_vault_and_its_scoring_stored(told: Place) -> None:
    from karmalink.night import simulate_night, write_edf

    recording, _ = simulate_night(0.15, seed=3)
    file = write_edf(recording, told.folder / "night.edf")
    assert told.run("study", "add", "nights", file, "--person", "P01", "--id", "N1").code == 0
    file.unlink()
    ran = on(told, "night", "score", "N1", "--json")
    assert ran.code == 0, ran.err
    scored = json.loads(ran.out)
    with study_of(told) as study:
        hypnogram, summary = study.nights.hypnogram("N1"), study.nights.summary("N1")
        assert hypnogram is not None and summary is not None
        assert hypnogram.to_dict() == scored["hypnogram"]
        assert summary.to_dict() == scored["summary"]
        assert len(study.nights.findings("N1")) == len(scored["findings"])
    away = on(told, "night", "score", "N1", "--out", told.folder / "n.tsv")
    assert (away.code, "stored in the study" in away.err) == (2, True)
    report = told.run("study", "report", "--out", told.folder / "r.html", "--json")
    assert json.loads(report.out)["nights"] == 1


def test_with_a_study_in_the_environment_files_are_still_files(told: Place) -> None:
    files = told.folder / "accounts.csv", told.folder / "diary.csv"
    ran = told.run("link", "power", *files, "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["n_nights"] == 40


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("link", "pairs", "P1", "P01-days"), 3, "did you mean 'P01'?"),
        (("link", "pairs", "P01", "P01-nights"), 3, "unknown life 'P01-nights'"),
        (("link", "pairs", "P02", "P01-days"), 4, "P02 has no account"),
        (("link", "lag", "P03", "P01-days"), 3, "missing: their own consent"),
        (("link", "power", "P02", "P01-days"), 4, "P02 has no account"),
        (("link", "pairs", "P01"), 2, "an argument is missing"),
        (("link", "power", "P01"), 2, "two files or two numbers are needed"),
        (("link", "pairs", "P01", "P01-days", "--person", "P01"), 2, "--person is for files"),
        (("link", "lag", "P01", "P01-days", "--cut-retellings"), 2, "--cut-retellings is for files"),
        (("link", "pairs", "P01", "P01-days", "--sought", "…"), 2, "no word for the thing sought was given"),
        (("link", "pairs", "P01", "P01-days", "--null", "shift"), 2, "the shift null does not name nights"),
        (("link", "stranger", "P01", "--after"), 2, "the life is missing"),
        (("link", "stranger", "P01", "register.csv", "--life", "claimed"), 2, "the registers are those of the study"),
        (("link", "stranger", "P01", "--life", "P01-days"), 3, "is a diary, not a register"),
        (("link", "stranger", "P01", "--life", "nobody"), 3, "unknown life 'nobody'"),
        (("night", "score", "N9"), 3, "unknown night 'N9'"),
        (("seek", "map", "nowhere"), 3, "there is no such case"),
    ],
)
def test_what_is_wrong_is_said_with_its_exit_code(story: Place, words: tuple[str, ...], code: int, said: str) -> None:
    ran = on(story, *words)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err


def test_clues_of_links_need_a_study(told: Place) -> None:
    ran = told.run("link", "pairs", told.folder / "accounts.csv", told.folder / "diary.csv", "--sought", "statue")
    assert (ran.code, "clues cannot be added to files" in ran.err) == (2, True)
    ran = told.run("link", "power", "P01", "P01-days", "--study", told.folder / "no study")
    assert (ran.code, ran.out) == (3, "")
