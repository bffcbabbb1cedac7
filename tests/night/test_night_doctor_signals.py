"""The doctor on spectra, pairs, references and clocks: seeded faults are named, and overrides against it hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import UsageError
from karmalink.night import DoctorReport, Finding, Recording, examine, simulate_night
from karmalink.night.doctor.checks_pairs import _signs
from karmalink.night.doctor.spectra import correlation, folded, spectra_of

NAMES = ("EEG C4-M1", "EOG E1-M2", "EOG E2-M1", "EMG chin")


@pytest.fixture(scope="module")
def night() -> Recording:
    return simulate_night(1, seed=1, sfreq=128)[0]


def changed(night: Recording, index: int, make: object, names: tuple[str, ...] = NAMES) -> Recording:
    """Return the night with one channel made over."""
    data = np.array([night.signal(name) for name in night.names])
    data[index] = make(data[index])  # type: ignore[operator]
    return Recording.from_array(data, names, 128, unit="uV", start=night.start)


def found(report: DoctorReport, check: str) -> list[Finding]:
    return [one for one in report.findings if one.check == check and one.severity != "note"]


def hum(data: np.ndarray, hertz: float = 50.0, size: float = 10e-6) -> np.ndarray:
    return data + size * np.sqrt(2) * np.sin(2 * np.pi * hertz * np.arange(data.size) / 128 + 1)


def test_a_hum_is_named_with_its_size(night: Recording) -> None:
    (finding,) = found(examine(changed(night, 0, hum)), "mains")
    assert finding.evidence == "10 µV of hum at 50 Hz"
    assert found(examine(changed(night, 0, hum), override=["mains"]), "mains") == []


def test_a_hum_that_the_rate_folds_is_named_where_it_shows() -> None:
    assert folded(60, 100) == 40
    night = simulate_night(0.2, seed=3, sfreq=100)[0]
    data = np.array([night.signal(name) for name in night.names])
    data[0] += 10e-6 * np.sin(2 * np.pi * 60 * np.arange(data.shape[1]) / 100 + 1)
    (finding,) = found(examine(Recording.from_array(data, NAMES, 100)), "mains")
    assert "hum at 60 Hz, aliased to 40 Hz at 100 samples per second" in finding.evidence


def test_minutes_of_noise_are_named_and_stay_in(night: Recording) -> None:
    def noisy(data: np.ndarray) -> np.ndarray:
        data[128 * 600 : 128 * 900] += np.random.default_rng(0).standard_normal(128 * 300) * 5e-5
        return data

    report = examine(changed(night, 0, noisy))
    (finding,) = found(report, "noisy")
    assert (finding.severity, finding.channel) == ("warning", NAMES[0])
    assert finding.evidence.startswith("5.0 min (8%)")
    assert "first from 10.0 min" in finding.evidence
    assert report.recording.channel(NAMES[0]).usable


def test_an_electrode_in_the_air_is_not_scored_from_unless_you_say_so(night: Recording) -> None:
    loose = changed(night, 0, lambda data: np.random.default_rng(0).standard_normal(data.size) * 2e-5)
    report = examine(loose)
    assert found(report, "noisy")[0].severity == "unusable"
    assert not report.recording.channel(NAMES[0]).usable
    assert examine(loose, override=["noisy:EEG C4-M1"]).recording.channel(NAMES[0]).usable


def test_names_of_eeg_and_chin_exchanged(night: Recording) -> None:
    data = np.array([night.signal(name) for name in night.names])
    report = examine(Recording.from_array(data[[3, 1, 2, 0]], NAMES, 128))
    assert [one.channel for one in found(report, "noisy")] == [NAMES[0]]
    assert [one.channel for one in found(report, "unlike")] == [NAMES[3]]


@pytest.mark.parametrize(("factor", "word"), [(12, "large"), (1 / 12, "small")])
def test_a_gain_nobody_set(night: Recording, factor: float, word: str) -> None:
    (finding,) = found(examine(changed(night, 0, lambda data: data * factor)), "scale")
    assert word in finding.done


@pytest.mark.parametrize("sign", [1, -1, 0.5])
def test_one_signal_under_two_names_is_used_once(night: Recording, sign: float) -> None:
    data = np.array([night.signal(name) for name in night.names])
    twice = Recording.from_array(np.vstack([data, data[:1] * sign]), (*NAMES, "EEG C3-M2"), 128)
    report = examine(twice)
    (finding,) = found(report, "twice")
    assert (finding.channel, report.recording.channel("EEG C3-M2").usable) == ("EEG C3-M2", False)
    assert examine(twice, override=["twice:EEG C3-M2"]).recording.channel("EEG C3-M2").usable


@pytest.mark.parametrize("index", [0, 1, 2])
def test_one_of_three_upside_down_is_named_and_turned_over_when_you_say_so(night: Recording, index: int) -> None:
    turned = changed(night, index, lambda data: -data)
    (finding,) = found(examine(turned), "polarity")
    assert (finding.channel, finding.override) == (NAMES[index], f"polarity:{NAMES[index]}=flip")
    again = examine(turned, override=[finding.override])
    np.testing.assert_allclose(again.recording.signal(NAMES[index]), night.signal(NAMES[index]))
    assert not found(examine(turned, override=[f"polarity:{NAMES[index]}"]), "polarity")
    with pytest.raises(UsageError, match="unknown value 'up'"):
        examine(turned, override=["polarity=up"])


def test_a_sound_night_is_not_called_upside_down(night: Recording) -> None:
    assert not found(examine(night), "polarity")


def brute(count: int, edges: dict[tuple[int, int], float]) -> float:
    """Return the best agreement by trying every sign, the slow way."""
    best = -np.inf
    for code in range(2**count):
        signs = [1 if code >> place & 1 else -1 for place in range(count)]
        best = max(best, sum(weight * signs[a] * signs[b] for (a, b), weight in edges.items()))
    return float(best)


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 6), st.data())
def test_the_signs_agree_best_with_the_pairs_and_turn_the_fewest(count: int, data: st.DataObject) -> None:
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    edges = {pair: data.draw(st.sampled_from([-0.8, -0.4, 0.0, 0.4, 0.8])) for pair in pairs}
    signs = _signs(count, edges)
    score = sum(weight * signs[a] * signs[b] for (a, b), weight in edges.items())
    assert score == pytest.approx(brute(count, edges))
    assert signs.count(-1) <= count / 2


def test_a_mastoid_kept_as_a_channel_is_taken_away(night: Recording) -> None:
    data = np.array([night.signal(name) for name in night.names])
    mastoid = np.random.default_rng(0).standard_normal(data.shape[1]) * 5e-6
    names = ("C4", "E1", *NAMES[2:], "M1", "M2")
    apart = np.vstack([data[:1] + mastoid, data[1:2] - mastoid, data[2:], [mastoid], [-mastoid]])
    recording = Recording.from_array(apart, names, 128)
    report = examine(recording)
    assert {one.channel: one.done for one in found(report, "reference")} == {
        "C4": "re-referenced to M1: the difference of the two",
        "E1": "re-referenced to M2: the difference of the two",
    }
    np.testing.assert_allclose(report.recording.signal("C4"), data[0], atol=1e-12)
    np.testing.assert_allclose(report.recording.signal("E1"), data[1], atol=1e-12)
    assert report.recording.channel("C4").reference == "M1"
    left = examine(recording, override=["reference"]).recording
    np.testing.assert_allclose(left.signal("C4"), apart[0])
    chosen = examine(recording, override=["reference:C4=M2"]).recording
    np.testing.assert_allclose(chosen.signal("C4"), apart[0] + mastoid, atol=1e-12)


def test_a_dead_mastoid_is_not_taken_away(night: Recording) -> None:
    data = np.array([night.signal(name) for name in night.names])
    dead = np.vstack([data, np.zeros((1, data.shape[1]))])
    report = examine(Recording.from_array(dead, ("C4", *NAMES[1:], "M1"), 128))
    assert not found(report, "reference")
    said = next(one for one in report.findings if one.check == "reference")
    assert "do not state the reference of C4" in said.evidence


def test_clocks_that_were_not_set_or_jumped(night: Recording) -> None:
    unset = replace(night, start=datetime(1970, 1, 1))
    assert "the clock was not set" in found(examine(unset), "clock")[0].evidence
    jumped = replace(night, gaps=((600.0, 600.0 + 5 * 3600),))
    assert "18000 s are missing" in found(examine(jumped), "clock")[0].evidence
    noted = replace(night, notes=("the clock of a stream goes back 2 times",))
    assert found(examine(noted), "clock")[0].severity == "warning"
    assert not found(examine(night), "clock")


def test_a_montage_that_lacks_an_eye_or_the_chin_is_said() -> None:
    lone = Recording.from_array(np.zeros((1, 1000)), ["C4-M1"], 100)
    said = [one.evidence for one in examine(lone).findings if one.check == "types"]
    assert "by their names, two EOG channels and a chin EMG are missing" in said


def test_parseval_the_correlation_of_lines_is_that_of_the_signals_in_their_band() -> None:
    rng = np.random.default_rng(0)
    shared, own = rng.standard_normal((2, 128 * 600))
    one, other = spectra_of(shared + own, 128), spectra_of(shared - own, 128)
    again = spectra_of(shared * 3 + 7, 128)
    assert one is not None and other is not None and again is not None
    assert abs(correlation(one.lines, other.lines)) < 0.05
    mixed = spectra_of(shared, 128)
    assert mixed is not None
    assert correlation(one.lines, mixed.lines) == pytest.approx(2**-0.5, abs=0.03)
    assert correlation(again.lines, mixed.lines) == pytest.approx(1, abs=1e-6)


def test_windows_with_a_lost_sample_are_left_out_of_the_spectrum() -> None:
    noise = np.random.default_rng(0).standard_normal(100 * 60)
    whole = spectra_of(noise, 100)
    noise[:1500] = np.nan
    cut = spectra_of(noise, 100)
    assert whole is not None and cut is not None
    assert np.isnan(cut.slow[:2]).all() and np.isfinite(cut.slow[2:]).all()
    assert cut.power.sum() == pytest.approx(whole.power.sum(), rel=0.2)
    assert whole.power.mean() == pytest.approx(1 / 50, rel=0.05)  # white noise of variance 1, up to 50 Hz
