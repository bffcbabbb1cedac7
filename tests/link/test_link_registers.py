"""The stranger null where no life has to do with the accounts; what keeps a life from winning by its manner."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.link import REGISTERS, UnitTable, Verdict, audit
from karmalink.link.null_audit.audits import audit_subject
from karmalink.link.null_audit.registers import Register
from karmalink.link.null_audit.trials import naive_won, stranger_outcome, stranger_trial
from karmalink.link.stranger_null.scores_among_lives import distinct_units, table_scores

RUNS = 40


def register(seed: int, lives: int = 20, accounts: int = 8) -> Register:
    rng = np.random.default_rng(seed)
    return Register(1 + rng.poisson(2, accounts), np.maximum(4, rng.poisson(12, lives)))


@pytest.mark.parametrize("name", list(REGISTERS))
def test_a_register_keeps_its_lengths_and_sets_only_the_life_asked_about_apart(name: str) -> None:
    lengths = register(0)
    trial = REGISTERS[name].trial(lengths, np.random.default_rng(1))
    count = np.bincount(trial.of_unit)
    assert (count[1:] == lengths.life_units[1:]).all()
    assert np.bincount(trial.accounts.owner).tolist() == lengths.account_units.tolist()
    if not REGISTERS[name].longer:
        assert count[0] == lengths.life_units[0]


@pytest.mark.parametrize("name", ["generic", "formulas"])
def test_a_life_does_not_come_first_by_its_manner(name: str) -> None:
    """Before units were measured among other lives, and repeated ones counted once, these came first in .74 and .20."""
    first = [
        stranger_outcome(REGISTERS[name].trial(register(seed), np.random.default_rng(seed))).p <= 0.05
        for seed in range(RUNS)
    ]
    assert np.mean(first) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / RUNS)


def test_the_careless_rule_takes_the_longest_life_for_the_one() -> None:
    said = [
        stranger_outcome(REGISTERS["longest"].trial(register(seed, accounts=25), np.random.default_rng(seed)))
        for seed in range(10)
    ]
    assert np.mean([one.careless_p <= 0.05 for one in said]) > 0.5
    assert np.mean([one.p <= 0.05 for one in said]) <= 0.1


def test_a_life_that_is_retold_is_found() -> None:
    found = [
        stranger_trial(
            REGISTERS["one-dream"].trial(register(seed), np.random.default_rng(seed), planted=0.8),
            lags=7,
            q=0.05,
            seed=0,
        )
        for seed in range(10)
    ]
    assert np.mean([one.verdict is Verdict.FOUND for one in found]) >= 0.7


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.integers(1, 3))
def test_of_units_that_repeat_each_other_the_first_of_each_life_stays(words: list[int], lives: int) -> None:
    from scipy.sparse import csr_array

    of_unit = np.arange(len(words)) % lives
    rows = csr_array(np.eye(6)[words])
    units = UnitTable(of_unit, np.zeros(lives, dtype=np.int64), {"words": rows})
    seen: set[tuple[int, int]] = set()
    slow = [n for n, key in enumerate(zip(of_unit.tolist(), words, strict=True)) if not (key in seen or seen.add(key))]
    assert distinct_units(units, of_unit).tolist() == slow


def test_lives_are_compared_by_lot_and_a_seed_gives_one_result() -> None:
    trial = REGISTERS["shortest"].trial(register(2), np.random.default_rng(2))
    one, same, other = (
        table_scores(trial.accounts, trial.units, trial.of_unit, 20, own=0, seed=seed) for seed in (0, 0, 1)
    )
    assert np.array_equal(one, same)
    assert np.array_equal(one[:, 0], other[:, 0])
    assert not np.array_equal(one, other)


def test_the_careless_p_counts_the_accounts_that_a_life_wins() -> None:
    rows = np.array([[1.0, 0.0], [0.0, 1.0]])
    accounts = UnitTable(np.arange(2), np.zeros(2, dtype=np.int64), {"words": rows})
    units = UnitTable(np.arange(2), np.zeros(2, dtype=np.int64), {"words": rows})
    assert naive_won(accounts, units, np.arange(2)) == pytest.approx(0.75)


def test_an_audit_of_the_stranger_null_imitates_the_register_and_refuses_where_it_is_small() -> None:
    from register_samples import accounts, lives

    many = lives(24)
    told = accounts(["A goat stood in a boat.", "The lamp was a river."])
    found = audit(told, many[0], others=many[1:], nulls=["stranger"], runs=2)
    assert [row.mechanism for row in found.rows] == list(REGISTERS)
    assert {row.nominal for row in found.rows} == {0.05}
    few = audit(told, many[0], others=many[1:5], nulls=["stranger"], runs=2)
    assert not few.rows
    assert "fewer than 19 other lives" in few.finding


def test_a_register_too_small_for_the_rank_is_refused_in_every_world() -> None:
    rows = audit_subject({"stranger": register(0, lives=5)}, runs=2)
    assert rows == ()
