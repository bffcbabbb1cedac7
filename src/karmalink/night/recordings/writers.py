"""Writing a recording in the forms that other programs read: EDF+, BDF+, a table, a NumPy array."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import UsageError
from karmalink.night.hypnograms.bids_events import form_named, replaced
from karmalink.night.recordings.annotations import Annotation
from karmalink.night.recordings.edf_writer import write_edf
from karmalink.night.recordings.recording import VOLTAGES, VOLTS, Recording

__all__ = ["RECORDING_WRITERS", "RecordingWriter", "write_recording"]

_MICRO = 1e6


@dataclass(frozen=True, slots=True)
class RecordingWriter:
    """One form a recording is written in.

    Attributes
    ----------
    title : str
        What it is called.
    loses : str
        What the form has no place for.
    write : callable
        ``write(recording, path, annotations) -> Path``.
    """

    title: str
    loses: str
    write: Callable[[Recording, Path, Sequence[Annotation]], Path]


def write_recording(recording: Recording, path: Path | str, *, annotations: Sequence[Annotation] = ()) -> Path:
    """Write a recording in the form that the name's ending says, and return the path.

    Samples that were not recorded are marked in EDF+ and BDF+ (annotations "Recording gap", which `read_recording`
    makes gaps again) and are ``nan`` in tables and arrays.

    Raises
    ------
    UsageError
        No form has that ending, or a table of channels at several rates was asked for.
    InputError
        EDF cannot hold the year.
    """
    file = Path(path)
    return form_named(file, RECORDING_WRITERS, "recording").write(recording, file, annotations)


def _edf(recording: Recording, path: Path, annotations: Sequence[Annotation]) -> Path:
    return write_edf(recording, path, annotations=annotations, mark_lost=True)


def _table(recording: Recording, path: Path, annotations: Sequence[Annotation]) -> Path:
    del annotations
    out = io.StringIO(newline="")
    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    # A name with the separator in it would be cut in two, whatever the quotes.
    out.write(separator.join(name.replace(separator, " ") for name in recording.names) + "\n")
    np.savetxt(out, _numbers(recording, path).T, fmt="%.9g", delimiter=separator)
    return replaced(path, out.getvalue().encode())


def _array(recording: Recording, path: Path, annotations: Sequence[Annotation]) -> Path:
    del annotations
    out = io.BytesIO()
    np.save(out, _numbers(recording, path), allow_pickle=False)
    return replaced(path, out.getvalue())


def _numbers(recording: Recording, path: Path) -> NDArray[np.float64]:
    """Return all channels, shape (n_channels, n_samples): voltages in µV, the rest in the file's unit."""
    rates = sorted({one.sfreq for one in recording.channels})
    if len(rates) != 1:
        raise UsageError(
            f"channels at {', '.join(f'{rate:g}' for rate in rates)} samples a second do not fit into one table",
            where=path,
            rule="one rate",
            next_step="write .edf, which keeps each channel's rate",
        )
    return np.array(
        [
            recording.signal(one.name) * (_MICRO if one.kind in VOLTAGES or one.unit_as_read in VOLTS else 1.0)
            for one in recording.channels
        ]
    )


RECORDING_WRITERS: Mapping[str, RecordingWriter] = MappingProxyType(
    {
        ".edf": RecordingWriter("EDF+", "16 bits a sample", _edf),
        ".bdf": RecordingWriter("BDF+", "24 bits a sample", _edf),
        ".csv": RecordingWriter("a table in µV", "start, rate and kinds: say the rate when you read it", _table),
        ".tsv": RecordingWriter("a table in µV", "start, rate and kinds: say the rate when you read it", _table),
        ".npy": RecordingWriter("a NumPy array in µV", "start, rate and names", _array),
    }
)
"""Ending → writer. A new form is one more row."""
