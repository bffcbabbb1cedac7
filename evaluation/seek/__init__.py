"""Cases of the seek room: from statements to a place."""

from __future__ import annotations

from evaluation.figure import Case
from evaluation.seek import helsinki

__all__ = ["CASES"]

CASES: dict[str, Case] = {
    "helsinki": Case("seek/osm/Helsinki.osm.pbf", helsinki.run),
}
