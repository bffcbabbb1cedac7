"""The page as a file: it stands alone, says in words what it draws, and lets nobody's text become code."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from report_results import DREAM, make_data, make_full, make_night

from karmalink.errors import StorageFailed, UsageError
from karmalink.report import AnswerKind, Figure, Page, Section, Table, page_html, render, write_page
from karmalink.report.section import Column, Panel

VOID = {"meta", "link", "br", "img", "input", "hr", "col"}
SVG_LEAVES = {"path", "circle", "rect", "line", "image", "stop"}
# Names of XML vocabularies; they are compared, never fetched.
NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/2000/xmlns/"}


class Reader(HTMLParser):
    """Collects elements and finds tags that do not close."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.unbalanced: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)


@pytest.fixture(scope="module")
def read(full_html: str) -> Reader:
    reader = Reader()
    # The scripts are code, not markup; the parser would read them as such anyway.
    reader.feed(re.sub(r"<script[^>]*>.*?</script>", "", full_html, flags=re.DOTALL))
    return reader


def test_one_file_without_any_address_of_the_net(full_html: str) -> None:
    found = set(re.findall(r"(?:https?:|wss?:|ftp:)?//[a-z0-9][^\s\"'`)<>\\,]*\.[a-z]{2,}[^\s\"'`)<>\\,]*", full_html))
    assert {address for address in found if address not in NAMESPACES and "://" in address} == set()
    assert "@import" not in full_html


def test_nothing_is_loaded(read: Reader) -> None:
    loading = [(tag, values) for tag, values in read.elements if tag in {"link", "img", "iframe", "object", "embed"}]
    assert loading == []
    sources = [values["src"] for _, values in read.elements if "src" in values]
    assert sources == []
    links = [values["href"] for _, values in read.elements if "href" in values]
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in links)
    policy = next(v["content"] for tag, v in read.elements if v.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")


def test_the_runtime_comes_once_and_the_page_stays_small(full_html: str) -> None:
    assert full_html.count("window.vega=") == 1
    assert len(full_html.encode()) < 1_500_000


def test_markup_is_balanced_and_names_are_unique(read: Reader) -> None:
    assert read.unbalanced == []
    assert read.open == []
    names = Counter(values["id"] for _, values in read.elements if "id" in values)
    assert [name for name, count in names.items() if count > 1] == []
    pointed = {values["aria-labelledby"] for _, values in read.elements if "aria-labelledby" in values}
    pointed |= {values["href"][1:] for tag, values in read.elements if tag == "a"}
    assert pointed <= set(names)


def test_every_figure_states_its_finding_in_words(full_html: str) -> None:
    figures = re.findall(r"<figure .*?</figure>", full_html, flags=re.DOTALL)
    assert len(figures) >= 10
    for figure in figures:
        label = re.search(r'role="img" aria-label="([^"]*)"', figure)
        assert label
        assert len(label[1].split()) >= 5


def test_every_table_has_a_caption_and_heads(full_html: str) -> None:
    tables = re.findall(r"<table>.*?</table>", full_html, flags=re.DOTALL)
    assert tables
    for table in tables:
        assert re.search(r"<caption>[^<]+</caption>", table)
        assert '<th scope="col"' in table
    assert full_html.count('class="scroll" role="region" tabindex="0"') == len(tables)


def test_one_first_heading_a_language_and_a_way_past_the_head(read: Reader) -> None:
    tags = Counter(tag for tag, _ in read.elements)
    assert tags["h1"] == 1
    assert tags["main"] == 1
    html = next(values for tag, values in read.elements if tag == "html")
    assert html["lang"] == "en"
    assert ("a", {"class": "skip", "href": "#main"}) in read.elements


def test_a_text_that_tries_to_be_a_script_stays_a_text(full_html: str) -> None:
    assert "<script>alert" not in full_html
    assert "<img src=x" not in full_html
    assert "&lt;script&gt;alert(&#39;dream&#39;)&lt;/script&gt;" in full_html
    assert "Wat <b>Romduol" not in full_html
    assert "the monk &amp; co" in full_html


def test_the_notice_comes_before_the_finding(full_html: str) -> None:
    assert full_html.index("All of this is invented.") < full_html.index("<h1")


def test_light_dark_and_print_have_their_styles(full_html: str) -> None:
    assert "prefers-color-scheme:dark" in full_html
    assert "@media print" in full_html
    # The night's colours are for screens only: paper stays paper.
    assert "@media screen and (prefers-color-scheme:dark)" in full_html


def test_a_page_without_charts_carries_no_script() -> None:
    section = Section("only", "Why?", "Because", "A sentence.", AnswerKind.CONTEXT)
    html = page_html(Page("Title", dt.datetime(2031, 1, 1), (section,)))
    assert "<script" not in html
    assert len(html) < 40_000


def test_a_spec_cannot_end_its_script_element() -> None:
    spec = {"data": "</script><b>&\u2028"}
    figure = Figure("f", "It says something in five words.", (Panel("", spec),))
    section = Section("s", "Q", "T", "", AnswerKind.CONTEXT, (figure,))
    html = page_html(Page("Title", dt.datetime(2031, 1, 1), (section,)))
    assert r"\u003c/script\u003e\u003cb\u003e\u0026\u2028" in html


@pytest.mark.parametrize(
    ("build", "what"),
    [
        (lambda: Figure("f", " ", ()), "text alternative"),
        (lambda: Figure("F 1", "words", ()), "name"),
        (lambda: Table("", (), ()), "caption"),
        (lambda: Table("t", (Column("a"),), (("x", "y"),)), "row of 2 cells"),
        (lambda: Section("s", "q", "", "", AnswerKind.FOUND), "finding"),
        (lambda: Section("S", "q", "t", "", AnswerKind.FOUND), "name"),
        (lambda: page_html(Page("t", dt.datetime(2031, 1, 1), ())), "without sections"),
    ],
)
def test_what_says_nothing_is_refused(build: object, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        build()  # type: ignore[operator]


def test_the_same_name_twice_is_refused() -> None:
    section = Section("s", "q", "t", "", AnswerKind.FOUND)
    with pytest.raises(UsageError, match="'s'"):
        page_html(Page("t", dt.datetime(2031, 1, 1), (section, section)))


def test_no_result_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the report has no results"):
        render(make_data(), tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_replaced_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = write_page("<p>old", tmp_path / "new" / "report.html")

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(StorageFailed) as failed:
        write_page("<p>new", target)
    assert "No space left" in failed.value.rule
    assert target.read_text(encoding="utf-8") == "<p>old"
    assert [path.name for path in target.parent.iterdir()] == ["report.html"]


def test_a_file_in_place_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("")
    with pytest.raises(StorageFailed, match="cannot be written"):
        write_page("<p>", tmp_path / "folder" / "report.html")


def test_the_ceiling_holds(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match=r"5\.1 MB"):
        write_page("x" * 5_100_000, tmp_path / "report.html")


def test_reprs_never_carry_words() -> None:
    assert DREAM[:12] not in repr(make_full())
    assert "1 nights" in repr(make_data(nights=(make_night(),)))
