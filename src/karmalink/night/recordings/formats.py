"""The formats of recordings: one row per reader and per writer."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from karmalink.base.files import write_whole
from karmalink.base.outside import check_outside
from karmalink.errors import ReadError, UsageError, describe, suggest
from karmalink.night.recordings.annotations import Annotation
from karmalink.night.recordings.edf import open_edf, read_edf
from karmalink.night.recordings.edf_writer import write_edf
from karmalink.night.recordings.mne_formats import read_brainvision, read_eeglab, read_fif
from karmalink.night.recordings.plain_numbers import read_plain
from karmalink.night.recordings.recording import VOLTAGES, Recording
from karmalink.night.recordings.xdf import read_xdf
from karmalink.night.text_files import form_named

__all__ = [
    "READERS",
    "RECORDING_WRITERS",
    "Reader",
    "RecordingWriter",
    "read_recording",
    "read_recording_bytes",
    "write_recording",
]

# Readers by file ending: EDF, BDF and plain numbers are our own; BrainVision, FIF and EEGLAB go through MNE.


@dataclass(frozen=True, slots=True)
class Reader:
    """One format: what it is called, and the function that reads it.

    Attributes
    ----------
    title : str
        For messages.
    read : callable
        ``read(path, label=…, partial=…) -> Recording``.
    plain : bool
        Whether `read` must be told rate and unit (``sfreq=…, unit=…``) besides.
    kind : str
        How large it may be, a key of :data:`karmalink.base.outside.KINDS`.
    """

    title: str
    read: Callable[..., Recording]
    plain: bool = False
    kind: str = "recording in memory"


def read_recording(
    path: Path | str,
    *,
    label: str | None = None,
    partial: bool = False,
    sfreq: float | None = None,
    unit: str = "uV",
    decimal_comma: bool | None = None,
) -> Recording:
    """Read a recording by its file's ending; samples are read when they are asked for.

    Parameters
    ----------
    path : path-like
        ``.edf``, ``.bdf``, ``.vhdr`` (BrainVision), ``.fif``, ``.set`` (EEGLAB), ``.xdf`` (Lab Streaming Layer), or
        plain numbers in ``.txt``, ``.csv``, ``.tsv`` or ``.npy``.
    label : str, optional
        What to call it; by default the file's name without its ending.
    partial : bool
        Take an EDF, BDF or XDF file that was cut off as far as it goes.
    sfreq, unit : float, str
        Of plain numbers, which do not say it: samples per second, and ``V``, ``mV``, ``uV`` or ``nV`` in any spelling.
    decimal_comma : bool, optional
        Of plain numbers: whether a comma is a decimal comma; by default what the numbers show.

    Raises
    ------
    UsageError
        Plain numbers without a rate.
    ReadError
        The file is missing, empty, truncated, or not what its ending says.
    """
    file = Path(path)
    ending = file.suffix.lower()
    if file.exists() and not file.is_dir() and ending not in READERS:
        raise ReadError(
            f"nothing here reads files that end in {describe(file.suffix)}",
            where=file,
            allowed=sorted(READERS),
            next_step=_PARTNERS.get(ending, "export the recording as EDF from the program that made it"),
        )
    reader = READERS.get(ending, READERS[".edf"])
    check_outside(file, reader.kind, next_step="" if file.exists() else _near(file))
    stated = {"sfreq": sfreq, "unit": unit, "decimal_comma": decimal_comma} if reader.plain else {}
    return _with_unit_note(reader.read(file, label=label or file.stem, partial=partial, **stated))


def read_recording_bytes(data: bytes, *, label: str = "recording", partial: bool = False) -> Recording:
    """Read an EDF or BDF recording from bytes in memory, as a vault gives them; see `read_recording`."""
    return _with_unit_note(open_edf(data, where=label, label=label, partial=partial))


def _with_unit_note(recording: Recording) -> Recording:
    """Say of which voltages the unit is not known: their numbers are kept as the file has them."""
    fields: dict[str, list[str]] = {}
    for channel in recording.channels:
        if channel.kind in VOLTAGES and not channel.in_volts:
            fields.setdefault(channel.unit_as_read, []).append(channel.name)
    notes = [
        f"the unit {describe(unit)} of {', '.join(names)} is not a unit of voltage; their numbers are kept as they are"
        if unit
        else f"no unit is stated for {', '.join(names)}; their numbers are kept as they are"
        for unit, names in fields.items()
    ]
    return replace(recording, notes=(*recording.notes, *notes)) if notes else recording


# Files that belong to a recording and are not the one to name.
_PARTNERS = {
    ".eeg": "name the .vhdr file that belongs to it",
    ".vmrk": "name the .vhdr file that belongs to it",
    ".fdt": "name the .set file that belongs to it",
    ".xdfz": "unpack it first: gunzip gives the .xdf",
}


def _near(file: Path) -> str:
    """Suggest a file of a similar name in the same folder."""
    if not file.parent.is_dir():
        return "the folder does not exist either"
    return suggest(file.name, [other.name for other in file.parent.iterdir()]) or "look at the name and the folder"


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        ".edf": Reader("EDF", read_edf, kind="recording"),
        ".bdf": Reader("BDF", read_edf, kind="recording"),
        ".vhdr": Reader("BrainVision", read_brainvision),
        ".fif": Reader("FIF", read_fif),
        ".set": Reader("EEGLAB", read_eeglab),
        ".xdf": Reader("XDF", read_xdf),
        **{ending: Reader("plain numbers", read_plain, plain=True) for ending in (".txt", ".csv", ".tsv", ".npy")},
    }
)
"""File ending → reader. A new format is one more row."""


# Writing a recording in the forms that other programs read: EDF+, BDF+, a table, a NumPy array.

_MICRO = 1e6


@dataclass(frozen=True, slots=True)
class RecordingWriter:
    """One form a recording is written in.

    Attributes
    ----------
    title : str
        What it is called.
    stores : str
        How it stores the samples.
    loses : str
        What the form has no place for; empty where it has a place for everything.
    annotated : bool
        Whether it keeps annotations.
    write : callable
        ``write(recording, path, annotations) -> Path``.
    """

    title: str
    stores: str
    loses: str
    write: Callable[[Recording, Path, Sequence[Annotation]], Path]
    annotated: bool = False


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
    return write_edf(recording, path, annotations=annotations, mark_gaps=True)


def _table(recording: Recording, path: Path, annotations: Sequence[Annotation]) -> Path:
    del annotations
    out = io.StringIO(newline="")
    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    # A name with the separator in it would be cut in two, whatever the quotes.
    out.write(separator.join(name.replace(separator, " ") for name in recording.names) + "\n")
    np.savetxt(out, _numbers(recording, path).T, fmt="%.9g", delimiter=separator)
    return write_whole(path, out.getvalue().encode())


def _array(recording: Recording, path: Path, annotations: Sequence[Annotation]) -> Path:
    del annotations
    out = io.BytesIO()
    np.save(out, _numbers(recording, path), allow_pickle=False)
    return write_whole(path, out.getvalue())


def _numbers(recording: Recording, path: Path) -> NDArray[np.float64]:
    """Return all channels, shape (n_channels, n_samples): voltages in µV, the rest in the file's unit."""
    rates = sorted({channel.sfreq for channel in recording.channels})
    if len(rates) != 1:
        raise UsageError(
            f"channels at {', '.join(f'{rate:g}' for rate in rates)} samples a second do not fit into one table",
            where=path,
            rule="one rate",
            next_step="write .edf, which keeps each channel's rate",
        )
    return np.array(
        [recording.signal(channel.name) * (_MICRO if channel.in_volts else 1.0) for channel in recording.channels]
    )


RECORDING_WRITERS: Mapping[str, RecordingWriter] = MappingProxyType(
    {
        ".edf": RecordingWriter("EDF+", "16 bits a sample", "", _edf, annotated=True),
        ".bdf": RecordingWriter("BDF+", "24 bits a sample", "", _edf, annotated=True),
        ".csv": RecordingWriter(
            "a table in µV", "9 digits a sample", "start, rate and kinds: say the rate when you read it", _table
        ),
        ".tsv": RecordingWriter(
            "a table in µV", "9 digits a sample", "start, rate and kinds: say the rate when you read it", _table
        ),
        ".npy": RecordingWriter("a NumPy array in µV", "64 bits a sample", "start, rate and names", _array),
    }
)
"""Ending → writer. A new form is one more row."""
