"""The value of a tool or a helper to the search, and which exchanges pay."""

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
        How much more the plan then finds; below 0 the exchange does not pay.
    """

    get: str
    give: str
    gain: float


@dataclass(frozen=True, eq=False, repr=False)
class AssetValue:
    """The value of every asset to the search, as probability of finding it.

    Attributes
    ----------
    value : float
        Of the plan as it is.
    own : dict of str to float
        By asset: how much less would be found without it.
    exchanges : tuple of Exchange
        Every offer, as a gift and against each asset, the best first.
    """

    value: float
    own: dict[str, float]
    exchanges: tuple[Exchange, ...]

    @property
    def best(self) -> Exchange | None:
        """The best exchange that pays, gifts left out; None where there is none."""
        return next((exchange for exchange in self.exchanges if exchange.give and exchange.gain > 0), None)

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per exchange."""
        import pandas as pd

        return pd.DataFrame([{"get": e.get, "give": e.give, "gain": e.gain} for e in self.exchanges])

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, ready for JSON."""
        return {
            "value": round(self.value, 9),
            "own": {name: round(worth, 9) for name, worth in self.own.items()},
            "exchanges": [{"get": e.get, "give": e.give, "gain": round(e.gain, 9)} for e in self.exchanges],
        }

    def __repr__(self) -> str:
        """One-line summary."""
        if self.best is None:
            return "AssetValue(no exchange pays)"
        return f"AssetValue({self.best.give} for {self.best.get} adds {percent(self.best.gain)})"


def asset_values(task: Task, offers: Sequence[Asset]) -> AssetValue:
    """Compare plans with and without each asset, and with what is offered in its place.

    Parameters
    ----------
    task : Task
        The planning problem, see `seek.planning.plans.task_of`.
    offers : sequence of Asset
        Tools or helpers on offer, each with the hours it brings.

    Raises
    ------
    Duplicate
        If an offer has the name of an asset that is there already.
    """
    taken = {asset.name for asset in task.assets}
    for offer in offers:
        if offer.name in taken:
            raise Duplicate(f"two assets have the name {offer.name!r}", rule="a name means one asset")
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
    return AssetValue(now, own, tuple(sorted(exchanges, key=lambda exchange: -exchange.gain)))


def _value(task: Task, assets: Sequence[Asset]) -> float:
    return task.with_assets(assets).solve().value if assets else 0.0
