"""The simulated night: stages planted as stated, signals with the properties stated, and a seed is a night."""

from __future__ import annotations

import time

import numpy as np
import pytest

from karmalink.errors import UsageError
from karmalink.night import edf_bytes, read_recording_bytes, simulate_night, summarise
from karmalink.night.simulation.simulated_night import plant_stages
from karmalink.night.simulation.sleeper import coloured_noise


@pytest.fixture(scope="module")
def night() -> tuple[object, np.ndarray, dict[str, np.ndarray]]:
    recording, truth = simulate_night(4, seed=11)
    return recording, np.repeat(truth.stages, 3000), {name: recording.signal(name) * 1e6 for name in recording.names}


def test_the_same_seed_is_the_same_night_and_another_is_not() -> None:
    first, truth = simulate_night(0.2, seed=1)
    again, same = simulate_night(0.2, seed=1)
    other, _ = simulate_night(0.2, seed=2)
    assert truth.stages.tolist() == same.stages.tolist()
    for name in first.names:
        np.testing.assert_array_equal(first.signal(name), again.signal(name))
        assert not np.array_equal(first.signal(name), other.signal(name))


def test_carskadon_and_dement_proportions_of_a_young_adults_night() -> None:
    nights = [plant_stages(960, np.random.default_rng(seed)) for seed in range(100)]
    shares = np.mean([[100 * np.mean(one[one > 0] == code) for code in (1, 2, 3, 4)] for one in nights], axis=0)
    low, high = np.array([2, 45, 13, 20]), np.array([6, 55, 23, 25])
    assert (low <= shares).all()
    assert (shares <= high).all()
    thirds = np.array(
        [[np.mean(part == code) for code in (3, 4)] for part in np.array_split(np.array(nights), 3, axis=1)]
    )
    assert thirds[0, 0] > thirds[1, 0] > thirds[2, 0]
    assert thirds[0, 1] < thirds[1, 1] < thirds[2, 1]


def test_length_rate_names_and_start(night: tuple[object, np.ndarray, dict[str, np.ndarray]]) -> None:
    recording, truth = simulate_night(0.51, sfreq=128, seed=0)
    assert recording.duration_s == truth.duration_s == 61 * 30
    assert recording.names == ("EEG C4-M1", "EOG E1-M2", "EOG E2-M1", "EMG chin")
    assert [one.kind for one in recording.channels] == ["eeg", "eog", "eog", "emg"]
    assert recording.start == truth.start
    assert recording.channels[0].n_samples == 61 * 30 * 128


def test_slow_waves_are_largest_in_n3_and_chin_tone_lowest_in_r(
    night: tuple[object, np.ndarray, dict[str, np.ndarray]],
) -> None:
    _, stages, signals = night
    eeg = [signals["EEG C4-M1"][stages == code].std() for code in range(5)]
    assert eeg[3] > 1.5 * max(eeg[:3] + eeg[4:])
    chin = [signals["EMG chin"][stages == code].std() for code in range(5)]
    assert chin[0] > chin[1] > chin[2] > chin[4]
    assert chin[3] > chin[4]


def test_eyes_move_against_each_other_and_brain_does_not(
    night: tuple[object, np.ndarray, dict[str, np.ndarray]],
) -> None:
    _, stages, signals = night
    left, right = signals["EOG E1-M2"], signals["EOG E2-M1"]
    assert np.corrcoef(left[stages == 4], right[stages == 4])[0, 1] < 0
    assert np.corrcoef(left[stages == 1], right[stages == 1])[0, 1] < -0.5
    assert np.corrcoef(left[stages == 3], right[stages == 3])[0, 1] > 0.9


def test_alpha_is_a_rhythm_of_wake_and_sigma_of_n2(night: tuple[object, np.ndarray, dict[str, np.ndarray]]) -> None:
    _, stages, signals = night
    power = {}
    for code in range(5):
        here = signals["EEG C4-M1"][stages == code]
        rows = here[: here.size // 400 * 400].reshape(-1, 400) * np.hanning(400)
        power[code] = np.mean(np.abs(np.fft.rfft(rows, axis=1)) ** 2, axis=0)
    bins = np.fft.rfftfreq(400, 0.01)
    alpha, sigma, around = (bins >= 8.5) & (bins <= 12), (bins >= 12) & (bins <= 15), (bins >= 16) & (bins <= 20)
    assert power[0][alpha].mean() > 3 * power[4][alpha].mean()
    for code in (1, 4):
        assert (
            power[2][sigma].mean() / power[2][around].mean()
            > 2 * power[code][sigma].mean() / power[code][around].mean()
        )


def test_coloured_noise_has_the_power_it_was_asked_for() -> None:
    sfreq, seconds = 100, 2000
    bins = np.fft.rfftfreq(400, 1 / sfreq)
    wanted = np.where((bins > 5) & (bins < 10), 2.0, 0.0)
    power = np.tile(wanted, (seconds // 2 + 1, 1))
    noise = coloured_noise(power, seconds * sfreq, sfreq, np.random.default_rng(3))
    assert noise.size == seconds * sfreq
    assert noise.var() == pytest.approx(wanted.sum() * bins[1], rel=0.05)
    halves = [part.var() for part in np.array_split(noise, 10)]
    assert max(halves) / min(halves) < 1.3


def test_the_night_survives_edf() -> None:
    recording, _ = simulate_night(0.1, seed=5)
    back = read_recording_bytes(edf_bytes(recording))
    assert back.start == recording.start
    for name in recording.names:
        signal = recording.signal(name)
        np.testing.assert_allclose(back.signal(name), signal, atol=np.abs(signal).max() / 30_000)


def test_dropouts_change_the_eeg_only_and_keep_the_planted_stages() -> None:
    plain, truth = simulate_night(1, seed=6)
    lost, same = simulate_night(1, seed=6, dropouts=2)
    assert truth.stages.tolist() == same.stages.tolist()
    changed = plain.signal("EEG C4-M1") != lost.signal("EEG C4-M1")
    assert 0 < changed.mean() < 0.3
    np.testing.assert_array_equal(plain.signal("EMG chin"), lost.signal("EMG chin"))


def test_eight_hours_take_seconds() -> None:
    begin = time.process_time()
    _, truth = simulate_night(8, seed=3)
    assert time.process_time() - begin < 10  # about 1.5 s on a quiet machine
    assert 380 < summarise(truth).total_sleep_min < 470


@pytest.mark.parametrize("wrong", [{"hours": 0.001}, {"hours": 25}, {"hours": float("nan")}, {"hours": 1, "sfreq": 10}])
def test_impossible_nights_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        simulate_night(**wrong)  # type: ignore[arg-type]


def test_progress_counts_the_steps() -> None:
    seen: list[tuple[int, int]] = []
    simulate_night(0.1, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
