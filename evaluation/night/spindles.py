"""Spindles against two experts, beside YASA's detector and the one that came with the data."""

from __future__ import annotations

import hashlib
import re
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.figure import Figure
from karmalink.errors import KarmalinkError
from karmalink.night.events.events import EventAgreement, Events, agree_events, union
from karmalink.night.events.signals import amplitude
from karmalink.night.events.spindles import SpindleCriteria, find_spindles
from karmalink.night.recordings.resampled import at_rate

__all__ = ["run"]

# SHA-256 of the excerpts the parameters were set on: elsewhere, the same names are other sleepers.
FROZEN_ON = frozenset({"8e93c48c6f4bf322", "8d541b9754096570", "b0049afafaabd543"})
SCORED_S = 5.0
DRAWS = 2000
BLOCK_S = 300.0
SEED, SETTINGS, BEST = 1, 300, 15
# What random criteria are drawn from, evenly; written down around the package's own, which were fitted on excerpts 1–3.
RANGES = {
    "floor": (1.5, 3.2),
    "peak": (2.2, 4.5),
    "pause_s": (0.0, 0.3),
    "shortest_s": (0.3, 0.6),
    "to_slower": (0.4, 1.2),
    "to_faster": (1.2, 3.0),
    "to_all": (0.15, 0.45),
}
LEAST_CONTRAST = 1.3


@dataclass(frozen=True)
class _Excerpt:
    name: str
    known: bool
    """Whether the parameters were set on it."""
    agreements: dict[str, EventAgreement]
    blocks: dict[str, list[EventAgreement]]
    """The same in pieces of 5 minutes, for the intervals."""
    experts: int
    signal: tuple[NDArray[np.float64], float]
    """Samples in volts, and their rate."""
    marked: Events
    """What the experts marked, together."""
    contrast: float
    """Median amplitude of 11–16 Hz in what the experts marked, over that elsewhere."""

    @property
    def contradicted(self) -> bool:
        """Whether the labels contradict the EEG: what was marked hardly differs from what was not."""
        return self.contrast < LEAST_CONTRAST


def run(data: Path) -> list[Figure]:
    """Return F1 of every detector against the union of the experts, on what it was not set on and on all."""
    folder = data / "eeg" / "dreams_spindles"
    excerpts: list[_Excerpt] = []
    found: list[Figure] = []
    for path in sorted(folder.glob("excerpt*.txt")):
        try:
            excerpts.append(_excerpt(folder, path))
        except (OSError, ValueError, KarmalinkError) as error:
            found.append(Figure("DREAMS spindles", f"{path.name} passed over", type(error).__name__))
    found += [
        Figure("DREAMS spindles", f"{one.name} left out: its labels contradict the EEG", f"{one.contrast:.2f}")
        for one in excerpts
        if one.contradicted
    ]
    excerpts = [one for one in excerpts if not one.contradicted]
    unseen = [one for one in excerpts if not one.known]
    for title, chosen in ((f"{len(unseen)} excerpts that no parameter was set on", unseen), ("all excerpts", excerpts)):
        if chosen:
            found += _figures(f"DREAMS spindles, {title}", chosen)
    if len(excerpts) > 1:
        found += _left_out(excerpts)
    found += [
        Figure(
            "DREAMS spindles, each excerpt",
            f"{one.name}, against {'the union of experts' if one.experts > 1 else 'one expert'}",
            f"{one.agreements['ours'].f1:.3f}",
            _between([one], "ours"),
            f"marked spindles have {one.contrast:.1f} times the amplitude of the rest",
        )
        for one in excerpts
    ]
    return found


def _figures(case: str, chosen: Sequence[_Excerpt]) -> list[Figure]:
    names = {
        "ours": "karmalink",
        "yasa": "YASA as it comes",
        "with the data": "the detector that came with the data",
        "experts": "one expert against the other",
    }
    return [
        Figure(case, f"F1 at an overlap of .2, {title}", f"{_f1(chosen, name):.3f}", _between(chosen, name))
        for name, title in names.items()
        if all(name in one.agreements for one in chosen)
    ]


def _left_out(excerpts: Sequence[_Excerpt]) -> list[Figure]:
    """Return the F1 of criteria fitted anew without each excerpt, pooled, and how far it is above the other detectors.

    The fit is that of the package's own numbers: the mean of the best of many random criteria, by the F1 over the
    other excerpts, pooled.
    """
    rng = np.random.default_rng(SEED)
    names = list(RANGES)
    draws = rng.uniform(*np.array(list(RANGES.values())).T, (SETTINGS, len(names)))
    tried = [SpindleCriteria(**dict(zip(names, row, strict=True))) for row in draws.tolist()]
    counts = np.empty((len(excerpts), SETTINGS, 2))  # (excerpts, criteria, twice the matched and all)
    for place, one in enumerate(excerpts):
        print(f"  {one.name}: {SETTINGS} criteria", file=sys.stderr, flush=True)
        for number, criteria in enumerate(tried):
            told = agree_events(find_spindles(*one.signal, criteria=criteria), one.marked)
            counts[place, number] = 2 * told.matched, told.first + told.second
    fitted = []
    for place, one in enumerate(excerpts):
        others = np.delete(counts, place, axis=0).sum(axis=0)
        best = np.argsort(-others[:, 0] / np.maximum(others[:, 1], 1), kind="stable")[:BEST]
        criteria = SpindleCriteria(**dict(zip(names, draws[best].mean(axis=0).tolist(), strict=True)))
        ours = find_spindles(*one.signal, criteria=criteria)
        samples, sfreq = one.signal
        blocks = _in_blocks(ours, one.marked, samples.size / sfreq)
        agreements = one.agreements | {"left out": agree_events(ours, one.marked)}
        fitted.append(replace(one, agreements=agreements, blocks=one.blocks | {"left out": blocks}))
    case = "DREAMS spindles, fitted without the excerpt"
    each = ", ".join(f"{one.agreements['left out'].f1:.2f}" for one in fitted)
    note = f"{each}; mean of the {BEST} best of {SETTINGS} random criteria"
    figures = [Figure(case, "F1, pooled", f"{_f1(fitted, 'left out'):.3f}", _between(fitted, "left out"), note)]
    for name, title in (("yasa", "YASA"), ("with the data", "the detector that came with the data")):
        if all(name in one.agreements for one in fitted):
            difference = _f1(fitted, "left out") - _f1(fitted, name)
            between = _between(fitted, "left out", name)
            figures.append(Figure(case, f"F1, pooled, less that of {title}", f"{difference:+.3f}", between))
    return figures


def _f1(chosen: Sequence[_Excerpt], name: str) -> float:
    told = [one.agreements[name] for one in chosen]
    return 2 * sum(one.matched for one in told) / max(1, sum(one.first + one.second for one in told))


def _between(chosen: Sequence[_Excerpt], name: str, less: str = "") -> str:
    """Draw pieces of 5 minutes, of F1 or of its difference; sleepers differ more, but there are too few to draw."""

    def drawn(who: str) -> NDArray[np.float64]:
        blocks = [block for one in chosen for block in one.blocks[who]]
        table = np.array([(2 * one.matched, one.first + one.second) for one in blocks])
        sums = table[np.random.default_rng(0).integers(0, len(table), (DRAWS, len(table)))].sum(axis=1)
        return np.asarray(sums[:, 0] / np.maximum(sums[:, 1], 1))

    low, high = np.quantile(drawn(name) - (drawn(less) if less else 0.0), [0.025, 0.975])
    return f"{low:+.3f} to {high:+.3f}" if less else f"{low:.3f}–{high:.3f}"


def _excerpt(folder: Path, path: Path) -> _Excerpt:
    number = re.sub(r"\D", "", path.stem)
    samples = np.array(_numbers(path)) * 1e-6
    hypnogram = _numbers(folder / f"Hypnogram_excerpt{number}.txt")
    sfreq = float(round(samples.size / (len(hypnogram) * SCORED_S)))
    experts = [_spans(one) for one in sorted(folder.glob(f"Visual_scoring*_excerpt{number}.txt"))]
    both = union(experts)
    pairs = {"ours": (find_spindles(samples, sfreq), both), "yasa": (_yasa(samples, sfreq), both)}
    own = folder / f"Automatic_detection_excerpt{number}.txt"
    if own.exists():
        pairs["with the data"] = (_spans(own), both)
    if len(experts) > 1:
        pairs["experts"] = (experts[0], experts[1])
    agreements = {name: agree_events(one, other) for name, (one, other) in pairs.items()}
    seconds = samples.size / sfreq
    known = hashlib.sha256(path.read_bytes()).hexdigest()[:16] in FROZEN_ON
    blocks = {name: _in_blocks(*pair, seconds) for name, pair in pairs.items()}
    return _Excerpt(
        path.stem, known, agreements, blocks, len(experts), (samples, sfreq), both, _contrast(samples, sfreq, both)
    )


def _contrast(samples: NDArray[np.float64], sfreq: float, marked: Events) -> float:
    signal, _ = at_rate(samples, sfreq, 100.0)
    level = amplitude(signal, 100.0, (11.0, 16.0))
    inside = np.zeros(level.size, dtype=bool)
    for begin, end in marked.spans():
        inside[int(begin * 100) : int(end * 100)] = True
    return float(np.median(level[inside]) / np.median(level[~inside])) if inside.any() else 0.0


def _in_blocks(one: Events, other: Events, seconds: float) -> list[EventAgreement]:
    def piece(events: Events, begin: float) -> Events:
        middle = events.onset_s + events.duration_s / 2
        return events.where((middle >= begin) & (middle < begin + BLOCK_S))

    begins = np.arange(0, seconds - BLOCK_S / 2, BLOCK_S)
    return [agree_events(piece(one, begin), piece(other, begin)) for begin in begins]


def _numbers(path: Path) -> list[float]:
    return [float(line) for line in path.read_text().split("\n") if line.strip() and not line.startswith("[")]


def _spans(path: Path) -> Events:
    rows = [line.split()[:2] for line in path.read_text().split("\n") if line.strip() and not line.startswith("[")]
    return Events.of("spindle", [(float(onset), float(onset) + float(length)) for onset, length in rows])


def _yasa(samples: NDArray[np.float64], sfreq: float) -> Events:
    import yasa
    from scipy.signal import resample_poly

    if sfreq < 100:  # YASA asks for more than twice its broad band
        samples, sfreq = resample_poly(samples, 100, int(sfreq)), 100.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seen = yasa.spindles_detect(samples * 1e6, sfreq, verbose="ERROR")
    table = None if seen is None else seen.summary()
    return Events.of("spindle", [] if table is None else table[["Start", "End"]].to_numpy())
