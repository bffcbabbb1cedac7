"""Forty nights by one command, ``night score *.edf --events``: a night on average, against YASA's own calls for one.

The nights are one file of 8 h under forty names, 3 channels at 256 Hz; each is read, looked at, staged by the steady
default, searched for all six kinds of event, and written with its table and its events. The peer is that of `night`,
a process a night, run before and after.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.night import run_job

NIGHTS = 40


def main(nights: int = NIGHTS) -> None:
    """Print the time of a night on average, and its ratio to the peer's."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.edf"
        run_job("made", source)
        named = [Path(folder) / f"night{number:02d}.edf" for number in range(nights)]
        for path in named:
            path.symlink_to(source)
        peers = [run_job("peer", source)["wall"]]
        start = time.perf_counter()
        words = [sys.executable, "-m", "karmalink", "night", "score", *map(str, named)]
        subprocess.run([*words, "--events", "--out", str(Path(folder) / "out")], check=True, capture_output=True)
        ours = (time.perf_counter() - start) / nights
        peers.append(run_job("peer", source)["wall"])
    peer = sum(peers) / len(peers)
    print(
        f"karmalink: {ours:.1f} s a night of {nights}; YASA {peer:.1f} s a night ({min(peers):.1f} to {max(peers):.1f})"
    )
    print(f"ratio {ours / peer:.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))  # fewer nights for a look: python -m benchmarks.forty_nights 8
