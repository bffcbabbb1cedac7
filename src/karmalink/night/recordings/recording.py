"""A recording: its channels, its samples, its time line with gaps, and its clock."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karmalink.base.arrays import runs
from karmalink.errors import InputError, UnknownName, UsageError, describe, suggest
from karmalink.night.recordings.channels import identify
from karmalink.night.recordings.units import volts_per

if TYPE_CHECKING:
    from mne.io import BaseRaw, RawArray

    from karmalink.night.recordings.annotations import Annotation

__all__ = [
    "VOLTAGES",
    "ArraySignals",
    "BlankedSignals",
    "Channel",
    "GappedSignals",
    "Recording",
    "Segment",
    "Signals",
    "gaps_between",
    "missing_stretches",
]

# A recording: named channels, each with its own rate, read only when asked for.

VOLTAGES = ("eeg", "eog", "emg", "leg", "ecg")
"""Kinds of channel that hold a voltage; their signals come in volts, all others in the file's own unit."""


class Signals(Protocol):
    """Where samples come from: a file, an array, or another source seen through a correct."""

    def read(self, index: int, first: int, stop: int) -> NDArray[np.float64]:
        """Return samples `first` to `stop` of a channel, the caller's to change; NaN where nothing was recorded."""
        ...


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of a recording.

    Attributes
    ----------
    name : str
        As in the file, made unique.
    kind : str
        ``eeg``, ``eog``, ``emg`` … (see `karmalink.night.recordings.channels.KINDS`).
    sfreq : float
        Samples per second.
    n_samples : int
        Samples on the recording's time line.
    unit_as_read : str
        The unit the file states; once the doctor has corrected it, the unit that it is.
    site, reference : str
        Electrode and reference as the name tells them (``C3``, ``M2``), empty where it does not.
    usable : bool
        False once the doctor found that nothing can be scored from it.
    missing : float
        Share of the time line without a usable sample, once the doctor has looked.
    """

    name: str
    kind: str
    sfreq: float
    n_samples: int
    unit_as_read: str = ""
    site: str = ""
    reference: str = ""
    usable: bool = True
    missing: float = 0.0

    @property
    def in_volts(self) -> bool:
        """Whether the samples are volts: the file states a unit of voltage. Else they are what the file holds."""
        return volts_per(self.unit_as_read) is not None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, eq=False, repr=False)
class Recording:
    """Channels on one time line that begins with the first sample.

    Attributes
    ----------
    label : str
        What to call it: the file's name without its ending.
    channels : tuple of Channel
        In the file's order.
    signals : Signals
        Where the samples come from.
    duration_s : float
        Length of the time line in seconds.
    start : datetime or None
        Clock time of the first sample, without a time zone, as recorders keep it.
    format : str
        What it was read as: ``edf``, ``edf+``, ``bdf``, ``array`` …
    gaps : tuple of (float, float)
        Seconds in which nothing was recorded, as (from, to); the samples there are NaN.
    notes : tuple of str
        What the reader had to put up with; the doctor turns them into findings.
    annotations : tuple of Annotation
        What the file says happened when, in the order of the onsets.
    """

    label: str
    channels: tuple[Channel, ...]
    signals: Signals = field(compare=False)
    duration_s: float
    start: datetime | None = None
    format: str = "array"
    gaps: tuple[tuple[float, float], ...] = ()
    notes: tuple[str, ...] = ()
    annotations: tuple[Annotation, ...] = ()

    @classmethod
    def from_array(
        cls,
        data: ArrayLike,
        names: Sequence[str],
        sfreq: float,
        *,
        label: str = "recording",
        kinds: Sequence[str] | None = None,
        unit: str = "V",
        start: datetime | None = None,
    ) -> Recording:
        """Return a recording of plain numbers.

        Parameters
        ----------
        data : array_like, shape (n_channels, n_samples)
            Samples in volts, whatever `unit` says: `unit` is only what a file would have stated.
        names : sequence of str
            One per row.
        sfreq : float
            Samples per second.
        kinds : sequence of str, optional
            One per row; by default what the names tell.
        """
        array = np.atleast_2d(np.asarray(data, dtype=np.float64))
        if array.ndim != 2 or len(names) != len(array):
            raise InputError(f"{len(names)} names for data of shape {array.shape}", rule="one name per row")
        if not (np.isfinite(sfreq) and sfreq > 0):
            raise InputError(f"a rate of {sfreq} samples a second", rule="the rate is above 0")
        identities = [identify(name) for name in names]
        channels = tuple(
            Channel(
                name,
                kinds[row] if kinds else identity.kind,
                float(sfreq),
                array.shape[1],
                unit,
                identity.site,
                identity.reference,
            )
            for row, (name, identity) in enumerate(zip(names, identities, strict=True))
        )
        return cls(label, channels, ArraySignals(array), array.shape[1] / sfreq, start)

    @classmethod
    def from_mne(cls, raw: BaseRaw, *, label: str = "recording") -> Recording:
        """Return the recording of an MNE ``Raw`` object.

        Kinds of channels come from MNE's types, or from their names where the type is "misc" or "eeg", which MNE's
        readers give to all. ``BAD_ACQ_SKIP`` annotations become gaps, ``BAD_missing`` ones missing samples of their
        channels, bad channels are not usable, and the measurement date is the start, without its zone.

        Parameters
        ----------
        raw : mne.io.BaseRaw
            Samples are read from it when they are asked for: do not filter or crop it afterwards.
        label : str
            The name of the recording.
        """
        from karmalink.night.recordings.mne_exchange import MneSignals, mne_content

        content = mne_content(raw)
        channels = tuple(
            Channel(
                name=name,
                kind=kind,
                sfreq=content.sfreq,
                n_samples=content.n_samples,
                unit_as_read="V" if volts else "",
                site=identify(name).site,
                reference=identify(name).reference,
                usable=name not in content.bads,
            )
            for name, kind, volts in zip(content.names, content.kinds, content.in_volts, strict=True)
        )
        return cls(
            label=label,
            channels=channels,
            signals=BlankedSignals(MneSignals(raw, label), content.missing_samples()),
            duration_s=content.n_samples / content.sfreq,
            start=content.start,
            format="mne",
            gaps=content.gaps,
            annotations=content.annotations,
        )

    @property
    def sfreq(self) -> float:
        """Highest rate of the channels that hold a voltage, else of all, in samples per second; 0 without channels."""
        rates = [channel.sfreq for channel in self.channels if channel.kind in VOLTAGES]
        return max(rates or [channel.sfreq for channel in self.channels], default=0.0)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the channels."""
        return tuple(channel.name for channel in self.channels)

    def of_kind(self, *kinds: str) -> tuple[Channel, ...]:
        """Return the usable channels of these kinds."""
        return tuple(channel for channel in self.channels if channel.kind in kinds and channel.usable)

    def index(self, name: str) -> int:
        """Return the place of a channel.

        Raises
        ------
        UnknownName
            No channel of that name.
        """
        if name not in self.names:
            raise UnknownName(
                f"the recording has no channel {describe(name)}",
                where=self.label,
                allowed=self.names,
                next_step=suggest(name, self.names),
            )
        return self.names.index(name)

    def channel(self, name: str) -> Channel:
        """Return a channel by its name."""
        return self.channels[self.index(name)]

    def signal(self, name: str, start_s: float = 0.0, stop_s: float | None = None) -> NDArray[np.float64]:
        """Return samples of one channel at its own rate: volts, or the file's unit where that is not a voltage.

        Parameters
        ----------
        name : str
            The channel.
        start_s, stop_s : float
            Seconds on the time line; by default all of it.
        """
        index = self.index(name)
        channel = self.channels[index]
        first = max(0, round(start_s * channel.sfreq))
        stop = channel.n_samples if stop_s is None else min(channel.n_samples, round(stop_s * channel.sfreq))
        return self.signals.read(index, first, max(first, stop))

    def to_mne(self, names: Sequence[str] | None = None) -> RawArray:
        """Return the recording as an MNE ``RawArray``.

        Voltages are in volts; other channels have MNE's type "misc" and keep their unit. Gaps are annotated
        ``BAD_ACQ_SKIP``, missing samples of single channels ``BAD_missing`` with their channel, both filled with 0.
        Channels that are not usable are MNE's bads. The start becomes the measurement date, as if it were in UTC, which
        is the only zone that MNE knows. Annotations outside the samples are left out.

        Parameters
        ----------
        names : sequence of str, optional
            The channels; by default all.

        Raises
        ------
        UsageError
            The channels have several sampling rates: MNE has one.
        """
        from karmalink.night.recordings.mne_exchange import MneContent, mne_raw

        picked = [self.channel(name) for name in (self.names if names is None else names)]
        rates = sorted({channel.sfreq for channel in picked})
        if len(rates) != 1:
            listed = ", ".join(f"{rate:g}" for rate in rates) or "no"
            raise UsageError(
                f"the channels have {listed} samples per second",
                where=self.label,
                rule="all channels of an MNE object have one sampling rate",
                next_step="name the channels of one rate: to_mne(names)",
            )
        (sfreq,) = rates
        size = max(channel.n_samples for channel in picked)
        data = np.full((len(picked), size), np.nan)
        for row, channel in zip(data, picked, strict=True):
            row[: channel.n_samples] = self.signal(channel.name)
        missing = [(first, stop, "") for first, stop in self.gaps]
        for row, channel in zip(data, picked, strict=True):
            missing += [(first / sfreq, stop / sfreq, channel.name) for first, stop in runs(self._missing(row, sfreq))]
        content = MneContent(
            names=tuple(channel.name for channel in picked),
            kinds=tuple(channel.kind for channel in picked),
            in_volts=tuple(channel.in_volts for channel in picked),
            bads=frozenset(channel.name for channel in picked if not channel.usable),
            sfreq=sfreq,
            n_samples=size,
            start=self.start,
            missing=tuple(missing),
            annotations=self.annotations,
        )
        return mne_raw(data, content)

    def _missing(self, samples: NDArray[np.float64], sfreq: float) -> NDArray[np.bool_]:
        """Return which samples of a channel are missing outside the gaps of the recording, shape (n,)."""
        missing = ~np.isfinite(samples)
        for first, stop in self.gaps:
            missing[max(0, round(first * sfreq)) : round(stop * sfreq)] = False
        return missing

    def replaced(self, channels: Iterable[Channel], signals: Signals | None = None) -> Recording:
        """Return the recording with other channel descriptions, and other signals where given."""
        return replace(self, channels=tuple(channels), signals=self.signals if signals is None else signals)

    def to_dict(self) -> dict[str, Any]:
        """Return what the recording is, without samples, JSON-ready."""
        return {
            "label": self.label,
            "format": self.format,
            "start": self.start.isoformat() if self.start else None,
            "duration_s": self.duration_s,
            "gaps": [list(gap) for gap in self.gaps],
            "channels": [channel.to_dict() for channel in self.channels],
        }

    def __repr__(self) -> str:
        """One line: length, channels by kind, rate."""
        kinds: Mapping[str, int] = {
            kind: sum(channel.kind == kind for channel in self.channels)
            for kind in dict.fromkeys(channel.kind for channel in self.channels)
        }
        listed = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        return f"<Recording {self.label}: {self.duration_s / 60:.1f} min, {listed} at up to {self.sfreq:g} Hz>"


@dataclass(frozen=True, eq=False)
class ArraySignals:
    """Samples held in memory, shape (n_channels, n_samples)."""

    array: NDArray[np.float64] = field(repr=False)

    def read(self, index: int, first: int, stop: int) -> NDArray[np.float64]:
        """Return a copy of the samples."""
        return self.array[index, first:stop].copy()


# Signals seen through what is known of their time: stretches that were not recorded, pieces laid on one time line.


@dataclass(frozen=True, eq=False)
class BlankedSignals:
    """Signals without the stretches that hold nothing: (first, stop) in samples, by channel."""

    source: Signals
    gaps: Mapping[int, Sequence[tuple[int, int]]] = field(repr=False)

    def read(self, index: int, first: int, stop: int) -> NDArray[np.float64]:
        """Return samples; NaN where nothing was recorded."""
        samples = self.source.read(index, first, stop)
        for begin, end in self.gaps.get(index, ()):
            samples[max(0, begin - first) : max(0, end - first)] = np.nan
        return samples


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive samples of a source, and where the first of them lies on the time line, in samples."""

    place: int
    source: int
    count: int


@dataclass(frozen=True, eq=False)
class GappedSignals:
    """Samples that a file keeps end to end, laid where they were recorded; NaN between the pieces."""

    source: Signals
    pieces: Sequence[Sequence[Segment]]

    def read(self, index: int, first: int, stop: int) -> NDArray[np.float64]:
        """Return samples of the time line."""
        out = np.full(max(0, stop - first), np.nan)
        for piece in self.pieces[index]:
            low, high = max(first, piece.place), min(stop, piece.place + piece.count)
            if low < high:
                begin = piece.source + low - piece.place
                out[low - first : high - first] = self.source.read(index, begin, begin + high - low)
        return out


def gaps_between(pieces: Sequence[Segment], sfreq: float) -> tuple[tuple[float, float], ...]:
    """Return the seconds between pieces, as (from, to)."""
    ends = [piece.place + piece.count for piece in pieces[:-1]]
    return tuple(
        (end / sfreq, piece.place / sfreq) for end, piece in zip(ends, pieces[1:], strict=True) if piece.place > end
    )


# Where a recording holds no numbers: gaps of all channels, and stretches that one channel lost.


def missing_stretches(recording: Recording, *, joined_s: float = 0.0) -> list[tuple[float, float, str]]:
    """Return where signals are not numbers, as (from, to, channel) in seconds; the channel is empty where all are.

    Parameters
    ----------
    recording : Recording
        What to look at.
    joined_s : float
        Stretches of one channel less than this apart are one.
    """
    stretches = [(first, last, "") for first, last in recording.gaps]
    for index, channel in enumerate(recording.channels):
        missing = recording._missing(recording.signals.read(index, 0, channel.n_samples), channel.sfreq)
        joined = runs(missing, pause=math.ceil(joined_s * channel.sfreq) - 1)
        stretches += [(first / channel.sfreq, stop / channel.sfreq, channel.name) for first, stop in joined]
    return sorted(stretches)
