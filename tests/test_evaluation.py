"""The evaluation takes its data folder as an argument and says what it passes over."""

from __future__ import annotations

from pathlib import Path

import pytest
from evaluation.__main__ import ROOMS, main


def test_a_case_whose_data_is_absent_is_named_and_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 0
    said = capsys.readouterr().err
    names = [name for cases in ROOMS.values() for name in cases]
    assert names
    assert all(f"{name}: passed over" in said for name in names)


def test_an_unknown_case_is_refused_with_what_is_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "nigth"]) == 2
    assert "night" in capsys.readouterr().err


def test_names_of_cases_are_unique() -> None:
    names = [*ROOMS, *(name for cases in ROOMS.values() for name in cases)]
    assert len(names) == len(set(names))
