"""Writing recordings and annotations as EDF+ and BDF+, through edfio."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.errors import InputError
from karmalink.night.annotations import GAP_TEXT, MARKS_GAPS, Annotation
from karmalink.night.recording import VOLTAGES, VOLTS, Channel, Recording

if TYPE_CHECKING:
    from edfio import Bdf, Edf

__all__ = ["annotation_bytes", "edf_bytes", "lost_annotations", "write_edf"]

_CONTROL = re.compile(r"[\x00-\x1f]+")


def edf_bytes(
    recording: Recording, *, annotations: Sequence[Annotation] = (), mark_lost: bool = False, bdf: bool = False
) -> bytes:
    """Return the recording as the bytes of an EDF file, for storage that encrypts: nothing touches a disk.

    Parameters
    ----------
    recording : Recording
        What to write.
    annotations : sequence of Annotation
        Written as EDF+ annotations; without any, and without `mark_lost`, the file is plain EDF.
    mark_lost : bool
        Write samples that are no numbers as 0 and mark each such stretch by an annotation "Recording gap", from which
        `read_recording` makes them no numbers again.
    bdf : bool
        24 bits a sample instead of 16.

    Raises
    ------
    InputError
        A channel holds samples that are no numbers and `mark_lost` is not set: EDF has no place for them.
    """
    marks = [*annotations, *(lost_annotations(recording) if mark_lost else ())]
    stream = io.BytesIO()
    _to_edfio(recording, marks, mark_lost=mark_lost, bdf=bdf).write(stream)
    return stream.getvalue()


def write_edf(
    recording: Recording,
    path: Path | str,
    *,
    annotations: Sequence[Annotation] = (),
    mark_lost: bool = False,
) -> Path:
    """Write the recording as EDF or, where the name ends in ``.bdf``, as BDF; return the path. See `edf_bytes`.

    Each channel is written over its own range, voltages in µV. The header names nobody; the start is kept.
    """
    from karmalink.night.write import replaced

    target = Path(path)
    bdf = target.suffix.lower() == ".bdf"
    return replaced(target, edf_bytes(recording, annotations=annotations, mark_lost=mark_lost, bdf=bdf))


def annotation_bytes(annotations: Iterable[Annotation], start: datetime | None, *, where: Path | str = "") -> bytes:
    """Return an EDF+ file that holds annotations only, as EDFbrowser and MNE import them.

    Raises
    ------
    InputError
        An annotation lies before the first sample, or the start is not of 1985–2084.
    """
    import edfio

    stream = io.BytesIO()
    marks = [_edf_annotation(one, where) for one in annotations]
    edfio.Edf(
        [], recording=_about(start, where, ()), starttime=start.time() if start else None, annotations=marks
    ).write(stream)
    return stream.getvalue()


def lost_annotations(recording: Recording) -> list[Annotation]:
    """Return one annotation per stretch of a channel that holds no numbers; without a channel where all do not."""
    marks = [Annotation(first, stop - first, GAP_TEXT) for first, stop in recording.gaps]
    for index, channel in enumerate(recording.channels):
        bad = ~np.isfinite(recording.signals.read(index, 0, channel.n_samples))
        for first, stop in recording.gaps:
            bad[max(0, round(first * channel.sfreq)) : round(stop * channel.sfreq)] = False
        edges = np.flatnonzero(np.diff(np.concatenate(([False], bad, [False])).astype(np.int8))).reshape(-1, 2)
        marks += [
            Annotation(first / channel.sfreq, (stop - first) / channel.sfreq, GAP_TEXT, channel.name)
            for first, stop in edges.tolist()
        ]
    return marks


def _to_edfio(recording: Recording, marks: Sequence[Annotation], *, mark_lost: bool, bdf: bool) -> Edf | Bdf:
    import edfio

    kind = edfio.BdfSignal if bdf else edfio.EdfSignal
    signals = [_signal(recording, channel, kind, mark_lost=mark_lost) for channel in recording.channels]
    start = recording.start
    rest: dict[str, Any] = {"recording": _about(start, recording.label, (MARKS_GAPS,) if mark_lost else ())}
    if marks:
        rest["annotations"] = [_edf_annotation(one, recording.label) for one in marks]
    if start is not None:
        # Plain EDF has no place for parts of a second; EDF+ keeps them in its first record.
        rest["starttime"] = start.time() if marks else start.time().replace(microsecond=0)
    return (edfio.Bdf if bdf else edfio.Edf)(signals, **rest)


def _signal(recording: Recording, channel: Channel, kind: Any, *, mark_lost: bool) -> Any:
    volts = recording.signal(channel.name)
    lost = ~np.isfinite(volts)
    if lost.any() and not mark_lost:
        raise InputError(
            f"{int(lost.sum())} samples of {channel.name!r} are no numbers",
            where=recording.label,
            rule="EDF holds whole numbers only",
            next_step="write them as marked gaps (mark_lost=True), or keep the file as it was recorded",
        )
    is_voltage = channel.kind in VOLTAGES or channel.unit_as_read in VOLTS
    volts = np.where(lost, 0.0, volts)
    values, unit = (volts * 1e6, "uV") if is_voltage else (volts, channel.unit_as_read)
    peak = max(float(np.abs(values).max(initial=0.0)), 1.0)
    return kind(values, channel.sfreq, label=channel.name, physical_dimension=unit, physical_range=(-peak, peak))


def _about(start: datetime | None, where: Path | str, marks: Sequence[str]) -> Any:
    import edfio

    if start is not None and not 1985 <= start.year <= 2084:
        raise InputError(f"EDF cannot hold the year {start.year}", where=where, rule="EDF+ 2.1.3.2: 1985–2084")
    return edfio.Recording(startdate=start.date() if start else None, additional=tuple(marks))


def _edf_annotation(one: Annotation, where: Path | str) -> Any:
    import edfio

    if not one.onset_s >= 0:
        raise InputError("an annotation lies before the first sample", where=where, rule="onsets of 0 s or more")
    text = _CONTROL.sub(" ", one.text) + (f"@@{_CONTROL.sub(' ', one.channel)}" if one.channel else "")
    return edfio.EdfAnnotation(one.onset_s, one.duration_s, text)
