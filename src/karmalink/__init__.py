"""Karmalink: from a night to a place.

An account is what one person remembers and when they said it. Karmalink records the night it came from, asks whose
life it is made of, follows it to a place, and never reports a link without the chance of a coincidence.

    import karmalink as kl

The nouns are loaded when they are first used: ``import karmalink`` itself is quick.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# One row per public name: where it lives. Rooms come as modules, the nouns people use most by their own name.
_HOMES = {
    "CannotAnswer": "karmalink.errors",
    "KarmalinkError": "karmalink.errors",
    "account": "",
    "errors": "",
    "link": "",
    "night": "",
    "report": "",
    "seek": "",
    "study": "",
}

__all__ = sorted(["__version__", *_HOMES])


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'karmalink' has no attribute {name!r}")
    home = _HOMES[name]
    return getattr(importlib.import_module(home), name) if home else importlib.import_module(f"karmalink.{name}")


def __dir__() -> list[str]:
    return sorted(__all__)
