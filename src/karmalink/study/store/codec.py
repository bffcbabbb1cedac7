"""The rooms' dataclasses to bytes and back, for storage. Adding a type is one row.

A value is stored with the name of its type and its fields, so that a field that is added to a type later takes its
default when an older record is read. Types are found by their short name in a table, never by a path in the data.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import functools
import importlib
import json
from collections.abc import Callable, Hashable, Mapping
from enum import Enum
from typing import Any, cast

import numpy as np

from karmalink.errors import IntegrityError, UsageError

__all__ = ["TYPES", "decode", "encode"]

# Short name, as stored → where the type lives now. A type that moves keeps its row; a stored name is never given away.
TYPES: dict[str, str] = {
    "Account": "karmalink.account.account",
    "Awakening": "karmalink.study.awakening",
    "Clue": "karmalink.seek.clues.clues",
    "DateMeans": "karmalink.account.dates",
    "Entry": "karmalink.account.life",
    "Finding": "karmalink.night.doctor.findings",
    "Heading": "karmalink.seek.clues.headings",
    "Hypnogram": "karmalink.night.hypnograms.hypnogram",
    "Life": "karmalink.account.life",
    "Night": "karmalink.study.records.nights",
    "Person": "karmalink.study.store.person",
    "Place": "karmalink.seek.ground.places",
    "Precision": "karmalink.account.dates",
    "SleepSummary": "karmalink.night.summary",
    "When": "karmalink.account.dates",
    "Witness": "karmalink.seek.clues.witnesses",
}
# Stored type → stored name of a field → its name now. New values are stored under the new name.
RENAMED_FIELDS: dict[str, dict[str, str]] = {"Finding": {"overrule": "override"}}
_TAG = "$"

# Plain types of Python and numpy: tag → (is it one, to JSON, from JSON).
_PLAIN: dict[str, tuple[Callable[[Any], bool], Callable[[Any], Any], Callable[[Any], Any]]] = {
    "datetime": (lambda v: isinstance(v, dt.datetime), lambda v: v.isoformat(), dt.datetime.fromisoformat),
    "date": (lambda v: type(v) is dt.date, lambda v: v.isoformat(), dt.date.fromisoformat),
    "time": (lambda v: isinstance(v, dt.time), lambda v: v.isoformat(), dt.time.fromisoformat),
    "bytes": (lambda v: isinstance(v, bytes), lambda v: base64.b64encode(v).decode(), base64.b64decode),
    "set": (lambda v: isinstance(v, frozenset), lambda v: sorted(v), frozenset),
    "array": (lambda v: isinstance(v, np.ndarray), lambda v: _from_array(v), lambda v: _to_array(v)),
    "geometry": (lambda v: hasattr(v, "geom_type"), lambda v: _from_geometry(v), lambda v: _to_geometry(v)),
}


def encode(value: Any) -> bytes:
    """Return a value as canonical JSON.

    Raises
    ------
    UsageError
        It holds something of a type that has no row in :data:`TYPES`.
    """
    return json.dumps(_out(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def decode(stored: bytes) -> Any:
    """Return the value that :func:`encode` stored; lists come back as tuples.

    Raises
    ------
    IntegrityError
        It names a type that this Karmalink does not know.
    """
    return _in(json.loads(stored))


def _out(value: Any) -> Any:
    # An enum of strings is a string too, and must come back as the enum: precision is compared by identity.
    if isinstance(value, Enum):
        return {_TAG: _named(value), "v": value.value}
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if dataclasses.is_dataclass(value):
        return {
            _TAG: _named(value),
            "v": {
                name: _out(found)
                for name in _fields(cast(Hashable, type(value)))
                if (found := getattr(value, name)) is not None or name not in _sparse(cast(Hashable, type(value)))
            },
        }
    if isinstance(value, Mapping):
        if any(not isinstance(key, str) or key == _TAG for key in value):
            raise UsageError("only tables whose keys are words can be stored", rule=f"the key {_TAG} is taken")
        return {key: _out(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_out(inner) for inner in value]
    for tag, (is_one, to_json, _) in _PLAIN.items():
        if is_one(value):
            return {_TAG: tag, "v": to_json(value)}
    raise UsageError(f"a {type(value).__name__} cannot be stored", allowed=(*TYPES, *_PLAIN))


def _in(stored: Any) -> Any:
    if isinstance(stored, list):
        return tuple(_in(inner) for inner in stored)
    if not isinstance(stored, dict):
        return stored
    if _TAG not in stored:
        return {key: _in(inner) for key, inner in stored.items()}
    tag, body = stored[_TAG], stored["v"]
    if tag in _PLAIN:
        return _PLAIN[tag][2](body)
    if tag not in TYPES:
        raise IntegrityError(f"a stored value is of the type {tag!r}, which is not known", allowed=tuple(TYPES))
    kind = _type(tag)
    if issubclass(kind, Enum):
        return kind(body)
    known = _fields(cast(Hashable, kind))
    renamed = RENAMED_FIELDS.get(tag, {})
    fields = {renamed.get(name, name): inner for name, inner in body.items()}
    return kind(**{name: _in(inner) for name, inner in fields.items() if name in known})


@functools.cache
def _fields(kind: Hashable) -> tuple[str, ...]:
    # A field marked so is about one reading of a file, not about what was read.
    return tuple(
        field.name for field in dataclasses.fields(cast(Any, kind)) if field.init and field.metadata.get("stored", True)
    )


@functools.cache
def _sparse(kind: Hashable) -> frozenset[str]:
    """Return the fields that are stored only where they say something: added later, most records lack them."""
    return frozenset(field.name for field in dataclasses.fields(cast(Any, kind)) if field.metadata.get("sparse"))


@functools.cache
def _type(name: str) -> type[Any]:
    found: type[Any] = getattr(importlib.import_module(TYPES[name]), name)
    return found


def _named(value: Any) -> str:
    name = type(value).__name__
    if name not in TYPES:
        raise UsageError(f"a {name} cannot be stored", allowed=tuple(TYPES))
    return name


def _from_array(array: np.ndarray[Any, Any]) -> dict[str, Any]:
    if array.dtype.hasobject:
        raise UsageError("an array of objects cannot be stored", rule="arrays hold numbers")
    body = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"dtype": array.dtype.str, "shape": list(array.shape), "body": body}


def _to_array(stored: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    flat = np.frombuffer(base64.b64decode(stored["body"]), dtype=np.dtype(stored["dtype"]))
    return flat.reshape(stored["shape"]).copy()


def _from_geometry(geometry: Any) -> str:
    import shapely

    return str(shapely.to_wkb(geometry, hex=True))


def _to_geometry(stored: str) -> Any:
    import shapely

    return shapely.from_wkb(stored)
