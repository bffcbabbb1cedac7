"""karmalink link lag --everyone and karmalink link align: what is printed, exit codes, a run that goes on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cohort_samples import world
from link_command import run
from recall_samples import story

from karmalink.account import write_accounts, write_lives


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scale")
    accounts, lives = world(0, people=3)
    write_accounts(path / "accounts.csv", accounts)
    write_lives(path / "lives.csv", lives)
    register = story(np.random.default_rng(1))
    lines = [f"{unit.id},{unit.start:g},{unit.text}" for unit in register]
    (path / "scenes.csv").write_text("\n".join(["id,start,text", *lines]), encoding="utf-8")
    (path / "recall.txt").write_text(" ".join(unit.text.capitalize() for unit in register[5:45]), encoding="utf-8")
    (path / "short.txt").write_text("One sentence. And one more.", encoding="utf-8")
    return path


def test_everybody_against_all_lives(folder: Path, tmp_path: Path) -> None:
    files = [str(folder / "accounts.csv"), str(folder / "lives.csv")]
    code, said = run("lag", *files, "--everyone", "--lags", "4", "--journal", str(tmp_path / "journal"))
    assert code == 0
    assert "The past is nearer" in said
    assert "P1: 117 accounts, own life life-1" in said
    assert "What this does not show" in said
    assert not (tmp_path / "journal").exists()
    code, said = run("lag", *files, "--everyone", "--lags", "4", "--json")
    assert json.loads(said)["verdict"] == "found"
    assert run("lag", *files, "--everyone", "--lags", "60")[0] == 4
    assert run("lag", *files, "--everyone", "--person", "P1")[0] == 2
    assert run("lag", *files, "--engine", "pool")[0] == 2
    assert run("lag", *files, "--everyone", "--engine", "pol")[0] == 2


def test_a_recall_is_aligned_and_drawn(folder: Path, tmp_path: Path) -> None:
    files = [str(folder / "recall.txt"), str(folder / "scenes.csv")]
    page = tmp_path / "route.html"
    code, said = run("align", *files, "--out", str(page))
    assert code == 0
    assert "The recall follows the register" in said
    assert "beside the" not in said
    html = page.read_text(encoding="utf-8")
    assert "<svg" in html and "beside the" not in html
    assert run("align", *files, "--out", str(tmp_path / "route.csv"))[0] == 0
    assert (tmp_path / "route.csv").read_text(encoding="utf-8").count("\n") == 41
    code, said = run("align", *files, "--json", "--show-text")
    assert "beside the" in json.loads(said)["units"][0]["text"]


def test_what_cannot_be_aligned_leaves_with_4_and_what_is_wrong_with_2_or_3(folder: Path) -> None:
    assert run("align", str(folder / "short.txt"), str(folder / "scenes.csv"))[0] == 4
    assert run("align", str(folder / "recall.txt"), str(folder / "nowhere.csv"))[0] == 3
    assert run("align", str(folder / "recall.txt"), str(folder / "scenes.csv"), "--out", "x.pdf")[0] == 2
    assert run("align", str(folder / "accounts.csv"), str(folder / "scenes.csv"))[0] == 2
