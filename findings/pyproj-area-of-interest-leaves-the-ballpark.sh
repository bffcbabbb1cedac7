#!/usr/bin/env bash
# pyproj 3.7.2: an area of interest leaves only the ballpark operation, without a word, where published shifts lie near by.
#
# Indian 1960 (EPSG:4131) is the datum of Cambodia's old maps. PROJ's database has three published shifts to WGS 84; all
# are stated for parts of Vietnam, the nearest some 100 km away. Without an area of interest TransformerGroup lists the
# three (accuracy 27 to 44 m) before the ballpark one. With an area of interest around Phnom Penh it lists the ballpark
# operation alone, named "noop", accuracy -1: coordinates come back unchanged, some 470 m off, and nothing is raised or
# warned by the transformation itself. Transformer.from_crs with the same area does the same.
# Seen: "with an area: ['noop']", "without: 4 operations", "moved by from_crs with an area: 0.0 m".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install --quiet --disable-pip-version-check pyproj==3.7.2
"$work/v/bin/python" - <<'PY'
import warnings

from pyproj import Geod, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.transformer import TransformerGroup

warnings.simplefilter("ignore")  # "best transformation is not available" speaks of grids, and comes in other cases too
area = AreaOfInterest(104.85, 11.5, 104.95, 11.6)
within = TransformerGroup("EPSG:4131", "EPSG:4326", always_xy=True, area_of_interest=area).transformers
anywhere = TransformerGroup("EPSG:4131", "EPSG:4326", always_xy=True).transformers
print("with an area:", [one.name for one in within], [one.accuracy for one in within])
print("without:", len(anywhere), "operations, accuracies", [one.accuracy for one in anywhere])
x, y = 104.9, 11.55
moved = Transformer.from_crs("EPSG:4131", "EPSG:4326", always_xy=True, area_of_interest=area).transform(x, y)
published = anywhere[0].transform(x, y)
geod = Geod(ellps="WGS84")
print("moved by from_crs with an area:", round(geod.inv(x, y, *moved)[2], 1), "m")
print("moved by the first published shift:", round(geod.inv(x, y, *published)[2]), "m")
assert [one.name for one in within] == ["noop"] and within[0].accuracy == -1
assert len(anywhere) == 4 and all(one.accuracy > 0 for one in anywhere[:3])
assert geod.inv(x, y, *moved)[2] < 0.1
assert 300 < geod.inv(x, y, *published)[2] < 600
PY
echo "as described"
