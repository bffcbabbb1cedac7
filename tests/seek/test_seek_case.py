"""A case in a folder, the commands on it, and everything that can be wrong with it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from seek_case_files import FILES, run

from karmalink.base.wording import percent
from karmalink.errors import DateError, ImportFaults, InputError, KarmalinkError, ReadError, UnknownName, UsageError
from karmalink.seek import Case, Search


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A whole case."""
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def test_a_case_is_read_whole(folder: Path) -> None:
    case = Case.read(folder)
    assert (case.name, case.days, case.rest_of_world, len(case.log)) == ("The golden statue", 4, 0.15, 0)
    assert [place.id for place in case.places] == ["pagoda", "market", "river"]
    assert (case.ground.labels == -1).sum() > 0
    assert case.to_dict()["clues"] == 4
    assert repr(case).startswith("Case(4 clues of 2 witnesses")
    (mines,) = case.dangers
    assert (mines.kind, mines.risk_per_hour, mines.segments) == ("mines", 0.001, ("E5",))
    assert mines.geometry is not None
    assert case.to_dict()["dangers"] == ["old mines"]
    found = case.map()
    assert found.area_before_find(104.909, 11.5612) < 0.1
    todo = case.plan(found)
    assert todo.hours.shape == (1, 4, len(case.ground))
    assert todo.closure_cost["the fence for the rail"] >= 0


def test_commands_say_the_finding_with_its_doubt(folder: Path, tmp_path: Path) -> None:
    said = run("map", folder)
    assert said.startswith("The golden statue\n90 % of the probability on the map lies in ")
    assert "probability that it lies outside the map." in said
    assert "prayed" not in said
    found = json.loads(run("map", folder, "--json", "--out", tmp_path / "map.geojson"))
    assert 0 < found["rest_of_world"] < 0.15
    assert json.loads((tmp_path / "map.geojson").read_text(encoding="utf-8"))["features"]
    said = run("plan", folder, "--hours", 3)
    assert "proved optimal: no plan with the same hours is better" in said
    assert "2030-03-01, walker:" in said
    plan = json.loads(run("plan", folder, "--hours", 3, "--days", 2, "--json"))
    assert plan["hours"] == pytest.approx(6.0)
    assert plan["upper_bound"] >= plan["value"]


def test_an_empty_search_is_logged_and_can_be_taken_back(folder: Path) -> None:
    before = json.loads(run("map", folder, "--json"))
    best = json.loads(run("plan", folder, "--json"))["segments"][0]["segment"]
    said = run("search", folder, "--segment", best, "--hours", 4, "--date", "2030-03-01")
    assert f"s1: {best} searched, nothing found." in said
    after = json.loads(run("map", folder, "--json"))
    assert after["rest_of_world"] > before["rest_of_world"]
    assert after["searches"] == 1
    run("search", folder, "--segment", best, "--pod", 0.6)
    assert "s2 is taken back" in run("search", folder, "--undo", "last")
    assert json.loads(run("map", folder, "--json"))["rest_of_world"] == after["rest_of_world"]
    back = json.loads(run("search", folder, "--undo", "s1", "--json"))
    assert back["logged"][0]["undoes"] == "s1"
    assert json.loads(run("map", folder, "--json"))["rest_of_world"] == before["rest_of_world"]
    assert len(Case.read(folder).log) == 4
    assert not list(folder.glob("*draft*"))


def test_an_export_is_exact_or_coarsened(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.geojson"
    assert "exact" in run("export", folder, "--out", out, "--plan")
    assert any(f["properties"]["what"] == "segment" for f in json.loads(out.read_text(encoding="utf-8"))["features"])
    assert "coarsened to 400 m" in run("export", folder, "--out", out, "--coarse", 400)
    assert len(json.loads(out.read_text(encoding="utf-8"))["features"]) == 3
    run("export", folder, fails=UsageError)


def test_what_a_command_is_asked_wrongly(folder: Path) -> None:
    run("search", folder, fails=UsageError)
    run("search", folder, "--segment", "ZZ9", "--hours", 1, fails=UnknownName)
    run("search", folder, "--segment", "C3", "--asset", "radar", "--hours", 1, fails=UnknownName)
    run("search", folder, "--segment", "C3", "--date", "yesterday", fails=DateError)
    assert "how long" in run("search", folder, "--segment", "C3", fails=UsageError)
    run("search", folder, "--segment", "C3", "--hours", 1e308, fails=InputError)
    run("search", folder, "--undo", "last", fails=InputError)
    run("search", folder, "--segment", "C3", "--pod", 1.0, fails=InputError)
    assert ".html" in run("field-page", folder, "--out", folder / "page.pdf", fails=UsageError)
    assert not (folder / "searches.csv").exists()
    (folder / "clues.csv").write_text("id,witness,relation,places\nc1,nun,near,Nowhere\n", encoding="utf-8")
    assert f"the case {folder}" in run("map", folder, fails=UnknownName)
    run("map", folder / "nowhere", fails=ReadError)


def test_everything_closed_is_an_answer(folder: Path) -> None:
    assert "There is nothing to plan: there are no hours" in run("plan", folder, "--hours", 0)
    text = FILES["case.toml"].replace(
        "start = 2030-03-03\nsegments", "start = 2030-01-01\npolygon = 'all.geojson'\nsegments"
    )
    (folder / "case.toml").write_text(text, encoding="utf-8")
    whole = FILES["pond.geojson"].replace("104.901", "104.8").replace("104.903", "105.0")
    (folder / "all.geojson").write_text(whole.replace("11.551", "11.5").replace("11.553", "11.6"), encoding="utf-8")
    assert "There is nothing to plan: all the ground is closed" in run("plan", folder)


@pytest.mark.parametrize(
    ("name", "old", "new", "error", "words"),
    [
        ("case.toml", "[area]", "[area", ReadError, "not TOML"),
        ("case.toml", "cell_m = 25", "cell = 25", ImportFaults, "area.cell"),
        ("case.toml", "cell_m = 25", "cell_m = nan", ImportFaults, "out of range"),
        ("case.toml", "cell_m = 25", "cell_m = true", ImportFaults, "wrong type"),
        ("case.toml", "cell_m = 25", "cell_m = 0.02", InputError, "would make a grid"),
        ("case.toml", "bounds", "outline = 'x.geojson'\nbounds", ImportFaults, "one of the two"),
        ("case.toml", "104.90, 11.55, 104.918, 11.568", "104.90, 11.55, 104.918", InputError, "not four numbers"),
        ("case.toml", "104.90, 11.55, 104.918, 11.568", "104.90, 11.55, 104.918, 91", InputError, "out of range"),
        ("case.toml", 'clues = "clues.csv"', "", ImportFaults, "files.clues"),
        ("case.toml", "risk_per_hour = 0.001", "risk_per_hour = -1", ImportFaults, "dangers.risk_per_hour"),
        ("case.toml", "risk_per_hour = 0.001\n", "", ImportFaults, "dangers.risk_per_hour"),
        ("case.toml", "start = 2030-03-03", "start = 'soon'", ImportFaults, "closures.start"),
        ("case.toml", 'segments = ["E5"]', "", ImportFaults, "polygon or segments"),
        ("case.toml", 'segments = ["E5"]', 'segments = ["Q77"]', UnknownName, "no segment is called"),
        ("case.toml", "days = 4", "days = 0", ImportFaults, "plan.days"),
        ("case.toml", "rest_of_world = 0.15", "rest_of_world = 1.5", ImportFaults, "area.rest_of_world"),
        ("clues.csv", "Old Pagoda", "Old Padoga", UnknownName, "no place has the name"),
        ("clues.csv", "c4,thief", "c4,cook", UnknownName, "unknown witness 'cook'"),
        ("clues.csv", "c4,", "c3,", ImportFaults, "is already on line"),
        ("clues.csv", ",300,", ",NaN,", ImportFaults, "distance_m"),
        ("witnesses.csv", "monk,B", "monk,Q", ImportFaults, "source_grade"),
        ("witnesses.csv", "3,monk", "3,abbot", UnknownName, "unknown witness 'abbot'"),
        ("places.csv", "11.559", "111.559", ImportFaults, "lat"),
        ("assets.csv", "4,2,5", "4,fast,5", ImportFaults, "speed_kmh"),
        ("river.geojson", "104.918", "1049.18", ReadError, "no feature of the file has a name and a position"),
        ("pond.geojson", "Polygon", "Pollygon", InputError, "cannot be read"),
    ],
)
def test_bad_cases_are_refused_with_a_reason(
    folder: Path, name: str, old: str, new: str, error: type[KarmalinkError], words: str
) -> None:
    assert old in FILES[name]
    (folder / name).write_text(FILES[name].replace(old, new), encoding="utf-8")
    said = run("plan", folder, fails=error)
    assert words in said
    assert "prayed" not in said


def test_files_that_are_absent_empty_or_of_another_encoding(folder: Path) -> None:
    (folder / "clues.csv").write_bytes(FILES["clues.csv"].encode("utf-16")[:-1])
    assert "UTF-16" in run("map", folder, fails=ReadError)
    (folder / "clues.csv").write_text("", encoding="utf-8")
    assert "empty" in run("map", folder, fails=ReadError)
    (folder / "clues.csv").unlink()
    assert "no such file" in run("map", folder, fails=ReadError)
    (folder / "case.toml").unlink()
    assert "no such case" in run("map", folder, fails=ReadError)


def test_two_people_log_at_the_same_time_and_nothing_is_lost(folder: Path) -> None:
    code = (
        "import sys; from karmalink.seek import Case, Search; case = Case.read(sys.argv[1]);"
        "[case.record(Search(case.log.next_id(), 'C3', 'walker', 1.0)) for _ in range(5)]"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, str(folder)]) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    log = Case.read(folder).log
    assert len(log) == 10
    assert len({entry.id for entry in log}) == 10


def test_a_log_that_cannot_be_written_stays_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case.read(folder).record(Search("s1", "C3", "walker", 1.0))
    before = (folder / "searches.csv").read_bytes()

    def full(path: Path, log: object) -> Path:
        path.write_text("half", encoding="utf-8")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("karmalink.seek.search.logbook.write_searches", full)
    with pytest.raises(OSError, match="No space"):
        case.record(Search("s2", "C3", "walker", 1.0))
    assert (folder / "searches.csv").read_bytes() == before
    assert not list(folder.glob("*draft*"))


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.423, "42 %"), (0.0031, "0.31 %"), (0.000017, "0.0017 %"), (0.99961, "99.961 %"),
     (0.094, "9.4 %"), (0.0999, "10 %"), (0.985, "98 %")],
)  # fmt: skip
def test_shares_are_told_without_rounding_a_doubt_away(share: float, words: str) -> None:
    assert percent(share) == words


def test_the_pages_name_every_setting_column_and_relation() -> None:
    docs = Path(__file__).parents[2] / "docs"
    page = "".join(
        (docs / name).read_text(encoding="utf-8")
        for name in ("seek.md", "seek-clues.md", "seek-exchange.md", "seek-person.md")
    )
    from karmalink.seek import RELATIONS
    from karmalink.seek.case.case_settings import CASE_KEYS
    from karmalink.seek.clues.clues import CLUE_SPEC
    from karmalink.seek.clues.witnesses import WITNESS_SPEC
    from karmalink.seek.intake.place_files import PLACE_SPEC
    from karmalink.seek.search.assets import ASSET_SPEC
    from karmalink.seek.search.search_log import SEARCH_SPEC

    specs = (ASSET_SPEC, CLUE_SPEC, PLACE_SPEC, SEARCH_SPEC, WITNESS_SPEC)
    columns = {field.name for spec in specs for field in spec}
    settings = {key for name, table in CASE_KEYS.items() if name for key in table}
    missing = {word for word in columns | settings | set(RELATIONS) if f"`{word}`" not in page}
    assert not missing
