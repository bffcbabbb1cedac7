"""What being live costs: κ minus κ, on hand-made nights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from karmalink.cli import app
from karmalink.errors import CannotAnswer, KarmalinkError, UnknownName, UsageError
from karmalink.night import Hypnogram, agree, live_costs, simulate_night, write_edf, write_events


def nights(count: int) -> dict[str, dict[str, Hypnogram]]:
    """Return nights with a truth, a live scoring that errs twice as often as the offline one."""
    rng = np.random.default_rng(4)
    made = {}
    for number in range(count):
        truth = rng.integers(0, 5, 200)
        streams = {"truth": truth}
        for name, share in (("live", 0.2), ("offline", 0.1)):
            wrong = rng.random(200) < share
            streams[name] = np.where(wrong, (truth + 1) % 5, truth)
        made[f"n{number}"] = {name: Hypnogram(codes.astype(np.int8)) for name, codes in streams.items()}
    return made


def test_the_cost_is_the_difference_of_both_kappas() -> None:
    one = nights(1)
    [cost] = live_costs(one, live="live", truth="truth")
    kappas = [agree(one["n0"][name], one["n0"]["truth"]).kappa for name in ("live", "offline")]
    assert (cost.live_kappa.value, cost.offline_kappa.value) == pytest.approx(kappas)
    assert cost.difference.value == pytest.approx(kappas[0] - kappas[1])
    assert np.isnan(cost.difference.low)  # one night says nothing about others


def test_several_nights_give_an_interval_around_a_cost_that_was_planted() -> None:
    [cost] = live_costs(nights(8), live="live", truth="truth", n_boot=200)
    assert cost.difference.low < -0.125 < cost.difference.high < 0
    assert "being live changes κ by -0.1" in str(cost)


@pytest.mark.parametrize(
    ("live", "truth", "error"),
    [("absent", "truth", UnknownName), ("truth", "truth", UsageError), ("live", "alone", UnknownName)],
)
def test_scorers_that_are_not_there_are_refused(live: str, truth: str, error: type[KarmalinkError]) -> None:
    with pytest.raises(error):
        live_costs(nights(1), live=live, truth=truth)


def test_two_scorers_are_too_few() -> None:
    two = {"n": {name: one for name, one in nights(1)["n0"].items() if name != "offline"}}
    with pytest.raises(CannotAnswer):
        live_costs(two, live="live", truth="truth")


def test_score_causal_and_what_it_costs_by_command(tmp_path: Path) -> None:
    recording, planted = simulate_night(0.1, seed=3)
    write_edf(recording, tmp_path / "night.edf")
    write_events(planted, tmp_path / "truth.tsv")
    run = CliRunner().invoke
    for name, more in (("live", ["--causal"]), ("offline", [])):
        done = run(app, ["night", "score", str(tmp_path / "night.edf"), "--out", str(tmp_path / f"{name}.tsv"), *more])
        assert done.exit_code == 0, done.output
    words = ["night", "agree", *(str(tmp_path / f"{name}.tsv") for name in ("truth", "live", "offline"))]
    done = run(app, [*words, "--live", "live", "--truth", "truth", "--json"])
    [cost] = json.loads(done.stdout)["live_costs"]
    assert (cost["live"], cost["offline"], cost["truth"]) == ("live", "offline", "truth")
    assert isinstance(run(app, [*words, "--live", "live"]).exception, UsageError)


@pytest.mark.parametrize("more", [["--vote"], ["--stager", "yasa"]])
def test_causal_is_a_stager_of_its_own(tmp_path: Path, more: list[str]) -> None:
    write_edf(simulate_night(0.05, seed=3)[0], tmp_path / "night.edf")
    done = CliRunner().invoke(app, ["night", "score", str(tmp_path / "night.edf"), "--causal", *more])
    assert isinstance(done.exception, UsageError)
