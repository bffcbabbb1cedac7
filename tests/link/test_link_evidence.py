"""link.md §1: named parts, a null that is observed, centred domains, correlated parts not counted twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from link_worlds import world
from scipy.sparse import csr_array

from karmalink.link import UnitTable
from karmalink.link.evidence.background import BackgroundTail, background_scores
from karmalink.link.evidence.calendar import paired_window
from karmalink.link.evidence.unit_scores import near_scores, score_block
from karmalink.link.evidence.weights import fit_weights

SEEDS = st.integers(0, 10_000)


def tables(seed: int, *, sparse: bool) -> tuple[UnitTable, UnitTable]:
    rng = np.random.default_rng(seed)

    def table(owners: int) -> UnitTable:
        owner = np.sort(rng.integers(0, owners, int(rng.integers(1, 12))))
        rows = {name: rng.random((owner.size, 5)) * (rng.random((owner.size, 5)) < 0.5) for name in ("names", "words")}
        return UnitTable(
            owner, np.sort(rng.integers(0, 30, owners)), {k: csr_array(v) if sparse else v for k, v in rows.items()}
        )

    return table(4), table(6)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.booleans())
def test_score_block_is_the_plain_loop(seed: int, sparse: bool) -> None:
    accounts, units = tables(seed, sparse=sparse)
    dense = {k: v.toarray() if sparse else v for k, v in accounts.parts.items()}
    lived = {k: v.toarray() if sparse else v for k, v in units.parts.items()}
    fast = score_block(accounts, units, 0, 4, 0, units.n_units)
    for a in range(4):
        own = np.flatnonzero(accounts.owner == a)
        for u in range(units.n_units):
            if not own.size:
                assert np.all(fast[:, a, u] == 0)
                continue
            # names: what the account has as a whole; words: its best unit.
            names = dense["names"][own].max(axis=0) @ lived["names"][u]
            words = max(float(dense["words"][v] @ lived["words"][u]) for v in own)
            np.testing.assert_allclose(fast[:, a, u], [names, words])


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world(3)
    whole = score_block(made.accounts, made.entries, 0, made.accounts.when.size, 0, made.entries.n_units)
    monkeypatch.setattr("karmalink.link.evidence.unit_scores._BLOCK", 5000)
    cut = score_block(made.accounts, made.entries, 0, made.accounts.when.size, 0, made.entries.n_units)
    np.testing.assert_array_equal(whole, cut)
    window = paired_window(made.accounts.when, made.entries.day, 7)
    np.testing.assert_allclose(near_scores(made.accounts, made.entries, window), whole[:, window.account, window.unit])


def test_nothing_near_a_night_enters_the_centring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the evidence for a link would lower itself, and by different amounts on the two sides."""
    made = world(1)
    before = background_scores(made.accounts, made.entries, guard=21)
    near = np.abs(made.entries.day[None, :] - made.accounts.when[:, None] - 0.5) <= 21
    plain = score_block

    def louder(*arguments: object) -> np.ndarray:
        return plain(*arguments) + 100.0 * near  # type: ignore[arg-type]

    monkeypatch.setattr("karmalink.link.evidence.background.score_block", louder)
    after = background_scores(made.accounts, made.entries, guard=21)
    for name in ("account", "unit", "spread", "sample"):
        np.testing.assert_allclose(getattr(before, name), getattr(after, name))


def test_entries_that_are_like_everything_lose_their_pull() -> None:
    rng = np.random.default_rng(0)
    owner = np.arange(40)
    said = rng.random((40, 6))
    said[:, 0] += 3
    lived = rng.random((60, 6))
    lived[7] = [9, 0, 0, 0, 0, 0]  # shares what every account has
    accounts = UnitTable(owner, np.arange(0, 80, 2), {"words": said})
    entries = UnitTable(np.arange(60), np.arange(60), {"words": lived})
    far = background_scores(accounts, entries, guard=9)
    raw = score_block(accounts, entries, 0, 40, 0, 60)
    pairs = np.repeat(owner, 60), np.tile(np.arange(60), 40)
    z = far.standardise(raw[:, pairs[0], pairs[1]], *pairs)[:, 0].reshape(40, 60)
    assert raw[0].mean(axis=0).argmax() == 7
    before = (raw[0, :, 7].mean() - raw[0].mean()) / raw[0].std()
    assert before > 5
    assert abs(z[:, 7].mean()) < before / 4


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.floats(0.005, 1.0))
def test_surprise_is_the_observed_share_of_the_null_and_never_falls(seed: int, agreeing: float) -> None:
    rng = np.random.default_rng(seed)
    null = rng.exponential(size=3000)
    agrees = rng.random(3000) < agreeing
    agrees[0] = True
    tail = BackgroundTail.of(null, agrees)
    grid = np.linspace(0, 30, 200)
    nats = tail.minus_log_p(grid, np.ones(200, dtype=bool))
    assert np.all(np.diff(nats) >= -1e-9)
    assert np.all(tail.minus_log_p(grid, np.zeros(200, dtype=bool)) == 0)
    middle = float(np.median(null[agrees]))
    observed = np.mean(agrees & (null >= middle))
    if observed > 0.03:
        assert tail.minus_log_p(np.array([middle]), np.array([True]))[0] == pytest.approx(-np.log(observed), abs=0.1)


def test_the_tail_never_says_more_than_its_sample_can() -> None:
    """One shared name among 750 background pairs was worth 28 to 31 nats; 1 in 751 is 6.6."""
    names = np.zeros(750)
    names[:3] = 5.0  # all of the tail is one value, so its mean excess is 0
    tail = BackgroundTail.of(names, names > 0)
    rare, odd = tail.minus_log_p(np.array([5.0, 6.0]), np.ones(2, dtype=bool))
    assert rare < odd <= np.log(751)
    assert tail.extrapolated(np.array([5.5]), np.array([True]))[0] < 28
    assert tail.minus_log_p(np.array([1e3]), np.array([True]))[0] == pytest.approx(np.log(751))


def test_the_likelihood_ratio_has_mean_one_on_far_pairs() -> None:
    made = world(2, planted=0.5)
    far = background_scores(made.accounts, made.entries, guard=21)
    tilt = fit_weights(far.sample, far.sample[:300] + 1.0, weight=far.weight)
    assert np.average(np.exp(tilt.llr(far.sample)), weights=far.weight) == pytest.approx(1.0)
    n_far = (np.abs(made.entries.day[None, :] - made.accounts.when[:, None] - 0.5) > 21).sum()
    assert far.weight.sum() == pytest.approx(n_far)


def test_a_part_that_says_the_same_twice_is_not_counted_twice() -> None:
    rng = np.random.default_rng(0)
    null, near = rng.exponential(size=4000), rng.exponential(size=600)
    near[:120] += 5.0
    once = fit_weights(null[:, None], near[:, None])
    twice = fit_weights(np.column_stack([null, null]), np.column_stack([near, near]))
    strong = np.array([8.0])
    assert twice.llr(np.column_stack([strong, strong]))[0] == pytest.approx(once.llr(strong[:, None])[0], rel=0.25)


def test_weights_follow_what_separates_near_from_far() -> None:
    rng = np.random.default_rng(1)
    null = rng.exponential(size=(4000, 2))
    near = rng.exponential(size=(900, 2))
    near[:150, 0] += 4.0
    tilt = fit_weights(null, near)
    assert tilt.beta[0] > tilt.beta[1] >= 0
