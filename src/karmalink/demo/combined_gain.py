"""What combining the sources gains: area searched before the find, over many simulated worlds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ARMS", "WORLDS", "ArmComparison", "CombinedGain", "compare"]

# The three ways of searching, in the order of the columns of every array here, with their names for a reader.
ARMS: dict[str, str] = {
    "clues": "the witnesses' clues alone",
    "links": "clues and links",
    "nights": "clues, links and nights",
}
WORLDS: dict[str, str] = {
    "true": "dreams that draw on days whose entries name places near the find",
    "false": "dreams that resemble entries about wrong places by coincidence, past and future alike",
}
_DRAWS = 4000
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class ArmComparison:
    """One way of searching compared with the witnesses' clues alone, paired by seed.

    Attributes
    ----------
    median_ratio, low, high : float
        Median over the seeds of (area with / area without), and its 95 % bootstrap interval.
    mean_ratio : float
        Mean area with, over mean area without.
    better, same, worse : float
        Shares of the seeds in which less, the same and more ground was searched before the find.
    """

    median_ratio: float
    low: float
    high: float
    mean_ratio: float
    better: float
    same: float
    worse: float

    def to_dict(self) -> dict[str, float]:
        """Return the fields, for ``--json``."""
        return {name: float(getattr(self, name)) for name in self.__slots__}

    def __repr__(self) -> str:
        """One-line summary."""
        return (
            f"Comparison(median ratio {self.median_ratio:.2f}, 95 % {self.low:.2f}–{self.high:.2f}, "
            f"worse in {self.worse:.0%})"
        )


def compare(area: NDArray[np.float64], baseline: NDArray[np.float64], *, seed: int = 0) -> ArmComparison:
    """Compare two searches of the same worlds.

    Parameters
    ----------
    area, baseline : ndarray, shape (n_seeds,), km²
        Area searched before the find, with and without.
    seed : int
        Seed of the bootstrap (4,000 draws of whole seeds with replacement, percentile interval).
    """
    ratio = area / baseline
    rng = np.random.default_rng(seed)
    draws = np.median(ratio[rng.integers(0, ratio.size, (_DRAWS, ratio.size))], axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    change = (area - baseline) / baseline
    return ArmComparison(
        median_ratio=float(np.median(ratio)),
        low=float(low),
        high=float(high),
        mean_ratio=float(area.mean() / baseline.mean()),
        better=float(np.mean(change < -_SAME)),
        same=float(np.mean(np.abs(change) <= _SAME)),
        worse=float(np.mean(change > _SAME)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class CombinedGain:
    """Area searched before the find in many simulated worlds, with clues alone, with links, with links and nights.

    Attributes
    ----------
    seeds : tuple of int
        One world pair (true, false) per seed.
    ground_km2 : float
        The whole ground that could be searched.
    true_km2, false_km2 : ndarray, shape (n_seeds, 3), km²
        Area searched before the find; columns are :data:`ARMS`. In the *true* worlds dreams draw on days whose entries
        name places near the find; in the *false* worlds the same number of dreams resembles entries about wrong places
        by coincidence, in the past and in the future alike, and no dream has a source.
    certain_km2 : ndarray, shape (n_seeds,), km²
        The false worlds again, with every link taken for certain: what the uncertainty of a link's reliability saves.
    true_clues, false_clues : ndarray of int, shape (n_seeds, 3)
        Clues on the map in each arm (the witnesses' own included).
    """

    seeds: tuple[int, ...]
    ground_km2: float
    true_km2: NDArray[np.float64]
    false_km2: NDArray[np.float64]
    certain_km2: NDArray[np.float64]
    true_clues: NDArray[np.int64]
    false_clues: NDArray[np.int64]

    def comparison(self, world: str, arm: str) -> ArmComparison:
        """Return `arm` (``links``, ``nights``; for the false world also ``certain``) compared with clues alone."""
        table = {"true": self.true_km2, "false": self.false_km2}[world]
        area = self.certain_km2 if arm == "certain" else table[:, list(ARMS).index(arm)]
        return compare(area, table[:, 0])

    @property
    def finding(self) -> str:
        """The gain with its uncertainty, in one sentence."""
        nights = self.comparison("true", "nights")
        return (
            f"With links and nights the searchers cover {_change(nights.median_ratio)} ground before the find than "
            f"with the witnesses' clues alone (median ratio {nights.median_ratio:.2f}, 95 % interval "
            f"{nights.low:.2f}–{nights.high:.2f}, {len(self.seeds)} simulated worlds)."
        )

    @property
    def control(self) -> str:
        """The effect of false links, in one sentence."""
        false = self.comparison("false", "nights")
        certain = self.comparison("false", "certain")
        accepted = float(np.mean(self.false_clues[:, 1] > self.false_clues[:, 0]))
        return (
            f"With false links planted the ratio is {false.median_ratio:.2f} ({false.low:.2f}–{false.high:.2f}; mean "
            f"{false.mean_ratio:.2f}; more ground in {false.worse:.0%} of worlds, less in {false.better:.0%}): chance "
            f"falls on the days after a night as often as on those before, and in {1 - accepted:.0%} of the worlds no "
            f"link was accepted. If the same resemblances were taken for certain, the ratio would be "
            f"{certain.median_ratio:.2f} (mean {certain.mean_ratio:.2f})."
        )

    def sentences(self) -> tuple[str, ...]:
        """Return the findings for a reader, the main one first."""
        median = np.median(self.true_km2, axis=0)
        links = self.comparison("true", "links")
        more = self.true_km2[:, 2] - self.true_km2[:, 0]
        worse = more[more > _SAME]
        return (
            self.finding,
            f"In {worse.size / more.size:.0%} of the worlds it is more ground than without"
            + (f", in half of these by less than {np.median(worse):.2f} km²." if worse.size else "."),
            f"Median area before the find, of {self.ground_km2:.1f} km²: "
            + ", ".join(f"{text} {area:.2f} km²" for text, area in zip(ARMS.values(), median, strict=True))
            + f"; links alone: ratio {links.median_ratio:.2f} ({links.low:.2f}–{links.high:.2f}).",
            self.control,
        )

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per seed, world and arm: ``seed, world, arm, km2, clues``."""
        import pandas as pd

        tables = (("true", self.true_km2, self.true_clues), ("false", self.false_km2, self.false_clues))
        rows = [
            (seed, world, arm, float(area[row, column]), int(clues[row, column]))
            for world, area, clues in tables
            for row, seed in enumerate(self.seeds)
            for column, arm in enumerate(ARMS)
        ]
        return pd.DataFrame(rows, columns=["seed", "world", "arm", "km2", "clues"])

    def to_dict(self) -> dict[str, Any]:
        """Return summary and arrays, ready for JSON."""
        return {
            "seeds": list(self.seeds),
            "ground_km2": self.ground_km2,
            "arms": list(ARMS),
            "true_km2": self.true_km2.tolist(),
            "false_km2": self.false_km2.tolist(),
            "certain_km2": self.certain_km2.tolist(),
            "true_clues": self.true_clues.tolist(),
            "false_clues": self.false_clues.tolist(),
            "comparisons": {
                f"{world}/{arm}": self.comparison(world, arm).to_dict()
                for world, arm in (
                    ("true", "links"),
                    ("true", "nights"),
                    ("false", "links"),
                    ("false", "nights"),
                    ("false", "certain"),
                )
            },
            "sentences": list(self.sentences()),
        }

    def __repr__(self) -> str:
        """One-line summary."""
        true, false = self.comparison("true", "nights"), self.comparison("false", "nights")
        return (
            f"JointWorth({len(self.seeds)} worlds: ratio {true.median_ratio:.2f} ({true.low:.2f}–{true.high:.2f}); "
            f"with false links {false.median_ratio:.2f} ({false.low:.2f}–{false.high:.2f}))"
        )


def _change(ratio: float) -> str:
    if ratio < 1:
        return f"{1 - ratio:.0%} less"
    return f"{ratio - 1:.0%} more" if ratio > 1 else "no less"
