"""The demo study: an invented town, a boy's dreams, his grandmother's story and a search; the truth is planted.

Nothing here is about a real person. The names and words are the project's own, and everything follows from one seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from karmalink.demo.flow import DemoRun, run_demo
    from karmalink.demo.joint_worth import ARMS, WORLDS, Comparison, JointWorth, compare
    from karmalink.demo.story import Story, Truth, build_story
    from karmalink.demo.worth import measure_worth

_HOME = {
    "ARMS": "joint_worth",
    "Comparison": "joint_worth",
    "DemoRun": "flow",
    "JointWorth": "joint_worth",
    "Story": "story",
    "Truth": "story",
    "WORLDS": "joint_worth",
    "build_story": "story",
    "compare": "joint_worth",
    "measure_worth": "worth",
    "run_demo": "flow",
}

__all__ = [
    "ARMS",
    "WORLDS",
    "Comparison",
    "DemoRun",
    "JointWorth",
    "Story",
    "Truth",
    "build_story",
    "compare",
    "measure_worth",
    "run_demo",
]


def __getattr__(name: str) -> Any:
    """Load a public name where it lives, when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
