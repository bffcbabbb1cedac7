"""Draw what the case ``planted`` measures: ``python -m evaluation.link.planted_chart FOLDER FILE.png``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from evaluation.link.planted import Cell, cells, fading, interval
from karmalink.report.charts.power import PowerPoint, power_curves
from karmalink.report.section import Panel
from karmalink.report.theme import LIGHT

__all__ = ["draw", "main"]

_RULES = (
    ("oracle", "a perfect oracle", "stone"),
    ("uncalibrated", "uncalibrated", "saffron"),
    ("ours", "calibrated (ours)", "indigo"),
    ("careless", "a careless rule", "lotus"),
)
_WIDTH = 560


def draw(made: list[Cell]) -> list[Panel]:
    """Return the panels: by retellings, by nights, by share of nights with a source."""
    panels = []
    for axis, title, picked in (
        (
            "Times the source was retold before the dream",
            "What a calibration costs is little beside what retelling takes",
            [(cell.strength, cell) for cell in made if (cell.nights, cell.share, cell.lags) == (80, 0.5, 7)],
        ),
        (
            "Nights with an account",
            "Below forty nights the odds are not known well enough",
            [(cell.nights, cell) for cell in made if (cell.strength, cell.share, cell.lags) == (1, 0.5, 7)],
        ),
        (
            "Nights with a source, %",
            "Few sources among many nights stay hidden",
            [(100 * cell.share, cell) for cell in made if (cell.strength, cell.nights, cell.lags) == (1, 80, 7)],
        ),
    ):
        points = []
        for name, label, colour in _RULES:
            for x, cell in sorted(picked, key=lambda one: one[0]):
                low, high = interval(cell.power[name], cell.people) if name == "ours" else (None, None)
                power = float(cell.power[name].mean())
                points.append(
                    PowerPoint(label, x, power, power if low is None else low, power if high is None else high, colour)
                )
        panels.append(power_curves(points, axis=axis, title=title))
    return panels


def main(words: list[str]) -> int:
    """Measure, draw, and write one picture of all panels, one below the other."""
    import vl_convert

    if len(words) != 2:
        print("usage: python -m evaluation.link.planted_chart FOLDER FILE.png", file=sys.stderr)
        return 2
    data, out = Path(words[0]), Path(words[1])
    svg = _stacked(draw(list(cells(data, fading(data)))))
    out.write_bytes(vl_convert.svg_to_png(svg, scale=2))
    return 0


def _stacked(panels: list[Panel]) -> str:
    """Return the panels as one drawing on paper, with their titles."""
    parts, top = [], 8.0
    for one in panels:
        drawing = str(one.still)
        box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawing)
        height = float(box[2]) if box else 240.0
        said = f'<text x="8" y="{top + 16:g}" font-family="sans-serif" font-size="15" fill="#22242e">{one.title}</text>'
        parts.append(said)
        inside = drawing.replace("<svg", f'<svg x="0" y="{top + 24:g}"', 1)
        parts.append(inside)
        top += height + 40
    # A page gives the names of colours their values; a picture has to be given them.
    body = re.sub(r"var\(--([a-z0-9-]+)\)", lambda name: LIGHT[name[1]], "".join(parts))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{top:g}">'
        f'<rect width="100%" height="100%" fill="#fbf8f1"/>{body}</svg>'
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
