"""One life among others: the rank, the competition per account, and what too few lives cannot say."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from register_samples import accounts, lives
from scipy.sparse import csr_array

from karmalink.account import Entry, Life
from karmalink.errors import CannotAnswer, InputError, UnknownName, UsageError
from karmalink.link.error_control.verdicts import Verdict
from karmalink.link.evidence.unit_scores import UnitTable
from karmalink.link.null_audit.registers import REGISTERS, Register
from karmalink.link.stranger_null.best_life import any_life, lead, lists_of_lives, told_first
from karmalink.link.stranger_null.scores_among_lives import (
    account_e,
    accounts_won,
    conformal_p,
    expected_best,
    life_scale,
    register_texts,
)
from karmalink.link.stranger_null.stranger_test import stranger


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=7), st.data())
def test_expected_best_is_the_mean_over_all_choices(scores: list[float], data: st.DataObject) -> None:
    m = data.draw(st.integers(1, len(scores)))
    every = [max(choice) for choice in itertools.combinations(scores, m)]
    assert expected_best([scores], m)[0] == pytest.approx(np.mean(every), abs=1e-9)


@pytest.mark.parametrize("m", [0, 3])
def test_expected_best_needs_as_many_units_as_it_chooses(m: int) -> None:
    with pytest.raises(InputError):
        expected_best([[1.0, 2.0]], m)


@given(st.lists(st.integers(0, 4), min_size=2, max_size=12), st.data())
def test_conformal_p_counts_ties_against_the_claim(scores: list[int], data: st.DataObject) -> None:
    own = data.draw(st.integers(0, len(scores) - 1))
    others = scores[:own] + scores[own + 1 :]
    assert conformal_p(scores, own) == pytest.approx((1 + sum(s >= scores[own] for s in others)) / len(scores))


def won_slowly(scores: np.ndarray, winner: list[int], own: int, q: float) -> set[int]:
    """The slow obvious reference: try every threshold, keep the largest set that holds the rate."""
    best: set[int] = set()
    for threshold in scores.max(axis=1):
        mine, others = set(), 0
        for number, row in enumerate(scores):
            if row.max() < threshold:
                continue
            if winner[number] == own:
                mine.add(number)
            else:
                others += 1
        if mine and (1 + others) / ((scores.shape[1] - 1) * len(mine)) <= q and len(mine) > len(best):
            best = mine
    return best


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(2, 6))
def test_accounts_won_is_the_largest_set_that_holds_the_rate(seed: int, n: int, k: int) -> None:
    scores = np.random.default_rng(seed).random((n, k))
    winner = scores.argmax(axis=1).tolist()
    assert set(accounts_won(scores, 0, 0.3).tolist()) == won_slowly(scores, winner, 0, 0.3)


def test_ties_go_by_lot_with_the_same_chance_to_every_life() -> None:
    """All lives alike: with K = 4 decoys the own one wins a fifth; T >= 1 and (1 + D) / (K T) <= q never holds."""
    scores = np.ones((4000, 5))
    assert accounts_won(scores, 2, 0.2).size == 0
    # At q = 1 all that the own life wins are taken, so what is counted is the lot.
    won = [accounts_won(scores, own, 1.02 * (1 + 3300) / (4 * 700), seed=3).size for own in range(5)]
    assert sum(won) == 4000
    assert all(abs(each - 800) < 4 * np.sqrt(4000 * 0.2 * 0.8) for each in won)


def test_an_account_without_evidence_is_a_tie_and_is_won_by_none() -> None:
    assert accounts_won(np.zeros((50, 5)), 0, 0.99).size == 0


def test_a_unit_told_again_is_seen_in_a_register_of_a_few_words_too() -> None:
    """The parts of a small table are dense arrays: looked at by type, nothing there was ever told twice."""
    texts = ["The goat stood by the bell and the mango.", "An owl in a cart.", "A mango, a bell, and the goat again."]
    material = register_texts(accounts(texts), lives(3)).material
    assert not hasattr(material.accounts.parts["words"], "tocsr")
    assert told_first(material.accounts).tolist() == [0, 1, 0]


def test_statements_that_share_no_word_with_any_life_tie_and_are_not_won() -> None:
    """A floor that differed by life let four such sentences be won at a rate of .1."""
    register = [Life(f"L{n}", "register", (Entry(f"e{n}", f"L{n}", text, None),)) for n, text in enumerate(_FLOORS)]
    told = accounts(["Zebras yawned.", "Quartz glimmered.", "Violins hummed.", "Tulips froze."])
    for own in ("L0", "L1"):
        result = stranger(told, register, own, alpha=0.5, q=0.9)
        assert (result.verdict, result.won, result.n_tied) == (Verdict.CANNOT_ANSWER, (), 4)
        assert len(set(result.scores)) == 1
        assert result.p == 1.0


_FLOORS = (
    "The goat stood by the boat. The goat slept.",
    "A bell rang. A spade fell.",
    "The goat saw a bell. A boat sank.",
)


def test_the_lead_is_the_distance_from_the_others_in_their_deviations() -> None:
    scores = np.random.default_rng(0).random(7)
    others = np.delete(scores, 3)
    assert lead(scores)[3] == pytest.approx((scores[3] - others.mean()) / others.std())


def test_a_winner_asked_about_afterwards_is_found_no_more_often_than_the_level() -> None:
    """By its rank among 40 lives it would have p = .025 each time."""
    mechanism = REGISTERS["any-life"]
    ps = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        trial = mechanism.trial(Register(np.full(8, 2), 4 + rng.poisson(6, 40)), rng, lists=20)
        scale = life_scale(trial.accounts, trial.units, trial.of_unit, 40)
        first = trial.accounts.take(np.flatnonzero(trial.accounts.owner < 8))
        lists = lists_of_lives(scale, first, seed=seed)
        ps += [any_life(rows, lists).p for rows in scale.scores(trial.accounts).reshape(20, 8, 40)]
    assert np.mean(np.array(ps) <= 0.05) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 80)


def test_a_list_that_repeats_itself_is_held_against_lists_that_repeat_themselves() -> None:
    """Lists of one dream were called in .10 at .05 while the lists that they were held against repeated nothing."""
    rng = np.random.default_rng(0)
    trial = REGISTERS["any-life"].trial(Register(np.full(8, 1), 4 + rng.poisson(6, 40)), rng)
    scale = life_scale(trial.accounts, trial.units, trial.of_unit, 40)
    one_dream = trial.accounts.take(np.array([0, 0, 0, 0, 4, 4, 4, 4]))
    one_dream = replace(one_dream, owner=np.arange(8))
    assert told_first(trial.accounts).tolist() == list(range(8))
    assert told_first(one_dream).tolist() == [0, 0, 0, 0, 4, 4, 4, 4]
    apart, again = (lists_of_lives(scale, told) for told in (trial.accounts, one_dream))
    assert np.median(again) > np.median(apart) + 0.5


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), min_size=5, max_size=5), min_size=1, max_size=7))
def test_what_is_told_again_is_followed_back_to_its_first_telling(words: list[list[int]]) -> None:
    rows = np.array(words, dtype=np.float64)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    assume(not (np.abs(rows @ rows.T - 0.5) < 1e-9).any())
    slow = list(range(len(words)))
    for at in slow:
        slow[at] = slow[next((earlier for earlier in range(at) if rows[at] @ rows[earlier] >= 0.5), at)]
    table = UnitTable(np.arange(len(words)), np.zeros(len(words), dtype=np.int64), {"words": csr_array(rows)})
    assert told_first(table).tolist() == slow


def test_a_life_chosen_after_the_ranking_is_told_so_and_pays_for_the_choice() -> None:
    register = lives(30)
    told = accounts([life.entries[0].text.split(".")[0] + "." for life in lives(4, 77)])
    any_fits = stranger(told, register, alpha=0.05)
    assert any_fits.named == ""
    assert any_fits.own == any_fits.lives[0]
    before = stranger(told, register, any_fits.own, alpha=0.05)
    after = stranger(told, register, any_fits.own, alpha=0.05, named="after")
    assert before.p == pytest.approx(1 / 30)
    assert after.p == any_fits.p > 0.05
    assert "chosen after a ranking was seen" in after.finding
    assert stranger(told, register, any_fits.own, alpha=0.05, looks=3).p == pytest.approx(3 / 30)


@pytest.mark.parametrize(
    ("said", "lived", "fit"),
    [
        ("I had no brother.", "His brother Tom kept the mill.", "contradicts"),
        ("I had a brother.", "He had no brother.", "contradicts"),
        ("I kept 3 goats by the mill.", "He kept 12 goats at the mill.", "contradicts"),
        ("I kept 3 goats by the mill.", "He kept 3 goats at the mill.", "fits"),
        ("I had a house.", "He sold a barn.", "silent"),
    ],
)
def test_a_statement_fits_contradicts_or_meets_silence(said: str, lived: str, fit: str) -> None:
    others = [
        Life(f"O{n}", "register", (Entry(f"o{n}", f"O{n}", "A lamp was lit. An owl flew.", None),)) for n in (0, 1)
    ]
    own = Life("own", "register", (Entry("e", "own", f"{lived} A drum was there.", None),))
    result = stranger(accounts([said, "The lamp was lit."]), [own, *others], "own")
    assert result.statements[0].fit == fit
    assert result.statements[1].worth < 0


@pytest.mark.parametrize(("wrong", "says"), [({"named": "later"}, "before or after"), ({"looks": 0}, "looks must be")])
def test_when_a_life_was_named_and_how_many_looks_are_checked(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        stranger(accounts(["The goat."]), lives(3), "L0", **wrong)


def test_the_competition_holds_its_rate_where_accounts_are_independent() -> None:
    """K decoys, no account from any life: the share of runs with a discovery is at most q."""
    hits = [accounts_won(np.random.default_rng(seed).normal(size=(60, 20)), 0, 0.2).size > 0 for seed in range(200)]
    assert np.mean(hits) <= 0.2 + 2 * np.sqrt(0.2 * 0.8 / 200)


def test_the_mean_e_value_of_dependent_accounts_is_one_all_the_same() -> None:
    """Thirty copies of one account prove no more than one: the mean of e over many worlds stays at most 1."""
    e = []
    for seed in range(400):
        row = np.random.default_rng(seed).normal(size=(1, 40))
        e.append(account_e(np.repeat(row, 30, axis=0), 0))
    assert np.mean(e) <= 1 + 2 * np.std(e) / np.sqrt(len(e))


def test_a_life_that_the_accounts_retell_is_found() -> None:
    register = lives(120)
    told = register[17].entries[0].text.replace("stood by", "was near").split(".")
    result = stranger(accounts([f"I saw it. {part}." for part in told if part]), register, "L17")
    assert result.verdict is Verdict.FOUND
    assert result.rank == 1
    assert result.p == pytest.approx(1 / 120)


def test_the_realised_size_is_that_of_the_rank() -> None:
    """Accounts that come from no life of the register: over many seeds p is as often small as it may be."""
    ps = []
    for seed in range(60):
        register = lives(20, seed)
        made = [life.entries[0].text for life in lives(3, seed + 10_000)]
        ps.append(stranger(accounts(made), register, "L0", alpha=0.05).p)
    share = np.mean(np.array(ps) <= 0.2)
    assert share <= 0.2 + 2 * np.sqrt(0.2 * 0.8 / 60)


def test_too_few_lives_cannot_reject_and_say_how_many_would() -> None:
    result = stranger(accounts(["The goat stood by the boat."]), lives(64), "L0")
    assert result.verdict is Verdict.CANNOT_ANSWER
    assert "99 would allow 0.01" in result.finding


def test_on_a_life_that_the_dreamer_wrote_it_is_authorship_and_nothing_else() -> None:
    own = lives(1, author="P1")
    result = stranger(accounts(["The goat stood by the boat."]), [*own, *lives(120, 5)[1:]], "L0")
    assert result.authorship
    assert result.verdict is Verdict.CANNOT_ANSWER
    assert "who wrote it" in result.finding


def test_longer_lives_do_not_win_by_their_length() -> None:
    """Twenty times the text is first no more often than any of three; by its best unit alone it would nearly always."""
    first = 0
    for seed in range(40):
        entries = [Entry(f"x{n}", "long", life.entries[0].text, None) for n, life in enumerate(lives(20, seed + 500))]
        long = Life("long", "register", tuple(entries))
        texts = [life.entries[0].text for life in lives(12, seed + 900)]
        first += stranger(accounts(texts), [*lives(2, seed), long], "long").rank == 1
    assert first / 40 <= 1 / 3 + 2 * np.sqrt(1 / 3 * 2 / 3 / 40)


def test_nobody_is_invented() -> None:
    with pytest.raises(UnknownName, match="L99"):
        stranger(accounts(["The goat."]), lives(3), "L99")
    with pytest.raises(CannotAnswer):
        stranger(accounts(["The goat."]), lives(1), "L0")
    with pytest.raises(CannotAnswer):
        stranger(accounts(["…"]), lives(3), "L0")


@pytest.mark.parametrize("rate", [0.0, 1.0, -1.0, float("nan"), float("inf")])
def test_a_rate_is_a_share(rate: float) -> None:
    with pytest.raises(UsageError, match="level of the test"):
        stranger(accounts(["The goat."]), lives(3), "L0", alpha=rate)
    with pytest.raises(UsageError, match="false discovery rate"):
        stranger(accounts(["The goat."]), lives(3), "L0", q=rate)
