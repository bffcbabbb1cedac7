"""What the evaluation of planted sources counts: how retellings fade, and the oracle, against slow references."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from evaluation.link.planted import _left, _oracle, fading, run
from hypothesis import given, settings
from hypothesis import strategies as st

ROWS = """chain,generation,condition,story_topic,story_reproduction
c,0,weak,bees,The bees swarmed over Dublin. Nobody had seen the keeper. A dog barked.
c,1,weak,bees,The bees swarmed over Dublin.
c,2,weak,bees,Bees swarmed somewhere.
odd,x,weak,bees,No generation.
d,1,weak,bees,
"""


def test_what_a_retelling_keeps_is_counted_by_sentence_and_by_word(tmp_path: Path) -> None:
    folder = tmp_path / "dreams" / "ainc"
    folder.mkdir(parents=True)
    (folder / "any name.csv").write_text(ROWS, encoding="utf-8")
    found = fading(tmp_path)
    assert sorted(found) == [1, 2]
    assert (found[1].units, found[1].words) == pytest.approx((1 / 3, 1.0))
    assert found[2].units <= found[1].units
    assert found[2].words < 1.0
    # Without series to plant into, how retellings fade is all there is to tell.
    assert [figure.case for figure in run(tmp_path)] == ["planted, how retellings fade"] * 2


def test_nothing_is_left_of_nothing() -> None:
    assert _left("", "words") is None
    assert _left("Words here.", "") is None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5000), st.integers(1, 30))
def test_the_oracle_is_the_lowest_threshold_that_realises_the_rate(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    w, true = rng.normal(1, 1, n), rng.random(n) < 0.6
    found = _oracle(w, true)
    slow = [t for t in w[w > 0] if (~true[w >= t]).mean() <= 0.1]
    assert found == (min(slow) if slow else None)
