"""A hypnogram keeps every epoch in its place."""

from __future__ import annotations

import json
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import InputError
from karmalink.night import Hypnogram

CODES = st.lists(st.integers(-1, 4), min_size=1, max_size=60)


def test_attributes_of_a_small_night() -> None:
    table = np.full((3, 5), np.nan)
    table[0] = [0.9, 0.1, 0, 0, 0]
    table[2] = [0.1, 0.3, 0.5, 0.1, 0]
    night = Hypnogram(
        np.array([0, -1, 2]), start=datetime(2024, 1, 1, 23), probabilities=table, recorded_s=70, offset_s=30
    )
    assert night.labels == ("W", "?", "N2")
    assert night.duration_s == 70
    assert night.confidence.tolist()[::2] == [0.9, 0.5]
    assert np.isnan(night.confidence[1])
    assert night.uncertain_share() == 0.5
    assert night.recording_start == datetime(2024, 1, 1, 22, 59, 30)
    assert [night.stage_at(second) for second in (0, 30, 59.9, 60, 90, 200)] == ["?", "W", "W", "?", "N2", "?"]
    assert repr(night) == "<Hypnogram 1.2 min in 3 epochs: W 33%, N1 0%, N2 33%, N3 0%, R 0%, 1 epochs unscored>"
    frame = night.to_dataframe()
    assert frame["duration"].tolist() == [30, 30, 10]
    assert frame["onset"].tolist() == [30, 60, 90]
    json.dumps(night.to_dict(), allow_nan=False)


def test_the_stage_of_many_seconds_is_that_of_each() -> None:
    rng = np.random.default_rng(5)
    night = Hypnogram(rng.integers(-1, 5, 40), 20.0, offset_s=7.5)
    seconds = rng.uniform(-100.0, 1000.0, 500)
    one_by_one = []
    for second in seconds:
        inside = [at for at in range(40) if 7.5 + 20 * at <= second < 7.5 + 20 * (at + 1)]
        one_by_one.append(int(night.stages[inside[0]]) if inside else -1)
    assert night.codes_at(seconds).tolist() == one_by_one


def test_its_arrays_cannot_be_changed() -> None:
    night = Hypnogram(np.array([0, 1]))
    with pytest.raises(ValueError, match="read-only"):
        night.stages[0] = 1


def slow_resampled(codes: list[int], size: int) -> list[int]:
    """Return the stage of most epochs of each block, the first met on a tie."""
    out = []
    for first in range(0, len(codes), size):
        counts: dict[int, int] = {}
        for code in codes[first : first + size]:
            if code >= 0:
                counts[code] = counts.get(code, 0) + 1
        out.append(max(counts, key=lambda code: counts[code]) if counts else -1)
    return out


@settings(deadline=None)
@given(CODES, st.integers(1, 7))
def test_longer_epochs_take_the_stage_of_most_and_never_shift(codes: list[int], size: int) -> None:
    night = Hypnogram(np.array(codes), epoch_s=5)
    longer = night.resampled(5 * size)
    assert longer.stages.tolist() == slow_resampled(codes, size)
    assert longer.duration_s == night.duration_s


@pytest.mark.parametrize("length", [0.0, -30.0, float("nan"), float("inf")])
def test_an_epoch_of_no_length_is_refused(length: float) -> None:
    with pytest.raises(InputError, match="an epoch of"):
        Hypnogram(np.array([0]), epoch_s=20).resampled(length)


@pytest.mark.parametrize(
    "broken",
    [
        {"stages": [5]},
        {"stages": [[0]]},
        {"stages": [0], "epoch_s": 0},
        {"stages": [0], "probabilities": [[1, 0, 0, 0]]},
        {"stages": [0], "probabilities": [[0.5, 0, 0, 0, 0]]},
        {"stages": [0], "probabilities": [[np.nan] * 5]},
        {"stages": [0, 1], "recorded_s": 20},
        {"stages": [0, 1], "recorded_s": 90},
    ],
)
def test_what_is_no_hypnogram_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Hypnogram(**broken)  # type: ignore[arg-type]
