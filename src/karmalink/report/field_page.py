"""The trail page: a case on a phone, as one file that needs no network and lets nothing out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from karmalink import __version__
from karmalink.report import words
from karmalink.report.charts.labels import is_khmer
from karmalink.report.leaflet_page import leaflet, page_style, script_of
from karmalink.report.page import environment, write_page

if TYPE_CHECKING:
    from karmalink.seek import FieldPage

__all__ = ["field_page_html", "render_field_page"]

_SCRIPTS = (
    "field_page/geo.js",
    "field_page/store.js",
    "leaflet_ground.js",
    "field_page/map.js",
    "field_page/page.js",
)


def render_field_page(field_page: FieldPage, path: Path | str) -> Path:
    """Write the field page of a case and return its path.

    Parameters
    ----------
    field_page : FieldPage
        What is on it (:func:`karmalink.seek.field_page_of`).
    path : path
        Where; the file is replaced in one step.

    Raises
    ------
    StorageFailed
        If the file would be over five megabytes, or cannot be written.
    """
    return write_page(field_page_html(field_page), path)


def field_page_html(field_page: FieldPage) -> str:
    """Return the field page as one HTML document."""
    data = field_page.data
    finest = "by cells" if field_page.exact else "by whole segments, so that a lost phone gives no spot away"
    page = {
        "name": field_page.name,
        "khmer": is_khmer(field_page.name),
        "data": data,
        "probability": f"The stronger the tint, the likelier it lies there. Probability is shown {finest}.",
        "rest_of_world": words.percent(data["rest_of_world"]),
        "closures": [_closure(row) for row in data["closures"]],
        "dangers": [f"Danger: {row['name']}{_in(row['segments'])}." for row in data["dangers"]],
        "sought": data.get("sought", []),
        "made": words.day(dt.date.fromisoformat(data["made"])),
        "version": __version__,
        "style": Markup(page_style("field_page/field_page.css")),
        "script": Markup(script_of(*_SCRIPTS)),
        "leaflet": Markup(leaflet()[0]),
        "leaflet_style": Markup(leaflet()[1]),
    }
    drawn = environment()
    drawn.tests["khmer"] = is_khmer
    return drawn.get_template("field_page/field_page.html.j2").render(page=page)


def _closure(row: dict[str, Any]) -> str:
    until = f" until {words.day(dt.date.fromisoformat(row['end']))}" if row["end"] else ""
    return f"Closed from {words.day(dt.date.fromisoformat(row['start']))}{until}: {row['name']}{_in(row['segments'])}."


def _in(segments: list[str]) -> str:
    more = f" and {len(segments) - 8} more" if len(segments) > 8 else ""
    return f" (in {', '.join(segments[:8])}{more})" if segments else ""
