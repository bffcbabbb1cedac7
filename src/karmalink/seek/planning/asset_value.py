"""What a tool or a helper is worth, and what is worth giving up for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from karmalink.base.wording import percent
from karmalink.errors import Duplicate
from karmalink.seek.planning.plans import Task
from karmalink.seek.search.assets import Asset

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AssetValue", "Exchange", "asset_values"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One asset given for another.

    Attributes
    ----------
    get, give : str
        Names; `give` is empty for a gift.
    gain : float
        How much more the plan then finds; below 0 the exchange is a bad one.
    """

    get: str
    give: str
    gain: float


@dataclass(frozen=True, eq=False, repr=False)
class AssetValue:
    """What everything is worth to the search, as probability of finding it.

    Attributes
    ----------
    value : float
        Of the plan as it stands.
    own : dict of str to float
        By own asset: how much less would be found without it.
    exchanges : tuple of Exchange
        Every offer, as a gift and against each own asset, the best first.
    """

    value: float
    own: dict[str, float]
    exchanges: tuple[Exchange, ...]

    @property
    def best(self) -> Exchange | None:
        """The best exchange in which something is given, where one gains anything."""
        return next((one for one in self.exchanges if one.give and one.gain > 0), None)

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per exchange."""
        import pandas as pd

        return pd.DataFrame([{"get": one.get, "give": one.give, "gain": one.gain} for one in self.exchanges])

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, ready for JSON."""
        return {
            "value": round(self.value, 9),
            "own": {name: round(worth, 9) for name, worth in self.own.items()},
            "exchanges": [{"get": e.get, "give": e.give, "gain": round(e.gain, 9)} for e in self.exchanges],
        }

    def __repr__(self) -> str:
        """Tell the best exchange."""
        if self.best is None:
            return "AssetValue(nothing that is offered is worth giving anything of one's own for)"
        return f"AssetValue({self.best.give} for {self.best.get} adds {percent(self.best.gain)})"


def asset_values(task: Task, offers: Sequence[Asset]) -> AssetValue:
    """Compare plans with and without each asset, and with what is offered in its place.

    Parameters
    ----------
    task : Task
        The plan to be made, see `seek.planning.plans.task_of`.
    offers : sequence of Asset
        Tools or helpers that could be had, each with the hours it brings.

    Raises
    ------
    Duplicate
        If an offer bears the name of one's own asset.
    """
    taken = {asset.name for asset in task.assets}
    for offer in offers:
        if offer.name in taken:
            raise Duplicate(f"{offer.name!r} is offered and is there already", rule="a name means one asset")
        taken.add(offer.name)
    now = task.solve().value
    without = {asset.name: tuple(other for other in task.assets if other is not asset) for asset in task.assets}
    own = {name: max(0.0, now - _value(task, kept)) for name, kept in without.items()}
    exchanges = [Exchange(offer.name, "", _value(task, (*task.assets, offer)) - now) for offer in offers]
    exchanges += [
        Exchange(offer.name, name, _value(task, (*kept, offer)) - now)
        for offer in offers
        for name, kept in without.items()
    ]
    return AssetValue(now, own, tuple(sorted(exchanges, key=lambda one: -one.gain)))


def _value(task: Task, assets: Sequence[Asset]) -> float:
    return task.with_assets(assets).solve().value if assets else 0.0
