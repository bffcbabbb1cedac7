"""From an Altair chart to a panel of the page: still SVG at once, the Vega spec for the reader's own width.

A report is opened by mail readers and previews that run no script, and it is printed. Each chart therefore stands in
the page as SVG; where scripts run, the one Vega runtime of the page redraws it to the width there is, with tooltips.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from karmalink.report.section import Panel
from karmalink.report.theme import altair_config

__all__ = ["panel", "rows_of", "runtime"]

# Where no script runs, charts are drawn for this width and scaled down by the page; 12 px stay legible at 360 px.
STILL_WIDTH = 560
CHECKED = False
_LONG_NUMBER = re.compile(r"(\d+\.\d)\d+")
# Roles and labels inside the drawing: the panel carries the one text alternative, the rest would be noise to a screen
# reader.
_SILENT = re.compile(r' (?:role|aria-roledescription|aria-label|aria-hidden|pointer-events)="[^"]*"')
_EMPTY = re.compile(r'<path class="(?:foreground|background)"[^>]* d="(?:M0,0h0v0h0Z)?"[^>]*/>')
_NAMESPACE = re.compile(r' xmlns(?::xlink)?="[^"]*"')


def rows_of(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return a chart of these rows, to be given marks: plain records, so that no data frame has to be made of them."""
    import altair as alt

    return alt.Chart(alt.InlineData(values=list(rows)))


def panel(layers: Sequence[Any], *, height: float, title: str = "") -> Panel:
    """Return a panel of `layers`, one over the other, that fills the width it gets.

    Parameters
    ----------
    layers : sequence of altair charts
        Single views that share their axes; colours by name (`report.theme.ink`).
    height : float
        Of the drawing without its axis, px.
    title : str
        Words above the panel.
    """
    import altair as alt
    import vl_convert

    # Altair would check the spec against the whole schema for each chart, a third of the time; a test does it instead.
    lite = alt.LayerChart(layer=list(layers), width="container", height=height).to_dict(validate=CHECKED)
    lite.pop("$schema", None)
    lite["config"] = altair_config()
    spec: dict[str, Any] = vl_convert.vegalite_to_vega(lite)
    spec.pop("$schema", None)
    return Panel(still=_still(spec), spec=_round(spec), title=title)


@lru_cache(maxsize=1)
def runtime() -> str:
    """Return the Vega runtime as JavaScript, for one ``<script>`` of the page (about 0.6 MB).

    The specs are compiled here, so the page needs neither Vega-Lite nor Vega-Embed (0.9 MB together with Vega). The
    bundler exports those only when Vega's module itself is named: its default export is null.
    """
    import vl_convert

    snippet = (
        f'import {{View,parse}} from "/npm/vega@{vl_convert.get_vega_version()}/+esm.js";window.vega={{View,parse}};'
    )
    script: str = vl_convert.javascript_bundle(snippet)
    return script.replace("</script", "<\\/script")


def _still(spec: dict[str, Any]) -> Markup:
    import vl_convert

    signals = [signal for signal in spec.get("signals", []) if signal.get("name") != "width"]
    fixed = {**spec, "signals": signals, "width": STILL_WIDTH}
    svg: str = vl_convert.vega_to_svg(fixed)
    for pattern in (_SILENT, _EMPTY, _NAMESPACE):
        svg = pattern.sub("", svg)
    return Markup(_LONG_NUMBER.sub(r"\1", svg))  # drawn by Vega, which escapes text


def _round(value: Any) -> Any:
    """Shorten the numbers of a spec: six digits are more than a screen can show and half of the page's weight."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, list):
        return [_round(item) for item in value]
    if isinstance(value, dict):
        return {key: _round(item) for key, item in value.items()}
    return value
