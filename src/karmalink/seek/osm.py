"""Named places out of an OpenStreetMap extract."""

from __future__ import annotations

from pathlib import Path

from karmalink.seek.places import Places

__all__ = ["read_osm"]


def read_osm(path: Path) -> Places:
    """Return the named features of a ``.osm`` or ``.osm.pbf`` file."""
    return Places()
