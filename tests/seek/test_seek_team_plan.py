"""The plan that teams walk: jobs, ways, hours that are spent; on paper, for CalTopo, and what teams find."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from karmalink.cli import app
from karmalink.errors import ImportFaults, InputError, KarmalinkError
from karmalink.report import plan_sheet_html
from karmalink.seek import (
    Area,
    Asset,
    Case,
    Closure,
    Danger,
    Search,
    TeamRules,
    import_field_page,
    locate,
    plan,
    release,
    segments,
    task_of,
    team_plan,
    write_export,
)
from karmalink.seek.field.field_page import ground_key

RUNNER = CliRunner()
AREA = Area.from_bounds(104.90, 11.55, 104.912, 11.562, cell_m=50)
GROUND = segments(AREA, 400)
CASE = """
name = "A <script>alert(1)</script> box"
[area]
bounds = [104.900, 11.550, 104.918, 11.568]
cell_m = 50
segment_m = 300
[files]
places = "places.csv"
witnesses = "witnesses.csv"
clues = "clues.csv"
assets = "assets.csv"
[plan]
start = 2030-03-01
days = 2
base = [104.909, 11.559]
"""
TABLES = {
    "places.csv": "id,name,kind,lon,lat\npagoda,Pagoda,pagoda,104.909,11.559\n",
    "witnesses.csv": "witness,source_grade,info_grade\nmonk,B,2\n",
    "clues.csv": "id,witness,relation,places,distance_m,heading\nc1,monk,distance_heading,Pagoda,300,NE\n",
    "assets.csv": "name,sweep_m,speed_kmh,hours_per_day,count\nwalker,6,1,4,2\n",
}


def a_case(folder: Path, text: str = CASE) -> Path:
    for name, content in TABLES.items():
        (folder / name).write_text(content, encoding="utf-8")
    (folder / "case.toml").write_text(text, encoding="utf-8")
    return folder


def run(*words: str) -> str:
    result = RUNNER.invoke(app, ["seek", *words])
    assert result.exit_code == 0, result.exception
    return result.output


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([None, 1.0, 1.5]), st.integers(1, 2), st.booleans())
def test_jobs_keep_every_rule_and_their_value_is_what_a_slow_count_says(
    seed: int, shift: float | None, per_segment: int, has_base: bool
) -> None:
    draw = np.random.default_rng(seed)
    found = locate(AREA, [], [], [], prior=draw.dirichlet(np.full(AREA.n, 0.05)))
    assets = [Asset("walker", 5, 2, hours_per_day=5, count=2), Asset("dog", 12, 3, hours_per_day=2.5)]
    names = list(GROUND.names)
    options = {
        "ground": GROUND,
        "days": 2,
        "start": dt.date(2030, 3, 1),
        "closures": [Closure("fence", dt.date(2030, 3, 2), segments=tuple(names[:3]))],
        "dangers": [Danger("mines", 0.01, segments=tuple(names[2:5]))],
        "risk_budget": 0.03,
        "spent": {("dog", dt.date(2030, 3, 1)): 1.0},
    }
    rules = TeamRules(
        least_hours=0.75, shift_hours=shift, teams_per_segment=per_segment, base=(104.906, 11.556) if has_base else None
    )
    task = task_of(found, assets, **options)  # type: ignore[arg-type]
    walked = team_plan(task, plan(found, assets, **options), rules)  # type: ignore[arg-type]
    at = {name: AREA.xy_of(*GROUND.centres[GROUND.number(name)]) for name in names}
    coverage, risk = dict.fromkeys(names, 0.0), 0.0
    for day, team, jobs in walked.by_team():
        here = AREA.xy_of(*rules.base) if rules.base else at[jobs[0].segment]
        spent = 0.0
        for job in jobs:
            assert job.hours >= 0.75
            assert job.hours / rules.step == pytest.approx(round(job.hours / rules.step))
            assert not (day == 2 and job.segment in names[:3])
            spent += job.hours + math.dist(here, at[job.segment]) / 1000 / 3.0
            here = at[job.segment]
            rate = next(asset.rate_m2 for asset in assets if asset.name == job.asset)
            coverage[job.segment] += rate * job.hours / GROUND.m2[GROUND.number(job.segment)]
            risk += 0.01 * job.hours * (job.segment in names[2:5])
        if rules.base:
            spent += math.dist(here, AREA.xy_of(*rules.base)) / 1000 / 3.0
        assert spent <= {"dog": 1.5 if day == 1 else 2.5}.get(team, 5.0) + 1e-6
    assert risk <= 0.03 + 1e-9
    for day, name in itertools.product((1, 2), names):
        assert len({job.team for job in walked.jobs if (job.day, job.segment) == (day, name)}) <= per_segment
    probability = GROUND.sum(found.probability)
    slow = sum(probability[GROUND.number(name)] * -math.expm1(-z) for name, z in coverage.items())
    assert walked.plan.value == pytest.approx(slow)
    assert walked.plan.value == pytest.approx(sum(job.finds for job in walked.jobs))
    assert walked.plan.value <= walked.best.upper_bound + 1e-9


def test_whole_shifts_without_a_way_are_the_best_there_are() -> None:
    prior = np.random.default_rng(5).dirichlet(np.full(AREA.n, 0.05))
    found = locate(AREA, [], [], [], prior=prior)
    asset = Asset("walker", 40, 2, hours_per_day=1, count=3)
    task = task_of(found, [asset], ground=GROUND)
    walked = team_plan(task, plan(found, [asset], ground=GROUND), TeamRules(shift_hours=1.0, teams_per_segment=3))
    p, z = GROUND.sum(found.probability), asset.rate_m2 / GROUND.m2
    best = max(
        float(p @ -np.expm1(-z * np.bincount(chosen, minlength=len(GROUND))))
        for chosen in itertools.combinations_with_replacement(range(len(GROUND)), 3)
    )
    assert walked.plan.value == pytest.approx(best)
    assert [job.hours for job in walked.jobs] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    "wrong",
    [{"shift_hours": 0.0}, {"least_hours": -1.0}, {"travel_kmh": 0.0}, {"teams_per_segment": 0}, {"least_hours": 25.0}],
)
def test_rules_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        TeamRules(**wrong)  # type: ignore[arg-type]


def test_whole_shifts_are_printed_when_asked_for(tmp_path: Path) -> None:
    text = run("plan", str(a_case(tmp_path)), "--shift", "1.5")
    lines = [line for line in text.splitlines() if line.startswith("  ")]
    assert lines
    assert all(" for 1.5 h" in line or " for 3 h" in line for line in lines)
    assert "In whole shifts of 1.5 h" in text
    jobs = json.loads(run("plan", str(tmp_path), "--json"))["teams"]["jobs"]
    assert {job["team"] for job in jobs} == {"walker 1", "walker 2"}
    assert all(job["hours"] >= 0.5 for job in jobs)
    assert "least_hours must be" in str(RUNNER.invoke(app, ["seek", "plan", str(tmp_path), "--least", "30"]).exception)
    assert "No job fits" in run("plan", str(tmp_path), "--least", "10")


def test_hours_of_the_log_are_spent_and_a_plan_that_has_passed_says_so(tmp_path: Path) -> None:
    held = Case.read(a_case(tmp_path))
    day = dt.date(2030, 3, 1)
    first = held.ground.names[0]
    held = held.record(Search("", first, "walker", hours=7.0, date=day))
    task = held.task()
    assert task.budget.tolist() == [[1.0, 8.0]]
    assert held.task(today=dt.date(2030, 3, 2)).budget.tolist() == [[0.0, 8.0]]
    passed = held.team_plan(today=dt.date(2030, 3, 3))
    assert passed.best.has_passed
    assert passed.best.hours.sum() == held.plan().hours.sum()
    assert not held.plan(today=dt.date(2030, 3, 2)).has_passed
    assert "This plan has passed: its last day was 2001-01-02. --start" in run(
        "plan", str(tmp_path), "--start", "2001-01-01"
    )
    yesterday = (dt.date.today() - dt.timedelta(days=1)).isoformat()
    assert "Of the 2 days of the plan 1 day has passed" in run("plan", str(tmp_path), "--start", yesterday)
    assert "2031-05-01, walker 1:" in run("plan", str(tmp_path), "--start", "2031-05-01")
    assert "is not a day" in str(RUNNER.invoke(app, ["seek", "plan", str(tmp_path), "--start", "soon"]).exception)


def test_bad_rules_in_a_case_file_are_said(tmp_path: Path) -> None:
    for line, said in (
        ("least_hours = -1", "is out of range"),
        ("travel_kmh = 0", "is out of range"),
        ("teams_per_segment = 1.5", "is of the wrong type"),
        ("base = [104.9]", "is not two numbers"),
        ("base = [11.5, 104.9]", "latitude"),
    ):
        text = CASE.replace("base = [104.909, 11.559]", line)
        with pytest.raises(KarmalinkError) as caught:
            Case.read(a_case(tmp_path, text))
        assert said in str(caught.value)


def test_the_sheet_has_every_job_and_lets_no_text_run(tmp_path: Path) -> None:
    held = Case.read(a_case(tmp_path))
    found = held.map()
    walked = held.team_plan(found)
    html = plan_sheet_html(held, release(held, found, walked.plan), walked)
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert html.count('class="box"') == 3 * len(walked.jobs)
    for job in walked.jobs:
        assert f"{job.lat:.5f} N, {job.lon:.5f} E" in html
    assert "size:A4" in html
    run("plan", str(tmp_path), "--out", str(tmp_path / "plan.html"))
    assert "Found something else" in (tmp_path / "plan.html").read_text(encoding="utf-8")
    (tmp_path / "case.toml").write_text(CASE.replace("name =", "sensitive = true\nname ="), encoding="utf-8")
    refused = RUNNER.invoke(app, ["seek", "plan", str(tmp_path), "--out", str(tmp_path / "b.html")])
    assert "--exact" in str(refused.exception)
    run("plan", str(tmp_path), "--out", str(tmp_path / "b.html"), "--exact")


def test_caltopo_gets_an_assignment_for_every_asset_day_and_segment(tmp_path: Path) -> None:
    held = Case.read(a_case(tmp_path))
    found = held.map()
    walked = held.team_plan(found).plan
    (path,) = write_export(release(held, found, walked), tmp_path / "a.json")
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    tasks = [feature for feature in features if feature["properties"]["class"] == "Assignment"]
    assert len(tasks) == np.count_nonzero(walked.hours)
    assert sum(task["properties"]["timeAllocated"] for task in tasks) == pytest.approx(walked.hours.sum(), abs=0.1)
    for task in tasks:
        assert task["geometry"]["type"] == "Polygon"
        assert task["properties"]["priority"] in {"LOW", "MEDIUM", "HIGH"}
        assert task["properties"]["letter"] in held.ground.names


def a_field_file(held: Case, path: Path, *finds: object) -> Path:
    content = {"format": "karmalink-trail-log", "version": 1, "key": ground_key(held), "searches": [], "finds": finds}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def a_find(**other: object) -> dict[str, object]:
    return {
        "id": "abc123-1",
        "kind": "it",
        "segment": "",
        "at": [11.5591, 104.9101],
        "within_m": 6,
        "date": "2030-03-01",
        "note": "under the\nbig  tree",
        "taken_back": False,
        **other,
    }


def test_what_a_phone_found_is_kept_said_and_taken_back(tmp_path: Path) -> None:
    held = Case.read(a_case(tmp_path))
    where = a_field_file(held, tmp_path / "phone.json", a_find(), a_find(id="abc123-2", kind="other", within_m=None))
    text = run("search", str(tmp_path), "--from", str(where))
    assert "Found it on 2030-03-01, at 11.55910 N, 104.91010 E (within 6 m)." in text
    assert "Found something else on 2030-03-01" in text
    assert import_field_page(held, where).found == ()  # handed in again
    assert [thing.note for thing in held.found()] == ["under the big tree"] * 2
    assert "big tree" not in repr(held.found()[0])
    assert "Somebody should look there before anybody searches on." in run("plan", str(tmp_path))
    a_field_file(held, where, a_find(taken_back=True))
    assert [thing.taken_back for thing in import_field_page(held, where).found] == [True]
    assert [thing.kind for thing in held.found()] == ["other"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"id": "<b>"}, "is not an identifier"),
        ({"kind": "gold"}, "is not a kind of find"),
        ({"segment": "Z99"}, "is not a segment of the case"),
        ({"at": [104.9, 11.5]}, "is not a place"),
        ({"at": ["x", None]}, "is not a place"),
        ({"within_m": -1}, "is not a distance"),
        ({"date": "yesterday"}, "is not a day"),
        ({"note": "w" * 501}, "is not a text"),
    ],
)
def test_a_find_that_cannot_be_is_a_fault_and_nothing_is_written(
    tmp_path: Path, wrong: dict[str, object], said: str
) -> None:
    held = Case.read(a_case(tmp_path))
    with pytest.raises(ImportFaults) as caught:
        import_field_page(held, a_field_file(held, tmp_path / "phone.json", a_find(**wrong)))
    assert said in str(caught.value)
    assert "www" not in str(caught.value)
    assert not held.found_file.exists()


def test_a_list_of_finds_that_is_no_list_is_a_fault(tmp_path: Path) -> None:
    held = Case.read(a_case(tmp_path))
    path = a_field_file(held, tmp_path / "phone.json", 7)
    with pytest.raises(ImportFaults, match="is not an object"):
        import_field_page(held, path)
