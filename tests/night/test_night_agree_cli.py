"""``karmalink night agree``, and what ``night score`` says of votes, abstention and doubt."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from night_cli import refused, run

from karmalink.night import Hypnogram, read_hypnogram, write_events


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    for night in ("mon", "tue", "wed"):
        truth = np.repeat(rng.integers(0, 5, 20), 5)
        for scorer in ("anna", "ben", "chan"):
            missed = rng.random(100) < 0.2
            folder = tmp_path / scorer
            folder.mkdir(exist_ok=True)
            write_events(Hypnogram(np.where(missed, 2, truth), scorer=scorer), folder / f"{night}.tsv")
    (tmp_path / "chan" / "notes.docx").write_bytes(b"no score")
    (tmp_path / "ben" / "thu.txt").write_text("W\nW\n", encoding="utf-8")
    return tmp_path


def test_folders_are_scorers_and_files_of_one_name_are_nights(folders: Path) -> None:
    paths = [folders / name for name in ("anna", "ben", "chan")]
    text = run("agree", *paths).stdout
    assert "3 scorers, 3 nights, 300 epochs" in text
    assert "left out, with one scorer: 1 night (thu)" in text
    result = json.loads(run("agree", *paths, "--json").stdout)
    assert result["scorers"] == ["anna", "ben", "chan"]
    assert result["pairwise"]["low"] < result["pairwise"]["value"] < result["pairwise"]["high"]
    assert run("agree", *paths, "--json").stdout == run("agree", *paths, "--json").stdout


def test_files_of_one_name_are_called_by_their_folder_and_the_consensus_is_written(folders: Path) -> None:
    out = folders / "shared.tsv"
    text = run("agree", *(folders / name / "mon.tsv" for name in ("anna", "ben", "chan")), "--out", out).stdout
    assert "One night says nothing about other nights" in text
    assert "anna" in text
    shared = read_hypnogram(out)
    assert shared.n_epochs == 100
    assert set(np.round(shared.confidence, 2)) <= {0.33, 0.67, 1.0}


def test_epochs_of_another_length_are_brought_to_the_longest(folders: Path) -> None:
    fine = folders / "fine.txt"
    fine.write_text("\n".join(["W"] * 6 + ["N2"] * 6), encoding="utf-8")
    rough = folders / "rough.txt"
    rough.write_text("W\nN2\n", encoding="utf-8")
    write_events(read_hypnogram(fine, epoch_s=5), folders / "fine.tsv")
    result = json.loads(run("agree", folders / "fine.tsv", rough, "--json").stdout)
    assert (result["n_epochs"], result["pairwise"]["value"]) == (2, 1.0)


def test_a_page_is_written(folders: Path) -> None:
    page = folders / "a.html"
    run("agree", folders / "anna", folders / "ben", "--out", page)
    assert "How far do the scorers agree?" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("agree", "anna"), 2, "agreement needs at least two"),
        (("agree", "anna", "ben/thu.txt"), 2, "some folders"),
        (("agree", "anna/mon.tsv", "anna/mon.tsv"), 2, "named twice"),
        (("agree", "anna", "ben", "--out", "x.tsv"), 2, "holds the consensus of one night"),
        (("agree", "anna", "ben", "--out", "x.pdf"), 2, "does not end in .tsv or .html"),
        (("agree", "anna", "empty"), 4, "no night was scored by two"),
        (("agree", "anna/mon.tsv", "nothing.tsv"), 3, "there is no such file"),
    ],
)
def test_what_a_user_gets_wrong_ends_in_a_message(
    words: tuple[str, ...],
    code: int,
    said: str,
    folders: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folders)
    (folders / "empty").mkdir()
    found, message = refused(monkeypatch, capsys, *words)
    assert (found, said in message, "Traceback" in message) == (code, True, False), message


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("score") / "n.edf"
    run("simulate", "--out", path, "--hours", 0.5, "--seed", 4, "--json")
    return path


def test_score_says_who_voted_and_what_to_look_at_first(night: Path) -> None:
    text = run("score", night, "--vote", "--abstain", 0.7).stdout
    assert "2 combinations of channels voted; they agree with the vote in" in text
    assert "  EEG C4-M1 + EOG E1-M2 + EMG chin  " in text
    assert "below, left unscored. Review first" in text
    result = json.loads(run("score", night, "--stager", "yasa", "--abstain", 0.7, "--json").stdout)
    doubtful = result["epochs_to_review"]
    assert result["vote"]["stager"].startswith("yasa ")
    assert [one["confidence"] for one in doubtful] == sorted(one["confidence"] for one in doubtful)
    assert all(result["hypnogram"]["stages"][one["epoch"]] == "?" for one in doubtful)
    assert result["hypnogram"]["stages"].count("?") == len(doubtful)


def test_all_channels_or_named_ones(
    night: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = refused(monkeypatch, capsys, "score", night, "--vote", "--eeg", "EEG C4-M1")
    assert (code, "--vote scores from every usable channel" in said) == (2, True)
