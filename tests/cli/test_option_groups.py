"""Options that verbs share: a group is spread into the signature, and arrives as one object."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from karmalink.cli import app
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.reading_options import ReadingOptions


@dataclass(frozen=True)
class Where:
    engine: Annotated[str, typer.Option("--engine", help="Where it runs.")] = "serial"
    workers: Annotated[int, typer.Option("--workers", min=1)] = 1


@dataclass(frozen=True)
class Named:
    name: Annotated[str, typer.Option("--name")]
    workers: Annotated[int, typer.Option("--hands")] = 2


def made(command: object) -> typer.Typer:
    found = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)
    found.command()(command)
    return found


def test_with_option_groups_gives_the_verb_every_option_and_one_object() -> None:
    got: list[object] = []

    @with_option_groups
    def verb(file: Annotated[Path, typer.Argument()], *, where: Where, loud: bool = False) -> None:
        got.append((file, where, loud))

    run = CliRunner().invoke(made(verb), ["a.csv", "--engine", "pool", "--loud"])
    assert run.exit_code == 0
    assert got == [(Path("a.csv"), Where("pool", 1), True)]
    shown = CliRunner().invoke(made(verb), ["--help"]).output
    assert shown.index("--engine") < shown.index("--workers") < shown.index("--loud")
    assert CliRunner().invoke(made(verb), ["a.csv", "--workers", "0"]).exit_code == 2


def test_with_option_groups_parameter_of_the_verb_takes_the_place_of_the_field() -> None:
    got: list[object] = []

    @with_option_groups
    def verb(workers: Annotated[int, typer.Option("--workers", help="Of this verb.")] = 7, *, where: Where) -> None:
        got.append((workers, where.workers))

    assert CliRunner().invoke(made(verb), []).exit_code == 0
    assert CliRunner().invoke(made(verb), ["--workers", "3"]).exit_code == 0
    assert got == [(7, 7), (3, 3)]
    assert CliRunner().invoke(made(verb), ["--help"]).output.count("--workers") == 1


def test_with_option_groups_field_without_default_must_be_given() -> None:
    @with_option_groups
    def verb(*, named: Named) -> None:
        pass

    assert CliRunner().invoke(made(verb), []).exit_code == 2
    assert CliRunner().invoke(made(verb), ["--name", "x"]).exit_code == 0


def test_with_option_groups_two_groups_with_one_field_are_refused() -> None:
    def verb(*, where: Where, named: Named) -> None:
        pass

    with pytest.raises(TypeError, match="'workers'"):
        with_option_groups(verb)


READERS = (
    ("account", "check"),
    ("account", "features"),
    ("account", "dreams"),
    ("account", "convert"),
    ("link", "pairs"),
    ("link", "lag"),
    ("link", "power"),
    ("link", "pseudo"),
    ("link", "stranger"),
    ("link", "audit"),
    ("link", "align"),
    ("study", "add"),
)


@pytest.mark.parametrize("words", READERS, ids="-".join)
def test_every_verb_that_reads_accounts_or_a_life_takes_the_same_options(words: tuple[str, str]) -> None:
    root = get_command(app)
    command = root.commands[words[0]].commands[words[1]]  # type: ignore[attr-defined]
    assert {field.name for field in fields(ReadingOptions)} <= {parameter.name for parameter in command.params}
