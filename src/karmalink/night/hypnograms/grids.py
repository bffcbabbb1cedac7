"""Hypnograms on other epochs, and on the clock of another file: where two files of one night meet.

Seconds of a hypnogram count from the first sample of *its* recording. A file of scores that was begun with lights off
counts from there: laid beside the recording without a look at the clocks, every epoch would be minutes off, in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted
from karmalink.errors import InputError
from karmalink.night.hypnograms.hypnogram import Hypnogram, later
from karmalink.night.hypnograms.stages import STAGES, UNSCORED
from karmalink.night.recordings.clocks import clock, elapsed_s, is_set

__all__ = ["clock_shift", "on_one_grid", "placed_on"]

_DAY_S = 86_400.0
_SAME_S = 1e-3
_SECOND_S = 1.0
# An epoch of which a hypnogram covers less than half is not scored by it when it is laid on another's epochs.
_COVERED = 0.5


def clock_shift(start: datetime | None, hypnogram: Hypnogram, zone: ZoneInfo | None = None) -> float | None:
    """Return how many seconds after another file's first sample the seconds of a hypnogram begin to count.

    Parameters
    ----------
    start : datetime or None
        Clock time of the other file's first sample.
    hypnogram : Hypnogram
        With a start or a time of day of its own.
    zone : ZoneInfo, optional
        Where the clock hung, for nights on which clocks change.

    Returns
    -------
    float or None
        None where one of the two does not tell the time. A date that was never set (1 January 1985 …) does not
        count: then the time of day decides, the nearest within half a day.
    """
    begins = hypnogram.clock_start
    if start is None or begins is None or not _tells(start) or not _tells(begins):
        return None
    if hypnogram.start is not None and is_set(start) and is_set(begins):
        shift = elapsed_s(start, begins, zone) if begins >= start else -elapsed_s(begins, start, zone)
    else:
        day = datetime.combine(start.date(), begins.time())
        shift = ((day - start).total_seconds() + _DAY_S / 2) % _DAY_S - _DAY_S / 2
    # A header without fractions of a second has cut them off: less than a second is one start written in two ways.
    whole = start.microsecond == 0 or begins.microsecond == 0
    return 0.0 if abs(shift) < _SECOND_S and whole else shift


def _tells(start: datetime) -> bool:
    """Whether a clock tells anything: midnight of a first of January is a clock that was never set."""
    return is_set(start) or start.time() != datetime.min.time()


def placed_on(
    hypnogram: Hypnogram,
    start: datetime | None,
    duration_s: float | None = None,
    *,
    where: str = "",
    zone: ZoneInfo | None = None,
    by_clock: bool = True,
) -> Hypnogram:
    """Return the hypnogram on the time line of a recording, by the clocks that both state.

    What lies before the recording's first sample or after its last is left out, and said in the notes.

    Parameters
    ----------
    hypnogram : Hypnogram
        The scores.
    start, duration_s : datetime or None, float or None
        Of the recording: clock time of its first sample, length in seconds; None where it is not known.
    where : str
        What the recording is called, for messages.
    zone : ZoneInfo, optional
        Where the clock hung, for nights on which clocks change.
    by_clock : bool
        False counts the scores' own seconds from the recording's first sample, whatever the clocks say.

    Raises
    ------
    InputError
        No epoch lies in the recording.
    """
    shift = clock_shift(start, hypnogram, zone) if by_clock else None
    notes = list(hypnogram.notes)
    placed = hypnogram
    if shift:
        placed = _moved(hypnogram, shift)
        way = "after" if placed.offset_s > 0 else "before"
        notes.append(f"by their clocks the stages begin {abs(placed.offset_s):g} s {way} the recording")
    begin, end = placed.offset_s, placed.offset_s + placed.duration_s
    if duration_s is not None:
        if begin >= duration_s or end <= 0:
            raise _apart(placed, start, duration_s, hypnogram, where)
        placed, left_out = _inside(placed, duration_s)
        notes += left_out
    if start is not None:
        placed = replace(placed, start=start + timedelta(seconds=placed.offset_s), clock=None)
    return replace(placed, notes=tuple(notes))


def _moved(hypnogram: Hypnogram, shift: float) -> Hypnogram:
    off, on = hypnogram.lights
    lights = (None if off is None else off + shift, None if on is None else on + shift)
    return replace(hypnogram, offset_s=hypnogram.offset_s + shift, lights=lights)


def _apart(placed: Hypnogram, start: datetime | None, duration_s: float, own: Hypnogram, where: str) -> InputError:
    begin, end = placed.offset_s, placed.offset_s + placed.duration_s
    evidence = f"the recording lasts {duration_s:.0f} s, the stages go from {begin:.0f} s to {end:.0f} s"
    if start is not None and own.clock_start is not None:
        first = own.clock_start + timedelta(seconds=own.offset_s)
        stages_start = f"{first:%Y-%m-%d %H:%M:%S}" if own.start is not None else f"{first:%H:%M:%S}"
        evidence += f"; the recording begins {start:%Y-%m-%d %H:%M:%S}, the stages {stages_start}"
    return InputError(
        "the stages are of another time than the recording",
        where=where,
        rule=evidence,
        next_step="are these the stages of this night? If only a date was changed, say --ignore-clock",
    )


def _inside(hypnogram: Hypnogram, duration_s: float) -> tuple[Hypnogram, list[str]]:
    """Return the epochs that begin in the recording, and how much lies outside it or is not scored in it."""
    onsets, length = hypnogram.onsets_s(), hypnogram.epoch_s
    kept = (onsets + length > _SAME_S) & (onsets < duration_s - _SAME_S)
    first, last = int(np.argmax(kept)), int(len(kept) - np.argmax(kept[::-1]))
    notes = []
    outside = int(hypnogram.n_epochs - (last - first))
    if outside:
        ends = [f"{counted(first, 'epoch')} before its first sample"] if first else []
        ends += [f"{counted(hypnogram.n_epochs - last, 'epoch')} after its end"] if last < hypnogram.n_epochs else []
        notes.append(f"the recording lasts {duration_s / 60:.1f} min; left out: {' and '.join(ends)}")
    end = hypnogram.offset_s + hypnogram.duration_s
    bare = max(0.0, duration_s - end) + max(0.0, hypnogram.offset_s)
    if bare > length:
        notes.append(f"{bare / 60:.1f} min of the recording have no score")
    if not outside:
        return hypnogram, notes
    begin = float(onsets[first])
    whole = (last - first) * length
    covered = min(whole, end - begin, max(duration_s - begin, whole - length))
    return (
        replace(
            hypnogram,
            stages=hypnogram.stages[first:last],
            probabilities=None if hypnogram.probabilities is None else hypnogram.probabilities[first:last],
            deciding=None if hypnogram.deciding is None else hypnogram.deciding[first:last],
            movement=None if hypnogram.movement is None else hypnogram.movement[first:last],
            start=None if hypnogram.start is None else hypnogram.start + timedelta(seconds=first * length),
            clock=later(hypnogram.clock, first * length),
            offset_s=begin,
            recorded_s=covered,
        ),
        notes,
    )


def on_one_grid(
    scorings: Mapping[str, Hypnogram], *, zone: ZoneInfo | None = None, by_clock: bool = True
) -> tuple[dict[str, Hypnogram], tuple[str, ...]]:
    """Return hypnograms of one recording on the same epochs, all as many, and what had to be done for that.

    They are placed by the clocks they state, the first that states one being the recording's. Where epochs are of
    different length or do not begin together, all are brought to the longest epochs, of the first who has them.

    Raises
    ------
    InputError
        Two have no second in common.
    """
    notes: list[str] = []
    named = next((name for name, scoring in scorings.items() if scoring.clock_start is not None), None)
    placed: dict[str, Hypnogram] = {}
    for name, scoring in scorings.items():
        first = scorings[named].clock_start if named is not None and by_clock else None
        shift = None if name == named else clock_shift(first, scoring, zone)
        placed[name] = _moved(scoring, shift) if shift else scoring
        if shift:
            way = "after" if shift > 0 else "before"
            notes.append(f"by its clock {name} counts from {abs(shift):g} s {way} {named}; placed so")
    _check_meeting(placed)
    epoch_s = max(scoring.epoch_s for scoring in placed.values())
    chief = next(name for name, scoring in placed.items() if scoring.epoch_s == epoch_s)
    begin, end = _extent(placed, chief, epoch_s)
    count = round((end - begin) / epoch_s)
    out = {}
    for name, scoring in placed.items():
        off = (scoring.offset_s - begin) / epoch_s
        fits = scoring.epoch_s == epoch_s and abs(off - round(off)) * epoch_s <= _SAME_S
        out[name] = (
            _padded(scoring, round(off), begin, count)
            if fits
            else scoring.on_grid(epoch_s, begin, count, covered=_COVERED)
        )
        if not fits:
            own = f"epochs of {scoring.epoch_s:g} s from {scoring.offset_s:g} s"
            theirs = f"{epoch_s:g} s from {placed[chief].offset_s:g} s as those of {chief}"
            notes.append(f"{name}: {own} are brought to {theirs}; each has the stage that fills most of it")
    # One clock for all: what is drawn or compared afterwards must not be moved a second time.
    first = None if named is None else placed[named].recording_start
    start = None if first is None else first + timedelta(seconds=begin)
    clock_only = (
        later(placed[named].clock, begin - placed[named].offset_s) if named is not None and first is None else None
    )
    out = {name: replace(scoring, start=start, clock=clock_only) for name, scoring in out.items()}
    return out, (*notes, *_lengths(placed))


def _extent(placed: Mapping[str, Hypnogram], chief: str, epoch_s: float) -> tuple[float, float]:
    """Return the first and the last edge of the chief's epochs that hold all hypnograms."""
    origin = placed[chief].offset_s
    first = min(scoring.offset_s for scoring in placed.values()) - origin
    last = max(scoring.offset_s + scoring.n_epochs * scoring.epoch_s for scoring in placed.values()) - origin
    begin = origin + np.floor(first / epoch_s + _SAME_S / epoch_s) * epoch_s
    return float(begin), float(origin + np.ceil(last / epoch_s - _SAME_S / epoch_s) * epoch_s)


def _padded(scoring: Hypnogram, first: int, begin: float, count: int) -> Hypnogram:
    """Return a hypnogram with unscored epochs in front and behind, `count` in all."""
    if first == 0 and scoring.n_epochs == count:
        return replace(scoring, offset_s=begin)
    stages = np.full(count, UNSCORED, dtype=np.int8)
    stages[first : first + scoring.n_epochs] = scoring.stages

    def table(rows: Floats | None) -> Floats | None:
        if rows is None:
            return None
        out = np.full((count, len(STAGES)), np.nan)
        out[first : first + scoring.n_epochs] = rows
        return out

    ends = first + scoring.n_epochs == count
    return replace(
        scoring,
        stages=stages,
        probabilities=table(scoring.probabilities),
        deciding=table(scoring.deciding),
        movement=None,
        start=None if scoring.start is None else scoring.start - timedelta(seconds=first * scoring.epoch_s),
        clock=later(scoring.clock, -first * scoring.epoch_s),
        offset_s=begin,
        recorded_s=first * scoring.epoch_s + scoring.duration_s if ends else None,
    )


def _check_meeting(placed: Mapping[str, Hypnogram]) -> None:
    names = list(placed)
    for place, name in enumerate(names):
        for other in names[:place]:
            a, b = placed[other], placed[name]
            if a.offset_s + a.duration_s <= b.offset_s + _SAME_S or b.offset_s + b.duration_s <= a.offset_s + _SAME_S:
                extents = "; ".join(
                    f"{scorer} from {_begins(scoring)}, {scoring.duration_s / 60:.1f} min"
                    for scorer, scoring in ((other, a), (name, b))
                )
                raise InputError(
                    f"{other} and {name} have no second in common: {extents}",
                    rule="scorings of one night",
                    next_step="are these of one night? If only a date was changed, say --ignore-clock",
                )


def _begins(scoring: Hypnogram) -> str:
    if scoring.clock_start is None:
        return f"{scoring.offset_s:g} s"
    return clock(scoring.clock_start, scoring.offset_s)


def _lengths(placed: Mapping[str, Hypnogram]) -> tuple[str, ...]:
    """Say where hypnograms do not cover the same time."""
    spans = {name: (scoring.offset_s, scoring.offset_s + scoring.duration_s) for name, scoring in placed.items()}
    longest = max(scoring.epoch_s for scoring in placed.values())
    begins, ends = zip(*spans.values(), strict=True)
    if max(begins) - min(begins) < longest and max(ends) - min(ends) < longest:
        return ()
    listed = ", ".join(f"{name} {begin / 60:.1f} to {end / 60:.1f} min" for name, (begin, end) in spans.items())
    return (f"the scorings cover different times ({listed}); what one did not score does not count",)
