"""The doctor on faults that were seeded into sound recordings: how many it finds, and what it finds in sound ones."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.figure import Figure
from evaluation.night.faults import FAULTS, WEAK, Fault, Parts, parts_of
from karmalink import night
from karmalink.errors import KarmalinkError

__all__ = ["run"]

# The excerpts that the checks' numbers were chosen on, by the first digits of their SHA-256; never reported on as new.
FROZEN_ON = frozenset({"8e93c48c6f4bf322", "8d541b9754096570", "c829bdca73ad29c1", "b0049afafaabd543"})
# The simulated ones of the choice had the seeds 0 to 11.
SEEDS = range(1000, 1008)
SOUND_SEEDS = range(1008, 1024)
_DRAWS = 2
_DRAWS_REAL = 4
SIMULATED = "simulated, other seeds"
CHOSEN_ON = "excerpts chosen on"
_ALARMS = ("corrected", "warning", "unusable")
_RATES = (100.0, 128.0, 200.0, 256.0)


@dataclass(frozen=True, slots=True)
class _Sound:
    """A recording nobody did anything to, and which set it belongs to."""

    name: str
    group: str
    parts: Parts


@dataclass(frozen=True, slots=True)
class _Alarmed:
    """What alarms in a recording as it is: (check, channel) pairs, of so many that were looked at."""

    name: str
    pairs: tuple[str, ...]
    looks: int


def run(data: Path) -> list[Figure]:
    """Return, per kind of fault, the share found on what the checks were not chosen on; and false alarms on it."""
    sound = [*_simulated(SEEDS, SIMULATED), *_excerpts(data)]
    found: dict[str, list[bool]] = {}
    by_group: dict[str, list[bool]] = {}
    alarms: dict[str, list[_Alarmed]] = {}
    for one in sound:
        before, alarmed = _as_they_are(one)
        alarms.setdefault(one.group, []).append(alarmed)
        for place, (kind, fault) in enumerate((FAULTS | WEAK).items()):
            hits = _hits(one, fault, place, before)
            if one.group != CHOSEN_ON:
                found.setdefault(kind, []).extend(hits)
            if kind in FAULTS:
                by_group.setdefault(one.group, []).extend(hits)
    alarms[SIMULATED] += [_as_they_are(one)[1] for one in _simulated(SOUND_SEEDS, SIMULATED)]
    return [*_found(found, by_group), *_alarms(alarms)]


def _simulated(seeds: range, group: str) -> Iterator[_Sound]:
    for seed in seeds:
        rate, hours = _RATES[seed % len(_RATES)], (0.5, 0.75, 1.0)[seed % 3]
        recording, _ = night.simulate_night(hours, sfreq=rate, seed=seed)
        yield _Sound(f"seed {seed}", group, parts_of(recording))


def _excerpts(data: Path) -> Iterator[_Sound]:
    """Yield the DREAMS excerpts, whatever their number: EDF where there is one, else the published column of text."""
    folder = data / "eeg" / "dreams_spindles"
    files = {path.stem: path for ending in (".txt", ".edf") for path in folder.glob(f"excerpt*{ending}")}
    for stem, path in sorted(files.items(), key=lambda item: [int(n) for n in re.findall(r"\d+", item[0])]):
        try:
            recording = _excerpt(path, folder / f"Hypnogram_{stem}.txt")
        except KarmalinkError as error:
            print(f"doctor: {path.name} is passed over: {error.what}")
            continue
        known = hashlib.sha256(path.read_bytes()).hexdigest()[:16] in FROZEN_ON
        group = CHOSEN_ON if known else "excerpts not chosen on"
        yield _Sound(stem, group, parts_of(night.examine(recording, override=("railed", "noisy")).recording))


def _excerpt(path: Path, hypnogram: Path) -> night.Recording:
    if path.suffix == ".edf":
        return night.read_recording(path)
    samples = path.read_bytes().count(b"\n") - 1
    scored = night.read_hypnogram(hypnogram)
    return night.read_recording(path, sfreq=round(samples / scored.duration_s), unit="uV")


def _hits(one: _Sound, fault: Fault, place: int, before: frozenset[night.Finding]) -> list[bool]:
    draws = _DRAWS if one.group.startswith("simulated") else _DRAWS_REAL
    hits = []
    for draw in range(draws):
        rng = np.random.default_rng([place, draw, *one.name.encode()])
        seeded = fault.seed(one.parts, rng)
        if seeded is not None:
            hits.append(_names(fault, *seeded, before))
    return hits


def _names(fault: Fault, given: object, channel: str, before: frozenset[night.Finding]) -> bool:
    """Whether a check that should name the fault alarms at its channel, and did not before it was seeded."""
    try:
        recording = given() if callable(given) else given
        report = night.examine(recording)  # type: ignore[arg-type]
    except KarmalinkError:
        return "error" in fault.checks
    return any(
        one.check in fault.checks and one.severity in _ALARMS and (one.channel == channel or channel in one.evidence)
        for one in report.findings
        if one not in before
    )


def _as_they_are(one: _Sound) -> tuple[frozenset[night.Finding], _Alarmed]:
    """Return what is found before anything is seeded, and the alarms among it."""
    report = night.examine(one.parts.recording())
    pairs = {f"{found.check} {found.channel}".strip() for found in report.of_severity(*_ALARMS)}
    return frozenset(report.findings), _Alarmed(
        one.name, tuple(sorted(pairs)), len(night.CHECKS) * len(one.parts.names)
    )


def _found(found: dict[str, list[bool]], by_group: dict[str, list[bool]]) -> list[Figure]:
    hits = [hit for kind, each in found.items() if kind in FAULTS for hit in each]
    rows = [
        Figure(
            "seeded faults",
            f"found, all {len(FAULTS)} kinds, not chosen on",
            f"{np.mean(hits):.3f}",
            _wilson(sum(hits), len(hits)),
            f"{len(hits)} seeded",
        )
    ]
    rows += [
        Figure(
            "seeded faults", f"found: {group}", f"{np.mean(each):.3f}", _wilson(sum(each), len(each)), f"{len(each)}"
        )
        for group, each in by_group.items()
    ]
    rows += [
        Figure("seeded faults", kind, f"{np.mean(each):.3f}", _wilson(sum(each), len(each)), f"{len(each)} seeded")
        for kind, each in found.items()
        if each
    ]
    return rows


def _alarms(alarms: dict[str, list[_Alarmed]]) -> list[Figure]:
    rows = []
    for group, each in alarms.items():
        count, looks = sum(len(one.pairs) for one in each), sum(one.looks for one in each)
        with_any = [f"{one.name}: {', '.join(one.pairs)}" for one in each if one.pairs]
        rows.append(
            Figure(
                "sound recordings",
                f"alarms per check and channel, as they are: {group}",
                f"{count / looks:.4f}",
                _wilson(count, looks),
                f"{len(with_any)} of {len(each)} recordings; {count} of {looks} looks. {'; '.join(with_any)}".strip(),
            )
        )
    return rows


def _wilson(hits: int, count: int) -> str:
    """Return Wilson's interval at 95 % (Wilson 1927)."""
    if count == 0:
        return ""
    z, share = 1.96, hits / count
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return f"{max(0.0, middle - half):.4f}–{min(1.0, middle + half):.4f}"
