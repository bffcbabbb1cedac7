"""Screened log-likelihood ratios against those of every entry, from the same weights."""

from __future__ import annotations

import numpy as np
import pytest
from link_samples import made

from karmalink.link import Executor, compete, gather
from karmalink.link.cohort.screening import best_ratios
from karmalink.link.evidence.unit_scores import score_block
from karmalink.link.mirror_null.competition import unit_evidence


@pytest.fixture(scope="module")
def world() -> tuple:
    accounts, life, _ = made(1)
    material = gather(accounts, life.entries)
    nights = np.array([account.night() for account in accounts])
    table, _, _ = material.at(nights)
    return table, material.entries, compete(table, material.entries, lags=7)


def all_ratios(accounts, units, found) -> np.ndarray:
    """Every account and entry, the plain way."""
    raw = score_block(accounts, units, 0, accounts.when.size, 0, units.n_units)
    out = np.full((accounts.when.size, units.when.size), -np.inf)
    for a in range(accounts.when.size):
        z = found.background.ordering(raw[:, a], np.full(units.n_units, a), np.arange(units.n_units))
        evidence = unit_evidence(found.weights.llr(z))
        for e in np.unique(units.owner):
            out[a, e] = evidence[units.owner == e].sum()
    return out


def test_with_the_whole_budget_the_best_are_the_best_of_all(world: tuple) -> None:
    accounts, units, found = world
    screened = best_ratios(accounts, units, found, k=4, budget=1.0)
    exact = all_ratios(accounts, units, found)
    best = -np.sort(-exact, axis=1)[:, :4]
    # a score at the edge of a step of the background distribution may fall on either side of it in its last digit
    np.testing.assert_allclose(screened.llr, best, atol=5e-3)
    assert screened.proved.all()
    assert screened.recall == 1.0


def test_what_is_called_proved_is_the_best_and_the_recall_is_measured(world: tuple) -> None:
    accounts, units, found = world
    screened = best_ratios(accounts, units, found, k=3, budget=0.3)
    exact = all_ratios(accounts, units, found)
    best = -np.sort(-exact, axis=1)[:, :3]
    np.testing.assert_allclose(screened.llr[screened.proved], best[screened.proved], atol=1e-9)
    found_share = np.mean([screened.llr[a, 2] >= best[a, 2] - 1e-9 for a in range(accounts.when.size)])
    assert screened.recall > 0.8
    assert found_share > 0.6
    pool = best_ratios(accounts, units, found, k=3, budget=0.3, executor=Executor("pool", workers=2))
    assert pool.llr.tobytes() == screened.llr.tobytes()
