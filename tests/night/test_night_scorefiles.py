"""Hypnograms as files: what is written is read back, and nothing is shifted to make a file fit."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karmalink.errors import InputError, ReadError
from karmalink.night import Hypnogram, events_rows, events_sidecar, read_events, read_hypnogram, write_events


@st.composite
def hypnograms(draw: st.DrawFn) -> Hypnogram:
    """Any hypnogram, its first and last epoch included, with or without probabilities."""
    codes = np.array(draw(st.lists(st.integers(-1, 4), min_size=1, max_size=40)))
    epoch_s = draw(st.sampled_from([5.0, 20.0, 30.0]))
    table = None
    if draw(st.booleans()):
        table = np.random.default_rng(draw(st.integers(0, 999))).dirichlet(np.ones(5), codes.size)
    return Hypnogram(
        codes,
        epoch_s,
        start=draw(st.sampled_from([None, datetime(2024, 2, 3, 23, 1, 2)])),
        probabilities=table,
        scorer=draw(st.sampled_from(["", "yasa 0.8.1", "expert"])),
        channels=draw(st.sampled_from([(), ("C4-M1", "E1-M2")])),
        offset_s=draw(st.sampled_from([0.0, 12.5])),
        recorded_s=draw(st.sampled_from([None, codes.size * epoch_s - 2.5])) if codes.size > 1 else None,
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hypnograms())
def test_bids_events_round_trip(tmp_path: Path, night: Hypnogram) -> None:
    back = read_events(write_events(night, tmp_path / "sub-1_events.tsv"))
    assert back.stages.tolist() == night.stages.tolist()
    for name in ("epoch_s", "start", "scorer", "channels", "offset_s", "duration_s"):
        assert getattr(back, name) == getattr(night, name), name
    if night.probabilities is None or night.unscored.all():
        assert back.probabilities is None or np.isnan(back.probabilities).all()
    else:
        assert back.probabilities is not None
        np.testing.assert_allclose(back.probabilities, night.probabilities, atol=3e-4)


def test_bids_events_begin_with_onset_and_duration_and_write_missing_values_as_n_a(tmp_path: Path) -> None:
    path = write_events(Hypnogram(np.array([0, -1])), tmp_path / "x.tsv")
    assert path.read_text(encoding="utf-8").splitlines() == [
        "onset\tduration\tstage\tscorer\tconfidence",
        "0\t30\tW\tn/a\tn/a",
        "30\t30\t?\tn/a\tn/a",
    ]


def test_the_sidecar_explains_every_column(tmp_path: Path) -> None:
    night = Hypnogram(np.array([0]), probabilities=np.array([[1.0, 0, 0, 0, 0]]))
    columns = write_events(night, tmp_path / "x.tsv").read_text(encoding="utf-8").splitlines()[0].split("\t")
    sidecar = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    assert sidecar == events_sidecar(night)
    assert set(columns) == set(sidecar) - {"Hypnogram"} == set(events_rows(night)[0])


def test_missing_rows_are_unscored_epochs_in_their_place(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("onset,duration,stage\n0,30,W\n90,30,N2\n120,30,N3\n")
    assert read_events(path).labels == ("W", "?", "?", "N2", "N3")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("0,30,W\n20,30,N1\n", "line 3 does not begin a whole number of epochs"),
        ("0,30,W\n0,30,N1\n", "line 3 begins before"),
        ("0,20,W\n30,30,N1\n", "line 2 does not last 30 s"),
        ("0,30,W\nx,30,N1\n", "line 3: onset is not a number"),
        ("0,30,W\nnan,30,N1\n", "line 3: onset is not a number"),
        ("0,0,W\n", "no row lasts longer than 0 s"),
        ("", "no rows"),
    ],
)
def test_a_table_that_would_have_to_be_shifted_is_refused(rows: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"onset,duration,stage\n{rows}")
    with pytest.raises(ReadError, match=message):
        read_events(path)


def test_a_table_without_stages_says_which_columns_it_has(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("onset\tduration\tstage_hum\n0\t30\t0\n")
    with pytest.raises(ReadError, match="no column stage") as raised:
        read_events(path)
    assert "did you mean 'stage_hum'?" in str(raised.value)
    assert read_hypnogram(path, vocabulary="0-4", column="stage_hum").labels == ("W",)


def test_a_list_of_stages_keeps_its_epoch_length(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("[Hypnogram]\r\n5\r\n3\r\n0\r\n\r\n")
    night = read_hypnogram(path, epoch_s=5, vocabulary="dreams")
    assert (night.labels, night.epoch_s) == (("W", "N1", "N3"), 5)


def test_an_empty_line_inside_a_list_is_an_unscored_epoch_not_a_shift(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("W\n\nN2\n")
    assert read_hypnogram(path).labels == ("W", "?", "N2")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.tsv", b"", "empty"),
        ("x.txt", b"\n \n", "empty"),
        ("x.txt", b"\xff\xfe\x00W", "not text in UTF-8"),
        ("x.txt", b"[Hypnogram]\n", "no stage"),
        ("x.mat", b"W\n", "end in '.mat'"),
    ],
)
def test_bad_files_are_told(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ReadError, match=message):
        read_hypnogram(path)


def test_a_file_of_a_persons_words_is_never_quoted(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("I dreamt that my grandmother was standing in the river with a lamp in her hand\n" * 3)
    with pytest.raises(InputError) as raised:
        read_hypnogram(path)
    assert "grandmother" not in str(raised.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such file"):
        read_hypnogram(tmp_path / "x.tsv")
    (tmp_path / "y.txt").mkdir()
    with pytest.raises(ReadError, match="folder"):
        read_hypnogram(tmp_path / "y.txt")


def test_probabilities_that_do_not_sum_to_one_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("onset\tduration\tstage\tp_W\tp_N1\tp_N2\tp_N3\tp_R\n0\t30\tW\t0.5\t0\t0\t0\t0\n")
    with pytest.raises(ReadError, match="do not sum to 1"):
        read_events(path)


def test_another_programs_sidecar_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"Hypnogram": 3}')
    (tmp_path / "x.tsv").write_text("onset\tduration\tstage\n0\t30\tW\n")
    assert read_events(tmp_path / "x.tsv").start is None
