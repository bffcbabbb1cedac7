"""link.md §2, last paragraph: the null is tested by mechanisms that it does not use.

Small versions; the evaluation runs them at full size. FDR <= q + 2 SE where the rule answers.
"""

from __future__ import annotations

import numpy as np
import pytest
from link_worlds import world

from karmalink.link import calibrate, compete, reject

MECHANISMS = {
    "slow reversible themes": {"planted": 0.4},
    "abrupt and fading themes": {"planted": 0.4, "themes": "abrupt", "tau": 7.0, "strength": 0.5},
    "five accounts a night, generic entries": {
        "planted": 0.5,
        "per_night": 5,
        "generic": 0.2,
        "nights": 36,
        "days": 50,
    },
    "gaps": {"planted": 0.4, "gaps": 0.3, "days": 90, "nights": 70},
    "near-duplicate entries": {"planted": 0.4, "copies": 0.2},
    "entries that grow longer": {"planted": 0.4, "growth": 2.0, "days": 60, "nights": 50},
}
SEEDS = 8


def run(seed: int, options: dict) -> tuple[float, float]:
    """Return the false share and the power of one world."""
    made = world(seed, **options)
    odds = calibrate(made.entries, lags=7, seed=seed, deals=3)
    found = compete(made.accounts, made.entries, lags=7, seed=seed)
    threshold = reject(found.w, q=0.1, c=odds.c).threshold
    sources = {night for night, day in zip(made.accounts.when.tolist(), made.source.tolist(), strict=True) if day >= 0}
    if threshold is None or not odds.usable:
        return 0.0, 0.0
    called = found.night[found.w >= threshold].tolist()
    true = sum(night in sources for night in called)
    return 1 - true / len(called), true / max(1, len(sources))


@pytest.mark.parametrize("name", MECHANISMS)
def test_the_realised_rate_stays_below_the_nominal_one(name: str) -> None:
    false = np.array([run(seed, MECHANISMS[name])[0] for seed in range(SEEDS)])
    assert false.mean() <= 0.1 + 2 * max(0.02, false.std() / np.sqrt(SEEDS))


@pytest.mark.parametrize("themes", ["slow", "abrupt", "none"])
def test_with_nothing_to_find_next_to_nothing_is_found(themes: str) -> None:
    any_found = [run(seed, {"themes": themes, "strength": 0.6})[0] > 0 for seed in range(SEEDS)]
    assert np.mean(any_found) <= 0.1 + 2 * np.sqrt(0.1 * 0.9 / SEEDS)


def test_planted_retellings_are_found() -> None:
    power = [run(seed, {"planted": 0.6, "keep": 0.6})[1] for seed in range(8)]
    assert np.mean(power) > 0.5


def test_off_by_one_is_fatal() -> None:
    """With the pair (n - k, n + k) the future is a day nearer than the past: signs are no fair coins any more."""

    def wrong(night: np.ndarray, lags: int) -> np.ndarray:
        order = np.arange(1, lags + 1)
        return np.stack([night[:, None] - order, night[:, None] + order], axis=1)

    plus = {"right": 0, "wrong": 0}
    total = dict(plus)
    for seed in range(4):
        made = world(seed, tau=1.0, strength=0.9, days=120, nights=110)
        for name, options in {"right": {}, "wrong": {"days": wrong}}.items():
            w = compete(made.accounts, made.entries, lags=1, seed=seed, **options).w
            plus[name] += int((w > 0).sum())
            total[name] += int((w != 0).sum())
    share = {name: plus[name] / total[name] for name in plus}
    assert abs(share["right"] - 0.5) < 3 * np.sqrt(0.25 / total["right"])
    assert share["wrong"] < 0.5 - 3 * np.sqrt(0.25 / total["wrong"])
