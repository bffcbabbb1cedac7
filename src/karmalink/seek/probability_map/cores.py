"""What one reading of a statement says of the cells, and the bell with a heavy tail that most of them are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from karmalink.seek.ground.frames import Frame
from karmalink.seek.probability_map.distance_laws import bell, bell_integrals, tail, tail_integrals

__all__ = ["Shape", "mixed", "narrowed"]

Floats = NDArray[np.float64]
_LEAK = 0.1  # of a density stays where a condition (in sight, beyond the river) is not fulfilled


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What one reading of a statement says: `core` (peak 1) and `density` (per m²) of each cell."""

    core: Floats
    density: Floats


def mixed(frame: Frame, scale: float, tail_scale: float, tail_share: float) -> Shape:
    """Return a bell around a place's ground with a heavy tail, both scaled to the mass 1 in the plane."""
    core, far = bell(frame.r, scale), tail(frame.r, tail_scale)
    density = (1.0 - tail_share) * core / frame.ground(*bell_integrals(scale))
    return Shape(core, density + tail_share * far / frame.ground(*tail_integrals(tail_scale)))


def narrowed(shape: Shape, fulfilled: NDArray[np.bool_], share: float = 1.0) -> Shape:
    """Return a shape held to the cells where a condition is fulfilled; a tenth stays elsewhere, since people err.

    Parameters
    ----------
    shape : Shape
        Without the condition.
    fulfilled : ndarray of bool, shape (n,)
        Where it is fulfilled.
    share : float
        About how much of the shape's mass lies there: what is held is scaled up by it.
    """
    return Shape(shape.core * fulfilled, shape.density * np.where(fulfilled, (1.0 - _LEAK) / share, _LEAK))
