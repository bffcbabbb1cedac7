"""Stagers from a file and from an extra: read safely, no epoch dropped or shifted, absent gracefully."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import tiny_stager

from karmalink.errors import CannotAnswer, MissingExtra, ReadError, UnknownName
from karmalink.night import Montage, Recording, simulate_night, stage
from karmalink.night.staging.stagers import STAGERS, stager_named

HAS_GSSC = importlib.util.find_spec("gssc") is not None and importlib.util.find_spec("torch") is not None


def levels(codes: list[int], rate: int = 20, tail: int = 0) -> Recording:
    """Return a recording whose EEG says its stage by its level: 10 µV a stage."""
    signal = np.repeat(np.array(codes) * 10e-6, 30 * rate)
    return Recording.from_array(np.concatenate([signal, np.zeros(tail)])[None], ["C4-M1"], rate)


@pytest.mark.parametrize("rate", [10, 20])
def test_onnx_every_epoch_keeps_its_place(tmp_path: Path, rate: int) -> None:
    codes = [0, 1, 2, 3, 4, 4, 3, 2, 1, 0, 0, 4]
    night = stage(levels(codes, rate, tail=7 * rate), stager=str(tiny_stager.write(tmp_path)))
    assert night.n_epochs == len(codes) + 1
    if rate == 10:  # the rate the network asks for: nothing is resampled, so nothing rings
        np.testing.assert_array_equal(night.stages[:-1], codes)
    else:
        assert np.mean(night.stages[:-1] == codes) > 0.8
    assert night.labels[-1] == "?"
    assert night.scorer.startswith("onnx ")


def test_onnx_logits_become_probabilities(tmp_path: Path) -> None:
    night = stage(levels([0, 2, 4] * 4, 10), stager=str(tiny_stager.write(tmp_path)))
    logits = np.array([[0, 20, 40]]).T * tiny_stager.WEIGHTS + tiny_stager.BIAS
    expected = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(night.probabilities[:3], expected / expected.sum(axis=1, keepdims=True), atol=1e-5)


@pytest.mark.parametrize(
    ("rest", "said"),
    [({"columns": 4}, r"shape \(12, 4\)"), ({"input_name": "brain"}, "input named 'brain'")],
)
def test_onnx_networks_of_another_contract_are_refused(tmp_path: Path, rest: dict[str, object], said: str) -> None:
    with pytest.raises(ReadError, match=said):
        stage(levels([0, 2, 4] * 4), stager=str(tiny_stager.write(tmp_path, **rest)))


def test_onnx_what_is_no_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.onnx"
    with pytest.raises(ReadError, match="no such file"):
        stage(levels([0] * 12), stager=str(path))
    path.write_bytes(b"not a network")
    with pytest.raises(ReadError, match="cannot be read as an ONNX network"):
        stage(levels([0] * 12), stager=str(path))


def test_onnx_a_channel_that_is_wanted_and_absent_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotAnswer, match="needs an EOG channel"):
        stage(levels([0] * 12), stager=str(tiny_stager.write(tmp_path, input_name="eog")))


def test_the_choice_left_to_auto_depends_on_the_length_alone() -> None:
    assert stager_named("auto", levels([0] * 60)).name == "yasa-steady-night-scales"
    assert stager_named("auto", levels([0] * 480, 1)) is stager_named("steady")
    assert stager_named("yasa-anchored") is stager_named("yasa-night-scales")  # its name in scripts of before
    with pytest.raises(UnknownName, match="unknown stager 'yassa'"):
        stager_named("yassa")


@pytest.mark.skipif(HAS_GSSC, reason="GSSC is installed here")
def test_gssc_absent_is_said_with_what_to_install() -> None:
    with pytest.raises(MissingExtra, match="needs torch and gssc"):
        stage(levels([0] * 12, 100), stager="gssc")


@pytest.mark.skipif(not HAS_GSSC, reason="the extra gssc is not installed: AGPL, needs PyTorch")
@pytest.mark.parametrize("name", ["gssc", "gssc-night-scales"])
def test_gssc_no_epoch_is_dropped_and_the_planted_stages_come_back(name: str) -> None:
    recording, truth = simulate_night(1.5, seed=8)
    data = np.array([recording.signal(one) for one in recording.names])[:, : 180 * 3000 - 1000]
    night = stage(Recording.from_array(data, recording.names, 100), stager=name, montage=Montage("EEG C4-M1"))
    assert night.n_epochs == 180
    assert not night.unscored[:-1].any()  # released 0.0.9 gives 178 of these 179 whole epochs
    assert night.labels[-1] == "?"
    assert np.mean(night.stages[:-1] == truth.stages[:179]) > 0.6
    assert sums_to_one(night.probabilities[:-1])


def sums_to_one(table: np.ndarray) -> bool:
    return bool(np.allclose(table.sum(axis=1), 1))


def test_every_stager_says_its_own_name() -> None:
    assert all(stager.name == name for name, stager in STAGERS.items())
