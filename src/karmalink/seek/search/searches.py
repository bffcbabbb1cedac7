"""One search: where, with what, how long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from karmalink.errors import InputError, UnknownName, suggest

if TYPE_CHECKING:
    from karmalink.seek.search.assets import Asset

__all__ = ["MOST_HOURS", "Search", "asset_of"]

MOST_HOURS = 1e6  # over a hundred years of one searcher: more is a typing error, and would overflow the whole log


@dataclass(frozen=True, slots=True)
class Search:
    """A search that found nothing.

    Attributes
    ----------
    id : str
        Identifier in the log.
    segment : str
        Which segment.
    asset : str
        With what.
    hours : float
        How long; spread evenly over the segment.
    pod : float or None
        Probability of detection as the team judged it, instead of asset and hours.
    date : date or None
        When.
    undoes : str
        Identifier of an earlier entry that this one takes back; then nothing else counts.
    track : str
        Name of the track that was walked (:attr:`~karmalink.seek.Track.name`), instead of the segment.
    searchers : int
        How many walked abreast along the track.
    origin : str
        Where the entry comes from (a track's file, a phone), so that importing it twice logs it once.
    """

    id: str
    segment: str = ""
    asset: str = ""
    hours: float = 0.0
    pod: float | None = None
    date: dt.date | None = None
    undoes: str = ""
    track: str = ""
    searchers: int = 1
    origin: str = ""

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises
        ------
        InputError
            If one is negative, not a number, or a certainty.
        """
        where = f"search {self.id}".strip()
        if not 0 <= self.hours <= MOST_HOURS:
            raise InputError(f"hours must be 0 to {MOST_HOURS:,.0f}, got {self.hours}", where=where)
        if self.pod is not None and not 0.0 <= self.pod < 1.0:
            raise InputError(
                f"pod must be 0 or more and less than 1, got {self.pod}",
                where=where,
                rule="no search is certain to find what is there",
            )
        if not self.undoes and not self.segment and not self.track:
            raise InputError("segment is missing", where=where, rule="a search has a segment or a track")
        if self.track and self.pod is not None:
            raise InputError("track and pod at once", where=where, allowed="one of the two")
        if self.searchers < 1:
            raise InputError(f"searchers must be 1 or more, got {self.searchers}", where=where)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields."""
        return {name: getattr(self, name) for name in self.__slots__} | {"date": self.date and self.date.isoformat()}


def asset_of(entry: Search, assets: Mapping[str, Asset]) -> Asset:
    """Return the asset of a search.

    Raises
    ------
    UnknownName
        An unknown asset.
    """
    if entry.asset not in assets:
        raise UnknownName(
            f"unknown asset {entry.asset[:40]!r}",
            where=f"search {entry.id}",
            allowed=tuple(assets),
            next_step=suggest(entry.asset, assets),
        )
    return assets[entry.asset]
