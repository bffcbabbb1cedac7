"""How a long task says how far it is: ``progress(done, total)``. What it raises cancels the task."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Progress"]

Progress = Callable[[int, int], None]
