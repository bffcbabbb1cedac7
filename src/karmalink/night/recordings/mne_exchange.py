"""Signals to and from MNE: voltages in volts, gaps as BAD annotations, the recorder's clock as the measurement date."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.base.outside import unreadable
from karmalink.errors import ReadError
from karmalink.night.recordings.annotations import Annotation
from karmalink.night.recordings.channels import identify

__all__ = ["GAP", "MISSING", "MneContent", "MneSignals", "mne_content", "mne_raw", "start_of"]

GAP = "BAD_ACQ_SKIP"
"""MNE's annotation over samples that no channel has: its filters do not run across it."""

MISSING = "BAD_missing"
"""The annotation over samples that single channels do not have."""

# Kind of channel → MNE's type where it is a voltage; everything else is "misc", which MNE does not scale or filter.
_TYPES = {
    **{"eeg": "eeg", "reference": "eeg", "eog": "eog", "emg": "emg", "leg": "emg", "ecg": "ecg"},
    **{"resp": "resp", "trigger": "stim"},
}
# MNE's type → the kinds of channel that it can be, the usual one first. "eeg" says nothing: readers give it to all.
_VOLTAGES = frozenset({"eeg", "eog", "emg", "ecg", "resp"})
_KINDS = {"eog": ("eog",), "emg": ("emg", "leg"), "ecg": ("ecg",), "resp": ("resp",), "stim": ("trigger",)}


@dataclass(frozen=True, eq=False)
class MneSignals:
    """Samples that MNE reads, from a file or from memory."""

    raw: Any
    where: str = ""
    factors: Mapping[int, float] = field(default_factory=dict)

    def read(self, index: int, first: int, stop: int) -> Floats:
        """Return samples in volts, or in the file's own unit where that is not a voltage.

        Raises
        ------
        ReadError
            The file no longer exists or is damaged there.
        """
        if stop <= first:
            return np.empty(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                data = self.raw.get_data(picks=[index], start=first, stop=stop, verbose="ERROR")
            except Exception as error:  # MNE's readers raise whatever their parsers meet
                if isinstance(error, OSError) and error.errno:
                    raise unreadable(error, self.where) from None
                raise ReadError(
                    f"samples {first} to {stop} cannot be read ({type(error).__name__})",
                    where=self.where,
                    next_step="copy the recording again with all its files",
                ) from error
        return np.array(data[0], dtype=np.float64) * self.factors.get(index, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class MneContent:
    """What a ``Raw`` object and a recording share.

    Attributes
    ----------
    names, kinds : tuple of str
        Of the channels.
    in_volts : tuple of bool
        Whether each channel is in volts.
    bads : frozenset of str
        Channels that are not usable.
    sfreq : float
        Samples per second of all channels.
    n_samples : int
        Samples per channel.
    start : datetime or None
        Clock time of the first sample.
    missing : tuple of (float, float, str)
        Stretches without samples as (from, to, channel) in seconds; the channel is empty where all lack them.
    annotations : tuple of Annotation
        All other annotations.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    in_volts: tuple[bool, ...]
    bads: frozenset[str]
    sfreq: float
    n_samples: int
    start: datetime | None
    missing: tuple[tuple[float, float, str], ...]
    annotations: tuple[Annotation, ...]

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        """Stretches that no channel has, as (from, to) in seconds."""
        return tuple((first, stop) for first, stop, channel in self.missing if not channel)

    def missing_samples(self) -> dict[int, list[tuple[int, int]]]:
        """Return channel index → the missing stretches as (first, stop) in samples."""
        return {
            index: [
                (round(first * self.sfreq), round(stop * self.sfreq))
                for first, stop, channel in self.missing
                if channel in {"", name}
            ]
            for index, name in enumerate(self.names)
        }


def mne_raw(data: Floats, content: MneContent) -> Any:
    """Return a ``mne.io.RawArray``.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_samples)
        Samples; what is not a number becomes 0, under the annotations of `content.missing`.
    content : MneContent
        Channels, clock, gaps and annotations. A channel that is not in volts gets MNE's type "misc".
    """
    import mne

    types = [
        _TYPES.get(kind, "misc") if volts or kind == "trigger" else "misc"
        for kind, volts in zip(content.kinds, content.in_volts, strict=True)
    ]
    info = mne.create_info(list(content.names), content.sfreq, types, verbose="ERROR")
    raw = mne.io.RawArray(np.nan_to_num(data, copy=False), info, verbose="ERROR")
    raw.info["bads"] = sorted(content.bads)
    if content.start is not None:
        # MNE wants a zone. Recorders keep the clock of the room without one, so it is written as if it were UTC.
        raw.set_meas_date(content.start.replace(tzinfo=UTC))
    rows = [(first, stop - first, MISSING if channel else GAP, channel) for first, stop, channel in content.missing]
    rows += [
        (annotation.onset_s, annotation.duration_s or 0.0, annotation.text, annotation.channel)
        for annotation in content.annotations
    ]
    onset, duration, text, channel = zip(*rows, strict=True) if rows else ((), (), (), ())
    # An annotation can only be about channels that are there.
    about = [[name] if name in content.names else [] for name in channel]
    raw.set_annotations(mne.Annotations(onset, duration, text, ch_names=about), verbose="ERROR")
    return raw


def mne_content(raw: Any) -> MneContent:
    """Return what a ``Raw`` object says of its channels, clock, gaps and annotations."""
    # MNE counts from the measurement date where its annotations keep one, else from the first sample.
    shift = float(raw.first_time) if raw.annotations.orig_time is not None else 0.0
    missing: list[tuple[float, float, str]] = []
    annotations: list[Annotation] = []
    for annotation in raw.annotations:
        onset, duration = round(float(annotation["onset"]) - shift, 9), float(annotation["duration"])
        text, channels = str(annotation["description"]), tuple(annotation.get("ch_names") or ("",))
        if text.upper().startswith(GAP):
            missing.append((max(0.0, onset), onset + duration, ""))
        elif text == MISSING:
            missing += [(max(0.0, onset), onset + duration, str(channel)) for channel in channels]
        else:
            annotations += [Annotation(onset, duration, text, str(channel)) for channel in channels]
    types = raw.get_channel_types()
    return MneContent(
        names=tuple(map(str, raw.ch_names)),
        kinds=tuple(_kind(type_, name) for type_, name in zip(types, raw.ch_names, strict=True)),
        in_volts=tuple(type_ in _VOLTAGES for type_ in types),
        bads=frozenset(map(str, raw.info["bads"])),
        sfreq=float(raw.info["sfreq"]),
        n_samples=int(raw.n_times),
        start=start_of(raw),
        missing=tuple(sorted((first, stop, channel) for first, stop, channel in missing if stop > first)),
        annotations=tuple(sorted(annotations, key=lambda annotation: annotation.onset_s)),
    )


def _kind(type_: str, name: str) -> str:
    """Return the kind of a channel: MNE's type where it determines one, else what the name says."""
    named, possible = identify(name).kind, _KINDS.get(type_, ())
    if possible:
        return named if named in possible else possible[0]
    return "eeg" if type_ == "eeg" and named == "unknown" else named


def start_of(raw: Any) -> datetime | None:
    """Return the clock at the first sample: ``first_time`` seconds after the measurement date."""
    begun = raw.info["meas_date"]
    if begun is None:
        return None
    try:
        return begun.replace(tzinfo=None) + timedelta(seconds=float(raw.first_time))  # type: ignore[no-any-return]
    except (OverflowError, ValueError):
        return None
