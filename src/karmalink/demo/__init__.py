"""The demo study: an invented town, a boy's dreams, his grandmother's story and a search; the truth is planted.

Nothing here is about a real person. The names and words are the project's own, and everything follows from one seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from karmalink.demo.joint_worth import ARMS, WORLDS, Comparison, JointWorth, compare

_HOME = {
    "ARMS": "joint_worth",
    "WORLDS": "joint_worth",
    "Comparison": "joint_worth",
    "JointWorth": "joint_worth",
    "compare": "joint_worth",
}

__all__ = ["ARMS", "WORLDS", "Comparison", "JointWorth", "compare"]


def __getattr__(name: str) -> Any:
    """Load a public name where it lives, when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
