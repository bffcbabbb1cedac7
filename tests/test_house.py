"""The structure of the house: arrows between rooms, public names, light start-up, no input checked by assert."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "karmalink"

# Who may import whom; `errors` and `rows` (how a table is read) are the ground floor.
MAY_IMPORT = {
    "errors": set(),
    "base": {"errors"},
    "rows": {"base", "errors"},
    "night": {"base", "errors", "rows"},
    "account": {"base", "errors", "rows"},
    "link": {"base", "account", "errors", "rows"},
    "seek": {"base", "errors", "rows"},
    "study": {"base", "account", "errors", "link", "night", "rows", "seek"},
    "report": {"base", "account", "errors", "link", "night", "rows", "seek"},
    "demo": {"base", "account", "errors", "link", "night", "report", "rows", "seek", "study"},
    "cli": {"base", "account", "demo", "errors", "link", "night", "report", "rows", "seek", "study"},
}
HEAVY = {"mne", "yasa", "pandas", "scipy", "sklearn", "sqlalchemy", "altair", "pyproj", "shapely", "skimage", "numba"}
MODULES = sorted(SOURCE.rglob("*.py"))


def room_of(path: Path) -> str:
    """Return the room a module lives in."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(tree: ast.AST, path: Path) -> set[str]:
    """Return every karmalink room that a module imports, whether at its top or inside a function."""
    rooms = set()
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] if node.module != "karmalink" else [f"karmalink.{alias.name}" for alias in node.names]
        rooms |= {name.split(".")[1] for name in names if name.startswith("karmalink.")}
    return rooms - {room_of(path), "__version__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_arrows_point_one_way(path: Path) -> None:
    room = room_of(path)
    if room in {"__init__", "__main__"}:
        return
    assert imported(ast.parse(path.read_text(encoding="utf-8")), path) <= MAY_IMPORT[room]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_input_is_never_checked_by_assert(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_public_names_are_listed_and_documented(path: Path) -> None:
    name = ".".join(["karmalink", *path.relative_to(SOURCE).with_suffix("").parts]).removesuffix(".__init__")
    if "migrations" in name:
        return
    module = importlib.import_module(name)
    assert module.__doc__
    listed = list(getattr(module, "__all__", []))
    assert len(listed) == len(set(listed))
    assert not [public for public in listed if not hasattr(module, public)]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    defined = [n for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef)) and not n.name.startswith("_")]
    assert not [node.name for node in defined if not ast.get_docstring(node)]
    if path.name != "__init__.py" and room_of(path) not in {"cli"}:
        assert {node.name for node in defined} <= set(listed)


def test_start_up_is_light() -> None:
    code = "import sys, karmalink, karmalink.cli; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert HEAVY.isdisjoint(loaded)


def test_every_error_has_an_exit_code_of_the_contract() -> None:
    errors = importlib.import_module("karmalink.errors")
    classes = [getattr(errors, name) for name in errors.__all__ if isinstance(getattr(errors, name), type)]
    codes = {cls.__name__: cls.exit_code for cls in classes if issubclass(cls, errors.KarmalinkError)}
    assert set(codes.values()) == {2, 3, 4, 5}
