"""Data frames where readers take a file: the same rows, the same faults, as a CSV of the frame would give."""

from __future__ import annotations

import datetime
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import karmalink as kl
from karmalink.errors import ImportFaults, ReadError, UsageError
from karmalink.link.error_control.covariates import read_covariates
from karmalink.rows import Field, LeftOutWarning, identifier, integer, iso_day, number, read_rows, word, yes_no

SPEC = (
    Field("id", required=True, parse=identifier, unique=True),
    Field("day", parse=iso_day),
    Field("count", parse=integer()),
    Field("size", parse=number()),
    Field("told", parse=yes_no),
    Field("note", parse=word),
)


def test_read_rows_dataframe_types_and_gaps() -> None:
    frame = pd.DataFrame(
        {
            "id": ["a", "b", "c"],
            "day": [pd.Timestamp(2024, 5, 1), pd.NaT, pd.Timestamp(2024, 5, 3)],
            "count": [1, np.nan, 3],  # a column of integers with a gap is one of floats
            "size": [0.5, 2.0, None],
            "told": [True, False, None],
            "note": pd.Series(["x", None, pd.NA], dtype="string"),
        }
    )
    rows = [row.values for row in read_rows(frame, SPEC)]
    assert [row["day"] for row in rows] == [datetime.date(2024, 5, 1), None, datetime.date(2024, 5, 3)]
    assert [row["count"] for row in rows] == [1, None, 3]
    assert [row["size"] for row in rows] == [0.5, 2.0, None]
    assert [row["told"] for row in rows] == [True, False, None]
    assert [row["note"] for row in rows] == ["x", None, None]


CELLS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=6).filter(
    lambda text: text.strip() not in {"nan", "NaN", "NAN"}
)


@given(
    st.lists(
        st.tuples(CELLS, st.one_of(st.none(), st.integers(-(10**6), 10**6)), st.one_of(st.none(), st.floats(-9, 9))),
        min_size=1,
        max_size=6,
    )
)
def test_read_rows_dataframe_equals_its_csv(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int | None, float | None]]
) -> None:
    frame = pd.DataFrame(rows, columns=["note", "count", "size"])
    frame.insert(0, "id", [f"r{at}" for at in range(len(rows))])
    file = tmp_path_factory.mktemp("frames") / "table.csv"
    # pandas writes 3.0 where a column of integers has a gap; a person's own CSV has 3
    frame.astype({"count": "Int64"}).to_csv(file, index=False)
    assert [row.values for row in read_rows(frame, SPEC)] == [row.values for row in read_rows(file, SPEC)]


def test_read_rows_dataframe_faults_name_the_row() -> None:
    frame = pd.DataFrame({"id": ["a", "a"], "count": [1.5, 2.0], "note": [{"x": 1}, "y"]})
    with pytest.raises(ImportFaults) as caught:
        read_rows(frame, SPEC)
    faults = {(fault.line, fault.field): fault.rule for fault in caught.value.faults}
    assert faults == {
        (1, "count"): "is not a whole number",
        (1, "note"): "is a nested value",
        (2, "id"): "is already on line 1",
    }
    assert "where: DataFrame" in str(caught.value)


def test_read_rows_dataframe_index_with_a_name_is_a_column() -> None:
    frame = pd.DataFrame({"count": [1, 2]}, index=pd.Index(["a", "b"], name="id"))
    assert [row["id"] for row in read_rows(frame, SPEC)] == ["a", "b"]


def test_read_rows_dataframe_columns_left_out_are_told() -> None:
    with pytest.warns(LeftOutWarning, match="DataFrame: 1 column not known here: left out"):
        read_rows(pd.DataFrame({"id": ["a"], "weather": ["rain"]}), SPEC)


def test_read_rows_refuses_what_is_not_a_table() -> None:
    with pytest.raises(ReadError, match="no rows"):
        read_rows(pd.DataFrame({"id": []}), SPEC)
    with pytest.raises(UsageError, match="a list is not a table"):
        read_rows([{"id": "a"}], SPEC)  # type: ignore[arg-type]


def test_readers_of_accounts_lives_and_registers_take_a_dataframe(tmp_path: Path) -> None:
    entries = pd.DataFrame(
        {
            "id": ["e1", "e2"],
            "life": "sok",
            "date": [datetime.date(2024, 5, 1), datetime.date(2024, 5, 2)],
            "calendar": "gregorian",
            "text": ["I walked to the river.", "Rain all day."],
        }
    )
    accounts = entries.rename(columns={"life": "person"}).assign(date_means="night_of")
    for frame, read in ((accounts, kl.account.read_accounts), (entries, kl.account.read_lives)):
        file = tmp_path / "table.csv"
        frame.to_csv(file, index=False)
        assert read(frame) == read(file)
    with pytest.raises(UsageError, match="until: not for this kind of file"):
        kl.account.read_lives(entries, until=datetime.date(2024, 5, 3))
    timed = kl.account.read_timed(pd.DataFrame({"id": ["s1", "s2"], "start": [0, 83.5], "text": ["A gate.", "Bread."]}))
    assert [unit.start for unit in timed] == [0.0, 83.5]


def test_readers_of_answers_and_covariates_take_a_dataframe() -> None:
    answers = kl.seek.read_answers(
        pd.DataFrame({"statement": ["s"], "witness": ["w"], "lon": [104.9], "lat": [11.5], "radius_km": [np.nan]})
    )
    assert answers.witnesses == ("w",) and np.isnan(answers.radius_km[0, 0])
    known = read_covariates(pd.DataFrame({"account": ["a1", "a2"], "delay": [3.0, np.nan], "REM": [True, False]}))
    assert known == {"delay": {"a1": 3.0}, "REM": {"a1": "yes", "a2": "no"}}


def test_read_rows_dataframe_is_left_as_it_was() -> None:
    frame = pd.DataFrame({"id": ["a"], "count": [1]})
    before = frame.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_rows(frame, SPEC)
    pd.testing.assert_frame_equal(frame, before)
