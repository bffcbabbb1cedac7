"""seek: from clues to a place. Clues, densities, witnesses, map, plan, search log; returns data, draws nothing.

area = Area.from_bounds(104.90, 11.55, 104.93, 11.58)
found = locate(area, places, clues, witnesses)        # CluesMap
todo = plan(found, assets=[Asset("walker", sweep_m=4, speed_kmh=2)], hours=6)
found = found.after(SearchLog().add(Search("s1", segment="C4", asset="walker", hours=2)))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from karmalink.seek.answers import Answers, read_answers
    from karmalink.seek.area import Area
    from karmalink.seek.asking import Questions, questions
    from karmalink.seek.assets import Asset, Closure, read_assets
    from karmalink.seek.bartering import Barter, barter
    from karmalink.seek.belief import CluesMap
    from karmalink.seek.case import Case
    from karmalink.seek.clues import Clue, read_clues
    from karmalink.seek.dangers import Danger
    from karmalink.seek.effort import Allocation, allocate
    from karmalink.seek.elevation import read_elevation
    from karmalink.seek.exchange import to_geojson
    from karmalink.seek.exports import write_export
    from karmalink.seek.fieldwork import FieldLog, log_gpx
    from karmalink.seek.fixes import Track, TrackFinding
    from karmalink.seek.fused import Fused, fuse
    from karmalink.seek.gpx import read_gpx
    from karmalink.seek.ground import Segments, segments
    from karmalink.seek.handback import log_trail
    from karmalink.seek.headings import Heading, parse_heading
    from karmalink.seek.learned import LearnedWitnesses, learn_reliabilities
    from karmalink.seek.localities import CLAUSE_TYPES, clause_type
    from karmalink.seek.mixing import Mixture, mix, mixture
    from karmalink.seek.parsing import parse_clues
    from karmalink.seek.places import Namesake, Place, Places, read_places
    from karmalink.seek.planning import Task, plan, task_of
    from karmalink.seek.plans import Plan
    from karmalink.seek.pod import POD_LAWS
    from karmalink.seek.posterior import locate
    from karmalink.seek.proposals import Parsed, Proposal, Unread
    from karmalink.seek.pulls import Influence, influence
    from karmalink.seek.radial import LearnedLaws, RadialLaw, learn_radial
    from karmalink.seek.readings import Layer, layer, layers
    from karmalink.seek.regions import Region
    from karmalink.seek.relations import RELATIONS, Relation
    from karmalink.seek.releases import Release, release
    from karmalink.seek.rounding import WholeTeams, whole_teams
    from karmalink.seek.search import Search, SearchLog
    from karmalink.seek.sought import Sought
    from karmalink.seek.sources import Block, Story
    from karmalink.seek.stopping import allocate_with_contacts, stopping_effort
    from karmalink.seek.swaths import Swath, swath
    from karmalink.seek.terrain import Terrain, with_terrain
    from karmalink.seek.trail import Trail, trail_of
    from karmalink.seek.walking import tobler, walking_minutes
    from karmalink.seek.windows import Schedule, schedule
    from karmalink.seek.witnesses import Witness, read_witnesses

_HOME = {
    "Release": "releases",
    "release": "releases",
    "Sought": "sought",
    "Trail": "trail",
    "trail_of": "trail",
    "log_trail": "handback",
    "write_export": "exports",
    "Allocation": "effort",
    "Answers": "answers",
    "Area": "area",
    "Asset": "assets",
    "Barter": "bartering",
    "Block": "sources",
    "CLAUSE_TYPES": "localities",
    "Case": "case",
    "Closure": "assets",
    "Clue": "clues",
    "CluesMap": "belief",
    "Danger": "dangers",
    "FieldLog": "fieldwork",
    "Fused": "fused",
    "Heading": "headings",
    "Influence": "pulls",
    "Layer": "readings",
    "LearnedLaws": "radial",
    "LearnedWitnesses": "learned",
    "Mixture": "mixing",
    "Namesake": "places",
    "POD_LAWS": "pod",
    "Parsed": "proposals",
    "Place": "places",
    "Places": "places",
    "Plan": "plans",
    "Proposal": "proposals",
    "Questions": "asking",
    "RELATIONS": "relations",
    "RadialLaw": "radial",
    "Region": "regions",
    "Relation": "relations",
    "Schedule": "windows",
    "Search": "search",
    "SearchLog": "search",
    "Segments": "ground",
    "Story": "sources",
    "Swath": "swaths",
    "Task": "planning",
    "Terrain": "terrain",
    "Track": "fixes",
    "TrackFinding": "fixes",
    "Unread": "proposals",
    "WholeTeams": "rounding",
    "Witness": "witnesses",
    "allocate": "effort",
    "allocate_with_contacts": "stopping",
    "barter": "bartering",
    "clause_type": "localities",
    "fuse": "fused",
    "influence": "pulls",
    "layer": "readings",
    "layers": "readings",
    "learn_radial": "radial",
    "learn_reliabilities": "learned",
    "locate": "posterior",
    "log_gpx": "fieldwork",
    "mix": "mixing",
    "mixture": "mixing",
    "parse_clues": "parsing",
    "parse_heading": "headings",
    "plan": "planning",
    "questions": "asking",
    "read_answers": "answers",
    "read_assets": "assets",
    "read_clues": "clues",
    "read_elevation": "elevation",
    "read_gpx": "gpx",
    "read_places": "places",
    "read_witnesses": "witnesses",
    "schedule": "windows",
    "segments": "ground",
    "stopping_effort": "stopping",
    "swath": "swaths",
    "task_of": "planning",
    "to_geojson": "exchange",
    "tobler": "walking",
    "walking_minutes": "walking",
    "whole_teams": "rounding",
    "with_terrain": "terrain",
}

__all__ = [
    "CLAUSE_TYPES",
    "POD_LAWS",
    "RELATIONS",
    "Allocation",
    "Answers",
    "Area",
    "Asset",
    "Barter",
    "Block",
    "Case",
    "Closure",
    "Clue",
    "CluesMap",
    "Danger",
    "FieldLog",
    "Fused",
    "Heading",
    "Influence",
    "Layer",
    "LearnedLaws",
    "LearnedWitnesses",
    "Mixture",
    "Namesake",
    "Parsed",
    "Place",
    "Places",
    "Plan",
    "Proposal",
    "Questions",
    "RadialLaw",
    "Region",
    "Relation",
    "Release",
    "Schedule",
    "Search",
    "SearchLog",
    "Segments",
    "Sought",
    "Story",
    "Swath",
    "Task",
    "Terrain",
    "Track",
    "TrackFinding",
    "Trail",
    "Unread",
    "WholeTeams",
    "Witness",
    "allocate",
    "allocate_with_contacts",
    "barter",
    "clause_type",
    "fuse",
    "influence",
    "layer",
    "layers",
    "learn_radial",
    "learn_reliabilities",
    "locate",
    "log_gpx",
    "log_trail",
    "mix",
    "mixture",
    "parse_clues",
    "parse_heading",
    "plan",
    "questions",
    "read_answers",
    "read_assets",
    "read_clues",
    "read_elevation",
    "read_gpx",
    "read_places",
    "read_witnesses",
    "release",
    "schedule",
    "segments",
    "stopping_effort",
    "swath",
    "task_of",
    "to_geojson",
    "tobler",
    "trail_of",
    "walking_minutes",
    "whole_teams",
    "with_terrain",
    "write_export",
]


def __getattr__(name: str) -> Any:
    """Load a public name where it lives, when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
