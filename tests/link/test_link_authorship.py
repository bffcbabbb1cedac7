"""Authorship: made-up hands are told apart, chances hold, and it never calls itself memory."""

from __future__ import annotations

import datetime as dt
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.account import Account, When
from karmalink.errors import CannotAnswer, UsageError
from karmalink.link.authorship.authors import in_order, latest, learn_authors
from karmalink.link.authorship.score_calibration import (
    calibration_error,
    fit_pooling,
    fit_score_calibration,
    pool,
    share_out,
)

HANDS = {
    "ana": ("I was at the {}, and then the {} came; it was odd.", "river boat monk gold field"),
    "bo": ("im in a {} ... a {} is there and i run", "car office boss street gun"),
    "chai": ("We saw {}! Then we saw the {}! We laughed.", "school friend dance song cake"),
}


def day(number: int) -> When:
    return When(dt.date(2020, 1, 1) + dt.timedelta(days=number))


def accounts_of(person: str, count: int, seed: int = 0) -> list[Account]:
    form, words = HANDS[person]
    rng = np.random.default_rng([seed, *map(ord, person)])
    shared = ["house", "dog", "night", *words.split()]
    return [
        Account(f"{person}-{number}", person, form.format(*rng.choice(shared, 2)), day(number))
        for number in range(count)
    ]


EVERYBODY = [account for person in HANDS for account in accounts_of(person, 40)]


def test_hands_are_told_apart_and_chances_sum_to_one() -> None:
    earlier, later = latest(EVERYBODY)
    placed = learn_authors(earlier).place(later)
    assert placed.best() == tuple(account.person for account in later)
    assert np.allclose(placed.chances.sum(axis=1), 1.0)
    assert (placed.entropy() < math.log2(3)).all()
    assert placed.to_dataframe()["best"].tolist() == list(placed.best())
    assert "authorship, not memory" in repr(placed)
    assert "authorship, not memory" in json.loads(json.dumps(placed.to_dict()))["note"]


def test_pooling_more_accounts_of_one_person_is_never_less_sure() -> None:
    earlier, later = latest(EVERYBODY)
    placed = learn_authors(earlier).place(later)
    own = [row for row, account in enumerate(later) if account.person == "bo"]
    pooled = placed.pooled(own)
    assert max(pooled, key=lambda life: pooled[life]) == "bo"
    assert sum(pooled.values()) == pytest.approx(1.0)
    assert placed.pooled([]) == dict.fromkeys(placed.lives, pytest.approx(1 / 3))


def test_nothing_written_is_placed_evenly() -> None:
    placed = learn_authors(EVERYBODY).place([Account("x", "?", " \n", None), Account("y", "?", "ខ្ញុំ", None)])
    assert np.allclose(placed.chances, 1 / 3)
    assert placed.days == ("", "")


def test_the_style_removed_view_loses_hands_that_differ_in_style_only() -> None:
    same = [
        Account(f"{person}-{number}", person, text + " " + word, day(number))
        for person, text in {"ana": "I saw the", "bo": "and they were in a"}.items()
        for number, word in enumerate(["dog", "boat"] * 20)
    ]
    earlier, later = latest(same)
    truth = [account.person for account in later]
    right = {
        view: np.mean(np.array(learn_authors(earlier, view=view).place(later).best()) == truth)
        for view in ("all", "style-removed")
    }
    assert right == {"all": 1.0, "style-removed": 0.5}


def test_too_few_people_or_accounts_cannot_be_answered() -> None:
    for given_accounts in ([], accounts_of("ana", 40), [*accounts_of("ana", 40), *accounts_of("bo", 9)]):
        with pytest.raises(CannotAnswer, match="10 accounts"):
            learn_authors(given_accounts)
    with pytest.raises(UsageError, match="unknown view"):
        learn_authors(EVERYBODY, view="none")


def test_two_people_and_identical_texts_are_even_chances() -> None:
    same = [Account(f"{p}{n}", p, "the same words", day(n)) for p in ("ana", "bo") for n in range(10)]
    placed = learn_authors(same).place(same[:2])
    assert placed.chances == pytest.approx(0.5, abs=0.05)


def test_the_seed_fixes_every_figure() -> None:
    first, second = (learn_authors(EVERYBODY, seed=3).place(EVERYBODY[:5]).chances for _ in range(2))
    assert np.array_equal(first, second)


def test_undated_accounts_keep_their_place_in_the_series() -> None:
    whens = [None, day(9), None, day(1), None]
    given_accounts = [Account(str(number), "ana", "x", when) for number, when in enumerate(whens)]
    assert [account.id for account in in_order(given_accounts)] == ["3", "4", "0", "1", "2"]
    assert [account.id for account in in_order(given_accounts[:1])] == ["0"]


@given(st.integers(1, 60), st.floats(0.05, 0.5))
@settings(max_examples=30)
def test_latest_splits_every_person_and_loses_nobody(count: int, share: float) -> None:
    given_accounts = accounts_of("ana", count)
    earlier, later = latest(given_accounts, share)
    assert [*earlier, *later] == given_accounts
    assert len(later) == max(1, round(count * share))


def slow_ece(chances: np.ndarray, truth: np.ndarray) -> float:
    """Guo et al. 2017, eq. 3, bin by bin."""
    total = 0.0
    for number in range(15):
        inside = [row for row in range(len(truth)) if number == min(14, int(max(chances[row]) * 15))]
        if inside:
            sure = np.mean([max(chances[row]) for row in inside])
            right = np.mean([np.argmax(chances[row]) == truth[row] for row in inside])
            total += len(inside) / len(truth) * abs(sure - right)
    return total


@given(st.integers(0, 1000))
@settings(max_examples=30)
def test_calibration_error_is_that_of_the_slow_count(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chances = rng.dirichlet(np.ones(4), 40)
    truth = rng.integers(4, size=40)
    assert calibration_error(chances, truth) == pytest.approx(slow_ece(chances, truth))


def test_fitted_chances_hold_on_scores_that_were_too_sure() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(4000, 3))
    chances = share_out(scores, 1.5, 0.0)
    truth = np.array([rng.choice(3, p=row) for row in chances])
    inverse_temperature, uniform_share = fit_score_calibration(10 * scores, truth)
    assert 10 * inverse_temperature == pytest.approx(1.5, abs=0.15)
    assert uniform_share <= 0.04
    assert calibration_error(share_out(10 * scores, inverse_temperature, uniform_share), truth) < 0.03


def test_pooling_counts_what_accounts_share_once() -> None:
    chances = np.array([[0.8, 0.2]] * 10)
    assert pool(chances, 0.1)[0] == pytest.approx(0.8)
    assert pool(chances, 1.0)[0] == pytest.approx(0.8**10 / (0.8**10 + 0.2**10))
    copies = [np.array([[0.8, 0.2]] * 10)] * 10
    assert fit_pooling(copies, [0] * 8 + [1] * 2) == pytest.approx(0.1)
    assert fit_pooling([], []) == pytest.approx(0.1)
