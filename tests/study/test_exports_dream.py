"""Awakenings in the form of the DREAM database: its documentation's columns, and signals that end at the awakening."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from export_samples import DREAM, START, person, recording

from karmalink.errors import CannotAnswer
from karmalink.night import read_recording
from karmalink.study import Person, Study
from karmalink.study.exports import export_study
from karmalink.study.exports.dream import COLUMNS, plan_dream


def write(dest: Path, *, texts: bool = False) -> list[dict[str, str]]:
    """Write an export of one made-up person and return the records."""
    plan = plan_dream([person()], title="The garden study", version="0.1.0", texts=texts)
    for files in plan:
        files.write(dest)
    planned = sorted(path for files in plan for path in files.paths)
    assert planned == sorted(path.relative_to(dest) for path in dest.rglob("*") if path.is_file())
    with (dest / "Records.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_records_have_the_19_columns_in_order(tmp_path: Path) -> None:
    write(tmp_path)
    head = (tmp_path / "Records.csv").read_text().splitlines()[0]
    assert tuple(head.split(",")) == COLUMNS
    assert len(COLUMNS) == 19


def test_a_row_by_the_keys_of_the_documentation(tmp_path: Path) -> None:
    (row,) = write(tmp_path)
    assert row == {
        "Filename": "/case001_k3x9_w001",
        "Case ID": "1",
        "Subject ID": "k3x9",
        "Experience": "2",
        "Treatment group": "",
        "Duration": "151",
        "EEG sample rate": "100",
        "Number of EEG channels": "1",
        "Last sleep stage": "5",
        "Has EOG": "1",
        "Has EMG": "1",
        "Has ECG": "0",
        "Proportion artifacts": "",
        "Time of awakening": "23:08:01",
        "Subject age": "13",
        "Subject sex": "",
        "Subject healthy": "",
        "Has more data": "0",
        "Remarks": "stage with a probability of 0.9; woken by: R stable 5 min",
    }


def test_the_excerpt_ends_at_the_awakening(tmp_path: Path) -> None:
    (row,) = write(tmp_path)
    back = read_recording(tmp_path / "Data" / "PSG" / f"{row['Filename'].lstrip('/')}.edf")
    whole = recording()
    assert back.duration_s == 151
    assert back.start is not None
    assert back.start.time() == START.time()
    assert (dt.datetime.combine(START, back.start.time()) + dt.timedelta(seconds=151)).time() == dt.time(23, 8, 1)
    for index in range(4):
        last = back.signals.read(index, 15000, 15100)
        assert np.abs(last - whole.signals.read(index, 15000, 15100)).max() < 1e-8


def test_a_long_night_leaves_ten_minutes(tmp_path: Path) -> None:
    from karmalink.study.exports.signals import excerpt

    whole = recording(12)
    part = excerpt(whole, 640.25, 600)
    assert (part.duration_s, part.channels[0].n_samples) == (600, 60000)
    assert part.start == START + dt.timedelta(seconds=40.25)
    assert np.array_equal(part.signals.read(2, 59900, 60000), whole.signals.read(2, 63925, 64025))


def test_the_header_carries_the_subject_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path)
    header = next(tmp_path.rglob("*.edf")).read_bytes()[:256]
    assert header[8:88].decode().strip() == "k3x9 X X X"
    assert b"2026" not in header


def test_words_leave_only_when_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "without")
    assert not [path for path in (tmp_path / "without").rglob("*") if path.is_file() and b"river" in path.read_bytes()]
    (row,) = write(tmp_path / "with", texts=True)
    assert row["Has more data"] == "1"
    assert (tmp_path / "with" / "Data" / "Reports" / "case001_k3x9_w001.txt").read_text() == DREAM + "\n"


def test_without_an_awakening_in_a_recording_there_is_nothing_to_give(study: Study, tmp_path: Path) -> None:
    study.people.add(Person("P01", consent=True))
    with pytest.raises(CannotAnswer):
        export_study(study, "dream", tmp_path / "dream")
    assert not (tmp_path / "dream").exists()
