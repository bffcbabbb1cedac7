"""Half hours of real EEG, staged: what the anchor, the vote and the calibration add to a stager as it comes."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.figure import Figure
from karmalink import night
from karmalink.errors import KarmalinkError
from karmalink.night.agreement.scorers import Interval, bootstrap_by_night, cohen_kappa
from karmalink.night.staging.confidence import (
    CALIBRATIONS,
    ConfidenceCalibration,
    average_similar,
    calibration_error,
    scale_temperature,
    spectral_similarity,
)
from karmalink.night.staging.stagers import AUTO, STAGERS, Stager
from karmalink.night.staging.voting import vote, voting_montages
from karmalink.night.staging.yasa_stager import Yasa

__all__ = ["dreams_excerpts", "run"]

CASE = "DREAMS excerpts"
DRAWS = 1000
COVERAGE = 0.8
SCALE_EPOCHS_TRIED = (10.0, 20.0, 40.0)
WIDTHS = (0.3, 0.5, 0.7)

Codes = NDArray[np.int8]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Excerpt:
    """One half hour: the channel that was scored, all channels where there are more, and the expert."""

    name: str
    channel: night.Recording
    whole: night.Recording | None
    truth: Codes

    @cached_property
    def alike(self) -> dict[float, Floats]:
        """Likenesses of its epochs at each width that is tried."""
        return {width: spectral_similarity(self.channel, self.channel.names, width) for width in WIDTHS}


@dataclass(frozen=True)
class Scored:
    """What one way of scoring said of each excerpt: stages, and the confidence in them."""

    stages: tuple[Codes, ...]
    confidence: tuple[Floats, ...]


def run(data: Path) -> list[Figure]:
    """Return κ, risk–coverage and calibration of YASA (and GSSC where installed), as they come and as used here."""
    excerpts = dreams_excerpts(data)
    figures = [Figure(CASE, "excerpts read", str(len(excerpts)), note=", ".join(one.name for one in excerpts))]
    if not excerpts:
        return figures
    families = ["yasa", *(["gssc"] if _installed("gssc") else [])]
    for family in families:
        figures += _family(family, excerpts)
    if "gssc" not in families:
        figures.append(Figure(CASE, "GSSC", "left out", note="the extra is not installed (AGPL, PyTorch)"))
    return figures


def dreams_excerpts(data: Path) -> list[Excerpt]:
    """Return the half hours of DREAMS in a data folder."""
    return _excerpts(data / "eeg" / "dreams_spindles")


def _installed(stager: str) -> bool:
    try:
        STAGERS[stager].version()
    except KarmalinkError:
        return False
    return True


def _family(family: str, excerpts: Sequence[Excerpt]) -> list[Figure]:
    scaled = f"{family}-night-scales"
    raw = _as_it_comes(family, excerpts)
    tables = [_table(one, STAGERS[scaled]) for one in excerpts]
    ways = {
        f"{family} as it comes": raw,
        f"{family} with night scales": _as_it_comes(scaled, excerpts),
        f"{family} with night scales, calibrated": _ours(scaled, excerpts),
    }
    if len(excerpts) > 1:
        left_out = _left_out(tables, CALIBRATIONS[scaled].width, excerpts)
        ways[f"{family} with night scales, temperature from the other excerpts"] = left_out
    if family == "yasa":
        ways["yasa steady with night scales, calibrated (the default)"] = _ours(AUTO, excerpts)
    figures: list[Figure] = []
    for name, scored in ways.items():
        figures += _rows(name, scored, excerpts)
    for name in list(ways)[2:]:
        figures += _against(name, ways[name], raw, excerpts)
    if family == "yasa":
        figures += _settings(raw, excerpts)
    return figures + _voted(family, scaled, excerpts)


def _rows(name: str, scored: Scored, excerpts: Sequence[Excerpt]) -> list[Figure]:
    truths = [one.truth for one in excerpts]
    measures = _measured(scored, truths)
    each = ", ".join(f"{_kappa(one, truth):.2f}" for one, truth in zip(scored.stages, truths, strict=True))
    notes = {"κ, mean over excerpts": each}
    return [
        Figure(CASE, f"{name}: {measure}", f"{value.value:.3f}", _bounds(value), notes.get(measure, ""))
        for measure, value in measures.items()
    ]


MEASURES: dict[str, Callable[[Codes, Floats, Codes], float]] = {
    "κ, epochs pooled": lambda stages, sure, truth: _kappa(stages, truth),
    "AURC": lambda stages, sure, truth: night.risk_coverage(stages, sure, truth).aurc,
    "AURC at equal stage mix": lambda stages, sure, truth: night.risk_coverage(stages, sure, truth).aurc_same_mix,
    f"accuracy of the surest {COVERAGE:.0%}, equal stage mix": lambda stages, sure, truth: night.risk_coverage(
        stages, sure, truth
    ).accuracy_at(COVERAGE, same_mix=True),
    "calibration error": calibration_error,
}


def _measured(scored: Scored, truths: Sequence[Codes]) -> dict[str, Interval]:
    """Return each measure with its interval by excerpt."""

    def figures(weights: Floats) -> Floats:
        taken = np.repeat(np.arange(len(truths)), weights.astype(int))
        parts = (np.concatenate([column[i] for i in taken]) for column in (scored.stages, scored.confidence, truths))
        stages, sure, truth = parts
        kappas = [_kappa(scored.stages[i], truths[i]) for i in taken]
        return np.array([np.nanmean(kappas), *(measure(stages, sure, truth) for measure in MEASURES.values())])

    names = ("κ, mean over excerpts", *MEASURES)
    return dict(zip(names, bootstrap_by_night(figures, len(truths), n_boot=DRAWS, seed=0), strict=True))


def _against(name: str, ours: Scored, raw: Scored, excerpts: Sequence[Excerpt]) -> list[Figure]:
    """Return the paired differences from the stager as it comes."""
    truths = [one.truth for one in excerpts]

    def figures(weights: Floats) -> Floats:
        taken = np.repeat(np.arange(len(truths)), weights.astype(int))
        truth = np.concatenate([truths[i] for i in taken])
        values = []
        for scored in (ours, raw):
            stages, sure = (np.concatenate([column[i] for i in taken]) for column in (scored.stages, scored.confidence))
            curve = night.risk_coverage(stages, sure, truth)
            values.append([curve.aurc, curve.aurc_same_mix, curve.accuracy_at(COVERAGE, same_mix=True)])
        return np.array(values[0]) - np.array(values[1])

    names = ("AURC", "AURC at equal stage mix", f"accuracy of the surest {COVERAGE:.0%}, equal stage mix")
    found = bootstrap_by_night(figures, len(truths), n_boot=DRAWS, seed=0)
    return [
        Figure(CASE, f"{name}: {measure}, minus as it comes", f"{value.value:+.3f}", _bounds(value))
        for measure, value in zip(names, found, strict=True)
    ]


def _as_it_comes(stager: str, excerpts: Sequence[Excerpt]) -> Scored:
    return _cut([_stage(one.channel, stager) for one in excerpts], excerpts)


def _ours(stager: str, excerpts: Sequence[Excerpt]) -> Scored:
    return _cut([vote(one.channel, stager=stager).hypnogram for one in excerpts], excerpts)


def _cut(nights: Sequence[night.Hypnogram], excerpts: Sequence[Excerpt]) -> Scored:
    """Return what was said of the epochs that the expert scored."""
    sizes = [one.truth.size for one in excerpts]
    return Scored(
        tuple(one.stages[:size] for one, size in zip(nights, sizes, strict=True)),
        tuple(one.confidence[:size] for one, size in zip(nights, sizes, strict=True)),
    )


def _stage(recording: night.Recording, stager: str) -> night.Hypnogram:
    return night.stage(recording, stager=stager, montage=voting_montages(recording)[0])


def _left_out(tables: Sequence[Floats], width: float | None, excerpts: Sequence[Excerpt]) -> Scored:
    """Return the confidence in each excerpt at the temperature that all the others ask for."""
    stages, confidence = [], []
    for out, table in enumerate(tables):
        others = [place for place in range(len(excerpts)) if place != out]
        smooth = [_smooth(tables[i], excerpts[i], width) for i in others]
        temperature = night.fit_temperature(smooth, [excerpts[i].truth for i in others])
        stages.append(table.argmax(axis=1).astype(np.int8))
        confidence.append(_confidence(table, excerpts[out], ConfidenceCalibration(temperature, width)))
    return Scored(tuple(stages), tuple(confidence))


def _settings(raw: Scored, excerpts: Sequence[Excerpt]) -> list[Figure]:
    """Return how the figures move with the two settings that were chosen by hand, each with its own temperature."""
    truth = np.concatenate([one.truth for one in excerpts])
    found = []
    for epochs in SCALE_EPOCHS_TRIED:
        tables = [_table(one, Yasa(scale_epochs=epochs)) for one in excerpts]
        for width in WIDTHS:
            smooth = [_smooth(table, one, width) for table, one in zip(tables, excerpts, strict=True)]
            temperature = night.fit_temperature(smooth, [one.truth for one in excerpts])
            calibration = ConfidenceCalibration(temperature, width)
            sure = [_confidence(table, one, calibration) for table, one in zip(tables, excerpts, strict=True)]
            stages = np.concatenate([table.argmax(axis=1) for table in tables]).astype(np.int8)
            curve = night.risk_coverage(stages, np.concatenate(sure), truth)
            found.append((curve.aurc_same_mix, curve.aurc))
    comes = night.risk_coverage(np.concatenate(raw.stages), np.concatenate(raw.confidence), truth)
    settings = f"{len(found)} settings: scales as many epochs {SCALE_EPOCHS_TRIED}, width {WIDTHS}"
    note = f"{settings}; lowest and highest, not an interval"
    names = (("AURC at equal stage mix", comes.aurc_same_mix), ("AURC", comes.aurc))
    return [
        Figure(
            CASE,
            f"yasa with night scales, calibrated: {name} at every setting tried",
            f"{min(column):.3f} to {max(column):.3f}",
            note=f"{note}; {sum(value < before for value in column)} below as it comes",
        )
        for (name, before), column in zip(names, zip(*found, strict=True), strict=True)
    ]


def _table(excerpt: Excerpt, stager: Stager) -> Floats:
    montage = voting_montages(excerpt.channel)[0]
    return stager.probabilities(excerpt.channel, montage, None)[: excerpt.truth.size]


def _smooth(table: Floats, excerpt: Excerpt, width: float | None) -> Floats:
    return table if width is None else average_similar(table, excerpt.alike[width][: len(table), : len(table)])


def _confidence(table: Floats, excerpt: Excerpt, calibration: ConfidenceCalibration) -> Floats:
    sure = scale_temperature(_smooth(table, excerpt, calibration.width), calibration.temperature)
    return sure[np.arange(len(table)), table.argmax(axis=1)]


def _voted(family: str, scaled: str, excerpts: Sequence[Excerpt]) -> list[Figure]:
    """Return what all channels say together, where a recording has more than the one."""
    figures = []
    for one in excerpts:
        if one.whole is None:
            continue
        alone = [montage for montage in voting_montages(one.whole) if len(montage.names) == 1]
        for name, scored in (
            (f"{family} as it comes, best EEG, EOG and EMG", _stage(one.whole, family)),
            (f"{scaled}, all channels vote", vote(one.whole, stager=scaled).hypnogram),
            (f"{scaled}, all EEG channels vote", vote(one.whole, stager=scaled, montages=alone).hypnogram),
        ):
            size = min(scored.n_epochs, one.truth.size)
            value = f"{_kappa(scored.stages[:size], one.truth[:size]):.3f}"
            figures.append(Figure(CASE, f"κ, {name}", value, note=f"{one.name}: {', '.join(scored.channels)}"))
    return figures


def _excerpts(folder: Path) -> list[Excerpt]:
    """Return every excerpt that has an expert's stages, by number; an odd one is named and passed over."""
    found = []
    for path in sorted(folder.glob("Hypnogram_*.txt"), key=lambda one: [int(n) for n in re.findall(r"\d+", one.name)]):
        name = path.stem.removeprefix("Hypnogram_")
        try:
            excerpt = _excerpt(folder, name, path)
        except (KarmalinkError, ValueError, IndexError) as error:
            print(f"{path.name}: passed over, {error}", file=sys.stderr)
            continue
        if excerpt is not None:
            found.append(excerpt)
    return found


def _excerpt(folder: Path, name: str, path: Path) -> Excerpt | None:
    expert = night.read_hypnogram(path, vocabulary="dreams", epoch_s=5.0)
    text, edf = folder / f"{name}.txt", folder / f"{name}.edf"
    whole = night.examine(night.read_recording(edf)).recording if edf.exists() else None
    if text.exists():
        channel = night.examine(_plain(text, expert.duration_s)).recording
    elif whole is not None:
        eeg = night.pick_montage(whole).eeg
        samples = whole.signal(eeg)
        channel = night.Recording.from_array(samples[None], [eeg], whole.channel(eeg).sfreq, label=name)
    else:
        return None
    voting_montages(channel)  # says so where nothing can be scored
    size = int(min(channel.duration_s, expert.duration_s) // 30)
    if size * 30 < Yasa().shortest_s:
        raise ValueError(f"{size} epochs are too few to be scored")
    return Excerpt(name, replace(channel, label=name), whole, expert.resampled(30.0).stages[:size])


def _plain(path: Path, duration_s: float) -> night.Recording:
    """Return one channel of numbers in µV under its name in brackets; the stages say how long it lasts."""
    head, *numbers = path.read_text(encoding="utf-8", errors="replace").split()
    samples = np.array(numbers, dtype=np.float64) * 1e-6
    rate = max(1, round(samples.size / duration_s))
    return night.Recording.from_array(samples[None], [head.strip("[]")], rate, label=path.stem, kinds=["eeg"])


def _kappa(stages: Codes, truth: Codes) -> float:
    both = (stages >= 0) & (truth >= 0)
    confusion = np.zeros((5, 5))
    np.add.at(confusion, (truth[both], stages[both]), 1)
    found = cohen_kappa(confusion)
    return np.nan if found is None else found


def _bounds(value: Interval) -> str:
    return "" if np.isnan(value.low) else f"{value.low:.3f}–{value.high:.3f}"
