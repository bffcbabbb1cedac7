"""The trail page: a case on a phone, as one file that needs no network and lets nothing out."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from karmalink import __version__
from karmalink.report import words
from karmalink.report.charts.labels import is_khmer
from karmalink.report.page import environment, write_page
from karmalink.report.theme import DARK, LIGHT, SANS, css_tokens

if TYPE_CHECKING:
    from karmalink.seek import FieldPage

__all__ = ["EXTRA_DARK", "EXTRA_LIGHT", "SUN", "field_page_html", "render_field_page"]

_SCRIPTS = ("geo.js", "store.js", "map.js", "page.js")
# Beside the palette: what buttons and small text need to reach AA on both grounds.
EXTRA_LIGHT = {"edge": "#8a8778", "lotus-text": "#a23a60", "on-indigo": "#ffffff", "scrim": "rgba(255,253,248,.85)"}
EXTRA_DARK = {"edge": "#8b8fb5", "lotus-text": "#ea8fb0", "on-indigo": "#171a33", "scrim": "rgba(23,26,51,.85)"}
# In the sun: black on white, everything stronger.
SUN = {
    **{"paper": "#ffffff", "raised": "#ffffff", "ink": "#000000", "soft": "#26262b", "line": "#6d6d6d"},
    **{"faint": "#dcdcdc", "stone": "#55534a", "heat": "#101a70", "water": "#9cc8dc", "field": "#d3e0a8"},
    **{"edge": "#000000", "indigo": "#1c2878", "lotus": "#a01850", "lotus-text": "#8c1044"},
}


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
        "style": Markup(_style()),
        "script": Markup("\n".join(_asset(name) for name in _SCRIPTS)),
        "leaflet": Markup(_leaflet()[0]),
        "leaflet_style": Markup(_leaflet()[1]),
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


@lru_cache(maxsize=1)
def _leaflet() -> tuple[str, str]:
    """Return Leaflet's script and style sheet; its pictures are left out, the page uses none of them."""
    from xstatic.pkg import leaflet

    folder = Path(leaflet.BASE_DIR)
    script = (folder / "leaflet.js").read_text(encoding="utf-8")
    script = re.sub(r"//# sourceMappingURL=.*", "", script).replace("</script", "<\\/script")
    style = (folder / "leaflet.css").read_text(encoding="utf-8")
    return script, re.sub(r"url\([^)]*\)", "none", style)


def _asset(name: str) -> str:
    return files("karmalink.report").joinpath("templates", "field_page", name).read_text(encoding="utf-8")


def _style() -> str:
    light, dark, sun = (css_tokens(table) for table in ({**LIGHT, **EXTRA_LIGHT}, {**DARK, **EXTRA_DARK}, SUN))
    return (
        f":root{{color-scheme:light;--sans:{SANS};{light}}}"
        f"@media (prefers-color-scheme:dark){{:root{{color-scheme:dark;{dark}}}}}"
        f":root[data-look=night]{{color-scheme:dark;{dark}}}"
        f":root[data-look=sun]{{color-scheme:light;{light}{sun}}}" + _asset("field_page.css")
    )
