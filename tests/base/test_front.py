"""The front of a room: what leaves through it is a result or an error of ours that carries no value."""

from __future__ import annotations

import importlib
import inspect
import pickle
import warnings
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from types import FunctionType
from typing import Any, cast

import numpy as np
import pytest

import karmalink as kl
from karmalink.base.argument_types import wrong_argument
from karmalink.base.front import SHOW_TRACEBACK, guarded, translated
from karmalink.demo import build_story
from karmalink.errors import InputError, InternalError, KarmalinkError, ReadError, UsageError
from karmalink.rows import Refused

CLUE = kl.seek.Clue("c", "near", ("a",), "w")
DREAM = "I carried a long boat through the market"


def front(call: Callable[..., Any]) -> FunctionType:
    return guarded(cast(FunctionType, call))


def of_ours(code: str) -> Callable[..., Any]:
    """Return a guarded function that stands in a file of Karmalink."""
    names: dict[str, Any] = {"__name__": "karmalink.made_up"}
    exec(compile(code, str(Path(kl.__file__).with_name("made_up.py")), "exec"), names)
    return front(names["call"])


def test_a_foreign_exception_leaves_with_type_and_lines_and_without_its_words() -> None:
    with pytest.raises(InternalError) as caught:
        of_ours("def call(text):\n    return float(text)")(DREAM)
    said = str(caught.value)
    assert "ValueError at " in said
    assert "karmalink.made_up:2" in said
    assert "please report" in said
    assert DREAM not in said
    assert caught.value.__suppress_context__
    assert caught.value.exit_code == 6


def test_a_traceback_is_chained_only_where_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SHOW_TRACEBACK, "1")
    with pytest.raises(InternalError) as caught:
        of_ours("def call(text):\n    return float(text)")(DREAM)
    assert isinstance(caught.value.__cause__, ValueError)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ValueError(DREAM), InternalError),
        (RecursionError(DREAM), InternalError),
        (MemoryError(DREAM), InputError),
        (OSError(DREAM), ReadError),
        (FileNotFoundError(2, DREAM, b"a.csv"), ReadError),
    ],
)
def test_translated_never_carries_the_words_of_what_it_translates(
    error: BaseException, kind: type[KarmalinkError]
) -> None:
    ours = translated(error)
    assert type(ours) is kind
    assert DREAM not in str(ours)


@pytest.mark.parametrize(
    ("call", "args", "says"),
    [
        ("night.stage", (3,), "stage: recording cannot be of type int"),
        ("night.read_recording", (None,), "read_recording: path cannot be None"),
        ("night.summarise", ("night.csv",), "summarise: hypnogram cannot be of type str"),
        ("link.pairs", (3, 4), "pairs: accounts cannot be of type int"),
    ],
)
def test_an_argument_of_a_wrong_type_is_named_with_what_it_takes(call: str, args: tuple[Any, ...], says: str) -> None:
    room, name = call.split(".")
    with pytest.raises(UsageError) as caught:
        getattr(getattr(kl, room), name)(*args)
    assert says in str(caught.value)
    assert f"see help(karmalink.{call})" in str(caught.value)


def test_a_call_that_does_not_fit_the_signature_is_pythons_own_error() -> None:
    with pytest.raises(TypeError, match="missing 1 required"):
        kl.night.stage()  # type: ignore[call-arg]


def test_what_the_callers_own_code_raised_passes_as_it_is() -> None:
    class GivenUp(Exception):
        pass

    def give_up(done: int, total: int) -> None:
        raise GivenUp

    recording, _ = kl.night.simulate_night(hours=0.2, seed=1)
    with warnings.catch_warnings(), pytest.raises(GivenUp):
        warnings.simplefilter("ignore")
        kl.night.stage(recording, progress=give_up)


def test_a_constructor_is_guarded_once_however_often_its_class_is_asked_for() -> None:
    first = kl.seek.Case.read
    assert kl.seek.Case.read.__func__ is first.__func__  # type: ignore[attr-defined]
    with pytest.raises(UsageError, match="cannot be of type int"):
        kl.seek.Case.read(cast(Any, 7))


def test_a_guarded_function_is_found_by_a_process_pool_and_keeps_name_and_help() -> None:
    read = kl.night.read_recording
    assert pickle.loads(pickle.dumps(read)) is read
    assert (read.__module__, read.__name__) == ("karmalink.night", "read_recording")
    assert "Raises" in (read.__doc__ or "")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: kl.seek.Clue(*[cast(Any, 3)] * 4), "Clue: id cannot be of type int"),
        (lambda: kl.seek.Asset(*[cast(Any, b"x")] * 3), "Asset: "),
        (lambda: kl.night.simulate_night(hours=0.2, seed=1)[0].signal(cast(Any, object())), "signal: "),
        (lambda: kl.link.pairs(cast(Any, ["x"]), cast(Any, ["x"])), "pairs: accounts cannot be of type list of str"),
        (lambda: kl.link.pairs(cast(Any, {}), cast(Any, {})), "pairs: accounts cannot be of type dict"),
        (lambda: build_story(cast(Any, "x")), "build_story: seed cannot be of type str"),
    ],
)
def test_constructors_methods_and_items_of_a_wrong_type_are_named_too(call: Callable[[], object], says: str) -> None:
    with pytest.raises(KarmalinkError) as caught:
        call()
    assert says in str(caught.value)


def test_between_our_own_methods_an_exception_passes_as_it_is() -> None:
    names: dict[str, Any] = {"__name__": "karmalink.made_up"}
    code = """
def inner():
    raise KeyError("k")
def outer():
    try:
        call()
    except KeyError:
        return 7
"""
    exec(compile(code, str(Path(kl.__file__).with_name("made_up.py")), "exec"), names)
    names["call"] = guarded(names["inner"], of_class=True)
    assert guarded(names["outer"])() == 7
    with pytest.raises(InternalError):
        names["call"]()


@pytest.mark.parametrize(
    ("written", "fits", "fits_not"),
    [
        ("float | None", (1, 1.5, None, np.float32(1)), ("x", [], object())),
        ("Sequence[str]", (["x"], [], "x", ("x",)), (3, [3], None, {}, object())),
        ("tuple[str, int]", (("x", 1),), ((1, "x"),)),
        ("Mapping[str, int]", ({}, {"a": 1}), (3, [1], "x", None)),
        ("Callable[[int], None] | None", (print, None), (3, "x")),
        ("Literal['a', 'b']", ("a", "b"), ("c", 3)),
        ("NDArray[np.float64]", (np.zeros(2), [1.0]), ("x", None, {})),
        ("Clue", (CLUE,), ({}, [1], 3)),
        ("SomethingElsewhere", ([], np.zeros(2)), (3, "x", None, object())),
        ("object", (3, None, "x"), ()),
        ("not an annotation", (3,), ()),
    ],
)
def test_an_annotation_refuses_only_what_it_certainly_does_not_take(
    written: str, fits: tuple[Any, ...], fits_not: tuple[Any, ...]
) -> None:
    def call(value: object) -> None:
        pass

    call.__annotations__["value"] = written
    assert [one for one in fits if wrong_argument(call, (one,), {}, "here")] == []
    assert [one for one in fits_not if not wrong_argument(call, (one,), {}, "here")] == []


def test_a_panic_of_a_library_in_rust_is_an_error_of_ours_and_an_interruption_stays_one() -> None:
    code = """
class PanicException(BaseException):
    __module__ = "pyo3_runtime"
def call(kind):
    raise kind or PanicException("x")
"""
    with pytest.raises(InternalError, match="fault of Karmalink"):
        of_ours(code)(None)
    for kind in (KeyboardInterrupt, SystemExit, GeneratorExit):
        with pytest.raises(kind):
            of_ours(code)(kind)


def test_guarded_gives_back_what_the_call_gives() -> None:
    assert front(lambda value, *, twice: value * twice)(3, twice=2) == 6


def public_callables() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the public functions, classes and class methods of every room."""
    for room in ("night", "account", "link", "seek", "study", "report", "rows"):
        front_of_room = importlib.import_module(f"karmalink.{room}")
        for name in front_of_room.__all__:
            thing = getattr(front_of_room, name)
            if isinstance(thing, FunctionType):
                yield f"{room}.{name}", thing
            elif isinstance(thing, type) and not issubclass(thing, BaseException | Enum):
                if not getattr(thing, "_is_protocol", False):
                    yield f"{room}.{name}", thing
                for own, member in vars(thing).items():
                    if isinstance(member, classmethod) and not own.startswith("_"):
                        yield f"{room}.{name}.{own}", getattr(thing, own)


def test_a_senseless_argument_never_lets_a_foreign_exception_out() -> None:
    foreign: dict[str, str] = {}
    senseless: Any = object()
    for name, call in public_callables():
        wanted = [one for one in inspect.signature(call).parameters.values() if one.default is one.empty]
        args = [senseless for one in wanted if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
        named = {one.name: senseless for one in wanted if one.kind is one.KEYWORD_ONLY}
        try:
            call(*args, **named)
        except (KarmalinkError, Refused):  # a parser of cells refuses in its own way, to those who read tables
            continue
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            foreign[name] = repr(error)
    assert foreign == {}
