"""The front of a room: public names loaded when they are first used, and no foreign exception leaves through them.

Whatever a library, the system or a fault of our own raises becomes a :class:`~karmalink.errors.KarmalinkError` that
carries no value: the message of an exception of pandas can quote a cell, and a cell can be somebody's dream.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import os
import platform
import site
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import FunctionType, TracebackType
from typing import Any, cast

import lazy_loader  # type: ignore[import-untyped]

from karmalink.errors import InputError, InternalError, KarmalinkError, ReadError, StorageFailed, UsageError

__all__ = ["SHOW_TRACEBACK", "attach_front", "guarded", "translated"]

SHOW_TRACEBACK = "KARMALINK_TRACEBACK"  # for people who develop Karmalink, on data of their own
_HOME = Path(__file__).parent.parent
_INSTALLED = {sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")}
_LIBRARIES = tuple(
    os.path.join(os.path.realpath(folder), "")  # noqa: PTH118 - a prefix of names, not a path
    for folder in sorted({*_INSTALLED, *site.getsitepackages(), os.fspath(_HOME)})
)
_TYPED_IN = ("<stdin>", "<ipython", "<console>")  # other names in angles are code that libraries generate
_SHOWN_FRAMES = 6
# errno of "no space left", "read-only file system", "permission denied", "quota exceeded", "file too large"
_DISK_ERRNOS = {
    28: "the disk is full",
    30: "the disk is read-only",
    13: "writing is not permitted",
    122: "the disk quota is used up",
    27: "the file grew too large for the disk",
}


def attach_front(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__, __dir__, __all__`` of a room, from the stub beside it.

    Functions are given out :func:`guarded`, classes with their constructors (class methods) guarded. They are kept in
    the package, under their public name: a process pool finds them there.
    """
    load, names, public = lazy_loader.attach_stub(package, file)

    def get(name: str) -> Any:
        thing = load(name)
        if isinstance(thing, FunctionType):
            thing = guarded(thing)
            thing.__module__, thing.__qualname__ = package, name
        elif isinstance(thing, type) and not issubclass(thing, BaseException):
            _guard_constructors(thing)
        sys.modules[package].__dict__[name] = thing
        return thing

    return get, names, public


def guarded(call: FunctionType) -> FunctionType:
    """Return a function that lets no foreign exception out.

    Two pass as they are: a call that does not fit the signature, and what the caller's own code raised (a progress
    callback that gives up).
    """

    @functools.wraps(call)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except KarmalinkError:
            raise
        except Exception as error:
            inside = error.__traceback__.tb_next if error.__traceback__ else None
            ours = type(error).__module__.startswith("karmalink.")  # between rooms: what a cell's parser refuses
            if ours or inside is None or any(_is_callers(frame) for frame in _frames(inside)):
                raise
            shown = error if os.environ.get(SHOW_TRACEBACK) else None
            raise _wrong_argument(run, args, kwargs) or translated(error) from shown

    return cast(FunctionType, run)


def _wrong_argument(call: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> UsageError | None:
    """Return what to say where a call failed and an argument has a type that its annotation does not take.

    Looked at afterwards, so that a call that works costs nothing; an annotation that says nothing here (a protocol, an
    alias of another module) is passed over.
    """
    names = inspect.unwrap(call).__globals__
    for name, value in inspect.signature(call).bind(*args, **kwargs).arguments.items():
        written = call.__annotations__.get(name, "")
        takes = [part.strip() for part in written.split("|")] if isinstance(written, str) and written else []
        if takes and not any(_takes(part, value, names) for part in takes):
            what = f"{call.__name__}: {name} cannot be {'None' if value is None else 'of type ' + type(value).__name__}"
            return UsageError(what, allowed=written, next_step=f"see help({call.__module__}.{call.__qualname__})")
    return None


def _takes(annotation: str, value: object, names: Mapping[str, Any]) -> bool:
    """Return False where one part of an annotation certainly does not take a value."""
    kind = None if annotation == "None" else names.get(annotation, getattr(builtins, annotation, annotation))
    if kind is None:
        return value is None
    if isinstance(kind, type) and not getattr(kind, "_is_protocol", False):
        return isinstance(value, (kind, int) if kind is float else kind)
    # A container, or a class that only type checkers import: a plain value is neither.
    return not isinstance(value, int | float | str | None)


def translated(error: BaseException) -> KarmalinkError:
    """Return an exception as one of ours, without any value that it carries."""
    if isinstance(error, KarmalinkError):
        return error
    if isinstance(error, MemoryError):
        return InputError(
            "this does not fit into the memory of this machine",
            rule="nothing was written",
            next_step="ask for less at once: fewer cells, a shorter recording, fewer rows",
        )
    if isinstance(error, OSError):
        return _of_the_system(error)
    return InternalError(
        "this is a fault of Karmalink",
        where=_place_of(error),
        rule="bad input has a message of its own; nothing was written that was not said",
        next_step="please report the lines above: they hold no data. "
        f"With {SHOW_TRACEBACK}=1 Python's own traceback follows; it can quote your data",
    )


def _of_the_system(error: OSError) -> KarmalinkError:
    """Return what the operating system refused as a message: full or closed disks, folders that are not there …"""
    place = os.fspath(error.filename) if isinstance(error.filename, str | bytes | os.PathLike) else ""
    place = place.decode(errors="replace") if isinstance(place, bytes) else place
    refused = _DISK_ERRNOS.get(error.errno or 0)
    if refused is not None:
        return StorageFailed(refused, where=place, next_step="free space or choose another place, then run it again")
    # Only the system's own words: str(error) of a library may carry more than the name of a file.
    why = os.strerror(error.errno) if error.errno else "a file or folder cannot be used"
    return ReadError(
        f"{why[:1].lower()}{why[1:]}",
        where=place,
        rule="the system refused a file or a folder",
        next_step="check the name, the folder and whose it is, then run it again",
    )


def _place_of(error: BaseException) -> str:
    """Return type, innermost lines and versions: all that a report needs, and no value."""
    frames = [_line(frame) for frame in _frames(error.__traceback__)][-_SHOWN_FRAMES:]
    try:
        own = version("karmalink")
    except PackageNotFoundError:
        own = "unknown"
    machine = f"Karmalink {own}, Python {platform.python_version()}, {platform.system()}"
    return f"{type(error).__name__} at {' > '.join(frames) or 'an unknown line'} ({machine})"


def _frames(inside: TracebackType | None) -> Iterator[TracebackType]:
    while inside is not None:
        yield inside
        inside = inside.tb_next


def _line(frame: TracebackType) -> str:
    return f"{frame.tb_frame.f_globals.get('__name__', '?')}:{frame.tb_lineno}"


def _is_callers(frame: TracebackType) -> bool:
    """Return whether a line is neither of Karmalink nor of what is installed: it is the caller's own."""
    name = frame.tb_frame.f_code.co_filename
    if name.startswith("<"):
        return name.startswith(_TYPED_IN)
    return not os.path.realpath(name).startswith(_LIBRARIES)


def _guard_constructors(kind: type) -> None:
    for name, member in list(vars(kind).items()):
        call = member.__func__ if isinstance(member, classmethod) else None
        if isinstance(call, FunctionType) and not name.startswith("_") and not hasattr(call, "__wrapped__"):
            setattr(kind, name, classmethod(guarded(call)))
