"""Staging: the planted stages come back, no epoch is dropped or shifted, and the peer's own answer is not changed."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter
from yasa_peer import import_antropy_cached

from karmalink.errors import CannotAnswer, UnknownName
from karmalink.night import Hypnogram, Montage, Recording, agree, examine, pick_montage, simulate_night, stage
from karmalink.night.recordings.resampled import fill_gaps
from karmalink.night.staging.epoch_features import channel_features, filtered

HOURS = 1.75


@pytest.fixture(scope="module")
def planted() -> tuple[Recording, Hypnogram]:
    return simulate_night(HOURS, seed=8)


@pytest.fixture(scope="module")
def scored(planted: tuple[Recording, Hypnogram]) -> Hypnogram:
    return stage(examine(planted[0]).recording)


def arrays(recording: Recording) -> np.ndarray:
    return np.array([recording.signal(name) for name in recording.names])


def test_yasa_never_trained_on_it_recovers_the_planted_stages(
    planted: tuple[Recording, Hypnogram], scored: Hypnogram
) -> None:
    found = agree(planted[1], scored)
    assert found.kappa is not None
    assert found.kappa > 0.75  # .91–.95 over whole nights; the figure, not a bar, is in evaluation
    assert scored.channels == ("EEG C4-M1", "EOG E1-M2", "EMG chin")
    assert scored.scorer.startswith("yasa 0.")
    assert scored.start == planted[0].start


def test_features_and_answer_are_yasas_own(planted: tuple[Recording, Hypnogram], scored: Hypnogram) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import_antropy_cached()
        import mne
        import yasa

        names = list(scored.channels)
        data = np.array([planted[0].signal(name) for name in names])
        raw = mne.io.RawArray(data, mne.create_info(names, 100, ["eeg", "eog", "emg"]), verbose="ERROR")
        peer = yasa.SleepStaging(raw, eeg_name=names[0], eog_name=names[1], emg_name=names[2])
        theirs, features = peer.predict(), peer.get_features()
    for kind, row in zip(("eeg", "eog", "emg"), data, strict=True):
        for name, values in channel_features(kind, filtered(row * 1e6)).items():
            np.testing.assert_allclose(values, features[name], rtol=1e-6, atol=1e-6, err_msg=name)
    expected = theirs.proba[["WAKE", "N1", "N2", "N3", "REM"]].to_numpy()
    np.testing.assert_allclose(scored.probabilities, expected, atol=1e-12)


def test_scoring_twice_gives_the_same(planted: tuple[Recording, Hypnogram], scored: Hypnogram) -> None:
    again = stage(planted[0])
    np.testing.assert_array_equal(again.probabilities, scored.probabilities)


def test_the_last_partial_epoch_stays_and_is_unscored(planted: tuple[Recording, Hypnogram]) -> None:
    data = arrays(planted[0])[:, : 40 * 3000 + 1234]
    night = stage(Recording.from_array(data, planted[0].names, 100))
    assert night.n_epochs == 41
    assert night.labels[-1] == "?"
    assert night.duration_s == pytest.approx(40 * 30 + 12.34)
    assert not night.unscored[:-1].any()


def test_lost_eeg_is_unscored_in_its_place_and_nothing_else_moves(
    planted: tuple[Recording, Hypnogram], scored: Hypnogram
) -> None:
    data = arrays(planted[0])
    data[0, 60 * 3000 : 70 * 3000] = np.nan  # ten epochs
    data[0, 80 * 3000 : 80 * 3000 + 1000] = np.nan  # a third of one
    night = stage(examine(Recording.from_array(data, planted[0].names, 100)).recording)
    assert np.flatnonzero(night.unscored).tolist() == list(range(60, 70))
    assert np.isnan(night.probabilities[60:70]).all()  # type: ignore[index]
    rest = ~night.unscored
    assert np.mean(night.stages[rest] == scored.stages[rest]) > 0.9


def test_other_and_mixed_rates_are_brought_together(planted: tuple[Recording, Hypnogram], scored: Hypnogram) -> None:
    slow = Recording.from_array(arrays(planted[0])[:, ::2], planted[0].names, 50)
    night = stage(slow)
    assert night.n_epochs == scored.n_epochs
    assert not night.unscored.any()
    assert np.mean(night.stages == scored.stages) > 0.6


def test_too_little_is_said_not_scored(planted: tuple[Recording, Hypnogram]) -> None:
    short = Recording.from_array(arrays(planted[0])[:, :18_000], planted[0].names, 100)
    with pytest.raises(CannotAnswer, match=r"3\.0 minutes of usable EEG, YASA needs 5"):
        stage(short)
    lost = arrays(planted[0])[:, :60_000]
    lost[0, 20_000:] = np.nan
    with pytest.raises(CannotAnswer, match=r"3\.3 minutes of usable EEG"):
        stage(Recording.from_array(lost, planted[0].names, 100))


def test_no_eeg_is_said(planted: tuple[Recording, Hypnogram]) -> None:
    with pytest.raises(CannotAnswer, match="no usable EEG"):
        stage(Recording.from_array(arrays(planted[0])[3:, :60_000], ["EMG chin"], 100))


def test_an_unknown_stager_or_channel_is_named(planted: tuple[Recording, Hypnogram]) -> None:
    with pytest.raises(UnknownName, match="unknown stager 'yasaa'"):
        stage(planted[0], stager="yasaa")
    with pytest.raises(UnknownName, match="no channel 'C9'"):
        stage(planted[0], montage=Montage("C9"))


def test_progress_ends(planted: tuple[Recording, Hypnogram]) -> None:
    seen: list[tuple[int, int]] = []
    stage(planted[0], montage=Montage("EEG C4-M1"), progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, 2)
    assert seen[-1] == (2, 2)


@pytest.mark.parametrize(
    ("names", "best"),
    [
        (["O1-M2", "C3-M2", "C4-M1", "E2-M1", "E1-M2", "Leg/L", "EMG1", "Chin"], ("C4-M1", "E1-M2", "Chin")),
        (["F4-M1", "C3-A2", "ROC-A1", "LOC-A2"], ("C3-A2", "LOC-A2", "")),
        (
            ["EEG Fpz-Cz", "EEG Pz-Oz", "EOG horizontal", "EMG submental"],
            ("EEG Fpz-Cz", "EOG horizontal", "EMG submental"),
        ),
        (["HB_1", "HB_2"], ("HB_1", "", "")),
        (["C4", "C4-M1"], ("C4-M1", "", "")),
    ],
)
def test_the_montage_prefers_central_left_eye_and_chin(names: list[str], best: tuple[str, str, str]) -> None:
    montage = pick_montage(Recording.from_array(np.ones((len(names), 10)), names, 100))
    assert (montage.eeg, montage.eog, montage.emg) == best


def test_a_worn_channel_comes_after_a_sound_one() -> None:
    data = np.random.default_rng(0).standard_normal((3, 60_000)) * 2e-5
    data[:2] = lfilter([0.4], [1.0, -0.9], data[:2], axis=1)  # white noise would be an electrode in the air
    data[0, :20_000] = np.nan
    data[2, :40_000] = np.nan
    montage = pick_montage(examine(Recording.from_array(data, ["C4-M1", "O2-M1", "Chin"], 100)).recording)
    assert montage == Montage("O2-M1")


@settings(deadline=None)
@given(st.lists(st.sampled_from([1.0, 2.0, 3.0, float("nan")]), min_size=1, max_size=40), st.sampled_from([2.0, 10.0]))
def test_filling_leaves_what_was_recorded_and_no_hole(values: list[float], rate: float) -> None:
    samples = np.array(values)
    out = fill_gaps(samples, rate)
    good = np.isfinite(samples)
    assert np.isfinite(out).all()
    np.testing.assert_array_equal(out[good], samples[good])
    if good.any():
        assert out.min() >= np.nanmin(samples)
        assert out.max() <= np.nanmax(samples)
