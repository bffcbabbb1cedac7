"""The probability as a picture that lies on the ground: PNG, world file and projection."""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

from karmalink.base.png import png_bytes
from karmalink.seek.exports.releases import Release

__all__ = ["PALETTE", "picture", "projection", "shades", "world_file"]

GAMMA = 0.5  # shade = (probability / most)^gamma, as on the report's map
_STEPS = 255
# One hue, from nearly paper to indigo; the lightness falls evenly, so that it also reads in grey.
_ENDS = np.array([[238.0, 240.0, 250.0], [126.0, 138.0, 205.0], [39.0, 51.0, 124.0]])


def _palette() -> NDArray[np.uint8]:
    at = np.linspace(0.0, 1.0, _STEPS)
    columns = [np.interp(at, [0.0, 0.55, 1.0], _ENDS[:, band]) for band in range(3)]
    return np.vstack([np.zeros((1, 3)), np.column_stack(columns)]).round().astype(np.uint8)


PALETTE = _palette()  # entry 0 is outside the area, and transparent


def shades(given: Release) -> NDArray[np.uint8]:
    """Return the entry of the palette of every cell, shape (rows, cols); 0 outside the area."""
    top = float(given.probability.max(initial=0.0))
    share = given.probability / top if top > 0 else np.zeros_like(given.probability)
    return np.asarray(given.probability_map.area.grid((1 + (_STEPS - 1) * share**GAMMA).round()), dtype=np.uint8)


def picture(given: Release) -> bytes:
    """Return the probability as an indexed PNG (ISO/IEC 15948), a pixel per cell, north up; its text says what."""
    about = json.dumps({"name": given.name, **given.metadata()}, ensure_ascii=True)
    return png_bytes(shades(given), palette=PALETTE, about={"Description": about})


def world_file(given: Release) -> bytes:
    """Return the six numbers that lay the picture on the ground: sizes, no rotation, middle of the first pixel."""
    at = given.probability_map.area.transform
    middle = at.c + at.a / 2.0, at.f + at.e / 2.0
    return "".join(f"{value:.6f}\n" for value in (at.a, 0.0, 0.0, at.e, *middle)).encode("ascii")


def projection(given: Release) -> bytes:
    """Return the projection of the world file as ESRI's WKT."""
    from pyproj import CRS

    return str(CRS.from_proj4(given.probability_map.area.crs).to_wkt("WKT1_ESRI")).encode("ascii")
