"""Work that workers import by name."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np

from karmalink.link import Block


def noisy_product(block: Block, shared: np.ndarray) -> dict[str, Any]:
    """Something random, something shared, something of the block itself."""
    return {"n": block.data, "draw": block.rng().standard_normal(3), "sum": float(shared.sum() * block.data)}


def once_deadly(block: Block, marker: str) -> int:
    """Kill the worker the first time block 3 is done; the marker remembers that."""
    if block.index == 3 and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return int(block.rng().integers(1000))


def always_deadly(block: Block, shared: None) -> int:
    """Kill the worker at block 1 whenever it is tried."""
    if block.index == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return block.index


def counted(block: Block, folder: str) -> int:
    """Leave a trace of every time a block is done."""
    with (Path(folder) / str(block.index)).open("a", encoding="utf-8") as trace:
        trace.write("x")
    return int(block.rng().integers(1_000_000))


def failing(block: Block, shared: None) -> int:
    """Fail at block 2."""
    if block.index == 2:
        raise ValueError("block 2 fails")
    return block.index
