"""The cases of authorship and of two memories on made-up folders with odd rows: said, passed over, never a crash."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from evaluation.link import authorship, hlab
from evaluation.link.people import people_with

FORMS = {"ana": "I was at the {}, and then it rained; it was odd.", "bo": "im in a {} ... it rains and i run"}
PLACES = ["river", "school", "office", "temple", "market", "forest", "harbour", "station", "bridge", "field"]


def dreams(folder: Path, count: int) -> Path:
    rows = [
        {
            "person": person,
            "series": f"{person}1",
            "n": str(number),
            "date": date,
            "text": form.format(PLACES[number % 10]),
        }
        for person, form in FORMS.items()
        for number in range(count)
        for date in ([f"19{60 + number // 28:02d}-02-{1 + number % 28:02d}", None][number % 3 == 2],)
    ]
    path = folder / "dreams" / "dreambank" / "others.jsonl"
    path.parent.mkdir(parents=True)
    odd = ['{"person": 3, "text": "x"}', "[1]", "no json", '{"person": "ana", "date": 7, "text": "I saw the sea."}', ""]
    path.write_text("\n".join([*map(json.dumps, rows), *odd]) + "\n", encoding="utf-8")
    return folder


def test_odd_rows_of_a_series_are_said_and_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    accounts, labels = people_with(dreams(tmp_path, 12), 12)
    assert [account.person for account in accounts].count("ana") == 13
    assert labels == ("ana1", "bo1")
    assert accounts[2].when is None
    said = capsys.readouterr().err
    assert [f"line {number}: passed over" in said for number in (25, 26, 27, 28)] == [True, True, True, False]


def test_too_few_people_are_said(tmp_path: Path) -> None:
    (figure,) = authorship.run(dreams(tmp_path, 12))
    assert (figure.value, figure.note) == ("0", "two or more with 100")


def test_the_whole_case_of_authorship_runs_on_other_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorship, "FEWEST", 40)
    monkeypatch.setattr(authorship, "_DRAWS", 20)
    figures = {figure.measure: figure.value for figure in authorship.run(dreams(tmp_path, 40))}
    assert figures["ours, all: top-1"] == "1.000"
    assert {"ours, style-removed: top-1", "ours, names-masked: ECE", "ours, 5 dreams pooled: macro recall"} <= set(
        figures
    )


def memories(folder: Path, people: int) -> Path:
    rng = np.random.default_rng(0)
    blocks = []
    for number in range(people):
        said = [". ".join(f"I was at the {place}" for place in rng.choice(PLACES, 2 + number % 5)) for _ in range(2)]
        condition = ["Similar", "Free Choice (Original)"][number % 2]
        second = "" if number == 3 else said[1]
        blocks.append(
            f"Participant {number}\n\nCondition: {condition}\n\nMemory A:\n{said[0]}\n\nMemory B:\n{second}\n\n"
            "How A and B are similar/dissimilar:\nBoth.\n\n"
        )
    rule = "=" * 20 + "\n"
    path = folder / "dreams" / "hlab" / "memories_other.txt"
    path.parent.mkdir(parents=True)
    path.write_text(rule + rule + (rule + rule).join(blocks), encoding="utf-8")
    return folder


def test_two_memories_are_read_by_pattern_and_the_odd_person_is_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hlab, "_DRAWS", 5)
    folder = memories(tmp_path, 62)
    assert len(hlab.read_memories(folder / "dreams" / "hlab" / "memories_other.txt")) == 61
    assert "a person without two memories is passed over" in capsys.readouterr().err
    figures = {figure.measure: figure.value for figure in hlab.run(folder)}
    assert float(figures["ours, all: AUC, free choice"]) > 0.6
    assert set(figures) >= {"ours, style-removed: AUC, similar", "simple, difference of lengths: AUC, similar"}


def test_too_few_memories_are_said(tmp_path: Path) -> None:
    (figure,) = hlab.run(memories(tmp_path, 10))
    assert figure.value == "9"
