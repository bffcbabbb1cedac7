"""A plan for 400 segments, 5 unlike assets and 20 days of closing ground: certified, against greedy and day by day.

And the same with a budget of risk, which the price of risk has to be found for.
"""

from __future__ import annotations

import time

import numpy as np

from karmalink.seek import schedule

SEGMENTS, ASSETS, DAYS = 400, 5, 20


def made_up(seed: int = 0) -> tuple[np.ndarray, ...]:
    """Return belief, areas, rates, hours and open ground of an invented search."""
    rng = np.random.default_rng(seed)
    probability, areas = rng.dirichlet(np.full(SEGMENTS, 0.3)) * 0.9, rng.uniform(1e4, 3e4, SEGMENTS)
    rates = rng.uniform(2e3, 2e4, ASSETS)[:, None] * rng.uniform(0.2, 1.5, (ASSETS, SEGMENTS))
    rates *= rng.random((ASSETS, SEGMENTS)) > 0.1
    closes = rng.integers(1, 30, SEGMENTS)
    opens = np.where(rng.random(SEGMENTS) < 0.2, rng.integers(0, 15, SEGMENTS), 0)
    day = np.arange(DAYS)[:, None]
    return probability, areas, rates, rng.uniform(2, 8, (ASSETS, DAYS)), (day < closes) & (day >= opens)


def greedy(
    probability: np.ndarray, areas: np.ndarray, rates: np.ndarray, hours: np.ndarray, is_open: np.ndarray
) -> float:
    """Every half hour to where it finds most, day after day."""
    coverage = np.zeros(probability.size)
    for day in range(hours.shape[1]):
        for asset in range(hours.shape[0]):
            for _ in range(int(hours[asset, day] / 0.5)):
                step = 0.5 * rates[asset] / areas
                gain = probability * np.exp(-coverage) * -np.expm1(-step) * is_open[day]
                best = int(np.argmax(gain))
                coverage[best] += step[best]
    return float(probability @ -np.expm1(-coverage))


def main() -> None:
    """Print the times, the three values, the certified gap, and the ratio of ours to greedy in time."""
    case = made_up()
    start = time.perf_counter()
    found = schedule(*case, tolerance=5e-4)
    ours_s = time.perf_counter() - start
    start = time.perf_counter()
    plain = greedy(*case)
    greedy_s = time.perf_counter() - start
    print(
        f"{SEGMENTS} segments, {ASSETS} assets, {DAYS} days; certified gap {found.gap / found.value:.4%} of the value"
    )
    print(f"karmalink {found.value:.4f} (at most {found.upper_bound:.4f}) in {ours_s:.2f} s; the limit is 2 s")
    print(f"greedy by half hours {plain:.4f} in {greedy_s:.2f} s; day by day {found.day_by_day:.4f}")
    danger = np.random.default_rng(1).random(SEGMENTS) ** 3
    free = schedule(*case, risk=danger, tolerance=5e-4).risk
    for share in (0.1, 0.5, 0.9):
        start = time.perf_counter()
        careful = schedule(*case, risk=danger, risk_budget=share * free, tolerance=5e-4)
        careful_s = time.perf_counter() - start
        print(
            f"with {share:.0%} of its risk: {careful.value:.4f}, certified gap {careful.gap / careful.value:.4%}, "
            f"in {careful_s:.2f} s"
        )
    print(f"ratio {ours_s / greedy_s:.2f}")


if __name__ == "__main__":
    main()
