"""Simulated cases of one's own layout: how often the regions hold the truth, and what each mechanism does."""

from __future__ import annotations

import pytest
from shapely.geometry import Point

from karmalink.errors import InputError
from karmalink.seek import MECHANISMS, Area, Clue, Layout, Place, Places, SharedError, Witness, audit_map

AREA = Area.from_bounds(104.90, 11.55, 104.918, 11.568, cell_m=50)
PLACES = Places(
    [
        Place(f"p{number}", f"P{number}", Point(104.9 + 0.018 * x, 11.55 + 0.018 * y))
        for number, (x, y) in enumerate([(0.2, 0.2), (0.8, 0.3), (0.5, 0.8), (0.3, 0.6)])
    ]
)
CLUES = [
    Clue("c1", "distance", ("p0",), "a", distance_m=300),
    Clue("c2", "distance_heading", ("p1",), "b", distance_m=300, heading="N"),
    Clue("c3", "near", ("p2",), "c"),
]
PEOPLE = [Witness(name, source_grade="A", info_grade=1) for name in "abc"]
LAYOUT = Layout(AREA, PLACES, CLUES, PEOPLE)


def cells(layout: Layout, **asked: object) -> dict[tuple[str, float], object]:
    return {(cell.mechanism, cell.severity): cell for cell in audit_map(layout, **asked).cells}


def test_a_common_shift_costs_coverage_where_no_shared_error_is_reckoned_with() -> None:
    asked = {"runs": 16, "severities": (3.0,), "mechanisms": ("none", "common shift")}
    sure = cells(Layout(AREA, PLACES, CLUES, PEOPLE, SharedError.about(0.0)), **asked)
    wide = cells(Layout(AREA, PLACES, CLUES, PEOPLE, SharedError.about(120.0)), **asked)
    assert sure["none", 0.0].inside[1] >= 10
    assert sure["common shift", 3.0].inside[1] < sure["none", 0.0].inside[1]
    assert wide["common shift", 3.0].inside[1] > sure["common shift", 3.0].inside[1]
    low, high = sure["none", 0.0].interval(1)
    assert 0.0 <= low < sure["none", 0.0].coverage[1] < high <= 1.0


def test_a_truth_off_the_map_raises_outside_and_the_same_seed_gives_the_same_audit() -> None:
    asked = {"runs": 4, "severities": (3.0,), "mechanisms": ("none", "off the map"), "seed": 3}
    found = audit_map(LAYOUT, **asked)
    assert found.to_dict() == audit_map(LAYOUT, **asked).to_dict()
    on, off = found.cells
    assert off.outside > 3.0 * on.outside
    assert off.inside == (0, 0, 0)
    assert found.worst is on
    assert len(found.to_dataframe()) == 2
    assert "80 % region" in repr(found)


@pytest.mark.parametrize("name", sorted(MECHANISMS))
def test_every_mechanism_is_simulated(name: str) -> None:
    (cell,) = audit_map(LAYOUT, runs=1, severities=(1.0,), mechanisms=(name,)).cells
    assert cell.runs + cell.left_out == 1
    assert cell.is_mild == MECHANISMS[name].is_mild


def test_what_cannot_be_audited_is_said() -> None:
    with pytest.raises(InputError, match="unknown mechanism"):
        audit_map(LAYOUT, mechanisms=("bad weather",))
    with pytest.raises(InputError, match="no clues"):
        audit_map(Layout(AREA, PLACES, [], PEOPLE))
