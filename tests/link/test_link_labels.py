"""Weights from judges' labels: an evidence source beside EM; calibrated with the same weights; blind to time."""

from __future__ import annotations

import numpy as np
import pytest
from link_samples import made
from link_worlds import reversed_in_time, world
from scipy.optimize import minimize

from karmalink.errors import InputError
from karmalink.link import calibrate, compete, pairs
from karmalink.link.mirror_null.labelled_weights import fit_labels, weights_from_labels


def test_the_fit_is_the_ridge_logistic_regression() -> None:
    rng = np.random.default_rng(0)
    z = rng.exponential(1.5, (300, 3))
    linked = rng.random(300) < 1 / (1 + np.exp(3 - z @ np.array([0.8, 0.3, 0.1])))

    def loss(theta: np.ndarray) -> float:
        score = z @ theta[:3] + theta[3]
        return float(np.logaddexp(0, -np.where(linked, score, -score)).sum() + 10 * ((theta[:3] - 0.6) ** 2).sum())

    slow = minimize(loss, np.array([0.6, 0.6, 0.6, 0.0]), bounds=[(0, 0.95)] * 3 + [(None, None)]).x
    np.testing.assert_allclose(fit_labels(z, linked), slow[:3], atol=2e-3)


def test_a_part_that_judges_do_not_follow_loses_its_weight_and_copies_share_it() -> None:
    rng = np.random.default_rng(1)
    z = rng.exponential(1.5, (1500, 2))
    linked = rng.random(1500) < 1 / (1 + np.exp(3 - 0.9 * z[:, 0]))
    useful, useless = fit_labels(z, linked)
    assert useful > 0.7 > 0.2 > useless
    twice = fit_labels(np.column_stack([z[:, 0], z[:, 0]]), linked)
    assert twice.sum() == pytest.approx(useful, abs=0.15)


def test_given_weights_leave_w_odd_under_swapping_past_and_future() -> None:
    built = world(3, days=40, nights=30)
    priority = np.random.default_rng(3).random(built.entries.n_units)
    beta = np.array([0.4])
    forward = compete(built.accounts, built.entries, lags=5, priority=priority, beta=beta)
    accounts, _ = reversed_in_time(built.accounts, nights=True)
    entries, order = reversed_in_time(built.entries, nights=False)
    backward = compete(accounts, entries, lags=5, priority=priority[order], beta=beta)
    np.testing.assert_array_equal(forward.weights.beta, beta)
    np.testing.assert_allclose(backward.w[::-1], -forward.w, atol=1e-9, rtol=1e-4)


def test_the_mean_likelihood_ratio_of_far_pairs_is_one_with_given_weights_too() -> None:
    built = world(4, days=60, nights=50)
    found = compete(built.accounts, built.entries, lags=5, beta=np.array([0.5]))
    weight = found.background.weight / found.background.weight.sum()
    assert float(weight @ np.exp(found.weights.llr(found.background.sample))) == pytest.approx(1.0)


def test_labels_weigh_the_parts_of_pairs_and_the_calibration_uses_the_same() -> None:
    accounts, life, _ = made(1)
    plain = pairs(accounts, life, with_details=False)
    linked = {(link.account, link.entry): True for link in plain.links[:12]}
    others = [entry.id for entry in life.entries]
    not_linked = {(account.id, others[(7 * at + 40) % len(others)]): False for at, account in enumerate(accounts[:24])}
    judged = pairs(accounts, life, labels={**not_linked, **linked}, with_details=False)
    assert judged.settings["weights_from"] == "judges' labels"
    assert plain.settings["weights_from"] == "the pairs in the windows"
    assert judged.settings["weights"] != plain.settings["weights"]
    assert judged.calibration != plain.calibration
    assert judged.verdict is plain.verdict


def test_calibration_with_given_weights_is_that_of_their_w() -> None:
    built = world(5, days=60, nights=50)
    assert calibrate(built.entries, lags=5, beta=np.array([0.0])).n_signs == 0
    assert calibrate(built.entries, lags=5, beta=np.array([0.6])).n_signs > 50


@pytest.mark.parametrize("labels", [{}, {("a", "b"): True}, {(f"a{n}", "e1"): True for n in range(20)}])
def test_labels_of_one_kind_or_of_nobody_are_refused(labels: dict) -> None:
    built = world(6, days=30, nights=20)
    with pytest.raises(InputError, match="labels of pairs"):
        weights_from_labels(
            built.accounts,
            built.entries,
            labels,
            account_ids=[f"a{n}" for n in range(20)],
            entry_ids=[f"e{n}" for n in range(30)],
            lags=5,
        )
