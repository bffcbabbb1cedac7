"""Slow and obvious: every right/wrong pattern of every source, one after the other."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta as beta_law

from karmalink.seek.search.swath_coverage import cell_miss

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Option:
    """One way a source may have been: its probability, the factor it gives every cell, and who was right."""

    weight: float
    factor: Floats  # n cells, then outside
    right: frozenset[int]


def relative(layers: Floats) -> Floats:
    """Layers over their means, with the cell "outside" in which nothing is right."""
    return np.column_stack([layers / layers.mean(axis=1, keepdims=True), np.zeros(len(layers))])


def beta_moment(a: float, b: float, power: int) -> float:
    """E[B^power] for a Beta law."""
    return math.prod((a + j) / (a + b + j) for j in range(power))


def pattern_probability(lines: list[tuple[float, float]], right: tuple[bool, ...], a: float, b: float) -> float:
    """E[Π ρ_k or 1 − ρ_k] with ρ_k = c + d·B, B ~ Beta(a, b): expand the polynomial, take the moments."""
    product = np.polynomial.Polynomial([1.0])
    for (c, d), is_right in zip(lines, right, strict=True):
        product *= np.polynomial.Polynomial([c, d] if is_right else [1.0 - c, -d])
    return float(sum(value * beta_moment(a, b, power) for power, value in enumerate(product.coef)))


def patterns(ratio: Floats, rows: list[int], probability) -> list[Option]:
    """Every right/wrong pattern of some clues."""
    found = []
    for right in itertools.product((False, True), repeat=len(rows)):
        factor = np.ones(ratio.shape[1])
        for row, is_right in zip(rows, right, strict=True):
            factor = factor * (ratio[row] if is_right else 1.0)
        chosen = frozenset(row for row, is_right in zip(rows, right, strict=True) if is_right)
        found.append(Option(probability(right), factor, chosen))
    return found


def shared_error(options: list[Option], probability: float, where: Floats | None = None) -> list[Option]:
    """The same source, which may be of another spot as a whole: any cell, or `where` with its probabilities."""
    size = options[0].factor.size
    q = np.append(np.full(size - 1, 1.0 / (size - 1)), 0.0) if where is None else where
    mean = sum(option.weight * float(q @ option.factor) for option in options)
    elsewhere = Option(probability, np.full(options[0].factor.size, mean), frozenset())
    return [Option((1 - probability) * o.weight, o.factor, o.right) for o in options] + [elsewhere]


def enumerate_all(
    sources: list[list[Option]], prior: Floats, rest_of_world: float, clues: int
) -> tuple[Floats, float, Floats]:
    """Posterior of cells, of "outside", and of every clue, by going through all combinations."""
    start = np.append(prior / prior.sum() * (1 - rest_of_world), rest_of_world)
    total, right = np.zeros(start.size), np.zeros(clues)
    for combination in itertools.product(*sources):
        mass = start * math.prod(option.weight for option in combination)
        for option in combination:
            mass = mass * option.factor
        total += mass
        for row in frozenset().union(*(option.right for option in combination)):
            right[row] += mass.sum()
    return total[:-1] / total.sum(), float(total[-1] / total.sum()), right / total.sum()


def beta_mean(a: float, b: float) -> float:
    """Mean of a Beta law, from scipy."""
    return float(beta_law(a, b).mean())


def segment_miss(log, ground, assets, name: str, shape: float | None = None) -> float:
    """Return the probability that the searches of whole segments in a log missed it in one segment."""
    missed = cell_miss([entry for entry in log.counting if not entry.track], {}, ground, assets, shape)
    return float(missed[ground.labels == ground.number(name)].mean())
