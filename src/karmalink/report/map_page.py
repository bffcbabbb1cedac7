"""The map page: a case's map to look at, to point at and to move, as one file that needs no network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from karmalink.report import words
from karmalink.report.leaflet_page import leaflet_document
from karmalink.report.page import write_page
from karmalink.report.theme import REST_INK, WITNESS_INKS

if TYPE_CHECKING:
    from karmalink.seek import MapPage

__all__ = ["map_page_html", "render_map_page"]

_SCRIPTS = (
    "field_page/geo.js",
    "leaflet_ground.js",
    "map_page/blocks.js",
    "map_page/layers.js",
    "map_page/page.js",
)
_MOST_ROWS = 12  # of the plan; the map and ``karmalink seek plan`` have all of it
# Key of a layer → its name, whether it is on at first, and the part of the data without which it is not offered.
_LAYERS = (
    ("probability", "probability", True, ""),
    ("regions", "edges of the regions", True, ""),
    ("names", "names of places", True, "places"),
    ("best", "most probable spot", True, "best"),
    ("last_known", "last known point", True, "last_known"),
    ("plan", "where to look first", False, "plan"),
    ("searched", "searched, nothing found", True, "searched"),
    ("closed", "closed ground", True, "closures"),
    ("danger", "dangerous ground", True, "dangers"),
)


def render_map_page(map_page: MapPage, path: Path | str) -> Path:
    """Write the map page of a case and return its path.

    Parameters
    ----------
    map_page : MapPage
        What is on it (:func:`karmalink.seek.map_page_of`).
    path : path
        Where; the file is replaced in one step.

    Raises
    ------
    StorageFailed
        If the file would be over five megabytes, or cannot be written.
    """
    return write_page(map_page_html(map_page), path)


def map_page_html(map_page: MapPage) -> str:
    """Return the map page as one HTML document."""
    data = map_page.data
    inks = _inks(data["witnesses"])
    regions = [words.area(row["km2"]) for row in data["regions"]]
    beyond = words.percent(data["rest_of_world"])
    page = {
        "finding": _finding(data, regions, beyond),
        "regions": [
            {"mass": row["mass"], "share": words.percent(row["mass"]), "ground": ground}
            for row, ground in zip(data["regions"], regions, strict=True)
        ],
        "beyond": beyond,
        "shared_error": _shared_error(data["shared_error"]) if data["clues"] else "",
        "person": _person(data["last_known"]),
        "witnesses": [_witness(row, data["clues"], inks[row["id"]]) for row in data["witnesses"]],
        "sliders": "One slider alone shows the map of the case with that reliability. Several together multiply what "
        "each does: an approximation.",
        "layers": [
            {"key": key, "name": name, "on": on} for key, name, on, needs in _LAYERS if not needs or data.get(needs)
        ],
        "clues": [_clue(row) for row in data["clues"]],
        "plan": [{**row, "hours": words.number(row["hours"], 1)} for row in data["plan"][:_MOST_ROWS]],
        "plan_caption": _plan_caption(data["plan"]),
        "unread": data["unread"],
        "unread_caption": _unread_caption(data["unread"]),
        "notes": _notes(map_page),
        "data": {
            **{key: value for key, value in data.items() if key != "unread"},
            "inks": {name: {"ink": ink, "dash": dash} for name, (ink, dash) in inks.items()},
            "names": {name: name for name in inks},
            "said": {"regions": regions, "beyond": beyond},
        },
    }
    template, styles = "map_page/map_page.html.j2", ("field_page/field_page.css", "map_page/map_page.css")
    return leaflet_document(template, map_page.name, data["made"], page, styles=styles, scripts=_SCRIPTS)


def _inks(witnesses: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
    """Give the most reliable witnesses an outline of their own."""
    ranked = [row["id"] for row in sorted(witnesses, key=lambda row: -row["after"])]
    own = dict(zip(ranked, WITNESS_INKS, strict=False))
    return {name: own.get(name, REST_INK) for name in ranked}


def _finding(data: Mapping[str, Any], regions: list[str], beyond: str) -> str:
    most = words.percent(data["regions"][-1]["mass"])
    return (
        f"Half of the probability on the map lies within {regions[0]}, {most} within {regions[-1]}; "
        f"with {beyond} probability it lies outside the map"
    )


def _person(given: Mapping[str, Any] | None) -> str:
    if given is None:
        return ""
    half, most = words.metres(given["half_m"]), words.metres(given["most_m"])
    who = f"{given['who'][0].upper()}{given['who'][1:]}: half" if given["who"] else "Half"
    return f"{who} of such people are found within {half} of the last known point, 95 % within {most}."


def _shared_error(given: Mapping[str, Any]) -> str:
    if not given["median_m"]:
        return "No error that all witnesses share is taken into account."
    source = {
        "prior": "taken from the size of the map, as no solved case was given",
        "setting": "as the case says",
    }.get(given["source"], f"learned from {given['source']}")
    return (
        f"The spot that people tell of is taken to lie within {words.metres(given['median_m'])} of the true one in "
        f"half of all cases ({source})."
    )


def _witness(row: Mapping[str, Any], clues: Iterable[Mapping[str, Any]], style: tuple[str, str]) -> dict[str, Any]:
    ink, dash = style
    own = sum(clue["witness"] == row["id"] and not clue["repeats"] for clue in clues)
    return {
        "name": row["id"],
        "ink": ink,
        "dash": dash,
        "value": min(95, max(5, 5 * round(20 * row["before"]))),
        "moves": bool(row["settings"]),
        "clues": words.count(own, "clue"),
        "before": words.percent(row["before"]),
        "after": words.percent(row["after"]),
    }


def _clue(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{key: row[key] for key in ("id", "witness", "says")},
        "repeats": f", repeats {row['repeats']}" if row["repeats"] else "",
        "before": words.percent(row["before"]),
        "after": words.percent(row["after"]),
    }


def _unread_caption(unread: list[Any] | None) -> str:
    if not unread:
        return "Everything in the statements that speaks of a place was understood."
    parts = words.count(len(unread), "part")
    return f"{parts} of the statements became no clue; what these parts say is not on the map"


def _plan_caption(plan: list[Any]) -> str:
    more = len(plan) - _MOST_ROWS
    if more <= 0:
        return "Segments in the order of the plan"
    return f"The first {_MOST_ROWS} segments of the plan; the map has {more} more"


def _notes(map_page: MapPage) -> list[str]:
    data = map_page.data
    notes = []
    if not map_page.exact:
        side = words.metres(data["grid"]["block_m"])
        notes.append(
            f"The find spots of this case are withheld: blocks of {side}, no clues and no witnesses are shown."
        )
    elif data["grid"]["block_m"] > data["cell_m"]:
        blocks, cell = words.metres(data["grid"]["block_m"]), words.metres(data["cell_m"])
        notes.append(f"Drawn by blocks of {blocks}; the figures of the case are those of its cells of {cell}.")
    notes += [f"Closed from {_day(row['start'])}{_until(row['end'])}: {row['name']}." for row in data["closures"]]
    notes += [f"Danger: {row['name']}." for row in data["dangers"]]
    return notes


def _day(text: str) -> str:
    return words.day(dt.date.fromisoformat(text))


def _until(end: str | None) -> str:
    return f" until {_day(end)}" if end else ""
