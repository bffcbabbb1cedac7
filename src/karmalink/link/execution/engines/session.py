"""A block of work, the session that an engine opens for it, and the simplest one: in this process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from karmalink.errors import InputError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["LIVES", "Block", "SerialSession", "Session", "Work", "lost_worker"]

# What an engine is given, and what it is: a session that takes blocks and gives their results back as they are done.


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of the work.

    Attributes
    ----------
    index : int
        Its number, from 0.
    data : object
        The piece.
    seed : int
        Seed of the run.
    """

    index: int
    data: Any
    seed: int = 0

    def rng(self) -> np.random.Generator:
        """Return the block's own randomness: the `index`-th child of the run's seed."""
        import numpy as np

        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(self.index,)))


Work = Callable[[Block, Any], Any]
"""``work(block, shared) -> result``: a function of a module (workers import it by name)."""

# How often a block may take its worker down before it is held to be the block's own doing.
LIVES = 3


class Session(Protocol):
    """An open engine, for one piece of work."""

    def submit(self, block: Block) -> None:
        """Hand in a block."""

    def wait(self) -> list[tuple[int, Any]]:
        """Return (index, result) of one handed-in block or more, once there is one.

        Whatever the work raises is raised here.
        """

    def close(self) -> None:
        """Drop what is not done, end every worker that the session started."""


def lost_worker(index: int) -> InputError:
    """Return the error for a block that took down one worker after the other."""
    return InputError(
        f"block {index} crashed {LIVES} workers, one after the other",
        rule=f"a worker that is killed is replaced and its block retried, at most {LIVES} times",
        next_step="check whether memory runs out (use fewer workers or less memory per block: workers=, memory_mb=); a "
        'script that uses processes also needs `if __name__ == "__main__":`; finished blocks are kept in the journal',
    )


class SerialSession:
    """Blocks wait in a line; each :meth:`wait` does one."""

    def __init__(self, work: Work, shared: Any) -> None:
        self._work, self._shared = work, shared
        self._line: deque[Block] = deque()

    def submit(self, block: Block) -> None:
        """Put a block into the line."""
        self._line.append(block)

    def wait(self) -> list[tuple[int, Any]]:
        """Do the first of the line."""
        block = self._line.popleft()
        return [(block.index, self._work(block, self._shared))]

    def close(self) -> None:
        """Drop the line."""
        self._line.clear()
