"""Screening by an inner product: nothing of the exact best is lost, against the plain double loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from karmalink.errors import InputError
from karmalink.link import Executor, UnitTable
from karmalink.link.cohort.screening import best_entries, best_unit_bound


def table(rng: np.random.Generator, owners: int, *, signed: bool, sparse: bool) -> UnitTable:
    """Some owners with nought to four units each."""
    owner = np.repeat(np.arange(owners), rng.integers(0, 5, owners))
    rows = rng.normal(size=(owner.size, 6)) * (rng.random((owner.size, 6)) < 0.5)
    rows = rows if signed else np.abs(rows)
    return UnitTable(owner, np.arange(owners), {"words": csr_array(rows) if sparse else rows})


def dense(rows: object) -> np.ndarray:
    return np.asarray(rows.toarray() if hasattr(rows, "toarray") else rows)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.booleans(), st.booleans(), st.integers(1, 4))
def test_the_screen_loses_none_of_the_best(seed: int, signed: bool, sparse: bool, k: int) -> None:
    rng = np.random.default_rng(seed)
    accounts, entries = (table(rng, n, signed=signed, sparse=sparse) for n in (4, 9))
    if not accounts.n_units or not entries.n_units:
        return
    found = best_entries(accounts, entries, "words", k=k)
    left, right = dense(accounts.parts["words"]), dense(entries.parts["words"])
    bound = best_unit_bound(
        accounts.parts["words"],
        np.searchsorted(accounts.owner, np.arange(5)),
        entries.parts["words"],
        np.searchsorted(entries.owner, np.arange(10)),
    )
    for a in range(4):
        exact = {
            e: max(float(x @ y) for x in left[accounts.owner == a] for y in right[entries.owner == e])
            for e in range(9)
            if (accounts.owner == a).any() and (entries.owner == e).any()
        }
        assert all(value <= bound[a, e] + 1e-9 for e, value in exact.items())
        best = sorted(exact.values(), reverse=True)[:k]
        np.testing.assert_allclose(found.score[a][: len(best)], best, atol=1e-9)
        assert np.isnan(found.score[a][len(best) :]).all()
        assert [exact[e] for e in found.entry[a].tolist() if e >= 0] == pytest.approx(best)


def test_most_pairs_are_never_scored_where_words_are_rare() -> None:
    rng = np.random.default_rng(0)
    owner = np.repeat(np.arange(300), 4)
    rows = csr_array((rng.random((1200, 400)) < 0.01) * rng.random((1200, 400)))
    life = UnitTable(owner, np.arange(300), {"words": rows})
    found = best_entries(life, life, "words", k=5, executor=Executor(memory_mb=16))
    assert found.rescored < 0.2 * found.pairs
    # An entry is the best match of itself unless another shares its strongest words: it is always among the five.
    assert np.mean([(found.entry[a] == a).any() for a in range(300) if rows[4 * a : 4 * a + 4].nnz]) > 0.95


def test_features_that_are_not_numbers_are_refused() -> None:
    bad = UnitTable(np.array([0]), np.array([0]), {"words": np.array([[np.nan]])})
    with pytest.raises(InputError, match="not a finite number"):
        best_entries(bad, bad, "words")
