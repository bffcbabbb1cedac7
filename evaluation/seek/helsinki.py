"""The centre of Helsinki, five clues from two witnesses: map, plan, and what an empty search teaches."""

from __future__ import annotations

import tempfile
from pathlib import Path

from evaluation.figure import Figure
from karmalink.seek import Case, Search

__all__ = ["run"]

_CASE = """
name = "A tin box in the centre of Helsinki"
[area]
bounds = [24.9352, 60.1642, 24.9534, 60.1791]
cell_m = 10
segment_m = 100
[files]
places = "{places}"
witnesses = "witnesses.csv"
clues = "clues.csv"
assets = "assets.csv"
"""
_TABLES = {
    "clues.csv": """id,witness,relation,places,distance_m,heading,negated
c1,porter,near,Rautatientori,,,
c2,porter,distance_heading,Kolme seppää,300,NE,
c3,porter,between,Ateneum;Kansallisteatteri,,,
c4,student,along,Mannerheimintie,,,
c5,student,near,Vanha kirkko,,,yes
""",
    "witnesses.csv": "witness,source_grade,info_grade\nporter,B,2\nstudent,D,3\n",
    "assets.csv": "name,sweep_m,speed_kmh,hours_per_day\nwalker,1.5,1,12\n",
}


def run(data: Path) -> list[Figure]:
    """Return the map, the plan and both again after an empty search of the plan's first segment."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        places = (data / "seek" / "osm" / "Helsinki.osm.pbf").resolve()
        (folder / "case.toml").write_text(_CASE.format(places=places), encoding="utf-8")
        for table, text in _TABLES.items():
            (folder / table).write_text(text, encoding="utf-8")
        return _figures(Case.read(folder))


def _figures(case: Case) -> list[Figure]:
    title = "Helsinki, five clues"
    found = case.map()
    todo = case.plan(found)
    first = case.ground.names[todo.order[0]]
    emptied = case.record(Search("s1", first, "walker", 6.0))
    after = emptied.map()
    again = emptied.plan(after)
    return [
        Figure(title, "map", repr(found)),
        Figure(title, "plan", repr(todo)),
        Figure(
            title,
            f"outside the map, before and after six empty hours in {first}",
            f"{found.rest_of_world:.4%} → {after.rest_of_world:.4%}",
        ),
        Figure(title, "plan after it", repr(again)),
    ]
