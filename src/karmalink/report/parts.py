"""What a report shows that only rooms above it compute.

The report knows neither the study nor the demo. It says here what such a thing must have (a protocol), and any
caller that has it may hand it in.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from karmalink.night import Finding

__all__ = ["ArmComparisonLike", "AwakeningLike", "FindingsLike", "GainLike"]


class ArmComparisonLike(Protocol):
    """One way of searching against another, paired by world (``karmalink.demo.ArmComparison``)."""

    @property
    def median_ratio(self) -> float:
        """Median over the worlds of (area with / area without)."""

    @property
    def low(self) -> float:
        """Lower end of its 95 % interval."""

    @property
    def high(self) -> float:
        """Upper end of its 95 % interval."""

    @property
    def mean_ratio(self) -> float:
        """Mean area with, over mean area without."""

    @property
    def better(self) -> float:
        """Share of the worlds with less ground."""

    @property
    def same(self) -> float:
        """Share of the worlds with the same ground."""

    @property
    def worse(self) -> float:
        """Share of the worlds with more ground."""


class GainLike(Protocol):
    """Area searched before the find over many worlds (``karmalink.demo.CombinedGain``).

    Columns of the arrays: clues alone, clues and links, clues and links and nights.
    """

    @property
    def seeds(self) -> tuple[int, ...]:
        """One world pair per seed."""

    @property
    def ground_km2(self) -> float:
        """The whole ground that could be searched."""

    @property
    def true_km2(self) -> NDArray[np.float64]:
        """Area searched where dreams draw on real days, shape (n, 3)."""

    @property
    def false_km2(self) -> NDArray[np.float64]:
        """Area searched where every link is false, shape (n, 3)."""

    @property
    def certain_km2(self) -> NDArray[np.float64]:
        """The false worlds with every link taken for certain, shape (n,)."""

    def comparison(self, world: str, arm: str) -> ArmComparisonLike:
        """Return an arm (``links``, ``nights``, ``certain``) of a world (``true``, ``false``) against clues alone."""


class AwakeningLike(Protocol):
    """An awakening (``karmalink.study.Awakening``)."""

    @property
    def id(self) -> str:
        """Identifier, as accounts name it."""

    @property
    def time(self) -> dt.datetime:
        """Clock time at the bed."""

    @property
    def stage(self) -> str:
        """W, N1, N2, N3 or R."""

    @property
    def confidence(self) -> float:
        """The scorer's probability of that stage."""

    @property
    def rule(self) -> str:
        """What woke them."""


class FindingsLike(Protocol):
    """What a doctor found (``karmalink.night.DoctorReport``, or a study, which keeps the findings)."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """One thing found each."""
