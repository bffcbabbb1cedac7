"""BrainVision, FIF and EEGLAB through MNE, with what MNE leaves out of time: pauses between the pieces of a file.

MNE lays pieces end to end. A BrainVision recording that was paused has a "New Segment" marker with the clock at each
start, EEGLAB leaves a "boundary" event with the length of what was cut out, a FIF file has "BAD_ACQ_SKIP" over blocks
that were not stored: each becomes a gap in its place here, and where a file does not say how long a pause was, a note.
"""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from karmalink.base.bounded import C_PARSED, try_in_process
from karmalink.errors import ReadError
from karmalink.night.recordings.annotations import Annotation
from karmalink.night.recordings.channels import identify
from karmalink.night.recordings.edf_layout import CLOCK_NOTE
from karmalink.night.recordings.mne_exchange import MneSignals, start_of
from karmalink.night.recordings.recording import (
    BlankedSignals,
    Channel,
    GappedSignals,
    Recording,
    Segment,
    Signals,
    gaps_between,
)
from karmalink.night.recordings.units import volts_per

__all__ = ["read_brainvision", "read_eeglab", "read_fif"]

_LONGEST_S = 3 * 86_400.0
_FASTEST_HZ = 1e6
# The clock of a marker has microseconds, a sample often milliseconds: less than this is not a pause.
_PAUSE_S = 0.1
_SEGMENT = re.compile(r"^Mk\d+=New Segment,[^,]*,(\d+),\d+,-?\d+,(\d{20})", re.MULTILINE)
_UNKNOWN_UNIT = "V"
# The units of a BrainVision header that MNE scales; whatever else it says MNE leaves as it is.
_MNE_SCALES = {"V": 1.0, "mV": 1e-3, "µV": 1e-6, "uV": 1e-6, "nV": 1e-9, "µS": 1e-6, "uS": 1e-6}
_WIDTHS = {"INT_16": 2, "INT_32": 4, "IEEE_FLOAT_32": 4}

Joins = Sequence[tuple[int, float]]
"""Where pieces meet: the sample that begins the later one, and the seconds of pause before it (NaN: not known)."""


def read_brainvision(path: Path, *, label: str, partial: bool = False) -> Recording:
    """Read a BrainVision recording by its ``.vhdr``; pauses are gaps."""
    del partial

    def joins(raw: Any) -> Joins:
        header = _header(path)
        _check_size(header, path, len(raw.ch_names))
        markers = path.with_suffix(".vmrk")
        named = _stated(header, "MarkerFile")
        if named:
            markers = path.parent / named.replace("$b", path.stem)
        text = markers.read_text("latin-1") if markers.is_file() else ""
        return _segment_joins(text, float(raw.info["sfreq"]))

    return _read("read_raw_brainvision", "BrainVision", path, label, joins, units=lambda: _header_units(_header(path)))


def _header(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _header_units(header: str) -> list[str]:
    """Return the unit of each channel as the header spells it.

    MNE tells units as it corrected them ("uv" and "UV" as "µV") after it took the numbers for volts.
    """
    infos = re.search(r"^\[Channel Infos\]\s*$(.*?)(?=^\[|\Z)", header, re.MULTILINE | re.DOTALL)
    units = {}
    for number, entry in re.findall(r"^Ch(\d+)\s*=(.*)$", infos[1] if infos else "", re.MULTILINE):
        fields = entry.strip().split(",")
        # Microvolts are what the format means where it says nothing.
        units[int(number)] = fields[3].strip() if len(fields) > 3 and fields[3].strip() else "µV"
    return [units.get(number, _UNKNOWN_UNIT) for number in range(1, max(units, default=0) + 1)]


def _check_size(header: str, path: Path, channels: int) -> None:
    """Refuse a header whose number of channels does not fit the data: MNE would mix up the channels."""
    width = _WIDTHS.get(_stated(header, "BinaryFormat").upper(), 0)
    data = path.parent / _stated(header, "DataFile").replace("$b", path.stem)
    if width and data.is_file() and data.stat().st_size % (width * channels):
        raise ValueError("the data is not a whole number of samples of all channels")


def _stated(header: str, key: str) -> str:
    match = re.search(rf"^{key}\s*=[ \t]*(.+)$", header, re.MULTILINE)
    return match[1].strip() if match else ""


def read_eeglab(path: Path, *, label: str, partial: bool = False) -> Recording:
    """Read an EEGLAB recording by its ``.set``; what was cut out of it is a gap."""
    del partial

    def joins(raw: Any) -> Joins:
        rate = float(raw.info["sfreq"])
        return [
            (round(float(event["onset"]) * rate), float(event["duration"]) or float("nan"))
            for event in raw.annotations
            if str(event["description"]).strip().lower() == "boundary"
        ]

    return _read("read_raw_eeglab", "EEGLAB", path, label, joins)


def read_fif(path: Path, *, label: str, partial: bool = False) -> Recording:
    """Read a FIF recording; what the recorder did not store is a gap."""
    del partial
    recording = _read("read_raw_fif", "FIF", path, label, lambda raw: (), trust_types=True)
    skips = _skips(recording.signals.raw) if isinstance(recording.signals, MneSignals) else ()
    if not skips:
        return recording
    lost = {
        index: [(round(a * channel.sfreq), round(b * channel.sfreq)) for a, b in skips]
        for index, channel in enumerate(recording.channels)
    }
    return replace(recording, signals=BlankedSignals(recording.signals, lost), gaps=skips)


def _skips(raw: Any) -> tuple[tuple[float, float], ...]:
    # Annotations count from the measurement's date where there is one, the time line from the first sample.
    shift = float(raw.first_time) if raw.info["meas_date"] is not None else 0.0
    skips = {
        (max(0.0, float(event["onset"]) - shift), float(event["onset"]) - shift + float(event["duration"]))
        for event in raw.annotations
        if str(event["description"]).upper().startswith("BAD_ACQ_SKIP")
    }
    return tuple(sorted((round(first, 6), round(stop, 6)) for first, stop in skips if stop > first))


def _opened(function: str, path: Path) -> None:
    import mne

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        raw = getattr(mne.io, function)(path, preload=False, verbose="ERROR")
        raw.get_data(picks=[0], start=max(0, raw.n_times - 1), verbose="ERROR")


def _read(
    function: str,
    title: str,
    path: Path,
    label: str,
    joins: Callable[[Any], Joins],
    *,
    trust_types: bool = False,
    units: Callable[[], Sequence[str]] = tuple,
) -> Recording:
    import mne

    if path.suffix.lower() in C_PARSED:
        # A damaged .set can end the process inside scipy 1.17.1's reader of MATLAB files; MNE's of FIF trusts its tags.
        try_in_process(partial(_opened, function, path), path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            raw = getattr(mne.io, function)(path, preload=False, verbose="ERROR")
            raw.get_data(picks=[0], start=max(0, raw.n_times - 1), verbose="ERROR")  # the end, where a cut file shows
            met, start = joins(raw), start_of(raw)
            stated = dict(zip(raw.ch_names, units(), strict=False))
            described = _channels(raw, float(raw.info["sfreq"]), stated, trust_types=trust_types)
        except Exception as error:
            # MNE's readers raise whatever their parsers meet (struct.error, configparser.Error, KeyError …), and their
            # messages may quote the file.
            raise ReadError(
                f"the file cannot be read as {title} ({type(error).__name__})",
                where=path,
                rule="a whole file, with the files that belong to it beside it",
                next_step="copy the recording again with all its files, or export it as EDF",
            ) from error
    notes = list(dict.fromkeys(f"MNE: {str(warning.message).splitlines()[0][:200]}" for warning in caught))
    rate, count = float(raw.info["sfreq"]), int(raw.n_times)
    if not 0 < rate <= _FASTEST_HZ or count <= 0 or count / rate > _LONGEST_S:
        raise ReadError(
            f"{count} samples at {rate:g} a second", where=path, rule=f"at most {_LONGEST_S / 86_400:g} days of them"
        )
    pieces = _pieces(met, rate, count, notes, path)
    length = pieces[-1].place + pieces[-1].count
    signals: Signals = MneSignals(raw, path.name, _factors(raw, stated))
    channels = tuple(replace(channel, n_samples=length) for channel in described)
    if len(pieces) > 1:
        signals = GappedSignals(signals, [pieces] * len(channels))
    return Recording(
        label=label,
        channels=channels,
        signals=signals,
        duration_s=length / rate,
        start=start,
        format=path.suffix[1:].lower(),
        gaps=gaps_between(pieces, rate),
        notes=tuple(notes),
        annotations=_annotations(raw, pieces, rate),
    )


def _factors(raw: Any, stated: Mapping[str, str]) -> dict[int, float]:
    """Return what MNE left out of the scale of channels: 'uv' and 'UV' of a BrainVision header are microvolts too."""
    factors = {}
    for index, name in enumerate(raw.ch_names):
        unit = stated.get(name)
        if unit is None:
            continue
        factor = (volts_per(unit) or 1.0) / _MNE_SCALES.get(unit.replace("\xc2", ""), 1.0)
        if factor != 1.0:
            factors[index] = factor
    return factors


def _annotations(raw: Any, pieces: Sequence[Segment], rate: float) -> tuple[Annotation, ...]:
    """Return the annotations with their onsets on the time line, on which pauses have their length."""
    # MNE counts from the measurement's date where there is one and the annotations keep it, else from the first sample.
    shift = float(raw.first_time) if raw.annotations.orig_time is not None else 0.0
    annotations = []
    for event in raw.annotations:
        sample = (float(event["onset"]) - shift) * rate
        piece = next((piece for piece in reversed(pieces) if sample >= piece.source - 0.5), pieces[0])
        onset = (sample + piece.place - piece.source) / rate
        # BrainVision's "Comment/Lights off": what stands in front is the kind of marker.
        text = str(event["description"]).removeprefix("Comment/")
        annotations.append(Annotation(round(onset, 9), float(event["duration"]), text))
    return tuple(sorted(annotations, key=lambda annotation: annotation.onset_s))


def _segment_joins(text: str, rate: float) -> Joins:
    """Return where BrainVision's segments meet, from the clock in their markers (the first sample is 1)."""
    segments: list[tuple[int, datetime | None]] = []
    for position, stamp in _SEGMENT.findall(text):
        try:
            segments.append((int(position) - 1, datetime.strptime(stamp, "%Y%m%d%H%M%S%f")))
        except ValueError:
            segments.append((int(position) - 1, None))
    joins = []
    for (before, began), (after, begins) in itertools.pairwise(segments):
        if began is None or begins is None or began.year < 1900 or begins.year < 1900:
            joins.append((after, float("nan")))
        else:
            joins.append((after, (begins - began).total_seconds() - (after - before) / rate))
    return joins


def _pieces(joins: Joins, rate: float, count: int, notes: list[str], path: Path) -> list[Segment]:
    """Return the pieces on the time line; a join whose pause is not known is laid end to end, and said."""
    place, source = 0, 0
    pieces: list[Segment] = []
    for sample, pause in sorted(joins):
        if not 0 < sample < count or sample <= source:
            continue
        if not np.isfinite(pause) or pause < -_PAUSE_S:
            why = "does not tell for how long" if not np.isfinite(pause) else "states a clock that goes back"
            notes.append(f"{CLOCK_NOTE}: the file was joined at {sample / rate:.3f} s and {why}; laid end to end")
            continue
        if pause < _PAUSE_S:
            continue
        pieces.append(Segment(place, source, sample - source))
        place += sample - source + round(pause * rate)
        source = sample
    pieces.append(Segment(place, source, count - source))
    if (place + count) / rate > _LONGEST_S:
        raise ReadError(
            f"with its pauses the recording would last {(place + count) / rate / 86_400:.3g} days",
            where=path,
            rule=f"at most {_LONGEST_S / 86_400:g} days",
        )
    return pieces


def _channels(raw: Any, rate: float, stated: Mapping[str, str], *, trust_types: bool) -> tuple[Channel, ...]:
    """Describe channels by their names; by MNE's types only where a file can hold types (elsewhere all are 'eeg')."""
    channels = []
    for name, type_ in zip(raw.ch_names, raw.get_channel_types(), strict=True):
        named = identify(name)
        known = type_ if trust_types and named.kind == "unknown" else ""
        kind = known if known in {"eeg", "eog", "emg", "ecg"} else named.kind
        unit = stated.get(name) or (raw._orig_units or {}).get(name, _UNKNOWN_UNIT)
        channels.append(Channel(name, kind, rate, int(raw.n_times), unit, named.site, named.reference))
    return tuple(channels)
