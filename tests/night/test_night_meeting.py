"""Where two files of a night meet: clocks are compared, epochs of other lengths brought together, lengths told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import InputError
from karmalink.night import (
    Hypnogram,
    Recording,
    ReplayNight,
    agree,
    compare_scorers,
    consensus,
    find_events,
    read_hypnogram,
    simulate_night,
    write_hypnogram,
)
from karmalink.night.hypnograms.grids import clock_shift, on_one_grid, placed_on

EVENING = datetime(2024, 5, 1, 23, 0)
BERLIN = ZoneInfo("Europe/Berlin")
STAGES = ["W"] * 10 + ["N1"] * 4 + ["N2"] * 20 + ["N3"] * 10 + ["R"] * 16


def night(labels: list[str] = STAGES, **rest: object) -> Hypnogram:
    return Hypnogram.from_labels(labels, **rest)


WHOLE = night(start=EVENING)
LATE = night(STAGES[20:], start=EVENING + timedelta(minutes=10))


# Clocks ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", [(WHOLE, LATE), (LATE, WHOLE)])
def test_the_same_scoring_cut_agrees_wholly_where_both_clocks_put_it(pair: tuple[Hypnogram, Hypnogram]) -> None:
    found = agree(*pair)
    assert (found.kappa, found.n_epochs) == (1.0, 40)
    assert any("600 s" in note for note in found.notes)
    assert any("different times" in note for note in found.notes)


@pytest.mark.parametrize("ending", [".edf", ".tsv", ".csv"])
def test_files_keep_the_clock_by_which_they_meet(ending: str, tmp_path: Path) -> None:
    whole = read_hypnogram(write_hypnogram(WHOLE, tmp_path / f"whole{ending}"))
    late = read_hypnogram(write_hypnogram(LATE, tmp_path / f"late{ending}"))
    assert late.offset_s == 0.0
    assert agree(whole, late).kappa == 1.0


def test_without_a_clock_seconds_count_from_one_first_sample() -> None:
    assert agree(WHOLE, replace(WHOLE, start=None)).kappa == 1.0
    assert agree(WHOLE, LATE, by_clock=False).kappa != 1.0


@pytest.mark.parametrize("start", [datetime(1985, 1, 1, 23, 10), datetime(2000, 1, 1, 23, 10)])
def test_a_date_that_archives_fill_in_leaves_the_time_of_day(start: datetime) -> None:
    assert agree(WHOLE, replace(LATE, start=start)).kappa == 1.0


def test_a_clock_nobody_set_does_not_place_anything() -> None:
    assert clock_shift(EVENING, replace(LATE, start=datetime(1985, 1, 1))) is None
    assert clock_shift(datetime(1970, 1, 1), LATE) is None


def test_a_time_of_day_without_a_date_is_the_nearest_such_moment() -> None:
    assert clock_shift(EVENING, night(clock=time(23, 10))) == 600
    assert clock_shift(EVENING, night(clock=time(0, 30))) == 5400
    assert clock_shift(EVENING, night(clock=time(22, 50))) == -600
    assert clock_shift(EVENING, night(clock=time(23, 10), offset_s=600.0)) == 0


def test_a_fraction_of_a_second_that_a_header_cut_off_shifts_nothing() -> None:
    assert clock_shift(EVENING.replace(microsecond=750_000), WHOLE) == 0
    both = replace(WHOLE, start=EVENING.replace(microsecond=250_000))
    assert clock_shift(EVENING.replace(microsecond=750_000), both) == -0.5


def test_nights_of_other_days_are_refused_with_both_clocks() -> None:
    other = replace(LATE, start=EVENING + timedelta(days=3))
    with pytest.raises(InputError, match="no second in common"):
        agree(WHOLE, other)
    with pytest.raises(InputError, match="another time than the recording") as raised:
        placed_on(other, EVENING, 1800.0, where="night1")
    assert "2024-05-01 23:00:00" in raised.value.rule and "2024-05-04 23:00:00" in raised.value.rule
    assert "--ignore-clock" in raised.value.next_step
    assert placed_on(other, EVENING, 1800.0, by_clock=False).offset_s == 0


@pytest.mark.parametrize(
    ("begin", "later", "went"),
    [
        (datetime(2024, 3, 30, 23), datetime(2024, 3, 31, 4), 4 * 3600),
        (datetime(2024, 10, 26, 23), datetime(2024, 10, 27, 4), 6 * 3600),
        (datetime(2024, 5, 1, 23), datetime(2024, 5, 2, 4), 5 * 3600),
    ],
)
def test_over_a_change_of_clocks_the_zone_says_how_long_it_was(begin: datetime, later: datetime, went: float) -> None:
    assert clock_shift(begin, night(start=later), BERLIN) == went
    assert clock_shift(begin, night(start=later)) == 5 * 3600
    assert clock_shift(later, night(start=begin), BERLIN) == -went


def test_stages_are_placed_on_a_recording_and_what_lies_outside_is_left_out_and_said() -> None:
    placed = placed_on(LATE, EVENING, 1500.0)
    assert (placed.offset_s, placed.n_epochs, placed.start) == (600.0, 30, EVENING + timedelta(minutes=10))
    assert placed.notes == (
        "by their clocks the stages begin 600 s after the recording",
        "the recording lasts 25.0 min; left out: 10 epochs after its end",
        "10.0 min of the recording have no score",
    )
    early = placed_on(replace(WHOLE, start=EVENING - timedelta(seconds=95)), EVENING, 1800.0)
    assert (early.offset_s, early.n_epochs) == (-5.0, 57)
    assert "3 epochs before its first sample" in early.notes[1]


def test_an_epoch_that_the_recording_ends_in_is_cut_short_with_it() -> None:
    placed = placed_on(night(["N2"] * 10), None, 290.0)
    assert (placed.n_epochs, placed.duration_s, placed.notes) == (10, 300.0, ())
    longer = placed_on(night(["N2"] * 20), None, 290.0)
    assert (longer.n_epochs, longer.duration_s) == (10, 290.0)


# Events ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def slept() -> tuple[Recording, Hypnogram]:
    recording, planted = simulate_night(hours=0.5, seed=7)
    labels = [label if label in {"N1", "N2", "N3"} else "N2" for label in planted.labels]
    return recording, replace(Hypnogram.from_labels(labels), start=planted.start)


def test_stages_longer_than_the_recording_do_not_thin_the_rate(slept: tuple[Recording, Hypnogram]) -> None:
    recording, stages = slept
    whole = find_events(recording, stages, ("spindles",))
    longer = find_events(
        recording, replace(stages, stages=np.append(stages.stages, [2] * 60), recorded_s=None), ("spindles",)
    )
    assert longer.found["spindles"].searched_s == whole.found["spindles"].searched_s == recording.duration_s
    assert longer.found["spindles"].count == whole.found["spindles"].count
    assert longer.notes == ("the recording lasts 30.0 min; left out: 60 epochs after its end",)
    assert whole.notes == ()


def test_stages_that_begin_later_by_their_clock_are_looked_at_there(slept: tuple[Recording, Hypnogram]) -> None:
    recording, stages = slept
    assert stages.start is not None
    late = Hypnogram(stages.stages[20:], start=stages.start + timedelta(minutes=10))
    found = find_events(recording, late, ("spindles",))
    stated = find_events(recording, Hypnogram(stages.stages[20:], offset_s=600.0), ("spindles",))
    np.testing.assert_array_equal(found.found["spindles"].onset_s, stated.found["spindles"].onset_s)
    assert found.found["spindles"].searched_s == 1200
    assert "by their clocks the stages begin 600 s after the recording" in found.notes


def test_what_was_not_recorded_was_not_searched(slept: tuple[Recording, Hypnogram]) -> None:
    recording, stages = slept
    names = recording.names
    data = np.array([recording.signal(name) for name in names])
    data[:, 30_000:60_000] = np.nan
    holed = Recording.from_array(data, names, recording.sfreq, start=recording.start)
    found = find_events(holed, stages, ("spindles", "slow-waves"))
    assert found.found["spindles"].searched_s == 1500


# Epochs of other lengths ----------------------------------------------------------------------------------------------


def test_twenty_seconds_against_thirty_are_brought_together_or_one_way_works() -> None:
    twenty, thirty = night(["N2"] * 180, epoch_s=20.0), night(["N2"] * 120)
    assert agree(twenty, thirty).n_epochs == 120
    assert agree(twenty.resampled(30.0), thirty).n_epochs == 120
    assert "20 s" in agree(twenty, thirty).notes[0] and "30 s" in agree(twenty, thirty).notes[0]


def test_epochs_that_begin_half_way_are_compared_where_both_lie() -> None:
    later = night(["N2"] * 119, offset_s=15.0)
    found = agree(night(["N2"] * 120), later)
    assert (found.accuracy, found.n_epochs) == (1.0, 120)


def by_tenths(labels: list[int], epoch: int, offset: int, size: int, begin: int, count: int) -> list[int]:
    """The stage that fills most of each epoch, second by second; the first met on a tie."""
    stage_at = {offset + at: labels[at // epoch] for at in range(len(labels) * epoch)}
    out = []
    for first in range(begin, begin + size * count, size):
        seen = [stage_at.get(second, -1) for second in range(first, first + size)]
        filled = [code for code in seen if code >= 0]
        most = max((filled.count(code) for code in filled), default=0)
        out.append(next((code for code in filled if filled.count(code) == most), -1))
    return out


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.integers(-1, 4), min_size=1, max_size=20),
    st.integers(1, 40),
    st.integers(-30, 30),
    st.integers(1, 40),
    st.integers(-40, 40),
    st.integers(1, 20),
)
def test_other_epochs_take_the_stage_that_fills_most_of_them(
    labels: list[int], epoch: int, offset: int, size: int, begin: int, count: int
) -> None:
    one = Hypnogram(np.array(labels), float(epoch), offset_s=float(offset))
    found = one.on_grid(float(size), float(begin), count)
    assert found.stages.tolist() == by_tenths(labels, epoch, offset, size, begin, count)
    assert (found.offset_s, found.epoch_s) == (begin, size)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(0, 2**32 - 1), st.sampled_from([5.0, 20.0, 30.0, 45.0]))
def test_probabilities_are_averaged_and_sum_to_one(count: int, seed: int, length: float) -> None:
    rng = np.random.default_rng(seed)
    table = rng.dirichlet(np.ones(5), count)
    stages = np.where(rng.random(count) < 0.2, -1, table.argmax(axis=1))
    one = Hypnogram(stages, 20.0, probabilities=table, deciding=table)
    found = one.resampled(length)
    assert found.probabilities is not None and found.deciding is not None
    scored = ~found.unscored
    np.testing.assert_allclose(found.probabilities[scored].sum(axis=1), 1)
    if length == 20.0:
        np.testing.assert_allclose(found.probabilities[scored], table[stages >= 0])


def test_many_scorers_meet_on_the_longest_epochs_by_their_clocks() -> None:
    fine = night([label for label in STAGES for _ in range(6)], epoch_s=5.0, start=EVENING)
    met, notes = on_one_grid({"ann": WHOLE, "ben": fine, "chan": LATE, "dee": replace(WHOLE, start=None)})
    assert {one.epoch_s for one in met.values()} == {30.0}
    assert {one.n_epochs for one in met.values()} == {60}
    assert met["ben"].labels == met["ann"].labels == met["dee"].labels
    assert met["chan"].labels == ("?",) * 20 + met["ann"].labels[20:]
    assert any(note.startswith("by its clock chan counts from 600 s after ann") for note in notes)
    assert consensus({"ann": WHOLE, "ben": fine, "chan": LATE}).labels == WHOLE.labels
    found = compare_scorers({"one": {"ann": WHOLE, "ben": fine, "chan": LATE}})
    assert found.pairwise.value == 1.0 and found.notes


def test_a_night_whose_scorings_never_meet_is_left_out_and_named() -> None:
    other = replace(LATE, start=EVENING + timedelta(days=3))
    found = compare_scorers({"one": {"ann": WHOLE, "ben": LATE}, "two": {"ann": WHOLE, "ben": other}})
    assert found.n_nights == 1
    assert any(note.startswith("two is left out") for note in found.notes)


# Replay ---------------------------------------------------------------------------------------------------------------


def test_a_stream_is_laid_beside_the_truth_by_its_clock() -> None:
    replayed = ReplayNight("one", WHOLE, {"band": LATE})
    assert replayed.streams["band"].labels == ("?",) * 20 + WHOLE.labels[20:]


def test_a_stream_of_shorter_epochs_that_fill_the_truths_is_joined() -> None:
    fine = night([label for label in STAGES for _ in range(6)], epoch_s=5.0)
    assert ReplayNight("one", WHOLE, {"band": fine}).streams["band"].labels == WHOLE.labels


def test_a_stream_that_lies_across_the_truth_is_refused_with_a_way_that_works() -> None:
    twenty = night(["N2"] * 90, epoch_s=20.0)
    with pytest.raises(InputError, match="and of 30 s") as raised:
        ReplayNight("one", WHOLE, {"band": twenty})
    assert "resampled(60)" in raised.value.next_step
    ReplayNight("one", WHOLE.resampled(60), {"band": twenty.resampled(60)})
