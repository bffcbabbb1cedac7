"""What pages with a Leaflet map share: the library as one text, our scripts and styles, colours by light."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from karmalink.report.theme import DARK, LIGHT, SANS, css_tokens

__all__ = ["EXTRA_DARK", "EXTRA_LIGHT", "SUN", "leaflet", "page_style", "script_of"]

# Beside the palette: what buttons and small text need to reach AA on both grounds.
EXTRA_LIGHT = {"edge": "#8a8778", "lotus-text": "#a23a60", "on-indigo": "#ffffff", "scrim": "rgba(255,253,248,.85)"}
EXTRA_DARK = {"edge": "#8b8fb5", "lotus-text": "#ea8fb0", "on-indigo": "#171a33", "scrim": "rgba(23,26,51,.85)"}
# In the sun: black on white, everything stronger.
SUN = {
    **{"paper": "#ffffff", "raised": "#ffffff", "ink": "#000000", "soft": "#26262b", "line": "#6d6d6d"},
    **{"faint": "#dcdcdc", "stone": "#55534a", "heat": "#101a70", "water": "#9cc8dc", "field": "#d3e0a8"},
    **{"edge": "#000000", "indigo": "#1c2878", "lotus": "#a01850", "lotus-text": "#8c1044"},
}


@lru_cache(maxsize=1)
def leaflet() -> tuple[str, str]:
    """Return Leaflet's script and style sheet; its pictures are left out, the pages use none of them."""
    from xstatic.pkg import leaflet as library

    folder = Path(library.BASE_DIR)
    script = (folder / "leaflet.js").read_text(encoding="utf-8")
    script = re.sub(r"//# sourceMappingURL=.*", "", script).replace("</script", "<\\/script")
    style = (folder / "leaflet.css").read_text(encoding="utf-8")
    return script, re.sub(r"url\([^)]*\)", "none", style)


def script_of(*names: str) -> str:
    """Return templates of ours, named below ``report/templates``, as one text."""
    return "\n".join(_asset(name) for name in names)


def page_style(*names: str) -> str:
    """Return the colours for light, dark and sun, and style sheets of ours."""
    light, dark, sun = (css_tokens(table) for table in ({**LIGHT, **EXTRA_LIGHT}, {**DARK, **EXTRA_DARK}, SUN))
    return (
        f":root{{color-scheme:light;--sans:{SANS};{light}}}"
        f"@media (prefers-color-scheme:dark){{:root{{color-scheme:dark;{dark}}}}}"
        f":root[data-look=night]{{color-scheme:dark;{dark}}}"
        f":root[data-look=sun]{{color-scheme:light;{light}{sun}}}" + script_of(*names)
    )


def _asset(name: str) -> str:
    return files("karmalink.report").joinpath("templates", *name.split("/")).read_text(encoding="utf-8")
