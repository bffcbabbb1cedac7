"""The demo study: an invented town, a boy's dreams, his grandmother's story and a search; the truth is planted.

Nothing here is about a real person. The names and words are the project's own, and everything follows from one seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from karmalink.demo.combined_gain import ARMS, WORLDS, ArmComparison, CombinedGain, compare
    from karmalink.demo.flow import DemoRun, run_demo
    from karmalink.demo.gain_worlds import measure_gain
    from karmalink.demo.story import Story, Truth, build_story

_HOME = {
    "ARMS": "combined_gain",
    "ArmComparison": "combined_gain",
    "DemoRun": "flow",
    "CombinedGain": "combined_gain",
    "Story": "story",
    "Truth": "story",
    "WORLDS": "combined_gain",
    "build_story": "story",
    "compare": "combined_gain",
    "measure_gain": "gain_worlds",
    "run_demo": "flow",
}

__all__ = [
    "ARMS",
    "WORLDS",
    "ArmComparison",
    "CombinedGain",
    "DemoRun",
    "Story",
    "Truth",
    "build_story",
    "compare",
    "measure_gain",
    "run_demo",
]


def __getattr__(name: str) -> Any:
    """Load a public name where it lives, when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
