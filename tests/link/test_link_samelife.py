"""Two texts of one person: the ratio is found across people, explained by its parts, and never seen its own truth."""

from __future__ import annotations

import numpy as np
import pytest

from karmalink.account.features.feature_registry import FEATURES
from karmalink.errors import CannotAnswer, UsageError
from karmalink.link.authorship.same_author import PairSpace, across_people, learn_same_life, part_groups

N = 40
PLACES = ["river", "school", "office", "temple", "market", "forest", "harbour", "station"]


def people(seed: int = 0, *, n: int = N, style: bool = True) -> tuple[list[str], list[str]]:
    """Return two memories of each person; a hand is a length, a love of commas, and capitals or none."""
    rng = np.random.default_rng(seed)
    sides: tuple[list[str], list[str]] = ([], [])
    for _ in range(n):
        length, commas, small = int(rng.integers(2, 9)), bool(rng.integers(2)), bool(rng.integers(2))
        for side in sides:
            said = [f"I was at the {rng.choice(PLACES)} and it was good" for _ in range(length if style else 4)]
            text = (", " if commas and style else ". ").join(said) + "."
            side.append(text.casefold() if small and style else text)
    return sides


def auc(table: np.ndarray) -> float:
    own = np.diag(table)
    other = table[np.isfinite(table) & ~np.eye(len(table), dtype=bool)]
    return float(np.mean(own[:, None] > other[None]) + 0.5 * np.mean(own[:, None] == other[None]))


def test_hands_are_matched_in_people_who_had_no_part_in_the_weights() -> None:
    table, fold = across_people(*people(), folds=4)
    assert auc(table) > 0.85
    assert np.array_equal(np.isfinite(table), fold[:, None] == fold[None])


def test_with_nothing_shared_the_ratio_says_nothing() -> None:
    table, _ = across_people(*people(style=False), folds=4)
    assert 0.35 < auc(table) < 0.65


def test_the_parts_sum_to_the_ratio() -> None:
    first, second = people(1)
    model = learn_same_life(first, second)
    parts = model.parts(first[0], second[3])
    assert sum(parts.values()) == pytest.approx(model.log_ratios([first[0]], [second[3]])[0, 0])
    assert set(parts) == {"words", "written", "style", "content", "prior"}
    assert "river" not in repr(model)


def test_the_style_removed_view_has_no_part_of_style() -> None:
    assert set(part_groups("style-removed")) == {"words", "content"}
    model = learn_same_life(*people(1), view="style-removed")
    assert model.parts("I was at the river.", "i was at the river").keys() == {"words", "content", "prior"}


def test_parts_are_one_group_each_and_finite_on_empty_texts() -> None:
    texts = ["", " ", "a dog", "the same words", "the same words"]
    space = PairSpace.learn(texts, "all")
    parts = space.compare(texts, texts).parts(np.arange(5), np.arange(5))
    assert parts.shape == (5, len(part_groups("all")))
    assert np.isfinite(parts).all()


def test_the_order_of_the_two_texts_does_not_matter() -> None:
    first, second = people(2)
    model = learn_same_life(first, second)
    assert model.log_ratios(first[:5], second[:5]) == pytest.approx(model.log_ratios(second[:5], first[:5]).T)


def test_few_people_cannot_be_answered_and_unequal_lists_are_refused() -> None:
    first, second = people(n=19)
    with pytest.raises(CannotAnswer, match="19 people cannot show"):
        learn_same_life(first, second)
    with pytest.raises(UsageError, match="19 first texts and 18"):
        learn_same_life(first, second[:-1])


def test_every_feature_is_finite_on_any_script() -> None:
    from karmalink.account.features.feature_registry import Reading

    for text in ("", " \n", "។", "ខ្ញុំមិនឃើញឆ្កែ។ 没有狗！", "A" * 5000, "!!! ...", "犬はいなかった"):
        values = [feature.measure(Reading(text)) for feature in FEATURES.values()]
        assert np.isfinite(values).all()
        assert min(values) >= 0
