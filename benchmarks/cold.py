"""From cold to a map: a new process reads a town and 50 clues and makes the map, against starting with numpy alone.

With DATA in the environment the town is the extract of Helsinki that lies there; otherwise one is generated.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.timing import paired

CLUES, PLACES = 50, 5000
_CASE = """
name = "cold"
[area]
bounds = [24.9352, 60.1642, 24.9534, 60.1791]
cell_m = 5
segment_m = 100
[files]
places = {places}
witnesses = "witnesses.csv"
clues = "clues.csv"
"""
_RUN = "import sys; from karmalink.seek import Case; print(Case.read(sys.argv[1]).map())"


def main() -> None:
    """Print both times and the ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        town = _town(folder)
        ours = [sys.executable, "-c", _RUN, str(folder)]
        nothing = [sys.executable, "-c", "import numpy"]
        ours_s, nothing_s, ratio = paired(lambda: _run(ours), lambda: _run(nothing), runs=3)
    print(f"{town}, {CLUES} clues, from cold: {ours_s:.2f} s (the limit is 5 s); import numpy {nothing_s:.2f} s")
    print(f"ratio {ratio:.2f}")


def _town(folder: Path) -> str:
    rng = np.random.default_rng(0)
    lon, lat = rng.uniform(24.9352, 24.9534, PLACES), rng.uniform(60.1642, 60.1791, PLACES)
    rows = [f"p{k},Place {k},shop,{x:.6f},{y:.6f}" for k, (x, y) in enumerate(zip(lon, lat, strict=True))]
    (folder / "places.csv").write_text("\n".join(["id,name,kind,lon,lat", *rows]), encoding="utf-8")
    clues = [f"c{k},w{k % 10},near,p{k * 7},400" for k in range(CLUES)]
    (folder / "clues.csv").write_text("\n".join(["id,witness,relation,places,distance_m", *clues]), encoding="utf-8")
    people = [f"w{k},C,3" for k in range(10)]
    (folder / "witnesses.csv").write_text("\n".join(["witness,source_grade,info_grade", *people]), encoding="utf-8")
    extract = Path(os.environ.get("DATA", "")) / "seek" / "osm" / "Helsinki.osm.pbf"
    files = ["places.csv"] + ([str(extract.resolve())] if extract.is_file() else [])
    (folder / "case.toml").write_text(_CASE.format(places=json.dumps(files)), encoding="utf-8")
    return f"{extract.name} and {PLACES:,} places" if extract.is_file() else f"a generated town of {PLACES:,} places"


def _run(words: list[str]) -> None:
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
