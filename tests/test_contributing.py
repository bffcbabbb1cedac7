"""The recipes of CONTRIBUTING.md, followed to the letter in a copy of the package."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = {
    name: PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0] for name in re.findall(r"\n## (A .*)\n", PAGE)
}
STEP = re.compile(
    r"(?:(New file|In) `(?P<path>src/[^`]+)`.*?:\n\n)?```(?P<kind>python|diff)\n(?P<body>.*?)```", re.DOTALL
)


def insert(text: str, diff: str) -> str:
    """Put the ``+`` lines of a diff where its one line of context stands."""
    lines = diff.rstrip("\n").split("\n")
    [context] = [line[1:] for line in lines if line.startswith(" ")]
    added = "".join(f"{line[1:]}\n" for line in lines if line.startswith("+"))
    assert text.count(f"\n{context}\n") == 1, f"{context!r} stands {text.count(context)} times"
    old = f"{context}\n"
    return text.replace(f"\n{old}", f"\n{added}{old}" if lines[0].startswith("+") else f"\n{old}{added}")


@pytest.mark.parametrize("name", RECIPES)
def test_recipe_works_as_written(name: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src" / "karmalink", tmp_path / "src" / "karmalink", ignore=shutil.ignore_patterns("*.pyc"))
    path = ""
    steps = list(STEP.finditer(RECIPES[name]))
    for step in steps[:-1]:
        path = step["path"] or path
        place = tmp_path / path
        if step["kind"] == "diff":
            place.write_text(insert(place.read_text(encoding="utf-8"), step["body"]), encoding="utf-8")
        else:
            assert not place.exists()
            place.write_text(step["body"], encoding="utf-8")
    assert steps[-1]["kind"] == "python"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "src")}
    code = f"import karmalink; assert karmalink.__file__.startswith({str(tmp_path)!r})\n{steps[-1]['body']}"
    tried = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert tried.returncode == 0, tried.stderr


def test_there_is_a_recipe_for_each_kind_of_addition() -> None:
    assert set(RECIPES) == {"A stager", "A spatial relation", "A file format", "A null"}
