"""A hypnogram of the night room as BIDS events, held against the official validator with its HED SCORE tags."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from official_bids import issues

from karmalink.night import STAGES, Hypnogram, read_events, simulate_night, write_events, write_recording
from karmalink.night.hypnograms.stages import HED_TAGS, HED_VERSION

STEM = "sub-01/eeg/sub-01_task-sleep"


def dataset(folder: Path, night: Hypnogram) -> Path:
    """Write the smallest dataset that holds one night and its scores."""
    (folder / "sub-01" / "eeg").mkdir(parents=True)
    recording, _ = simulate_night(0.1, seed=1)
    write_recording(recording, folder / f"{STEM}_eeg.edf")
    about = {
        "Name": "One night",
        "BIDSVersion": "1.11.1",
        "HEDVersion": HED_VERSION,
        "License": "CC0",
        "Authors": ["A"],
    }
    (folder / "dataset_description.json").write_text(json.dumps(about))
    (folder / "README.md").write_text("One simulated night, to be held against the official validator.\n" * 5)
    sidecar = {
        "TaskName": "sleep",
        "EEGReference": "M1",
        "SamplingFrequency": 100,
        "PowerLineFrequency": "n/a",
        "SoftwareFilters": "n/a",
    }
    (folder / f"{STEM}_eeg.json").write_text(json.dumps(sidecar))
    kinds = {"eeg": "EEG", "eog": "EOG", "emg": "EMG"}
    rows = "".join(f"{one.name}\t{kinds[one.kind]}\tuV\n" for one in recording.channels)
    (folder / f"{STEM}_channels.tsv").write_text(f"name\ttype\tunits\n{rows}")
    return write_events(night, folder / f"{STEM}_events.tsv")


def test_events_with_hed_score_tags_pass_and_come_back(tmp_path: Path) -> None:
    table = np.random.default_rng(0).dirichlet(np.ones(5), 7)
    night = Hypnogram(np.array([0, 1, 2, 3, 4, -1, 2]), probabilities=table, scorer="yasa 0.8.1", channels=("C4-M1",))
    path = dataset(tmp_path, night)
    assert issues(tmp_path) == []
    assert read_events(path).labels == night.labels
    sidecar = json.loads(path.with_suffix(".json").read_text())
    assert sidecar["stage"]["HED"] == dict(HED_TAGS)
    assert set(HED_TAGS) == set(STAGES)


def test_the_validator_would_see_a_wrong_tag(tmp_path: Path) -> None:
    path = dataset(tmp_path, Hypnogram(np.array([0, 1])))
    sidecar = path.with_suffix(".json")
    sidecar.write_text(sidecar.read_text().replace("Sleep-stage-N1", "Sleep-stage-of-no-library"))
    assert any("HED" in issue["code"] for issue in issues(tmp_path))
