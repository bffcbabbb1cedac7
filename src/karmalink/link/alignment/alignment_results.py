"""Where each unit of an ordered recall is in a timed register, and how sure that is."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from karmalink.link.error_control.verdicts import Verdict

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AlignedUnit", "Alignment", "Move"]

Move = str
"""``start``, ``on`` (stays or goes on), ``skip`` (leaps ahead), ``return`` (leaps back)."""


@dataclass(frozen=True, slots=True)
class AlignedUnit:
    """One unit of the recall.

    Attributes
    ----------
    index : int
        Its position in the recall, from 0.
    at : int
        Position of the register's unit that it speaks of.
    register : str
        Identifier of that unit.
    start : float
        Its time, in seconds.
    confidence : float
        Probability that the unit speaks of the register at this place, give or take the reach.
    off : float
        Probability that it speaks of nothing in the register.
    move : str
        How the recall came here.
    text : str
        The unit. A person's words.
    """

    index: int
    at: int
    register: str
    start: float
    confidence: float
    off: float
    move: Move
    text: str = ""

    def __repr__(self) -> str:
        """Tell where it is, never the words."""
        return f"<AlignedUnit {self.index} ~ {self.register} ({self.confidence:.2f}, {self.move})>"


@dataclass(frozen=True, slots=True)
class Alignment:
    """An ordered recall aligned to a timed register.

    Attributes
    ----------
    verdict : Verdict
        ``found`` where the recall follows the register's order more than its units do in any other order.
    finding : str
        The answer in one sentence, with its doubt.
    units : tuple of AlignedUnit
        The path: every unit of the recall, in the order in which it was told.
    n_register : int
        Units of the register.
    reach : int
        Units of the register on either side that count as the same place.
    p : float
        Share of orders of the recall's units (its own included) that fit the register as well.
    smallest_p : float
        Smallest p that was possible.
    gain : float
        How much more probable the recall is in its own order than in none, in nats.
    settings : dict
        Encoder, parameters, versions.
    does_not_show : tuple of str
        What this result does not say.
    """

    verdict: Verdict
    finding: str
    units: tuple[AlignedUnit, ...]
    n_register: int
    reach: int
    p: float
    smallest_p: float
    gain: float
    settings: dict[str, Any] = field(default_factory=dict)
    does_not_show: tuple[str, ...] = ()

    @property
    def covered(self) -> float:
        """Share of the register within reach of a unit whose confidence is at least one half."""
        sure = [unit.at for unit in self.units if unit.confidence >= 0.5]
        near = {at + step for at in sure for step in range(-self.reach, self.reach + 1)}
        return len(near & set(range(self.n_register))) / max(1, self.n_register)

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per unit of the recall, without its text."""
        import pandas as pd

        names = [name for name in AlignedUnit.__slots__ if name != "text"]
        return pd.DataFrame([{name: getattr(unit, name) for name in names} for unit in self.units], columns=names)

    def to_dict(self, *, texts: bool = False) -> dict[str, Any]:
        """Return everything, JSON-ready; the recall's words only where `texts` is True."""
        hidden = () if texts else ("text",)
        return {
            "verdict": str(self.verdict),
            "finding": self.finding,
            "units": [{k: v for k, v in asdict(unit).items() if k not in hidden} for unit in self.units],
            "n_register": self.n_register,
            "reach": self.reach,
            "covered": self.covered,
            "p": self.p,
            "smallest_p": self.smallest_p,
            "gain": self.gain,
            "settings": self.settings,
            "does_not_show": list(self.does_not_show),
        }

    def __repr__(self) -> str:
        """Tell the finding."""
        return f"<Alignment {self.finding}>"
