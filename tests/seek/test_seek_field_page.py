"""What a phone hands back: each search once, whatever the file went through, and nothing half."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from seek_case_files import AREA, FILES, line, run

from karmalink.errors import ImportFaults, InputError, KarmalinkError, ReadError
from karmalink.seek import Case, field_page_of, import_field_page
from karmalink.seek.field.field_page import ground_key


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def fixes(*corners: tuple[float, float], accuracy: float = 5.0) -> list[list[float]]:
    lon, lat, seconds = line(*corners)
    return [[0, x, y, t, accuracy] for x, y, t in zip(lon, lat, seconds, strict=True)]


def search(number: int = 1, **changed: Any) -> dict[str, Any]:
    given = {"id": f"abcdef-{number:04d}", "segment": "E5", "asset": "walker", "searchers": 1, "minutes": 30}
    return {**given, "date": "2026-03-01", "fixes": [], "taken_back": False, **changed}


def hand(folder: Path, *searches: Any, **changed: Any) -> Path:
    given = {"format": "karmalink-trail-log", "version": 1, "case": "x", "key": ground_key(Case.read(folder))}
    path = folder / "trail.json"
    path.write_text(json.dumps({**given, "searches": list(searches), **changed}), encoding="utf-8")
    return path


def test_tracks_and_told_searches_are_logged_and_the_same_again_is_not(folder: Path) -> None:
    walked, told = search(1, fixes=fixes((-200, 0), (200, 0)), searchers=2), search(2, segment="D4", minutes=90)
    done = import_field_page(Case.read(folder), hand(folder, walked, told))
    assert repr(done) == "FieldLog(2 searches logged, 0 were there already)"
    first, second = done.logged
    assert (first.segment, first.searchers, first.origin) == ("", 2, "trail:abcdef-0001")
    assert (second.segment, second.hours, str(second.date)) == ("D4", 1.5, "2026-03-01")
    assert done.swept[first.id].walk.km == pytest.approx(0.4, rel=1e-3)
    before = Case.read(folder).map().rest_of_world
    more = search(3, segment="C3", minutes=10)
    again = import_field_page(Case.read(folder), hand(folder, walked, told, more))
    assert ([entry.segment for entry in again.logged], again.already) == (["C3"], 2)
    back = import_field_page(Case.read(folder), hand(folder, walked, told, {**more, "taken_back": True}))
    assert [entry.undoes for entry in back.logged] == ["s3"]
    assert back.case.map().rest_of_world == before
    once_more = import_field_page(Case.read(folder), hand(folder, walked, told, {**more, "taken_back": True}))
    assert once_more.logged == ()
    assert len(Case.read(folder).log) == 4


def test_a_search_that_was_taken_back_on_the_phone_is_never_logged(folder: Path) -> None:
    done = import_field_page(Case.read(folder), hand(folder, search(taken_back=True)))
    assert done.logged == ()
    assert done.already == 0


def test_without_a_usable_track_the_minutes_count_and_that_is_said(folder: Path) -> None:
    bad = fixes((-200, 0), (200, 0), accuracy=300.0)
    done = import_field_page(
        Case.read(folder), hand(folder, search(1, fixes=bad, searchers=3), search(2, fixes=bad, segment=""))
    )
    assert [(entry.segment, entry.hours) for entry in done.logged] == [("E5", 1.5)]
    said = [finding.says for finding in done.findings]
    assert said[0] == "E5: its track is not a search of this ground; logged as 30 minutes spread over the segment."
    assert said[1] == "a search: its track is not a search of this ground; left out."


def test_the_phone_and_the_watch_of_one_searcher_count_once(folder: Path) -> None:
    one = search(1, fixes=fixes((-200, 0), (200, 0)))
    other = search(2, fixes=[[p, x, y + 1e-5, t + 2, a] for p, x, y, t, a in one["fixes"]])
    done = import_field_page(Case.read(folder), hand(folder, one, other))
    assert len(done.logged) == 1
    assert "one walk with two devices" in done.findings[0].says
    assert len(import_field_page(Case.read(folder), hand(folder, one, other), both=True).logged) == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"id": "../../etc"}, "id"),
        ({"id": 7}, "id"),
        ({"segment": "ZZ9"}, "segment"),
        ({"segment": ["E5"]}, "segment"),
        ({"segment": ""}, "a search is somewhere"),
        ({"asset": "walkr"}, "did you mean 'walker'"),
        ({"searchers": 0}, "searchers"),
        ({"searchers": True}, "searchers"),
        ({"minutes": -3}, "minutes"),
        ({"minutes": "long"}, "minutes"),
        ({"date": "yesterday"}, "date"),
        ({"fixes": [[0, 1]]}, "fixes"),
        ({"fixes": [["a", "b", "c", "d", "e"]]}, "fixes"),
        ({"fixes": {"0": 1}}, "fixes"),
    ],
)
def test_a_search_that_is_wrong_refuses_the_file_and_nothing_is_written(
    folder: Path, changed: dict[str, Any], words: str
) -> None:
    said = run("search", folder, "--from", hand(folder, search(1), search(2, **changed)), fails=ImportFaults)
    assert words in said
    assert "nothing was logged" in said
    assert not (folder / "searches.csv").exists()


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        ("", ReadError, "empty"),
        ("{", ReadError, "not JSON"),
        ("[]", ReadError, "nothing that a trail page"),
        ('{"format": "other"}', ReadError, "nothing that a trail page"),
        ('{"format": "karmalink-trail-log", "version": 9}', ReadError, "version 9"),
        ('{"format": "karmalink-trail-log", "version": 1, "key": "0"}', InputError, "another case"),
    ],
)
def test_files_of_something_else_are_refused(
    folder: Path, content: str, error: type[KarmalinkError], words: str
) -> None:
    (folder / "x.json").write_text(content, encoding="utf-8")
    assert words in run("search", folder, "--from", folder / "x.json", fails=error)
    assert "no list" in run("search", folder, "--from", hand(folder, searches="none"), fails=ReadError)
    assert "not an object" in run("search", folder, "--from", hand(folder, 3), fails=ImportFaults)


def test_the_same_names_of_other_ground_are_refused(folder: Path) -> None:
    path = hand(folder, search())
    text = FILES["case.toml"].replace("segment_m = 200", "segment_m = 250")
    (folder / "case.toml").write_text(text, encoding="utf-8")
    assert "cut otherwise" in run("search", folder, "--from", path, fails=InputError)


def test_the_trail_has_the_ground_of_every_shade_and_segment(folder: Path) -> None:
    case = Case.read(folder)
    found = case.map()
    field_page = field_page_of(case, found, case.plan(found))
    assert [segment["name"] for segment in field_page.data["segments"]] == list(case.ground.names)
    assert sum(segment["hours"] for segment in field_page.data["segments"]) == pytest.approx(20.0, abs=0.3)
    assert field_page.data["plan"][0]["segment"] == case.ground.names[case.plan(found).order[0]]
    assert {step["shade"] for step in field_page.data["shades"]} <= set(range(2, 9))
    top = field_page.data["shades"][-1]
    lat, lon = next(iter(top["rings"]))[0]
    assert AREA.cell_at(lon, lat) is not None
    spoken = {place["name"] for place in field_page.data["places"] if place.get("spoken")}
    assert spoken == {"Old Pagoda", "Market", "River"}
    assert "prayed" not in json.dumps(field_page.data)
    assert repr(field_page).startswith("FieldPage(100 segments, probability by cells")
