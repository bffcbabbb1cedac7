"""The log of searches. The map is computed from the log; taking a search back is one more entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted
from karmalink.errors import Duplicate, InputError, UnknownName, suggest
from karmalink.rows import Field, identifier, integer, iso_day, number, read_rows, write_rows
from karmalink.seek.search.searches import MOST_HOURS, Search, asset_of

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.seek.ground.search_segments import Segments
    from karmalink.seek.search.assets import Asset

__all__ = ["SEARCH_SPEC", "SearchLog", "read_searches", "write_searches"]


class SearchLog(Sequence[Search]):
    """Searches in the order in which they were logged; entries are added and never changed.

    Parameters
    ----------
    entries : sequence of Search
        From the first.

    Raises
    ------
    Duplicate, UnknownName
        An identifier twice, or an entry that undoes an unknown one.
    """

    def __init__(self, entries: Sequence[Search] = ()) -> None:
        self._entries = tuple(entries)
        seen: dict[str, Search] = {}
        for entry in self._entries:
            if entry.id in seen:
                raise Duplicate(f"two searches have the identifier {entry.id!r}", rule="an identifier means one search")
            if entry.undoes and entry.undoes not in seen:
                raise UnknownName(
                    f"unknown search {entry.undoes[:40]!r}",
                    where=f"search {entry.id}, undoes",
                    rule="an entry undoes one before it",
                    next_step=suggest(entry.undoes, seen),
                )
            seen[entry.id] = entry

    def add(self, entry: Search) -> SearchLog:
        """Return the log with one more entry."""
        return SearchLog([*self._entries, entry])

    def undo(self, entry_id: str = "") -> SearchLog:
        """Return the log with an entry that takes back another: the last one that counts, or the one named.

        Raises
        ------
        InputError, UnknownName
            If there is nothing to take back.
        """
        counting = self.counting
        if not counting:
            raise InputError("the log has no search to take back")
        target = entry_id or counting[-1].id
        if target not in {entry.id for entry in counting}:
            raise UnknownName(
                f"unknown search {target[:40]!r}, or taken back already",
                next_step=suggest(target, [entry.id for entry in counting]),
            )
        return self.add(Search(self.next_id(), undoes=target))

    @property
    def counting(self) -> tuple[Search, ...]:
        """The searches that were not taken back."""
        undone: set[str] = set()
        # From the last one: an undoing that was itself undone undoes nothing.
        for entry in reversed(self._entries):
            if entry.undoes and entry.id not in undone:
                undone.add(entry.undoes)
        return tuple(entry for entry in self._entries if not entry.undoes and entry.id not in undone)

    def next_id(self) -> str:
        """Return an identifier that is not taken: s1, s2, …"""
        taken = {entry.id for entry in self._entries}
        return next(name for name in (f"s{i}" for i in range(1, len(taken) + 2)) if name not in taken)

    def coverage(self, ground: Segments, assets: Mapping[str, Asset]) -> Floats:
        """Return the summed coverage of each segment by hours that follow the random law, shape (S,).

        Searches along a track, with a stated detection or by another law give no coverage of a segment: see
        `seek.search.swath_coverage.cell_miss`.

        Raises
        ------
        UnknownName
            An unknown segment or asset.
        """
        coverage = np.zeros(len(ground))
        for entry in self.counting:
            if entry.pod is not None or entry.track:
                continue
            asset = asset_of(entry, assets)
            if asset.law == "random":
                where = ground.number(entry.segment)
                coverage[where] += asset.rate_m2 * entry.hours / ground.m2[where]
        return coverage

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per entry."""
        import pandas as pd

        return pd.DataFrame([entry.to_dict() for entry in self._entries], columns=list(Search.__slots__))

    def __len__(self) -> int:
        """Return how many entries there are."""
        return len(self._entries)

    def __iter__(self) -> Iterator[Search]:
        """Yield the entries in order."""
        return iter(self._entries)

    def __getitem__(self, index: Any) -> Any:
        """Return an entry by position, or several by slice."""
        return self._entries[index]

    def __repr__(self) -> str:
        """One-line summary."""
        entries = counted(len(self._entries), "entry", "entries")
        return f"SearchLog({counted(len(self.counting), 'search counts', 'searches count')}, {entries})"


SEARCH_SPEC = (
    Field("id", required=True, parse=identifier, unique=True),
    Field("date", parse=iso_day, show=lambda day: day.isoformat()),
    Field("segment", parse=identifier, default=""),
    Field("asset", parse=identifier, default=""),
    Field("hours", parse=number(0.0, MOST_HOURS), default=0.0, show=lambda hours: f"{hours:.10g}"),
    Field("pod", parse=number(0.0, 0.999999)),
    Field("undoes", parse=identifier, default=""),
    Field("track", parse=identifier, default=""),
    Field("searchers", parse=integer(1), default=1),
    Field("origin", parse=identifier, default=""),
)


def read_searches(path: str | Path) -> SearchLog:
    """Read a log of searches (CSV, TSV, JSONL): id*, date, segment, asset, hours, pod, undoes, track,
    searchers, origin.

    Raises
    ------
    ReadError, ImportFaults
        The file cannot be read, or with every fault of every line.
    """

    def check(row: Any) -> Any:
        if not row.get("undoes") and not row.get("segment") and not row.get("track"):
            yield row.fault("segment", "is missing", allowed="a segment, a track, or a search to undo")
        if row.get("track") and row.get("pod") is not None:
            yield row.fault("pod", "a search along a track has no stated detection")

    return SearchLog([Search(**row.values) for row in read_rows(path, SEARCH_SPEC, check=check)])


def write_searches(path: str | Path, log: SearchLog) -> Path:
    """Write a log of searches; :func:`read_searches` reads it back unchanged."""
    rows = [
        {
            name: value
            for name in Search.__slots__
            if (value := getattr(entry, name)) not in ("", None) and (name, value) != ("searchers", 1)
        }
        for entry in log
    ]
    return write_rows(path, SEARCH_SPEC, rows)
