"""The trail page: a case on a phone, as one file that needs no network and lets nothing out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from karmalink.report import words
from karmalink.report.leaflet_page import leaflet_document
from karmalink.report.page import write_page

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
        "data": data,
        "probability": f"The stronger the tint, the likelier it lies there. Probability is shown {finest}.",
        "rest_of_world": words.percent(data["rest_of_world"]),
        "closures": [_closure(row) for row in data["closures"]],
        "dangers": [f"Danger: {row['name']}{_in(row['segments'])}." for row in data["dangers"]],
        "sought": data.get("sought", []),
    }
    template, styles = "field_page/field_page.html.j2", ("field_page/field_page.css",)
    return leaflet_document(template, field_page.name, data["made"], page, styles=styles, scripts=_SCRIPTS)


def _closure(row: dict[str, Any]) -> str:
    until = f" until {words.day(dt.date.fromisoformat(row['end']))}" if row["end"] else ""
    return f"Closed from {words.day(dt.date.fromisoformat(row['start']))}{until}: {row['name']}{_in(row['segments'])}."


def _in(segments: list[str]) -> str:
    more = f" and {len(segments) - 8} more" if len(segments) > 8 else ""
    return f" (in {', '.join(segments[:8])}{more})" if segments else ""
