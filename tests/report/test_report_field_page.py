"""The trail page: one file, no network, and what it hands back is what the log takes."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from phone import BROWSER, Phone

sys.path.append(str(Path(__file__).parents[1] / "seek"))
from seek_case_files import FILES, run

from karmalink.report import field_page_html, render_field_page
from karmalink.report.theme import DARK, LIGHT
from karmalink.seek import Case, field_page_of

KHMER = "វត្តចាស់"
TODAY_CLOSED = '[[closures]]\nname = "the fence"\nstart = 2020-01-01\nsegments = ["A1"]\n'
PLAN = "[plan]\nstart = 2030-03-01\ndays = 4\n"
DANGER = '[[dangers]]\nname = "mines <b>"\nrisk_per_hour = 0.001\nsegments = ["B2"]\n'


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A case with a Khmer name, ground that is closed, and a danger."""
    folder = tmp_path_factory.mktemp("case")
    for name, content in FILES.items():
        (folder / name).write_text(content, encoding="utf-8")
    places = FILES["places.csv"].replace("Old Pagoda", KHMER)
    (folder / "places.csv").write_text(places, encoding="utf-8")
    clues = FILES["clues.csv"].replace("Old Pagoda", KHMER)
    (folder / "clues.csv").write_text(clues, encoding="utf-8")
    text = FILES["case.toml"].split("[[closures]]")[0] + TODAY_CLOSED + DANGER + PLAN
    (folder / "case.toml").write_text(text, encoding="utf-8")
    return Case.read(folder)


@pytest.fixture(scope="module")
def page(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = case.map()
    return render_field_page(
        field_page_of(case, found, case.plan(found)), tmp_path_factory.mktemp("page") / "trail.html"
    )


def test_the_page_is_one_file_that_can_ask_nobody(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    assert len(html) < 1_000_000
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    assert policy[1].startswith("default-src 'none';")
    assert "connect-src" not in policy[1]
    assert not re.search(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="', html)
    assert "url(http" not in html.replace(" ", "")
    assert "mines &lt;b&gt;" in html  # in the words of the page
    assert "mines <b>" not in html
    assert "prayed" not in html  # a witness's words


def test_a_sensitive_case_shows_whole_segments_only(case: Case) -> None:
    found = case.map()
    fine, coarse = field_page_of(case, found), field_page_of(case, found, exact=False)
    corners = {tuple(point) for step in coarse.data["shades"] for ring in step["rings"] for point in ring}
    cuts = {tuple(point) for segment in coarse.data["segments"] for ring in segment["rings"] for point in ring}
    assert corners <= cuts
    assert not {tuple(p) for step in fine.data["shades"] for ring in step["rings"] for p in ring} <= cuts
    assert "by whole segments" in field_page_html(coarse)
    assert fine.key == coarse.key


def test_a_small_doubt_is_not_rounded_to_nothing(case: Case) -> None:
    field_page = field_page_of(case, replace(case.map(), rest_of_world=3e-5))
    assert field_page.data["rest_of_world"] == 3e-5
    assert "0.003\u00a0% probability it is not on this map" in field_page_html(field_page)
    believed = [segment["probability"] for segment in field_page.data["segments"]]
    assert sum(believed) == pytest.approx(case.map().probability.sum(), rel=1e-3)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_buttons_reach_aa(palette: dict[str, str]) -> None:
    from contrast_ratio import contrast

    from karmalink.report.leaflet_page import EXTRA_DARK, EXTRA_LIGHT, SUN

    tables = [{**palette, **(EXTRA_LIGHT if palette is LIGHT else EXTRA_DARK)}]
    tables += [{**LIGHT, **EXTRA_LIGHT, **SUN}] * (palette is LIGHT)
    for table in tables:
        for text, ground in (("ink", "paper"), ("soft", "paper"), ("soft", "raised"), ("lotus-text", "paper")):
            assert contrast(table[text], table[ground]) >= 4.5, (text, ground)
        for ground in ("indigo", "lotus-text"):
            assert contrast(table["on-indigo"], table[ground]) >= 4.5, ground
        assert contrast(table["edge"], table["raised"]) >= 3.0


@pytest.fixture
def phone(page: Path, tmp_path: Path) -> Iterator[Phone]:
    if BROWSER is None:
        pytest.skip("needs Chromium (chromium, chromium-browser or google-chrome on the path)")
    with Phone(page, tmp_path / "profile", width=360, height=740) as opened:
        opened.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
        yield opened


@pytest.mark.slow
def test_a_search_is_recorded_survives_the_page_and_is_logged_once(phone: Phone, case: Case, tmp_path: Path) -> None:
    segment = case.ground.number("E5")
    lon, lat = case.ground.centres[segment]
    phone.allow("geolocation")
    phone.stand(lon - 0.004, lat)
    phone.open()
    phone.until("document.getElementById('next-way').textContent.includes(' to the ')")
    assert phone.run("document.documentElement.scrollWidth") == 360
    assert phone.run("[...document.querySelectorAll('.name span')].some(e => e.lang === 'km')")
    assert phone.run("document.querySelectorAll('.hatch.danger, .hatch.closed').length") == 2
    small = "[...document.querySelectorAll('button, select, input, summary')].filter(e => e.offsetParent && "
    assert phone.run(f"{small} e.getBoundingClientRect().height < 43).map(e => e.id || e.textContent)") == []
    phone.run("const s = document.getElementById('segment'); s.value = 'E5'; s.dispatchEvent(new Event('change'))")
    assert phone.run("document.getElementById('next-way').textContent") == "435 m to the E (90°)"
    phone.run("document.getElementById('start').click()")
    for step in range(8):
        phone.stand(lon - 0.0008 + 0.0002 * step, lat)
        phone.run("new Promise(done => setTimeout(done, 250))")
    assert phone.run("document.getElementById('walked').textContent") == "155 m walked in E5"
    phone.open()  # the page dies and is opened again
    phone.until("!document.getElementById('resume').hidden")
    assert phone.run("document.getElementById('walked').textContent") == "155 m walked in E5, interrupted"
    phone.run("document.getElementById('stop').click()")
    phone.run("document.getElementById('segment').value = 'D4'; document.getElementById('minutes').value = '45'")
    phone.run("document.getElementById('told').requestSubmit()")
    assert phone.run("document.querySelectorAll('#entries li').length") == 2
    phone.run("document.getElementById('file').click()")
    for _ in range(100):
        files = list(tmp_path.glob("trail-*.json"))
        if files:
            break
        phone.run("new Promise(done => setTimeout(done, 50))")
    assert phone.complaints() == []
    assert phone.asked_for() == []
    told = json.loads(files[0].read_text(encoding="utf-8"))
    assert [(one["segment"], len(one["fixes"])) for one in told["searches"]] == [("E5", 8), ("D4", 0)]
    for number, fix in enumerate(told["searches"][0]["fixes"]):
        fix[3] += 40 * number  # the browser's clock cannot be hurried: as if each step had taken as long as a walk
    files[0].write_text(json.dumps(told), encoding="utf-8")
    said = run("search", case.path, "--from", files[0])
    assert "D4 searched, nothing found" in said
    assert "s1: 0.15 km searched with walker" in said
    log = Case.read(case.path).log
    assert [entry.segment for entry in log] == ["", "D4"]
    assert log[1].hours == 0.75
    again = json.loads(run("search", case.path, "--from", files[0], "--json"))
    assert (again["logged"], again["already"]) == ([], 2)


@pytest.mark.slow
def test_who_refuses_the_position_is_told_and_can_touch_the_map(phone: Phone) -> None:
    phone.call("Browser.setPermission", permission={"name": "geolocation"}, setting="denied")
    phone.open()
    phone.run("document.getElementById('locate').click()")
    phone.until("document.getElementById('said').textContent.includes('does not let the page see')")
    phone.run("document.getElementById('stand').click()")
    phone.run("document.getElementById('map').focus()")
    for kind in ("keyDown", "keyUp"):
        phone.call("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13)
    phone.until("/ to the |You are in/.test(document.getElementById('next-way').textContent)")
    looks = set()
    for _ in range(3):
        phone.run("document.getElementById('look').click()")
        looks.add(phone.run("getComputedStyle(document.body).backgroundColor"))
    assert len(looks) == 3
    assert phone.complaints() == []
