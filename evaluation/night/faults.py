"""Faults to seed into a sound recording, each with the check that has to find it and the channel it sits in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample

from karmalink.night import Channel, Recording, edf_bytes, identify, read_recording_bytes
from karmalink.night.doctor.spectra import folded

__all__ = ["FAULTS", "WEAK", "Fault", "Parts", "parts_of"]

Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class Parts:
    """A recording taken apart: names, volts, rates, units as stated."""

    names: tuple[str, ...]
    data: tuple[NDArray[np.float64], ...] = field(repr=False)
    rates: tuple[float, ...]
    units: tuple[str, ...]
    start: datetime | None

    def recording(self) -> Recording:
        """Put it together again."""
        channels = []
        for name, data, rate, unit in zip(self.names, self.data, self.rates, self.units, strict=True):
            found = identify(name)
            channels.append(Channel(name, found.kind, rate, data.size, unit, found.site, found.reference))
        seconds = max(data.size / rate for data, rate in zip(self.data, self.rates, strict=True))
        return Recording("seeded", tuple(channels), _Held(self.data), seconds, self.start)

    def of_kind(self, *kinds: str) -> list[int]:
        """Return the places of the channels of these kinds."""
        return [place for place, name in enumerate(self.names) if identify(name).kind in kinds]

    def changed(self, place: int, data: NDArray[np.float64], **rest: Any) -> Parts:
        """Return the parts with other samples in one channel."""
        arrays = (*self.data[:place], data, *self.data[place + 1 :])
        return replace(self, data=arrays, **{name: _put(getattr(self, name), place, v) for name, v in rest.items()})


@dataclass(frozen=True, eq=False)
class _Held:
    data: Sequence[NDArray[np.float64]]

    def read(self, index: int, first: int, stop: int) -> NDArray[np.float64]:
        return self.data[index][first:stop].copy()


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault.

    Attributes
    ----------
    seed : callable
        Parts, random → what to examine (a recording, or a function that reads one), and the channel it sits in (empty:
        the recording); None where the recording has no place for it.
    checks : tuple of str
        The checks of which one has to name it; "error" where an error of ours on reading does as well.
    """

    seed: Callable[[Parts, Random], tuple[Any, str] | None]
    checks: tuple[str, ...]


def parts_of(recording: Recording, kinds: Sequence[str] = ("eeg", "eog", "emg")) -> Parts:
    """Take a recording apart, its channels for sleep only."""
    chosen = [one for one in recording.channels if one.kind in kinds and one.usable]
    return Parts(
        tuple(one.name for one in chosen),
        tuple(recording.signal(one.name) for one in chosen),
        tuple(one.sfreq for one in chosen),
        tuple("uV" for _ in chosen),
        recording.start,
    )


def _put(values: tuple[Any, ...], place: int, value: Any) -> tuple[Any, ...]:
    return (*values[:place], value, *values[place + 1 :])


def _pick(parts: Parts, rng: Random, *kinds: str) -> int | None:
    places = parts.of_kind(*kinds)
    return int(rng.choice(places)) if places else None


def _scaled(factors: Sequence[float], unit: str, *kinds: str) -> Callable[[Parts, Random], tuple[Any, str] | None]:
    def seed(parts: Parts, rng: Random) -> tuple[Any, str] | None:
        place = _pick(parts, rng, *kinds)
        if place is None:
            return None
        factor = float(rng.choice(factors))
        return parts.changed(place, parts.data[place] * factor, units=unit).recording(), parts.names[place]

    return seed


def _stretch(parts: Parts, place: int, rng: Random, shortest: float, longest: float) -> slice:
    """Return a random stretch, never more than a third of the recording."""
    rate, size = parts.rates[place], parts.data[place].size
    seconds = float(rng.uniform(shortest, min(longest, size / rate / 3)))
    first = int(rng.integers(0, max(1, size - round(seconds * rate))))
    return slice(first, first + round(seconds * rate))


def _filled(
    make: Callable[[NDArray[np.float64], Random], NDArray[np.float64] | float], low: float, high: float, *kinds: str
) -> Callable[[Parts, Random], tuple[Any, str] | None]:
    """Return a seed that writes something over a stretch of one channel."""

    def seed(parts: Parts, rng: Random) -> tuple[Any, str] | None:
        place = _pick(parts, rng, *kinds)
        if place is None:
            return None
        data = parts.data[place].copy()
        where = _stretch(parts, place, rng, low, high)
        data[where] = make(data[where], rng)
        return parts.changed(place, data).recording(), parts.names[place]

    return seed


def _dead(parts: Parts, rng: Random) -> tuple[Any, str] | None:
    place = int(rng.integers(len(parts.names)))
    level = float(rng.choice([0.0, 3e-5, -1e-4]))
    return parts.changed(place, np.full_like(parts.data[place], level)).recording(), parts.names[place]


def _railed(parts: Parts, rng: Random) -> tuple[Any, str] | None:
    place = int(rng.integers(len(parts.names)))
    data = parts.data[place].copy()
    rail = float(np.abs(data).max() * rng.uniform(1.0, 3.0))
    for _ in range(int(rng.integers(1, 6))):
        data[_stretch(parts, place, rng, 1.0, 20.0)] = rail * float(rng.choice([-1, 1]))
    return parts.changed(place, data).recording(), parts.names[place]


def _clipped(low: float, high: float) -> Callable[[Parts, Random], tuple[Any, str] | None]:
    return lambda parts, rng: _clip(parts, rng, low, high)


def _clip(parts: Parts, rng: Random, low: float, high: float) -> tuple[Any, str] | None:
    place = _pick(parts, rng, "eeg", "eog")
    if place is None:
        return None
    limit = float(np.quantile(np.abs(parts.data[place]), rng.uniform(low, high)))
    return parts.changed(place, np.clip(parts.data[place], -limit, limit)).recording(), parts.names[place]


def _loose(parts: Parts, rng: Random) -> tuple[Any, str] | None:
    """An electrode that hangs in the air: nothing but broad noise."""
    place = _pick(parts, rng, "eeg", "eog")
    if place is None:
        return None
    noise = rng.standard_normal(parts.data[place].size) * rng.uniform(10e-6, 50e-6)
    return parts.changed(place, noise).recording(), parts.names[place]


def _hum(low: float, high: float) -> Callable[[Parts, Random], tuple[Any, str] | None]:
    return lambda parts, rng: _hummed(parts, rng, low, high)


def _hummed(parts: Parts, rng: Random, low: float, high: float) -> tuple[Any, str] | None:
    place = int(rng.integers(len(parts.names)))
    rate = parts.rates[place]
    # Where the rate folds a mains frequency to nothing (50 Hz at 50 samples a second) there is no hum to be seen.
    seen = [hertz for hertz in (50.0, 60.0) if folded(hertz, rate) >= 8.0]
    if not seen:
        return None
    time = np.arange(parts.data[place].size) / rate
    size = rng.uniform(low, high) * np.sqrt(2)
    # A phase of exactly 0 at half the rate would be no signal at all.
    wave = size * np.sin(2 * np.pi * float(rng.choice(seen)) * time + rng.uniform(0.5, 2.5))
    return parts.changed(place, parts.data[place] + wave).recording(), parts.names[place]


def _discontinuous(parts: Parts, jumps: Sequence[tuple[float, float]]) -> bytes:
    """Return EDF+D of records of a second, each jump moving all records from a second on."""
    raw = bytearray(edf_bytes(parts.recording(), annotations=()))
    count = int(raw[252:256])
    header = 256 * (count + 1)
    records = int(raw[236:244])
    seconds = float(raw[244:252])
    size = (len(raw) - header) // records
    width = 32
    fields = [16, 80, 8, 8, 8, 8, 8, 80, 8, 32]
    values = ["EDF Annotations", "", "", "-1", "1", "-32768", "32767", "", str(width // 2), ""]
    out = bytearray()
    at = 256
    for field_width, value in zip(fields, values, strict=True):
        out += raw[at : at + field_width * count] + value.encode().ljust(field_width)
        at += field_width * count
    head = raw[:256]
    head[184:192] = str(256 * (count + 2)).encode().ljust(8)
    head[192:236] = b"EDF+D".ljust(44)
    head[252:256] = str(count + 1).encode().ljust(4)
    body = bytearray()
    for record in range(records):
        onset = record * seconds + sum(by for since, by in jumps if record * seconds >= since)
        body += raw[header + record * size : header + (record + 1) * size]
        body += f"+{onset:.12g}\x14\x14".encode().ljust(width, b"\0")
    return bytes(head + out + body)


def _jumped(low: float, high: float, sign: int) -> Callable[[Parts, Random], tuple[Any, str] | None]:
    def seed(parts: Parts, rng: Random) -> tuple[Any, str] | None:
        whole = parts.data[0].size / parts.rates[0]
        since = float(np.floor(rng.uniform(whole / 4, whole * 3 / 4)))
        by = sign * float(np.round(np.exp(rng.uniform(np.log(low), np.log(high)))))
        raw = _discontinuous(parts, [(since, by)])
        return (lambda: read_recording_bytes(raw)), ""

    return seed


def _cut(parts: Parts, rng: Random) -> tuple[Any, str] | None:
    raw = edf_bytes(parts.recording())
    kept = raw[: int(len(raw) * rng.uniform(0.1, 0.95))]
    return (lambda: read_recording_bytes(kept)), ""


def _slow(parts: Parts, rng: Random) -> tuple[Any, str] | None:
    place = int(rng.integers(len(parts.names)))
    rate = float(rng.choice([8.0, 16.0, 25.0]))
    size = round(parts.data[place].size / parts.rates[place] * rate)
    return parts.changed(place, resample(parts.data[place], size), rates=rate).recording(), parts.names[place]


def _renamed(parts: Parts, rng: Random) -> tuple[Any, str] | None:
    place = int(rng.integers(len(parts.names)))
    name = str(rng.choice(["X1", "Ch 07", "AUX 3", "input12", "Untitled"]))
    return replace(parts, names=_put(parts.names, place, name)).recording(), name


def _nameless(parts: Parts, rng: Random) -> tuple[Any, str] | None:
    del rng
    brains = parts.of_kind("eeg")
    names = tuple(f"X{i}" if i in brains else name for i, name in enumerate(parts.names))
    return replace(parts, names=names).recording(), ""


def _twice(parts: Parts, rng: Random) -> tuple[Any, str] | None:
    place = _pick(parts, rng, "eeg")
    if place is None:
        return None
    copy = parts.data[place] * float(rng.choice([1.0, 1.0, -1.0, 0.5]))
    name = str(rng.choice(["EEG O2-M1", "EEG F4-M1", "EEG C3-M2"]))
    more = replace(
        parts,
        names=(*parts.names, name),
        data=(*parts.data, copy),
        rates=(*parts.rates, parts.rates[place]),
        units=(*parts.units, "uV"),
    )
    return more.recording(), name


def _upside_down(parts: Parts, rng: Random) -> tuple[Any, str] | None:
    """One of two eyes, or the EEG beside them, the other way round."""
    if len(parts.of_kind("eog")) < 2 or not parts.of_kind("eeg"):
        return None
    place = _pick(parts, rng, "eog", "eeg")
    if place is None:
        return None
    return parts.changed(place, -parts.data[place]).recording(), parts.names[place]


def _unreferenced(parts: Parts, rng: Random) -> tuple[Any, str] | None:
    """The electrode and its mastoid apart, both against a third that nobody names."""
    place = next((i for i in parts.of_kind("eeg") if identify(parts.names[i]).site), None)
    if place is None:
        return None
    site = identify(parts.names[place]).site
    size = parts.data[place].size
    mastoid = np.cumsum(rng.standard_normal(size))
    mastoid -= np.convolve(mastoid, np.ones(301) / 301, "same")
    mastoid *= 10e-6 / mastoid.std()
    more = replace(
        parts,
        names=(*_put(parts.names, place, f"EEG {site}"), "M1"),
        data=(*_put(parts.data, place, parts.data[place] + mastoid), mastoid),
        rates=(*parts.rates, parts.rates[place]),
        units=(*parts.units, "uV"),
    )
    return more.recording(), f"EEG {site}"


def _exchanged(parts: Parts, rng: Random) -> tuple[Any, str] | None:
    """The names of an EEG and the chin exchanged."""
    brain, chin = _pick(parts, rng, "eeg"), _pick(parts, rng, "emg")
    if brain is None or chin is None:
        return None
    names = _put(_put(parts.names, brain, parts.names[chin]), chin, parts.names[brain])
    return replace(parts, names=names).recording(), parts.names[brain]


def _short(parts: Parts, rng: Random) -> tuple[Any, str] | None:
    seconds = float(rng.uniform(30, 290))
    data = tuple(one[: round(seconds * rate)] for one, rate in zip(parts.data, parts.rates, strict=True))
    return replace(parts, data=data).recording(), ""


def _unset_clock(parts: Parts, rng: Random) -> tuple[Any, str] | None:
    start = datetime(int(rng.choice([1970, 1980, 1985, 2000])), 1, 1)
    return replace(parts, start=start).recording(), ""


def _white(low: float, high: float) -> Callable[[NDArray[np.float64], Random], NDArray[np.float64]]:
    """Return what adds noise of so many times the signal's own size."""
    return lambda data, rng: np.asarray(data + rng.standard_normal(data.size) * data.std() * rng.uniform(low, high))


FAULTS: dict[str, Fault] = {
    "unit: µV taken for V": Fault(_scaled((1e6,), "UV", "eeg", "eog", "emg"), ("units",)),
    "unit: mV taken for V, or µV for mV": Fault(_scaled((1e3,), "", "eeg", "eog", "emg"), ("units",)),
    "gain ten to twenty times too high": Fault(_scaled((10, 15, 20), "uV", "eeg"), ("scale", "units")),
    "gain ten to twenty times too low": Fault(_scaled((0.1, 0.07, 0.05), "uV", "eeg"), ("scale", "units")),
    "flat stretch of 10 s to 5 min": Fault(_filled(lambda _d, _r: 1e-5, 10, 300, "eeg", "eog", "emg"), ("flat",)),
    "dead channel": Fault(_dead, ("flat",)),
    "saturated for seconds": Fault(_railed, ("railed", "flat")),
    "clipped": Fault(_clipped(0.85, 0.95), ("railed",)),
    "samples that are no numbers": Fault(_filled(lambda _d, _r: np.nan, 1, 300, "eeg", "eog", "emg"), ("nonfinite",)),
    "noise for 2 to 10 min": Fault(_filled(_white(2, 6), 120, 600, "eeg", "eog"), ("noisy",)),
    "electrode in the air": Fault(_loose, ("noisy",)),
    "mains hum of 5 to 30 µV": Fault(_hum(5e-6, 30e-6), ("mains",)),
    "gap of 2 s to 1 h": Fault(_jumped(2, 3600, 1), ("gaps",)),
    "clock jumps by 1 h to a day": Fault(_jumped(3600, 86_400, 1), ("clock",)),
    "clock goes back by 2 s to 1 h": Fault(_jumped(2, 3600, -1), ("clock", "error")),
    "clock never set": Fault(_unset_clock, ("clock",)),
    "cut file": Fault(_cut, ("error",)),
    "too slow a rate": Fault(_slow, ("rates",)),
    "a name that tells nothing": Fault(_renamed, ("types",)),
    "no channel named as EEG": Fault(_nameless, ("types",)),
    "one signal under two names": Fault(_twice, ("twice",)),
    "upside down": Fault(_upside_down, ("polarity",)),
    "mastoid kept as a channel": Fault(_unreferenced, ("reference",)),
    "names of EEG and chin exchanged": Fault(_exchanged, ("noisy", "unlike")),
    "under five minutes": Fault(_short, ("length",)),
}

WEAK: dict[str, Fault] = {
    "weak: gain three to six times too high": Fault(_scaled((3, 4, 5, 6), "uV", "eeg"), ("scale", "units")),
    "weak: gain three to six times too low": Fault(_scaled((0.33, 0.25, 0.2, 0.17), "uV", "eeg"), ("scale", "units")),
    "weak: flat for 1 to 10 s": Fault(_filled(lambda _d, _r: 1e-5, 1, 10, "eeg", "eog", "emg"), ("flat",)),
    "weak: clipped at the last hundredth": Fault(_clipped(0.985, 0.998), ("railed",)),
    "weak: noise as large as the signal, 30 s to 2 min": Fault(_filled(_white(0.5, 1.5), 30, 120, "eeg"), ("noisy",)),
    "weak: mains hum of 0.3 to 3 µV": Fault(_hum(0.3e-6, 3e-6), ("mains",)),
}
"""Fainter than what the checks were made for: where they end. Not in the count of what has to be found."""
