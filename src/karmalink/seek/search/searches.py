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

MOST_HOURS = 1e6


@dataclass(frozen=True, slots=True)
class Search:
    """Ground that was searched, and nothing was found there.

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
        Probability of detection as the team judged it; takes the place of asset and hours.
    date : date or None
        When.
    undoes : str
        Identifier of an earlier entry that this one takes back; then nothing else counts.
    track : str
        Name of the track that was walked (:attr:`~karmalink.seek.Track.name`); takes the place of the segment.
    searchers : int
        How many walked abreast along the track.
    origin : str
        Where the entry comes from (a track's file, a phone), so that handing it in twice logs it once.
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
            raise InputError(f"{self.hours} hours", where=where, allowed=f"0 to {MOST_HOURS:,.0f}")
        if self.pod is not None and not 0.0 <= self.pod < 1.0:
            raise InputError(
                f"a probability of detection of {self.pod}",
                where=where,
                rule="no search is certain to find what is there",
                allowed="0 or more, less than 1",
            )
        if not self.undoes and not self.segment and not self.track:
            raise InputError("a search without a segment", where=where, rule="a search is somewhere")
        if self.track and self.pod is not None:
            raise InputError("a track and a stated detection", where=where, rule="a track says itself what it is worth")
        if self.searchers < 1:
            raise InputError(f"{self.searchers} searchers", where=where, allowed="1 or more")

    def to_dict(self) -> dict[str, Any]:
        """Return the fields."""
        return {name: getattr(self, name) for name in self.__slots__} | {"date": self.date and self.date.isoformat()}


def asset_of(entry: Search, assets: Mapping[str, Asset]) -> Asset:
    """Return what a search was done with.

    Raises
    ------
    UnknownName
        If no asset is called so.
    """
    if entry.asset not in assets:
        raise UnknownName(
            f"search {entry.id} used {entry.asset!r}, which is no asset of this case",
            allowed=tuple(assets),
            next_step=suggest(entry.asset, assets),
        )
    return assets[entry.asset]
