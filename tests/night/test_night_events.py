"""Events: one type, matched one to one; detectors against what was planted in simulated nights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, sosfiltfilt
from typer.testing import CliRunner

from karmalink.base.arrays import runs
from karmalink.cli import app
from karmalink.errors import CannotAnswer, InputError, UnknownName, UsageError
from karmalink.night import Hypnogram, Recording, find_events, plant_night, summarise
from karmalink.night.events.arousals import find_arousals
from karmalink.night.events.events import Events, agree_events, overlaps, union
from karmalink.night.events.eye_movements import bursts, find_eye_movements, find_eye_signals
from karmalink.night.events.slow_waves import find_slow_waves
from karmalink.night.events.spindles import find_spindles
from karmalink.night.recordings.resampled import at_rate, resampled_to
from karmalink.night.simulation.simulated_night import SimulatedNight

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 8)), max_size=6).map(
    lambda rows: [(begin / 2, (begin + length) / 2) for begin, length in rows]
)


@pytest.fixture(scope="module")
def night() -> SimulatedNight:
    stages = plant_night(2.5, seed=11).stages.stages
    rem = np.flatnonzero(stages == 4)
    seconds = [float(rem[int(share * rem.size)]) * 30 + 5 for share in (0.2, 0.8)]
    return plant_night(2.5, seed=11, signals_s=seconds)


@settings(max_examples=60)
@given(SPANS, SPANS)
def test_overlaps_against_every_pair(first: list[tuple[float, float]], second: list[tuple[float, float]]) -> None:
    one, two = Events.of("x", first), Events.of("x", second)
    slow = []
    for i, (a, b) in enumerate(one.spans().tolist()):
        for j, (c, d) in enumerate(two.spans().tolist()):
            shared = min(b, d) - max(a, c)
            if shared > 0:
                slow.append((shared / (max(b, d) - min(a, c)), i, j))
    assert np.allclose(sorted(overlaps(one, two)), sorted(slow))


@settings(max_examples=60)
@given(SPANS, SPANS)
def test_matches_are_one_to_one_symmetric_and_no_more_than_possible(
    first: list[tuple[float, float]], second: list[tuple[float, float]]
) -> None:
    one, two = Events.of("x", first), Events.of("x", second)
    there, back = agree_events(one, two), agree_events(two, one)
    assert there.matched <= min(one.count, two.count)
    assert (there.first, there.second) == (back.second, back.first)
    assert agree_events(one, one).matched == one.count
    best = _most([(i, j) for share, i, j in overlaps(one, two) if share >= 0.2])
    assert best / 2 <= there.matched <= best  # the best overlap first never gets less than half of the most


def _most(pairs: list[tuple[int, int]]) -> int:
    """Return the size of the largest one-to-one matching, by trying to leave out or to take each pair."""
    if not pairs:
        return 0
    (i, j), rest = pairs[0], pairs[1:]
    return max(_most(rest), 1 + _most([(a, b) for a, b in rest if a != i and b != j]))


@settings(max_examples=40)
@given(SPANS, SPANS)
def test_a_union_covers_what_either_covers(first: list[tuple[float, float]], second: list[tuple[float, float]]) -> None:
    merged = union([Events.of("x", first), Events.of("x", second)])
    grid = np.arange(0, 40, 0.25) + 0.1
    covered = lambda spans: np.array([any(a <= t < b for a, b in spans) for t in grid])  # noqa: E731
    assert (covered(merged.spans().tolist()) == covered([*first, *second])).all()
    assert (np.diff(merged.spans().ravel()) >= 0).all()


@given(st.lists(st.booleans(), max_size=40), st.integers(0, 3))
def test_runs_against_walking_the_mask(mask: list[bool], pause: int) -> None:
    slow: list[list[int]] = []
    for place, here in enumerate(mask):
        if here and slow and place - slow[-1][1] <= pause:
            slow[-1][1] = place + 1
        elif here:
            slow.append([place, place + 1])
    assert runs(np.array(mask, dtype=bool), pause=pause) == [tuple(one) for one in slow]


def test_events_come_in_order_and_are_refused_where_they_are_none() -> None:
    one = Events("x", np.array([5.0, 1.0]), np.array([1.0, 2.0]), np.array([0.1, 0.9]), searched_s=1800.0)
    assert one.onset_s.tolist() == [1.0, 5.0]
    assert one.confidence.tolist() == [0.9, 0.1]
    assert one.per_hour == 4
    for broken in ([np.nan], [1.0, 2.0]):
        with pytest.raises(InputError):
            Events("x", np.array(broken), np.array([1.0]), np.array([0.5]))


def test_planted_spindles_are_found(night: SimulatedNight) -> None:
    found = find_events(night.recording, night.stages, ("spindles",)).found["spindles"]
    agreed = agree_events(found, night.events["spindle"])
    assert agreed.f1 > 0.8
    assert abs(float(np.median(found.measures["frequency_hz"])) - 13.3) < 1.5


def test_slow_waves_and_eye_movements_are_those_of_yasa(night: SimulatedNight) -> None:
    import yasa

    eeg, left, right = (night.recording.signal(name) for name in night.recording.names[:3])
    stages = np.repeat(night.stages.stages, 3000)
    ours = find_slow_waves(eeg, 100.0, nrem=stages)
    theirs = yasa.sw_detect(eeg * 1e6, 100.0, hypno=stages, include=(2, 3), verbose="ERROR").summary()
    np.testing.assert_allclose(ours.onset_s, theirs["Start"], atol=1e-9)
    np.testing.assert_allclose(ours.spans()[:, 1], theirs["End"], atol=1e-9)
    np.testing.assert_allclose(ours.measures["amplitude_uv"], theirs["PTP"], rtol=1e-9)
    np.testing.assert_allclose(ours.measures["frequency_hz"], theirs["Frequency"], rtol=1e-3)
    ours = find_eye_movements(left, right, 100.0, rem=stages == 4)
    theirs = yasa.rem_detect(left * 1e6, right * 1e6, 100.0, hypno=stages, include=4, verbose="ERROR").summary()
    np.testing.assert_allclose(ours.spans(), theirs[["Start", "End"]], atol=1e-9)
    np.testing.assert_allclose(ours.measures["amplitude_uv"], theirs[["LOCAbsValPeak", "ROCAbsValPeak"]].max(axis=1))


def test_detectors_read_each_channel_once_and_find_the_same_at_its_own_rate(night: SimulatedNight) -> None:
    fast = plant_night(0.3, sfreq=256, seed=5)
    shared = resampled_to(fast.recording, 100.0)
    assert {channel.sfreq for channel in shared.channels} == {100.0}
    samples, missing = at_rate(fast.recording.signal("EEG C4-M1"), 256.0, 100.0)
    np.testing.assert_array_equal(shared.signal("EEG C4-M1"), samples)
    assert not missing.any()
    holed = fast.recording.signal("EMG chin")
    holed[5_000:20_000] = np.nan
    gone = resampled_to(Recording.from_array(holed, ["EMG chin"], 256.0), 100.0).signal("EMG chin")
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(gone))[[0, -1]], [1954, 7812])
    whole = find_events(fast.recording, fast.stages).found
    again = find_events(shared, fast.stages).found
    for kind, events in whole.items():
        np.testing.assert_array_equal(events.onset_s, again[kind].onset_s)


def test_events_of_a_minute_do_not_hang_on_what_follows() -> None:
    night = plant_night(0.5, seed=3)
    eeg = night.recording.signal("EEG C4-M1")
    awake = np.random.default_rng(0).standard_normal(300_000) * 4e-5
    stages = np.full(eeg.size + awake.size, 2, dtype=np.int8)
    longer = np.concatenate([eeg, awake])
    for find in (
        lambda x: find_spindles(x, 100.0),
        lambda x: find_slow_waves(x, 100.0, nrem=stages[: x.size]),
    ):
        alone, followed = find(eeg), find(longer)
        kept = followed.onset_s < 1_780
        assert kept.sum() > 10
        np.testing.assert_allclose(followed.onset_s[kept], alone.onset_s[alone.onset_s < 1_780], atol=1e-6)


def test_signals_of_the_eyes_are_found_where_they_were_planted_and_hardly_elsewhere(night: SimulatedNight) -> None:
    found = find_events(night.recording, night.stages, ("lrlr",)).found["lrlr"]
    agreed = agree_events(found, night.events["LRLR"])
    assert agreed.matched == 2
    assert agreed.first <= 3
    assert (np.abs(found.onset_s[:, None] - night.events["LRLR"].onset_s).min(axis=0) < 1.0).all()


def test_arousals_that_are_told_were_planted(night: SimulatedNight) -> None:
    found = find_events(night.recording, night.stages, ("arousals",)).found["arousals"]
    agreed = agree_events(found, night.events["arousal"], min_overlap=0.01)
    assert found.count
    assert agreed.precision > 0.6


def test_aasm_an_arousal_in_rem_needs_the_chin(night: SimulatedNight) -> None:
    rate = 100.0
    samples = night.recording.signal("EEG C4-M1")
    stages = np.full(samples.size, 4, dtype=np.int8)
    assert find_arousals(samples, rate, stages).count == 0


def test_nothing_is_found_where_nothing_was_recorded() -> None:
    night = plant_night(0.5, seed=3)
    samples = night.recording.signal("EEG C4-M1").copy()
    samples[60_000:90_000] = np.nan
    found = find_spindles(samples, 100.0)
    inside = (found.onset_s + found.duration_s > 600) & (found.onset_s < 900)
    assert not inside.any()
    assert found.searched_s == pytest.approx(1500)


@pytest.mark.parametrize("rate", [50.0, 128.0, 256.0])
def test_spindles_keep_their_place_at_any_rate(rate: float) -> None:
    from scipy.signal import resample

    night = plant_night(0.5, seed=3)
    samples = night.recording.signal("EEG C4-M1")
    other = resample(samples, round(samples.size * rate / 100))
    agreed = agree_events(find_spindles(samples, 100.0), find_spindles(other, rate), min_overlap=0.5)
    assert agreed.f1 > 0.9


def test_too_slow_a_rate_cannot_show_them() -> None:
    flat = np.zeros(3000)
    for look in (
        lambda: find_spindles(flat, 30.0),
        lambda: find_slow_waves(flat, 5.0),
        lambda: find_eye_signals(flat, flat, 10.0),
        lambda: find_arousals(flat, 50.0, np.full(3000, 2)),
    ):
        with pytest.raises(CannotAnswer, match="samples per second"):
            look()


def test_a_flat_channel_holds_no_event() -> None:
    assert find_spindles(np.zeros(6000), 100.0).count == 0
    assert find_eye_signals(np.zeros(6000), np.zeros(6000), 100.0).count == 0


def test_bursts_are_movements_without_a_second_between() -> None:
    movements = Events.of("rapid eye movement", [(0, 0.5), (1.2, 1.6), (2.8, 3.0), (10, 10.4)])
    found = bursts(movements)
    assert found.spans().tolist() == [[0, 1.6]]
    assert found.measures["movements"].tolist() == [2]


def test_a_detector_without_its_channels_says_so_and_the_others_go_on(night: SimulatedNight) -> None:
    from karmalink.night import Recording

    alone = Recording.from_array(night.recording.signal("EEG C4-M1")[None, :60_000], ["EEG C4-M1"], 100.0)
    found = find_events(alone, night.stages, ("spindles", "lrlr"))
    assert "spindles" in found.found
    assert "EOG" in found.not_searched["lrlr"]
    with pytest.raises(UnknownName, match="unknown detector"):
        find_events(alone, night.stages, ("spindels",))


@pytest.mark.parametrize("offset", [1e6, -1e6])
def test_stages_of_another_time_are_refused(night: SimulatedNight, offset: float) -> None:
    with pytest.raises(InputError, match="of another time than the recording"):
        find_events(night.recording, replace(night.stages, offset_s=offset), ("spindles",))


def test_holes_are_told_at_the_new_rate() -> None:
    samples = np.ones(1000)
    samples[200:400] = np.nan
    _, lost = at_rate(samples, 200.0, 100.0)
    assert np.flatnonzero(lost).tolist() == list(range(100, 200))


@settings(max_examples=40)
@given(st.lists(st.integers(-1, 4), min_size=1, max_size=40), st.integers(2, 6))
def test_continuity_does_not_know_how_long_an_epoch_is(codes: list[int], pieces: int) -> None:
    if all(code == -1 for code in codes):
        return
    whole = summarise(Hypnogram(np.array(codes), 30.0))
    cut = summarise(Hypnogram(np.repeat(codes, pieces), 30.0 / pieces))
    for name in ("stage_shifts_per_hour", "fragmentation_per_hour", "gaps", "longest_gap_min"):
        one, other = getattr(whole, name), getattr(cut, name)
        assert one == other or one == pytest.approx(other), name


def test_continuity_worked_by_hand() -> None:
    labels = ["W", "N1", "N2", "N2", "N1", "N2", "W", "N2", "?", "N2", "R"]
    summary = summarise(Hypnogram.from_labels(labels, epoch_s=60.0))
    hours = 8 / 60
    assert summary.stage_shifts_per_hour == pytest.approx(7 / hours)  # the gap parts two runs and is not a shift
    assert summary.fragmentation_per_hour == pytest.approx(2 / hours)  # N2 to N1, N2 to W
    assert (summary.gaps, summary.longest_gap_min) == (1, 1.0)


def test_the_arousal_index_counts_arousals_that_begin_in_sleep() -> None:
    night = Hypnogram.from_labels(["W", "N2", "N2", "W"], epoch_s=60.0)
    arousals = Events.of("arousal", [(30, 34), (70, 75), (130, 134), (200, 205)])
    assert summarise(night, arousals=arousals).arousal_index == pytest.approx(60)
    assert summarise(night).arousal_index is None


def test_the_command_writes_events_as_a_table(tmp_path: Path) -> None:
    runner = CliRunner()
    made = runner.invoke(app, ["night", "simulate", "--out", str(tmp_path / "n.edf"), "--hours", "0.4", "--seed", "7"])
    assert made.exit_code == 0
    words = ["night", "events", str(tmp_path / "n.edf"), "--stages", str(tmp_path / "n_stages.tsv")]
    told = runner.invoke(app, [*words, "--kind", "spindles", "--out", str(tmp_path / "e.tsv")])
    assert told.exit_code == 0, told.output
    assert (tmp_path / "e.tsv").read_text(encoding="utf-8").startswith("onset\tduration\ttrial_type")
    refused = runner.invoke(app, [*words, "--out", str(tmp_path / "e.csv")])
    assert isinstance(refused.exception, UsageError)
    assert not (tmp_path / "e.csv").exists()


def alpha_sleeper(seconds: int, bursts: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return EEG and chin in volts: alpha waxes and wanes in sleep, and in each burst both rise for 6 s."""
    rng = np.random.default_rng(5)
    eeg, alpha, chin = rng.standard_normal((3, seconds * 100))
    alpha = sosfiltfilt(butter(4, [8.5, 11], "bandpass", fs=100, output="sos"), alpha)
    waxing = np.repeat(np.exp(0.7 * rng.standard_normal(seconds // 8 + 1)), 800)[: seconds * 100]
    for burst in bursts:
        waxing[burst * 100 : burst * 100 + 600] = 4.5
        chin[burst * 100 : burst * 100 + 600] *= 6
    return (8 * eeg + 8 * alpha / alpha.std() * waxing) * 1e-6, 2e-6 * chin


def test_in_an_alpha_sleeper_an_arousal_counts_where_the_chin_rises_with_it() -> None:
    bursts = (300, 700, 1100, 1500, 1900)
    eeg, chin = alpha_sleeper(2400, bursts)
    stages = np.full(eeg.size, 2, dtype=np.int8)

    def met(found: Events) -> int:
        return sum(((found.onset_s < at + 6) & (found.onset_s + found.duration_s > at)).any() for at in bursts)

    with_chin = find_arousals(eeg, 100, stages, chin=chin)
    assert met(with_chin) >= 4
    assert met(find_arousals(eeg, 100, stages)) <= 2  # alpha alone does not tell them from its own waxing
    assert np.all(np.diff(with_chin.onset_s) > 0)


def test_arousals_do_not_hang_on_what_follows() -> None:
    eeg, chin = alpha_sleeper(3000, (400, 900, 2200, 2300, 2600))
    eeg[240_000:] *= 3.0
    stages = np.full(eeg.size, 2, dtype=np.int8)
    whole = find_arousals(eeg, 100, stages, chin=chin)
    cut = find_arousals(eeg[:240_000], 100, stages[:240_000], chin=chin[:240_000])
    kept = whole.where(whole.onset_s + whole.duration_s < 2390)
    assert cut.count > 0
    np.testing.assert_array_equal(kept.onset_s, cut.where(cut.onset_s + cut.duration_s < 2390).onset_s)
