"""Every reader refuses what is not a regular file, and what is larger than its kind can be, before it reads it."""

from __future__ import annotations

import datetime
import gzip
import os
import signal
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from tests.tiny_workbook import write_workbook

import karmalink as kl
from karmalink.account.files.calendars_ics import read_ics
from karmalink.account.files.whatsapp import read_whatsapp
from karmalink.base import outside
from karmalink.errors import ImportFaults, InputError, ReadError
from karmalink.night.recordings.formats import READERS
from karmalink.night.wake_rules.rules import read_rules
from karmalink.rows import workbooks
from karmalink.seek.case.case_settings import read_case_file
from karmalink.seek.ground.elevation import read_elevation
from karmalink.seek.ground.geojson_files import read_outline
from karmalink.seek.intake.gpx import read_gpx
from karmalink.study.dream_sets import read_dream

AREA = kl.seek.Area.from_bounds(100.0, 10.0, 100.1, 10.1, cell_m=1000.0)
CALLS: Mapping[str, Callable[[Path], object]] = {
    "accounts": lambda path: kl.account.read_accounts(path),
    "lives": lambda path: kl.account.read_lives(path),
    "calendar": lambda path: read_ics(path, life="x"),
    "chat": lambda path: read_whatsapp(path, life="x", author="A"),
    "recording": lambda path: kl.night.read_recording(path, sfreq=100.0),
    "hypnogram": lambda path: kl.night.read_hypnogram(path),
    "annotations": lambda path: kl.night.read_annotations(path),
    "rules": lambda path: read_rules(path),
    "places": lambda path: kl.seek.read_places(path),
    "clues": lambda path: kl.seek.read_clues(path),
    "case": lambda path: read_case_file(path),
    "outline": lambda path: read_outline(path),
    "heights": lambda path: read_elevation(path, AREA),
    "track": lambda path: read_gpx(path),
    "dream set": lambda path: read_dream(path),
}
ENDINGS = {
    "accounts": (".csv", ".tsv", ".jsonl", ".xlsx", ".ods"),
    "lives": (".csv", ".jsonl"),
    "calendar": (".ics",),
    "chat": (".txt",),
    "recording": tuple(READERS),
    "hypnogram": (".csv", ".txt", ".tsv", ".json", ".xml", ".edf"),
    "annotations": (".edf",),
    "rules": (".toml",),
    "places": (".geojson", ".csv", ".kml", ".kmz", ".gpx", ".osm", ".osm.pbf", ".osm.gz", ".osm.bz2", ".gpkg", ".shp"),
    "clues": (".csv",),
    "case": (".toml",),
    "outline": (".geojson",),
    "heights": (".asc", ".tif"),
    "track": (".gpx",),
    "dream set": (".csv",),
}
EVERY = [(name, ending) for name, endings in ENDINGS.items() for ending in endings]


@pytest.fixture(autouse=True)
def ten_seconds() -> Iterator[None]:
    """A reader that waits for a pipe would wait for ever."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError("it waits")

    usual = signal.signal(signal.SIGALRM, stop)
    signal.alarm(10)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, usual)


@pytest.mark.parametrize(("name", "ending"), [one for one in EVERY if one[0] != "dream set"])  # that names a folder
def test_a_pipe_is_refused_and_not_waited_for(name: str, ending: str, tmp_path: Path) -> None:
    pipe = tmp_path / f"Records{ending}"
    os.mkfifo(pipe)
    with pytest.raises(ReadError, match="not a regular file") as caught:
        CALLS[name](pipe)
    assert "save what it gives to a file" in str(caught.value)


@pytest.mark.parametrize(("name", "ending"), EVERY)
def test_a_file_larger_than_its_kind_can_be_is_refused_unread(
    name: str, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {kind: replace(about, largest=1000) for kind, about in outside.KINDS.items()}
    monkeypatch.setattr(outside, "KINDS", small)
    path = tmp_path / f"Records{ending}"
    path.write_bytes(b"x" * 1001)
    with pytest.raises(InputError, match="the file has 0 MB") as caught:
        CALLS[name](path)
    assert "at most" in str(caught.value)


@pytest.mark.parametrize(("name", "ending"), EVERY)
def test_what_is_not_there_and_a_folder_are_told(name: str, ending: str, tmp_path: Path) -> None:
    (tmp_path / f"folder{ending}").mkdir()
    for path, says in ((tmp_path / f"none{ending}", "no such|missing"), (tmp_path / f"folder{ending}", "folder|no ")):
        with pytest.raises(InputError, match=says):
            CALLS[name](path)


def test_a_compressed_map_is_bounded_by_what_it_unpacks_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds: dict[str, Any] = dict(outside.KINDS)
    kinds["map unpacked"] = replace(kinds["map unpacked"], largest=2 * 2**20)
    monkeypatch.setattr(outside, "KINDS", kinds)
    path = tmp_path / "map.osm.gz"
    for size, refused in ((2**20, False), (4 * 2**20, True)):
        path.write_bytes(
            gzip.compress(b"<osm><node id='1' lat='1' lon='1'><tag k='name' v='A'/></node>" + b" " * size + b"</osm>")
        )
        if refused:
            with pytest.raises(ReadError, match="unpacked"):
                kl.seek.read_places(path)
        else:
            assert len(kl.seek.read_places(path)) == 1


def test_a_workbook_is_bounded_by_what_it_unpacks_to_and_by_its_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "big.xlsx"
    write_workbook(path, {"A": [["id", "text"], ["1", "x" * 5000]]})
    monkeypatch.setattr(outside, "KINDS", {**outside.KINDS, "text": replace(outside.KINDS["text"], largest=4000)})
    with pytest.raises(ReadError, match="unpacked"):
        kl.account.read_accounts(path)


def test_a_workbook_whose_cells_lie_too_far_apart_is_refused_before_room_is_made_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "wide.xlsx"
    write_workbook(path, {"A": [["id", "text"], ["1", "x"]]})
    with zipfile.ZipFile(path) as packed:
        parts = {one.filename: packed.read(one) for one in packed.infolist()}
    name = next(name for name in parts if "sheet1" in name)
    far = b'<row r="30"><c r="AB30" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    parts[name] = parts[name].replace(b"</sheetData>", far)
    with zipfile.ZipFile(path, "w") as packed:
        for part, content in parts.items():
            packed.writestr(part, content)
    monkeypatch.setattr(workbooks, "_MOST_CELLS", 839)
    with pytest.raises(ReadError, match="30 × 28 cells"):
        next(workbooks.workbook_rows(path))
    monkeypatch.setattr(workbooks, "_MOST_CELLS", 840)
    assert len(list(workbooks.workbook_rows(path))) == 3


@pytest.mark.parametrize(
    ("rule", "until", "says"),
    [
        ("FREQ=DAILY", 2299, "repeats more than 100,000 times"),
        ("FREQ=YEARLY", 3024, "repeats over more than 1,000 years"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;BYSETPOS=366", 9999, "repeats over more than 1,000 years"),
    ],
)
def test_a_repeat_of_centuries_is_a_fault_with_its_line(rule: str, until: int, says: str, tmp_path: Path) -> None:
    path = tmp_path / "a.ics"
    event = f"BEGIN:VEVENT\nUID:1\nDTSTART:20240501\nRRULE:{rule}\nSUMMARY:x\nEND:VEVENT"
    path.write_text(f"BEGIN:VCALENDAR\n{event}\nEND:VCALENDAR\n", encoding="utf-8")
    with pytest.raises(ImportFaults, match=f"line 4, VEVENT: event: {says}"):
        read_ics(path, life="x", until=datetime.date(until, 12, 31), latest=9999)


def test_the_table_in_the_docs_is_true() -> None:
    page = (Path(__file__).parent.parent / "docs" / "formats.md").read_text(encoding="utf-8")
    for about in outside.KINDS.values():
        assert f"| {about.title} | {about.largest / 1e6:,.0f} MB | {about.smaller} |" in page
    assert f"{workbooks._MOST_CELLS // 10**6} million cells" in page
