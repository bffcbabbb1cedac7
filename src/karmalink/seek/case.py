"""A case: everything about one search, in one folder."""

from __future__ import annotations

__all__ = ["Case"]


class Case:
    """Area, places, witnesses, clues, assets, closures and searches of one search."""
