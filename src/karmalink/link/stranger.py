"""Is it about this life at all? The own life in competition with other lives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from karmalink.link.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["StrangerResult"]


@dataclass(frozen=True, slots=True)
class StrangerResult:
    """One life among 1 + K.

    Attributes
    ----------
    verdict : Verdict
        ``found`` where p <= alpha.
    own : str
        The life that was asked about.
    lives : tuple of str
        All lives, best first.
    scores : tuple of float
        Their pooled scores, in the same order.
    p : float
        Conformal p = (1 + #{decoy >= own}) / (K + 1).
    smallest_p : float
        1 / (K + 1): nothing smaller is possible with K decoys.
    alpha : float
        The rate asked for.
    won : tuple of str
        Accounts won by the own life at the false discovery rate q of the competition per account.
    authorship : bool
        Whether the dreamer wrote the life, so that the comparison tests authorship and nothing else.
    """

    verdict: Verdict
    own: str
    lives: tuple[str, ...]
    scores: tuple[float, ...]
    p: float
    smallest_p: float
    alpha: float
    q: float
    won: tuple[str, ...]
    n_accounts: int
    authorship: bool
    null: str = "stranger"

    @property
    def rank(self) -> int:
        """Rank of the own life, 1 is best."""
        return self.lives.index(self.own) + 1

    @property
    def finding(self) -> str:
        """One sentence: what the comparison says, with its doubt."""
        raise NotImplementedError

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per life: life, score, own."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        raise NotImplementedError
