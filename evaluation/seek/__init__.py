"""Cases of the seek room: from statements to a place."""

from __future__ import annotations

from evaluation.figure import Case
from evaluation.seek import bels, biogeomancer, helsinki, mapscore, placebot, skydrop, testimony

__all__ = ["CASES"]

CASES: dict[str, Case] = {
    "placebot": Case(placebot.NEEDS, placebot.run),
    "bels": Case("seek/bels/*.csv", bels.run),
    "mapscore": Case("seek/mapscore/*cases*.csv", mapscore.run),
    "skydrop": Case("seek/skydrop/*.csv", skydrop.run),
    "biogeomancer": Case("seek/biogeomancer/*.tab", biogeomancer.run),
    "testimony": Case(testimony.NEEDS, testimony.run),
    "helsinki": Case("seek/osm/Helsinki.osm.pbf", helsinki.run),
}
