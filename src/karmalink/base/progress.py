"""How a long task says how far it is: ``progress(done, total)``. What it raises cancels the task."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Progress", "step_counter"]

Progress = Callable[[int, int], None]


def step_counter(total: int, progress: Progress | None) -> Callable[[], None]:
    """Return a function to be called after each of `total` steps; it tells `progress` how many are done."""
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    return step
