"""Readers by file ending: EDF, BDF and plain numbers are our own; BrainVision, FIF and EEGLAB go through MNE."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from karmalink.errors import ReadError, describe, suggest
from karmalink.night.recordings.edf import open_edf, read_edf
from karmalink.night.recordings.mne_formats import read_brainvision, read_eeglab, read_fif
from karmalink.night.recordings.plain_numbers import read_plain
from karmalink.night.recordings.recording import Recording
from karmalink.night.recordings.xdf import read_xdf

__all__ = ["READERS", "Reader", "read_recording", "read_recording_bytes"]


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
    """

    title: str
    read: Callable[..., Recording]
    plain: bool = False


def read_recording(
    path: Path | str,
    *,
    label: str | None = None,
    partial: bool = False,
    sfreq: float | None = None,
    unit: str = "uV",
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
        Of plain numbers, which do not say it: samples per second, and ``V``, ``mV``, ``uV`` or ``nV``.

    Raises
    ------
    UsageError
        Plain numbers without a rate.
    ReadError
        The file is missing, empty, truncated, or not what its ending says.
    """
    file = Path(path)
    ending = file.suffix.lower()
    if not file.exists():
        raise ReadError("there is no such file", where=file, next_step=_near(file))
    if file.is_dir():
        raise ReadError("this is a folder, not a recording", where=file, next_step="name one file in it")
    if ending not in READERS:
        raise ReadError(
            f"nothing here reads files that end in {describe(file.suffix)}",
            where=file,
            allowed=sorted(READERS),
            next_step=_PARTNERS.get(ending, "export the recording as EDF from the program that made it"),
        )
    if file.stat().st_size == 0:
        raise ReadError("the file is empty", where=file, next_step="copy the recording again from where it was made")
    reader = READERS[ending]
    stated = {"sfreq": sfreq, "unit": unit} if reader.plain else {}
    return reader.read(file, label=label or file.stem, partial=partial, **stated)


def read_recording_bytes(data: bytes, *, label: str = "recording", partial: bool = False) -> Recording:
    """Read an EDF or BDF recording from bytes in memory, as a vault gives them; see `read_recording`."""
    return open_edf(data, where=label, label=label, partial=partial)


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
        ".edf": Reader("EDF", read_edf),
        ".bdf": Reader("BDF", read_edf),
        ".vhdr": Reader("BrainVision", read_brainvision),
        ".fif": Reader("FIF", read_fif),
        ".set": Reader("EEGLAB", read_eeglab),
        ".xdf": Reader("XDF", read_xdf),
        **{ending: Reader("plain numbers", read_plain, plain=True) for ending in (".txt", ".csv", ".tsv", ".npy")},
    }
)
"""File ending → reader. A new format is one more row."""
