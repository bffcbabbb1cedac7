"""Alignment: the linear-time route against the plain hidden Markov model, and planted recalls found again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recall_samples import story

from karmalink.account import TimedUnit, read_timed
from karmalink.errors import ImportFaults, InputError
from karmalink.link import Gait, Verdict, align, fit_route, route
from karmalink.link.alignment.routes import _ratios, _standardised


def transitions(m: int, gait: Gait) -> np.ndarray:
    """The step from state to state, written out: geometric onwards, or a leap on, or a leap back; rows add up to 1."""
    keep = gait.pace / (1 + gait.pace)
    table = np.zeros((m, m))
    for j in range(m):
        onward = np.array([keep**d for d in range(m - j)])
        table[j, j:] += (1 - gait.leap) * onward / onward.sum()
        if j < m - 1:
            table[j, j + 1 :] += gait.leap * (1 - gait.back) / (m - 1 - j)
        if j > 0:
            table[j, :j] += gait.leap * gait.back / j
    return table / table.sum(axis=1, keepdims=True)


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 9), st.integers(2, 12), st.integers(0, 10_000))
def test_the_route_is_that_of_the_plain_forward_backward(n: int, m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    score = rng.normal(size=(n, m))
    gait = Gait(beta=0.8, pace=float(rng.uniform(0.5, 3)), leap=float(rng.uniform(0.02, 0.4)))
    found = route(score, gait, reach=1)
    ratios, step = _ratios(_standardised(score), gait), transitions(m, gait)
    keep = gait.pace / (1 + gait.pace)
    near = np.array([keep**j for j in range(m)])
    ahead = [ratios[0] * (0.5 * near / near.sum() + 0.5 / m)]
    for i in range(1, n):
        ahead.append((ahead[-1] @ step) * ratios[i])
    back = [np.ones(m)]
    for i in range(n - 1, 0, -1):
        back.append(step @ (ratios[i] * back[-1]))
    posterior = np.array(ahead) * np.array(back[::-1])
    assert found.gain == pytest.approx(np.log(ahead[-1].sum()), abs=1e-9)
    posterior /= posterior.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.posterior, posterior, atol=1e-10)
    near = [[row[max(0, j - 1) : j + 2].sum() for j in range(m)] for row in posterior]
    np.testing.assert_allclose(np.max(near, axis=1) * (1 - found.off), found.confidence, atol=1e-10)


def test_evidence_has_mean_ratio_1_over_the_register_for_every_unit() -> None:
    rng = np.random.default_rng(0)
    ratios = _ratios(_standardised(rng.normal(size=(6, 40))), Gait(1.5, 2.0, 0.1))
    np.testing.assert_allclose(ratios.mean(axis=1), 1.0)


def test_a_recall_with_a_skip_and_a_return_is_followed() -> None:
    rng = np.random.default_rng(1)
    register = story(rng)
    path = [*range(0, 20), *range(40, 55), *range(22, 32)]
    recall = " ".join(f"There was something about a {register[j].text}" for j in path)
    found = align([recall], register)
    assert found.verdict is Verdict.FOUND
    off_by = np.abs(np.array([unit.at for unit in found.units]) - np.array(path))
    assert np.mean(off_by <= found.reach) > 0.9
    moves = {unit.move for unit in found.units}
    assert {"start", "on", "skip", "return"} == moves
    assert found.to_dict()["units"][0].get("text") is None
    assert "river" not in repr(found.units)


def test_units_in_no_order_are_not_called_a_recall() -> None:
    """The order is what is tested: the same units shuffled say nothing, whatever they say one by one."""
    answers = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        register = story(rng)
        recall = " ".join(f"A {register[j].text}" for j in rng.permutation(40))
        answers.append(align([recall], register, seed=seed).verdict)
    assert answers.count(Verdict.FOUND) <= 1


@pytest.mark.parametrize(
    ("recall", "texts"),
    [
        (["One sentence."], ["a river", "a boat"]),
        ([], ["a river", "a boat"]),
        (["A. B. C. D. E. F. G."], ["the same words", "the same words"]),
        (["Xylo. Yotta. Zebra. Wicker. Vellum. Umbra."], ["a river", "a boat", "a baker"]),
    ],
    ids=["one unit", "nothing told", "identical texts", "no shared word"],
)
def test_what_cannot_be_aligned_is_an_answer(recall: list[str], texts: list[str]) -> None:
    found = align(recall, [TimedUnit(str(j), float(j), text) for j, text in enumerate(texts)])
    assert found.verdict is Verdict.CANNOT_ANSWER
    assert found.finding.startswith("We cannot tell")


def test_what_is_wrong_is_refused() -> None:
    with pytest.raises(InputError, match="register is empty"):
        align(["A. B. C."], [])
    with pytest.raises(InputError, match="one finite score"):
        fit_route(np.array([[1.0, np.nan]]))


def test_a_timed_register_is_read_and_its_faults_are_told(tmp_path: Path) -> None:
    file = tmp_path / "scenes.csv"
    file.write_text("id,start,text,people\na,0:05,A man walks.,John;Mary\nb,1:00:07.5,He stops.,\n", encoding="utf-8")
    first, second = read_timed(file)
    assert (first.start, first.people, second.start) == (5.0, ("John", "Mary"), 3607.5)
    assert "walks" not in repr(first)
    file.write_text("id,start,text\na,1:99,A.\nb,9,B.\nc,3,C.\n", encoding="utf-8")
    with pytest.raises(ImportFaults) as caught:
        read_timed(file)
    assert [(fault.line, fault.field) for fault in caught.value.faults] == [(2, "start"), (4, "start")]
