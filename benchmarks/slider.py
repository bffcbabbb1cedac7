"""One witness's reliability is moved: new map and new plan, against making the map anew; on 10^6 and 2·10^6 cells.

10^7 cells have a benchmark of their own (`large_map`).
"""

from __future__ import annotations

import numpy as np
from shapely.geometry import Point

from benchmarks.timing import paired
from karmalink.seek import Area, Clue, Place, Places, Witness, locate, schedule, segments
from karmalink.seek.probability_map.sliders import Sliders

CLUES, WITNESSES = 50, 10


def town(cells: int) -> tuple[Area, Places, list[Clue], list[Witness]]:
    """Return a generated town with 50 clues of ten witnesses."""
    rng = np.random.default_rng(0)
    side = 0.09
    area = Area.from_bounds(104.90, 11.50, 104.90 + side, 11.50 + side, cell_m=1e4 / np.sqrt(cells))
    spots = 104.90 + side * rng.random(CLUES), 11.50 + side * rng.random(CLUES)
    named = enumerate(zip(*spots, strict=True))
    places = Places([Place(f"p{k}", f"Place {k}", Point(lon, lat)) for k, (lon, lat) in named])
    clues = [Clue(f"c{k}", "near", (f"p{k}",), f"w{k % WITNESSES}", distance_m=800) for k in range(CLUES)]
    return area, places, clues, [Witness(f"w{k}", source_grade="C", info_grade=3) for k in range(WITNESSES)]


def main() -> None:
    """Print the times and the ratio on 10^6 cells."""
    for cells in (1_000_000, 2_000_000):
        area, places, clues, people = town(cells)
        found = locate(area, places, clues, people)
        ground, sliders = segments(area), Sliders(found)
        at = iter(np.tile([0.3, 0.8], 100))

        def moved(sliders: Sliders = sliders, ground=ground, at=at) -> None:  # type: ignore[no-untyped-def]
            probability = sliders.move(witness="w3", reliability=float(next(at))).probability
            schedule(ground.sum(probability), ground.m2, [8000.0], [[6.0]], tolerance=1e-5)

        def anew(found=found) -> None:  # type: ignore[no-untyped-def]
            found.with_prior(found.prior, found.prior_rest_of_world)

        ours_s, anew_s, ratio = paired(moved, anew, runs=3)
        ours, anew_ms = round(ours_s * 1000), round(anew_s * 1000)
        print(f"{area.n:,} cells: map and plan {ours} ms (the limit is 100 ms on 10^6), anew {anew_ms} ms")
        if cells == 1_000_000:
            first = ratio
    print(f"ratio {first:.3f}")


if __name__ == "__main__":
    main()
