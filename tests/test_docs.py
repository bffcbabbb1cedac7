"""The docs are tested: every command, setting and error has its heading, and every example runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from karmalink import errors
from karmalink.cli import app
from karmalink.errors import KarmalinkError

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
DOORS = (
    "kl.account.read_accounts",
    "kl.link.pairs",
    "kl.night.read_recording",
    "kl.report.render",
    "kl.seek.locate",
    "kl.study.Study.create",
)
# An example gives a name to one thing after the other, and knows that what it asks for is there. It stands in the file
# of the example: as options of the command they would make mypy forget all that `make types` has just checked.
_LOOSER = '# mypy: allow-redefinition, disable-error-code="index,no-untyped-call,no-untyped-def,union-attr"\n'
EXIT_CODE = re.compile(r"\(exit code (\d)\)")


def headings(page: str | None = None) -> set[str]:
    """Return the text of every heading of one page or of all."""
    pages = [ROOT / "docs" / page] if page else PAGES
    return {
        line.lstrip("#").strip().strip("`")
        for path in pages
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("#")
    }


def commands(command: object, words: tuple[str, ...] = ("karmalink",)) -> Iterator[str]:
    """Walk the command line's tree and yield every full command."""
    children = getattr(command, "commands", None)
    if not children:
        yield " ".join(words)
        return
    for name, child in children.items():
        if not getattr(child, "hidden", False):  # a former name, kept for one version
            yield from commands(child, (*words, name))


@pytest.mark.parametrize("command", sorted(commands(get_command(app))))
def test_every_command_has_a_heading(command: str) -> None:
    assert command in headings()


@pytest.mark.parametrize("name", [n for n in errors.__all__ if n[0].isupper() and n != "Fault"])
def test_every_error_has_a_heading(name: str) -> None:
    assert name in headings("errors.md")


def test_every_setting_has_a_heading() -> None:
    from karmalink.study.store.settings import SETTINGS

    names = {setting.name for setting in SETTINGS}
    assert names
    assert names <= headings("settings.md")


def run_python(code: str, names: dict[str, object]) -> None:
    """Run one python example; the examples of a page share their names."""
    exec(compile(code, "example", "exec"), names)


def run_console(text: str) -> None:
    """Run every ``$ karmalink …`` line of one console example; ``(exit code 4)`` behind it says what to expect."""
    for line in text.replace("\\\n", " ").splitlines():
        if not line.startswith("$ "):
            continue
        command, _, comment = line[2:].partition("  # ")
        words = shlex.split(command)
        if words[0] != "karmalink":
            continue
        expected = EXIT_CODE.search(comment)
        result = CliRunner().invoke(app, words[1:])
        raised = result.exception
        code = raised.exit_code if isinstance(raised, KarmalinkError) else result.exit_code
        assert code == (int(expected[1]) if expected else 0), f"{command}\n{result.output}\n{raised}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of a page run in order in one empty folder; ```text blocks are for what cannot run everywhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KARMALINK_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("KARMALINK_PASSPHRASE", "correct horse battery staple")
    names: dict[str, object] = {"__name__": "example"}
    for kind, code in BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "python":
            run_python(code, names)
        else:
            run_console(code)


@pytest.mark.slow
def test_python_examples_of_the_docs_are_typed(tmp_path: Path) -> None:
    """A type checker knows every name that the docs use: `kl.night.read_recording` is a function, not `Any`."""
    paths = []
    for page in PAGES:
        code = "".join(code for kind, code in BLOCK.findall(page.read_text(encoding="utf-8")) if kind == "python")
        if code:
            paths.append(tmp_path / f"{page.stem.replace('-', '_').lower()}_example.py")
            paths[-1].write_text(_LOOSER + code, encoding="utf-8")
    door = tmp_path / "door.py"
    door.write_text("import karmalink as kl\n" + "".join(f"reveal_type({name})\n" for name in DOORS), encoding="utf-8")
    words = [sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml"]
    checked = subprocess.run([*words, door, *paths], capture_output=True, text=True, check=False, cwd=ROOT)
    assert len(paths) >= 5
    assert checked.returncode == 0, checked.stdout + checked.stderr
    revealed = re.findall(r'Revealed type is "(.*)"', checked.stdout)
    assert len(revealed) == len(DOORS)
    assert all(text.startswith(("def (", "Overload(")) for text in revealed), revealed


def test_the_command_line_is_a_typer_application() -> None:
    assert isinstance(app, typer.Typer)


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    # The dummy builder reads every page and follows every reference as the html one does; it only writes nothing.
    words = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-b",
        "dummy",
        ROOT / "docs",
        tmp_path / "site",
    ]
    built = subprocess.run([*words, "-d", tmp_path / "trees"], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr


def test_where_to_change_what_names_files_and_names_that_are_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \| `([\w/]+\.py)` \| `(\w+)` \|$", text, re.MULTILINE)
    assert len(rows) >= 10
    for path, name in rows:
        code = (ROOT / "src" / "karmalink" / path).read_text(encoding="utf-8")
        assert re.search(rf"^(?:def |class |async def )?{name}\b", code, re.MULTILINE), f"{name} in {path}"
