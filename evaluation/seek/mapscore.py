"""MapScore's lost people: how far from the last known point they were found, against Koester's rings."""

from __future__ import annotations

import csv
import math
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.figure import Figure
from evaluation.seek.rings import SHARES, RingTable, read_rings
from karmalink.seek import LearnedLaws, RadialLaw, learn_radial

__all__ = ["run"]

_HALF_M = 12_500.0  # MapScore's box is 25 km by 25 km about the point
_CELL_M = 50.0
_ON_FOOT = ("Hiker", "Dementia", "Child", "Mental Retardation", "Hunter", "Gatherer", "Autistic", "Runner", "Angler")
_TITLE = "MapScore"


@dataclass(frozen=True, slots=True)
class _Case:
    """One incident: category, region, terrain, offset of the find in metres, rings in metres if there are any."""

    category: str
    region: str
    terrain: str
    east: float
    north: float
    rings: np.ndarray | None

    @property
    def r(self) -> float:
        return math.hypot(self.east, self.north)

    @property
    def inside(self) -> bool:
        return max(abs(self.east), abs(self.north)) <= _HALF_M


def run(data: Path) -> list[Figure]:
    """Return Rossmo's R, log scores and coverage, every law learned without the case it is scored on."""
    folder = data / "seek" / "mapscore"
    table = read_rings(data / "seek" / "lpb")
    cases = [case for path in sorted(folder.glob("*cases*.csv")) for case in _read(path, table)]
    if len(cases) < 10:
        return [Figure(_TITLE, "cases", str(len(cases)), note="too few to say anything")]
    figures = _rossmo(cases)
    ringed = [case for case in cases if case.rings is not None]
    if len(ringed) < 10:
        return [*figures, Figure(_TITLE, "against rings", "passed over", note="no ring tables under seek/lpb")]
    return [*figures, *_against_rings(ringed, folder), _without_elevation()]


def _read(path: Path, table: RingTable) -> Iterator[_Case]:
    """Yield the cases; the column Distance ignores the cosine of the latitude, so that distances are made anew."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            try:
                south, west, north, east = (float(row[k]) for k in ("IPP Lat", "IPP Lon", "Find Lat", "Find Lot"))
            except (KeyError, TypeError, ValueError):
                print(f"{path.name}, line {number}: passed over, it has no two points", file=sys.stderr)
                continue
            kind, region, terrain = ((row.get(k) or "").strip() for k in ("SubjectCategory", "Eco Region", "Terrain"))
            middle = math.radians((south + north) / 2.0)
            dx, dy = (east - west) * 111_320.0 * math.cos(middle), (north - south) * 110_950.0
            yield _Case(kind, region, terrain, dx, dy, table.radii(kind, region, terrain))


def _rossmo(cases: Sequence[_Case]) -> list[Figure]:
    """Return Rossmo's R = 1 − 2·(share of the box searched before the find): one for all densities that fall."""
    figures = []
    for name, chosen in (
        ("lost people on foot", [case for case in cases if case.inside and case.category in _ON_FOOT]),
        ("everybody", [case for case in cases if case.inside]),
    ):
        found = np.array([_rossmo_of(case) for case in chosen])
        note = f"{found.size} finds inside the box; median {np.median(found):.3f}"
        figures.append(Figure(_TITLE, f"Rossmo R, {name}", f"{found.mean():.3f}", _interval(found), note))
    return figures


def _rossmo_of(case: _Case) -> float:
    side = np.arange(-_HALF_M + _CELL_M / 2.0, _HALF_M, _CELL_M)
    return 1.0 - 2.0 * float(np.mean(np.hypot(side[:, None], side[None, :]) < case.r))


def _against_rings(cases: Sequence[_Case], folder: Path) -> list[Figure]:
    held = _left_out(cases)
    inside = [number for number, case in enumerate(cases) if case.inside]
    ours = np.array([_score(held[number], cases[number]) for number in inside])
    rings = np.array([_ring_score(cases[number]) for number in inside])
    smooth = [RadialLaw.from_quantiles(dict(zip(SHARES, case.rings, strict=True))) for case in cases]
    smoothed = np.array([_score(smooth[number], cases[number]) for number in inside])
    figures = [
        _better("learned law − rings", ours - rings, "every law learned without its case; more is better"),
        _better("learned law − rings made smooth", ours - smoothed, "the tables' own numbers as a smooth law"),
    ]
    lognormal = _lognormal(folder, [cases[number] for number in inside])
    if lognormal is not None:
        kept = np.isfinite(lognormal)
        figures.append(_better("learned law − MapScore's lognormals", (ours - lognormal)[kept], "where it has one"))
    figures += _by_kind(cases, inside, ours - rings)
    for name, cover in (
        ("learned law", [float(law.cdf(case.r)) for law, case in zip(held, cases, strict=True)]),
        ("rings", [float(np.interp(case.r, [0.0, *case.rings, 1e9], [0.0, *SHARES, 1.0])) for case in cases]),
    ):
        figures += _coverage(name, np.array(cover))
    return figures


def _left_out(cases: Sequence[_Case]) -> list[RadialLaw]:
    """Return for every case the law that all the others teach: relative to the rings' medians, by category."""
    found = []
    for left, case in enumerate(cases):
        rest = [other for number, other in enumerate(cases) if number != left]
        laws: LearnedLaws = learn_radial(
            [other.r for other in rest],
            [(other.category, other.terrain) for other in rest],
            [other.rings[1] for other in rest],
        )
        found.append(laws.law((case.category, case.terrain), float(case.rings[1])))
    return found


def _score(law: RadialLaw, case: _Case) -> float:
    """Return the log density per m² at the find, the law cut to the box."""
    turns = np.linspace(0.0, math.pi / 4.0, 181)
    return math.log(float(law.density(case.r)) / float(np.mean(law.cdf(_HALF_M / np.cos(turns)))))


def _ring_score(case: _Case) -> float:
    """Return the same of rings, each level; what is beyond the last lies anywhere else in the box."""
    edges = [0.0, *case.rings]
    for inner, outer, share in zip(edges[:-1], edges[1:], (0.25, 0.25, 0.25, 0.20), strict=True):
        if case.r <= outer:
            return math.log(share / (math.pi * (outer**2 - inner**2)))
    rest = max(4.0 * _HALF_M**2 - math.pi * edges[-1] ** 2, 1e6)
    return math.log(0.05 / rest)


def _lognormal(folder: Path, cases: Sequence[_Case]) -> np.ndarray | None:
    """Return the log scores of MapScore's own lognormal laws of the distance in km, NaN where a case has none."""
    laws: dict[str, tuple[float, float]] = {}
    for path in sorted(folder.glob("lognorm*.csv")):
        for row in csv.reader(path.read_text(encoding="utf-8-sig").splitlines()[1:]):
            try:
                laws[row[0].strip().casefold()] = (float(row[1]), float(row[2]))
            except (IndexError, ValueError):
                continue
    if not laws:
        return None
    return np.array([_lognormal_score(laws, case) for case in cases])


def _lognormal_score(laws: dict[str, tuple[float, float]], case: _Case) -> float:
    region = "temp" if case.region == "Temperate" else case.region.casefold()
    ground = "mtn" if case.terrain == "Mountainous" else case.terrain.casefold()
    kind = case.category.casefold()
    name = next((n for n in (f"{kind} {region} {ground}", f"{kind} {region}", f"{kind} else") if n in laws), None)
    if name is None:
        return math.nan
    mean, spread = laws[name]
    away = max(case.r, 50.0)
    z = (math.log(away / 1000.0) - mean) / spread
    return -0.5 * z * z - math.log(spread * math.sqrt(2.0 * math.pi)) - math.log(away) - math.log(2.0 * math.pi * away)


def _better(name: str, gain: np.ndarray, note: str) -> Figure:
    error = gain.std(ddof=1) / math.sqrt(gain.size)
    note = f"{gain.size} cases, {gain.mean() / error:.1f} standard errors; {note}"
    return Figure(_TITLE, f"log score, {name}, nats a case", f"{gain.mean():+.3f}", _interval(gain), note)


def _by_kind(cases: Sequence[_Case], inside: Sequence[int], gain: np.ndarray) -> list[Figure]:
    figures = []
    kinds = [(cases[number].category, cases[number].terrain) for number in inside]
    for kind, count in Counter(kinds).most_common():
        if count < 4:
            break
        mine = gain[[row for row, other in enumerate(kinds) if other == kind]]
        title = f"log score, learned law − rings, {kind[0]}, {kind[1]}"
        figures.append(Figure(_TITLE, title, f"{mine.mean():+.3f}", _interval(mine), f"{count} cases"))
    return figures


def _coverage(name: str, held: np.ndarray) -> list[Figure]:
    figures = []
    for share in SHARES:
        found = held <= share
        off = (found.mean() - share) / math.sqrt(share * (1.0 - share) / found.size)
        note = f"{found.size} cases; {off:+.1f} standard errors from {share:.0%}"
        figures.append(
            Figure(_TITLE, f"{name}: finds inside the {share:.0%} disc", f"{found.mean():.2f}", _interval(found), note)
        )
    return figures


def _without_elevation() -> Figure:
    note = "no raster of heights comes with these cases, and without one every falling ring density has the same R"
    return Figure(_TITLE, "Rossmo R with terrain", "not measured", note=note)


def _interval(values: np.ndarray, seed: int = 0) -> str:
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(0, values.size, values.size)].mean() for _ in range(2000)]
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{low:.3f}–{high:.3f}" if low >= 0 else f"{low:+.3f} to {high:+.3f}"
