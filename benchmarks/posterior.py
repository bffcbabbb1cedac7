"""The exact posterior of 50 clues on 10^6 cells, with the reliability of every clue, against reading the layers once.

And against the plain product over clues in numpy, which gives no reliabilities.
"""

from __future__ import annotations

import numpy as np

from benchmarks.timing import paired
from karmalink.seek import mixture

CELLS, CLUES = 1_000_000, 50


def main() -> None:
    """Print the times, the largest difference of the two answers, the bandwidth, and the ratio to reading once."""
    rng = np.random.default_rng(0)
    layers = rng.gamma(0.5, size=(CLUES, CELLS)).astype(np.float32)
    layers /= layers.sum(axis=1, keepdims=True)
    means = layers.mean(axis=1, dtype=np.float64)
    rho = rng.uniform(0.2, 0.9, CLUES)

    def peer() -> np.ndarray:
        belief = np.ones(CELLS)
        for reliability, layer, mean in zip(rho, layers, means, strict=True):
            belief *= reliability / mean * layer + (1 - reliability)
        return belief / belief.sum()

    difference = float(np.abs(mixture(layers, rho).posterior / peer() - 1).max())
    ours_s, read_s, ratio = paired(lambda: mixture(layers, rho), lambda: [row.sum() for row in layers])
    _, peer_s, to_peer = paired(lambda: mixture(layers, rho), peer, runs=3)
    print(f"{CELLS:,} cells, {CLUES} clues; largest relative difference {difference:.1e}")
    print(f"reading the layers once {read_s * 1000:.0f} ms ({layers.nbytes / read_s / 1e9:.1f} GB/s)")
    print(
        f"karmalink {ours_s * 1000:.0f} ms (with the reliability of every clue), plain product {peer_s * 1000:.0f} ms "
        f"(ratio {to_peer:.2f})"
    )
    print(f"ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
