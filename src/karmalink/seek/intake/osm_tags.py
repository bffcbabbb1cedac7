"""What tags of OpenStreetMap say about a feature: what it is, and every name it bears. Other files use them too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["KINDS", "MINOR", "MINOR_WEIGHT", "NAME_TAGS", "aliases_of", "first_name", "kind_named", "kind_of"]

# The first row that fits says the kind: (key, value or * for any, kind or empty for the value itself).
KINDS: tuple[tuple[str, str, str], ...] = (
    ("place", "*", ""),
    ("railway", "station", "station"),
    ("railway", "halt", "station"),
    ("railway", "tram_stop", "stop"),
    ("railway", "subway_entrance", "entrance"),
    ("railway", "platform", "platform"),
    ("railway", "stop", "stop"),
    ("railway", "rail", "rail"),
    ("railway", "*", "rail"),
    ("waterway", "*", ""),
    ("natural", "water", "water"),
    ("natural", "coastline", "coast"),
    ("natural", "*", ""),
    ("amenity", "place_of_worship", "worship"),
    ("amenity", "marketplace", "market"),
    ("amenity", "*", ""),
    ("historic", "*", ""),
    ("tourism", "*", ""),
    ("leisure", "*", ""),
    ("man_made", "*", ""),
    ("shop", "*", "shop"),
    ("office", "*", "office"),
    ("craft", "*", "workshop"),
    ("healthcare", "*", ""),
    ("landuse", "*", ""),
    ("highway", "bus_stop", "stop"),
    ("highway", "*", "road"),
    ("bridge", "*", "bridge"),
    ("public_transport", "*", "stop"),
    ("building", "*", "building"),
    ("boundary", "*", "boundary"),
    ("route", "*", "route"),
    ("route_master", "*", "route"),
    ("type", "street", "road"),
    ("type", "associatedStreet", "road"),
    ("type", "site", "site"),
)
NAME_TAGS = (
    "name",
    "alt_name",
    "old_name",
    "short_name",
    "loc_name",
    "official_name",
    "int_name",
    "nat_name",
    "reg_name",
)
_WORSHIP = {"buddhist": "pagoda", "christian": "church", "muslim": "mosque", "hindu": "temple", "jewish": "synagogue"}
# Who says a name means the square sooner than the tram stop that is called after it.
MINOR_WEIGHT = 0.25
MINOR = frozenset({"stop", "platform", "entrance", "taxi", "bicycle_rental", "bus_station", "parking", "atm", "route"})
# "name:km", "old_name:zh-Hant", "name:left": a name in a language, a script or on a side; "name:etymology" is none.
_OF_LANGUAGE = re.compile(rf"(?:{'|'.join(NAME_TAGS)})[:_](?:[a-z]{{2,3}}(?:[-_][a-z0-9]+)*|left|right)$")
# Where other programs write a name and a kind, in lower case.
_TITLES = ("title", "label", "nom", "nombre", "naam")
_KINDS_NAMED = ("kind", "fclass")


def kind_of(tags: Mapping[str, str]) -> str:
    """Return what a feature is, by the table :data:`KINDS`; empty where the table says nothing."""
    for key, value, kind in KINDS:
        given = tags.get(key)
        if given is None or given == "no" or value not in ("*", given):
            continue
        found = kind or ("building" if given == "yes" else given)
        return _WORSHIP.get(tags.get("religion", ""), found) if found == "worship" else found
    return ""


def first_name(tags: Mapping[str, Any]) -> str:
    """Return the name of a feature: its own, else one in a language, else another; empty where it has none."""
    return next(iter(_names(tags)), "")


def aliases_of(tags: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return every further name of a feature: old and short names, other languages; once each."""
    return tuple(found for found in _names(tags) if found != " ".join(name.split()))


def kind_named(tags: Mapping[str, Any]) -> str:
    """Return the kind that a feature of another program states, or that its tags say."""
    low = {key.casefold(): value for key, value in tags.items()}
    stated = next((_text(low[key]) for key in _KINDS_NAMED if _text(low.get(key))), "")
    return stated or kind_of({key: _text(value) for key, value in low.items() if _text(value)})


def _names(tags: Mapping[str, Any]) -> tuple[str, ...]:
    low = {key.casefold(): value for key, value in tags.items()}
    name = _text(low.get("name"))
    others = [part for key in NAME_TAGS[1:] for part in _text(low.get(key)).split(";")]
    languages = [value for key, value in sorted(low.items()) if _OF_LANGUAGE.match(key) and isinstance(value, str)]
    titles = [_text(low.get(key)) for key in _TITLES]
    found = [name, *others, *languages] if name else [*languages, *others, *titles]
    return tuple(dict.fromkeys(" ".join(one.split()) for one in found if one.strip()))


def _text(value: object) -> str:
    """Return what can be a name or a value of a tag as text: words and numbers, not lists and truths."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or value is None or value != value:
        return ""
    return str(value) if isinstance(value, int | float) else ""
