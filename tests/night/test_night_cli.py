"""``karmalink night …`` on plain files: text, JSON, exit codes, no traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from night_cli import refused, run


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nights")
    run("simulate", "--out", folder / "n.edf", "--hours", 0.5, "--seed", 4, "--json")
    return folder


def test_simulate_writes_a_night_and_its_stages(files: Path) -> None:
    assert (files / "n.edf").stat().st_size > 1_000_000
    assert (files / "n_stages.tsv").read_text(encoding="utf-8").count("\n") == 61
    assert (files / "n_stages.json").exists()


def test_simulate_never_writes_over_a_recording(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (files / "n.edf").read_bytes()
    code, said = refused(monkeypatch, capsys, "simulate", "--out", files / "n.edf", "--hours", 0.1)
    assert (code, (files / "n.edf").read_bytes()) == (2, before)
    assert "already exists" in said


def test_score_finds_events_in_the_same_run(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = files / "night.tsv"
    result = json.loads(run("score", files / "n.edf", "--events", "--out", out, "--json").stdout)
    assert set(result["events"]) | set(result["events_not_searched"]) >= {"spindles", "slow-waves", "arousals"}
    rows = (files / "night_events.tsv").read_text().splitlines()
    assert len(rows) - 1 == sum(found["count"] for found in result["events"].values())
    assert result["summary"]["arousal_index"] is not None
    out.unlink()
    out.with_suffix(".json").unlink()
    code, message = refused(monkeypatch, capsys, "score", files / "n.edf", "--events", "--out", out)
    assert code == 2 and "already exists" in message


def test_score_says_what_was_found_scored_and_written(files: Path) -> None:
    out = run("score", files / "n.edf", "--out", files / "scored.tsv", "--lights-off", "23:05").stdout
    for part in (
        "What the doctor found",
        "Scored by yasa",
        "total sleep time",
        "REM latency",
        "Confidence:",
        "Written:",
    ):
        assert part in out
    assert "total recording time              25.0 min" in out
    assert len((files / "scored.tsv").read_text(encoding="utf-8").splitlines()) == 61


def test_score_json_is_one_object(files: Path) -> None:
    result = json.loads(
        run("score", files / "n.edf", "--eeg", "EEG C4-M1", "--eog", "none", "--emg", "none", "--json").stdout
    )
    assert set(result) == {"recording", "findings", "hypnogram", "summary", "vote", "epochs_to_review", "out"}
    assert result["hypnogram"]["channels"] == ["EEG C4-M1"]


def test_doctor_and_summary(files: Path) -> None:
    assert "less than a night" in run("doctor", files / "n.edf").stdout
    found = json.loads(run("doctor", files / "n.edf", "--override", "types:EMG chin=leg", "--json").stdout)
    assert found["recording"]["channels"][3]["kind"] == "leg"
    assert "sleep latency" in run("summary", files / "n_stages.tsv").stdout
    assert json.loads(run("summary", files / "n_stages.tsv", "--json").stdout)["total_recording_min"] == 30


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("score", "nothing.edf"), 3, "there is no such file"),
        (("score", "empty.edf"), 3, "the file is empty"),
        (("doctor", "text.edf"), 3, "the file is text, not EDF"),
        (("score", "cut.edf"), 3, "the file is cut off"),
        (("score", "short.edf"), 4, "needs 5"),
        (("score", "n.edf", "--scorer", "xyz"), 3, "unknown stager 'xyz'"),
        (("score", "n.edf", "--eeg", "C9"), 3, "no channel 'C9'"),
        (("score", "n.edf", "--override", "nonsense"), 2, "unknown check 'nonsense'"),
        (("score", "n.edf", "--lights-off", "late"), 3, "'late' is not a moment"),
        (("score", "n.edf", "--out", "x.edf"), 2, "does not end in .tsv"),
        (("simulate", "--out", "x.bdf"), 2, "does not end in .edf"),
        (("simulate", "--out", "x.edf", "--start", "tonight"), 3, "is not a date and time"),
        (("simulate", "--out", "x.edf", "--hours", "99"), 2, "must be 30 s to 24 hours, got 99 hours"),
        (("summary", "n.edf"), 3, "holds no annotations"),
        (("summary", "n_stages.tsv", "--vocabulary", "klingon"), 3, "no stage vocabulary is called 'klingon'"),
        (("summary", "n_stages.tsv", "--lights-off", "12:00"), 3, "outside the hypnogram"),
    ],
)
def test_what_a_user_gets_wrong_ends_in_a_message(
    words: tuple[str, ...],
    code: int,
    said: str,
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(files)
    whole = (files / "n.edf").read_bytes()
    Path("empty.edf").write_bytes(b"")
    Path("text.edf").write_text("a dream", encoding="utf-8")
    Path("cut.edf").write_bytes(whole[:400_000])
    Path("short.edf").write_bytes(whole[:236] + b"120     " + whole[244 : 256 * 5 + 120 * 800])
    found, message = refused(monkeypatch, capsys, *words)
    assert (found, said in message, "Traceback" in message) == (code, True, False), message


def test_a_cut_file_can_be_scored_in_part(files: Path) -> None:
    (files / "part.edf").write_bytes((files / "n.edf").read_bytes()[:500_000])
    assert "the file is cut off: the last" in run("doctor", files / "part.edf", "--partial").stdout


def test_old_option_names_work_and_are_hidden(files: Path) -> None:
    new = run("doctor", files / "n.edf", "--override", "types:EMG chin=leg", "--json")
    old = run("doctor", files / "n.edf", "--overrule", "types:EMG chin=leg", "--json")
    assert json.loads(old.stdout) == json.loads(new.stdout)
    assert "--overrule" not in run("doctor", "--help").stdout
