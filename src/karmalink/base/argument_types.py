"""Which argument of a call has a type that its annotation does not take: said after a call has failed.

Annotations are read, not evaluated: many name classes that only type checkers import. What an annotation leaves open
(an alias of another module, a protocol) is taken to fit, so that no argument is accused that was right.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import numbers
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypeVar

from karmalink.errors import UsageError

__all__ = ["wrong_argument"]

_PLAIN = (int, float, str, bytes)
# Containers by the name that annotations use; arrays and series are sequences here, a mapping and a text are not.
_LISTS = frozenset(("Sequence", "Iterable", "Collection", "Iterator", "list", "tuple", "set", "frozenset"))
_MAPPINGS = frozenset(("Mapping", "dict", "MutableMapping"))
_ARRAYS = frozenset(("ArrayLike", "NDArray", "ndarray"))


def wrong_argument(
    call: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], home: str
) -> UsageError | None:
    """Return what to say of the first argument of a wrong type, None where all may be right.

    Parameters
    ----------
    call : callable
        The function, with its annotations.
    args, kwargs
        What it was called with; they fit its signature.
    home : str
        The room it is public in, for the hint where to read more.
    """
    names = inspect.unwrap(call).__globals__
    for name, value in inspect.signature(call).bind(*args, **kwargs).arguments.items():
        written = call.__annotations__.get(name, "")
        if not isinstance(written, str) or not written or _takes(_parsed(written), value, names):
            continue
        kind = "None" if value is None else f"of type {type(value).__name__}"
        owner = call.__qualname__.removesuffix(".__init__")
        return UsageError(
            f"{owner.rpartition('.')[2]}: {name} cannot be {kind}{_of_items(value)}",
            allowed=written,
            next_step=f"see help({home}.{owner})",
        )
    return None


def _of_items(value: object) -> str:
    """Return what a list holds, for a message: the list alone may be what was asked for."""
    return f" of {type(value[0]).__name__}" if isinstance(value, list | tuple) and value else ""


def _parsed(written: str) -> ast.expr:
    try:
        return ast.parse(written, mode="eval").body
    except SyntaxError:
        return ast.Name("object")


def _takes(wanted: ast.expr, value: object, names: Mapping[str, Any]) -> bool:
    """Return False where an annotation certainly does not take a value."""
    match wanted:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _takes(left, value, names) or _takes(right, value, names)
        case ast.Constant(value=None):
            return value is None
        case ast.Constant(value=str(quoted)):
            return _takes(_parsed(quoted), value, names)
        case ast.Subscript(value=base, slice=inner):
            return _takes_parts(base, inner, value, names)
    return _takes_kind(_last_name(wanted), _found(wanted, names), value)


def _takes_parts(base: ast.expr, inner: ast.expr, value: object, names: Mapping[str, Any]) -> bool:
    """Return whether ``base[inner]`` may take a value: a list is looked at up to its first item."""
    title = _last_name(base)
    if title == "Literal":
        return value in [part.value for part in ast.walk(inner) if isinstance(part, ast.Constant)]
    if title == "Annotated":
        return _takes(inner.elts[0] if isinstance(inner, ast.Tuple) else inner, value, names)
    if title == "Callable":
        return callable(value)
    if not _takes_kind(title, _found(base, names), value):
        return False
    if title not in _LISTS or not isinstance(value, list | tuple | str | bytes) or not value:
        return True
    items = inner.elts if isinstance(inner, ast.Tuple) and inner.elts else [inner]
    return _takes(items[0], value[0], names)


def _takes_kind(title: str, kind: object, value: object) -> bool:
    """Return whether a class, or a container of this name, may take a value."""
    if title in _MAPPINGS:
        return isinstance(value, Mapping) or hasattr(value, "keys")
    if title in _LISTS:
        return isinstance(value, Iterable) and not isinstance(value, Mapping)
    if title in _ARRAYS:
        return hasattr(value, "__array__") or isinstance(value, list | tuple | numbers.Real)
    if kind is float:
        return isinstance(value, numbers.Real)
    if kind is int:
        return isinstance(value, numbers.Integral)
    if kind in (Any, object) or isinstance(kind, TypeVar) or kind is Literal:
        return True
    if isinstance(kind, type) and not getattr(kind, "_is_protocol", False):
        return isinstance(value, kind)
    # A protocol, an alias, or a class that only type checkers import: a plain value is none of these.
    return value is not None and type(value) is not object and not isinstance(value, _PLAIN)


def _last_name(wanted: ast.expr) -> str:
    return wanted.attr if isinstance(wanted, ast.Attribute) else getattr(wanted, "id", "")


def _found(wanted: ast.expr, names: Mapping[str, Any]) -> object:
    """Return what a name of an annotation stands for, None where it cannot be told."""
    if isinstance(wanted, ast.Attribute):
        return getattr(_found(wanted.value, names), wanted.attr, None)
    name = getattr(wanted, "id", "")
    kind = names.get(name, getattr(builtins, name, None))
    if kind is not None or not name:
        return kind
    # Imported for type checkers only: who has an instance of a class of ours has its module.
    ours = (vars(module).get(name) for title, module in list(sys.modules.items()) if title.startswith("karmalink."))
    return next((found for found in ours if isinstance(found, type)), None)
