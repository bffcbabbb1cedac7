"""Swept ground: the effort of a walk on every cell, and the probability that a whole log of searches missed it.

Effort is counted cell by cell: where a walk crosses itself or another it adds up there only. Half a segment that was
walked twice is not a segment that was walked once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted, percent
from karmalink.errors import UnknownName
from karmalink.seek.ground.gps_tracks import Track, TrackFinding
from karmalink.seek.search.detection_laws import POD_LAWS, miss
from karmalink.seek.search.searches import asset_of
from karmalink.seek.search.walks import Walk, walked

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek.ground.area import Area
    from karmalink.seek.ground.search_segments import Segments
    from karmalink.seek.search.assets import Asset
    from karmalink.seek.search.searches import Search

__all__ = ["SURE", "Swath", "cell_miss", "detection", "swath", "swaths"]

SURE = 0.999999  # the most that any search detects
BLUR_M = 10.0  # a position is not known better than this, so nothing is spread over less
_MOST_SAMPLES = 2_000_000
_DOUBT_NODES = 32
_MOST_CORNERS = 100


@dataclass(frozen=True, slots=False, eq=False, repr=False)
class Swath:
    """The ground that one walk swept.

    Attributes
    ----------
    area : Area
        The grid.
    walk : Walk
        What of the track counts.
    width_m : float
        Width across the walk over which its effort is spread: the sweep width of all who walked abreast, at least 10 m,
        since no position is known better.
    effort : ndarray, shape (n,), m²
        Area swept on each of the n cells, W·v·t: over the area of a cell it is the coverage there.
    findings : tuple of TrackFinding
        What was left out, and why.
    """

    area: Area
    walk: Walk
    width_m: float
    effort: Floats
    findings: tuple[TrackFinding, ...] = field(default=())

    @property
    def coverage(self) -> Floats:
        """Coverage of each of the n cells."""
        return self.effort / self.area.cell_m2

    @property
    def effort_km2(self) -> float:
        """Area swept on the map, ground that was swept twice counted twice, km²."""
        return float(self.effort.sum()) / 1e6

    @cached_property
    def flat(self) -> BaseGeometry:
        """The swept ground in metres: everything within half the width of the walk."""
        import shapely

        ways = [shapely.linestrings(way) for way in _ways(self.walk)]
        # A wide swath hides small bends: without them, and in short pieces, the union is fast.
        bent = [shapely.simplify(way, max(0.2, self.width_m / 40.0)) for way in ways]
        return shapely.union_all(shapely.buffer(bent, self.width_m / 2.0, quad_segs=4))

    @cached_property
    def geometry(self) -> BaseGeometry:
        """The swept ground, longitude and latitude."""
        import shapely

        return self.area.unproject(shapely.simplify(self.flat, 0.5))

    @property
    def ground_km2(self) -> float:
        """Ground within the swath, each spot once, km²."""
        return float(self.flat.area) / 1e6

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers and the findings."""
        return {
            "km": round(self.walk.km, 4),
            "hours": round(self.walk.seconds / 3600.0, 4),
            "swept_km2": round(self.effort_km2, 6),
            "ground_km2": round(self.ground_km2, 6),
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def __repr__(self) -> str:
        """One-line summary."""
        findings = counted(len(self.findings), "finding")
        return f"Swath({self.walk.km:.3g} km swept {self.effort_km2:.3g} km², {findings})"


def swath(track: Track, area: Area, asset: Asset, searchers: int = 1) -> Swath:
    """Return the ground that a track swept with an asset.

    Parameters
    ----------
    track : Track
        The fixes.
    area : Area
        The grid; what lies outside is reported and has no effect.
    asset : Asset
        What was searched with: sweep width and searching speed.
    searchers : int
        How many walked abreast along this track.
    """
    walk = walked(track, area, asset)
    sweep = asset.sweep_m * searchers
    width = max(sweep, BLUR_M)
    effort, off = _spread(walk, area, sweep, width)
    findings = list(walk.findings)
    whole = float(sweep * walk.counted.sum())
    if off > 0.005 * whole:
        findings.append(TrackFinding("off_map", f"{percent(off / whole)} of the search is off the map: no effect."))
    if not walk.length.size:
        findings.append(TrackFinding("nothing", "Nothing of this track counts as searching."))
    return Swath(area, walk, width, effort, tuple(findings))


def swaths(
    entries: Sequence[Search], tracks: Mapping[str, Track], area: Area, assets: Mapping[str, Asset]
) -> dict[str, Swath]:
    """Return the swath of every entry of a log that has a track, by the entry's identifier.

    Raises
    ------
    UnknownName
        An unknown track or asset.
    """
    by_entry = {}
    for entry in entries:
        if not entry.track:
            continue
        if entry.track not in tracks:
            raise UnknownName(
                f"the track of search {entry.id} is missing",
                where=entry.track,
                next_step="bring the file back, or take the search back (karmalink seek search --undo)",
            )
        by_entry[entry.id] = swath(tracks[entry.track], area, asset_of(entry, assets), entry.searchers)
    return by_entry


def cell_miss(
    entries: Sequence[Search],
    swept: Mapping[str, Swath],
    ground: Segments,
    assets: Mapping[str, Asset],
    shape: float | None = None,
) -> Floats:
    """Return for each of the n cells the probability that all the searches missed it if it is there.

    Within one search efforts add up and the asset's law gives the detection of the sum; different searches miss
    independently. An uncertain sweep width is shared by all of them: ∫ Π_k miss_k(g·C_k) Γ(g; α, 1/α) dg, by a
    generalised Gauss–Laguerre rule where the closed form (1 + ΣC/α)^−α of the random law does not apply.

    Parameters
    ----------
    entries : sequence of Search
        Those that count.
    swept : mapping of str to Swath
        By identifier of the entry.
    ground : Segments
        The segments of entries without a track.
    assets : mapping of str to Asset
        By name.
    shape : float, optional
        α of the uncertain sweep width, see `seek.search.detection_laws.miss`.
    """
    area = ground.area
    # (n,): Π (1 − stated detection), and Σ C of the searches that follow the random law
    stated, random = np.ones(area.n), np.zeros(area.n)
    others: list[tuple[str, Floats]] = []
    for entry in entries:
        if entry.pod is not None:
            stated = stated * ground.spread(_only(ground, entry, 1.0 - entry.pod, 1.0), elsewhere=1.0)
            continue
        asset = asset_of(entry, assets)
        coverage = swept[entry.id].coverage if entry.track else _evenly(ground, entry, asset)
        if asset.law == "random":
            random = random + coverage
        else:
            others.append((asset.law, coverage))
    if not others:
        return stated * miss(random, shape)
    if shape is None:
        return stated * _product(random, others, 1.0)
    nodes, weights = _doubt(shape)
    pairs = zip(nodes.tolist(), weights.tolist(), strict=True)
    return np.asarray(stated * sum(weight * _product(random, others, node) for node, weight in pairs))


def detection(law: str, coverage: Floats) -> Floats:
    """Return the probability of detection of a law, never a certainty."""
    return np.minimum(POD_LAWS[law](coverage), SURE)


def _product(random: Floats, others: Sequence[tuple[str, Floats]], scale: float) -> Floats:
    missed = np.exp(-scale * random)
    for law, coverage in others:
        missed = missed * (1.0 - detection(law, scale * coverage))
    return missed


def _doubt(shape: float) -> tuple[Floats, Floats]:
    """Return multipliers and weights for the expectation over a gamma variable of mean 1 and this shape."""
    from scipy.special import roots_genlaguerre

    nodes, weights = roots_genlaguerre(_DOUBT_NODES, shape - 1.0)
    return np.asarray(nodes / shape), np.asarray(weights / weights.sum())


def _evenly(ground: Segments, entry: Search, asset: Asset) -> Floats:
    where = ground.number(entry.segment)
    return ground.spread(_only(ground, entry, asset.rate_m2 * entry.hours / ground.m2[where], 0.0))


def _only(ground: Segments, entry: Search, value: float, elsewhere: float) -> Floats:
    found = np.full(len(ground), elsewhere)
    found[ground.number(entry.segment)] = value
    return found


def _ways(walk: Walk) -> list[Floats]:
    """Return the stretches joined to lines of at most a hundred corners, each of shape (corners, 2)."""
    count = walk.length.size
    joined = np.append((walk.end[:-1] == walk.start[1:]).all(axis=1), False) if count else np.zeros(0, dtype=bool)
    found, first = [], 0
    for number in range(count):
        if not joined[number] or number - first >= _MOST_CORNERS:
            found.append(np.vstack([walk.start[first : first + 1], walk.end[first : number + 1]]))
            first = number + 1
    return found


def _spread(walk: Walk, area: Area, sweep: float, width: float) -> tuple[Floats, float]:
    """Return the m² on every cell, and the m² that fell off the map.

    Every stretch is cut into points an eighth of a cell apart, along and across; each has its share of the effort.
    """
    if not walk.length.size or sweep <= 0:
        return np.zeros(area.n), 0.0
    across = int(np.clip(np.ceil(8.0 * width / area.cell_m), 16, 64))
    step = max(area.cell_m / 8.0, float(walk.length.sum()) * across / _MOST_SAMPLES)
    parts = np.maximum(1, np.ceil(walk.length / step).astype(np.int64))
    which = np.repeat(np.arange(parts.size), parts)
    place = (np.arange(which.size) - np.repeat(np.cumsum(parts) - parts, parts) + 0.5) / parts[which]
    along = walk.end - walk.start
    middle = walk.start[which] + place[:, None] * along[which]
    normal = np.column_stack([-along[:, 1], along[:, 0]])[which] / walk.length[which, None]
    share = (sweep * walk.counted / parts / across)[which]
    found, off = np.zeros(area.n), 0.0
    for offset in width * ((np.arange(across) + 0.5) / across - 0.5):
        cells = area.cells_at_xy(*(middle + offset * normal).T)
        on = cells >= 0
        found += np.bincount(cells[on], share[on], area.n)
        off += float(share[~on].sum())
    return found, off
