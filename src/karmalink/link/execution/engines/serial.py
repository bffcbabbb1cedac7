"""One block after the other, in this process."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from karmalink.link.execution.blocks import Block
    from karmalink.link.execution.engines.session import Work

__all__ = ["SerialSession"]


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
