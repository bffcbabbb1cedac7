"""Any number of scorers: consensus, hypnodensity, κ by pairs, against the others, Fleiss, F1, disagreement."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import CannotAnswer, InputError
from karmalink.night import Hypnogram, compare_scorers, consensus
from karmalink.night.agreement.hypnodensity import (
    disagreement_epochs,
    disagreement_profile,
    rank_scorers,
    soft_agreement,
)
from karmalink.night.agreement.scorers import Interval, bootstrap_by_night

codes = st.integers(-1, 4)


@st.composite
def tables(draw: st.DrawFn) -> list[np.ndarray]:
    scorers = draw(st.integers(2, 5))
    return [
        np.array(draw(st.lists(st.lists(codes, min_size=n, max_size=n), min_size=scorers, max_size=scorers)), np.int8)
        for n in draw(st.lists(st.integers(3, 12), min_size=1, max_size=3))
    ]


def nights(rows: list[np.ndarray]) -> dict[str, dict[str, Hypnogram]]:
    return {str(i): {f"s{j}": Hypnogram(row) for j, row in enumerate(night)} for i, night in enumerate(rows)}


def slow_kappa(pairs: list[tuple[int, int]]) -> float:
    pairs = [(a, b) for a, b in pairs if a >= 0 and b >= 0]
    if not pairs:
        return np.nan
    same = sum(a == b for a, b in pairs) / len(pairs)
    chance = sum(sum(a == k for a, _ in pairs) * sum(b == k for _, b in pairs) for k in range(5)) / len(pairs) ** 2
    return np.nan if chance == 1 else (same - chance) / (1 - chance)


def slow_soft(night: np.ndarray, scorer: int) -> float:
    found = []
    for epoch in range(night.shape[1]):
        others = [night[j, epoch] for j in range(len(night)) if j != scorer and night[j, epoch] >= 0]
        if night[scorer, epoch] >= 0 and others:
            most = max(others.count(k) for k in set(others))
            found.append(others.count(night[scorer, epoch]) / most)
    return float(np.mean(found)) if found else -1.0


def slow_consensus(night: np.ndarray) -> list[int]:
    order = sorted(range(len(night)), key=lambda j: -slow_soft(night, j)) if len(night) > 1 else [0]
    out = []
    for epoch in range(night.shape[1]):
        given = [int(code) for code in night[:, epoch] if code >= 0]
        most = max((given.count(k) for k in given), default=0)
        tied = {k for k in given if given.count(k) == most}
        out.append(next((int(night[j, epoch]) for j in order if night[j, epoch] in tied), -1))
    return out


def mean(values: list[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else np.nan


@settings(max_examples=40, deadline=None)
@given(tables())
def test_every_figure_equals_the_slow_obvious_count(rows: list[np.ndarray]) -> None:
    count = len(rows[0])
    by_pair = [[(a, b) for night in rows for a, b in zip(night[i], night[j], strict=True)] for i, j in pairs(count)]
    if all(np.isnan(slow_kappa(one)) and not [1 for a, b in one if min(a, b) >= 0] for one in by_pair):
        with pytest.raises(CannotAnswer):
            compare_scorers(nights(rows), n_boot=2)
        return
    found = compare_scorers(nights(rows), n_boot=2)
    assert found.pairwise.value == pytest.approx(mean([slow_kappa(one) for one in by_pair]), nan_ok=True)
    against = [
        [(a, b) for night in rows for a, b in zip(slow_consensus(np.delete(night, i, axis=0)), night[i], strict=True)]
        for i in range(count)
    ]
    each = [slow_kappa(one) for one in against]
    assert [one.value for one in found.each.values()] == pytest.approx(each, nan_ok=True)
    assert found.against_others.value == pytest.approx(mean(each), nan_ok=True)
    for stage, name in enumerate(found.f1):
        scores = [slow_f1(one, stage) for one in against]
        assert found.f1[name].value == pytest.approx(mean(scores), nan_ok=True)
    assert found.fleiss.value == pytest.approx(slow_fleiss(rows), nan_ok=True)
    alike = [np.mean([len(set(column)) == 1 and column[0] >= 0 for column in night.T]) for night in rows]
    assert found.unanimous.value == pytest.approx(np.mean(alike))


def pairs(count: int) -> list[tuple[int, int]]:
    return list(combinations(range(count), 2))


def slow_f1(both: list[tuple[int, int]], stage: int) -> float:
    both = [(a, b) for a, b in both if a >= 0 and b >= 0]
    hit = sum(a == b == stage for a, b in both)
    total = sum(a == stage for a, _ in both) + sum(b == stage for _, b in both)
    return 2 * hit / total if total else np.nan


def slow_fleiss(rows: list[np.ndarray]) -> float:
    epochs = [[code for code in column if code >= 0] for night in rows for column in night.T]
    epochs = [one for one in epochs if len(one) > 1]
    agreed = np.mean([np.mean([a == b for a, b in combinations(one, 2)]) for one in epochs])
    shares = [np.mean([one.count(k) / len(one) for one in epochs]) for k in range(5)]
    chance = sum(share**2 for share in shares)
    return np.nan if chance == 1 else float((agreed - chance) / (1 - chance))


def test_fleiss_1971_example() -> None:
    """Ten subjects, fourteen raters, five classes: κ = .210 (the worked table in common use)."""
    table = [
        (0, 0, 0, 0, 14),
        (0, 2, 6, 4, 2),
        (0, 0, 3, 5, 6),
        (0, 3, 9, 2, 0),
        (2, 2, 8, 1, 1),
        (7, 7, 0, 0, 0),
        (3, 2, 6, 3, 0),
        (2, 5, 3, 2, 2),
        (6, 5, 2, 1, 0),
        (0, 2, 2, 3, 7),
    ]
    raters = np.array([np.repeat(np.arange(5), row) for row in table]).T
    found = compare_scorers({"one": {f"r{j}": Hypnogram(row) for j, row in enumerate(raters)}}, n_boot=2)
    assert found.fleiss.value == pytest.approx(0.210, abs=0.0005)


@settings(max_examples=30, deadline=None)
@given(tables())
def test_the_consensus_and_its_hypnodensity(rows: list[np.ndarray]) -> None:
    night = rows[0]
    found = consensus({f"s{j}": Hypnogram(row) for j, row in enumerate(night)})
    assert found.stages.tolist() == slow_consensus(night)
    for epoch, column in enumerate(night.T):
        given = [code for code in column if code >= 0]
        expected = [given.count(k) / len(given) if given else np.nan for k in range(5)]
        np.testing.assert_allclose(found.probabilities[epoch], expected)


def test_a_tie_is_decided_by_who_agrees_most_with_the_others() -> None:
    night = np.array([[4, 2, 2, 2, 2], [1, 1, 1, 1, 2], [0, 2, 2, 2, 3], [0, 2, 2, 1, 3]], dtype=np.int8)
    assert [soft_agreement(night, row) for row in range(4)] == pytest.approx([0.6, 0.3, 0.8, 0.8], abs=0.11)
    assert rank_scorers(night)[0] == 2
    assert consensus({f"s{j}": Hypnogram(row) for j, row in enumerate(night)}).stages[-1] == 3


def test_a_soft_vote_counts_what_a_machine_thought_of_every_stage() -> None:
    sure = np.array([[0.1, 0.5, 0.4, 0, 0]])
    machine = Hypnogram(np.array([1]), probabilities=sure)
    people = {"a": Hypnogram(np.array([2])), "m": machine}
    soft = consensus(people, soft=True)
    np.testing.assert_allclose(soft.probabilities, [[0.05, 0.25, 0.7, 0, 0]])
    assert soft.labels == ("N2",)
    assert consensus(people).confidence[0] == 0.5


def test_who_skipped_a_night_or_stopped_early_counts_where_they_scored() -> None:
    a, b = Hypnogram(np.array([0, 1, 2, 3])), Hypnogram(np.array([0, 1, 2]))
    found = compare_scorers({"1": {"a": a, "b": b}, "2": {"a": a, "b": a, "c": b}}, n_boot=5)
    assert found.scorers == ("a", "b", "c")
    assert found.n_epochs == 3 + 4
    assert found.pairwise.value == 1
    assert not np.isnan(found.pairwise.low)


def test_scorings_that_cannot_be_compared_are_refused() -> None:
    one = Hypnogram(np.array([0, 1]))
    with pytest.raises(InputError, match="two scorers"):
        compare_scorers({"night": {"a": one}})
    with pytest.raises(InputError, match="no second in common"):
        consensus({"a": one, "b": Hypnogram(np.array([0, 1]), offset_s=600.0)})
    with pytest.raises(CannotAnswer, match="scored by two"):
        compare_scorers({"night": {"a": one, "b": Hypnogram(np.array([-1, -1]))}})


def test_where_they_part_ways() -> None:
    night = np.array([[0, 0, 1, 2, 2, 3], [0, 0, 2, 2, 2, 3], [0, 0, 1, 2, 3, 3]], dtype=np.int8)
    found = disagreement_profile([night])
    assert (found.n_epochs, found.n_disagreed) == (6, 2)
    assert found.by_stage == {"W": 0, "N1": 1, "N2": 0.5, "N3": 0, "R": None}
    assert found.between[("N1", "N2")] == found.between[("N2", "N3")] == 0.5
    assert found.inside == 0.0  # both parted epochs touch a change of stage
    assert found.at_change == pytest.approx(2 / 5)
    assert disagreement_epochs(night).tolist() == [2, 4]
    assert repr(found) == "<Disagreement in 33.3% of 6 epochs, 50% of it between N1 and N2>"


def test_intervals_draw_nights_and_repeat_with_the_seed() -> None:
    values = np.array([0.0, 1.0, 2.0, 3.0])

    def figures(weights: np.ndarray) -> np.ndarray:
        return np.array([weights @ values / weights.sum()])

    first, second = (bootstrap_by_night(figures, 4, n_boot=500, seed=3) for _ in range(2))
    assert first == second
    assert first[0].value == 1.5
    assert first[0].low < 1 < 2 < first[0].high
    alone = bootstrap_by_night(lambda weights: weights, 1, n_boot=10, seed=0)[0]
    assert alone.value == 1 and np.isnan(alone.low)  # one night says nothing about other nights
    assert str(Interval(0.5, np.nan, np.nan)) == "0.500"
    assert Interval(0.5, np.nan, 1).to_dict() == {"value": 0.5, "low": None, "high": 1}
