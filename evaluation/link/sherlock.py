"""Spoken recalls against a film's timed scenes: aligned with names masked, are the people named those in the scene?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.figure import Figure
from evaluation.link.filmed import Film, Recall, read_film, read_recalls
from karmalink.account import Encoder, load_encoder
from karmalink.errors import MissingExtra
from karmalink.link import fit_route
from karmalink.link.alignment.recall_alignment import agreement

__all__ = ["run"]

_WIDTHS = (1.0, 2.0, 3.0)
_DRAWS = 2000
_CASE = "Sherlock"
# What "its scene" is: the one annotated moment, or the register's own scene that this belongs to.
_GRAINS = ("scene", "moment")


@dataclass(frozen=True, eq=False)
class _Found:
    """Of one recall: for every (unit, person named), where the unit was put, by us and by each unit alone."""

    person: np.ndarray
    ours: np.ndarray
    alone: np.ndarray
    best: np.ndarray
    sure: np.ndarray


def run(data: Path) -> list[Figure]:
    """Return hit rates, z against shifted registers and misses saved; encoder and width chosen on the first third."""
    folder = data / "dreams" / "sherlock"
    film = read_film(min(folder.glob("*.xlsx")))
    recalls = list(read_recalls(folder))
    if not recalls or len(film.texts) < 2:
        return [Figure(_CASE, "recalls", str(len(recalls)), note="nothing to align")]
    n_tuned = len(recalls) // 3
    names = sorted({name for present in film.people for name in present})
    there = _presence(film, names)
    encoders = _encoders()
    register = [film.masked(text) for text in film.texts]
    told = {recall.name: [film.masked(unit) for unit in recall.units] for recall in recalls}
    chosen = _chosen([told[recall.name] for recall in recalls[: max(1, n_tuned)]], register, encoders)
    label, width = chosen
    found = [_aligned(recall, told[recall.name], register, film, names, encoders[label], width) for recall in recalls]
    figures = [
        Figure(
            _CASE,
            "chosen by the probability of the first third of the recalls, no label used",
            f"{label}, width {width:g}",
            note=f"{len(recalls)} recalls, {sum(len(r.units) for r in recalls)} units, {len(film.texts)} timed moments "
            f"in {len(set(film.scene))} scenes",
        )
    ]
    for part, some in (("the other recalls", found[n_tuned:]), ("all recalls", found)):
        for grain in _GRAINS:
            figures += _figures(part, grain, some, there[grain])
        figures.append(_rarer(part, some, there["scene"]))
    return figures


def _encoders() -> dict[str, Encoder | None]:
    ladder: dict[str, Encoder | None] = {"lexical": None}
    with suppress(MissingExtra):
        ladder["lexical + wordllama"] = load_encoder("wordllama")
    return ladder


def _presence(film: Film, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return who is there, (moments, people), by moment and by scene."""
    moment = np.array([[name in present for name in names] for present in film.people])
    scenes = np.array(film.scene)
    scene = np.zeros_like(moment)
    for number in np.unique(scenes):
        scene[scenes == number] = moment[scenes == number].any(axis=0)
    return {"moment": moment, "scene": scene}


def _chosen(
    tuning: Sequence[Sequence[str]], register: Sequence[str], encoders: dict[str, Encoder | None]
) -> tuple[str, float]:
    def gain(label: str, width: float) -> float:
        return sum(fit_route(agreement(told, register, encoder=encoders[label], width=width)).gain for told in tuning)

    return max(((label, width) for label in encoders for width in _WIDTHS), key=lambda pair: gain(*pair))


def _aligned(
    recall: Recall,
    told: Sequence[str],
    register: Sequence[str],
    film: Film,
    names: Sequence[str],
    encoder: Encoder | None,
    width: float,
) -> _Found:
    score = agreement(told, register, encoder=encoder, width=width)
    route = fit_route(score)
    centred = score - score.mean(axis=0)
    pairs = [(i, names.index(name)) for i, unit in enumerate(recall.units) for name in sorted(film.named(unit))]
    unit = np.array([i for i, _ in pairs], dtype=np.int64)
    person = np.array([p for _, p in pairs], dtype=np.int64)
    return _Found(
        person, route.at[unit], centred.argmax(axis=1)[unit], score.argmax(axis=1)[unit], route.confidence[unit]
    )


def _figures(part: str, grain: str, found: Sequence[_Found], there: np.ndarray) -> list[Figure]:
    if not sum(one.person.size for one in found):
        return [Figure(_CASE, f"{part}: people named", "0", note="nobody of the register is named")]
    ours = [there[one.ours, one.person] for one in found]
    # The peer is each unit alone on the same evidence, by whichever of two ways to take the best hits more.
    ways = [[there[at, one.person] for one, at in zip(found, ats, strict=True)] for ats in _peers(found)]
    alone = max(ways, key=lambda hits: float(np.concatenate(hits).mean()))
    rate, peer = float(np.concatenate(ours).mean()), float(np.concatenate(alone).mean())
    shifted = _shifted(found, there)
    z = (rate - shifted.mean()) / shifted.std()
    rank = (1 + np.count_nonzero(shifted >= rate)) / (1 + shifted.size)
    n = sum(hit.size for hit in ours)
    head = f"{part}, by {grain}"
    sure = np.concatenate([one.sure for one in found]) >= 0.5
    at_sure = np.concatenate(ours)[sure]
    return [
        Figure(
            _CASE,
            f"{head}: people named are those annotated",
            f"{rate:.3f}",
            _interval(lambda pick: _pooled(ours, pick), len(found)),
            f"{n} people named in {len(found)} recalls; each unit alone {peer:.3f}; shifted registers "
            f"{shifted.mean():.3f}; where confidence is .5 or more ({sure.mean():.0%}) {at_sure.mean():.3f}"
            if at_sure.size
            else f"{n} people named; each unit alone {peer:.3f}; shifted registers {shifted.mean():.3f}",
        ),
        Figure(_CASE, f"{head}: against circularly shifted registers", f"z = {z:.1f}", note=f"p = {rank:.2g} of all"),
        Figure(
            _CASE,
            f"{head}: misses saved against each unit alone",
            f"{1 - (1 - rate) / max(1e-9, 1 - peer):.0%}",
            _interval(
                lambda pick: 1 - (1 - _pooled(ours, pick)) / max(1e-9, 1 - _pooled(alone, pick)), len(found), "{:.0%}"
            ),
        ),
    ]


def _rarer(part: str, found: Sequence[_Found], there: np.ndarray) -> Figure:
    """Return the hit rate of people who are in less than a fifth of the register: chance hardly ever hits them."""
    rare = there.mean(axis=0) < 0.2
    some = [
        _Found(*(getattr(one, name)[rare[one.person]] for name in ("person", "ours", "alone", "best", "sure")))
        for one in found
    ]
    some = [one for one in some if one.person.size]
    if not some:
        return Figure(_CASE, f"{part}, by scene: rarer people named", "0", note="nobody")
    ours = [there[one.ours, one.person] for one in some]
    alone = max(
        float(np.concatenate([there[at, one.person] for one, at in zip(some, ats, strict=True)]).mean())
        for ats in _peers(some)
    )
    rate, shifted = float(np.concatenate(ours).mean()), _shifted(some, there)
    return Figure(
        _CASE,
        f"{part}, by scene: people who are in less than a fifth of the film",
        f"{rate:.3f}",
        _interval(lambda pick: _pooled(ours, pick), len(ours)),
        f"{sum(hit.size for hit in ours)} named; each unit alone {alone:.3f}; shifted registers {shifted.mean():.3f}, "
        f"z = {(rate - shifted.mean()) / max(1e-9, float(shifted.std())):.1f}",
    )


def _peers(found: Sequence[_Found]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    return [one.alone for one in found], [one.best for one in found]


def _pooled(hits: Sequence[np.ndarray], pick: np.ndarray) -> float:
    return float(np.concatenate([hits[k] for k in pick]).mean())


def _interval(statistic: Callable[[np.ndarray], float], n: int, form: str = "{:.3f}") -> str:
    """Return the 95 % interval of a bootstrap by recall."""
    rng = np.random.default_rng(0)
    with np.errstate(invalid="ignore"):
        draws = np.array([statistic(rng.integers(0, n, n)) for _ in range(_DRAWS)])
    low, high = np.nanquantile(draws, [0.025, 0.975])
    return f"{form.format(low)}–{form.format(high)}"


def _shifted(found: Sequence[_Found], there: np.ndarray) -> np.ndarray:
    """Return the hit rate with the register's annotations moved round by every number of moments."""
    at = np.concatenate([one.ours for one in found])
    person = np.concatenate([one.person for one in found])
    m = there.shape[0]
    return np.array([there[(at + move) % m, person].mean() for move in range(1, m)])
