"""The structure of the house: arrows between rooms and inside them, public names, light start-up, no asserted input."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "karmalink"

# Who may import whom; `errors`, `base` and `rows` (how a table is read) are the ground floor.
MAY_IMPORT = {
    "errors": set(),
    "base": {"errors"},
    "rows": {"base", "errors"},
    "night": {"base", "errors", "rows"},
    "account": {"base", "errors", "rows"},
    "link": {"account", "base", "errors", "rows"},
    "seek": {"base", "errors", "rows"},
    "live": {"base", "errors", "night", "rows", "study"},
    "study": {"account", "base", "errors", "link", "night", "rows", "seek"},
    "report": {"account", "base", "errors", "link", "night", "rows", "seek"},
    "demo": {"account", "base", "errors", "link", "live", "night", "report", "rows", "seek", "study"},
    "cli": {"account", "base", "demo", "errors", "link", "live", "night", "report", "rows", "seek", "study"},
}
# Inside a room: which folder (or module beside the folders) may import which. A name that is missing may import none.
INSIDE = {
    "night": {
        "agreement": {"hypnograms"},
        "doctor": {"recordings"},
        "events": {"hypnograms", "recordings"},
        "hypnograms": {"recordings", "text_files"},
        "recordings": {"text_files"},
        "simulation": {"events", "hypnograms", "recordings"},
        "staging": {"hypnograms", "recordings"},
        "summary": {"events", "hypnograms", "recordings"},
        "wake_rules": {"hypnograms"},
    },
    "live": {
        "journal": {"sources"},
        "session": {"journal", "sources"},
    },
    "link": {
        "alignment": {"error_control"},
        "claimants": {"error_control"},
        "cohort": {"error_control", "evidence", "execution", "mirror_null", "shift_null"},
        "evidence": {"execution"},
        "mirror_null": {"error_control", "evidence", "execution", "result_charts"},
        "null_audit": {"error_control", "evidence", "execution", "mirror_null", "shift_null", "stranger_null"},
        "shift_null": {"error_control", "evidence", "execution", "mirror_null", "result_charts"},
        "stranger_null": {"error_control", "evidence", "mirror_null"},
        "sources": {
            "cohort",
            "error_control",
            "execution",
            "mirror_null",
            "null_audit",
            "shift_null",
            "stranger_null",
        },
    },
    "seek": {
        "answers": {"clues", "ground", "search"},
        "case": {"answers", "clues", "ground", "intake", "planning", "probability_map", "search"},
        "clues": {"ground"},
        "exports": {"case", "ground", "planning", "probability_map", "search"},
        "field": {"case", "ground", "intake", "pages", "planning", "probability_map", "search"},
        "intake": {"ground"},
        "pages": {"answers", "case", "clues", "exports", "ground", "planning", "probability_map", "search"},
        "planning": {"ground", "probability_map", "search"},
        "probability_map": {"clues", "ground", "search"},
        "search": {"ground"},
    },
    "study": {
        "analyses": {"awakening", "study"},
        "erasure": {"records", "store"},
        "exports": {"dream_sets", "awakening", "records", "store", "study"},
        "imports": {"awakening", "records", "store", "study"},
        "database_form": {"store", "upgrading"},
        "new_folder": {"store"},
        "opening": {"erasure", "records", "store", "upgrading"},
        "records": {"awakening", "store"},
        "study": {"erasure", "new_folder", "opening", "records", "store", "verification"},
        "upgrading": {"store"},
        "verification": {"database_form", "records", "store"},
    },
    "account": {
        "account": {"dates"},
        "dates": {"buddhist_era"},
        "features": {"account", "language", "life"},
        "files": {"account", "dates", "language", "life"},
        "language": {"account", "dates", "life"},
        "life": {"dates"},
    },
    "cli": {
        "account": {"contract", "option_groups", "reading_options"},
        "demo": {"contract"},
        "link": {"contract", "option_groups", "reading_options", "study_access"},
        "live": {"contract", "option_groups"},
        "night": {"contract", "option_groups", "study_access"},
        "seek": {"contract", "option_groups", "study_access"},
        "study": {"contract", "option_groups", "reading_options", "study_access"},
        "study_access": {"contract"},
    },
    "report": {
        "align": {"charts", "page", "section", "theme"},
        "assemble": {"data", "page", "section", "sections"},
        "charts": {"section", "theme", "vega", "words"},
        "data": {"parts"},
        "page": {"section", "theme", "vega", "words"},
        "sections": {"charts", "data", "page", "parts", "section", "theme", "words"},
        "field_page": {"leaflet_page", "page", "words"},
        "leaflet_page": {"charts", "page", "theme", "words"},
        "plan_sheet": {"charts", "leaflet_page", "page", "words"},
        "map_page": {"leaflet_page", "page", "theme", "words"},
        "map_picture": {"charts", "theme", "words"},
        "vega": {"section", "theme"},
    },
}
MOST_MODULES = 20
HEAVY = {
    "mne",
    "numpy",
    "yasa",
    "pandas",
    "scipy",
    "sklearn",
    "sqlalchemy",
    "altair",
    "pyproj",
    "shapely",
    "skimage",
    "numba",
}
MODULES = sorted(SOURCE.rglob("*.py"))
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def room_of(path: Path) -> str:
    """Return the room a module lives in."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def name_of(path: Path) -> str:
    """Return the dotted name of a module."""
    return ".".join(["karmalink", *path.relative_to(SOURCE).with_suffix("").parts]).removesuffix(".__init__")


NAMES = {name_of(path): path for path in MODULES}


@cache
def tree(path: Path) -> ast.Module:
    """Return what a module says; read when a test asks, not while tests are collected."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def doors() -> dict[str, dict[str, str]]:
    """Return, for every front, the module that each of its public names lives in."""
    found: dict[str, dict[str, str]] = {}
    for stub in SOURCE.rglob("__init__.pyi"):
        package = name_of(stub)
        found[package] = {
            alias.name: f"{package}.{node.module}"
            for node in ast.parse(stub.read_text(encoding="utf-8")).body
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }
    return found


def imported(path: Path) -> set[str]:
    """Return every module that a module imports: at its top, inside a function, or for type checkers only."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in NAMES}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "karmalink":
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in NAMES else doors().get(node.module, {}).get(alias.name, node.module))
    return found - {name_of(path)}


@cache
def imports() -> dict[str, set[str]]:
    """Return what every module imports."""
    return {name: imported(path) for name, path in NAMES.items()}


def folder_of(name: str) -> str:
    """Return the folder, inside its room, of a module; of one beside the folders its own name."""
    return name.split(".")[2] if name.count(".") > 1 else ""


def public_names(path: Path) -> set[str]:
    """Return the functions and classes that a module defines for others."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    return {node.name for node in tree(path).body if isinstance(node, kinds) and not node.name.startswith("_")}


def taken(node: ast.AST) -> set[str] | None:
    """Return what a function, or the constructor of a class, takes; None where ``**options`` may be anything."""
    if isinstance(node, ast.ClassDef):
        made = [part for part in node.body if isinstance(part, FUNCTIONS) and part.name == "__init__"]
        if not made:
            return {
                part.target.id
                for part in node.body
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
            }
        node = made[0]
    if not isinstance(node, FUNCTIONS) or node.args.kwarg:
        return None
    arguments = node.args
    rest = [arguments.vararg] if arguments.vararg else []
    return {one.arg for one in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *rest]}


def documented(node: ast.AST) -> set[str]:
    """Return the names under "Parameters" of a docstring."""
    text = ast.get_docstring(node) if isinstance(node, (*FUNCTIONS, ast.ClassDef)) else None
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", text or "", re.MULTILINE | re.DOTALL)
    heads = re.findall(r"^(\*?\w[\w, *]*?)(?: : .*)?$", section[1] if section else "", re.MULTILINE)
    return {name.strip(" *") for head in heads for name in head.split(",")}


def of_room(room: str) -> list[Path]:
    """Return the modules of a room."""
    return [path for path in MODULES if room_of(path) == room]


def faults_of_public_names(path: Path) -> list[str]:
    """Return what of a module is listed twice, is not there, has no docstring, or is public and not listed."""
    module = importlib.import_module(name_of(path))
    listed = list(getattr(module, "__all__", []))
    defined = [
        n for n in tree(path).body if isinstance(n, (ast.FunctionDef, ast.ClassDef)) and not n.name.startswith("_")
    ]
    faults = [] if module.__doc__ else ["the module has no docstring"]
    faults += [f"{name} is listed twice" for name in set(listed) if listed.count(name) > 1]
    faults += [f"{name} is listed and not there" for name in listed if not hasattr(module, name)]
    faults += [f"{node.name} has no docstring" for node in defined if not ast.get_docstring(node)]
    if path.name == "__init__.py" or room_of(path) == "cli":
        return faults
    return faults + [f"{node.name} is not listed" for node in defined if node.name not in listed]


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_arrows_point_one_way(room: str) -> None:
    over = {}
    for path in of_room(room):
        rooms = {name.split(".")[1] for name in imports()[name_of(path)] if "." in name}
        over[name_of(path)] = rooms - {room} - MAY_IMPORT[room]
    assert over
    assert not {name: rooms for name, rooms in over.items() if rooms}


@pytest.mark.parametrize("room", INSIDE)
def test_arrows_inside_a_room_are_those_of_the_table(room: str) -> None:
    found: dict[str, set[str]] = {}
    for name in NAMES:
        if name.startswith(f"karmalink.{room}."):
            inside = {folder_of(other) for other in imports()[name] if other.startswith(f"karmalink.{room}.")}
            found.setdefault(folder_of(name), set()).update(inside - {folder_of(name)})
    assert {folder: others for folder, others in found.items() if others} == INSIDE[room]
    tuple(TopologicalSorter(INSIDE[room]).static_order())


def test_no_imports_run_in_a_circle_not_even_lazy_or_typing_ones() -> None:
    try:
        tuple(TopologicalSorter(imports()).static_order())
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES}), ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_folder_holds_at_most_twenty_modules_none_named_like_a_public_function(folder: Path) -> None:
    modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= MOST_MODULES
    if folder.is_relative_to(SOURCE / "cli"):
        return  # a command's function is named after its verb, and the command line is not an API
    fronts = set(doors().get(name_of(folder / "__init__.py"), ()))
    inside = {path.stem for path in modules} | {path.name for path in folder.iterdir() if path.is_dir()}
    assert not fronts.union(*(public_names(path) for path in modules)) & inside


def test_input_is_never_checked_by_assert() -> None:
    asserts = {name_of(path): [n.lineno for n in ast.walk(tree(path)) if isinstance(n, ast.Assert)] for path in MODULES}
    assert not {name: lines for name, lines in asserts.items() if lines}


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_public_names_are_listed_and_documented(room: str) -> None:
    faults = {name_of(path): faults_of_public_names(path) for path in of_room(room) if "migrations" not in path.parts}
    assert not {name: found for name, found in faults.items() if found}


def test_what_a_docstring_calls_a_parameter_is_one() -> None:
    wrong = {}
    for path in MODULES:
        for node in ast.walk(tree(path)):
            of, words = taken(node), documented(node)
            if of is not None and words - of:
                wrong[f"{name_of(path)}:{getattr(node, 'lineno', 0)}"] = sorted(words - of)
    assert not wrong


def test_start_up_is_light() -> None:
    # numpy too: the command line says how many threads its OpenBLAS has, which is read when it is imported
    code = "import sys, karmalink, karmalink.cli; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert HEAVY.isdisjoint(loaded)


def test_every_error_has_an_exit_code_of_the_contract() -> None:
    errors = importlib.import_module("karmalink.errors")
    classes = [getattr(errors, name) for name in errors.__all__ if isinstance(getattr(errors, name), type)]
    codes = {cls.__name__: cls.exit_code for cls in classes if issubclass(cls, errors.KarmalinkError)}
    assert set(codes.values()) == {2, 3, 4, 5, 6}


def test_test_modules_do_not_import_test_modules() -> None:
    tests = Path(__file__).parent
    importing = re.compile(r"^\s*(?:from|import) test_\w+", re.MULTILINE)
    assert not [path.name for path in tests.rglob("*.py") if importing.search(path.read_text(encoding="utf-8"))]


def test_set_up_compiles_what_the_makefile_names() -> None:
    makefile = (Path(__file__).parent.parent / "Makefile").read_text(encoding="utf-8")
    [code] = re.findall(r"\$\(BIN\)/python -c '(from karmalink[^']*)'", makefile)
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
