"""``karmalink seek plan``, ``value``, ``ask`` and ``fuse`` on a small case: sentences, JSON and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from karmalink.cli import app
from karmalink.errors import CannotAnswer

RUNNER = CliRunner()
CASE = """
name = "A box"
[area]
bounds = [104.900, 11.550, 104.918, 11.568]
cell_m = 50
segment_m = 200
[files]
places = "places.csv"
witnesses = "witnesses.csv"
clues = "clues.csv"
assets = "assets.csv"
[[dangers]]
name = "mines"
risk_per_hour = 0.01
segments = {segments}
[plan]
risk_budget = {budget}
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    tables = {
        "places.csv": "id,name,kind,lon,lat\npagoda,Pagoda,pagoda,104.909,11.559\n",
        "witnesses.csv": "witness,source_grade,info_grade\nmonk,B,2\nthief,D,3\n",
        "clues.csv": "id,witness,relation,places,distance_m,heading\n"
        "c1,monk,distance_heading,Pagoda,300,NE\nc2,thief,near,Pagoda,200,\n",
        "assets.csv": "name,sweep_m,speed_kmh,hours_per_day,cost_per_hour\nwalker,4,1,6,10\ndog,12,2,3,40\n",
        "offers.csv": "name,sweep_m,speed_kmh,hours_per_day\nradar,2,1,6\nsecond dog,12,2,3\n",
    }
    for name, text in tables.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "case.toml").write_text(CASE.format(segments='["E5", "F5", "F4"]', budget=0.01), encoding="utf-8")
    return tmp_path


def run(*words: str) -> str:
    result = RUNNER.invoke(app, ["seek", *words])
    assert result.exit_code == 0, result.exception
    return result.output


def test_a_plan_tells_its_risk_its_whole_shifts_and_when_to_stop(case: Path) -> None:
    text = run("plan", str(case), "--shift", "1.5")
    assert "of the limit of 0.01" in text
    assert "whole jobs and the way lose" in text
    assert "the probability that it lies outside the map is" in text
    assert "going on pays only if" in text
    found = json.loads(run("plan", str(case), "--json"))
    assert found["risk"] <= 0.01 + 1e-9
    assert found["risk_limit_cost"] > 0
    assert found["whole"] is None


def test_a_risk_limit_of_nothing_where_all_is_dangerous_is_said(case: Path) -> None:
    every = json.dumps([f"{letter}{row}" for letter in "ABCDEFGHIJ" for row in range(1, 11)])
    (case / "case.toml").write_text(CASE.format(segments=every, budget=0.0), encoding="utf-8")
    assert "the risk limit is 0" in run("plan", str(case))


def test_value_names_the_exchange_under_either_name_of_the_command(case: Path) -> None:
    text = run("value", str(case), str(case / "offers.csv"))
    assert "Give walker for second dog." in text
    assert run("barter", str(case), str(case / "offers.csv")) == text
    assert json.loads(run("value", str(case), str(case / "offers.csv"), "--json"))["own"]["dog"] > 0


def test_order_shows_the_segments_to_check_one_after_the_other(case: Path) -> None:
    text = run("order", str(case), "--asset", "dog", "--looks", "3")
    assert "One look with dog finds it with" in text
    assert text.count(" by then") == 3
    order = json.loads(run("order", str(case), "--asset", "dog", "--looks", "3", "--json"))
    assert [look["look"] for look in order["looks"]] == [1, 1, 1]
    assert order["expected_hours"] > 0
    result = RUNNER.invoke(app, ["seek", "order", str(case)])
    assert "several assets" in str(result.exception)


def test_ask_names_a_witness_and_what_the_map_hangs_on(case: Path) -> None:
    text = run("ask", str(case), "--top", "3")
    assert "ask monk: is it" in text
    assert "without c1 (monk)" in text
    assert len(json.loads(run("ask", str(case), "--top", "3", "--json"))["questions"]) == 3


def test_fuse_needs_three_witnesses(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("statement,witness,lon,lat\na,x,1,2\na,y,1,2\n", encoding="utf-8")
    result = RUNNER.invoke(app, ["seek", "fuse", str(path)])
    assert isinstance(result.exception, CannotAnswer)
    assert "cannot be learned" in str(result.exception)
