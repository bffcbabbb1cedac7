"""E-values: evidence that can be combined over accounts, nights and dreamers that depend on each other.

An e-value is a number whose mean is at most 1 where there is nothing to find; 20 speaks against that as p = .05 does,
and more safely. The mean of e-values is one whatever their dependence, their product is one where they are independent
(Vovk & Wang 2021). They are made from rank p-values, never from a product of likelihood ratios: those grow with every
account that repeats the same theme.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


__all__ = ["e_bh", "e_from_p", "e_mean", "e_product"]


def e_from_p(p: ArrayLike) -> Floats:
    """Return e-values from p-values: the mean over k of ``k · p^(k - 1)``, k uniform on (0, 1).

    ``(1 - p + p · log p) / (p · log(p)²)``, falling in p, at p = 1 its limit 1/2 (Vovk & Wang 2021, eq. 2).

    Parameters
    ----------
    p : array_like of float
        Above 0 and at most 1; of a rank among K others they are at least 1 / (K + 1).

    Raises
    ------
    InputError
        A value that is not a p-value.
    """
    value = np.asarray(p, dtype=np.float64)
    if value.size and not ((value > 0) & (value <= 1)).all():
        raise InputError("a p-value is out of range", allowed="above 0, at most 1")
    # Near 1 both sides of the fraction vanish: the series of its limit, 1/2 + (1 - p) / 3 … wins over the quotient.
    close = value > 1.0 - 1e-4
    safe = np.where(close, 0.5, value)
    log = np.log(safe)
    return np.where(close, 0.5 + (1.0 - value) / 3.0, (1.0 - safe + safe * log) / (safe * log**2))


def e_mean(e: ArrayLike) -> float:
    """Return the mean of e-values: an e-value however they depend on each other; 1 of none."""
    value = _checked(e)
    return float(value.mean()) if value.size else 1.0


def e_product(e: ArrayLike) -> float:
    """Return the product of e-values: an e-value where they are independent, of different dreamers, say; 1 of none."""
    return float(np.exp(np.log(np.maximum(_checked(e), 1e-300)).sum()))


def e_bh(e: ArrayLike, q: float, *, n: int | None = None) -> Ints:
    """Return which hypotheses are rejected at the false discovery rate `q`, whatever their dependence.

    The k largest, for the largest k of which the k-th is at least ``n / (q · k)`` (Wang & Ramdas 2022).

    Parameters
    ----------
    e : array_like of float
        One e-value per hypothesis.
    q : float
        Rate.
    n : int, optional
        Number of hypotheses; more than there are e-values where the others are 0.
    """
    value = _checked(e)
    order = np.argsort(-value, kind="stable")
    rank = np.arange(1, value.size + 1)
    enough = np.flatnonzero(value[order] * rank >= (n or value.size) / q * (1 - 1e-12))
    return np.sort(order[: enough[-1] + 1]) if enough.size else np.zeros(0, dtype=np.int64)


def _checked(e: ArrayLike) -> Floats:
    value = np.asarray(e, dtype=np.float64).ravel()
    if value.size and not (value >= 0).all():
        raise InputError("an e-value is negative or not a number", allowed="0 or more")
    return value
