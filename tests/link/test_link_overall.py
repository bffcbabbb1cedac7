"""All nights together: counts and p agree, dependence widens the interval, and what cannot be tested is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.link.error_control.verdicts import SignCalibration, Verdict
from karmalink.link.mirror_null.overall import _critical, _variance, overall_verdict, weaker

FAIR = SignCalibration(90, 400, 0.5, 0.46, 0.54, 400.0, 1.17, usable=True)
DAYS = np.arange(740_000, 740_088, 2)


def signs(past: int, future: int) -> np.ndarray:
    return np.random.default_rng(3).permutation([1.0] * past + [-1.0] * future)


def test_thirty_three_to_eleven_is_found_and_both_are_printed() -> None:
    found = overall_verdict(DAYS, signs(33, 11), FAIR, lags=7)
    assert found.verdict is Verdict.FOUND
    assert found.p is not None and found.p < 0.05
    assert "33 nights to the past and 11 to the future" in found.finding
    assert found.to_dict()["p"] == found.p


def test_as_many_to_either_side_is_nothing() -> None:
    found = overall_verdict(DAYS, signs(22, 22), FAIR, lags=7)
    assert (found.verdict, found.p) == (Verdict.NOTHING, pytest.approx(0.5))


def test_what_the_past_wins_with_nothing_to_find_is_taken_off() -> None:
    leaning = SignCalibration(90, 400, 0.58, 0.55, 0.62, 400.0, 1.6, usable=True)
    fair, off = (overall_verdict(DAYS, signs(29, 15), each, lags=7) for each in (FAIR, leaning))
    assert fair.p is not None and off.p is not None and off.p > 2 * fair.p


def test_nights_that_repeat_their_neighbours_say_less() -> None:
    """Thirty-three to eleven in two runs is two things that happened, not forty-four."""
    apart, runs = signs(33, 11), np.repeat([1.0, -1.0], [33, 11])
    p = [overall_verdict(DAYS, w, FAIR, lags=7).p for w in (apart, runs)]
    assert p[0] is not None and p[1] is not None and p[1] > 2 * p[0]


@pytest.mark.parametrize(
    ("calibration", "n", "verdict"),
    [
        (SignCalibration(9, 3, 0.5, 0.0, 1.0, 3.0, float("inf"), usable=True, measured=False), 44, "cannot_answer"),
        (SignCalibration(90, 400, 0.7, 0.65, 0.75, 400.0, 3.0, usable=False), 44, "not_usable"),
        (FAIR, 11, "cannot_answer"),
    ],
)
def test_it_refuses_where_it_cannot_be_calibrated(calibration: SignCalibration, n: int, verdict: str) -> None:
    found = overall_verdict(DAYS[:n], np.ones(n), calibration, lags=7)
    assert (str(found.verdict), found.p) == (verdict, None)
    assert f"{n} nights, the future 0" in found.finding


def test_of_two_readings_the_weaker_is_kept() -> None:
    strong, weak = (overall_verdict(DAYS, signs(n, 44 - n), FAIR, lags=7) for n in (33, 25))
    assert weaker(strong, weak) is weaker(weak, strong) is weak


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_the_critical_value_is_that_of_simulated_series(share: float) -> None:
    """Kiefer & Vogelsang (2005): the mean of independent days over its Bartlett standard error, series by series."""
    rng, days = np.random.default_rng(0), 300
    width = round(share * days)
    kernel = 1 - np.arange(width) / width
    ratios = []
    for _ in range(3000):
        series = rng.standard_normal(days)
        e = series - series.mean()
        spectrum = np.abs(np.fft.rfft(e, 2 * days)) ** 2
        covariance = np.fft.irfft(spectrum)[:width] / days  # γ_h, h = 0 … H
        long_run = covariance[0] + 2 * float(kernel[1:] @ covariance[1:])
        ratios.append(series.mean() * np.sqrt(days / long_run))
    simulated = np.quantile(np.abs(ratios), 0.9)  # both sides are alike, so the two-sided 10 % is the one-sided 5 %
    assert simulated == pytest.approx(_critical(share), rel=0.05)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=2, max_size=20), st.integers(1, 6))
def test_the_variance_is_the_double_sum_over_pairs_of_nights(given_: list[tuple[int, bool]], lags: int) -> None:
    night = np.array([day for day, _ in given_])
    plus = np.array([float(sign) for _, sign in given_])
    width = min(2 * lags, int(np.ptp(night)))
    e = plus - plus.mean()
    slow = sum(
        max(0.0, 1 - abs(int(a - b)) / (width + 1)) * x * y
        for a, x in zip(night, e, strict=True)
        for b, y in zip(night, e, strict=True)
    )
    assert _variance(night, plus, 0.5, lags)[0] == pytest.approx(max(slow / plus.size**2, 0.25 / plus.size), abs=1e-12)
