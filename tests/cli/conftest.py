"""A study with three people in it, made once and copied for each test."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

import pytest
from study_cli import PASSPHRASE, PEOPLE, Place

from karmalink.study import KdfCost, Study
from karmalink.study.imports import add_file


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Give the study that is copied; its passphrase costs little to try."""
    place = Place(tmp_path_factory.mktemp("pattern"))
    cheap = KdfCost(time_cost=1, memory_kib=8, parallelism=1)
    # By the environment and not by the call: a copy must not find the keys of the study it was copied from.
    with (
        patch.dict(os.environ, place.environment),
        Study.create(place.study, title="The garden study", passphrase=PASSPHRASE, cost=cheap) as study,
    ):
        add_file(study, "people", place.file("people.csv", PEOPLE))
    return place


@pytest.fixture
def place(pattern: Place, tmp_path: Path) -> Place:
    """Give a study of one's own with the people P01 (agreed), P02 (a minor, agreed), P03 (did not agree)."""
    return pattern.copied_to(tmp_path)


@pytest.fixture(scope="session")
def untouched(pattern: Place) -> dict[str, int]:
    """Give how much of what is in a study to which nothing was added."""
    return pattern.counts()
