"""Features of shifted epochs, their average, and classifiers that are asked without importing YASA."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from karmalink.base.arrays import Floats
from karmalink.errors import ReadError
from karmalink.night import Recording, simulate_night, stage
from karmalink.night.staging.boosted_trees import BoostedTrees, yasa_classifier
from karmalink.night.staging.epoch_features import channel_features, filtered, smoothed
from karmalink.night.staging.yasa_stager import averaged


@pytest.fixture(scope="module")
def night() -> Recording:
    recording, _ = simulate_night(0.2, seed=8)
    data = np.array([recording.signal(name) for name in recording.names])
    data[0, 30_000:33_500] = 0.0  # two epochs without a signal have features that are not numbers
    return Recording.from_array(data, recording.names, 100)


def test_a_flat_epoch_behind_a_loud_one_has_the_dimension_of_its_own_samples() -> None:
    x = np.random.default_rng(4).standard_normal(9_000)
    x[:3_000] *= 1e6
    x[3_000:6_000] *= 1e-9
    features = channel_features("eeg", x)["eeg_higuchi"]
    alone = [channel_features("eeg", x[first : first + 3_000])["eeg_higuchi"][0] for first in (0, 3_000, 6_000)]
    np.testing.assert_allclose(features, alone, rtol=1e-6)


def test_shifted_epochs_have_the_features_of_a_night_cut_there(night: Recording) -> None:
    x = filtered(night.signal(night.names[1])[:15_000] * 1e6)
    shifted = channel_features("eog", x, 500)
    for first in (0, 1, 5):
        cut = channel_features("eog", x[first * 500 :])
        for name, values in cut.items():
            np.testing.assert_allclose(shifted[name][first::6][: values.size], values, rtol=1e-8, err_msg=name)


def test_running_means_against_a_walk_over_the_windows() -> None:
    rng = np.random.default_rng(3)
    values = rng.standard_normal(40)
    values[[3, 17, 18]] = np.nan
    weights = np.minimum(np.arange(1, 16), np.arange(15, 0, -1)) / 8

    def mean(places: range, weight: Floats) -> float:
        pairs = [(values[at], w) for at, w in zip(places, weight, strict=True) if 0 <= at < 40]
        pairs = [(value, w) for value, w in pairs if np.isfinite(value)]
        return sum(value * w for value, w in pairs) / sum(w for _, w in pairs)

    around, before = smoothed(values)
    np.testing.assert_allclose(around, [mean(range(i - 7, i + 8), weights) for i in range(40)])
    np.testing.assert_allclose(before, [mean(range(i - 3, i + 1), np.ones(4)) for i in range(40)])


def test_an_epoch_is_the_mean_of_the_shifted_ones_by_their_overlap() -> None:
    table = np.zeros((13, 5))  # epochs that begin every 10 s: 3 within 30 s
    table[:6, 0], table[6:, 2] = 1.0, 1.0
    answer = averaged(table, 3, 4)
    # Shifted by up to 10 s: three a epoch. Of those of the third, from 50 to 70 s, the first says W.
    np.testing.assert_allclose(answer.probabilities[:, 2], [0, 0, 2 / 3, 1], atol=1e-12)
    np.testing.assert_allclose(answer.movement, [0, 0, 1 / 3, 0], atol=1e-12)
    one = averaged(table[::3], 1, 4)
    np.testing.assert_array_equal(one.probabilities, table[::3][:4])
    assert not one.movement.any()


def test_a_steady_stage_does_not_hang_on_gain_polarity_or_offset(night: Recording) -> None:
    data = np.array([night.signal(name) for name in night.names])
    base = stage(night, stager="steady")
    assert base.movement is not None
    assert np.nanmax(base.movement) > 0
    again = stage(Recording.from_array(data * 7.3 + 5e-3, night.names, 100), stager="steady")
    np.testing.assert_array_equal(again.stages, base.stages)
    with_offset = base.probabilities - again.probabilities
    assert np.nanmax(np.abs(with_offset)) < 0.1


def test_scoring_does_not_import_what_it_does_not_need() -> None:
    code = (
        "import sys; from karmalink.night import simulate_night, stage; "
        "stage(simulate_night(0.1, seed=1)[0]); "
        "print([m for m in ('yasa', 'sklearn', 'pandas', 'matplotlib', 'numba', 'lightgbm') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_a_classifier_that_is_not_there_or_is_not_one_is_refused(tmp_path) -> None:
    with pytest.raises(ReadError, match="no classifier for ecg"):
        yasa_classifier(("ecg",))
    (tmp_path / "x.joblib").write_bytes(b"not a model")
    with pytest.raises(ReadError, match="holds no LightGBM model"):
        BoostedTrees(tmp_path / "x.joblib")
    (tmp_path / "x.joblib").write_bytes(b"tree\nversion=v4\nfeature_names=a b\nend of parameters\n")
    with pytest.raises(ReadError, match="refused the classifier"):
        BoostedTrees(tmp_path / "x.joblib")
