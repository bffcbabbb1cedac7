"""KML 2.2 of a map, its clues and a plan, for phones and globes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from karmalink.seek.exports.geojson import released_geojson
from karmalink.seek.exports.releases import Release

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["to_kml"]

_NAMESPACE = "http://www.opengis.net/kml/2.2"
# aabbggrr, as KML has it: indigo ground, stone clues, saffron segments and spot
_STYLES = {
    "region": ("ff8f4133", 1.5, "408f4133"),
    "clue": ("ff78878a", 2.0, "00ffffff"),
    "segment": ("ff048ed9", 2.0, "20048ed9"),
    "best": ("ff048ed9", 1.0, "ff048ed9"),
}
_TITLES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "region": lambda given: f"{given['mass']:.0%} of the probability",
    "clue": lambda given: f"{given['id']} ({given['witness']})",
    "segment": lambda given: f"{given['order']} {given['name']}",
    "best": lambda given: "most probable spot",
}


def to_kml(given: Release) -> bytes:
    """Return a release as KML, UTF-8; what a feature says of itself is in its ExtendedData."""
    plain = released_geojson(given)
    root = ElementTree.Element("kml", xmlns=_NAMESPACE)
    document = _child(root, "Document")
    _child(document, "name", given.name)
    _data(document, plain["karmalink"])
    for what, (line, width, fill) in _STYLES.items():
        style = _child(document, "Style", id=what)
        drawn = _child(style, "LineStyle")
        _child(drawn, "color", line)
        _child(drawn, "width", f"{width:g}")
        _child(_child(style, "PolyStyle"), "color", fill)
    for feature in plain["features"]:
        properties = feature["properties"]
        mark = _child(document, "Placemark")
        _child(mark, "name", _TITLES[properties["what"]](properties))
        _child(mark, "styleUrl", f"#{properties['what']}")
        _data(mark, properties)
        _geometry(mark, feature["geometry"])
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _data(parent: Element, values: Mapping[str, Any]) -> None:
    table = _child(parent, "ExtendedData")
    for name, value in values.items():
        if value is not None:
            _child(_child(table, "Data", name=name), "value", str(value))


def _geometry(parent: Element, geometry: Mapping[str, Any]) -> None:
    kind, points = geometry["type"], geometry["coordinates"]
    if kind.startswith("Multi"):
        group = _child(parent, "MultiGeometry")
        for part in points:
            _geometry(group, {"type": kind.removeprefix("Multi"), "coordinates": part})
    elif kind == "Polygon":
        shape = _child(parent, "Polygon")
        for number, ring in enumerate(points):
            edge = _child(shape, "outerBoundaryIs" if number == 0 else "innerBoundaryIs")
            _child(_child(edge, "LinearRing"), "coordinates", _text(ring))
    else:
        _child(_child(parent, kind), "coordinates", _text([points] if kind == "Point" else points))


def _text(points: Any) -> str:
    return " ".join(f"{point[0]:.7f},{point[1]:.7f}" for point in points)


def _child(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    found = ElementTree.SubElement(parent, tag, attributes)
    found.text = text
    return found
