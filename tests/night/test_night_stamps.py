"""Losses between time stamps: found at every length from one sample up, placed and told; no rate through them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from recording_files import chunk, samples, stream, xdf

from karmalink.night import read_recording
from karmalink.night.recordings.stamps import StampedLine, lay_stamps

Floats = NDArray[np.float64]


def kept_of(count: int, losses: list[tuple[int, int]]) -> NDArray[np.int64]:
    """Return the numbers of the samples that arrive; a loss is (samples received since the last one, samples lost)."""
    kept, at = np.ones(count, dtype=bool), 0
    for received, lost in losses:
        at += received
        kept[at : at + lost] = False
        at += lost
    return np.flatnonzero(kept[: max(at + 100, count)])


def places_of(line: StampedLine) -> NDArray[np.int64]:
    return np.concatenate([np.arange(piece.place, piece.place + piece.count) for piece in line.pieces])


LOSSES = st.lists(st.tuples(st.integers(80, 700), st.integers(1, 400)), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(
    losses=LOSSES,
    nominal=st.sampled_from([64.0, 100.0, 256.0, 512.0]),
    off=st.sampled_from([0.0, 8e-5, -3e-4, 4e-3]),
    jitter=st.sampled_from([0.0, 0.02, 0.12]),
    seed=st.integers(0, 99),
)
def test_losses_of_every_length_are_placed_to_the_sample(
    losses: list[tuple[int, int]], nominal: float, off: float, jitter: float, seed: int
) -> None:
    rate = nominal * (1 + off)
    kept = kept_of(sum(received + lost for received, lost in losses) + 600, losses)
    late = jitter * np.abs(np.random.default_rng(seed).standard_normal(kept.size)) / nominal
    line = lay_stamps(1000.0 + kept / rate + late, nominal)
    assert list(line.losses) == [lost for _, lost in losses]
    np.testing.assert_array_equal(places_of(line), kept - kept[0])
    assert abs(line.rate / rate - 1) * kept[-1] < 1.0
    assert line.least == 1
    told = line.notes("stream amp")[0]
    assert f"{len(losses)} loss" in told and f"{sum(lost for _, lost in losses):,} sample" in told


@pytest.mark.parametrize("size", [1, 2, 5, 60])
def test_one_lost_sample_stands_out_from_jitter_of_a_whole_sample(size: int) -> None:
    kept = kept_of(60_000, [(9_000, size)] * 6)
    late = np.abs(np.random.default_rng(3).standard_normal(kept.size)) / 250  # 4 ms, a sample
    line = lay_stamps(kept / 250.02 + late, 250.0)
    assert len(line.losses) == 6 and sum(line.losses) == 6 * size
    wrong = np.abs(places_of(line) - kept - np.median(places_of(line) - kept))
    assert (wrong > 0).mean() < 0.002 and wrong.max() <= size
    assert line.rate == pytest.approx(250.02, rel=2e-6)


def test_chunks_that_are_stamped_when_they_arrive_show_what_was_lost_between_them() -> None:
    rng = np.random.default_rng(5)
    lost_before = np.where(np.arange(2_000) % 100 == 50, rng.integers(1, 30, 2_000), 0)
    number = np.concatenate([np.arange(32) + first for first in np.arange(2_000) * 32 + np.cumsum(lost_before)])
    arrival = np.repeat(number[31::32] / 256.0 + 1e-3 * np.abs(rng.standard_normal(2_000)), 32)
    stamps = arrival - np.tile(np.arange(31, -1, -1), 2_000) / 256.0
    line = lay_stamps(stamps, 256.0)
    assert list(line.losses) == lost_before[lost_before > 0].tolist()
    assert line.rate == 256.0


def test_a_delay_ends_again_and_is_not_a_loss() -> None:
    seconds = np.arange(20_000) / 100
    late = seconds.copy()
    late[5_000:5_600] += 0.4  # six seconds arrive late
    late[9_000:9_050] = np.linspace(late[9_050], late[9_050] + 0.001, 50)  # a stall: half a second comes at once
    for stamps in (late, late + 1e-3 * np.random.default_rng(0).standard_normal(late.size)):
        line = lay_stamps(stamps, 100.0)
        assert line.losses == () and line.rate == pytest.approx(100.0, rel=1e-6)


def test_what_jitter_hides_is_said_and_not_invented() -> None:
    stamps = np.arange(50_000) / 100 + 0.08 * np.random.default_rng(1).standard_normal(50_000)
    line = lay_stamps(np.sort(stamps), 100.0)
    assert line.losses == ()
    short = lay_stamps(np.arange(300) / 100 + 0.05 * np.random.default_rng(1).standard_normal(300), 100.0)
    assert short.least > 1 and "cannot be seen" in short.notes()[-1]


def test_an_hour_of_short_losses_keeps_its_rate_and_its_times(tmp_path: Path) -> None:
    kept = kept_of(360_000, [(570, 20)] * 600)
    data = (kept % 977).astype(np.float32).reshape(-1, 1)
    path = tmp_path / "x.xdf"
    path.write_bytes(xdf(stream(1, "amp", "EEG", 100, ["C3"]), samples(1, 50.0 + kept / 100.0, data)))
    recording = read_recording(path)
    assert recording.sfreq == 100.0 and recording.duration_s == (kept[-1] + 1) / 100
    signal = recording.signal("C3") * 1e6
    np.testing.assert_allclose(signal[kept], kept % 977, rtol=1e-6)
    assert int(np.isnan(signal).sum()) == 12_000
    assert len(recording.gaps) == 600 and recording.gaps[0] == (5.7, 5.9)
    assert any("600 losses, 12,000 samples (120 s) in all, the longest 0.2 s" in note for note in recording.notes)


def test_a_table_with_a_column_of_times_shows_the_rows_it_lacks(tmp_path: Path) -> None:
    kept = kept_of(3_000, [(700, 1), (700, 40)])
    path = tmp_path / "x.csv"
    path.write_text("time,C3-M2\n" + "".join(f"{number / 250.0:.4f},{number % 91}\n" for number in kept.tolist()))
    recording = read_recording(path, sfreq=250)
    np.testing.assert_allclose(recording.signal("C3-M2")[kept] * 1e6, kept % 91)
    assert recording.gaps == ((700 / 250, 701 / 250), (1401 / 250, 1441 / 250))
    assert any("2 losses, 41 samples" in note for note in recording.notes)


def test_markers_before_the_first_sample_are_kept(tmp_path: Path) -> None:
    about = b"<?xml version='1.0'?><info><name>m</name><type>Markers</type><channel_count>1</channel_count>"
    about += b"<nominal_srate>0</nominal_srate><channel_format>string</channel_format></info>"
    text = struct.pack("<I", 2) + b"\x01\x01" + b"\x08" + struct.pack("<d", 48.5) + b"\x01\x08lights o"
    path = tmp_path / "x.xdf"
    path.write_bytes(
        xdf(
            stream(1, "amp", "EEG", 100, ["C3"]),
            chunk(2, struct.pack("<I", 2) + about),
            samples(1, 50.0 + np.arange(500) / 100, np.ones((500, 1))),
            chunk(3, text),
        )
    )
    (mark,) = read_recording(path).annotations
    assert (mark.onset_s, mark.text) == (-1.5, "lights o")
