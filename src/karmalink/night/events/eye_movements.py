"""Eye movements: rapid ones and their bursts, and the left–right–left–right signals of a lucid dreamer."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.errors import CannotAnswer
from karmalink.night.events.events import Events
from karmalink.night.events.signals import at_rate, band_pass

__all__ = ["bursts", "find_eye_movements", "find_eye_signals"]


_RATE = 100.0
_SLOWEST = 20.0
_BURST_GAP_S = 1.0
_BURST_LEAST = 2

# LaBerge et al. 1981; Baird et al. 2019: left-right-left-right at least, volitional, larger and slower than the
# sleeper's own movements, one after the other without a rest.
_SIGNAL_BAND = (0.2, 4.0)
_SIGNAL_LEAST_UV = 250.0
_SWING_S = (0.25, 1.5)
_EVEN = 0.35
_LEAST_SWINGS = 3


def find_eye_movements(
    left: Floats, right: Floats, sfreq: float, *, channels: tuple[str, ...] = (), rem: NDArray[np.bool_] | None = None
) -> Events:
    """Return rapid eye movements, by YASA's detector (Agarwal et al. 2005; Yetton et al. 2016).

    Parameters
    ----------
    left, right : ndarray, shape (n,)
        Both EOGs in volts; NaN where nothing was recorded.
    sfreq : float
        Samples per second.
    channels : tuple of str
        Their names.
    rem : ndarray of bool, shape (n,), optional
        Where to look; everywhere by default.

    Raises
    ------
    CannotAnswer
        Too slow a rate.
    """
    _fast_enough(sfreq, channels)
    import yasa

    (one, missing), (two, right_missing) = at_rate(left, sfreq, _RATE), at_rate(right, sfreq, _RATE)
    searched = ~(missing | right_missing)
    if rem is not None:
        searched &= at_rate(rem.astype(float), sfreq, _RATE)[0][: searched.size] > 0.5
    rest: dict[str, Any] = {
        "channels": channels,
        "scorer": f"yasa {yasa.__version__}",
        "searched_s": float(searched.sum() / _RATE),
    }
    if not searched.any():
        return Events.of("rapid eye movement", [], **rest)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seen = yasa.rem_detect(one * 1e6, two * 1e6, _RATE, hypno=searched.astype(int) * 4, include=4, verbose="ERROR")
    if seen is None:
        return Events.of("rapid eye movement", [], **rest)
    table = seen.summary()
    onsets, ends = table["Start"].to_numpy(), table["End"].to_numpy()
    size = np.maximum(table["LOCAbsValPeak"].to_numpy(), table["ROCAbsValPeak"].to_numpy())
    return Events(
        "rapid eye movement",
        onsets,
        ends - onsets,
        np.full(onsets.size, np.nan),
        measures={"amplitude_uv": size},
        **rest,
    )


def bursts(movements: Events, *, gap_s: float = _BURST_GAP_S, least: int = _BURST_LEAST) -> Events:
    """Return the bursts: `least` movements or more, each at most `gap_s` after the one in front of it."""
    found: list[list[float]] = []
    for begin, end in movements.spans().tolist():
        if found and begin - found[-1][1] <= gap_s:
            found[-1][1:] = [max(found[-1][1], end), found[-1][2] + 1]
        else:
            found.append([begin, end, 1])
    table = np.array([one for one in found if one[2] >= least], dtype=np.float64).reshape(-1, 3)
    return Events(
        "REM burst",
        table[:, 0],
        table[:, 1] - table[:, 0],
        np.full(len(table), np.nan),
        channels=movements.channels,
        measures={"movements": table[:, 2]},
        searched_s=movements.searched_s,
        scorer=movements.scorer,
    )


def find_eye_signals(
    left: Floats, right: Floats, sfreq: float, *, channels: tuple[str, ...] = (), min_uv: float = _SIGNAL_LEAST_UV
) -> Events:
    """Return left–right–left–right signals: when, how many swings, how sure.

    The difference of both EOGs, .2 to 4 Hz, is followed from turning point to turning point. A signal is three swings
    or more, each of `min_uv` from peak to peak, of .25 to 1.5 s, and even: their sizes vary by less than 35 %. The
    sleeper's own movements come in uneven steps with rests between. ``confidence`` is high for large, even swings: 1
    minus their variation, times how far the smallest passes `min_uv`, levelled at twice. It was not calibrated on
    real signals, of which none were at hand.

    Parameters
    ----------
    left, right : ndarray, shape (n,)
        Both EOGs in volts; NaN where nothing was recorded.
    sfreq : float
        Samples per second.
    channels : tuple of str
        Their names.
    min_uv : float
        Smallest swing of the difference, µV from peak to peak.

    Raises
    ------
    CannotAnswer
        Too slow a rate.
    """
    _fast_enough(sfreq, channels)
    (one, missing), (two, right_missing) = at_rate(left, sfreq, _RATE), at_rate(right, sfreq, _RATE)
    gone = missing | right_missing
    signal = band_pass(one - two, _RATE, _SIGNAL_BAND) * 1e6
    places, sizes, lengths = _swings(signal, min_uv)
    found = []
    for first, stop in _even_runs(sizes, lengths, min_uv):
        begin, end = int(places[first]), int(places[stop])
        if gone[begin:end].any():
            continue
        own = sizes[first:stop]
        variation = float(np.std(own) / np.mean(own))
        sure = (1 - variation) * min(1.0, float(own.min()) / (2 * min_uv))
        found.append((begin / _RATE, (end - begin) / _RATE, sure, stop - first, float(np.median(own))))
    table = np.array(found, dtype=np.float64).reshape(-1, 5)
    return Events(
        "LRLR",
        table[:, 0],
        table[:, 1],
        table[:, 2],
        channels=channels,
        measures={"swings": table[:, 3], "amplitude_uv": table[:, 4]},
        searched_s=float((~gone).sum() / _RATE),
        scorer="karmalink",
    )


def _swings(signal: Floats, least: float) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return turning points, and size and length of the swing that follows each; small wiggles are passed over."""
    turns = np.flatnonzero(np.diff(np.sign(np.diff(signal))) != 0) + 1
    kept: list[int] = []
    for turn in turns.tolist():
        while len(kept) >= 2 and (signal[kept[-1]] - signal[kept[-2]]) * (signal[turn] - signal[kept[-1]]) >= 0:
            kept.pop()  # the same way on: the point between was no turning point
        if kept and abs(signal[turn] - signal[kept[-1]]) < least / 2:
            continue
        kept.append(turn)
    places = np.array(kept, dtype=np.int64)
    if places.size < 2:
        return places, np.empty(0), np.empty(0)
    return places, np.abs(np.diff(signal[places])), np.diff(places) / _RATE


def _even_runs(sizes: Floats, lengths: Floats, least: float) -> list[tuple[int, int]]:
    """Return (first, stop) of the longest stretches of swings that are large, timely and even."""
    fits = (sizes >= least) & (lengths >= _SWING_S[0]) & (lengths <= _SWING_S[1])
    found = []
    first = 0
    while first < sizes.size:
        stop = first
        while stop < sizes.size and fits[stop] and _is_even(sizes[first : stop + 1]):
            stop += 1
        if stop - first >= _LEAST_SWINGS:
            found.append((first, stop))
            first = stop
        else:
            first += 1
    return found


def _is_even(sizes: Floats) -> bool:
    return bool(np.std(sizes) <= _EVEN * np.mean(sizes))


def _fast_enough(sfreq: float, channels: tuple[str, ...]) -> None:
    if sfreq < _SLOWEST:
        raise CannotAnswer(
            f"eye movements cannot be seen at {sfreq:g} samples a second",
            where=", ".join(channels),
            rule=f"{_SLOWEST:g} at least",
        )
