"""The study room: the only room that stores.

with kl.study.Study.create("garden", title="The garden study", passphrase="…") as study:
    study.people.add(kl.study.Person("P01", consent=True))
    study.accounts.add(accounts)
"""

from __future__ import annotations

import importlib
from typing import Any

# One row per public name: the module it lives in. Loaded when first used, since SQLAlchemy and the ciphers are heavy.
_HOMES = {
    "Added": "records.records",
    "Anchor": "records.ledger_anchors",
    "Awakening": "joints",
    "ClueFrom": "joints",
    "ErasureReport": "erasure",
    "Exported": "records.exported",
    "KdfCost": "store.keyfile",
    "KeyCopy": "store.keys",
    "KeyStore": "store.keys",
    "LedgerEntry": "store.ledger",
    "Night": "records.nights",
    "Person": "store.person",
    "ROLES": "store.person",
    "Refusal": "records.records",
    "Result": "records.results",
    "SETTINGS": "store.settings",
    "Setting": "store.settings",
    "Settings": "store.settings",
    "Study": "study",
    "VerifyReport": "verification",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'karmalink.study' has no attribute {name!r}")
    return getattr(importlib.import_module(f"karmalink.study.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
