"""The map page: one file without a network, whose words are text, and whose sliders move the map in a browser."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from phone import BROWSER, Phone

sys.path.append(str(Path(__file__).parents[1] / "seek"))
from seek_case_files import FILES, run

from karmalink.errors import KarmalinkError, ReadError, UsageError
from karmalink.report import map_page_html, map_svg
from karmalink.seek import Case, Statement, map_page_of, release

HOSTILE = 'Old <script>alert(1)</script> & "Pagoda"'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case whose names and texts would run if they were not text."""
    place = tmp_path_factory.mktemp("case")
    for name, content in FILES.items():
        (place / name).write_text(content, encoding="utf-8")
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    (place / "places.csv").write_text(FILES["places.csv"].replace("Old Pagoda", quoted), encoding="utf-8")
    (place / "clues.csv").write_text(FILES["clues.csv"].replace("Old Pagoda", quoted), encoding="utf-8")
    (place / "case.toml").write_text(FILES["case.toml"].replace("golden statue", "<b>golden</b> statue"), "utf-8")
    return place


def page_of(folder: Path, *, texts: bool = False) -> str:
    case = Case.read(folder)
    told = Statement("thief.txt", "It is 40 m north of the </script><i>blue moon</i>.")
    return map_page_html(map_page_of(case, release(case, case.map()), statements=[told], texts=texts))


def test_the_page_asks_nobody_and_runs_no_words(folder: Path) -> None:
    html = page_of(folder, texts=True)
    assert len(html) < 1_000_000
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy.startswith("default-src 'none';")
    assert "connect-src" not in policy
    assert not re.search(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="', html)
    assert "<script>alert" not in html
    assert "<b>golden" not in html
    assert "<i>blue" not in html
    assert html.count("<script") == html.count("</script>") == 3


def test_words_of_a_statement_are_on_the_page_on_request_only(folder: Path) -> None:
    assert "blue moon" not in page_of(folder)
    assert "blue moon" in page_of(folder, texts=True)


def test_tables_stand_without_a_script(folder: Path) -> None:
    before = page_of(folder).split('<script type="application/json"')[0]
    assert "outside the map" in before
    assert before.count("data-clue=") == 4
    assert before.count('type="range"') == 2


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="needs Chromium (chromium, chromium-browser or google-chrome on the path)")
def test_sliders_move_the_map_and_a_spot_tells_what_lies_behind_it(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "map.html"
    page.write_text(page_of(folder), encoding="utf-8")
    with Phone(page, tmp_path / "profile", width=360, height=740) as opened:
        opened.open()
        said = "document.getElementById('beyond').textContent"
        start = opened.run(said)
        slide = "{const i = document.getElementById('w0'); i.value = 5; i.dispatchEvent(new Event('input'));}"
        opened.run(slide)
        assert opened.run(said) != start
        assert "by hand" in opened.run("document.getElementById('moved').textContent")
        opened.run("document.getElementById('reset').click()")
        assert opened.run(said) == start
        assert opened.run("document.getElementById('moved').hidden")
        middle = "document.getElementById('map').dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter'}))"
        opened.run(middle)
        assert "probability" in opened.run("document.getElementById('here').textContent")
        assert opened.run("document.querySelectorAll('#behind tr').length") >= 2
        opened.run("document.querySelectorAll('input[type=checkbox]').forEach(box => box.click())")
        assert opened.run("document.documentElement.scrollWidth") <= 360
        assert opened.complaints() == []
        assert opened.asked_for() == []


def test_on_the_command_line_the_ending_says_a_page(folder: Path, tmp_path: Path) -> None:
    page, text = tmp_path / "map.html", tmp_path / "thief.txt"
    text.write_text("It is 40 m north of the blue moon.", encoding="utf-8")
    assert str(page) in run("map", folder, "--out", page, "--statement", text)
    assert "thief.txt, characters" in page.read_text(encoding="utf-8")


def test_the_picture_has_names_scale_north_and_a_legend(folder: Path) -> None:
    case = Case.read(folder)
    svg = map_svg(case, release(case, case.map()))
    words = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert {"N", "Market", "River", "250 m", "clues of monk", "danger", "closed at times"} <= set(words)
    assert "&lt;script&gt;" in svg
    assert "var(" not in svg
    held = replace(case, sensitive="looted")
    assert "clues of" not in map_svg(held, release(held, case.map()))


def test_the_picture_is_a_png_of_twice_its_size(folder: Path, tmp_path: Path) -> None:
    run("map", folder, "--out", tmp_path / "map.png")
    content = (tmp_path / "map.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20], "big") == 2160
    assert [path.name for path in tmp_path.iterdir()] == ["map.png"]


@pytest.mark.parametrize(
    ("words", "fails", "said"),
    [
        (("--statement", "thief.txt"), UsageError, "on the page only"),
        (("--out", "map.geojson", "--statement", "thief.txt"), UsageError, "on the page only"),
        (("--out", "map.html", "--texts"), UsageError, "no text to show the words of"),
        (("--out", "map.html", "--statement", "none.txt"), ReadError, "there is no such file"),
    ],
)
def test_what_is_asked_wrongly_is_said_and_nothing_is_written(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    fails: type[KarmalinkError],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in run("map", folder, *words, fails=fails)
    assert not list(tmp_path.iterdir())
