"""Tracks of the searchers' devices: what counts as searching, what is left out and why, and what it does to the map."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seek_case_files import AREA, FILES, START, line, run
from seek_reference import segment_miss
from shapely.geometry import LineString, box

from karmalink.errors import InputError, IntegrityError, ReadError, UnknownName, UsageError
from karmalink.seek import Area, Asset, Case, Search, SearchLog, Track, log_gpx, read_gpx, segments, swath
from karmalink.seek.ground.gps_tracks import read_track, write_track
from karmalink.seek.search.same_walks import apart
from karmalink.seek.search.swath_coverage import cell_miss
from karmalink.seek.search.walks import walked

WALKER = Asset("walker", 4.0, 2.0)


def gpx_text(*tracks: Sequence[Sequence[tuple[float, float, float | None]]], extra: str = "") -> str:
    """Write tracks of segments of (lon, lat, seconds) as GPX 1.1."""
    body = ""
    for pieces in tracks:
        body += "<trk><name>Sokha, 012 345 678</name>"
        for points in pieces:
            body += "<trkseg>"
            for lon, lat, seconds in points:
                stamp = "" if seconds is None else f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
                time = stamp and f"<time>{stamp}</time>"
                body += f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}">{time}</trkpt>'
            body += "</trkseg>"
        body += "</trk>"
    return f'<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">{body}{extra}</gpx>'


def walk_gpx(*corners: tuple[float, float], kmh: float = 2.0) -> str:
    lon, lat, t = line(*corners, kmh=kmh)
    return gpx_text([list(zip(lon, lat, t, strict=True))])


def names(found: object) -> list[str]:
    return [finding.name for finding in found.findings]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def test_effort_is_sweep_width_times_length_and_is_conserved() -> None:
    track = Track.of(*line((-500, 13), (500, 13)))
    found = swath(track, AREA, WALKER)
    assert found.walk.km == pytest.approx(1.0, rel=1e-4)
    assert found.effort.sum() == pytest.approx(4.0 * 1000.0, rel=1e-4)
    assert found.findings == ()
    two = swath(track, AREA, WALKER, searchers=3)
    assert two.effort.sum() == pytest.approx(12_000.0, rel=1e-4)
    assert two.ground_km2 == pytest.approx((12.0 * 1000.0 + math.pi * 36.0) / 1e6, rel=0.01)


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-900, 900), st.floats(-900, 900)), min_size=2, max_size=3),
    st.floats(1.0, 80.0),
)
def test_effort_on_cells_equals_the_exact_ground_of_each_stretch(
    corners: list[tuple[float, float]], sweep: float
) -> None:
    if sum(math.dist(a, b) for a, b in itertools.pairwise(corners)) < 100:
        return
    asset = Asset("x", sweep, 2.0)
    found = swath(Track.of(*line(*corners, every_s=40)), AREA, asset)
    slow = np.zeros(AREA.n)
    for start, end, counted in zip(found.walk.start, found.walk.end, found.walk.counted, strict=True):
        strip = LineString([start, end]).buffer(found.width_m / 2, cap_style="flat")
        west, south, east, north = strip.bounds
        half = AREA.cell_m / 2
        near = (AREA.x > west - half) & (AREA.x < east + half) & (AREA.y > south - half) & (AREA.y < north + half)
        for cell in np.flatnonzero(near):
            x, y = AREA.x[cell], AREA.y[cell]
            part = strip.intersection(box(x - half, y - half, x + half, y + half)).area / strip.area
            slow[cell] += sweep * counted * part
    assert found.effort.sum() == pytest.approx(slow.sum(), rel=0.01)
    # Points lie an eighth of a cell apart or closer: at each border of cells that a stretch crosses, half that distance
    # may be counted on the wrong side, once too much there and once too little here.
    width, length = found.width_m, float(np.median(found.walk.length))
    spacing = width / np.clip(np.ceil(8 * width / AREA.cell_m), 16, 64)
    across = (np.ceil(width / AREA.cell_m) + 1) * spacing / width
    along = (np.ceil(length / AREA.cell_m) + 1) * min(AREA.cell_m / 8, length) / length
    assert np.abs(found.effort - slow).sum() < min(0.25, across + along) * slow.sum()


def test_a_walk_that_crosses_itself_adds_up_where_it_does_and_nowhere_else() -> None:
    once = swath(Track.of(*line((-500, 12), (500, 12))), AREA, WALKER)
    there_and_back = swath(Track.of(*line((-500, 12), (500, 12), (-500, 12))), AREA, WALKER)
    crossed = swath(Track.of(*line((-500, 12), (500, 12), (500, 400), (12, 400), (12, -400))), AREA, WALKER)
    at = AREA.cell_at_xy(12, 12)
    assert there_and_back.effort[at] == pytest.approx(2 * once.effort[at], rel=0.01)
    assert crossed.effort[at] == pytest.approx(2 * once.effort[at], rel=0.05)
    assert crossed.effort[AREA.cell_at_xy(-200, 12)] == pytest.approx(once.effort[AREA.cell_at_xy(-200, 12)], rel=0.05)
    assert there_and_back.ground_km2 == pytest.approx(once.ground_km2, rel=0.01)


def test_who_walks_twice_as_fast_searches_half_as_much_and_who_drives_not_at_all() -> None:
    calm = swath(Track.of(*line((-500, 0), (500, 0))), AREA, WALKER)
    hurried = swath(Track.of(*line((-500, 0), (500, 0), kmh=4.0)), AREA, WALKER)
    assert hurried.effort.sum() == pytest.approx(calm.effort.sum() / 2, rel=0.02)
    assert names(hurried) == ["hurried"]
    driven = swath(Track.of(*line((-500, 0), (500, 0), kmh=30.0)), AREA, WALKER)
    assert driven.effort.sum() == 0
    assert "travel" in names(driven)


def test_a_receiver_that_lies_still_walks_nowhere() -> None:
    rng = np.random.default_rng(7)
    wander = np.cumsum(rng.normal(0, 0.3, (1800, 2)), axis=0)
    wander -= np.linspace(0, 1, 1800)[:, None] * wander[-1]
    wander *= 3.0 / np.abs(wander).max()
    lon, lat = AREA._backward.transform(wander[:, 0], wander[:, 1])
    assert walked(Track.of(lon, lat, START + np.arange(1800.0)), AREA, WALKER).km < 0.02


def test_lost_fixes_spikes_gaps_clocks_and_pauses_are_left_out_and_said() -> None:
    lon, lat, t = line((-500, 0), (500, 0))
    clean = walked(Track.of(lon, lat, t), AREA, WALKER)
    lost = np.zeros(lon.size, bool)
    lost[5:8] = True
    found = walked(Track.of(lon, lat, t, lost=lost), AREA, WALKER)
    assert names(found) == ["lost_fix"]
    assert found.km == pytest.approx(clean.km, rel=1e-6)  # 20 m in 40 s without a fix are a straight line

    spike = lat.copy()
    spike[90] += 0.02
    found = walked(Track.of(lon, spike, t), AREA, WALKER)
    assert names(found) == ["spike"]
    assert found.km == pytest.approx(clean.km, rel=1e-3)

    keep = np.r_[0:40, 120 : lon.size]
    found = walked(Track.of(lon[keep], lat[keep], t[keep]), AREA, WALKER)
    assert names(found) == ["gap"]
    assert found.km == pytest.approx(clean.km * (1 - 81 / (lon.size - 1)), rel=0.02)

    back = t.copy()
    back[100:] -= 7 * 3600
    found = walked(Track.of(lon, lat, back), AREA, WALKER)
    assert names(found) == ["clock"]
    assert found.km == pytest.approx(clean.km, rel=1e-6)
    assert found.seconds == pytest.approx(clean.seconds, abs=30)
    far = t.copy()
    far[100:] += 1024 * 7 * 86400
    assert names(walked(Track.of(lon, lat, far), AREA, WALKER)) == ["clock"]

    piece = np.r_[np.zeros(60, int), np.ones(lon.size - 60, int)]
    moved = lat + 0.002 * piece
    found = walked(Track.of(lon, moved, t, piece), AREA, WALKER)
    assert names(found) == ["pause"]
    assert found.km == pytest.approx(clean.km, rel=0.02)

    found = walked(Track.of(lon, lat), AREA, WALKER)
    assert names(found) == ["no_time"]
    assert found.km == pytest.approx(clean.km, rel=1e-6)
    some = t.copy()
    some[::3] = np.nan
    assert names(walked(Track.of(lon, lat, some), AREA, WALKER)) == ["no_time"]


def test_off_the_map_and_the_other_side_of_the_antimeridian_have_no_effect() -> None:
    found = swath(Track.of(*line((-500, 0), (3000, 0))), AREA, WALKER)
    assert "off_map" in names(found)
    assert 0 < found.effort.sum() < 4 * 1600
    far = swath(Track.of([179.999, -179.999, -179.997], [0, 0, 0], [START, START + 400, START + 800]), AREA, WALKER)
    assert far.effort.sum() == 0
    fiji = Area.from_bounds(179.9, -17.0, 179.999, -16.9, cell_m=100)
    t = START + 10.0 * np.arange(200)
    lon = 179.99 + 0.0001 * np.arange(200)
    found = swath(Track.of((lon + 180) % 360 - 180, np.full(200, -16.95), t), fiji, Asset("boat", 50, 10))
    assert "off_map" in names(found)
    assert found.walk.km == pytest.approx(2.12, abs=0.02)  # across 180° without a jump round the world
    nowhere = swath(Track.of([np.nan, np.nan], [np.nan, np.nan]), AREA, WALKER)
    assert set(names(nowhere)) == {"lost_fix", "no_time", "nothing"}


def test_the_law_of_the_asset_says_what_a_coverage_is_worth() -> None:
    ground = segments(AREA, 200)
    c = 0.7
    hours = c * ground.m2[ground.number("E5")] / 8000.0
    for law, pod in (
        ("random", 1 - math.exp(-c)),
        ("inverse_cube", math.erf(math.sqrt(math.pi) / 2 * c)),
        ("definite", c),
    ):
        assets = {"w": Asset("w", 4.0, 2.0, law=law)}
        log = SearchLog([Search("s1", "E5", "w", hours)])
        assert segment_miss(log, ground, assets, "E5") == pytest.approx(1 - pod, abs=1e-9)
    sure = cell_miss([Search("s1", "E5", "w", 900.0)], {}, ground, {"w": Asset("w", 4.0, 2.0, law="definite")})
    assert 0 < sure.min() < 2e-6
    with pytest.raises(InputError, match="unknown law 'hopeful'"):
        Asset("w", 4.0, 2.0, law="hopeful")


def test_the_doubt_is_shared_by_searches_of_every_law() -> None:
    ground = segments(AREA, 200)
    assets = {"r": Asset("r", 4.0, 2.0), "i": Asset("i", 6.0, 2.0, law="inverse_cube")}
    entries = [Search("s1", "E5", "r", 3.0), Search("s2", "E5", "i", 4.0)]
    m2 = ground.m2[ground.number("E5")]
    rng = np.random.default_rng(3)
    g = rng.gamma(2.0, 0.5, 400_000)
    slow = np.mean(np.exp(-g * 24_000 / m2) * (1 - np.vectorize(math.erf)(math.sqrt(math.pi) / 2 * g * 48_000 / m2)))
    assert cell_miss(entries, {}, ground, assets, 2.0).min() == pytest.approx(slow, abs=0.002)


def test_a_track_is_kept_by_its_fixes_and_a_changed_one_is_found_out(tmp_path: Path) -> None:
    track = Track.of([104.9, np.nan, 104.91], [11.55, np.nan, 11.56], [START, np.nan, START + 5.25], lost=[0, 1, 0])
    place = write_track(tmp_path, track)
    back = read_track(tmp_path, track.name)
    assert back.name == track.name
    np.testing.assert_array_equal(back.seconds, track.seconds)
    place.write_text(place.read_text().replace("11.56", "11.57"))
    with pytest.raises(IntegrityError, match="changed"):
        read_track(tmp_path, track.name)
    place.write_text("what is this")
    with pytest.raises(ReadError, match="not a track"):
        read_track(tmp_path, track.name)
    place.unlink()
    with pytest.raises(ReadError):
        read_track(tmp_path, track.name)


def test_gpx_is_logged_once_and_undone_without_a_trace(folder: Path) -> None:
    (folder / "day.gpx").write_text(walk_gpx((-300, 0), (300, 0), (300, 20), (-300, 20)), encoding="utf-8")
    before = json.loads(run("map", folder, "--json"))
    said = run("search", folder, "--gpx", folder / "day.gpx")
    assert "s1: 1.22 km searched with walker in 0.61 h, 0.49 ha swept" in said  # 4 m wide
    assert "nothing found" in said
    entry = Case.read(folder).log[0]
    assert entry.date == dt.date(2030, 3, 1) if dt.date.today() >= dt.date(2030, 3, 1) else entry.date is None
    assert "Sokha" not in (folder / "tracks" / f"{entry.track}.csv").read_text()
    after = json.loads(run("map", folder, "--json"))
    assert after["rest_of_world"] > before["rest_of_world"]
    again = json.loads(run("search", folder, "--gpx", folder / "day.gpx", "--json"))
    assert (again["logged"], again["already"]) == ([], 1)
    assert again["rest_of_world"] == after["rest_of_world"]
    run("search", folder, "--undo", "last")
    assert json.loads(run("map", folder, "--json"))["rest_of_world"] == before["rest_of_world"]
    run("search", folder, "--gpx", folder / "day.gpx")  # what was taken back stays taken back
    assert json.loads(run("map", folder, "--json"))["rest_of_world"] == before["rest_of_world"]
    case = Case.read(folder)
    assert case.plan().value > 0


def test_the_plan_starts_from_what_the_tracks_left(folder: Path) -> None:
    case = Case.read(folder)
    middle = case.area.xy_of(*case.map().best())
    rows = enumerate(range(-100, 101, 4))
    lanes = [(middle[0] + dx, middle[1] + dy) for k, dy in rows for dx in ((-100, 100), (100, -100))[k % 2]]
    (folder / "lanes.gpx").write_text(walk_gpx(*lanes), encoding="utf-8")
    done = log_gpx(case, folder / "lanes.gpx")
    found = done.case.map()
    searched = found.searched
    assert searched is not None
    now = case.ground.sum(found.probability)
    inside = (np.abs(case.area.x - middle[0]) < 75) & (np.abs(case.area.y - middle[1]) < 75)
    swept = found.probability[inside] / case.map().probability[inside] * searched.probability_of_nothing
    assert swept.mean() == pytest.approx(math.exp(-1), rel=0.05)  # lanes of 4 m at a sweep width of 4 m: C = 1
    # The plan's own reckoning of what is left in each segment is the map's.
    from karmalink.seek.planning.plans import _probability

    start, coverage = _probability(found, done.case.ground)
    np.testing.assert_allclose(start * np.exp(-coverage), now, rtol=0.2, atol=1e-4)
    assert list(searched.swept) == ["s1"]
    assert searched.where == ("track s1",)


def test_two_devices_in_one_pocket_count_once(folder: Path) -> None:
    lon, lat, t = line((-300, 0), (300, 0))
    one = [list(zip(lon, lat, t, strict=True))]
    other = [list(zip(lon + 1e-5, lat, t + 3, strict=True))]
    beside = [list(zip(lon, lat + 2e-4, t, strict=True))]
    (folder / "two.gpx").write_text(gpx_text(one, other, beside), encoding="utf-8")
    said = run("search", folder, "--gpx", folder / "two.gpx")
    assert "track 2 stays within 1 m of track 1 of the file" in said
    assert len(Case.read(folder).log) == 2
    (folder / "later.gpx").write_text(gpx_text(other), encoding="utf-8")
    assert "of s1 at the same times" in run("search", folder, "--gpx", folder / "later.gpx")
    assert len(Case.read(folder).log) == 2
    run("search", folder, "--gpx", folder / "later.gpx", "--both", "--searchers", 2)
    assert Case.read(folder).log[-1].searchers == 2
    tracks, _ = read_gpx(folder / "two.gpx")
    assert apart(tracks[0], tracks[2], AREA) == pytest.approx(22.1, abs=0.5)
    assert apart(tracks[0], Track.of(lon, lat), AREA) is None


Fixes = list[tuple[float, float, float | None]]


def fixes(*corners: tuple[float, float], at: float = 0.0) -> Fixes:
    lon, lat, t = line(*corners)
    return list(zip(lon.tolist(), lat.tolist(), (t + at).tolist(), strict=True))


def km_counted(folder: Path) -> float:
    case = Case.read(folder)
    walks = [swath(case.tracks()[entry.track], case.area, case.assets["walker"]).walk for entry in case.log.counting]
    return sum(walk.km for walk in walks)


def hand_in(folder: Path, *tracks: Fixes, words: tuple[object, ...] = ()) -> str:
    (folder / "day.gpx").write_text(gpx_text(*([track] for track in tracks)), encoding="utf-8")
    return run("search", folder, "--gpx", folder / "day.gpx", *words)


DAY = fixes((-300, 0), (300, 0), (300, 100), (-300, 100))  # 1.3 km in 39 minutes
NO_TIMES: Fixes = [(lon, lat, None) for lon, lat, _ in DAY]


@pytest.mark.parametrize(
    "files",
    [
        [DAY[:110], DAY],  # at noon, and again in the evening
        [DAY, DAY[:110]],  # the other way round
        [DAY[:150], DAY[80:]],  # a device that forgets its oldest fixes
        [DAY[:60], DAY[150:], DAY],  # two parts, then all of it
        [DAY, NO_TIMES],  # saved on the device, which drops the times
        [NO_TIMES, DAY],
        [DAY[:110], NO_TIMES],
        [DAY, NO_TIMES[::7]],  # and thins them out
        [NO_TIMES[::7], NO_TIMES],
        [DAY, [(round(lon, 6), round(lat, 6), None) for lon, lat, _ in DAY]],
        [DAY, [(lon, lat, t + 7 * 3600) for lon, lat, t in DAY]],  # written again by a program in local time
        [DAY[:110], [(lon, lat, t - 1024 * 7 * 86400) for lon, lat, t in DAY]],
        [DAY[:110], [(lon + 1e-5, lat, t + 3) for lon, lat, t in DAY]],  # another device in the same pocket, longer on
    ],
    ids=lambda files: "-".join(str(len(track)) for track in files),
)
def test_the_same_walk_handed_in_again_counts_once_and_wholly(folder: Path, files: list[Fixes]) -> None:
    for number, track in enumerate(files):
        said = hand_in(folder, track)
        assert ("counted once" in said) == (number > 0 and track != DAY[150:])
    assert km_counted(folder) == pytest.approx(1.3, abs=0.035)
    before = Case.read(folder).log
    hand_in(folder, files[-1])
    assert Case.read(folder).log.counting == before.counting


def test_a_file_that_holds_a_walk_twice_counts_it_once(folder: Path) -> None:
    said = hand_in(folder, DAY[:110], DAY)
    assert "track 2" in said
    assert "the other 126 of its 235 fixes" in said
    assert km_counted(folder) == pytest.approx(1.3, abs=0.025)


@pytest.mark.parametrize(
    "other",
    [
        fixes((-300, 0), (300, 0), (300, 100), (-300, 100), at=86_400.0),  # the same lanes another day
        fixes((-300, 15), (300, 15), (300, 115), (-300, 115)),  # abreast, at the same time
        [(lon, lat, None) for lon, lat, _ in fixes((-300, 15), (280, 15), (280, 115), (-300, 115))],
    ],
    ids=["another day", "abreast", "another way without times"],
)
def test_another_walk_counts_as_another(folder: Path, other: Fixes) -> None:
    # Receivers wander: nobody walks onto the very fixes of another day.
    rng = np.random.default_rng(5)
    moved: Fixes = [(lon + rng.normal(0, 5e-6), lat + rng.normal(0, 5e-6), t) for lon, lat, t in other]
    hand_in(folder, DAY)
    assert "counted once" not in hand_in(folder, moved)
    assert km_counted(folder) == pytest.approx(2.6, rel=0.1)


def test_positions_that_are_rounded_coarsely_are_no_proof_of_the_same_walk(folder: Path) -> None:
    coarse: Fixes = [(round(lon, 4), round(lat, 4), t) for lon, lat, t in DAY]
    hand_in(folder, coarse)
    assert "counted once" not in hand_in(folder, [(lon, lat, t + 86_400.0) for lon, lat, t in coarse])


def test_both_counts_all_of_a_walk_that_is_there(folder: Path) -> None:
    hand_in(folder, DAY[:110])
    hand_in(folder, DAY, words=("--both",))
    assert km_counted(folder) == pytest.approx(1.3 + 0.605, abs=0.03)


def test_where_the_first_device_was_blind_the_second_is_the_only_witness(folder: Path) -> None:
    hand_in(folder, DAY[:60] + DAY[140:])
    said = hand_in(folder, [(lon + 1e-5, lat, t + 1) for lon, lat, t in DAY])
    assert "count as a search of their own" in said
    assert km_counted(folder) == pytest.approx(1.3, abs=0.03)


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        ("", ReadError, "empty"),
        ("<gpx", ReadError, "line 1 is not XML"),
        ("<kml/>", ReadError, "this is not GPX: the root of its XML is <kml>"),
        ('<!DOCTYPE g [<!ENTITY a "b">]><gpx>&a;</gpx>', ReadError, "declares entities"),
        (gpx_text(), InputError, "no track"),
        (gpx_text([[]], extra='<rte><rtept lat="1" lon="1"/></rte>'), InputError, "no track"),
        (gpx_text([[(0.0, 0.0, START), (0.001, 0.0, START + 60)]]), InputError, "a search of this ground"),
        (
            '<gpx version="1.1"><trk><trkseg><trkpt lat="x" lon="1"/></trkseg></trk></gpx>',
            InputError,
            "with a position",
        ),
        ('<gpx><trk><trkseg><trkpt lon="1"/></trkseg></trk></gpx>', InputError, "no track with a position"),
    ],
)
def test_files_that_are_no_search_are_refused_and_nothing_is_written(
    folder: Path, content: str, error: type[Exception], words: str
) -> None:
    (folder / "bad.gpx").write_text(content, encoding="utf-8")
    assert words in run("search", folder, "--gpx", folder / "bad.gpx", fails=error)
    assert not (folder / "searches.csv").exists()
    assert not (folder / "tracks").exists()


def test_what_a_gpx_holds_beside_tracks_is_told_and_left_there(folder: Path) -> None:
    point = '<trkpt lat="{}" lon="104.909">{}<time>2030-03-01T01:{:02d}:00Z</time><fix>{}</fix><hdop>{}</hdop></trkpt>'
    points = "".join(
        point.format(11.559 + 2e-4 * k, "", k, "none" if k == 3 else "3d", 40 if k == 5 else 1) for k in range(9)
    )
    points += '<trkpt lat="95" lon="104.909"/>'
    text = f'<gpx version="1.1"><trk><trkseg>{points}</trkseg></trk><trk/><rte><rtept lat="11" lon="104"/></rte></gpx>'
    (folder / "x.gpx").write_text(
        text.replace("<gpx ", '<gpx xmlns="http://www.topografix.com/GPX/1/1" '), encoding="utf-8"
    )
    (track,), findings = read_gpx(folder / "x.gpx")
    assert [finding.name for finding in findings] == ["route", "empty"]
    assert track.lost.tolist() == [False, False, False, True, False, True, False, False, False, False]
    assert np.isnan(track.lat[9])
    said = run("search", folder, "--gpx", folder / "x.gpx")
    assert "3 fixes without a usable position" in said
    assert "1 route is a plan, not where somebody was" in said


def test_what_search_is_asked_wrongly(folder: Path) -> None:
    (folder / "d.gpx").write_text(walk_gpx((-300, 0), (300, 0)), encoding="utf-8")
    run("search", folder, "--gpx", folder / "d.gpx", "--segment", "C3", fails=UsageError)
    run("search", folder, "--gpx", folder / "d.gpx", "--asset", "radar", fails=UnknownName)
    run("search", folder, "--gpx", folder / "nowhere.gpx", fails=ReadError)
    with pytest.raises(InputError, match="track and pod at once"):
        Search("s1", track="abc", pod=0.5)
    with pytest.raises(InputError, match="searchers"):
        Search("s1", "C3", searchers=0)
    run("search", folder, "--gpx", folder / "d.gpx")
    next((folder / "tracks").iterdir()).unlink()
    assert "there is no such file" in run("map", folder, fails=ReadError)


def test_the_page_explains_every_note_a_track_can_get() -> None:
    root = Path(__file__).parents[2]
    page = (root / "docs" / "seek-field.md").read_text(encoding="utf-8")
    source = "".join(
        (root / "src" / "karmalink" / "seek" / f"{name}.py").read_text(encoding="utf-8")
        for name in (
            "search/walks",
            "search/same_walks",
            "search/swath_coverage",
            "intake/gpx",
            "field/field_log",
        )
    )
    found = set(re.findall(r'(?:TrackFinding\(|_say(?:_m)?\(findings, )\s*"(\w+)"', source))
    assert len(found) >= 11
    assert not {name for name in found if f"`{name}`" not in page}
