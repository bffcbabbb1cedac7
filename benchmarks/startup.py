"""How long ``karmalink --help`` takes, against the interpreter doing nothing."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.timing import paired


def main() -> None:
    """Print both times and the ratio."""
    ours = [sys.executable, "-m", "karmalink", "--help"]
    nothing = [sys.executable, "-c", "pass"]
    ours_s, peer_s, ratio = paired(lambda: _run(ours), lambda: _run(nothing), runs=9)
    print(f"karmalink --help {ours_s * 1000:.0f} ms, python -c pass {peer_s * 1000:.0f} ms (the limit is 300 ms)")
    print(f"ratio {ratio:.2f}")


def _run(words: list[str]) -> None:
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
