"""What all dreamers against all lives say: the own curves and their pool, ranks among other lives, the nearest."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from karmalink.link.error_control.verdicts import Verdict

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.link.shift_null.lag_results import LagCurve

__all__ = ["DreamerLag", "LagTable", "NearLife"]


@dataclass(frozen=True, slots=True)
class NearLife:
    """A life that fits a dreamer's timing well in one window.

    Attributes
    ----------
    life : str
        Identifier.
    window : str
        ``day residue``, ``dream lag`` or ``reach`` (all lags together).
    z, p : float
        From the screen: the past minus the future in standard deviations of its shifts, and its rank among them.
    exact_p : float
        Of the same window from the exact evidence; NaN where it was not rescored.
    """

    life: str
    window: str
    z: float
    p: float
    exact_p: float


@dataclass(frozen=True, slots=True)
class DreamerLag:
    """One dreamer.

    Attributes
    ----------
    person : str
        Identifier.
    n_nights : int
        Nights with an account.
    life : str
        The own life, "" where there is none.
    curve : LagCurve or None
        The own curve, from the exact evidence.
    rank : dict of str to int
        Window → rank of the own life among all that could be compared, 1 is best; empty without an own life.
    compared : int
        Lives that could be compared.
    nearest : tuple of NearLife
        The best lives of each window.
    """

    person: str
    n_nights: int
    life: str
    curve: LagCurve | None
    rank: dict[str, int]
    compared: int
    nearest: tuple[NearLife, ...]

    def __repr__(self) -> str:
        """Tell who and how many lives."""
        return f"<DreamerLag {self.person}: {self.n_nights} nights, {self.compared} lives compared>"


@dataclass(frozen=True, slots=True)
class LagTable:
    """All dreamers against all lives.

    Attributes
    ----------
    verdict : Verdict
        Of the pooled curve of the dreamers and their own lives; of the nearest pair, where nobody has a life.
    finding : str
        The answer in one sentence, with its doubt.
    dreamers : tuple of DreamerLag
        In the order given.
    pooled : LagCurve or None
        All dreamers with an own life together, each shifted independently.
    n_pairs, n_compared : int
        All pairs, and those that could be compared.
    low_p : dict of str to float
        Window → share of the compared pairs with p <= .05. Other people's lives cannot be sources: where they are most
        of the pairs, this is the realised size of the null, and .05 is what it should be.
    convention : str
        How dates of unknown meaning were read; "" where every account says it.
    settings : dict
        Features of the screen, how well it agreed with the exact evidence, versions.
    does_not_show : tuple of str
        What this result does not say.
    """

    verdict: Verdict
    finding: str
    dreamers: tuple[DreamerLag, ...]
    pooled: LagCurve | None
    n_pairs: int
    n_compared: int
    low_p: dict[str, float]
    convention: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    does_not_show: tuple[str, ...] = ()
    null: str = "shift"

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per dreamer and near life: person, life, window, z, p, exact_p, own."""
        import pandas as pd

        rows = [
            {"person": one.person, **asdict(near), "own": near.life == one.life}
            for one in self.dreamers
            for near in one.nearest
        ]
        return pd.DataFrame(rows, columns=["person", "life", "window", "z", "p", "exact_p", "own"])

    def to_dict(self) -> dict[str, Any]:
        """Return everything, JSON-ready."""
        return {
            "verdict": str(self.verdict),
            "finding": self.finding,
            "null": self.null,
            "dreamers": [_plain(one) for one in self.dreamers],
            "pooled": None if self.pooled is None else self.pooled.to_dict(),
            "n_pairs": self.n_pairs,
            "n_compared": self.n_compared,
            "low_p": self.low_p,
            "convention": self.convention,
            "settings": self.settings,
            "does_not_show": list(self.does_not_show),
        }

    def __repr__(self) -> str:
        """Tell the finding."""
        return f"<LagTable {self.finding}>"


def _plain(one: DreamerLag) -> dict[str, Any]:
    nearest = [{k: None if v != v else v for k, v in asdict(near).items()} for near in one.nearest]
    return {
        "person": one.person,
        "n_nights": one.n_nights,
        "life": one.life,
        "curve": None if one.curve is None else one.curve.to_dict(),
        "rank": one.rank,
        "compared": one.compared,
        "nearest": nearest,
    }
