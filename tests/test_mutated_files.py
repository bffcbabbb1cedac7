"""The campaign of mutated files: what it does to a file, what it counts, and a small part of it."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
from campaigns.files import __main__ as campaign
from campaigns.files.__main__ import watched
from campaigns.files.mutations import mutated
from campaigns.files.samples import Sample, make_samples


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sample]:
    return dict(make_samples(tmp_path_factory.mktemp("samples")))


def test_a_seed_gives_one_mutation_and_seeds_differ() -> None:
    raw = b"\n".join(b"%d,P1,boat %d" % (number, number) for number in range(40))
    made = [mutated(raw, random.Random(seed)) for seed in range(40)]
    assert made == [mutated(raw, random.Random(seed)) for seed in range(40)]
    assert len(set(made)) > 35
    assert raw not in made


def test_every_reader_gives_a_result_or_an_error_of_ours(samples: dict[str, Sample]) -> None:
    wrong = {
        (name, seed): what
        for name, sample in samples.items()
        for seed, what in watched(sample, range(1)).items()
        if what not in ("read", "refused")
    }
    assert wrong == {}


def test_what_hangs_dies_or_raises_is_told_and_the_next_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign, "_SECONDS", 1)
    (tmp_path / "a.txt").write_text("a", encoding="utf-8")
    calls = tmp_path / "calls"

    def read(path: Path) -> None:
        with calls.open("a") as file:
            file.write("x")
        number = len(calls.read_text())
        if number == 1:
            time.sleep(30)
        if number == 2:
            os._exit(7)
        if number == 3:
            raise KeyError("x")

    found = watched(Sample(tmp_path / "a.txt", read, "a.txt"), range(4))
    assert list(found.values())[:2] == ["hang", "the process died (7)"]
    assert found[2].startswith("KeyError in test_mutated_files.py:")
    assert found[3] == "read"
