"""Writing a recording as EDF, through edfio."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from karmalink.errors import InputError
from karmalink.night.recording import VOLTAGES, VOLTS, Recording

if TYPE_CHECKING:
    from edfio import Edf

__all__ = ["edf_bytes", "write_edf"]


def edf_bytes(recording: Recording) -> bytes:
    """Return the recording as the bytes of an EDF file, for storage that encrypts: nothing touches a disk.

    Raises
    ------
    InputError
        A channel holds samples that are no numbers: EDF has no place for them.
    """
    stream = io.BytesIO()
    _to_edfio(recording).write(stream)
    return stream.getvalue()


def write_edf(recording: Recording, path: Path | str) -> Path:
    """Write the recording as EDF (16 bits, each channel over its own range, in µV) and return the path.

    The header names nobody; the start date and time are kept.
    """
    target = Path(path)
    target.write_bytes(edf_bytes(recording))
    return target


def _to_edfio(recording: Recording) -> Edf:
    import edfio

    signals = []
    for channel in recording.channels:
        volts = recording.signal(channel.name)
        if not np.isfinite(volts).all():
            raise InputError(
                f"{int((~np.isfinite(volts)).sum())} samples of {channel.name!r} are no numbers",
                where=recording.label,
                rule="EDF holds whole numbers only",
                next_step="write the stretches between the gaps, or keep the file as it was recorded",
            )
        is_voltage = channel.kind in VOLTAGES or channel.unit_as_read in VOLTS
        values, unit = (volts * 1e6, "uV") if is_voltage else (volts, channel.unit_as_read)
        peak = max(float(np.abs(values).max(initial=0.0)), 1.0)
        signals.append(
            edfio.EdfSignal(
                values, channel.sfreq, label=channel.name, physical_dimension=unit, physical_range=(-peak, peak)
            )
        )
    start = recording.start
    about = edfio.Recording(startdate=start.date()) if start else edfio.Recording()
    if start and start.year < 1985:
        raise InputError(
            f"EDF cannot hold the year {start.year}", where=recording.label, rule="EDF+ 2.1.3.2: 1985–2084"
        )
    return edfio.Edf(signals, recording=about, starttime=start.time().replace(microsecond=0) if start else None)
