"""Cases of the seek room: from statements to a place."""

from __future__ import annotations

from evaluation.figure import Case
from evaluation.seek import biogeomancer, helsinki, placebot

__all__ = ["CASES"]

CASES: dict[str, Case] = {
    "placebot": Case(placebot.NEEDS, placebot.run),
    "biogeomancer": Case("seek/biogeomancer/*.tab", biogeomancer.run),
    "helsinki": Case("seek/osm/Helsinki.osm.pbf", helsinki.run),
}
