"""What somebody waits for on a map of 10^7 cells with 50 clues of ten witnesses, and the memory it takes.

The peer of a move of a slider is the map made anew from its layers, which a move would cost if no factors were kept.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from typing import TypeVar

from benchmarks.slider import CLUES, town
from benchmarks.timing import paired
from karmalink.seek import locate, schedule, segments
from karmalink.seek.probability_map.sliders import Sliders

CELLS = 10_000_000
_Found = TypeVar("_Found")


def timed(name: str, work: Callable[[], _Found]) -> _Found:
    """Run some work and print how long it took, and the most memory that was held so far."""
    start = time.perf_counter()
    found = work()
    seconds = time.perf_counter() - start
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(f"  {seconds:7.2f} s  {held / 1e9:4.1f} GB  {name}", flush=True)
    return found


def main() -> None:
    """Print what each step takes, once, and the ratio of a slider's move to the map made anew."""
    area, places, clues, people = town(CELLS)
    print(f"{area.n:,} cells, {CLUES} clues; seconds, and the most memory held so far")
    found = timed("the first map, from the places and the clues", lambda: locate(area, places, clues, people))
    timed("how far every clue is believed", lambda: found.clue_reliability["c0"])
    timed("the ground that holds half of the belief", lambda: found.region(0.5))
    ground = timed("segments", lambda: segments(area))
    sliders = timed("taking the sliders into the hand", lambda: Sliders(found))
    at = iter((0.3, 0.8) * 20)

    def moved() -> None:
        probability = sliders.move(witness="w3", reliability=next(at)).probability
        schedule(ground.sum(probability), ground.m2, [8000.0], [[6.0]], tolerance=1e-5)

    moved_s, anew_s, ratio = paired(moved, lambda: found.with_prior(found.prior, found.prior_rest_of_world), runs=3)
    print(f"a reliability is moved: new map and new plan in {moved_s:.2f} s; the map anew {anew_s:.2f} s")
    print(f"ratio {ratio:.3f}")


if __name__ == "__main__":
    main()
