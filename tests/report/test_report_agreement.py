"""The page on the agreement of scorers: its finding in words, its intervals drawn, one night on the clock."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from karmalink.night import Hypnogram, compare_scorers
from karmalink.report import ReportNight, agreement_page, agreement_section, vega
from karmalink.report.charts.agreement import Point, points, square
from karmalink.report.sections.night import night_section


def scorings(count: int, epochs: int, seed: int) -> dict[str, Hypnogram]:
    rng = np.random.default_rng(seed)
    truth = np.repeat(rng.integers(0, 5, epochs // 10), 10)
    found = {}
    for scorer in range(count):
        missed = rng.random(epochs) < 0.1 * (scorer + 1)
        found[f"scorer {scorer}"] = Hypnogram(np.where(missed, rng.integers(0, 5, epochs), truth))
    return found


@pytest.fixture(autouse=True)
def checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every spec checked against the whole schema of Vega-Lite."""
    monkeypatch.setattr(vega, "CHECKED", True)


def test_many_nights_have_intervals_and_a_finding() -> None:
    nights = {str(seed): scorings(3, 200, seed) for seed in range(4)}
    found = compare_scorers(nights, n_boot=50)
    section = agreement_section(found, nights)
    assert f"κ {found.pairwise.value:.2f}" in section.title
    assert f"{found.pairwise.low:.2f} to {found.pairwise.high:.2f}" in section.lead
    alts = [figure.alt for figure in section.figures()]
    assert len(alts) == 2
    assert "κ against all others is highest for scorer 0" in alts[0]


def test_one_night_is_drawn_with_every_scorer_and_no_interval(tmp_path: Path) -> None:
    night = scorings(3, 100, 1)
    night["scorer 2"] = Hypnogram(night["scorer 2"].stages[:80])  # stopped early
    found = compare_scorers({"night": night}, n_boot=10)
    section = agreement_section(found, {"night": night})
    drawn = section.figures()[0]
    assert [panel.title for panel in drawn.panels][1:] == ["scorer 0", "scorer 1", "scorer 2"]
    assert "no interval is drawn" in section.lead
    page = agreement_page(found, {"night": night}, tmp_path / "a.html").read_text(encoding="utf-8")
    assert "hypnodensity" in page
    assert "nan" not in page.replace("finance", "").split("<script")[0].casefold()


def test_a_night_that_others_scored_too_shows_their_stages_on_its_clock() -> None:
    start = dt.datetime(2031, 3, 7, 22, 41)
    mine = Hypnogram(np.array([0, 1, 2, 2]), start=start)
    shown = ReportNight(label="Night", hypnogram=mine, scorings={"anna": Hypnogram(np.array([0, 2, 2, 2]))})
    section = night_section(shown)
    panels = section.figures()[0].panels
    assert panels[-1].title == "anna"
    assert "anna in 75" in section.lead


def test_what_is_not_defined_leaves_its_row_empty_and_a_dash() -> None:
    still = str(points([Point("a", 0.5, np.nan, np.nan), Point("b", np.nan, np.nan, np.nan)], axis="κ").still)
    assert ">b<" in still
    table = np.array([[1, np.nan], [np.nan, 1]])
    assert str(square(table, ["a scorer with a very long name", "b"]).still).count(">–<") == 2


def test_scorers_who_agree_on_everything_never_disagree() -> None:
    night = {"a": Hypnogram(np.array([0, 1, 2])), "b": Hypnogram(np.array([0, 1, 2]))}
    found = compare_scorers({"n": night}, n_boot=2)
    assert agreement_section(found, {"n": night}).title.endswith("they never disagree")
