"""The causal stager: blind to the future, the same whatever the chunking, unknown where there is no signal."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import InputError
from karmalink.night import Recording, pick_montage, simulate_night, stage
from karmalink.night.staging.causal_features import feature_names, usable_volts
from karmalink.night.staging.causal_judge import CausalJudge
from karmalink.night.staging.causal_stager import CausalStager
from karmalink.night.staging.epoch_features import EPOCH, RATE
from karmalink.night.staging.night_scales import NIGHT_SCALES

MINUTES = 6
EPOCHS = 2 * MINUTES


@cache
def night() -> Recording:
    """Return six minutes of a simulated night."""
    return simulate_night(MINUTES / 60, seed=3)[0]


def signals() -> dict[str, np.ndarray]:
    """Return kind → its samples."""
    return {kind: night().signal(name) for kind, name in pick_montage(night()).by_kind.items()}


def told(samples: dict[str, np.ndarray], edges: list[int]) -> np.ndarray:
    """Return the probabilities of every epoch, shape (epochs, 5), of samples pushed in chunks that end at `edges`."""
    stager = CausalStager(dict.fromkeys(samples, RATE))
    rows = []
    size = samples["eeg"].size
    for first, stop in zip([0, *edges], [*edges, size], strict=True):
        rows += stager.push({kind: values[first:stop] for kind, values in samples.items()})
    return np.array([one.probabilities for one in rows])


@cache
def whole() -> np.ndarray:
    """Return what the stager says of the whole recording at once."""
    return told(signals(), [])


@settings(max_examples=8)
@given(st.lists(st.integers(0, EPOCHS * EPOCH), max_size=40).map(sorted))
def test_the_stages_are_the_same_bit_for_bit_whatever_the_chunking(edges: list[int]) -> None:
    np.testing.assert_array_equal(told(signals(), edges), whole())


def test_the_offline_run_on_the_recorded_night_is_the_live_one() -> None:
    scored = stage(night(), stager="yasa-causal")
    np.testing.assert_array_equal(scored.probabilities, whole())
    np.testing.assert_array_equal(scored.stages, whole().argmax(axis=1))


@settings(max_examples=5)
@given(st.integers(1, EPOCHS - 1), st.sampled_from([np.nan, 0.0, 1.0, -3e-4]))
def test_altered_future_samples_change_nothing_before_them(epoch: int, value: float) -> None:
    altered = {kind: values.copy() for kind, values in signals().items()}
    for values in altered.values():
        values[epoch * EPOCH :] = value
    np.testing.assert_array_equal(told(altered, [])[:epoch], whole()[:epoch])


@pytest.mark.parametrize("value", [np.nan, 0.0, 5e-3])
def test_an_epoch_without_signal_is_unknown_and_the_one_after_it_is_not(value: float) -> None:
    samples = signals()
    samples["eeg"] = samples["eeg"].copy()
    samples["eeg"][4 * EPOCH : 5 * EPOCH] = value  # lost, flat, railed
    said = told(samples, [])
    assert np.isnan(said[4]).all()
    assert np.isfinite(said[[0, 1, 2, 3, 5, 6]]).all()


def test_a_lost_chin_leaves_the_stage_to_the_other_channels() -> None:
    samples = signals()
    samples["emg"] = np.full_like(samples["emg"], np.nan)
    stager = CausalStager(dict.fromkeys(samples, RATE))
    said = stager.push(samples)
    assert all(one.lost == ("emg",) and one.stage >= 0 for one in said)


def test_the_newest_thirty_seconds_have_a_stage_that_decides_nothing() -> None:
    samples, stager = signals(), CausalStager(dict.fromkeys(signals(), RATE))
    rows = []
    for first in range(0, samples["eeg"].size, 700):
        rows += stager.push({kind: values[first : first + 700] for kind, values in samples.items()})
        newest = stager.newest()
        if newest is not None:
            assert newest.end_s == pytest.approx(min((first + 700) / RATE, EPOCHS * 30))
            assert newest.age_s(newest.end_s + 2) == pytest.approx(2)
    np.testing.assert_array_equal([one.probabilities for one in rows], whole())


def test_channels_of_other_rates_and_late_ones_wait_for_each_other() -> None:
    stager = CausalStager({"eeg": 256.0, "eog": 64.0})
    rng = np.random.default_rng(1)
    assert not stager.push({"eeg": 1e-5 * rng.standard_normal(256 * 90)})
    assert len(stager.push({"eog": 1e-5 * rng.standard_normal(64 * 65)})) == 2
    assert stager.time_s == 65


def test_the_scale_of_the_night_so_far_equals_quantiles_computed_anew() -> None:
    names = feature_names("eeg")
    rng, judge = np.random.default_rng(5), CausalJudge(("eeg",))
    rows = rng.lognormal(size=(30, 3, len(names)))
    for row in rows:
        judge.judge({"eeg": row})
    assert judge._ordered is not None
    weights = np.arange(1, 9) / 8
    slow = [np.average(rows[max(0, e - 7) : e + 1, 2], axis=0, weights=weights[-min(e + 1, 8) :]) for e in range(30)]
    np.testing.assert_allclose(judge._ordered[:, 0], np.sort(slow, axis=0))


def test_every_feature_has_the_scale_of_a_whole_night() -> None:
    for kind in ("eeg", "eog", "emg"):
        assert {f"{name}" for name in feature_names(kind)} <= set(NIGHT_SCALES)


def test_quiet_and_railed_stretches_are_left_out_as_the_doctor_does() -> None:
    volts = 1e-5 * np.random.default_rng(2).standard_normal(5000)
    volts[1000:1600] = 0.0
    volts[3000:3100] = volts.max()
    found = usable_volts("eeg", volts, 100.0)
    assert np.flatnonzero(np.isnan(found)).tolist() == [*range(1000, 1600), *range(3000, 3100)]


@pytest.mark.parametrize("rates", [{}, {"eog": 100.0}, {"eeg": 0.0}, {"eeg": float("nan")}, {"eeg": 100.0, "x": 1.0}])
def test_channels_that_cannot_be_scored_are_refused(rates: dict[str, float]) -> None:
    with pytest.raises(InputError):
        CausalStager(rates)
