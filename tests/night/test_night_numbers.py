"""Plain numbers as programs write them: comments, headings, clocks between the columns, decimal commas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import KarmalinkError, ReadError, UsageError
from karmalink.night import Recording, read_recording


def read(folder: Path, text: str, name: str = "x.txt", **options: object) -> Recording:
    (folder / name).write_text(text, encoding="utf-8")
    return read_recording(folder / name, **{"sfreq": 100.0, "unit": "V", **options})  # type: ignore[arg-type]


OPENBCI = (
    "%OpenBCI Raw EXG Data\n%Number of channels = 2\n%Sample Rate = 250 Hz\n%Board = X\n"
    "Sample Index, EXG Channel 0, EXG Channel 1, Timestamp, Timestamp (Formatted)\n"
)


def test_openbcis_text_is_read_without_its_comments_counter_and_clock(tmp_path: Path) -> None:
    rows = "".join(
        f"{i % 256}, {i * 0.1:.2f}, {-i * 0.1:.2f}, {1.7e9 + i / 250:.4f}, 22:30:{i // 250:02d}.{i * 4 % 1000:03d}\n"
        for i in range(2500)
    )
    found = read(tmp_path, OPENBCI + rows, sfreq=250)
    assert found.names == ("EXG Channel 0", "EXG Channel 1")
    np.testing.assert_allclose(found.signal("EXG Channel 1"), -np.round(np.arange(2500) * 0.1, 2))
    assert found.notes == (
        "4 lines of comment passed over",
        "left out, since they are not numbers: Timestamp (Formatted)",
        "left out, since they count samples or tell the time: Sample Index, Timestamp",
    )
    assert read(tmp_path, OPENBCI + rows, sfreq=None).sfreq == 250
    told = read(tmp_path, OPENBCI + rows, sfreq=500)
    assert told.sfreq == 500 and "the file tells 250" in told.notes[-1]


@pytest.mark.parametrize(
    ("comment", "rate"),
    [("# sampling frequency: 128 Hz", 128), ("% Fs = 0.5 kHz", 500), ("// srate 200", 200), ("#sfreq=256.5", 256.5)],
)
def test_a_comment_may_state_the_rate(comment: str, rate: float, tmp_path: Path) -> None:
    assert read(tmp_path, f"{comment}\n1\n2\n3\n", sfreq=None).sfreq == rate


def test_a_column_of_times_tells_what_rate_to_say(tmp_path: Path) -> None:
    rows = "".join(f"{i / 128:.6f},{i}.5\n" for i in range(300))
    with pytest.raises(UsageError) as raised:
        read(tmp_path, "time,C3\n" + rows, sfreq=None)
    assert "--rate 128" in raised.value.next_step
    found = read(tmp_path, "Time (s),C3\n" + rows, sfreq=100)
    assert found.names == ("C3",) and "the file tells 128" in found.notes[-1]
    assert read(tmp_path, "time_ms,C3\n" + rows, sfreq=128).names == ("time_ms", "C3")


# text → the columns
COLUMNS: dict[str, tuple[str, list[list[float]]]] = {
    "one column": ("1\n-2\n3e1\n", [[1, -2, 30]]),
    "decimal commas, one column": ("0,5\n-0,5\n1,25\n", [[0.5, -0.5, 1.25]]),
    "decimal commas with noughts behind them": ("10,05\n11,50\n12,07\n", [[10.05, 11.5, 12.07]]),
    "decimal commas and tabs": ("0,5\t1,5\n-0,5\t2,5\n", [[0.5, -0.5], [1.5, 2.5]]),
    "decimal commas and semicolons": ("0,5;1,5\n-0,5;2,5\n", [[0.5, -0.5], [1.5, 2.5]]),
    "decimal commas and blanks": ("0,5 1,5\n-0,5 2,5\n", [[0.5, -0.5], [1.5, 2.5]]),
    "decimal commas, commas and blanks": ("0,5, 1,5\n-0,5, 2,5\n", [[0.5, -0.5], [1.5, 2.5]]),
    "a heading of one name": ("EEG\n12,5\n13,5\n", [[12.5, 13.5]]),
    "a heading of two names": ("C3,C4\n12,5\n13,5\n", [[12, 13], [5, 5]]),
    "commas and points": ("1.5,2.5\n3.5,4.5\n", [[1.5, 3.5], [2.5, 4.5]]),
    "whole numbers with signs": ("12,-5\n13,5\n", [[12, 13], [-5, 5]]),
    "whole numbers of many lengths": ("1,10\n2,9\n3,100\n", [[1, 2, 3], [10, 9, 100]]),
    "three columns": ("1,2,3\n4,5,6\n", [[1, 4], [2, 5], [3, 6]]),
    "blanks": ("1 2\n3   4\n", [[1, 3], [2, 4]]),
    "an empty cell": ("1;2\n;4\n", [[1, np.nan], [2, 4]]),
    "n/a": ("1;n/a\n3;4\n", [[1, 3], [np.nan, 4]]),
    "a separator at the end": ("1;2;\n3;4;\n", [[1, 3], [2, 4]]),
    "a number a row in front, as pandas writes": (",C3\n0,1.5\n1,2.5\n", [[1.5, 2.5]]),
    "a clock without a heading": ("22:30:00;1;2\n22:30:01;3;4\n", [[1, 3], [2, 4]]),
    "quoted headings": ('"C3";"C4"\n1;2\n3;4\n', [[1, 3], [2, 4]]),
    "comments between the lines": ("1;2\n# a pause\n3;4\n", [[1, 3], [2, 4]]),
}


@pytest.mark.parametrize("case", COLUMNS)
def test_columns_are_those_that_were_written(case: str, tmp_path: Path) -> None:
    text, columns = COLUMNS[case]
    found = read(tmp_path, text)
    assert len(found.channels) == len(columns)
    for name, column in zip(found.names, columns, strict=True):
        np.testing.assert_allclose(found.signal(name), column)


AMBIGUOUS = ["12,5\n13,7\n", "512,1\n513,0\n" * 100, "1,5,2,5\n3,1,4,2\n"]


@pytest.mark.parametrize("text", AMBIGUOUS)
def test_a_comma_that_may_be_either_is_named_and_a_word_decides(text: str, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="a comma stands between digits") as raised:
        read(tmp_path, text)
    assert "--decimal-comma" in raised.value.next_step
    width = text.partition("\n")[0].count(",") + 1
    assert len(read(tmp_path, text, decimal_comma=False).channels) == width
    if width == 2:
        assert len(read(tmp_path, text, decimal_comma=True).channels) == 1


@pytest.mark.parametrize("text", ["1,05,2,5\n3,1,4,2\n", "C3,C4\n1,5,2,5\n"])
def test_commas_of_both_kinds_are_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="commas part the columns and are decimal commas as well"):
        read(tmp_path, text)


def test_counts_of_an_amplifier_are_whole_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    data = rng.integers(480, 520, (200, 2))
    found = read(tmp_path, "".join(f"{a},{b}\n" for a, b in data))
    np.testing.assert_array_equal(found.signal("channel 2"), data[:, 1])


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 4),
    st.integers(2, 40),
    st.sampled_from(["\t", ";", " "]),
    st.booleans(),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_a_table_of_numbers_comes_back(
    tmp_path_factory: pytest.TempPathFactory, width: int, rows: int, sign: str, comma: bool, named: bool, seed: int
) -> None:
    data = np.round(np.random.default_rng(seed).standard_normal((rows, width)) * 30, 3)
    lines = [sign.join(f"{value:.3f}".replace(".", "," if comma else ".") for value in row) for row in data]
    heading = [sign.join(f"CH{place}x" for place in range(width))] if named else []
    folder = tmp_path_factory.mktemp("numbers")
    found = read(folder, "\n".join([*heading, *lines]) + "\n", decimal_comma=comma if width == 1 else None)
    assert len(found.channels) == width
    for place, name in enumerate(found.names):
        np.testing.assert_allclose(found.signal(name), data[:, place])


@settings(max_examples=100, deadline=None)
@given(st.text('0123456789.,;:\t\n -e%#aC"', max_size=100))
def test_any_text_is_a_recording_or_an_error_of_ours(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    try:
        read(tmp_path_factory.mktemp("any"), text)
    except KarmalinkError as error:
        assert "\n" not in error.what
