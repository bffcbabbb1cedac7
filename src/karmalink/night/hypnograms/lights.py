"""Lights off and lights on, as annotations tell them: what a night is counted from and to."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["Lights", "lights_of"]

Lights = tuple[float | None, float | None]
"""Lights off and lights on, in seconds of the recording; None where nothing tells."""

# English, German, French, Spanish, Italian, Portuguese, Dutch. A kind of marker may stand in front ("Comment/").
_OFF = re.compile(
    r"(?:.*[/:])?\W*(?:lights?\W*(?:are\W*)?(?:off|out)|licht(?:er)?\W*aus|(?:extinction|lumi[eè]res?\W*[eé]teinte?s?)"
    r"|luces?\W*apagadas?|luz\W*apagada|luci\W*spente|luzes\W*apagadas|licht\W*uit|good\W*night)\W*",
    re.IGNORECASE,
)
_ON = re.compile(
    r"(?:.*[/:])?\W*(?:lights?\W*(?:are\W*)?on|licht(?:er)?\W*an|lumi[eè]res?\W*allum[eé]e?s?|allumage"
    r"|luces?\W*encendidas?|luz\W*encendida|luci\W*accese|luzes\W*acesas|licht\W*aan|good\W*morning)\W*",
    re.IGNORECASE,
)


def lights_of(marks: Iterable[tuple[float, str]]) -> Lights:
    """Return when the lights went off and on, of (second, text).

    The first "off" and the last "on" behind it: a light that was put on in the night and off again belongs to it.
    """
    listed = list(marks)
    off = min((second for second, text in listed if _OFF.fullmatch(text.strip().replace("_", " "))), default=None)
    ons = [second for second, text in listed if _ON.fullmatch(text.strip().replace("_", " "))]
    on = max((second for second in ons if off is None or second > off), default=None)
    return off, on
