"""What may stand in a case file, as a table; every fault of the file is collected."""

from __future__ import annotations

import datetime as dt
import math
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from karmalink.errors import Fault, ImportFaults, InputError, ReadError, describe, suggest
from karmalink.rows import read_text

__all__ = ["CASE_FILE", "CASE_KEYS", "OBJECT_ID", "Key", "SoughtObject", "case_file", "read_case_file"]

# What is sought, described by Object ID: what police, museums and customs need to know a thing again.
#
# Thornes, R., Dorrell, P., Lie, H. (1999), *Introduction to Object ID: Guidelines for Making Records that Describe Art,
# Antiques, and Antiquities*, Getty Information Institute; since 2004 with ICOM.

# Field of the case file → heading of the standard. The first ten are its checklist, the rest may be added.
OBJECT_ID: Mapping[str, str] = {
    "type": "Type of object",
    "materials": "Materials and techniques",
    "measurements": "Measurements",
    "inscriptions": "Inscriptions and markings",
    "features": "Distinguishing features",
    "title": "Title",
    "subject": "Subject",
    "period": "Date or period",
    "maker": "Maker",
    "description": "Short description",
    "photograph": "Photograph",
    "number": "Object ID number",
    "origin": "Place of origin or discovery",
    "related": "Related written material",
    "documented": "Date documented",
}
CHECKLIST = tuple(OBJECT_ID)[:10]


@dataclass(frozen=True, slots=True)
class SoughtObject:
    """What is looked for, by the fields of Object ID.

    Attributes
    ----------
    fields : mapping of str to str
        Key of :data:`OBJECT_ID` → text; only those that are known.
    """

    fields: Mapping[str, str]

    def __post_init__(self) -> None:
        """Check the keys.

        Raises
        ------
        InputError
            If one is none of the standard's.
        """
        for key, text in self.fields.items():
            if key not in OBJECT_ID or not str(text).strip():
                raise InputError(
                    f"{key!r} of what is sought",
                    rule="a text for a field of Object ID",
                    allowed=tuple(OBJECT_ID),
                )

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """Heading and text of every field that is known, in the standard's order."""
        return tuple((heading, self.fields[key]) for key, heading in OBJECT_ID.items() if key in self.fields)

    @property
    def missing(self) -> tuple[str, ...]:
        """Headings of the standard's checklist that are not filled in; what a photograph would show is not known."""
        return tuple(OBJECT_ID[key] for key in CHECKLIST if key not in self.fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, and what of the checklist is missing."""
        return {"object_id": dict(self.fields), "missing": list(self.missing)}

    def __repr__(self) -> str:
        """One-line summary: how much of the checklist is known."""
        return f"SoughtObject({len(CHECKLIST) - len(self.missing)} of {len(CHECKLIST)} fields of Object ID)"


CASE_FILE = "case.toml"


@dataclass(frozen=True, slots=True)
class Key:
    """One setting of a case file.

    Attributes
    ----------
    types : tuple of type
        What its value may be.
    meaning : str
        For people.
    low, high : float
        Range of a number, both included.
    """

    types: tuple[type, ...]
    meaning: str
    low: float = -math.inf
    high: float = math.inf


_NUMBER = (int, float)
CASE_KEYS: Mapping[str, Mapping[str, Key]] = {
    "": {
        "name": Key((str,), "what is looked for"),
        "area": Key((dict,), "the ground"),
        "files": Key((dict,), "tables of the case"),
        "closures": Key((list,), "ground that closes"),
        "dangers": Key((list,), "ground that can hurt"),
        "plan": Key((dict,), "the plan"),
        "sought": Key((dict,), "what is looked for, by the fields of Object ID"),
        "subject": Key((dict,), "a lost person: where they were last, and how far such people are found"),
        "sensitive": Key((bool, str), "true, or why: exact find spots are withheld from what leaves the house"),
        "coarsen_m": Key(_NUMBER, "side of the blocks of what is withheld, metres", 0.01),
    },
    "area": {
        "outline": Key((str,), "GeoJSON file with the polygon"),
        "bounds": Key((list,), "west, south, east, north in degrees, instead of an outline"),
        "cell_m": Key(_NUMBER, "side of a cell, metres", 0.01),
        "closed": Key((str,), "GeoJSON file with ground that cannot be searched"),
        "elevation": Key((str,), "heights: .asc, or .tif with the extra terrain"),
        "barriers": Key((str,), "GeoJSON file with what cannot be walked through"),
        "rest_of_world": Key(_NUMBER, "probability before any clue that it lies outside the map", 0.0, 0.99),
        "shared_error": Key(
            (*_NUMBER, list), "km from the spot people tell of to the true one: median or [median, factor]"
        ),
        "segment_m": Key(_NUMBER, "side of a segment, metres", 0.01),
        "segments": Key((str,), "file with segments of your own: polygons and trails"),
        "trail_m": Key(_NUMBER, "how far the ground of a trail reaches to each side, metres", 0.01),
    },
    "subject": {
        "last_known": Key((list,), "[longitude, latitude] where they were last"),
        "category": Key((str,), "category of the person, as the table has it"),
        "terrain": Key((str,), "terrain, as the table has it"),
        "behaviour": Key((str,), "table of distances by category and terrain"),
        "within_m": Key((dict,), "percent of such people = metres within which they were found"),
        "finds": Key((str,), "table of finds from which the distances are learned"),
        "law": Key((str,), "smooth, lognormal or rings: what lies between the distances"),
        "speed_kmh": Key(_NUMBER, "how far they get in an hour; without it they stay where they are", 0.01, 30.0),
        "stays": Key(_NUMBER, "probability that they stay where they are for an hour", 0.0, 1.0),
    },
    "files": {
        "places": Key((str, list), "GeoJSON, CSV, GPX, KML, .osm or .osm.pbf; one or several"),
        "witnesses": Key((str, list), "table of witnesses; one or several"),
        "clues": Key((str, list), "table of clues; one or several"),
        "assets": Key((str, list), "table of searchers and tools; one or several"),
        "searches": Key((str,), "log of searches; made by the first search"),
    },
    "plan": {
        "risk_budget": Key(_NUMBER, "how much risk a plan may run, in the unit of the dangers", 0.0),
        "start": Key((dt.date,), "first day"),
        "days": Key((int,), "how many days", 1, 366),
        "doubt": Key(_NUMBER, "shape of the doubt about sweep widths; without it they are taken as known", 0.01),
        "least_hours": Key(_NUMBER, "no job of a team is shorter", 0.0, 24.0),
        "travel_kmh": Key(_NUMBER, "speed of a team on its way to a segment", 0.01, 1000.0),
        "teams_per_segment": Key((int,), "how many teams may be in a segment on one day", 1, 1000),
        "base": Key((list,), "[longitude, latitude] where teams set out and come back to"),
        "dependent": Key(_NUMBER, "probability that witnesses who talked retell one story", 0.0, 1.0),
    },
    "closures": {
        "name": Key((str,), "what closes"),
        "start": Key((dt.date,), "first day on which it is closed"),
        "end": Key((dt.date,), "first day on which it is open again"),
        "polygon": Key((str,), "GeoJSON file with the ground"),
        "segments": Key((list,), "segments by name"),
    },
    "dangers": {
        "name": Key((str,), "what it is"),
        "kind": Key((str,), "mines, traffic, water …"),
        "risk_per_hour": Key(_NUMBER, "expected harm of one searcher in an hour there", 0.0),
        "polygon": Key((str,), "GeoJSON file with the ground"),
        "segments": Key((list,), "segments by name"),
    },
}
CASE_KEYS = {**CASE_KEYS, "sought": {key: Key((str,), heading.lower()) for key, heading in OBJECT_ID.items()}}
# Keys by their former names, which stay readable for one version: table → former → name.
_FORMER: Mapping[str, Mapping[str, str]] = {
    "area": {"outside": "rest_of_world"},
    "plan": {"shared_story": "dependent"},
}
_NEEDED = {
    "": ("area", "files"),
    "files": ("places", "witnesses", "clues"),
    "closures": ("name", "start"),
    "dangers": ("name", "risk_per_hour"),
    "subject": ("last_known",),
}
_LAW_FROM = ("behaviour", "within_m", "finds")  # one of them says how far such people are found


def case_file(path: str | Path) -> Path:
    """Return the case file of a case that is named by its folder or its file.

    Raises
    ------
    ReadError
        There is no such case.
    """
    place = Path(path)
    place = place / CASE_FILE if place.is_dir() else place
    if not place.exists():
        raise ReadError("there is no such case", where=place, next_step=f"a case is a folder with a {CASE_FILE}")
    return place


def read_case_file(path: Path, *, had: Collection[str] = ()) -> dict[str, Any]:
    """Return the settings of a case file, checked.

    Parameters
    ----------
    path : Path
        The file.
    had : collection of str
        Tables that the caller has from elsewhere, so that the case need not name them.

    Raises
    ------
    ReadError
        The file is not there, or no TOML.
    ImportFaults
        Every key that is unknown, missing, of the wrong type or out of range.
    """
    try:
        found = tomllib.loads(read_text(path, kind="settings"))
    except tomllib.TOMLDecodeError as error:
        raise ReadError(
            f"this is not TOML: {error}"[:200], where=path, next_step="see docs/seek.md for a whole case file"
        ) from None
    faults = [*_renamed(found), *_faults(found, had)]
    if faults:
        raise ImportFaults(faults, where=path, next_step="mend the case file; nothing was computed")
    return found


def _renamed(found: Mapping[str, Any]) -> Iterator[Fault]:
    """Put former keys under their present names; one that is there under both says two things."""
    for name, former in _FORMER.items():
        table = found.get(name)
        if not isinstance(table, dict):
            continue
        for old, new in former.items():
            if old in table and new in table:
                yield Fault(0, f"{name}.{old}", "key", f"is the former name of {new}, which is there too", new)
            if old in table:
                table.setdefault(new, table.pop(old))


def _faults(found: Mapping[str, Any], had: Collection[str]) -> Iterator[Fault]:
    if "subject" in found:  # a lost person can be looked for before anybody has said anything
        had = {*had, *_NEEDED["files"]}
    yield from _table("", found, () if set(_NEEDED["files"]) - set(had) else ("files",))
    for name in ("area", "files", "plan", "sought", "subject"):
        if isinstance(found.get(name), dict):
            yield from _table(name, found[name], had if name == "files" else ())
    area = found.get("area")
    if isinstance(area, dict) and ("outline" in area) == ("bounds" in area):
        yield Fault(0, "area", "outline and bounds", "one of the two says where the area is", "outline or bounds")
    if isinstance(area, dict) and "segments" in area and "segment_m" in area:
        yield Fault(0, "area", "segments and segment_m", "one of the two says what the segments are", "one of the two")
    yield from _subject(found.get("subject"))
    if isinstance(found.get("plan"), dict):
        yield from _point("plan.base", found["plan"].get("base"))
    for name in ("closures", "dangers"):
        yield from _grounds(name, found.get(name))


def _subject(table: object) -> Iterator[Fault]:
    if not isinstance(table, dict):
        return
    given = [key for key in _LAW_FROM if key in table]
    if len(given) != 1:
        said = " and ".join(given) or "nothing"
        yield Fault(0, "subject", said, "one of the three says how far such people are found", ", ".join(_LAW_FROM))
    yield from _point("subject.last_known", table.get("last_known"))
    within = table.get("within_m")
    if isinstance(within, dict) and not all(_is_percent(key) and _is_number(one) for key, one in within.items()):
        yield Fault(0, "subject.within_m", describe(within), "is not percent = metres", "{ 50 = 2000, 95 = 9000 }")
    if "stays" in table and "speed_kmh" not in table:
        yield Fault(0, "subject.stays", describe(table["stays"]), "needs speed_kmh: how far they get when they move")


def _point(name: str, point: object) -> Iterator[Fault]:
    if isinstance(point, list) and not (len(point) == 2 and all(_is_number(one) for one in point)):
        yield Fault(0, name, describe(point), "is not two numbers", "[longitude, latitude]")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_percent(key: str) -> bool:
    return key.isdecimal() and 0 < int(key) < 100


def _grounds(name: str, tables: object) -> Iterator[Fault]:
    """Yield the faults of tables each of which says something about some ground."""
    for table in tables if isinstance(tables, list) else ():
        if not isinstance(table, dict):
            yield Fault(0, name, describe(table), f"each of the {name} is a table", f"[[{name}]]")
            continue
        yield from _table(name, table)
        if "polygon" not in table and "segments" not in table:
            yield Fault(0, name, describe(table.get("name", "")), "names no ground", "polygon or segments")


def _table(name: str, table: Mapping[str, Any], had: Collection[str] = ()) -> Iterator[Fault]:
    keys = CASE_KEYS[name]
    where = f"{name}." if name else ""
    for key, value in table.items():
        if key not in keys:
            near = suggest(key, keys)
            yield Fault(0, where + key, "key", f"is not a setting{'; ' + near if near else ''}", ", ".join(keys))
        elif wrong := _wrong(keys[key], value):
            yield Fault(0, where + key, describe(value), *wrong)
    for key in _NEEDED.get(name, ()):
        if key not in table and key not in had:
            yield Fault(0, where + key, "nothing", "is missing", keys[key].meaning)


def _wrong(key: Key, value: object) -> tuple[str, str] | None:
    """Return rule and what is allowed where a value breaks one."""
    # TOML's true is a bool, and to Python a bool is an int; a date with a time is a date.
    mistaken = isinstance(value, dt.datetime) or (isinstance(value, bool) and bool not in key.types)
    if not isinstance(value, key.types) or mistaken:
        return "is of the wrong type", " or ".join(kind.__name__ for kind in key.types)
    if isinstance(value, list) and str in key.types and not (value and all(isinstance(one, str) for one in value)):
        return "is not a list of names of files", '["monday.csv", "tuesday.csv"]'
    if isinstance(value, int | float) and not (math.isfinite(value) and key.low <= value <= key.high):
        return "is out of range", f"{key.low:g} to {key.high:g}" if math.isfinite(key.high) else f"{key.low:g} or more"
    return None
