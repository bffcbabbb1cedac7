"""Small pictures as PNG (ISO/IEC 15948), a byte per pixel: greys, or entries of a palette."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = ["png_bytes"]


def png_bytes(
    pixels: NDArray[np.uint8], *, palette: NDArray[np.uint8] | None = None, about: Mapping[str, str] | None = None
) -> bytes:
    """Return a picture as PNG.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (rows, cols)
        Grey, 0 black to 255 white; or entries of the palette. The first row is on top.
    palette : ndarray of uint8, shape (n, 3), optional
        Red, green, blue; entry 0 is transparent.
    about : mapping of str to str, optional
        Texts that the picture carries, by keyword (``Description``).
    """
    from PIL import Image, PngImagePlugin

    carried = PngImagePlugin.PngInfo()
    for keyword, text in (about or {}).items():
        carried.add_text(keyword, text)
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    out = io.BytesIO()
    if palette is None:
        picture.save(out, "PNG", pnginfo=carried, optimize=True)
        return out.getvalue()
    picture = picture.convert("P")  # a copy of the same bytes; the palette is put in its place below
    picture.frombytes(np.ascontiguousarray(pixels).tobytes())
    picture.putpalette(palette.tobytes())
    picture.save(out, "PNG", pnginfo=carried, optimize=False, bits=8, transparency=0)
    return out.getvalue()
