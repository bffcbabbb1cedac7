"""The front of a room: public names loaded when they are first used, and no foreign exception leaves through them.

Whatever a library, the system or a fault of our own raises becomes a :class:`~karmalink.errors.KarmalinkError` that
carries no value: the message of an exception of pandas can quote a cell, and a cell can be somebody's dream.
"""

from __future__ import annotations

import functools
import os
import platform
import re
import site
import sys
import sysconfig
from collections.abc import Callable, Iterator
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import FunctionType, TracebackType
from typing import Any, cast

import lazy_loader  # type: ignore[import-untyped]

from karmalink.base.argument_types import wrong_argument
from karmalink.errors import InputError, InternalError, KarmalinkError, ReadError, StorageFailed

__all__ = ["SHOW_TRACEBACK", "attach_front", "guarded", "is_panic", "translated"]

SHOW_TRACEBACK = "KARMALINK_TRACEBACK"  # for people who develop Karmalink, on data of their own
_HOME = Path(__file__).parent.parent
_INSTALLED = {sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")}
_LIBRARIES = tuple(
    os.path.join(os.path.realpath(folder), "")  # noqa: PTH118 - a prefix of names, not a path
    for folder in sorted({*_INSTALLED, *site.getsitepackages(), os.fspath(_HOME)})
)
_TYPED_IN = ("<stdin>", "<ipython", "<console>")  # other names in angles are code that libraries generate
_REMOTE_FILE = re.compile(r'^\s+File "([^"\n]+)", line \d+', re.MULTILINE)
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

    Functions are given out :func:`guarded`; constructors, methods and properties of the room's classes are guarded as
    soon as their module is loaded. Functions are kept in the package, under their public name: a process pool finds
    them there.
    """
    load, names, public = lazy_loader.attach_stub(package, file)

    def get(name: str) -> Any:
        thing = load(name)
        if isinstance(thing, FunctionType):
            thing = guarded(thing, package)
            thing.__module__, thing.__qualname__ = package, name
        sys.modules[package].__dict__[name] = thing
        _guard_loaded(package, frozenset(public))
        return thing

    return get, names, public


def guarded(call: FunctionType, home: str = "", *, of_class: bool = False) -> FunctionType:
    """Return a function that lets no foreign exception out.

    Two pass as they are: a call that does not fit the signature, and what the caller's own code raised (a progress
    callback that gives up). Between methods of Karmalink nothing is translated: one may expect what another raises.

    Parameters
    ----------
    call : function
        What is called.
    home : str
        The room it is public in; by default its module.
    of_class : bool
        It is a method: exceptions reach a caller in Karmalink as they are.
    """

    @functools.wraps(call)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except KarmalinkError:
            raise
        except BaseException as error:
            if not isinstance(error, Exception) and not is_panic(error):
                raise
            if of_class and _is_ours(sys._getframe(1).f_globals):
                raise
            inside = error.__traceback__.tb_next if error.__traceback__ else None
            ours = type(error).__module__.startswith("karmalink.")  # between rooms: what a cell's parser refuses
            if ours or inside is None or any(map(_is_callers, _files_of(error, inside))):
                raise
            shown = error if os.environ.get(SHOW_TRACEBACK) else None
            raise wrong_argument(run, args, kwargs, home or run.__module__) or translated(error) from shown

    return cast(FunctionType, run)


def _is_ours(names: dict[str, Any]) -> bool:
    return str(names.get("__name__", "")).startswith("karmalink.")


def is_panic(error: BaseException) -> bool:
    """Return whether a library written in Rust gave up: its exception is no ``Exception``."""
    return type(error).__name__ == "PanicException"


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


def _files_of(error: BaseException, inside: TracebackType) -> Iterator[str]:
    """Yield the source files an exception came through, those in a worker process too: of these only text is left."""
    for frame in _frames(inside):
        yield frame.tb_frame.f_code.co_filename
    if type(error.__cause__).__name__ in ("_RemoteTraceback", "RemoteTraceback"):
        yield from _REMOTE_FILE.findall(str(error.__cause__))


def _is_callers(name: str) -> bool:
    """Return whether a source file is neither of Karmalink nor of what is installed: it is the caller's own."""
    if name.startswith("<"):
        return name.startswith(_TYPED_IN)
    if name.endswith((".pyx", ".pxd", ".pxi")):
        return False  # compiled modules name their source as it was called where they were built
    return not os.path.realpath(name).startswith(_LIBRARIES)


_LOOKED_AT: set[str] = set()  # modules whose classes are guarded


def _guard_loaded(package: str, public: frozenset[str]) -> None:
    """Guard the public classes of a room whose modules are loaded and were not looked at yet."""
    for name in [name for name in sys.modules if name.startswith(f"{package}.") and name not in _LOOKED_AT]:
        module = sys.modules[name]
        listed = set(getattr(module, "__all__", ())) & public
        found = [vars(module).get(one) for one in listed]
        if any(one is None for one in found):
            continue  # it is being imported just now
        _LOOKED_AT.add(name)
        for one in found:
            if isinstance(one, type) and not issubclass(one, BaseException | Enum | tuple):
                _guard_class(one, package)


def _guard_class(kind: type, package: str) -> None:
    """Guard the constructor, the public methods and the properties of a class and of its bases here."""
    if getattr(kind, "_is_protocol", False):
        return
    for base in kind.__mro__:
        if not base.__module__.startswith("karmalink."):
            continue
        for name, member in list(vars(base).items()):
            if name == "__init__" or not name.startswith("_"):
                held = _guarded_member(member, package)
                if held is not member:
                    setattr(base, name, held)


def _guarded_member(member: object, package: str) -> object:
    """Return a method, class method, static method or property with its function guarded; all else as it is."""
    match member:
        case FunctionType() if not hasattr(member, "__wrapped__"):
            return guarded(member, package, of_class=True)
        case classmethod() | staticmethod() if not hasattr(member.__func__, "__wrapped__"):
            return type(member)(guarded(cast(FunctionType, member.__func__), package, of_class=True))
        case property(fget=FunctionType() as get) if not hasattr(get, "__wrapped__"):
            return property(guarded(get, package, of_class=True), member.fset, member.fdel, member.__doc__)
    return member
