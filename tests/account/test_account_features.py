"""Features by registry: every one has a kind and a unit, holds on any script, and a result names view and encoder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from karmalink.account import FEATURE_KINDS, FEATURES, Account, features_of, load_encoder
from karmalink.account.features.feature_registry import CATEGORIES, Reading
from karmalink.cli import app
from karmalink.errors import UsageError

ROWS = (
    "id,person,date,calendar,text\n"
    "a1,leng,2024-05-01,gregorian,We saw a dog. There was no cat!\n"
    "a2,leng,2024-05-02,gregorian,i ran\n"
)
PIECES = st.sampled_from(["I ", "ran", ". ", ", ", "no dog", "ខ្ញុំ", "没有", "!?", "12", "O'Neil "])


def account(text: str) -> Account:
    return Account("a", "leng", text, None)


def told(*words: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["account", "features", *words, "--json"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "accounts.csv"
    path.write_text(ROWS, encoding="utf-8")
    return str(path)


def test_every_feature_has_a_kind_and_no_name_of_another_column() -> None:
    assert {feature.kind for feature in FEATURES.values()} == set(FEATURE_KINDS)
    assert FEATURES.keys().isdisjoint({"id", "of", "day", "unit", "start", "characters", "text"})
    assert all(name == feature.name and feature.title and feature.unit for name, feature in FEATURES.items())


def test_no_word_is_in_a_category_twice() -> None:
    for words in CATEGORIES.values():
        assert len(words) == len(set(words))


@given(st.lists(PIECES, max_size=20).map("".join))
@settings(max_examples=40, deadline=None)
def test_features_of_any_text_are_numbers_from_zero_up(text: str) -> None:
    reading = Reading(text)
    for feature in FEATURES.values():
        value = float(feature.measure(reading))
        assert 0 <= value < float("inf")
        assert value <= 1 or feature.unit != "share"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("animals", "There was no dog.", 0.0),
        ("animals", "There was a dog.", 25.0),
        ("small-i", "i ran and I ran", 0.5),
        ("two-blanks", "One.  Two. Three.", 0.5),
        ("word-the", "the dog of The man", 40.0),
        ("sentence-length", "I ran. We ran on.", 2.5),
        ("no-final-stop", "I ran", 1.0),
        ("denied", "no dog, no cat", 2.0),
        ("variety", "ran ran", 0.5),
    ],
)
def test_what_a_feature_measures(name: str, text: str, expected: float) -> None:
    assert FEATURES[name].measure(Reading(text)) == pytest.approx(expected)


def test_a_row_for_each_unit_has_its_place(file: str) -> None:
    rows = told(file, "--per", "unit", "--kind", "content")["texts"]
    assert [(row["id"], row["unit"], row["start"], row["characters"]) for row in rows] == [
        ("a1", 0, 0, 13),
        ("a1", 1, 14, 17),
        ("a2", 0, 0, 5),
    ]
    assert [row["animals"] > 0 for row in rows] == [True, False, False]


def test_a_result_names_its_view_and_its_encoder(file: str) -> None:
    found = told(file, "--view", "style-removed", "--encoder", "lexical", "--kind", "counts")
    assert found["view"]["name"] == "style-removed"
    assert found["encoder"]["licence"].startswith("Apache-2.0")
    assert found["encoder"]["note"]
    assert found["encoder"]["speed"]
    text = CliRunner().invoke(app, ["account", "features", file, "--encoder", "lexical"]).stdout
    assert "licence: Apache-2.0" in text


def test_the_table_is_written_and_never_over_another(file: str, tmp_path: Path) -> None:
    out = tmp_path / "features.csv"
    told(file, "--out", str(out), "--kind", "style")
    assert out.read_text(encoding="utf-8").startswith("id,of,day,characters,length,")
    with pytest.raises(UsageError, match="exists already"):
        told(file, "--out", str(out))


def test_what_is_not_known_is_refused(file: str) -> None:
    for words, said in (
        (("--kind", "styles"), "unknown kind of features 'styles'"),
        (("--view", "masked"), "unknown view 'masked'"),
        (("--per", "word"), "unknown unit of features 'word'"),
        (("--encoder", "bert"), "unknown encoder 'bert'"),
    ):
        with pytest.raises(UsageError, match=said):
            told(file, *words)
    with pytest.raises(UsageError, match="no kind of features was given"):
        features_of([account("x")], kinds=[])


def test_vectors_stand_beside_the_rows() -> None:
    encoder = load_encoder("lexical", background=["We saw a dog.", "a cat"])
    table = features_of([account("We saw a dog."), account("")], encoder=encoder)
    assert table.vectors.shape[0] == 2
    assert table.encoder is encoder.info
    assert "kinds" not in table.to_dict()
    assert repr(features_of([account("x")], kinds=["style"])).startswith("FeatureTable(1 texts, ")
