"""Colours and type: one table for the page, the charts and the map, so that a thing has one colour everywhere.

Charts never carry a colour of their own. They carry the *name* of one (``var(--indigo)``), and the page's style sheet
gives it a value for light, dark and print. A chart that was drawn once therefore follows the reader's setting.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "DARK",
    "LIGHT",
    "LINK_INK",
    "REST_INK",
    "SANS",
    "SERIF",
    "STAGES",
    "STAGE_NAMES",
    "WITNESS_INKS",
    "altair_config",
    "css_tokens",
    "ink",
]

# look.md's palette on paper. `faint` and `band` are for areas that carry no information of their own.
LIGHT: dict[str, str] = {
    "paper": "#fbf8f1",
    "raised": "#fffdf8",
    "ink": "#22242e",
    "soft": "#5d5b52",
    "line": "#ddd6c6",
    "faint": "#ece6d8",
    "band": "#e7e1d1",
    "indigo": "#33418f",
    "saffron": "#d98e04",
    "saffron-text": "#8a5a00",
    "lotus": "#b8486f",
    "rice": "#3f7d53",
    "stone": "#8a8778",
    "stone-text": "#676455",
    "heat": "#27337c",
    "water": "#cfdfe3",
    "field": "#e6ead2",
    "stage-w": "#d98e04",
    "stage-r": "#b8486f",
    "stage-n1": "#9cc3d5",
    "stage-n2": "#5a8bb5",
    "stage-n3": "#2b4c78",
}
# The same hues, lifted until they stand on the night: indigo #33418f on #171a33 would be 1.8 : 1.
DARK: dict[str, str] = {
    "paper": "#171a33",
    "raised": "#1e2240",
    "ink": "#f2eee4",
    "soft": "#bdb9c6",
    "line": "#3b4068",
    "faint": "#262a4d",
    "band": "#323761",
    "indigo": "#a4b1ff",
    "saffron": "#f0b13c",
    "saffron-text": "#f0b13c",
    "lotus": "#ea8fb0",
    "rice": "#83c499",
    "stone": "#a19e90",
    "stone-text": "#b9b6a8",
    "heat": "#b9c4ff",
    "water": "#24395a",
    "field": "#25344a",
    "stage-w": "#f0b13c",
    "stage-r": "#e27aa0",
    "stage-n1": "#bfe0ee",
    "stage-n2": "#7eaed8",
    "stage-n3": "#4f7fbd",
}

STAGES: tuple[str, ...] = ("W", "R", "N1", "N2", "N3")
STAGE_NAMES: dict[str, str] = {
    "W": "awake",
    "R": "REM",
    "N1": "N1",
    "N2": "N2",
    "N3": "N3, deep",
}
# Clues are outlined by witness: a hue and, for readers who cannot tell the hues apart, a dash pattern. Days that links
# point to share one outline, and so do the witnesses beyond the first four. None is lotus: on a map that is danger.
WITNESS_INKS: tuple[tuple[str, str], ...] = (
    ("saffron", "none"),
    ("rice", "8 4"),
    ("ink", "2 4"),
    ("soft", "9 3 2 3"),
)
LINK_INK = ("stage-n2", "10 3 2 3")
REST_INK = ("stone", "4 3")

SANS = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Noto Sans Khmer", "Khmer OS", '
    "sans-serif"
)
SERIF = '"Iowan Old Style", "Palatino Linotype", Palatino, Georgia, "Noto Serif", "Noto Serif Khmer", "Khmer OS", serif'


def ink(name: str) -> str:
    """Return the reference to a colour of the palette, for a chart or an SVG attribute.

    Raises
    ------
    KeyError
        If the palette has no such name.
    """
    if name not in LIGHT:
        raise KeyError(name)
    return f"var(--{name})"


def css_tokens(palette: dict[str, str]) -> str:
    """Return the palette as CSS custom properties."""
    return "".join(f"--{name}:{value};" for name, value in palette.items())


def altair_config() -> dict[str, Any]:
    """Return the Vega-Lite config of every chart: quiet axes, no frame, no legend, colours by name."""
    return {
        "background": None,
        "padding": {"left": 5, "right": 12, "top": 6, "bottom": 2},
        "font": "sans-serif",
        "aria": False,
        "view": {"stroke": None},
        "axis": {
            "labelColor": ink("soft"),
            "titleColor": ink("soft"),
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "labelPadding": 6,
            "domain": False,
            "ticks": False,
            "gridColor": ink("line"),
            "gridOpacity": 0.7,
            "labelOverlap": "greedy",
        },
        "axisX": {
            "grid": False,
            "titleAnchor": "start",
            "domain": True,
            "domainColor": ink("line"),
            "ticks": True,
            "tickColor": ink("line"),
        },
        "legend": {"disable": True},
        "text": {"fontSize": 12, "fill": ink("ink")},
        "rule": {"stroke": ink("soft")},
        "bar": {"fill": ink("indigo")},
        "line": {"stroke": ink("indigo"), "strokeWidth": 2},
        "area": {"fill": ink("band")},
    }
