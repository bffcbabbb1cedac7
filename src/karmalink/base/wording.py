"""Numbers as people read them."""

from __future__ import annotations

__all__ = ["counted", "one_in", "percent"]

_LEAST_PERCENT = 1e-4  # below this, further digits say nothing to a reader


def percent(share: float) -> str:
    """Return a share as a percentage; a small doubt is not rounded to nothing, nor a near certainty to certainty.

    >>> percent(0.423), percent(0.0031), percent(0.9996), percent(0.0), percent(3e-21)
    ('42 %', '0.31 %', '99.96 %', '0 %', 'less than 0.0001 %')
    """
    value = 100.0 * share
    if value in (0.0, 100.0):
        return f"{value:.0f} %"
    if 0.0 < value < 0.995 * _LEAST_PERCENT:
        return f"less than {_LEAST_PERCENT:.4f} %"
    if 0.0 < 100.0 - value < 0.995 * _LEAST_PERCENT:
        return f"more than {100.0 - _LEAST_PERCENT:.4f} %"
    if value > 99.0:
        return f"{100.0 - _two_digits(100.0 - value):.10g} %"
    return f"{value:.0f} %" if value >= 9.5 else f"{_two_digits(value):.10g} %"


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: ``1 night``, ``12 nights``; `many` where an s does not do.

    >>> counted(1, "night"), counted(0, "night"), counted(2100, "entry", "entries")
    ('1 night', '0 nights', '2,100 entries')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def one_in(chance: float) -> str:
    """Return a small chance as ``1 in 35,000``; from 1 % on, and 0, as a plain number.

    >>> one_in(2.84e-05), one_in(0.25), one_in(0.0)
    ('1 in 35,000', '0.25', '0')
    """
    if not 0.0 < chance < 0.01:
        return f"{chance:.3g}"
    return f"1 in {int(_two_digits(1.0 / chance)):,}"


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")
