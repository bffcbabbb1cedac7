"""The time line of an EDF+ or BDF+ file: what the stamps of its data records say about where the samples lie.

Every data record of an EDF+ file begins with its own onset, in seconds after the header's start (Kemp & Olivan 2003,
2.2.4). Recorders and exporters use it more freely than the standard has it, so one reading serves the signals, the
annotations and the stages of a file alike:

- records that follow each other are one run; a record that begins later than the one before it ended opens a gap, in
  EDF+D, where that is meant, and in EDF+C, where a pause was exported as if there had been none;
- stamps that waver by less than half a sample, or by what their last digit leaves out, waver: nothing was lost;
- stamps that run away from the samples by more than a second tell the true rate, as in a stream of Lab Streaming Layer.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from karmalink.base.arrays import Bools, Floats
from karmalink.base.wording import counted
from karmalink.errors import ReadError
from karmalink.night.recordings.edf_layout import ANNOTATIONS, CLOCK_NOTE, EdfHeader, Records, column

__all__ = ["LONGEST_S", "Run", "TimeLine", "first_onset", "stamp", "time_line"]

LONGEST_S = 3 * 86_400.0
"""Longest recording, seconds: what lasts longer is a broken stamp, and memory for years of nothing."""

_LATEST_S = 7 * 86_400.0
_JITTER_S = 1e-3
# What stamps may run away from the samples over the whole recording before the rate is taken from them.
_DRIFT_S = 1.0
# Records on either side whose mean deviation is compared: an even number, so that stamps that alternate cancel.
_AROUND = 4
_STAMP = re.compile(rb"([+-]?\d{1,12}(?:[.,]\d{0,40})?)(?:\x15\d*[.,]?\d*)?\x14(\x14|\Z|[^\x00]*)")


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive data records without a gap: the first record, how many, and where on the time line they begin."""

    record: int
    count: int
    start_s: float


@dataclass(frozen=True, slots=True)
class TimeLine:
    """Where the records of a file lie.

    Attributes
    ----------
    first_s : float
        Seconds from the header's start to the first sample, which is second 0 of the recording.
    runs : tuple of Run
        In order.
    record_s : float
        Seconds of a record, by the header or, where they run apart, by the stamps.
    notes : tuple of str
        What was odd about the stamps.
    """

    first_s: float
    runs: tuple[Run, ...]
    record_s: float
    notes: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        """Seconds from the first sample to the end of the last record."""
        return self.runs[-1].start_s + self.runs[-1].count * self.record_s

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        """Seconds between runs, as (from, to)."""
        ends = [run.start_s + run.count * self.record_s for run in self.runs[:-1]]
        return tuple((end, after.start_s) for end, after in zip(ends, self.runs[1:], strict=True))


def stamp(text: bytes) -> tuple[float | None, bool]:
    """Return the onset that an annotation block begins with, and whether it keeps the time.

    The annotation that keeps the time has an empty text (``+30<20><20>``); other texts may follow it. One that has a
    text only is an event like any other, whose onset says nothing of the record's.
    """
    match = _STAMP.match(text.partition(b"\0")[0].lstrip())
    if match is None:
        return None, False
    return float(match[1].replace(b",", b".")), match[2][:1] in {b"", b"\x14"}


def first_onset(header: EdfHeader, records: Records, count: int, *, where: str) -> tuple[float, tuple[str, ...]]:
    """Return how many seconds after the header's start the first sample was taken, and a note where that is odd.

    Raises
    ------
    ReadError
        In EDF+D: before the header's start, or days after it.
    """
    signal = next(
        (candidate for candidate in header.signals if candidate.label in ANNOTATIONS and candidate.samples > 0), None
    )
    if signal is None or count <= 0:
        return 0.0, ()
    end = signal.offset + header.width * signal.samples
    ahead = min(count, 2) if header.record_s > 0 else 1
    for record, text in enumerate(column(records, 0, ahead, signal.offset, end)):
        onset, keeps = stamp(text.tobytes())
        if onset is not None and keeps:
            return _first(onset - record * header.record_s, header, where)
    return 0.0, ()


def _first(onset: float, header: EdfHeader, where: str) -> tuple[float, tuple[str, ...]]:
    if 0 <= onset <= _LATEST_S:
        return onset, ()
    evidence = f"the first record begins {onset:g} s after the header's start"
    if header.format.endswith("d"):
        raise ReadError(evidence, where=where, rule=f"0 to {_LATEST_S / 86_400:g} days after it")
    return 0.0, (f"{CLOCK_NOTE}: {evidence}; taken as 0 s",)


def time_line(header: EdfHeader, records: Records, count: int, *, where: str, partial: bool = False) -> TimeLine:
    """Return where the first `count` records lie.

    Parameters
    ----------
    header : EdfHeader
        Of the file.
    records : Records
        Its data records.
    count : int
        How many of them there are.
    where : str
        Named in errors.
    partial : bool
        End an EDF+D recording where its clock goes back or leaps by days, and say so, instead of refusing it.

    Raises
    ------
    ReadError
        EDF+D: a record without a stamp, or that begins before the one in front of it has ended.
    """
    whole = TimeLine(0.0, (Run(0, count, 0.0),), header.record_s)
    signal = next(
        (candidate for candidate in header.signals if candidate.label in ANNOTATIONS and candidate.samples > 0), None
    )
    if signal is None or "+" not in header.format:
        return whole
    end = signal.offset + header.width * signal.samples
    stamps = [stamp(text.tobytes()) for text in column(records, 0, count, signal.offset, end)]
    if header.format.endswith("d"):
        return _discontinuous(stamps, header, where, partial=partial)
    first, notes = first_onset(header, records, count, where=where)
    return _continuous(stamps, header, first, notes)


def _discontinuous(
    stamps: Sequence[tuple[float | None, bool]], header: EdfHeader, where: str, *, partial: bool
) -> TimeLine:
    missing = next((i for i, (onset, _) in enumerate(stamps) if onset is None), None)
    if missing is not None:
        raise ReadError(
            f"record {missing + 1} of a discontinuous recording carries no time",
            where=where,
            rule="EDF+D 2.2.4: every data record begins with its onset",
        )
    times = np.array([onset for onset, _ in stamps], dtype=float)
    back, wide = _goes_back(times, header), times[1:] - times[0] > LONGEST_S
    notes: list[str] = []
    if (back | wide).any() and partial:
        kept = int(np.argmax(back | wide)) + 1
        way = "goes back" if back[kept - 1] else "leaps by days"
        notes.append(f"{CLOCK_NOTE} {way} after record {kept} of {len(times)}; what lies behind is left out")
        times = times[:kept]
    elif back.any():
        raise ReadError(
            f"record {int(np.argmax(back)) + 2} begins before the one in front of it has ended",
            where=where,
            rule="EDF+D: records follow each other in time",
            next_step="read what lies before it with --partial (partial=True)",
        )
    first, odd = _first(float(times[0]), header, where)
    return _laid(times, header, first, (*odd, *notes))


def _continuous(
    stamps: Sequence[tuple[float | None, bool]], header: EdfHeader, first: float, notes: tuple[str, ...]
) -> TimeLine:
    """Lay the records of EDF+C: end to end, but for leaps that every stamp after them confirms."""
    whole = TimeLine(first, (Run(0, len(stamps), 0.0),), header.record_s, notes)
    known = np.array([onset is not None and keeps for onset, keeps in stamps])
    if known.sum() < 2:  # writers that leave the stamps out
        return whole
    places = np.arange(len(stamps))
    times = np.array([onset if keeps and onset is not None else np.nan for onset, keeps in stamps], dtype=float)
    # A record without a stamp is where its neighbour in front puts it.
    behind = np.maximum.accumulate(np.where(known, places, 0))
    times = np.where(known, times, times[behind] + (places - behind) * header.record_s)
    times[: int(np.argmax(known))] = first + places[: int(np.argmax(known))] * header.record_s
    times[0] = first
    if _goes_back(times, header).any():
        if np.ptp(times) == 0 or (np.diff(times) == 0).all():  # stamps that a program never filled in
            return whole
        odd = f"{CLOCK_NOTE} of the records goes back although the header says continuous (EDF+C); laid end to end"
        return TimeLine(first, whole.runs, header.record_s, (*notes, odd))
    if times[-1] - times[0] > LONGEST_S:
        odd = f"{CLOCK_NOTE} of the records leaps by days although the header says continuous; laid end to end"
        return TimeLine(first, whole.runs, header.record_s, (*notes, odd))
    line = _laid(times, header, first, notes)
    if len(line.runs) == 1:
        return line
    if len(line.runs) > max(2, len(stamps) / 2):  # they count records, or in another unit: no pause after each of them
        odd = f"{CLOCK_NOTE} of the records does not fit their length although the header says continuous (EDF+C)"
        return TimeLine(first, whole.runs, header.record_s, (*notes, f"{odd}; laid end to end"))
    lost = sum(stop - begin for begin, stop in line.gaps)
    odd = (
        f"{CLOCK_NOTE} of the records leaps {counted(len(line.gaps), 'time')}, {lost:g} s in all, although the header "
        f"says continuous (EDF+C); kept as {'a gap' if len(line.gaps) == 1 else 'gaps'}"
    )
    return TimeLine(line.first_s, line.runs, line.record_s, (*line.notes, odd))


def _laid(times: Floats, header: EdfHeader, first: float, notes: tuple[str, ...]) -> TimeLine:
    """Lay records by stamps that go forward."""
    edges = [0, *(np.flatnonzero(_gaps(times, header)) + 1).tolist(), len(times)]
    pairs = list(itertools.pairwise(edges))
    record_s, about_rate = _rate(times, pairs, header)
    runs: list[Run] = []
    for begin, stop in pairs:
        start = float(times[begin] - times[0])
        if runs:  # stamps that run slower than the samples would lay a run over the end of the one before
            start = max(start, runs[-1].start_s + runs[-1].count * record_s)
        runs.append(Run(begin, stop - begin, start))
    return TimeLine(first, tuple(runs), record_s, (*notes, *about_rate))


def _rate(times: Floats, pairs: Sequence[tuple[int, int]], header: EdfHeader) -> tuple[float, list[str]]:
    """Return the seconds of a record, and what is to be said of stamps that do not fit the header's."""
    stated = header.record_s
    offs = [times[a:b] - times[a] - np.arange(b - a) * stated for a, b in pairs]
    apart = max(float(np.abs(off).max()) for off in offs)
    if apart <= _JITTER_S:
        return stated, []
    steps = sum(b - a - 1 for a, b in pairs)
    drift = sum(float(off[-1]) for off in offs)
    true = stated + drift / max(steps, 1)
    rest = max(float(np.abs(off - np.arange(off.size) * (true - stated)).max()) for off in offs)
    if apart <= 2 * _half_sample(header):
        return stated, [f"the records' stamps waver by up to {1000 * apart:.3g} ms, less than a sample"]
    if abs(drift) <= apart / 2 or rest > _DRIFT_S:
        evidence = f"{CLOCK_NOTE} of the records wavers by up to {apart:.3g} s against their samples"
        return stated, [f"{evidence}; laid end to end, so annotations may be off by as much"]
    evidence = f"{CLOCK_NOTE} of the records and their samples run apart by {abs(drift):.3g} s over the recording"
    if abs(drift) > _DRIFT_S:
        return true, [f"{evidence}; the rate is taken from the clock"]
    return stated, [f"{evidence}; laid end to end, so annotations may be off by as much"]


def _half_sample(header: EdfHeader) -> float:
    fastest = max((signal.samples for signal in header.signals if signal.label not in ANNOTATIONS), default=0)
    return max(_JITTER_S, header.record_s / fastest / 2) if fastest else _JITTER_S


def _tolerance(times: Floats, header: EdfHeader) -> float:
    """Return by how much a step between stamps may miss a record's length and still be one."""
    steps = np.diff(times) - header.record_s
    # Stamps written to a hundredth of a second cannot say 0.9984 s: their last digit wavers by a whole one.
    digit = next((10.0**-n for n in range(7) if np.abs(times * 10**n - np.round(times * 10**n)).max() < 1e-6), 0.0)
    exact = digit > 0 and abs(header.record_s / digit - round(header.record_s / digit)) < 1e-6
    coarse = 0.0 if exact or not digit or np.median(np.abs(steps)) > digit else digit * (1 + 1e-6)
    return max(_half_sample(header), coarse)


def _gaps(times: Floats, header: EdfHeader) -> Bools:
    """Return after which records a gap lies, shape (n - 1,).

    A step of more than a sample is one. Between half a sample and a whole one it is one where the stamps stay behind
    it, and not where they waver back.
    """
    steps = np.diff(times) - header.record_s
    limit = _tolerance(times, header)
    is_gap = steps > max(2 * _half_sample(header), limit) * (1 + 1e-6)
    off = times - np.arange(times.size) * header.record_s
    for place in np.flatnonzero((steps > limit) & ~is_gap).tolist():
        before = np.mean(off[max(0, place + 1 - _AROUND) : place + 1])
        is_gap[place] = np.mean(off[place + 1 : place + 1 + _AROUND]) - before > limit
    return np.asarray(is_gap)


def _goes_back(times: Floats, header: EdfHeader) -> Bools:
    """Return after which records the clock goes back by more than a sample, shape (n - 1,)."""
    limit = max(2 * _half_sample(header), _tolerance(times, header))
    return np.asarray(np.diff(times) - header.record_s < -limit)
