"""The chances of accounts over authors: per account, pooled over several, and how undecided they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.link.authorship.score_calibration import Doubt, pool

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["AUTHORSHIP_NOTE", "Placement"]

AUTHORSHIP_NOTE = "This is authorship, not memory: it says whose words these are, not whose life they are about."


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Accounts placed among authors.

    Attributes
    ----------
    lives : tuple of str, length k
        The authors.
    accounts, days : tuple of str, length n
        Identifier and written date (empty where undated) of each account.
    chances : (n, k) floats
        Rows summing to 1.
    doubt : Doubt
        How the chances were fitted.
    view : str
        The view of the texts.
    """

    lives: tuple[str, ...]
    accounts: tuple[str, ...]
    days: tuple[str, ...]
    chances: Floats
    doubt: Doubt
    view: str

    def best(self) -> tuple[str, ...]:
        """Return the likeliest author of each account."""
        return tuple(self.lives[index] for index in self.chances.argmax(axis=1))

    def entropy(self) -> Floats:
        """Return how undecided each account is, in bits: 0 is certain, log2 k knows nothing; shape (n,)."""
        return _bits(self.chances)

    def pooled(self, rows: Sequence[int] | Ints | None = None) -> dict[str, float]:
        """Return the chances of one unknown person who gave all these accounts (all rows where none are named).

        What the accounts share is not counted twice: their product is tempered by the exponent that held on accounts
        kept apart (:attr:`karmalink.link.Doubt.pooling`).
        """
        chosen = self.chances if rows is None else self.chances[np.asarray(rows, dtype=np.int64)]
        if not chosen.shape[0]:
            return dict.fromkeys(self.lives, 1.0 / len(self.lives))
        return dict(zip(self.lives, pool(chosen, self.doubt.pooling).tolist(), strict=True))

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row an account: best author, its chance, entropy in bits, then a column per author."""
        import pandas as pd

        head = {
            "account": self.accounts,
            "day": self.days,
            "best": self.best(),
            "chance": self.chances.max(axis=1, initial=0.0),
            "entropy_bits": self.entropy(),
        }
        return pd.concat([pd.DataFrame(head), pd.DataFrame(self.chances, columns=list(self.lives))], axis=1)

    def to_dict(self) -> dict[str, Any]:
        """Return everything, JSON-ready."""
        return {
            "note": AUTHORSHIP_NOTE,
            "view": self.view,
            "lives": list(self.lives),
            "doubt": self.doubt.to_dict(),
            "pooled": self.pooled(),
            "accounts": [
                {"account": name, "day": day, "best": best, "entropy_bits": bits, "chances": row}
                for name, day, best, bits, row in zip(
                    self.accounts, self.days, self.best(), self.entropy().tolist(), self.chances.tolist(), strict=True
                )
            ],
        }

    def __repr__(self) -> str:
        """Tell the finding over all accounts, and what it is not."""
        pooled = self.pooled()
        best = max(pooled, key=lambda life: pooled[life])
        return (
            f"Placement({len(self.accounts)} accounts among {len(self.lives)} authors: as one person's, {best} with "
            f"{pooled[best]:.0%}; {self.view}; authorship, not memory)"
        )


def _bits(chances: Floats) -> Floats:
    sure = np.where(chances > 0, chances, 1.0)
    bits: Floats = -(chances * np.log2(sure)).sum(axis=1)
    return bits
