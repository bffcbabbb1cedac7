"""``karmalink demo``."""

from __future__ import annotations

__all__ = ["demo"]


def demo() -> None:
    """Build the demo study, run the whole flow and write its report."""
