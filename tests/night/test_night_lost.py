"""Where a recording holds no numbers, against a reference that walks through the samples one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.night import Recording
from karmalink.night.recordings.recording import missing_stretches

RATE = 4.0


def slowly(lost: list[bool], joined_s: float) -> list[tuple[float, float]]:
    """Return the stretches without numbers, one sample after the other."""
    found: list[list[float]] = []
    for index in (index for index, gone in enumerate(lost) if gone):
        here = index / RATE
        if found and (here == found[-1][1] or here - found[-1][1] < joined_s):
            found[-1][1] = here + 1 / RATE
        else:
            found.append([here, here + 1 / RATE])
    return [(first, last) for first, last in found]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=60), st.sampled_from([0.0, 0.5, 1.0]))
def test_stretches_of_a_channel_are_those_of_its_samples(lost: list[bool], joined_s: float) -> None:
    values = np.where(lost, np.nan, 1.0)
    recording = Recording.from_array(np.array([values]), ["C3-M2"], RATE)
    found = [(first, last) for first, last, _ in missing_stretches(recording, joined_s=joined_s)]
    assert found == slowly(lost, joined_s)
