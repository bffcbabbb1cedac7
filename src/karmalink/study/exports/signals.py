"""Signals of an export: without name and date, whole or an excerpt before an awakening."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from karmalink.night import Recording
    from karmalink.night.recordings.recording import Signals

__all__ = ["anonymous", "edf_of", "excerpt"]

# EDF has start dates of 1985 to 2084 only and cannot hold the shifted one: it gets this day and the true time.
_EDF_DAY = dt.date(1985, 1, 1)
# "local patient identification", EDF+ 2.1.3.3: code, sex, birth date, name.
_PATIENT = slice(8, 88)


def edf_of(recording: Recording, code: str) -> bytes:
    """Return the recording as EDF whose header has the person's pseudonym and nothing else about them."""
    from karmalink.night import edf_bytes

    body = bytearray(edf_bytes(recording))
    body[_PATIENT] = f"{code} X X X".encode("ascii", "replace")[:80].ljust(80)
    return bytes(body)


@dataclass(frozen=True, slots=True)
class _Filled:
    """Signals with zeros in gaps: EDF holds whole numbers only. The events say where the gaps are."""

    inner: Signals

    def read(self, index: int, first: int, stop: int) -> NDArray[np.float64]:
        """Return samples of one channel without NaN."""
        return np.nan_to_num(self.inner.read(index, first, stop), nan=0.0, posinf=0.0, neginf=0.0)


def anonymous(recording: Recording, label: str, start: dt.datetime | None) -> Recording:
    """Return the recording without its date, with its gaps filled and names that fit into EDF.

    Parameters
    ----------
    recording : Recording
        As corrected by the doctor.
    label : str
        Its new label.
    start : datetime or None
        Its true start; the time of day is kept.
    """
    from karmalink.night.recordings.edf_writer import edf_names

    clock = dt.time() if start is None else start.time().replace(microsecond=0)
    names = edf_names(recording.names)
    channels = tuple(replace(channel, name=name) for channel, name in zip(recording.channels, names, strict=True))
    return replace(
        recording,
        label=label,
        start=dt.datetime.combine(_EDF_DAY, clock),
        channels=channels,
        signals=_Filled(recording.signals),
    )


@dataclass(frozen=True, slots=True)
class _Later:
    """Signals that begin later: the first sample of each channel is shifted."""

    inner: Signals
    skipped: tuple[int, ...]

    def read(self, index: int, first: int, stop: int) -> NDArray[np.float64]:
        """Return samples of one channel."""
        return self.inner.read(index, first + self.skipped[index], stop + self.skipped[index])


def excerpt(recording: Recording, end_s: float, longest_s: float) -> Recording:
    """Return the excerpt that ends at a given second: whole seconds, at most `longest_s` of them.

    Parameters
    ----------
    recording : Recording
        Its clock, if it has one, is shifted along.
    end_s, longest_s : float
        Seconds from the first sample, and length.
    """
    length = int(min(end_s, longest_s))
    begin = end_s - length
    skipped = tuple(round(begin * channel.sfreq) for channel in recording.channels)
    channels = tuple(replace(channel, n_samples=round(length * channel.sfreq)) for channel in recording.channels)
    start = None if recording.start is None else recording.start + dt.timedelta(seconds=begin)
    return replace(
        recording,
        channels=channels,
        signals=_Later(recording.signals, skipped),
        duration_s=float(length),
        start=start,
        gaps=(),
    )
