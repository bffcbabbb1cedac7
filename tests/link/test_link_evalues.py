"""link.md §2: e-values from the rank p, means, products and selection."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from karmalink.errors import InputError
from karmalink.link import e_bh, e_from_p, e_mean, e_product


@settings(max_examples=25, deadline=None)
@given(st.floats(1e-4, 1.0))
def test_the_calibrator_is_the_mean_over_k(p: float) -> None:
    slow, _ = quad(lambda k: k * p ** (k - 1), 0, 1)
    assert float(e_from_p(p)) == pytest.approx(slow, rel=1e-3)


@pytest.mark.parametrize("k", [5, 20, 100, 1000])
def test_of_a_rank_among_k_the_mean_is_at_most_one(k: int) -> None:
    assert e_from_p(np.arange(1, k + 2) / (k + 1)).mean() <= 1.0


def test_e_values_fall_in_p_and_what_is_no_p_is_refused() -> None:
    e = e_from_p(np.linspace(0.001, 1.0, 500))
    assert np.all(np.diff(e) < 0)
    for wrong in (0.0, 1.2, float("nan")):
        with pytest.raises(InputError):
            e_from_p(wrong)
    with pytest.raises(InputError):
        e_mean([-1.0])


def test_means_products_and_none() -> None:
    assert e_mean([1.0, 3.0]) == 2.0
    assert e_product([2.0, 3.0, 0.5]) == pytest.approx(3.0)
    assert (e_mean([]), e_product([])) == (1.0, 1.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 100), max_size=12), st.sampled_from([0.05, 0.1, 0.3]))
def test_e_bh_is_the_largest_set_by_its_definition(e: list[float], q: float) -> None:
    best = 0
    for k in range(1, len(e) + 1):
        if sorted(e, reverse=True)[k - 1] >= len(e) / (q * k):
            best = k
    assert e_bh(e, q).size == best
