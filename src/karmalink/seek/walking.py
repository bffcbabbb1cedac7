"""How fast people walk over sloping ground."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["tobler"]


def tobler(slope: ArrayLike) -> NDArray[np.float64]:
    """Return walking speed in km/h at a slope (rise over run): 6·exp(−3.5·|s + 0.05|).

    Tobler 1993, *Three presentations on geographical analysis and modeling*, NCGIA 93-1. Fastest slightly downhill.
    """
    return np.asarray(6.0 * np.exp(-3.5 * np.abs(np.asarray(slope, dtype=np.float64) + 0.05)))
