"""The commands of the README run on the files that the demo leaves."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from karmalink.cli import app
from karmalink.demo.making import make_story_files

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^karmalink (.*build/demo/files.*)$", README, re.MULTILINE)
ON_A_NIGHT = [command for command in COMMANDS if command.startswith("night ")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("demo")
    make_story_files(made, 7)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in ON_A_NIGHT])
def test_readme_command_runs_on_the_files_of_the_demo(command: str, folder: Path) -> None:
    words = shlex.split(command.replace("build/demo/files", str(folder / "files")).replace("build/", f"{folder}/"))
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("command", ON_A_NIGHT)
def test_readme_command_on_the_recorded_night_is_one_that_exists(command: str) -> None:
    noun, verb, recording = shlex.split(command)
    assert recording.endswith("dara-night.edf")
    assert CliRunner().invoke(app, [noun, verb, "--help"]).exit_code == 0


def test_readme_has_four_doors_with_three_commands_each() -> None:
    section = README.partition("## Four doors")[2].partition("\n## ")[0]
    doors = re.findall(r"```text\n(.*?)```", section, re.DOTALL)
    assert [len(door.splitlines()) for door in doors] == [3, 3, 3, 3]
