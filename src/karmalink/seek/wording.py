"""Numbers as people read them."""

from __future__ import annotations

__all__ = ["percent"]


def percent(share: float) -> str:
    """Return a share as a percentage; a small doubt is not rounded to nothing, nor a near certainty to certainty.

    >>> percent(0.423), percent(0.0031), percent(0.9996), percent(0.0)
    ('42 %', '0.31 %', '99.96 %', '0 %')
    """
    value = 100.0 * share
    if value in (0.0, 100.0):
        return f"{value:.0f} %"
    if value > 99.0:
        return f"{100.0 - _two_digits(100.0 - value):.10g} %"
    return f"{value:.0f} %" if value >= 9.5 else f"{_two_digits(value):.10g} %"


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")
