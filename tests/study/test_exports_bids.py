"""A BIDS dataset of made-up people: valid for the official validator, and telling nothing that it must not tell."""

from __future__ import annotations

import csv
import datetime as dt
import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from export_samples import DREAM, START, hypnogram, person, recording
from hypothesis import given
from hypothesis import strategies as st
from official_bids import issues

from karmalink.night import Recording, read_events, read_recording
from karmalink.study.exports.bids import plan_bids
from karmalink.study.exports.bids_columns import CHANNEL_TYPES
from karmalink.study.exports.people import ExportNight, ExportPerson, Shift, night_of
from karmalink.study.exports.tsv import TsvColumn, cell, escape, table, unescape


def write(dest: Path, *people: ExportPerson, texts: bool = False) -> list[Path]:
    """Write a dataset and return what was planned."""
    plan = plan_bids(people, title="The garden study", version="0.1.0", texts=texts)
    for files in plan:
        files.write(dest)
    return [path for files in plan for path in files.paths]


def rows(path: Path) -> list[dict[str, str]]:
    """Read a BIDS table as plainly as possible."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset without texts."""
    dest = tmp_path_factory.mktemp("export") / "bids"
    write(dest, person(), person("m7q2", role="adult", age=94, nights=(), accounts=()))
    return dest


def test_the_official_validator_finds_no_error(dataset: Path) -> None:
    assert issues(dataset) == []


def test_the_official_validator_finds_no_error_with_texts(tmp_path: Path) -> None:
    write(tmp_path / "bids", person(), texts=True)
    assert issues(tmp_path / "bids") == []


def test_the_official_validator_accepts_every_kind_of_channel(tmp_path: Path) -> None:
    kinds = (*CHANNEL_TYPES, "spo2", "unknown")
    night = ExportNight("n001", START, lambda: nullcontext(recording(1, kinds=kinds)), None)
    write(tmp_path / "bids", person(nights=(night,), accounts=()))
    assert issues(tmp_path / "bids") == []


def test_the_official_validator_does_look(dataset: Path, tmp_path: Path) -> None:
    """An unknown HED tag is an error: the tags of the other tests were really checked, without a network."""
    write(tmp_path / "bids", person())
    sidecar = next((tmp_path / "bids").rglob("*_events.json"))
    sidecar.write_text(sidecar.read_text().replace("Sleep-stage-N2", "Sleep-stage-N5"))
    assert {issue["code"] for issue in issues(tmp_path / "bids")} == {"HED_ERROR"}


def test_events_carry_stages_and_awakenings_in_order(dataset: Path) -> None:
    events = rows(next(dataset.rglob("ses-d0000/eeg/*_events.tsv")))
    assert [float(row["onset"]) for row in events] == [0, 30, 60, 90, 120, 150, 151]
    assert [row["stage"] for row in events] == ["W", "N1", "N2", "N3", "R", "n/a", "R"]
    assert events[0]["scorer"] == "yasa 0.7.0"
    assert events[0]["confidence"] == events[0]["p_W"] == "0.8"
    assert events[-1]["trial_type"] == "awakening"
    assert (events[-1]["awakening"], events[-1]["duration"], events[-1]["p_W"]) == ("w001", "0", "n/a")


def test_the_hypnogram_is_read_back_from_the_events(dataset: Path) -> None:
    back = read_events(next(dataset.rglob("ses-d0000/eeg/*_events.tsv")))
    assert back.labels == hypnogram().labels
    assert (back.epoch_s, back.scorer) == (30.0, "yasa 0.7.0")
    assert back.probabilities is not None
    assert np.allclose(back.confidence, hypnogram().confidence, equal_nan=True)


def test_every_file_is_planned_before_it_is_written(tmp_path: Path) -> None:
    planned = write(tmp_path / "bids", person(), texts=True)
    there = [path.relative_to(tmp_path / "bids") for path in (tmp_path / "bids").rglob("*") if path.is_file()]
    assert sorted(planned) == sorted(there)


def test_accounts_have_one_row_each_in_the_session_of_their_night(dataset: Path) -> None:
    folder = dataset / "sub-k3x9"
    by_session = {path.parts[-3]: rows(path) for path in folder.rglob("*_beh.tsv")}
    assert {name: [row["account"] for row in found] for name, found in by_session.items()} == {
        "ses-d0000": ["a001"],
        "ses-d0012": ["a002"],
        "ses-undated": ["a003"],
    }
    assert by_session["ses-d0000"][0]["stage"] == "R"
    assert by_session["ses-d0012"][0]["date_means"] == "unknown"


def test_phenotype_has_one_row_a_person(dataset: Path) -> None:
    (row,) = rows(dataset / "phenotype" / "accounts.tsv")
    assert (row["accounts"], row["accounts_dated"], row["first_day"], row["last_day"]) == ("3", "2", "0", "12")


def test_ages_over_89_are_one(dataset: Path) -> None:
    assert [row["age"] for row in rows(dataset / "participants.tsv")] == ["13", "89"]


def test_days_are_moved_by_whole_weeks(dataset: Path) -> None:
    (first, second, undated) = rows(dataset / "sub-k3x9" / "sub-k3x9_sessions.tsv")
    moved = dt.datetime.fromisoformat(first["acq_time"])
    assert (moved.year, moved.weekday()) == (1910, START.weekday())
    assert (dt.datetime.fromisoformat(second["acq_time"]) - moved).days == 12
    assert undated["acq_time"] == "n/a"
    scan = rows(next(dataset.rglob("ses-d0000/*_scans.tsv")))[0]
    assert scan["acq_time"] == f"{moved.date()}T23:05:30"


@given(st.integers(dt.date(1600, 1, 1).toordinal(), dt.date(2100, 1, 1).toordinal()), st.integers(0, 20000))
def test_a_shift_keeps_weekdays_and_distances(first: int, later: int) -> None:
    shift = Shift.of(first)
    assert shift.date(first).weekday() == dt.date.fromordinal(first).weekday()
    assert dt.date(1910, 1, 3) <= shift.date(first) <= dt.date(1910, 1, 9)
    assert (shift.date(first + later) - shift.date(first)).days == shift.number(first + later) == later


def test_a_night_begins_in_the_evening_and_ends_in_the_morning() -> None:
    evening = dt.datetime(2026, 3, 14, 23, 0)
    assert night_of(evening) == night_of(evening + dt.timedelta(hours=9)) == dt.date(2026, 3, 14).toordinal()


def test_no_word_of_an_account_leaves_unasked(dataset: Path) -> None:
    for path in dataset.rglob("*"):
        if path.is_file():
            assert b"river" not in path.read_bytes(), path
    assert "no texts of accounts" in (dataset / "README.md").read_text()


def test_texts_leave_whole_when_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "bids", person(), texts=True)
    found = {row["account"]: unescape(row["text"]) for path in tmp_path.rglob("*_beh.tsv") for row in rows(path)}
    assert found["a001"] == DREAM
    assert found["a002"] == person().accounts[1].text
    assert "the texts of 3 accounts" in (tmp_path / "bids" / "README.md").read_text()


def test_no_true_date_and_no_typed_name_leaves(dataset: Path) -> None:
    for path in dataset.rglob("*"):
        assert "grandmother" not in path.name
        if path.is_file():
            content = path.read_bytes()
            assert b"grandmother" not in content, path
            assert b"2026" not in content, path


def test_signals_leave_as_they_are(dataset: Path) -> None:
    back = read_recording(next(dataset.rglob("ses-d0000/eeg/*.edf")))
    wanted = recording()
    assert back.names == wanted.names
    assert back.start is not None
    assert (back.start.year, back.start.time()) == (1985, START.time())
    for index in range(len(wanted.channels)):
        one, two = back.signals.read(index, 0, 18000), wanted.signals.read(index, 0, 18000)
        # 16 bits over ±5 standard deviations: a step of about 3 nV.
        assert np.abs(one - two).max() < 1e-8


def test_gaps_are_zeros_that_the_events_name(tmp_path: Path) -> None:
    whole = recording(1)
    data = np.array([whole.signals.read(i, 0, 6000) for i in range(4)])
    data[:, 1000:2000] = np.nan
    data[2, 3000:3100] = data[2, 3150:3200] = np.nan
    gappy = Recording.from_array(data, [f"{name} of the left side" for name in whole.names], 100.0, kinds=["eeg"] * 4)
    night = ExportNight("n001", START, lambda: nullcontext(replace(gappy, gaps=((10.0, 20.0),))), None)
    write(tmp_path / "bids", person(nights=(night,), accounts=()))
    assert issues(tmp_path / "bids") == []
    back = read_recording(next(tmp_path.rglob("*.edf")))
    told = [(row["onset"], row["duration"], row["channel"]) for row in rows(next(tmp_path.rglob("*_events.tsv")))]
    assert told == [("10", "10", "n/a"), ("30", "2", back.names[2])]
    assert np.abs(back.signals.read(0, 1000, 2000)).max() < 1e-8
    assert len(set(back.names)) == 4


def test_sidecars_count_the_channels(dataset: Path) -> None:
    sidecar = json.loads(next(dataset.rglob("ses-d0000/eeg/*_eeg.json")).read_text())
    assert (sidecar["EEGChannelCount"], sidecar["EOGChannelCount"], sidecar["EMGChannelCount"]) == (1, 2, 1)
    assert (sidecar["SamplingFrequency"], sidecar["RecordingDuration"], sidecar["EEGReference"]) == (100, 180, "M1")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_an_escaped_text_is_one_cell_and_comes_back(text: str) -> None:
    written = escape(text)
    assert not {"\t", "\n", "\r"} & set(written)
    assert not written.startswith('"')
    assert unescape(written) == text


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, "n/a"), ("", "n/a"), (float("nan"), "n/a"), (0.0, "0"), (30.0, "30"), (28770.0, "28770"), (3, "3")],
)
def test_cells(value: object, written: str) -> None:
    assert cell(value) == written


def test_long_onsets_keep_their_milliseconds() -> None:
    assert cell(123456.789) == "123456.789"
    assert cell(28765.125) == "28765.125"


def test_a_table_explains_its_columns(tmp_path: Path) -> None:
    columns = (TsvColumn("x", "the x", units="s"), TsvColumn("y", ""))
    table(Path("t.tsv"), columns, [{"x": 1.5}], more={"TaskName": "t"}).write(tmp_path)
    assert (tmp_path / "t.tsv").read_text() == "x\ty\n1.5\tn/a\n"
    assert json.loads((tmp_path / "t.json").read_text()) == {
        "TaskName": "t",
        "x": {"Description": "the x", "Units": "s"},
    }
