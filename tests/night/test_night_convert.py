"""``karmalink night convert``: any readable file to any form that is written; nothing shifts or is overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from night_cli import refused, run

from karmalink.night import Annotation, read_annotations, read_hypnogram, read_recording, simulate_night
from karmalink.night.recordings.edf_writer import write_edf


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("convert")
    run("simulate", "--out", folder / "n.edf", "--hours", 0.1, "--seed", 4, "--json")
    recording, _ = simulate_night(0.1, seed=4)
    marks = [
        Annotation(0.0, 30.0, "Sleep stage W"),
        Annotation(30.0, 30.0, "Sleep stage N2"),
        Annotation(40.0, 1.0, "x"),
    ]
    write_edf(recording, folder / "scored.edf", annotations=marks)
    return folder


def test_every_form_of_a_hypnogram_from_every_other(files: Path) -> None:
    planted = read_hypnogram(files / "n_stages.tsv")
    for first in (".edf", ".xml", ".csv", ".txt", ".json"):
        whole = files / f"to{first[1:]}{first}"
        run("convert", files / "n_stages.tsv", "--out", whole)
        for second in (".tsv", ".edf", ".txt"):
            out = files / f"from{first[1:]}{second}"
            result = json.loads(run("convert", whole, "--out", out, "--json").stdout)
            assert result["kind"] == "hypnogram"
            assert read_hypnogram(out).labels == planted.labels


def test_a_recording_keeps_its_samples_and_annotations(files: Path) -> None:
    said = run("convert", files / "scored.edf", "--out", files / "scored.bdf").stdout
    assert "kept: 3 annotations" in said
    assert "scored.bdf, 24 bits a sample" in said and "not kept" not in said
    before, after = read_recording(files / "scored.edf"), read_recording(files / "scored.bdf")
    for name in before.names:
        np.testing.assert_allclose(after.signal(name), before.signal(name), atol=1e-9)
    assert len(read_annotations(files / "scored.bdf").annotations) == 3


def test_annotations_before_the_first_sample_are_kept_and_those_without_a_place_are_counted(files: Path) -> None:
    recording, _ = simulate_night(0.1, seed=4)
    marks = [Annotation(-7.5, None, "tape on"), Annotation(2.0, 1.0, "x")]
    write_edf(recording, files / "early.edf", annotations=marks)
    said = run("convert", files / "early.edf", "--out", files / "early.bdf").stdout
    assert "kept: 2 annotations, 1 of them before the first sample" in said
    assert list(read_annotations(files / "early.bdf").annotations) == marks
    said = run("convert", files / "early.edf", "--out", files / "early.csv").stdout
    assert "kept:" not in said.replace("not kept:", "") and "not kept: 2 annotations" in said
    result = json.loads(run("convert", files / "early.edf", "--out", files / "early.npy", "--json").stdout)
    assert (result["annotations"], result["annotations_not_kept"]) == (0, 2)


def test_the_stages_of_a_recording_are_taken_when_asked_for(files: Path) -> None:
    run("convert", files / "scored.edf", "--hypnogram", "--out", files / "taken.tsv")
    assert read_hypnogram(files / "taken.tsv").labels == ("W", "N2")


def test_plain_numbers_at_a_stated_rate_become_a_recording(files: Path) -> None:
    (files / "column.txt").write_text("[C3-A1]\n" + "".join(f"{n % 7}\n" for n in range(1000)))
    run("convert", files / "column.txt", "--rate", 100, "--out", files / "column.edf")
    assert read_recording(files / "column.edf").duration_s == 10
    assert "too short to be scored" in run("doctor", files / "column.txt", "--rate", 100).stdout


def test_a_recording_is_written_as_the_doctor_mends_it(files: Path) -> None:
    (files / "volts.csv").write_text("C3-M2\n" + "".join(f"{n % 37 - 18}\n" for n in range(40_000)))
    words = ("convert", files / "volts.csv", "--rate", 100, "--unit", "V", "--correct")
    assert "read as µV" in run(*words, "--out", files / "corrected.edf").stdout
    assert np.abs(read_recording(files / "corrected.edf").signal("C3-M2")).max() < 2e-5
    run(*words, "--override", "units", "--out", files / "left.edf")
    assert np.abs(read_recording(files / "left.edf").signal("C3-M2")).max() == pytest.approx(18)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("n.edf", "--out", "n_stages.tsv"), 2, "already exists"),
        (("n.edf", "--out", "nowhere/x.edf"), 2, "no such folder"),
        (("n.edf", "--out", "x.xml"), 2, "no recording is written"),
        (("n_stages.tsv", "--out", "x.npy"), 2, "no hypnogram is written"),
        (("nothing.edf", "--out", "x.bdf"), 3, "no such file"),
        (("nothing.doc", "--out", "x.edf"), 3, "no such file"),
        (("n.edf", "--hypnogram", "--out", "x.tsv"), 3, "holds no annotations"),
        (("n_stages.tsv", "--vocabulary", "klingon", "--out", "x.edf"), 3, "no stage vocabulary"),
    ],
)
def test_what_cannot_be_converted_is_told_and_nothing_is_written(
    words: tuple[str, ...],
    code: int,
    said: str,
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(files)
    before = {path.name for path in files.iterdir()}
    found, message = refused(monkeypatch, capsys, "convert", *words)
    assert (found, said in message, "Traceback" in message) == (code, True, False), message
    assert {path.name for path in files.iterdir()} == before
