"""seek: from clues to a place. Clues, densities, witnesses, map, plan, search log; returns data, draws nothing.

area = Area.from_bounds(104.90, 11.55, 104.93, 11.58)
found = locate(area, places, clues, witnesses)        # ProbabilityMap
todo = plan(found, assets=[Asset("walker", sweep_m=4, speed_kmh=2)], hours=6)
found = found.after(SearchLog().add(Search("s1", segment="C4", asset="walker", hours=2)))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from karmalink.seek.answers.answers import Answers, read_answers
    from karmalink.seek.answers.fused_answers import Fused, fuse
    from karmalink.seek.answers.learned_witnesses import LearnedWitnesses, learn_reliabilities
    from karmalink.seek.answers.radial_laws import LearnedLaws, RadialLaw, learn_radial
    from karmalink.seek.case.case import Case
    from karmalink.seek.case.case_file import SoughtObject
    from karmalink.seek.clues.clues import Clue, read_clues
    from karmalink.seek.clues.headings import Heading, parse_heading
    from karmalink.seek.clues.localities import CLAUSE_TYPES, clause_type
    from karmalink.seek.clues.parsing import Parsed, Proposal, Unread, parse_clues
    from karmalink.seek.clues.relations import RELATIONS, Relation
    from karmalink.seek.clues.sources import ClueGroup, DependentWitnesses
    from karmalink.seek.clues.witnesses import Witness, read_witnesses
    from karmalink.seek.exports.formats import write_export
    from karmalink.seek.exports.geojson import to_geojson
    from karmalink.seek.exports.releases import Release, release
    from karmalink.seek.field.field_log import FieldLog, log_gpx
    from karmalink.seek.field.field_page import FieldPage, field_page_of
    from karmalink.seek.field.field_page_import import import_field_page
    from karmalink.seek.ground.area import Area
    from karmalink.seek.ground.elevation import read_elevation
    from karmalink.seek.ground.gps_tracks import Track, TrackFinding
    from karmalink.seek.ground.gpx import read_gpx
    from karmalink.seek.ground.places import Namesake, Place, Places, read_places
    from karmalink.seek.ground.search_segments import Segments, segments
    from karmalink.seek.ground.terrain import Terrain, tobler, walking_minutes, with_terrain
    from karmalink.seek.planning.allocation import Allocation, allocate, allocate_with_contacts, stopping_effort
    from karmalink.seek.planning.asset_value import AssetValue, asset_values
    from karmalink.seek.planning.plans import Plan, Task, plan, task_of
    from karmalink.seek.planning.schedules import Schedule, schedule
    from karmalink.seek.planning.team_rounding import WholeTeams, whole_teams
    from karmalink.seek.probability_map.clue_layers import Layer, layer, layers
    from karmalink.seek.probability_map.exact_mixture import Mixture, mix, mixture
    from karmalink.seek.probability_map.influences import Influence, influence
    from karmalink.seek.probability_map.posterior import locate
    from karmalink.seek.probability_map.probability_map import CluesMap as CluesMap
    from karmalink.seek.probability_map.probability_map import ProbabilityMap
    from karmalink.seek.probability_map.witness_questions import Questions, questions
    from karmalink.seek.search.assets import Asset, Closure, Danger, read_assets
    from karmalink.seek.search.detection import POD_LAWS
    from karmalink.seek.search.regions import Region
    from karmalink.seek.search.search_log import Search, SearchLog
    from karmalink.seek.search.swath_coverage import Swath, swath

_HOME = {
    "Release": "exports.releases",
    "release": "exports.releases",
    "SoughtObject": "case.case_file",
    "FieldPage": "field.field_page",
    "field_page_of": "field.field_page",
    "import_field_page": "field.field_page_import",
    "write_export": "exports.formats",
    "Allocation": "planning.allocation",
    "Answers": "answers.answers",
    "Area": "ground.area",
    "Asset": "search.assets",
    "AssetValue": "planning.asset_value",
    "ClueGroup": "clues.sources",
    "CLAUSE_TYPES": "clues.localities",
    "Case": "case.case",
    "Closure": "search.assets",
    "CluesMap": "probability_map.probability_map",  # the former name of ProbabilityMap, kept for one version
    "Clue": "clues.clues",
    "ProbabilityMap": "probability_map.probability_map",
    "Danger": "search.assets",
    "FieldLog": "field.field_log",
    "Fused": "answers.fused_answers",
    "Heading": "clues.headings",
    "Influence": "probability_map.influences",
    "Layer": "probability_map.clue_layers",
    "LearnedLaws": "answers.radial_laws",
    "LearnedWitnesses": "answers.learned_witnesses",
    "Mixture": "probability_map.exact_mixture",
    "Namesake": "ground.places",
    "POD_LAWS": "search.detection",
    "Parsed": "clues.parsing",
    "Place": "ground.places",
    "Places": "ground.places",
    "Plan": "planning.plans",
    "Proposal": "clues.parsing",
    "Questions": "probability_map.witness_questions",
    "RELATIONS": "clues.relations",
    "RadialLaw": "answers.radial_laws",
    "Region": "search.regions",
    "Relation": "clues.relations",
    "Schedule": "planning.schedules",
    "Search": "search.search_log",
    "SearchLog": "search.search_log",
    "Segments": "ground.search_segments",
    "DependentWitnesses": "clues.sources",
    "Swath": "search.swath_coverage",
    "Task": "planning.plans",
    "Terrain": "ground.terrain",
    "Track": "ground.gps_tracks",
    "TrackFinding": "ground.gps_tracks",
    "Unread": "clues.parsing",
    "WholeTeams": "planning.team_rounding",
    "Witness": "clues.witnesses",
    "allocate": "planning.allocation",
    "allocate_with_contacts": "planning.allocation",
    "asset_values": "planning.asset_value",
    "clause_type": "clues.localities",
    "fuse": "answers.fused_answers",
    "influence": "probability_map.influences",
    "layer": "probability_map.clue_layers",
    "layers": "probability_map.clue_layers",
    "learn_radial": "answers.radial_laws",
    "learn_reliabilities": "answers.learned_witnesses",
    "locate": "probability_map.posterior",
    "log_gpx": "field.field_log",
    "mix": "probability_map.exact_mixture",
    "mixture": "probability_map.exact_mixture",
    "parse_clues": "clues.parsing",
    "parse_heading": "clues.headings",
    "plan": "planning.plans",
    "questions": "probability_map.witness_questions",
    "read_answers": "answers.answers",
    "read_assets": "search.assets",
    "read_clues": "clues.clues",
    "read_elevation": "ground.elevation",
    "read_gpx": "ground.gpx",
    "read_places": "ground.places",
    "read_witnesses": "clues.witnesses",
    "schedule": "planning.schedules",
    "segments": "ground.search_segments",
    "stopping_effort": "planning.allocation",
    "swath": "search.swath_coverage",
    "task_of": "planning.plans",
    "to_geojson": "exports.geojson",
    "tobler": "ground.terrain",
    "walking_minutes": "ground.terrain",
    "whole_teams": "planning.team_rounding",
    "with_terrain": "ground.terrain",
}

__all__ = [
    "CLAUSE_TYPES",
    "POD_LAWS",
    "RELATIONS",
    "Allocation",
    "Answers",
    "Area",
    "Asset",
    "AssetValue",
    "Case",
    "Closure",
    "Clue",
    "ClueGroup",
    "Danger",
    "DependentWitnesses",
    "FieldLog",
    "FieldPage",
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
    "ProbabilityMap",
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
    "SoughtObject",
    "Swath",
    "Task",
    "Terrain",
    "Track",
    "TrackFinding",
    "Unread",
    "WholeTeams",
    "Witness",
    "allocate",
    "allocate_with_contacts",
    "asset_values",
    "clause_type",
    "field_page_of",
    "fuse",
    "import_field_page",
    "influence",
    "layer",
    "layers",
    "learn_radial",
    "learn_reliabilities",
    "locate",
    "log_gpx",
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
