"""The codec: every type of the rooms comes back equal; nothing but the rooms' types goes in or comes out."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from karmalink.account import Account, DateMeans, Precision
from karmalink.account.dates import CALENDARS, When
from karmalink.errors import IntegrityError, UsageError
from karmalink.night import Finding, Hypnogram
from karmalink.seek import Clue, Place, Witness
from karmalink.study import Awakening, Person
from karmalink.study.store.codec import TYPES, decode, encode

whens = st.builds(
    When, st.dates(dt.date(1500, 1, 1)), st.sampled_from(sorted(CALENDARS)), st.sampled_from(list(Precision))
)
accounts = st.builds(
    Account, st.text(), st.text(), st.text(), st.none() | whens, st.sampled_from(list(DateMeans)), st.none() | st.text()
)


@given(accounts)
def test_accounts_come_back_equal_and_with_their_own_types(account: Account) -> None:
    back = decode(encode(account))
    assert back == account
    assert type(back.date_means) is DateMeans
    assert back.when is None or back.when.precision is account.when.precision


@pytest.mark.parametrize(
    "value",
    [
        Person("A", "minor", 2011, guardian_consent=True, consent_date=dt.date(2024, 1, 2)),
        Awakening("w", "A", dt.datetime(2024, 3, 1, 4, 5, 6), "R", 0.75),
        Place("p", "Market", Point(104.9, 11.5), "market", ("Phsar",), radius_m=30.0),
        Place("r", "River", LineString([(104.9, 11.5), (104.95, 11.6)])),
        Witness("w", source_grade="B", strength=float("inf"), talked_to=("v",)),
        Clue("c", "distance_heading", ("p",), "w", distance_m=200.0, heading="NNE"),  # type: ignore[arg-type]
        Finding("units", "corrected", "C3", "2e7 µV", "read as µV"),
        {"nested": (1, 2.5, None, True, "x", (dt.time(4, 5), b"\x00\xff", frozenset({"a"})))},
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_type_of_the_rooms_comes_back_equal(value: object) -> None:
    assert decode(encode(value)) == value
    assert encode(decode(encode(value))) == encode(value)


def test_a_hypnogram_comes_back_with_its_arrays() -> None:
    probabilities = np.array([[0.1, 0.2, 0.3, 0.2, 0.2], [np.nan] * 5])
    given_ = Hypnogram(np.array([2, -1]), start=dt.datetime(2024, 3, 1, 23), probabilities=probabilities, scorer="x")
    back = decode(encode(given_))
    assert back.stages.tolist() == [2, -1]
    assert back.stages.dtype == np.int8
    np.testing.assert_array_equal(back.probabilities, probabilities)
    assert (back.start, back.scorer, back.epoch_s) == (given_.start, "x", 30.0)


def test_a_field_that_a_type_has_gained_takes_its_default() -> None:
    stored = json.loads(encode(Person("A", consent=True)))
    del stored["v"]["withdrawn"]
    stored["v"]["of_a_later_version"] = 1
    assert decode(json.dumps(stored).encode()) == Person("A", consent=True)


def test_decode_finding_stored_before_its_field_and_severity_were_renamed() -> None:
    values = {"check": "units", "severity": "mended", "channel": "C3", "evidence": "2e7 µV", "done": "read as µV"}
    stored = {"$": "Finding", "v": values | {"overrule": "units:C3"}}
    expected = Finding("units", "corrected", "C3", "2e7 µV", "read as µV", override="units:C3")
    assert decode(json.dumps(stored).encode()) == expected


def test_other_types_are_refused_both_ways() -> None:
    for value in (object(), {1: "x"}, {"$": "x"}, np.array([object()])):
        with pytest.raises(UsageError):
            encode(value)
    with pytest.raises(IntegrityError, match="Popen"):
        decode(b'{"$":"Popen","v":{"args":"true"}}')


def test_every_row_of_the_table_names_a_type() -> None:
    import importlib

    for name, module in TYPES.items():
        assert hasattr(importlib.import_module(module), name)
