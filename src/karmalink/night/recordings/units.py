"""Units of voltage: one table of how files spell them, for every format that states one.

A unit field is eight bytes in EDF and free text elsewhere, and the µ is what gets lost: it is written as ``u``, in
UTF-8, in the code pages of Western Europe, DOS, Japan and China, or replaced by ``?`` or ``.`` where a program could
not write it. Whatever the spelling, 30 µV must not come out as 30 V.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["VOLTS", "unit_as_written", "unit_named", "volts_per"]

VOLTS: Mapping[str, float] = MappingProxyType({"V": 1.0, "mV": 1e-3, "uV": 1e-6, "nV": 1e-9})
"""Units of voltage → volts. A unit that is not one of these, however spelled, is kept as it is: nothing is scaled."""

# What stands before "V". The µ as other code pages show it when they are read as Latin-1: DOS 437 and 850 keep it as
# E6 (æ), Shift-JIS as 83 CA, GBK as A6 CC, UTF-8 as C2 B5 or CE BC (the Greek letter). "mk" is Russian "мк".
_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "V": ("",),
    "mV": ("m", "milli", "м", "мили", "милли"),
    "uV": ("u", "µ", "micro", "mikro", "mc", "mcro", "mk", "мк", "микро", "?", ".", "\ufffd", "æ", "âµ", "î¼", "¦ì"),
    "nV": ("n", "nano", "н", "нано"),
}
_MORE_MICRO = ("\x83ê", "ã\x82âµ", "¿", "~", "_")
# "мкВ" and "мВ" of the Russian code page, read as Latin-1.
_WHOLE = {"ìêâ": "uV", "ìâ": "mV"}
_VOLT = ("v", "volt", "volts", "volte", "в", "вольт")


def _folded(text: str) -> str:
    """Return a spelling without case, blanks, brackets and signs that differ only in how they are encoded."""
    bare = re.sub(r"[\s\x00-\x1f()\[\]{}\"']", "", text)
    # NFKC makes one letter of the two µ (the sign U+00B5, the Greek U+03BC) and takes the squared "㎶" apart.
    return unicodedata.normalize("NFKC", bare).casefold()


_SPELLINGS: Mapping[str, str] = MappingProxyType(
    {
        _folded(f"{prefix}{word}"): unit
        for unit, prefixes in (*_PREFIXES.items(), ("uV", _MORE_MICRO))
        for prefix in prefixes
        for word in _VOLT
    }
    | _WHOLE
)


def unit_named(text: str) -> str:
    """Return the unit of voltage that a field states: a key of `VOLTS`, empty where it states none of them.

    Examples
    --------
    >>> unit_named("µV"), unit_named("uv"), unit_named("?V"), unit_named("millivolts"), unit_named("%")
    ('uV', 'uV', 'uV', 'mV', '')
    """
    return _SPELLINGS.get(_folded(text), "")


def volts_per(text: str) -> float | None:
    """Return how many volts one of the unit is; None where the field states no unit of voltage."""
    return VOLTS.get(unit_named(text))


def unit_as_written(raw: bytes) -> str:
    """Return the text of a unit field: UTF-8 where it is that, else byte by byte, so that nothing of it is lost."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return re.sub(r"[\x00-\x1f]", "", text).strip()
