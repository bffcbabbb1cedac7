"""Real nights, kept outside the project."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from yasa_peer import import_antropy_cached

from karmalink.night import (
    Hypnogram,
    Recording,
    agree,
    compare_scorers,
    examine,
    read_events,
    read_hypnogram,
    read_recording,
    stage,
    summarise,
)
from karmalink.night.staging import yasa_stager
from karmalink.night.staging.epoch_features import channel_features, filtered

DATA = Path(__file__).parents[3] / "shared" / "data" / "eeg"
DREAMS = DATA / "dreams_spindles"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DREAMS.is_dir(), reason=f"real recordings are not at {DATA}"),
]


def test_dreams_excerpt3_its_unit_field_uv_is_microvolts() -> None:
    recording = read_recording(DREAMS / "excerpt3.edf")
    assert recording.channel("C3-A1").unit_as_read == "UV"
    assert 1e1 < recording.signal("C3-A1").std() * 1e6 < 3e1
    assert not [one for one in examine(recording).findings if one.check == "units"]


def test_dreams_excerpt3_the_mended_channel_is_the_one_published_as_text() -> None:
    lines = (DREAMS / "excerpt3.txt").read_text().split()[1:]
    published = np.array([float(line) for line in lines])
    corrected = examine(read_recording(DREAMS / "excerpt3.edf")).recording.signal("C3-A1") * 1e6
    assert np.corrcoef(published, corrected)[0, 1] > 0.99
    assert np.median(np.abs(corrected)) / np.median(np.abs(published)) == pytest.approx(1, rel=0.1)


def test_dreams_excerpt3_summary_is_plausible_and_kappa_is_stated() -> None:
    """The expert scored 5-s epochs by R&K; YASA as it comes reaches κ .262 on this excerpt (60 epochs)."""
    scored = stage(examine(read_recording(DREAMS / "excerpt3.edf")).recording)
    expert = read_hypnogram(DREAMS / "Hypnogram_excerpt3.txt", epoch_s=5, vocabulary="dreams").resampled(30)
    assert scored.channels == ("C3-A1", "EOG1-A1", "EMG1")
    assert expert.n_epochs == scored.n_epochs == 60
    found = agree(expert, scored)
    assert found.kappa == pytest.approx(0.262, abs=0.03)
    summary, truth = summarise(scored), summarise(expert)
    assert abs(summary.total_sleep_min - truth.total_sleep_min) < 3
    assert summary.total_recording_min == 30


def test_mednick_recording_is_clean_but_for_the_mastoid_that_came_loose() -> None:
    report = examine(read_recording(DATA / "mednick" / "example1_sleep_rec.edf"))
    found = {(one.check, one.channel) for one in report.of_severity("corrected", "warning", "unusable")}
    assert found == {("noisy", "Right Eye-A1"), ("noisy", "C4-A1")}  # A1, which both are seen against, is loose
    assert [one.kind for one in report.recording.channels] == ["eog", "eog", "eeg", "eeg", "emg"]


def test_every_boas_hypnogram_reads_and_sums_up() -> None:
    tables = sorted((DATA / "boas").glob("sub-*/eeg/*psg_events.tsv"))
    assert len(tables) == 64
    for table in tables:
        night = read_events(table, vocabulary="0-4", column="stage_hum")
        assert summarise(night).total_sleep_min > 60


def test_dod_the_figures_of_the_definitions_come_back() -> None:
    """Five scorers of 25 nights: κ by pairs .705, against the other four .761, all agree on 57.8 % of a night."""
    folder = DATA / "dod" / "scorers" / "dodh"
    nights: dict[str, dict[str, Hypnogram]] = {}
    for path in sorted(folder.glob("*/*.json")):
        nights.setdefault(path.stem, {})[path.parent.name] = read_hypnogram(path, vocabulary="0-4")
    if len(nights) != 25:
        pytest.skip(f"another set of nights lies at {folder}")
    found = compare_scorers(nights, n_boot=20)
    assert found.pairwise.value == pytest.approx(0.705, abs=0.005)
    assert found.against_others.value == pytest.approx(0.761, abs=0.005)
    assert found.unanimous.value == pytest.approx(0.578, abs=0.005)
    expected = {"W": 0.848, "N1": 0.477, "N2": 0.863, "N3": 0.803, "R": 0.894}
    assert {stage: one.value for stage, one in found.f1.items()} == pytest.approx(expected, abs=0.005)


FORMS = {
    "mednick/*_scorefile.edf": {},
    "mednick/fulltype*.txt": {},
    "mednick/lattype*.txt": {},
    "mednick/basictype*.txt": {"vocabulary": "profusion"},
    "mednick/*.xml": {},
    "nsrr_learn_xml/*.xml": {},
    "polydodo_hypno/*Hypnogram.edf": {},
    "polydodo_hypno/*hypnogram.edf": {},
    "polydodo_hypno/*_cyton.json": {},
    "dreams_spindles/Hypnogram_*.txt": {},
    "dod/scorers/*/scorer_1/*.json": {},
}


@pytest.mark.parametrize("pattern", FORMS)
def test_every_score_file_that_people_keep_is_read(pattern: str) -> None:
    files = sorted(DATA.glob(pattern))
    assert files
    for file in files:
        night = read_hypnogram(file, **FORMS[pattern])
        assert night.n_epochs > 100
        assert set(np.unique(night.stages)) >= {0, 1, 2} or "excerpt" in file.name or "dod" in pattern
        assert night.unscored.mean() < 0.2


def test_polydodo_one_night_in_two_forms_is_the_same_hypnogram() -> None:
    """The EDF+ has the whole session, the JSON the time in bed; both carry the clock, the JSON in UTC."""
    whole = read_hypnogram(DATA / "polydodo_hypno" / "william-hypnogram.edf")
    bed = read_hypnogram(DATA / "polydodo_hypno" / "electrophysiologist_william_cyton.json")
    shift = round((bed.start - whole.start).total_seconds() - 5 * 3600) // 30  # type: ignore[operator]
    assert shift == 190
    assert whole.labels[shift : shift + bed.n_epochs] == bed.labels


def test_mednick_one_score_file_in_edf_and_as_it_was_written_again() -> None:
    first = read_hypnogram(DATA / "mednick" / "edftype1_scorefile.edf")
    assert first.start is not None and first.start.hour == 23
    assert first.labels == read_hypnogram(DATA / "mednick" / "example2_scorefile.edf").labels


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_dreams_features_and_stages_are_yasas_own(number: int) -> None:
    """At 50, 100 and 200 samples a second; YASA gets the samples at 100 that ours were computed from."""
    import_antropy_cached()
    import mne
    import yasa

    lines = (DREAMS / f"excerpt{number}.txt").read_text().split()[1:]
    samples = np.array([float(line) for line in lines]) * 1e-6
    own = Recording.from_array(samples[None], ["C3-A1"], round(samples.size / 1800), kinds=["eeg"])
    at_100 = yasa_stager._at_100_hz(own, "C3-A1", 180_000)
    raw = mne.io.RawArray(at_100[None], mne.create_info(["C3-A1"], 100, ["eeg"]), verbose="ERROR")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = yasa.SleepStaging(raw, eeg_name="C3-A1")
        theirs, features = peer.predict(), peer.get_features()
    for name, values in channel_features("eeg", filtered(at_100 * 1e6)).items():
        np.testing.assert_allclose(values, features[name], rtol=1e-6, atol=1e-6, err_msg=name)
    scored = stage(own)
    expected = theirs.proba[["WAKE", "N1", "N2", "N3", "REM"]].to_numpy()
    np.testing.assert_allclose(scored.probabilities, expected, atol=1e-9)
    np.testing.assert_array_equal(scored.stages, expected.argmax(axis=1))
