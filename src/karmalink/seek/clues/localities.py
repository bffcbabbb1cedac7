"""What kind of statement the clause of a locality label is: offset, junction, subdivision, path …

The types are those of BioGeomancer (Guralnick, Wieczorek, Beaman & Hijmans 2006, *BioGeomancer: automated
georeferencing to map the world's biodiversity data*, PLoS Biology 4, e381). A clause is a piece of a label ("3 mi N of
Dorris on Hwy 97"), telegraphic and without verbs; sentences are for :func:`~karmalink.seek.parse_clues`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["CLAUSE_TYPES", "clause_type"]

CLAUSE_TYPES: Mapping[str, str] = {
    "f": "a feature",
    "fs": "a part of a feature, or what lies to one side of it",
    "fo": "an offset from a feature, in no direction",
    "foh": "an offset from a feature in a direction",
    "foo": "two offsets at right angles from a feature",
    "fph": "a feature or path, in a direction from another",
    "fpoh": "an offset from a feature in a direction, along a path",
    "nf": "near a feature",
    "bf": "between features",
    "pbf": "a path or feature between features",
    "j": "a junction",
    "jh": "a direction from a junction",
    "jo": "an offset along a path from somewhere",
    "joh": "an offset from a junction in a direction",
    "joo": "two offsets at right angles from a junction",
    "jpoh": "an offset from a junction in a direction, along a path",
    "nj": "near a junction",
    "e": "an elevation or an offset alone",
    "trs": "township, range and section",
    "trss": "a part of a section of a township",
}
"""Types of locality clauses, as BioGeomancer names them."""

_HEADING = (
    r"(?:[NSEW]\.?(?:\s?[NSEW]\.?){0,2}|(?:north|south|east|west)(?:ern|erly|ward|most)?"
    r"(?:[ -]?(?:north|south|east|west)(?:ern|erly|ward)?){0,2})"
)
_NUMBER = (
    r"(?:\d+[ -]+\d+/\d+|\d+/\d+|\d*\.\d+|\d+(?:,\d{3})?|one|two|three|four|five|six|seven|eight|nine|ten|half|several"
    r"|few|quarter|twelve|fifteen|twenty)"
)
_UNIT = (
    r"(?:mi\.?|mis|miles?|mls?|km\.?s?|kilometers?|m|meters?|metres?|yds?\.?|yards?|ft\.?|feet|blocks?|blks?|rods?|mil)"
)
_MANNER = r"(?:a |an |road |air |airline |rd |stat\.? |statute |nautical |by road |\(by [^)]*\) ?)?"
_OFFSET = rf"(?<![\w.]){_NUMBER}(?:\s*(?:-|to|or)\s*{_NUMBER})?\s*{_MANNER}{_UNIT}(?![\w'])"
_AIMED = rf"{_OFFSET},?\s*(?:due\s|to the\s|to\s|by rd\s|air\s|straight\s|further\s|on the\s)?{_HEADING}(?![\w'])"
_JUNCTION = r"(?:jct|jcts|junction|junct|junc|intersection|intersect|intersec|jnct|jctn)\b"
_ALONE = (
    rf"^\W*(?:(?:ca|about|approx|approximately|el|elev|elevation|alt|altitude|at|circa|abt)\b\.?\s*)*(?:of )?"
    rf"[\d,.\-/ ]+(?:to [\d,.]+ )?\s*{_UNIT}?\W*"
    r"(?:el|elev|elevation|alt|altitude|off|from|above|below|up|upstream|downstream|down|away|asl|in|out|sea level"
    r"|s\.?l\.?)?\W*$"
)
_STREETS = r"\b(?:rds?|aves?|st|hwys?|blvd|cr|creek|us|i-\d+|ca|street|road|highway)\b"


def _rule(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_OFFSETS, _AIMS, _JUNCTIONS = _rule(_OFFSET), _rule(_AIMED), _rule(rf"\b{_JUNCTION}")
_TWO_AIMS = _rule(rf"{_AIMED}(?:\s+of)?[\s,]*(?:and|&|\+|-)?[\s,+-]*{_AIMED}")
_JOINED = _rule(r"(?<!\w)(?:and|&|w/|with|w)(?!\w)|\w/\s?\w")
_TWO_NAMES = _rule(r"^\s*(?:of |from |to |the |jct\.? |corner of )*[\w'./ -]+?\s(?:and|&)\s")
_STREET, _ON_PATH = _rule(_STREETS), _rule(r"\s(?:on|along|via)\s+\S")
_TOWNSHIP = _rule(r"\bT\.?\s*\d+\s*[NS]\.?,?\s*R\.?\s*\d+\s*[EW]")
_SECTION_PART = _rule(r"S(?:EC)?\.?\s*\d+.*(?:1/\d|\bmiddle\b)|S \d+-")
_FROM_ALONG = _rule(r"\bfrom\b.*\bon\b|\bon\b.*\bfrom\b|\bup\b.*\bfrom\b|\balong\b")
_NEAR_FIRST = _rule(r"\W*(?:near|vicinity)\b")


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause with what is asked of it more than once."""

    text: str
    aims: int
    after_aim: str
    junction: bool
    crossing: bool


def clause_type(text: str) -> str:
    """Return the type of a locality's clause, one of :data:`CLAUSE_TYPES`.

    >>> clause_type("3 mi N of Dorris on Hwy 97"), clause_type("near Tesla"), clause_type("Otay Lake")
    ('fpoh', 'nf', 'f')
    """
    written = text.strip()
    aims = list(_AIMS.finditer(written))
    junction = _JUNCTIONS.search(written) is not None
    clause = _Clause(
        text=written,
        aims=len(aims),
        after_aim=written[aims[0].end() :] if aims else "",
        junction=junction,
        crossing=junction and _JOINED.search(written) is not None,
    )
    return next((kind for holds, kind in _RULES if holds(clause)), "f")


def _at_streets(clause: _Clause) -> bool:
    """Return whether the offset is from a crossing, said as one or only named by two streets."""
    tail = clause.after_aim
    named = _TWO_NAMES.search(tail) is not None and _STREET.search(tail) is not None
    return clause.aims > 0 and (clause.crossing or named)


def _on_path(clause: _Clause) -> bool:
    return clause.aims > 0 and _ON_PATH.search(clause.after_aim) is not None


def _two(clause: _Clause) -> bool:
    return clause.aims >= 2 and _TWO_AIMS.search(clause.text) is not None


def _at_junction(clause: _Clause) -> bool:
    first = _FIRST_JUNCTION.match(clause.text) is not None
    return (clause.crossing and first) or (clause.junction and _NEAR_FIRST.match(clause.text) is not None)


def _has(rule: re.Pattern[str]) -> Callable[[_Clause], bool]:
    return lambda clause: rule.search(clause.text) is not None


def _both(*tests: Callable[[_Clause], bool]) -> Callable[[_Clause], bool]:
    return lambda clause: all(test(clause) for test in tests)


_FIRST_JUNCTION = _rule(r"\W*(?:at |near |vicinity of )?(?:the )?(?:jct|junct|inters)")
# The first that holds is the type: two legs before one, a crossing before a place, an offset before a direction.
_RULES: tuple[tuple[Callable[[_Clause], bool], str], ...] = (
    (_both(_has(_TOWNSHIP), _has(_SECTION_PART)), "trss"),
    (_has(_TOWNSHIP), "trs"),
    (_has(_rule(_ALONE)), "e"),
    (_both(_two, lambda clause: clause.crossing), "joo"),
    (_two, "foo"),
    (_both(_at_streets, _on_path, lambda clause: clause.crossing), "jpoh"),
    (_both(_at_streets, _on_path), "fpoh"),
    (_at_streets, "joh"),
    (_on_path, "fpoh"),
    (lambda clause: clause.aims > 0, "foh"),
    (_both(_has(_OFFSETS), _has(_FROM_ALONG)), "jo"),
    (_has(_OFFSETS), "fo"),
    (_has(_rule(r"^\W*(?:between|betw)\b")), "bf"),
    (_has(_rule(r"\b(?:between|betw|from .+ to)\b")), "pbf"),
    (_both(_at_junction, _has(_rule(r"^\W*(?:near|vicinity)\b"))), "nj"),
    (_at_junction, "j"),
    (_has(_rule(rf"^\W*(?:{_HEADING})\.? (?:of |from )?(?:the )?{_JUNCTION}")), "jh"),
    (_has(_rule(rf"^\W*(?:{_HEADING}(?![\w'])|(?:mouth|head|headwaters) of\b|\w+ (?:end|part|side|edge) of)")), "fs"),
    (_has(_rule(r"\b(?:mouth|headwaters?)\W*$")), "fs"),
    (_has(_rule(rf"\s{_HEADING}\.? of\b")), "fph"),
    (_has(_rule(r"^\W*(?:near|vic\.|vicinity|off|above|below|around)\s+\w|\barea\b|\bvicinity\b")), "nf"),
)
