"""What pages with a Leaflet map share: the library as one text, our scripts and styles, colours by light."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from markupsafe import Markup

from karmalink import __version__
from karmalink.report import words
from karmalink.report.charts.labels import is_khmer
from karmalink.report.page import environment
from karmalink.report.theme import DARK, LIGHT, SANS, css_tokens

__all__ = ["EXTRA_DARK", "EXTRA_LIGHT", "SUN", "leaflet_document", "page_style"]

# Beside the palette: what buttons and small text need to reach AA on both grounds.
EXTRA_LIGHT = {"edge": "#8a8778", "lotus-text": "#a23a60", "on-indigo": "#ffffff", "scrim": "rgba(255,253,248,.85)"}
EXTRA_DARK = {"edge": "#8b8fb5", "lotus-text": "#ea8fb0", "on-indigo": "#171a33", "scrim": "rgba(23,26,51,.85)"}
# In the sun: black on white, everything stronger.
SUN = {
    **{"paper": "#ffffff", "raised": "#ffffff", "ink": "#000000", "soft": "#26262b", "line": "#6d6d6d"},
    **{"faint": "#dcdcdc", "stone": "#55534a", "heat": "#101a70", "water": "#9cc8dc", "field": "#d3e0a8"},
    **{"edge": "#000000", "indigo": "#1c2878", "lotus": "#a01850", "lotus-text": "#8c1044"},
}


def leaflet_document(
    template: str, name: str, made: str, page: Mapping[str, Any], *, styles: Sequence[str], scripts: Sequence[str]
) -> str:
    """Return a page with a map as one HTML document.

    Parameters
    ----------
    template : str
        Below ``report/templates``; it finds `page` and what all such pages have under the name ``page``.
    name : str
        What is looked for.
    made : str
        Day, ISO 8601.
    page : mapping
        What this page has.
    styles, scripts : sequence of str
        Below ``report/templates``, in their order.
    """
    script, style = _leaflet()
    shared = {
        "name": name,
        "khmer": is_khmer(name),
        "made": words.day(dt.date.fromisoformat(made)),
        "version": __version__,
        "style": Markup(page_style(*styles)),
        "script": Markup(_texts(scripts)),
        "leaflet": Markup(script),
        "leaflet_style": Markup(style),
    }
    drawn = environment()
    drawn.tests["khmer"] = is_khmer
    return drawn.get_template(template).render(page={**shared, **page})


@lru_cache(maxsize=1)
def _leaflet() -> tuple[str, str]:
    """Return Leaflet's script and style sheet; its pictures are left out, the pages use none of them."""
    from xstatic.pkg import leaflet as library

    folder = Path(library.BASE_DIR)
    script = (folder / "leaflet.js").read_text(encoding="utf-8")
    script = re.sub(r"//# sourceMappingURL=.*", "", script).replace("</script", "<\\/script")
    style = (folder / "leaflet.css").read_text(encoding="utf-8")
    return script, re.sub(r"url\([^)]*\)", "none", style)


def _texts(names: Iterable[str]) -> str:
    """Return templates of ours, named below ``report/templates``, as one text."""
    return "\n".join(_asset(name) for name in names)


def page_style(*names: str) -> str:
    """Return the colours for light, dark and sun, and style sheets of ours."""
    light, dark, sun = (css_tokens(table) for table in ({**LIGHT, **EXTRA_LIGHT}, {**DARK, **EXTRA_DARK}, SUN))
    return (
        f":root{{color-scheme:light;--sans:{SANS};{light}}}"
        f"@media (prefers-color-scheme:dark){{:root{{color-scheme:dark;{dark}}}}}"
        f":root[data-look=night]{{color-scheme:dark;{dark}}}"
        f":root[data-look=sun]{{color-scheme:light;{light}{sun}}}" + _texts(names)
    )


def _asset(name: str) -> str:
    return files("karmalink.report").joinpath("templates", *name.split("/")).read_text(encoding="utf-8")
