"""The chart of a hypnogram: every epoch in its place and colour, the probabilities stacked, the finding as title."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.night import Hypnogram

ROWS = ("Awake", "REM", "N1", "N2", "N3")
NAMES = {0: "Awake", 1: "N1", 2: "N2", 3: "N3", 4: "REM", -1: "unscored"}


def records(spec: dict[str, Any], *names: str) -> list[dict[str, Any]]:
    """Return the records of a chart that have all these fields."""
    return [row for table in spec["datasets"].values() for row in table if set(names) <= set(row)]


def probabilities(stages: np.ndarray) -> np.ndarray:
    table = np.full((stages.size, 5), 0.1)
    table[np.arange(stages.size), stages] = 0.6
    return table


@given(st.lists(st.integers(-1, 4), min_size=1, max_size=60))
@settings(max_examples=15)
def test_plot_bars_cover_every_epoch_once_with_its_stage(codes: list[int]) -> None:
    spec = Hypnogram(np.array(codes, dtype=np.int8)).plot().to_dict()
    at = [""] * len(codes)
    for run in records(spec, "begin", "end", "stage"):
        for epoch in range(round(run["begin"] * 120), round(run["end"] * 120)):
            assert at[epoch] == ""
            at[epoch] = run["stage"]
    assert at == [NAMES[code] for code in codes]


def test_plot_a_last_epoch_cut_short_ends_with_the_recording() -> None:
    spec = Hypnogram(np.array([0, 2], dtype=np.int8), recorded_s=45.0).plot().to_dict()
    assert max(run["end"] for run in records(spec, "end", "stage")) == pytest.approx(45 / 3600, abs=1e-5)


def test_plot_counts_hours_on_the_clock_past_midnight() -> None:
    stages = np.zeros(240, dtype=np.int8)
    spec = Hypnogram(stages, start=datetime(2031, 3, 7, 23, 30)).plot().to_dict()
    (run,) = records(spec, "begin", "end", "stage")
    assert (run["begin"], run["end"]) == (23.5, 25.5)
    assert "Clock" in str(spec)
    assert "Hours from the first epoch" in str(Hypnogram(stages).plot().to_dict())


def test_plot_stacks_the_probabilities_of_every_epoch() -> None:
    stages = np.array([0, 1, 2, 3, 4], dtype=np.int8)
    spec = Hypnogram(stages, probabilities=probabilities(stages)).plot().to_dict()
    rows = sorted(records(spec, "x", "p0", "p5"), key=lambda row: row["x"])[:5]
    heights = [{name: round(row[f"p{k}"] - row[f"p{k + 1}"], 6) for k, name in enumerate(ROWS)} for row in rows]
    assert [max(height, key=lambda name: height[name]) for height in heights] == ["Awake", "N1", "N2", "N3", "REM"]
    assert all(sum(height.values()) == pytest.approx(1) for height in heights)


def test_plot_leaves_probabilities_of_unscored_epochs_open() -> None:
    stages = np.array([2, -1, 2], dtype=np.int8)
    table = np.where(stages[:, None] < 0, np.nan, np.full((3, 5), 0.2))
    rows = sorted(records(Hypnogram(stages, probabilities=table).plot().to_dict(), "x", "p0"), key=lambda row: row["x"])
    assert [row["p0"] for row in rows[:3]] == [1.0, None, 1.0]


def test_plot_without_probabilities_has_one_panel() -> None:
    assert len(Hypnogram(np.array([0, 2], dtype=np.int8)).plot().to_dict()["vconcat"]) == 1


def test_plot_colours_of_stages_are_those_of_the_report() -> None:
    from karmalink.report.theme import LIGHT

    text = str(Hypnogram(np.array([0, 1, 2, 3, 4], dtype=np.int8)).plot().to_dict())
    assert all(LIGHT[f"stage-{stage}"] in text for stage in ("w", "r", "n1", "n2", "n3"))


def test_plot_title_is_sleep_and_rem_with_what_is_uncertain() -> None:
    stages = np.array([0, 2, 2, 4, -1], dtype=np.int8)
    table = probabilities(stages)
    table[1] = 0.2
    table[-1] = np.nan
    spec = Hypnogram(stages, probabilities=table, scorer="anna").plot().to_dict()
    head = "1.5 min asleep, 0.5 min of it in REM"
    rest = "Scored by anna; 25 % of the scored epochs are uncertain; 1 epoch unscored."
    assert spec["description"] == f"{head}. {rest}"
    assert (spec["title"]["text"], spec["title"]["subtitle"]) == ([head], [rest])


@pytest.mark.parametrize("stages", [[], [-1, -1]])
def test_plot_a_hypnogram_without_sleep_says_so(stages: list[int]) -> None:
    spec = Hypnogram(np.array(stages, dtype=np.int8)).plot().to_dict()
    assert spec["description"].startswith("No sleep was scored.")
