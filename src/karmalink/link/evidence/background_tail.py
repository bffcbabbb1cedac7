"""The observed null distribution of one part: how often far pairs agree at least as much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Tail"]

# This share of the null is its tail, taken as exponential (peaks over a threshold, Pickands 1975, shape 0).
_TAIL = 0.02
# Quantiles that stand for the body.
_KNOTS = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """Survival function of a null: empirical below a threshold, exponential above it.

    Pairs that have nothing in common carry no surprise, whatever their centred score: where one far pair in a hundred
    shares a name, the scores of the other ninety-nine are only the centring's noise.

    Attributes
    ----------
    body : (K,) floats
        Sorted scores of far pairs that have something in common.
    agreeing : float
        Share of far pairs that do.
    threshold : float
        Where the exponential tail begins.
    beyond : float
        Share of all far pairs at or above the threshold.
    scale : float
        Mean excess over the threshold.
    most : float
        Surprise of one far pair in all that were seen, in nats. Beyond it, where nothing was observed, surprise grows
        with the logarithm only.
    """

    body: Floats
    agreeing: float
    threshold: float
    beyond: float
    scale: float
    most: float

    @classmethod
    def of(cls, null: Floats, agrees: NDArray[np.bool_]) -> Tail:
        """Fit to the scores of far pairs, of which some have something in common."""
        body = np.sort(null[agrees])
        # Half a pair for the one that was not seen, lest an empty tail be infinitely surprising.
        agreeing = (body.size + 0.5) / (null.size + 1.0)
        most = float(np.log(null.size + 1.0))
        if not body.size:
            return cls(body, agreeing, 0.0, agreeing, 1.0, most)
        at = max(0, body.size - max(1, round(_TAIL * null.size)))
        threshold = float(body[at])
        scale = max(float((body[at:] - threshold).mean()), 1e-9)
        beyond = agreeing * (body.size - at) / body.size
        if body.size > _KNOTS:
            body = body[np.linspace(0, body.size - 1, _KNOTS).astype(np.int64)]
        return cls(body, agreeing, threshold, beyond, scale, most)

    def surprise(self, value: Floats, agrees: NDArray[np.bool_]) -> Floats:
        """Return ``-log P(far pair agrees at least as much)`` in nats, never falling in `value`."""
        if not self.body.size:
            return np.where(agrees, -np.log(self.agreeing), 0.0)
        at_least = self.agreeing * (1.0 - np.searchsorted(self.body, value, side="left") / self.body.size)
        inside = -np.log(np.maximum(at_least, self.beyond))
        outside = -np.log(self.beyond) + np.maximum(value - self.threshold, 0.0) / self.scale
        plain = np.where(value >= self.threshold, outside, inside)
        seen = np.minimum(plain, self.most)
        return np.where(agrees, seen + np.log1p(np.maximum(plain - self.most, 0.0)), 0.0)
