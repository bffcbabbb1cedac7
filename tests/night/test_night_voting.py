"""Channels vote; confidence by look-alikes and temperature; abstention, and which epochs to look at first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tiny_stager
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import CannotAnswer, InputError
from karmalink.night import (
    Hypnogram,
    Montage,
    Recording,
    abstain,
    epochs_to_review,
    examine,
    risk_coverage,
    simulate_night,
)
from karmalink.night.staging.confidence import (
    ConfidenceCalibration,
    average_similar,
    calibration_error,
    fit_temperature,
    scale_temperature,
    spectral_similarity,
)
from karmalink.night.staging.epoch_features import smoothed
from karmalink.night.staging.night_scales import (
    NIGHT_SCALES,
    measured_scales,
    normalised_partly,
    scale_weight,
)
from karmalink.night.staging.voting import vote, voting_montages

RATE = 10


def recording(levels: dict[str, list[float]]) -> Recording:
    """Return a recording whose channels have a level in µV in each epoch; NaN is a lost epoch."""
    data = np.array([np.repeat(np.array(row) * 1e-6, 30 * RATE) for row in levels.values()])
    return Recording.from_array(data, list(levels), RATE)


def probabilities(rng: np.random.Generator, count: int) -> np.ndarray:
    table = rng.dirichlet(np.ones(5), count)
    return np.asarray(table)


@pytest.fixture
def network(tmp_path: Path) -> str:
    return str(tiny_stager.write(tmp_path))


def test_every_eeg_votes_with_eyes_and_chin_and_alone() -> None:
    names = {"O1-A2": [0.0] * 4, "C4-M1": [0.0] * 4, "E1-M2": [0.0] * 4, "EMG chin": [0.0] * 4}
    assert voting_montages(recording(names)) == (
        Montage("C4-M1", "E1-M2", "EMG chin"),
        Montage("C4-M1"),
        Montage("O1-A2", "E1-M2", "EMG chin"),
        Montage("O1-A2"),
    )


def test_the_vote_is_the_mean_of_the_probabilities(network: str) -> None:
    found = vote(recording({"C4-M1": [0, 20, 24] * 4, "C3-M2": [0, 20, 28] * 4}), stager=network)
    alone = [ballot.hypnogram.probabilities for ballot in found.votes]
    np.testing.assert_allclose(found.hypnogram.probabilities, np.mean(alone, axis=0), atol=1e-5)
    assert found.hypnogram.labels == ("W", "N2", "N3") * 4
    assert [round(ballot.agreement, 3) for ballot in found.votes] == [0.667, 1.0]
    assert found.hypnogram.channels == ("C4-M1", "C3-M2")
    assert "from 2 combinations of channels, 83 % agreement with the vote" in repr(found)


def test_an_epoch_lost_on_one_derivation_is_scored_by_the_others(network: str) -> None:
    nan = float("nan")
    one = [0.0, nan, 20, nan] * 8
    found = vote(recording({"C4-M1": one, "C3-M2": [0.0, 10, 20, nan] * 8}), stager=network)
    assert found.hypnogram.labels == ("W", "N1", "N2", "?") * 8
    assert found.votes[0].hypnogram.labels == ("W", "?", "N2", "?") * 8


def test_a_vote_needs_something_to_vote_on(network: str) -> None:
    short = recording({"C4-M1": [0.0] * 4})
    with pytest.raises(CannotAnswer, match="minutes of usable EEG"):
        vote(short, stager=network)
    with pytest.raises(InputError, match="no combination"):
        vote(short, stager=network, montages=())


@pytest.mark.slow
def test_half_an_hour_of_a_night_is_scored_better_when_anchored() -> None:
    """The anchor was measured on other seeds; YASA alone has nothing to compare half an hour with."""
    whole, truth = simulate_night(1.5, seed=5)
    data = np.array([whole.signal(name) for name in whole.names])[:, 60 * 3000 : 120 * 3000]
    piece = examine(Recording.from_array(data, whole.names, 100)).recording
    best = voting_montages(piece)[:1]
    kappa = {
        name: np.mean(vote(piece, stager=name, montages=best).hypnogram.stages == truth.stages[60:120])
        for name in ("yasa", "auto")
    }
    assert kappa["auto"] > kappa["yasa"] + 0.1


def test_an_anchor_of_its_own_scales_changes_nothing_and_its_pull_fades() -> None:
    import pandas as pd
    from sklearn.preprocessing import robust_scale

    rng = np.random.default_rng(2)
    features = pd.DataFrame({"eeg_std": rng.gamma(3, 5, 120), "eeg_perm": rng.beta(8, 2, 120)})
    own = measured_scales([{name: features[name].to_numpy() for name in features}])
    rolled = features.rolling(window=15, center=True, min_periods=1, win_type="triang").mean()
    expected = robust_scale(rolled, quantile_range=(5, 95))
    for place, name in enumerate(features):
        around, _ = smoothed(features[name].to_numpy())
        for weight in (0.0, 0.25):
            held = normalised_partly(name, around, 0, weight, own)
            np.testing.assert_allclose(held, expected[:, place], atol=1e-9)
    assert scale_weight(60) == 0.25
    assert scale_weight(960) < 0.021
    around, _ = smoothed(features["eeg_std"].to_numpy())
    assert not np.allclose(normalised_partly("eeg_std", around, 0, 0.25), expected[:, 0], atol=0.01)
    assert {name.split("_")[0] for name in NIGHT_SCALES} == {"eeg", "eog", "emg"}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.5, 3))
def test_temperature_keeps_the_order_and_is_found_again(seed: int, temperature: float) -> None:
    rng = np.random.default_rng(seed)
    table = 0.95 * probabilities(rng, 40) + 0.01
    changed = scale_temperature(table, temperature)
    np.testing.assert_array_equal(changed.argmax(axis=1), table.argmax(axis=1))
    np.testing.assert_allclose(changed.sum(axis=1), 1)
    np.testing.assert_allclose(scale_temperature(changed, 1 / temperature), table, atol=1e-9)


def test_the_fitted_temperature_makes_confidence_true() -> None:
    rng = np.random.default_rng(0)
    honest = scale_temperature(probabilities(rng, 6000), 0.7)
    truth = np.array([rng.choice(5, p=row) for row in honest], dtype=np.int8)
    boastful = scale_temperature(honest, 0.5)
    assert fit_temperature([boastful[:3000], boastful[3000:]], [truth[:3000], truth[3000:]]) == pytest.approx(
        2, abs=0.1
    )
    stages = honest.argmax(axis=1).astype(np.int8)
    assert calibration_error(stages, honest.max(axis=1), truth) < 0.03
    assert calibration_error(stages, boastful.max(axis=1), truth) > 0.1
    with pytest.raises(InputError, match="scored by both"):
        fit_temperature([honest[:2]], [np.array([-1, -1], dtype=np.int8)])


def test_lookalikes_average_over_epochs_with_the_same_spectrum() -> None:
    rng = np.random.default_rng(4)
    seconds = np.arange(30 * 100) / 100
    tones = [np.sin(2 * np.pi * hertz * seconds) for hertz in (2, 10)]
    signal = np.concatenate([20e-6 * tones[i % 2] + 1e-6 * rng.standard_normal(3000) for i in range(20)])
    likeness = spectral_similarity(Recording.from_array(signal[None], ["C4-M1"], 100), ["C4-M1"], 0.5)
    even = np.arange(20) % 2 == 0
    assert likeness.shape == (20, 20)
    np.testing.assert_allclose(np.diag(likeness), 1, atol=1e-6)
    assert likeness[np.ix_(even, even)].mean() > 20 * likeness[np.ix_(even, ~even)].mean()
    table = np.tile([0.6, 0.1, 0.1, 0.1, 0.1], (20, 1))
    table[0] = np.nan
    table[2] = [0.1, 0.6, 0.1, 0.1, 0.1]
    smooth = average_similar(table, likeness)
    assert np.isnan(smooth[0]).all()
    assert smooth[2, 1] < 0.5  # alone among its look-alikes, it is doubted
    given = np.array([table[j] for j in range(1, 20)])
    mine = (likeness[2, 1:, None] * given).sum(axis=0) / likeness[2, 1:].sum()
    np.testing.assert_allclose(smooth[2], (table[2] + mine) / 2)
    np.testing.assert_allclose(smooth[1:].sum(axis=1), 1)
    np.testing.assert_allclose(smooth[~even], table[~even], atol=1e-2)


def test_a_stage_that_its_lookalikes_doubt_keeps_the_stage_and_loses_confidence() -> None:
    night, _ = simulate_night(0.5, seed=2)
    raw = vote(night, stager="yasa", montages=[Montage("EEG C4-M1")], calibrated=False)
    sure = vote(night, stager="yasa", montages=[Montage("EEG C4-M1")], calibration=ConfidenceCalibration(1.0, 0.5))
    np.testing.assert_array_equal(raw.hypnogram.stages, sure.hypnogram.stages)
    assert raw.calibration is None
    assert not np.allclose(raw.hypnogram.confidence, sure.hypnogram.confidence)


def scored() -> Hypnogram:
    table = np.array([[0.9, 0.1, 0, 0, 0], [0.3, 0.35, 0.3, 0.05, 0], [np.nan] * 5, [0, 0.2, 0.55, 0.25, 0]])
    return Hypnogram(np.array([0, 1, -1, 2]), probabilities=table)


def test_the_least_certain_epochs_come_first_with_their_rival() -> None:
    first, second = epochs_to_review(scored())
    assert (first.epoch, first.onset_s, first.stage, first.rival) == (1, 30.0, "N1", "W")
    assert (second.epoch, second.confidence, second.rival, second.rival_probability) == (3, 0.55, "N3", 0.25)
    assert epochs_to_review(scored(), 1) == (first,)
    assert epochs_to_review(scored(), under=0.5) == (first,)
    assert epochs_to_review(Hypnogram(np.array([0, 1]))) == ()


def test_abstaining_leaves_epochs_unscored_in_their_place() -> None:
    night = abstain(scored(), 0.6)
    assert night.labels == ("W", "?", "?", "?")
    assert night.n_epochs == 4
    assert abstain(scored(), 0.5).labels == ("W", "?", "?", "N2")
    with pytest.raises(InputError, match="must be 0 to 1"):
        abstain(scored(), 60)
    with pytest.raises(CannotAnswer, match="no probabilities"):
        abstain(Hypnogram(np.array([0])))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(5, 60))
def test_risk_coverage_equals_the_slow_count(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    stages, truth = (rng.integers(-1, 5, count).astype(np.int8) for _ in range(2))
    sure = rng.permutation(count) / count  # no ties
    known = (stages >= 0) & (truth >= 0)
    if not known.any():
        with pytest.raises(CannotAnswer):
            risk_coverage(stages, sure, truth)
        return
    found = risk_coverage(stages, sure, truth, steps=10)
    rows = sorted(zip(-sure[known], (stages != truth)[known], truth[known], strict=True))
    for place, share in enumerate(found.coverage):
        kept = rows[: max(1, round(share * len(rows)))]
        assert found.risk[place] == pytest.approx(np.mean([wrong for _, wrong, _ in kept]))
        parts = []
        for stage in {true for *_, true in rows}:
            mine = [wrong for _, wrong, true in rows if true == stage]
            parts += [np.mean(mine[: max(1, round(share * len(mine)))])] * len(mine)
        assert found.risk_same_mix[place] == pytest.approx(np.mean(parts))
    assert found.accuracy_at(1.0) == pytest.approx(np.mean((stages == truth)[known]))


def test_epochs_of_one_confidence_are_not_told_apart_by_their_order() -> None:
    truth = np.array([0, 0, 0, 1], dtype=np.int8)
    for stages in ([0, 0, 0, 0], [0, 0, 0, 1]):
        stages = np.array(stages, dtype=np.int8)
        there = risk_coverage(stages, np.full(4, 0.5), truth, steps=4).risk
        back = risk_coverage(stages[::-1], np.full(4, 0.5), truth[::-1], steps=4).risk
        np.testing.assert_allclose(there, back)
        np.testing.assert_allclose(there, np.mean(stages != truth))
