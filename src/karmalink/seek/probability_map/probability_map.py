"""The map: the probability of every cell, of every clue and of every witness."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.base.wording import percent
from karmalink.errors import InputError
from karmalink.seek.clues.sources import ClueGroup, DependentWitnesses
from karmalink.seek.probability_map.plane_mixture import PlaneMixture, Said, mix_on_plane
from karmalink.seek.probability_map.shared_errors import NO_SHARED_ERROR, SharedError
from karmalink.seek.search.detection_laws import miss
from karmalink.seek.search.regions import Region, Searched, cells_searched_before, check_share, smallest_region
from karmalink.seek.search.swath_coverage import cell_miss, swaths

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek.clues.clues import Clue
    from karmalink.seek.clues.witnesses import Witness
    from karmalink.seek.ground.area import Area
    from karmalink.seek.ground.gps_tracks import Track
    from karmalink.seek.ground.search_segments import Segments
    from karmalink.seek.probability_map.clue_layers import Layer
    from karmalink.seek.search.assets import Asset
    from karmalink.seek.search.search_log import SearchLog

__all__ = ["REGIONS", "CluesMap", "LazyNumbers", "ProbabilityMap"]

# A mapping whose values are computed on first access.


class LazyNumbers(Mapping[str, float]):
    """Numbers by name, computed on first access.

    Parameters
    ----------
    compute : callable
        Returns them; called once.
    """

    def __init__(self, compute: Callable[[], dict[str, float]]) -> None:
        self._compute = compute

    @cached_property
    def _numbers(self) -> dict[str, float]:
        return self._compute()

    def __getitem__(self, name: str) -> float:
        """Return one number."""
        return self._numbers[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._numbers)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._numbers)

    def __repr__(self) -> str:
        """One-line summary."""
        return repr(self._numbers)


REGIONS = (0.5, 0.8, 0.95)


@dataclass(frozen=True, eq=False, repr=False)
class ProbabilityMap:
    """Where it lies, as far as the clues and the searches tell.

    Attributes
    ----------
    area : Area
        The grid.
    clues : tuple of Clue
        What was said.
    witnesses : tuple of Witness
        Who said it.
    layers : tuple of Layer
        The density of each clue over the n cells, in the order of `clues`.
    probability : ndarray, shape (n,)
        Posterior probability of each of the n cells (POA); with `rest_of_world` they sum to 1.
    rest_of_world : float
        Probability that it lies outside the map (ROW), or that every clue is wrong about it.
    clue_prior, clue_reliability : dict of str to float
        By clue: probability that it is right, before and after all clues were combined. "After" is computed on first
        access: on a large map that takes as long as the map itself.
    witness_prior, witness_reliability : dict of str to float
        By witness: the share of their statements here that is expected to be right, before and after.
    repeats : dict of str to str
        Clues that only repeat another of the same witness (which counts), by identifier.
    prior : ndarray, shape (n,)
        Prior probability of each cell, given that it is on the map.
    prior_rest_of_world : float
        Prior probability that it is not.
    log_evidence : float
        Natural logarithm of how much better the clues fit together than clues that say nothing.
    clue_groups, dependent_witnesses, group_witness
        What was mixed: the clues of each witness, witnesses who depend on each other, and the witness of each group.
    searched : Searched or None
        The searches that are in the map.
    before : ProbabilityMap or None
        The map without the searches.
    shared_error : SharedError
        How far the spot that everybody tells of may lie from the true one.
    """

    area: Area
    clues: tuple[Clue, ...]
    witnesses: tuple[Witness, ...]
    layers: tuple[Layer, ...]
    probability: Floats
    rest_of_world: float
    clue_prior: Mapping[str, float]
    clue_reliability: Mapping[str, float]
    witness_prior: Mapping[str, float]
    witness_reliability: Mapping[str, float]
    repeats: Mapping[str, str]
    prior: Floats
    prior_rest_of_world: float
    log_evidence: float
    clue_groups: tuple[ClueGroup, ...] = field(default=())
    dependent_witnesses: tuple[DependentWitnesses, ...] = field(default=())
    group_witness: tuple[str, ...] = field(default=())
    searched: Searched | None = None
    before: ProbabilityMap | None = None
    shared_error: SharedError = NO_SHARED_ERROR

    @property
    def belief(self) -> Floats:
        """The former name of `probability`, kept for one version."""
        return self.probability

    @property
    def outside(self) -> float:
        """The former name of `rest_of_world`, kept for one version."""
        return self.rest_of_world

    @cached_property
    def posterior(self) -> Floats:
        """Probability of each cell as a grid, shape (rows, cols); 0 outside the area."""
        return self.area.grid(self.probability)

    def density(self) -> Floats:
        """Return the probability per km² as a grid, shape (rows, cols)."""
        return self.posterior / (self.area.cell_m2 / 1e6)

    def region(self, mass: float) -> Region:
        """Return the smallest ground that holds a share of the probability on the map.

        Raises
        ------
        InputError
            If the share is not between 0 and 1.
        """
        check_share(mass)
        cells = smallest_region(self.probability, mass)
        return Region(mass, cells, int(np.count_nonzero(cells)) * self.area.cell_m2 / 1e6)

    def contours(self, masses: Sequence[float] = REGIONS) -> list[tuple[Region, BaseGeometry]]:
        """Return regions with their ground as (multi)polygons of longitudes and latitudes, the largest first."""
        regions = [self.region(mass) for mass in sorted(masses, reverse=True)]
        return [(region, self.area.polygons(region.cells)) for region in regions]

    def clue_outlines(self, mass: float = 0.5) -> dict[str, BaseGeometry]:
        """Return per clue the smallest ground that holds a share of what it says, longitudes and latitudes."""
        return {
            clue.id: self.area.polygons(layer.region(mass)) for clue, layer in zip(self.clues, self.layers, strict=True)
        }

    def area_before_find(self, lon: float, lat: float) -> float:
        """Return the km² that are searched, most probable ground first, until a spot is reached.

        Cells of equal probability are searched in any order, so half of them count.

        Raises
        ------
        InputError
            If the spot is outside the area: then it is never reached.
        """
        cell = self.area.cell_at(lon, lat)
        if cell is None:
            raise InputError(f"{lon:g}, {lat:g} lies outside the area", rule="only ground on the map is searched")
        return cells_searched_before(self.probability, cell) * self.area.cell_m2 / 1e6

    def best(self) -> tuple[float, float]:
        """Return longitude and latitude of the most probable cell."""
        return self.area.lonlat_of(int(np.argmax(self.probability)))

    def after(
        self,
        log: SearchLog,
        ground: Segments,
        assets: Mapping[str, Asset],
        *,
        shape: float | None = None,
        tracks: Mapping[str, Track] | None = None,
    ) -> ProbabilityMap:
        """Return the map after all the searches of a log, none of which found it.

        The log is the truth: the map is computed from the clues and the whole log, whatever searches were in it before.

        Parameters
        ----------
        log : SearchLog
            All searches so far.
        ground : Segments
            The segments of the log.
        assets : mapping of str to Asset
            By name.
        shape : float, optional
            Uncertainty of the sweep width, see `seek.search.detection_laws.miss`.
        tracks : mapping of str to Track, optional
            The tracks of the log.

        Raises
        ------
        UnknownName
            An unknown segment, asset or track.
        """
        first = self.before or self
        swept = swaths(log.counting, tracks or {}, self.area, assets)
        # (n,): P(all searches miss it | x)
        missed = cell_miss(log.counting, swept, ground, assets, shape)
        # (S,): coverage of each segment by searches in hours
        coverage = log.coverage(ground, assets)
        # P(nothing found) = Σ_x p(x) · P(miss | x) + p(rest of world), where nothing is searched
        nothing = float(first.probability @ missed) + first.rest_of_world
        # The new prior: prior(x) · P(miss | x), and the rest of the world beside it, scaled to 1
        on_map = float(first.prior @ missed)
        rest_of_world = first.prior_rest_of_world / (
            first.prior_rest_of_world + (1.0 - first.prior_rest_of_world) * on_map
        )
        # (S,): the mean miss of each segment, Σ p·P(miss) / Σ p, over the miss of its hours: what other searches leave
        mass = np.maximum(ground.sum(first.probability), 1e-300)
        other_miss = ground.sum(first.probability * missed) / mass / miss(coverage, shape)
        searched = Searched(log, ground, coverage, other_miss, nothing, swept)
        # Mixed again, so that the reliabilities of clues and witnesses know what was not found.
        after = first.with_prior(first.prior * missed, rest_of_world)
        return replace(
            after, searched=searched, before=first, prior=first.prior, prior_rest_of_world=first.prior_rest_of_world
        )

    def with_prior(self, prior: Floats, rest_of_world: float) -> ProbabilityMap:
        """Return the map with another prior."""
        mixed = mix_on_plane(self.said, prior, rest_of_world)
        return replace(
            self,
            probability=mixed.probability,
            rest_of_world=mixed.rest_of_world,
            clue_reliability=LazyNumbers(partial(_by_clue, mixed, self.clues, self.repeats)),
            witness_reliability=LazyNumbers(partial(_by_witness, mixed, self.witness_prior, self.group_witness)),
            prior=prior / prior.sum(),
            prior_rest_of_world=rest_of_world,
            log_evidence=mixed.log_evidence,
        )

    @property
    def said(self) -> Said:
        """What was mixed."""
        is_surveyed = {witness.id: witness.surveyed for witness in self.witnesses}
        return Said(
            self.area,
            self.layers,
            self.clue_groups,
            self.dependent_witnesses,
            frozenset(number for number, name in enumerate(self.group_witness) if is_surveyed[name]),
            self.shared_error,
        )

    def plot(self, masses: Sequence[float] = (0.5, 0.9)) -> alt.LayerChart:
        """Return the map as an Altair chart: its title is the finding, its regions are outlined.

        Parameters
        ----------
        masses : sequence of float
            Shares of the probability on the map whose smallest regions are outlined.

        Raises
        ------
        InputError
            A share that is not between 0 and 1.
        """
        from karmalink.seek.probability_map.map_plot import map_chart

        regions = [self.region(mass) for mass in sorted(masses)]
        return map_chart(self.area, self.probability, regions, self.rest_of_world)

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per clue: what it says, whose it is, and how likely it is right, before and after."""
        import pandas as pd

        rows = [
            {
                "clue": clue.id,
                "witness": clue.witness,
                "says": clue.phrase(),
                "reliability_before": self.clue_prior[clue.id],
                "reliability_after": self.clue_reliability[clue.id],
                "repeats": self.repeats.get(clue.id, ""),
            }
            for clue in self.clues
        ]
        return pd.DataFrame(
            rows, columns=["clue", "witness", "says", "reliability_before", "reliability_after", "repeats"]
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the finding, ready for JSON: regions, clues and witnesses, not the cells."""
        lon, lat = self.best()
        return {
            "area": self.area.to_dict(),
            "rest_of_world": round(self.rest_of_world, 9),
            "shared_error": self.shared_error.to_dict(),
            "regions": [{"mass": mass, "km2": round(self.region(mass).km2, 6)} for mass in (*REGIONS, 0.9)],
            "best": {"lon": round(lon, 7), "lat": round(lat, 7)},
            "clues": [
                {
                    **clue.to_dict(),
                    "says": clue.phrase(),
                    "before": round(self.clue_prior[clue.id], 6),
                    "after": round(self.clue_reliability[clue.id], 6),
                    "repeats": self.repeats.get(clue.id),
                    "means": layer.to_dict()["candidates"],
                }
                for clue, layer in zip(self.clues, self.layers, strict=True)
            ],
            "witnesses": [
                {
                    **witness.to_dict(),
                    "before": round(self.witness_prior[witness.id], 6),
                    "after": round(self.witness_reliability[witness.id], 6),
                }
                for witness in self.witnesses
            ],
            "log_evidence": round(self.log_evidence, 6),
            "searches": 0 if self.searched is None else len(self.searched.log.counting),
        }

    def __repr__(self) -> str:
        """One-line summary."""
        ground = self.region(0.9)
        return (
            f"ProbabilityMap(90 % of the probability on the map in {ground.km2:.3g} km² of {self.area.km2:.3g} km²; "
            f"{percent(self.rest_of_world)} probability that it lies outside the map)"
        )


CluesMap = ProbabilityMap  # the former name, kept for one version


def _by_clue(mixed: PlaneMixture, clues: Sequence[Clue], repeats: Mapping[str, str]) -> dict[str, float]:
    known = dict(zip((clue.id for clue in clues), mixed.reliabilities[0].tolist(), strict=True))
    return {name: known[repeats.get(name, name)] for name in known}


def _by_witness(mixed: PlaneMixture, prior: Mapping[str, float], owners: Sequence[str]) -> dict[str, float]:
    return dict(prior) | dict(zip(owners, mixed.reliabilities[1].tolist(), strict=True))
