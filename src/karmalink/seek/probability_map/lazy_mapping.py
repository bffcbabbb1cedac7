"""A mapping that is computed when somebody first looks into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

__all__ = ["Awaited"]


class Awaited(Mapping[str, float]):
    """Numbers by name, which nobody pays for who does not look.

    Parameters
    ----------
    make : callable
        Gives them; called once.
    """

    def __init__(self, make: Callable[[], dict[str, float]]) -> None:
        self._make = make

    @cached_property
    def _found(self) -> dict[str, float]:
        return self._make()

    def __getitem__(self, name: str) -> float:
        """Return one number."""
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._found)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._found)

    def __repr__(self) -> str:
        """Tell the numbers, as a dict does."""
        return repr(self._found)
