"""The journal of a run: the results of its blocks, so that a run that was killed goes on where it was.

A journal keeps bytes under names. Plain files are one (:class:`FileJournal`), an encrypted one is in the study. What
the bytes are is told here: values and arrays, never pickled code, with a checksum, so that a result that was torn by a
crash is done again and not believed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from karmalink.base.files import write_whole
from karmalink.errors import InputError, IntegrityError, StorageFailed

__all__ = ["FileJournal", "Journal", "Run", "digest_of", "kept_as", "pack", "unpack"]

_FORM = b"kl1"
_SUM = hashlib.sha256().digest_size
_ENDING = ".block"
_KEPT_AS: dict[Any, str] = {}
_Named = TypeVar("_Named", bound=Callable[..., Any])


class Journal(Protocol):
    """Bytes under names (``hex-number``), each there whole or not at all."""

    def __contains__(self, name: str) -> bool:
        """Whether there are bytes under this name."""

    def read(self, name: str) -> bytes:
        """Return the bytes of a name."""

    def write(self, name: str, body: bytes) -> None:
        """Keep bytes under a name."""

    def clear(self) -> None:
        """Forget everything: the run's result is safe elsewhere."""


class FileJournal:
    """A journal of plain files in a folder, readable to their owner only.

    It holds numbers made of people's texts, in the clear: for a study use the study's own, which is encrypted.

    Parameters
    ----------
    folder : str or Path
        A folder for this journal alone; it is made.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        if self.folder.exists() and not self.folder.is_dir():
            raise InputError("a journal must be a folder", where=self.folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise _failed(error, self.folder) from None

    def __contains__(self, name: object) -> bool:
        """Whether there are bytes under this name."""
        return (self.folder / f"{name}{_ENDING}").is_file()

    def names(self) -> list[str]:
        """Return the names that are there."""
        return [path.stem for path in self.folder.glob(f"*{_ENDING}")]

    def read(self, name: str) -> bytes:
        """Return the bytes of a name."""
        return (self.folder / f"{name}{_ENDING}").read_bytes()

    def write(self, name: str, body: bytes) -> None:
        """Keep bytes under a name, in one step.

        Raises
        ------
        StorageFailed
            The disk is full or read-only.
        """
        path = self.folder / f"{name}{_ENDING}"
        try:
            write_whole(path, body, private=True)
        except OSError as error:
            raise _failed(error, path) from None

    def clear(self) -> None:
        """Delete the journal's files, and the folder if nothing else is in it."""
        for path in (*self.folder.glob(f"*{_ENDING}"), *self.folder.glob(f".*.part{_ENDING}")):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()

    def __repr__(self) -> str:
        """One-line summary."""
        return f"FileJournal({len(self.names())} blocks)"


def _failed(error: OSError, path: Path) -> StorageFailed:
    return StorageFailed(
        f"the journal cannot be written: {(error.strerror or type(error).__name__).lower()}",
        where=path,
        next_step="free space or choose another place, then run it again: finished blocks are not repeated",
    )


@dataclass(frozen=True, slots=True)
class Run:
    """One piece of work in a journal, named by everything that its results depend on."""

    journal: Journal
    digest: str

    def known(self, n: int) -> frozenset[int]:
        """Return the blocks of `n` whose results are there and whole."""
        return frozenset(index for index in range(n) if self._name(index) in self.journal and self._whole(index))

    def read(self, index: int) -> Any:
        """Return the result of a block that is known."""
        return unpack(self.journal.read(self._name(index)))

    def write(self, index: int, result: Any) -> Any:
        """Keep the result of a block; return it as it will be read."""
        body = pack(result)
        self.journal.write(self._name(index), body)
        return unpack(body)

    def _name(self, index: int) -> str:
        return f"{self.digest[:32]}-{index}"

    def _whole(self, index: int) -> bool:
        try:
            return _intact(self.journal.read(self._name(index)))
        except IntegrityError:
            return False


def _intact(body: bytes) -> bool:
    head = len(_FORM) + _SUM
    return body[: len(_FORM)] == _FORM and hashlib.sha256(body[head:]).digest() == body[len(_FORM) : head]


def pack(result: Any) -> bytes:
    """Return a result as bytes: numbers, strings, None, arrays of numbers, and lists, tuples and dicts of these.

    Raises
    ------
    InputError
        Something else is in it.
    """
    import numpy as np

    arrays: list[Any] = []
    text = json.dumps(_plain(result, arrays)).encode()
    out = io.BytesIO()
    out.write(len(text).to_bytes(8, "big"))
    out.write(text)
    for array in arrays:
        np.save(out, array, allow_pickle=False)
    body = out.getvalue()
    return _FORM + hashlib.sha256(body).digest() + body


def unpack(body: bytes) -> Any:
    """Return what :func:`pack` was given.

    Raises
    ------
    InputError
        The bytes are torn.
    """
    import numpy as np

    if not _intact(body):
        raise InputError("a block of the journal is damaged", next_step="delete the journal, then run it again")
    stream = io.BytesIO(body[len(_FORM) + _SUM :])
    tree = json.loads(stream.read(int.from_bytes(stream.read(8), "big")))
    return _back(tree, lambda: np.load(stream, allow_pickle=False))


def _plain(value: Any, arrays: list[Any]) -> Any:
    """Return a value as JSON with its arrays taken out; the kind of every container is written down."""
    import numpy as np

    if value is None or (isinstance(value, str | bool | int | float) and type(value).__module__ == "builtins"):
        return value
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biufcU":
        arrays.append(np.asarray(value))
        return {"array": "scalar" if isinstance(value, np.generic) else "array"}
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return {type(value).__name__: [_plain(each, arrays) for each in value]}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"dict": [[key, _plain(each, arrays)] for key, each in value.items()]}
    raise InputError(
        f"a block's result contains a {type(value).__name__}",
        rule="a journal stores values, never code",
        allowed="numbers, strings, arrays, and lists, tuples and dicts of these",
    )


def _back(tree: Any, array: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    [(kind, held)] = tree.items()
    if kind == "array":
        found = array()
        return found[()] if held == "scalar" else found
    if kind == "dict":
        return {key: _back(each, array) for key, each in held}
    several = [_back(each, array) for each in held]
    return tuple(several) if kind == "tuple" else several


def kept_as(name: str) -> Callable[[_Named], _Named]:
    """Give a function or a class the name that journals know it by, wherever it lives.

    A run is named by all that it depends on, its work included. Were that the path of a module, a journal of before
    would be passed over in silence, and a night's work done again, because a file was moved.

    Parameters
    ----------
    name : str
        The name in journals; once there are journals it stays.
    """

    def named(thing: _Named) -> _Named:
        _KEPT_AS[thing] = name
        return thing

    return named


def digest_of(value: Any) -> str:
    """Return a SHA-256 (hex) of everything that a run's results depend on, the same in every process.

    Raises
    ------
    InputError
        Something in it has no form that stays the same.
    """
    from karmalink import __version__

    found = hashlib.sha256(f"karmalink {__version__}".encode())
    _add(found, value)
    return found.hexdigest()


def _add(found: Any, value: Any) -> None:
    import numpy as np

    found.update(_KEPT_AS.get(type(value), type(value).__name__).encode() + b"\0")
    if isinstance(value, np.ndarray):
        found.update(f"{value.dtype.str}{value.shape}".encode())
        found.update(np.ascontiguousarray(value).tobytes())
    elif hasattr(value, "indptr"):
        _add(found, (value.shape, value.indptr, value.indices, value.data))
    elif is_dataclass(value) and not isinstance(value, type):
        _add(found, [getattr(value, field.name) for field in fields(value)])
    elif isinstance(value, Mapping):
        _add(found, [[key, value[key]] for key in sorted(value)])
    elif isinstance(value, list | tuple):
        found.update(len(value).to_bytes(8, "big"))
        for each in value:
            _add(found, each)
    elif isinstance(value, str | bytes | int | float | bool | np.generic | dt.date) or value is None:
        found.update(repr(value).encode())
    elif callable(value) and hasattr(value, "__qualname__"):
        found.update(_KEPT_AS.get(value, f"{value.__module__}.{value.__qualname__}").encode())
    else:
        raise InputError(
            f"a journal cannot name work that depends on a {type(value).__name__}",
            allowed="numbers, strings, arrays, dataclasses, mappings and lists of these, functions of a module",
        )
