"""The page: from sections to one self-contained HTML file."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from karmalink import __version__
from karmalink.base.files import write_whole
from karmalink.errors import StorageFailed, UsageError
from karmalink.report import words
from karmalink.report.section import AnswerKind, Section
from karmalink.report.theme import DARK, LIGHT, SANS, SERIF, css_tokens
from karmalink.report.vega import runtime

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["CEILING_BYTES", "Page", "environment", "page_html", "write_page"]

CEILING_BYTES = 5_000_000
ANSWER_WORDS: dict[str, str] = {
    AnswerKind.FOUND: "answered",
    AnswerKind.NOTHING: "nothing here",
    AnswerKind.CANNOT: "cannot be answered yet",
    AnswerKind.CONTEXT: "",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A page before it is drawn.

    Attributes
    ----------
    title, subtitle : str
        What the page is about; the finding itself is the first section's title.
    made : datetime
        When.
    sections : tuple of Section
        In order; the first one opens the page.
    texts : str
        Which texts of people this file contains, in one sentence.
    notice : str
        Shown before everything else, for example that the study is invented.
    language : str
        IETF tag of the page's own words.
    """

    title: str
    made: dt.datetime
    sections: tuple[Section, ...]
    subtitle: str = ""
    texts: str = "It contains no text of a person."
    notice: str = ""
    language: str = "en"


def page_html(page: Page) -> str:
    """Return the page as one HTML document.

    Raises
    ------
    UsageError
        If there is no section, or two things on the page have the same name.
    """
    if not page.sections:
        raise UsageError("a report without sections", next_step="give it at least one result")
    _check_names(page.sections)
    charts = any(panel.spec for section in page.sections for figure in section.figures() for panel in figure.panels)
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            page={
                "title": page.title,
                "subtitle": page.subtitle,
                "made": words.day(page.made.date()),
                "made_iso": page.made.date().isoformat(),
                "language": page.language,
                "version": __version__,
                "sections": page.sections,
                "texts": page.texts,
                "notice": page.notice,
                "answer_words": {str(key): text for key, text in ANSWER_WORDS.items()},
                "style": Markup(_style()),
                "script": Markup(_asset("chart.js")) if charts else "",
                "runtime": Markup(runtime()) if charts else "",
            }
        )
    )


def write_page(html: str, path: Path | str) -> Path:
    """Write `html` to `path` in one step: there is the whole new page or what was there before.

    Raises
    ------
    StorageFailed
        If the page is over the ceiling, or the place cannot be written.
    """
    target = Path(path)
    data = html.encode("utf-8")
    if len(data) > CEILING_BYTES:
        raise StorageFailed(
            f"the report would have {len(data) / 1e6:.1f} MB",
            where=target,
            rule=f"a report has at most {CEILING_BYTES / 1e6:.0f} MB",
            next_step="give it fewer links, or a coarser map",
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, data)
    except OSError as error:
        raise StorageFailed(
            "the report cannot be written",
            where=target,
            rule=os.strerror(error.errno) if error.errno else "",
            next_step="choose another place with --out",
        ) from error
    return target


def _check_names(sections: Sequence[Section]) -> None:
    names = [section.id for section in sections]
    names += [figure.id for section in sections for figure in section.figures()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"two parts of the page are called {twice[0]!r}", rule="names on a page are unique")


def _spec(value: dict[str, Any]) -> Markup:
    """Return a spec for a ``<script type="application/json">``: no character that could end the element early."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # escaped above


def _asset(name: str) -> str:
    return files("karmalink.report").joinpath("templates", name).read_text(encoding="utf-8")


def _style() -> str:
    fonts = f"--sans:{SANS};--serif:{SERIF};"
    light, dark = css_tokens(LIGHT), css_tokens(DARK)
    # Print is always on paper: a night page would empty a cartridge.
    return (
        f":root{{color-scheme:light;{fonts}{light}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{color-scheme:dark;{dark}}}}}" + _asset("style.css")
    )


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the templates, with the filter ``spec`` for data in a script element."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("karmalink.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["spec"] = _spec
    return environment
