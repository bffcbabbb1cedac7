"""Many nights at once, files that are never written over unasked, one's own words on every command."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from night_cli import RUN, refused, run

from karmalink.cli import app
from karmalink.night import (
    Annotation,
    Hypnogram,
    edf_bytes,
    read_hypnogram,
    simulate_night,
    write_edf,
    write_events,
    write_hypnogram,
)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nights")
    for seed, name in enumerate(("ann", "ben")):
        recording, planted = simulate_night(0.25, seed=seed)
        marks = [Annotation(60.0, None, "Lights off"), Annotation(840.0, None, "Lights on")]
        write_edf(recording, folder / f"{name}.edf", annotations=marks)
        write_events(planted, folder / f"{name}_stages.tsv")
    (folder / "broken.edf").write_bytes((folder / "ann.edf").read_bytes()[:50_000])
    return folder


def score(*words: object) -> tuple[int, str]:
    result = RUN.invoke(app, ["night", "score", *map(str, words)], catch_exceptions=False)
    return result.exit_code, result.stdout


def test_many_nights_are_scored_into_a_folder_with_one_summary(nights: Path, tmp_path: Path) -> None:
    out = tmp_path / "scored"
    code, said = score(nights / "*.edf", "--out", f"{out}/")
    assert code == 4  # one of three could not be
    assert "2 nights of 3 scored, 0 of them before" in said
    assert "broken" in said and "the file is cut off" in said
    table = pd.read_csv(out / "summary.tsv", sep="\t", na_values="n/a").set_index("night")
    assert list(table.index) == ["ann", "ben", "broken"]
    assert list(table["status"]) == ["scored", "scored", "left out"]
    assert table.loc["ann", "total_recording_min"] == 13.0
    assert "lights off" in table.loc["ann", "notes"]
    assert sorted(path.name for path in out.iterdir()) == ["ann.json", "ann.tsv", "ben.json", "ben.tsv", "summary.tsv"]
    read = read_hypnogram(out / "ann.tsv")
    assert (read.n_epochs, read.lights) == (30, (60.0, 840.0))

    before = {path.name: path.stat().st_mtime_ns for path in out.glob("*.tsv")}
    code, said = score(nights / "ann.edf", nights / "ben.edf", "--out", out, "--json")
    assert (code, json.loads(said)["scored_before"]) == (0, 2)
    assert {path.name: path.stat().st_mtime_ns for path in out.glob("???.tsv")} == {
        name: stamp for name, stamp in before.items() if name != "summary.tsv"
    }


def test_what_was_interrupted_goes_on_and_a_lost_summary_is_made_again(nights: Path, tmp_path: Path) -> None:
    out = tmp_path / "scored"
    score(nights / "ann.edf", nights / "ben.edf", "--out", out)
    whole = (out / "summary.tsv").read_text()
    (out / "ben.tsv").unlink()
    (out / "summary.tsv").unlink()
    code, said = score(nights / "ann.edf", nights / "ben.edf", "--out", out, "--json")
    assert (code, json.loads(said)["scored_before"]) == (0, 1)
    assert (out / "summary.tsv").read_text() == whole


def test_other_options_or_another_recording_are_refused_unless_allowed(
    nights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "scored"
    words = (nights / "ann.edf", nights / "ben.edf", "--out", out)
    score(*words)
    code, said = refused(monkeypatch, capsys, "score", *words, "--eog", "none")
    assert code == 2 and str(out / "ann.tsv") in said and "--overwrite" in said
    code, said = score(*words, "--eog", "none", "--overwrite", "--json")
    assert (code, json.loads(said)["scored_before"]) == (0, 0)
    assert "EOG" not in pd.read_csv(out / "summary.tsv", sep="\t").loc[0, "channels"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ann.edf", "ben.edf"), "2 recordings and no folder"),
        (("ann.edf", "ben.edf", "--out", "x.tsv"), "is not a folder"),
        (("*.bdf", "--out", "x"), "no file matches this pattern"),
        (("ann.edf", "other/ann.edf", "--out", "x"), "two recordings would be written to ann.tsv"),
    ],
)
def test_many_nights_that_cannot_be_told_apart_are_refused(
    words: tuple[str, ...],
    said: str,
    nights: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(nights)
    code, message = refused(monkeypatch, capsys, "score", *words)
    assert code == 2 and said in message


def test_a_summary_of_somebody_else_is_not_written_over(
    nights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "summary.tsv").write_text("mine\n1\n")
    code, said = refused(monkeypatch, capsys, "score", nights / "ann.edf", nights / "ben.edf", "--out", tmp_path)
    assert code == 2 and "is not a summary of nights" in said
    assert (tmp_path / "summary.tsv").read_text() == "mine\n1\n"


# Nothing is written over unasked ----------------------------------------------------------------------------------

WRITING = {
    "score": (("score", "ann.edf", "--out", "x.tsv"), ("x.tsv", "x.json")),
    "convert a hypnogram": (("convert", "ann_stages.tsv", "--out", "x.csv"), ("x.csv", "x.json")),
    "convert a recording": (("convert", "ann.edf", "--out", "x.bdf"), ("x.bdf",)),
    "events": (
        ("events", "ann.edf", "--stages", "ann_stages.tsv", "--kind", "spindles", "--out", "x.tsv"),
        ("x.tsv",),
    ),
    "agree": (("agree", "ann_stages.tsv", "ann_stages.edf", "--out", "x.tsv"), ("x.tsv", "x.json")),
    "agree as a page": (("agree", "ann_stages.tsv", "ann_stages.edf", "--out", "x.html"), ("x.html",)),
    "simulate": (("simulate", "--out", "x.edf", "--hours", "0.1"), ("x.edf", "x_stages.tsv", "x_stages.json")),
}


@pytest.mark.parametrize("case", WRITING)
def test_no_command_writes_over_a_file_unasked(
    case: str, nights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words, files = WRITING[case]
    for name in ("ann.edf", "ann_stages.tsv", "ann_stages.json"):
        (tmp_path / name).write_bytes((nights / name).read_bytes())
    write_hypnogram(read_hypnogram(tmp_path / "ann_stages.tsv"), tmp_path / "ann_stages.edf")
    monkeypatch.chdir(tmp_path)
    for name in files:
        (tmp_path / name).write_text("somebody's night")
        code, said = refused(monkeypatch, capsys, *words)
        assert code == 2 and name in said and "--overwrite" in said
        assert (tmp_path / name).read_text() == "somebody's night"
        (tmp_path / name).unlink()
    for name in files:
        (tmp_path / name).write_text("somebody's night")
    run(*words, "--overwrite")
    assert all((tmp_path / name).read_bytes() != b"somebody's night" for name in files)


# One's own words on every command that reads stages -----------------------------------------------------------------

OWN = "0=W,1=N1,2=N2,3=N3,5=R,9=?"


@pytest.fixture(scope="module")
def digits(nights: Path) -> Path:
    planted = read_hypnogram(nights / "ann_stages.tsv")
    told = {"W": "0", "N1": "1", "N2": "2", "N3": "3", "R": "5", "?": "9"}
    path = nights / "digits.csv"
    path.write_text("Epoch,Stage\n" + "".join(f"{i},{told[s]}\n" for i, s in enumerate(planted.labels, start=1)))
    return path


def test_ones_own_words_are_understood_by_every_command(digits: Path, nights: Path, tmp_path: Path) -> None:
    table = nights / "ann_stages.tsv"
    ours, theirs = (
        json.loads(run("summary", digits, "--stages", OWN, "--json").stdout),
        json.loads(run("summary", table, "--json").stdout),
    )
    assert ours["total_sleep_min"] == theirs["total_sleep_min"]
    run("convert", digits, "--stages", OWN, "--out", tmp_path / "x.edf")
    assert read_hypnogram(tmp_path / "x.edf").labels == read_hypnogram(table).labels
    (tmp_path / "again.csv").write_bytes(digits.read_bytes())
    agreed = json.loads(run("agree", digits, tmp_path / "again.csv", "--stages", OWN, "--json").stdout)
    assert agreed["unanimous"]["value"] == 1.0
    words = ("events", nights / "ann.edf", "--kind", "spindles", "--json")
    one = json.loads(run(*words, "--stages", digits, "--stages", OWN).stdout)
    two = json.loads(run(*words, "--stages", table).stdout)
    assert one["found"] == two["found"]


def test_words_told_twice_or_that_mean_nothing_are_refused(
    digits: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, said in (
        (("--stages", OWN, "--vocabulary", "0-4"), "both say what the labels mean"),
        (("--stages", "0-4"), "does not say what labels mean"),
        (("--stages", "0=W,1"), "does not say what it means"),
    ):
        code, message = refused(monkeypatch, capsys, "summary", digits, *words)
        assert code == 2 and said in message


@pytest.mark.parametrize(
    ("name", "text", "options"),
    [
        ("x.xml", "profusion", ()),
        ("x20.tsv", "20 s", ()),
        ("x.txt", "dreams", ()),
        ("x.txt", "dreams", ("--vocabulary", "dreams")),
        ("x.json", "json", ()),
    ],
)
def test_events_reads_stages_as_summary_does(
    name: str, text: str, options: tuple[str, ...], nights: Path, tmp_path: Path
) -> None:
    planted = read_hypnogram(nights / "ann_stages.tsv")
    codes = planted.stages.tolist()
    profusion = {0: 0, 1: 1, 2: 2, 3: 3, 4: 5, -1: 9}
    dreams = {0: 5, 1: 3, 2: 2, 3: 1, 4: 4, -1: -1}
    steps = "".join(f"<SleepStage>{profusion[code]}</SleepStage>" for code in codes)
    texts = {
        "profusion": f"<CMPStudyConfig><EpochLength>30</EpochLength>"
        f"<SleepStages>{steps}</SleepStages></CMPStudyConfig>",
        "20 s": "onset\tduration\tstage\n" + "".join(f"{20 * i}\t20\t{planted.stage_at(20 * i)}\n" for i in range(45)),
        "dreams": "[Hypnogram]\n" + "".join(f"{dreams[code]}\n" * 6 for code in codes),
        "json": str(codes),
    }
    (tmp_path / name).write_text(texts[text])
    told = json.loads(run("summary", tmp_path / name, *options, "--json").stdout)
    found = json.loads(
        run("events", nights / "ann.edf", "--stages", tmp_path / name, *options, "--kind", "spindles", "--json").stdout
    )
    asleep = sum(told["stage_min"][stage] for stage in ("N1", "N2", "N3"))
    assert found["found"]["spindles"]["searched_s"] == pytest.approx(60 * asleep, abs=0.1)
    assert found["notes"] == []


# Clocks on the command line ---------------------------------------------------------------------------------------


def test_clocks_are_compared_by_events_and_agree_and_can_be_ignored(nights: Path, tmp_path: Path) -> None:
    start = read_hypnogram(nights / "ann_stages.tsv").start
    assert start is not None
    whole = Hypnogram.from_labels(["W"] * 8 + ["N1"] * 6 + ["N2"] * 16, start=start)
    late = Hypnogram(whole.stages[10:], start=start + timedelta(minutes=5))
    write_hypnogram(whole, tmp_path / "whole.edf")
    write_hypnogram(late, tmp_path / "late.edf")
    said = run("agree", tmp_path / "whole.edf", tmp_path / "late.edf").stdout
    assert "κ by pairs                                1.000" in said
    assert "by its clock late counts from 300 s after whole" in said
    ignored = run("agree", tmp_path / "whole.edf", tmp_path / "late.edf", "--ignore-clock").stdout
    assert "κ by pairs                                1.000" not in ignored
    found = run("events", nights / "ann.edf", "--stages", tmp_path / "late.edf", "--kind", "spindles").stdout
    assert "Note: by their clocks the stages begin 300 s after the recording" in found


def test_lights_of_a_recordings_own_annotations_are_used_and_said_and_an_option_is_stronger(nights: Path) -> None:
    own = json.loads(run("score", nights / "ann.edf", "--json").stdout)["summary"]
    assert (own["lights_off_s"], own["lights_on_s"]) == (60.0, 840.0)
    assert own["notes"][0] == "lights off at 23:01:00 and lights on at 23:14:00, as the recording's annotations say"
    told = json.loads(run("score", nights / "ann.edf", "--lights-off", "23:05", "--json").stdout)["summary"]
    assert (told["lights_off_s"], told["lights_on_s"]) == (300.0, 840.0)


def test_over_a_change_of_clocks_the_zone_places_the_lights(tmp_path: Path) -> None:
    recording, planted = simulate_night(0.25, seed=1)
    night = replace(planted, stages=[2] * 1200, recorded_s=None, start=planted.start)
    write_events(replace(night, start=planted.start.replace(year=2024, month=3, day=30)), tmp_path / "x.tsv")
    (tmp_path / "x.edf").write_bytes(edf_bytes(recording))
    words = ("summary", tmp_path / "x.tsv", "--lights-on", "07:00", "--json")
    assert json.loads(run(*words).stdout)["lights_on_s"] == 8 * 3600
    assert json.loads(run(*words, "--timezone", "Europe/Berlin").stdout)["lights_on_s"] == 7 * 3600
