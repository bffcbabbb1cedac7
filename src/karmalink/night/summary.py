"""Sleep statistics of a night, by the definitions of the AASM manual (Berry et al. 2.6, section II and chapter IV)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Codes, Floats
from karmalink.errors import CannotAnswer, InputError
from karmalink.night.events.events import Events
from karmalink.night.hypnograms.hypnogram import CONFIDENT, Hypnogram
from karmalink.night.hypnograms.stages import STAGES, UNSCORED
from karmalink.night.recordings.clocks import clock

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FIGURES", "SleepSummary", "summarise"]

PERSISTENT_MIN = 10.0

# Attribute → (title, unit, definition), in the order of every table.
FIGURES: Mapping[str, tuple[str, str, str]] = {
    "total_recording_min": ("total recording time", "min", "lights off to lights on"),
    "total_sleep_min": ("total sleep time", "min", "N1 + N2 + N3 + R"),
    "sleep_efficiency_pct": ("sleep efficiency", "%", "total sleep time / total recording time"),
    "sleep_latency_min": ("sleep latency", "min", "lights off to the first epoch of any sleep"),
    "persistent_sleep_latency_min": (
        "latency to persistent sleep",
        "min",
        "lights off to 10 uninterrupted minutes of sleep",
    ),
    "rem_latency_min": ("REM latency", "min", "sleep onset to the first epoch of R"),
    "sleep_period_min": ("sleep period", "min", "sleep onset to the end of the last epoch of sleep"),
    "wake_after_onset_min": ("wake after sleep onset", "min", "W from sleep onset to lights on"),
    "wake_in_period_min": ("wake within the sleep period", "min", "W from sleep onset to the last sleep"),
    "awakenings": ("awakenings", "", "stretches of W with sleep before and after"),
    "stage_shifts_per_hour": (
        "stage shifts",
        "/h",
        "changes of stage per hour of sleep, whatever the epoch length",
    ),
    "fragmentation_per_hour": (
        "sleep fragmentation index",
        "/h",
        "awakenings and shifts to N1 per hour of sleep (Haba-Rubio et al. 2004)",
    ),
    "arousal_index": ("arousal index", "/h", "arousals per hour of sleep, where arousals were scored"),
    "gaps": ("gaps", "", "stretches without a score between lights off and on"),
    "longest_gap_min": ("longest gap", "min", "the longest of them"),
    "unscored_min": ("unscored", "min", "between lights off and on"),
    "uncertain_pct": ("uncertain", "%", f"scored epochs with a confidence below {CONFIDENT}"),
}


@dataclass(frozen=True, slots=True, repr=False)
class SleepSummary:
    """Minutes and percentages of one night, defined in `FIGURES`; None where a figure is not defined.

    Attributes
    ----------
    stage_min, stage_pct : dict of str to float
        Minutes of W N1 N2 N3 R between lights off and on; N1 N2 N3 R as percentages of the total sleep time.
    lights_off_s, lights_on_s : float
        Seconds of the recording.
    notes : tuple of str
        What makes a figure less certain than it looks.
    """

    lights_off_s: float
    lights_on_s: float
    total_recording_min: float
    total_sleep_min: float
    sleep_efficiency_pct: float
    sleep_latency_min: float | None
    persistent_sleep_latency_min: float | None
    rem_latency_min: float | None
    sleep_period_min: float | None
    wake_after_onset_min: float | None
    wake_in_period_min: float | None
    awakenings: int
    unscored_min: float
    uncertain_pct: float | None
    stage_min: dict[str, float]
    stage_pct: dict[str, float | None]
    notes: tuple[str, ...] = ()
    stage_shifts_per_hour: float | None = None
    fragmentation_per_hour: float | None = None
    arousal_index: float | None = None
    gaps: int = 0
    longest_gap_min: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return every figure, JSON-ready."""
        return {name: getattr(self, name) for name in self.__slots__} | {"notes": list(self.notes)}

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per figure: figure, value, unit, definition."""
        import pandas as pd

        rows = [(title, getattr(self, name), unit, rule) for name, (title, unit, rule) in FIGURES.items()]
        rows += [(f"time in {stage}", minutes, "min", "") for stage, minutes in self.stage_min.items()]
        rows += [
            (f"share of {stage}", share, "%", "of the total sleep time") for stage, share in self.stage_pct.items()
        ]
        return pd.DataFrame(rows, columns=["figure", "value", "unit", "definition"])

    def __repr__(self) -> str:
        """One-line summary."""
        latency = "none" if self.sleep_latency_min is None else f"{self.sleep_latency_min:.1f} min"
        rem = "none" if self.rem_latency_min is None else f"{self.rem_latency_min:.1f} min"
        return (
            f"<SleepSummary {self.total_sleep_min:.1f} min of sleep in {self.total_recording_min:.1f} "
            f"({self.sleep_efficiency_pct:.0f} %), sleep latency {latency}, REM latency {rem}>"
        )


def summarise(
    hypnogram: Hypnogram,
    *,
    lights_off_s: float | None = None,
    lights_on_s: float | None = None,
    arousals: Events | None = None,
) -> SleepSummary:
    """Return the sleep statistics of a night.

    Parameters
    ----------
    hypnogram : Hypnogram
        Any epoch length. An epoch in which the lights go off or on counts for its part between them.
    lights_off_s, lights_on_s : float, optional
        Seconds of the recording; by default what the recording's own annotations tell (`Hypnogram.lights`), which is
        then said in the notes, else the first epoch's beginning and the last one's end.
    arousals : Events, optional
        From a detector or a person; those that begin in sleep between lights off and on count.

    Raises
    ------
    InputError
        Lights on is not after lights off, or both lie outside the hypnogram.
    CannotAnswer
        Nothing was scored between them.
    """
    first = hypnogram.offset_s
    end_s = first + hypnogram.duration_s
    told, light_notes = _told_lights(hypnogram, lights_off_s, lights_on_s)
    off = first if told[0] is None else float(told[0])
    on = end_s if told[1] is None else float(told[1])
    if off >= end_s or on <= first:
        raise InputError(
            f"the lights went off at {off:g} s and on at {on:g} s, outside the hypnogram",
            rule=f"it covers {first:g} to {end_s:g} s of the recording",
            next_step="check the times of the lights; a clock time before the start counts for the next day",
        )
    if not on > off:
        raise InputError(f"lights off at {off:g} s, lights on at {on:g} s", rule="the lights go off before they go on")
    begin = np.clip(hypnogram.onsets_s(), off, on)
    end = np.clip(np.minimum(hypnogram.onsets_s() + hypnogram.epoch_s, end_s), off, on)
    inside = end > begin
    stages, begin, end = hypnogram.stages[inside], begin[inside], end[inside]
    if not (stages != UNSCORED).any():
        raise CannotAnswer(
            "nothing was scored between lights off and lights on",
            rule="at least one scored epoch",
            next_step="check the times of the lights, and what the doctor found in the EEG",
        )
    summary = _summarise(_Epochs(stages, begin, end, hypnogram.confidence[inside]), off, on)
    summary = replace(summary, notes=(*light_notes, *hypnogram.notes, *summary.notes))
    if arousals is None or not summary.total_sleep_min:
        return summary
    asleep = hypnogram.codes_at(arousals.onset_s) > STAGES.index("W")
    count = int((asleep & (arousals.onset_s >= off) & (arousals.onset_s < on)).sum())
    return replace(summary, arousal_index=60 * count / summary.total_sleep_min)


def _told_lights(
    hypnogram: Hypnogram, off_s: float | None, on_s: float | None
) -> tuple[tuple[float | None, float | None], list[str]]:
    """Return lights off and on as the caller says, else as the annotations tell them, and what is said of these."""
    first, end = hypnogram.offset_s, hypnogram.offset_s + hypnogram.duration_s
    own = hypnogram.lights
    off, on = (given if given is not None else told for given, told in zip((off_s, on_s), own, strict=True))
    begin, stop = (first if off is None else off), (end if on is None else on)
    names = [
        f"{name} at {clock(hypnogram.clock_start, told)}"
        for name, given, told in zip(("lights off", "lights on"), (off_s, on_s), own, strict=True)
        if given is None and told is not None
    ]
    if not names:
        return (off_s, on_s), []
    listed = " and ".join(names)
    if begin >= end or stop <= first or stop <= begin:  # a mark of another night, or of a recording that went on
        return (off_s, on_s), [f"{listed} in the recording's annotations: not used, it leaves nothing of the hypnogram"]
    return (off, on), [f"{listed}, as the recording's annotations say"]


@dataclass(frozen=True, slots=True, eq=False)
class _Epochs:
    """The epochs between lights off and on, each array of shape (n,); begin and end in seconds of the recording."""

    stages: Codes
    begin: Floats
    end: Floats
    confidence: Floats

    @property
    def minutes(self) -> Floats:
        """Length of each epoch between the lights, shape (n,)."""
        return np.asarray((self.end - self.begin) / 60)


def _summarise(epochs: _Epochs, off: float, on: float) -> SleepSummary:
    stages, begin, end, minutes = epochs.stages, epochs.begin, epochs.end, epochs.minutes
    asleep, awake = stages > 0, stages == 0
    recording = (on - off) / 60
    by_stage = {stage: float(minutes[stages == code].sum()) for code, stage in enumerate(STAGES)}
    sleep = float(minutes[asleep].sum())
    sleep_epochs = np.flatnonzero(asleep)
    rem = np.flatnonzero(stages == STAGES.index("R"))
    onset, last = (int(sleep_epochs[0]), int(sleep_epochs[-1])) if sleep_epochs.size else (None, None)
    confidence = epochs.confidence[~np.isnan(epochs.confidence)]
    return SleepSummary(
        lights_off_s=off,
        lights_on_s=on,
        total_recording_min=recording,
        total_sleep_min=sleep,
        sleep_efficiency_pct=100 * sleep / recording,
        sleep_latency_min=None if onset is None else float(begin[onset] - off) / 60,
        persistent_sleep_latency_min=_persistent(asleep, begin, minutes, off),
        rem_latency_min=float(begin[rem[0]] - begin[onset]) / 60 if onset is not None and rem.size else None,
        sleep_period_min=None if onset is None else float(end[last] - begin[onset]) / 60,
        wake_after_onset_min=None if onset is None else float(minutes[onset:][awake[onset:]].sum()),
        wake_in_period_min=None
        if onset is None or last is None
        else float(minutes[onset:last][awake[onset:last]].sum()),
        awakenings=_awakenings(stages),
        unscored_min=recording - sum(by_stage.values()),
        uncertain_pct=float(100 * np.mean(confidence < CONFIDENT)) if confidence.size else None,
        stage_min=by_stage,
        stage_pct={stage: 100 * by_stage[stage] / sleep if sleep else None for stage in STAGES[1:]},
        notes=_notes(epochs, onset, rem),
        **_continuity(epochs, sleep),
    )


def _continuity(epochs: _Epochs, sleep: float) -> dict[str, Any]:
    """Count runs of a stage, not epochs: shorter epochs of the same night then give the same figures."""
    stage_minutes = zip(epochs.stages.tolist(), epochs.minutes.tolist(), strict=True)
    runs = [
        (stage, float(sum(length for _, length in run)))
        for stage, run in groupby(stage_minutes, key=lambda epoch: epoch[0])
    ]
    gaps = [length for stage, length in runs if stage == UNSCORED]
    shifts = [(a, b) for (a, _), (b, _) in itertools.pairwise(runs) if UNSCORED not in (a, b)]
    fragmenting = sum(1 for a, b in shifts if a > 0 and (b == 0 or (b == 1 and a != 1)))
    hours = sleep / 60
    return {
        "stage_shifts_per_hour": len(shifts) / hours if hours else None,
        "fragmentation_per_hour": fragmenting / hours if hours else None,
        "gaps": len(gaps),
        "longest_gap_min": max(gaps, default=0.0),
    }


def _persistent(
    asleep: NDArray[np.bool_], begin: NDArray[np.float64], minutes: NDArray[np.float64], off: float
) -> float | None:
    """Return minutes from lights off to the first `PERSISTENT_MIN` uninterrupted minutes of sleep."""
    first = 0
    for sleeping, run in groupby(asleep.tolist()):
        size = len(list(run))
        if sleeping and minutes[first : first + size].sum() >= PERSISTENT_MIN - 1e-9:
            return float(begin[first] - off) / 60
        first += size
    return None


def _awakenings(stages: NDArray[np.int8]) -> int:
    """Count the runs of W with sleep before and after; unscored epochs neither make nor divide one."""
    runs = [wake for wake, _ in groupby((stages[stages != UNSCORED] == 0).tolist())]
    return sum(runs[1:-1]) if runs else 0


def _notes(epochs: _Epochs, onset: int | None, rem: NDArray[np.intp]) -> tuple[str, ...]:
    """Return where unscored time makes a latency longer than it may have been."""
    if onset is None:
        return ("no sleep was scored, so latencies are not defined",)
    unscored = np.where(epochs.stages == UNSCORED, epochs.minutes, 0.0)
    before_rem = unscored[onset : rem[0]].sum() if rem.size else 0.0
    return tuple(
        f"{minutes:.1f} min before the first {what} are unscored: it may have begun earlier"
        for what, minutes in (("sleep", unscored[:onset].sum()), ("REM", before_rem))
        if minutes > 0
    )
