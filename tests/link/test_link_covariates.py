"""Stage and delay as covariates: their effect with its interval; where nothing, nothing is said."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from link_samples import made

from karmalink.errors import InputError
from karmalink.link import covariate_effects, pairs
from karmalink.link.error_control.covariates import groups_of, read_covariates


def effect_of(effect: float, seed: int, n: int = 160):
    rng = np.random.default_rng(seed)
    stage = np.where(rng.random(n) < 0.5, "R", "N2")
    source = rng.random(n) < np.where(stage == "R", 0.3 + effect, 0.3)
    w = np.where(source, rng.normal(3, 1, n), rng.normal(0, 1, n))
    ids = [f"a{at}" for at in range(n)]
    given = {"stage": dict(zip(ids, stage.tolist(), strict=True))}
    return covariate_effects(given, night=np.arange(n), w=w, account=ids, c=1.1, null_plus=0.5, block=14, seed=seed)[0]


def test_an_effect_is_found_with_its_direction_and_its_interval() -> None:
    found = [effect_of(0.5, seed) for seed in range(10)]
    signs = [one.difference if one.first == "R" else -one.difference for one in found]
    assert np.mean(signs) == pytest.approx(0.5, abs=0.12)
    assert np.mean([one.shows for one in found]) >= 0.8
    assert all(one.low <= one.difference <= one.high for one in found)
    assert np.mean([one.moved for one in found]) > 0.02
    assert "it makes a difference" in next(one for one in found if one.shows).finding


def test_where_there_is_nothing_nothing_is_shown() -> None:
    found = [effect_of(0.0, seed) for seed in range(60)]
    assert np.mean([one.shows for one in found]) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 60)
    assert "no difference is shown" in next(one for one in found if not one.shows).finding


def test_minutes_are_parted_at_their_median_and_words_are_groups() -> None:
    groups = groups_of({"a": 2.0, "b": 5, "c": 40.0}, unit="min")
    assert groups == {"a": "up to 5 min", "b": "up to 5 min", "c": "over 5 min"}
    assert groups_of({"a": "R", "b": "", "c": "N2"}) == {"a": "R", "c": "N2"}
    with pytest.raises(InputError):
        groups_of({"a": float("nan")})


def test_too_few_nights_of_a_kind_say_nothing() -> None:
    one = covariate_effects(
        {"delay": {"a0": 3.0, "a1": 9.0}},
        night=np.arange(2),
        w=np.array([1.0, -1.0]),
        account=["a0", "a1"],
        c=1.0,
        null_plus=0.5,
        block=14,
    )[0]
    assert not one.shows
    assert "nothing can be said" in repr(one)


def test_pairs_reports_covariate_effects() -> None:
    accounts, life, _ = made(1)
    delay = {account.id: float(at % 30) for at, account in enumerate(accounts)}
    found = pairs(accounts, life, covariates={"delay": delay}, with_details=False)
    assert [one.name for one in found.covariate_effects] == ["delay"]
    assert found.to_dict()["covariate_effects"][0]["first"].endswith("min")
    assert found.covariate_effects[0].n_first + found.covariate_effects[0].n_second <= found.n_nights


def test_read_covariates_numbers_words_and_empty_cells(tmp_path: Path) -> None:
    path = tmp_path / "known.tsv"
    path.write_text("account\tdelay\tcue\na1\t3\ttone\na2\t\t\na3\t4.5\t7\n", encoding="utf-8")
    assert read_covariates(path) == {"delay": {"a1": 3.0, "a3": 4.5}, "cue": {"a1": "tone", "a3": "7"}}
    lines = tmp_path / "known.jsonl"
    lines.write_text('{"account": "a1", "delay": 3, "REM": true}\n', encoding="utf-8")
    assert read_covariates(lines) == {"delay": {"a1": 3.0}, "REM": {"a1": "yes"}}


@given(
    st.dictionaries(
        st.text("abc123", min_size=1, max_size=4), st.one_of(st.floats(-1e6, 1e6), st.just("")), min_size=1, max_size=8
    )
)
def test_read_covariates_gives_back_what_was_written(values: dict[str, float | str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "known.csv"
        path.write_text("account,delay\n" + "".join(f"{name},{value}\n" for name, value in values.items()), "utf-8")
        assert read_covariates(path) == {"delay": {name: value for name, value in values.items() if value != ""}}
