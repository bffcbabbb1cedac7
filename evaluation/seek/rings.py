"""Koester's tables of distances for lost people, read from a script that carries them, at evaluation time only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ["SHARES", "RingTable", "read_rings"]

SHARES = (0.25, 0.50, 0.75, 0.95)
_MILE_M = 1609.344
_CATEGORY = re.compile(r'(?:el)?if Subject_Category == "(.+?)"')
_BRANCH = re.compile(r"(?:if|elif|else)\b(.*):")
_CONDITION = re.compile(r'(EcoReg|Terrain) == "(\w+)"')
_NUMBERS = re.compile(r"Distances ?= ?\[([\d., ]+)\]")
# What the case files call a category, and what the tables call it; a child of unknown age is the middle of all ages.
_SAME = {"ATV": "All Terrain Vehicle", "Child": "Child (", "Autism": "Autistic", "Horseback": "Horseback Rider"}


@dataclass(frozen=True, slots=True)
class RingTable:
    """Radii by category, with the eco-region and terrain they hold for."""

    rows: tuple[tuple[str, dict[str, str], tuple[float, ...]], ...]

    def radii(self, category: str, region: str, terrain: str) -> np.ndarray | None:
        """Return the four radii in metres, None for a category without a table."""
        wanted = _SAME.get(category, category)
        several = wanted.endswith("(")
        names = dict.fromkeys(
            name for name, _, _ in self.rows if name == wanted or (several and name.startswith(wanted))
        )
        found = [self._first(name, region, terrain) for name in names]
        radii = [np.log(row) for row in found if row is not None]
        return np.exp(np.mean(radii, axis=0)) * _MILE_M if radii else None

    def _first(self, name: str, region: str, terrain: str) -> np.ndarray | None:
        for category, holds, miles in self.rows:
            fits = holds.get("EcoReg", region) == region and holds.get("Terrain", terrain) == terrain
            if category == name and fits and len(miles) == len(SHARES):
                return np.asarray(miles)
        return None


def read_rings(folder: Path) -> RingTable:
    """Return every table of the scripts of a folder; an empty one where there is none."""
    return RingTable(tuple(row for path in sorted(folder.glob("*.py")) for row in _rows(path)))


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str], tuple[float, ...]]]:
    category, depth, branches = "", 0, []
    for line in path.read_text(encoding="utf-8-sig", errors="replace").splitlines():
        indent, said = len(line) - len(line.lstrip()), line.strip()
        if match := _CATEGORY.match(said):
            category, depth, branches = match[1], indent, []
        elif category and indent > depth and (match := _BRANCH.match(said)):
            branches = [branch for branch in branches if branch[0] < indent]
            branches.append((indent, dict(_CONDITION.findall(match[1]))))
        elif category and (match := _NUMBERS.match(said)):
            holds = {key: value for level, branch in branches if level < indent for key, value in branch.items()}
            yield category, holds, tuple(float(number) for number in match[1].split(",") if number.strip())
