"""Hypnograms from data frames: what to_dataframe gives comes back, and what a table may say a frame may say too."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import ImportFaults, InputError, ReadError, UsageError
from karmalink.night import Hypnogram, read_events, read_hypnogram


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-1, 4), min_size=2, max_size=30),
    st.sampled_from([0.0, 12.5, 3_600.0]),
    st.booleans(),
    st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)).map(lambda one: one.replace(microsecond=0)),
)
def test_read_hypnogram_frame_of_to_dataframe_comes_back(
    codes: list[int], offset_s: float, probable: bool, start: datetime | None
) -> None:
    stages = np.array(codes, dtype=np.int8)
    table = np.full((stages.size, 5), 0.2) if probable and (stages >= 0).any() else None
    made = Hypnogram(
        stages, start=start, probabilities=table, scorer="anna", offset_s=offset_s, recorded_s=stages.size * 30.0 - 10
    )
    back = read_hypnogram(made.to_dataframe())
    assert back.labels == made.labels
    assert (back.start, back.offset_s, back.epoch_s) == (made.start, made.offset_s, made.epoch_s)
    assert (back.scorer, back.duration_s) == ("anna", made.duration_s)
    if table is not None:
        np.testing.assert_allclose(back.probabilities, made.probabilities)


def test_read_events_frame_is_read_as_the_file_of_it(tmp_path: Path) -> None:
    frame = pd.DataFrame({"onset": [0.0, 30, 60], "duration": [30, 30, 30], "stage": ["W", "N2", None]})
    frame.to_csv(tmp_path / "x.csv", index=False)
    ours, theirs = read_events(frame), read_events(tmp_path / "x.csv")
    assert ours.labels == theirs.labels == ("W", "N2", "?")
    assert (ours.epoch_s, ours.offset_s) == (theirs.epoch_s, theirs.offset_s)


def test_read_hypnogram_frame_takes_times_lengths_digits_and_a_named_column() -> None:
    frame = pd.DataFrame(
        {
            "time": pd.date_range("2031-03-07 23:30", periods=3, freq="30s"),
            "duration": pd.to_timedelta([30, 30, 30], unit="s"),
            "mine": [0, 2, 5],
        }
    )
    night = read_hypnogram(frame, vocabulary="profusion", column="mine")
    assert night.labels == ("W", "N2", "R")
    assert night.start == datetime(2031, 3, 7, 23, 30)


def test_read_hypnogram_frame_start_is_that_of_the_first_epoch_not_of_an_event_before_it() -> None:
    clock = pd.to_datetime(["2031-03-07 23:00:00", "2031-03-07 23:01:00", "2031-03-07 23:01:30"])
    frame = pd.DataFrame(
        {
            **{"onset": [0.0, 60.0, 90.0], "duration": [30.0, 30.0, 30.0], "stage": ["W", "N1", "N2"]},
            **{"trial_type": ["gap", "sleep_stage", "sleep_stage"], "clock": clock},
        }
    )
    night = read_hypnogram(frame)
    assert (night.offset_s, night.start) == (60.0, datetime(2031, 3, 7, 23, 1))


def test_read_hypnogram_frame_errors_name_the_row() -> None:
    frame = pd.DataFrame({"onset": [0.0, 30.0], "duration": [30.0, 30.0], "stage": ["W", "asleep"]})
    with pytest.raises(InputError, match="epoch 2 carries 'asleep'"):
        read_hypnogram(frame)
    frame = pd.DataFrame({"onset": [0.0, 10.0], "duration": [30.0, 30.0], "stage": ["W", "W"]})
    with pytest.raises(ReadError, match="line 2 ") as raised:
        read_hypnogram(frame)
    assert raised.value.where == "DataFrame"


@pytest.mark.parametrize(
    ("frame", "error", "said"),
    [
        (pd.DataFrame(), ReadError, None),
        (pd.DataFrame({"onset": [], "duration": [], "stage": []}), ReadError, "no rows"),
        (pd.DataFrame({"onset": [0.0], "duration": [30.0], "phase": ["W"]}), ReadError, "no column stage"),
        (pd.DataFrame({"onset": [[0]], "duration": [30.0], "stage": [{"a": 1}]}), ImportFaults, None),
        ([1, 2], UsageError, "a list is not a table"),
    ],
    ids=["empty", "no rows", "no stage", "nested", "a list"],
)
def test_read_hypnogram_what_is_not_a_table_of_stages_is_refused(
    frame: pd.DataFrame, error: type[Exception], said: str | None
) -> None:
    with pytest.raises(error, match=said):
        read_hypnogram(frame)
