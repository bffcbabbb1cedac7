"""Readers by file ending: EDF and BDF by our own reader, BrainVision, FIF and EEGLAB through MNE."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import ReadError, describe, suggest
from karmalink.night.channels import identify
from karmalink.night.edf import open_edf, read_edf
from karmalink.night.recording import Channel, Recording

__all__ = ["READERS", "MneSignals", "Reader", "read_recording", "read_recording_bytes"]


@dataclass(frozen=True, slots=True)
class Reader:
    """One format: what it is called, and the function that reads it.

    Attributes
    ----------
    title : str
        For messages.
    read : callable
        ``read(path, label=…, partial=…) -> Recording``.
    """

    title: str
    read: Callable[..., Recording]


def read_recording(path: Path | str, *, label: str | None = None, partial: bool = False) -> Recording:
    """Read a recording by its file's ending; samples are read when they are asked for.

    Parameters
    ----------
    path : path-like
        ``.edf``, ``.bdf``, ``.vhdr`` (BrainVision), ``.fif`` or ``.set`` (EEGLAB).
    label : str, optional
        What to call it; by default the file's name without its ending.
    partial : bool
        Take an EDF or BDF file that was cut off as far as it goes.

    Raises
    ------
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
    return READERS[ending].read(file, label=label or file.stem, partial=partial)


def read_recording_bytes(data: bytes, *, label: str = "recording", partial: bool = False) -> Recording:
    """Read an EDF or BDF recording from bytes in memory, as a vault gives them; see `read_recording`."""
    return open_edf(data, where=label, label=label, partial=partial)


# Files that belong to a recording and are not the one to name.
_PARTNERS = {
    ".eeg": "name the .vhdr file that belongs to it",
    ".vmrk": "name the .vhdr file that belongs to it",
    ".fdt": "name the .set file that belongs to it",
}


def _near(file: Path) -> str:
    """Suggest a file of a similar name in the same folder."""
    if not file.parent.is_dir():
        return "the folder does not exist either"
    return suggest(file.name, [other.name for other in file.parent.iterdir()]) or "look at the name and the folder"


@dataclass(frozen=True, eq=False)
class MneSignals:
    """Samples that MNE reads from a file."""

    raw: Any

    def read(self, index: int, first: int, stop: int) -> NDArray[np.float64]:
        """Return samples in volts."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = self.raw.get_data(picks=[index], start=first, stop=stop, verbose="ERROR")
        return np.asarray(data[0], dtype=np.float64)


def _through_mne(function: str, title: str) -> Reader:
    def read(path: Path, *, label: str, partial: bool = False) -> Recording:
        del partial  # only EDF and BDF say how long they should be
        return _read_mne(function, title, path, label)

    return Reader(title, read)


def _read_mne(function: str, title: str, path: Path, label: str) -> Recording:
    import mne

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            raw = getattr(mne.io, function)(path, preload=False, verbose="ERROR")
            raw.get_data(picks=[0], start=max(0, raw.n_times - 1), verbose="ERROR")  # the end, where a cut file shows
        except Exception as error:
            # MNE's readers raise whatever their parsers meet (struct.error, configparser.Error, KeyError …), and their
            # messages may quote the file.
            raise ReadError(
                f"the file cannot be read as {title} ({type(error).__name__})",
                where=path,
                rule="a whole file, with the files that belong to it beside it",
                next_step="copy the recording again with all its files, or export it as EDF",
            ) from error
    notes = tuple(dict.fromkeys(f"MNE: {str(one.message).splitlines()[0][:200]}" for one in caught))
    rate, count = float(raw.info["sfreq"]), int(raw.n_times)
    start = raw.info["meas_date"]
    return Recording(
        label=label,
        channels=_mne_channels(raw, rate, count, trust_types=function == "read_raw_fif"),
        signals=MneSignals(raw),
        duration_s=count / rate,
        start=start.replace(tzinfo=None) if start else None,
        format=path.suffix[1:].lower(),
        notes=notes,
    )


def _mne_channels(raw: Any, rate: float, count: int, *, trust_types: bool) -> tuple[Channel, ...]:
    """Describe channels by their names; by MNE's types only where a file can hold types (elsewhere all are 'eeg')."""
    channels = []
    for name, type_ in zip(raw.ch_names, raw.get_channel_types(), strict=True):
        found = identify(name)
        kind = (
            type_ if trust_types and found.kind == "unknown" and type_ in {"eeg", "eog", "emg", "ecg"} else found.kind
        )
        unit = (raw._orig_units or {}).get(name, "V")
        channels.append(Channel(name, kind, rate, count, unit, found.site, found.reference))
    return tuple(channels)


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        ".edf": Reader("EDF", read_edf),
        ".bdf": Reader("BDF", read_edf),
        ".vhdr": _through_mne("read_raw_brainvision", "BrainVision"),
        ".fif": _through_mne("read_raw_fif", "FIF"),
        ".set": _through_mne("read_raw_eeglab", "EEGLAB"),
    }
)
"""File ending → reader. A new format is one more row."""
