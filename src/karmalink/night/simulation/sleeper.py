"""One simulated sleeper: EEG, EOG and chin EMG by stage. `simulated_night` states the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats

__all__ = [
    "EPOCH_S",
    "Sleeper",
    "add_events",
    "blink",
    "coloured_noise",
    "k_complex",
    "saccade",
    "sawtooth",
    "spindle",
    "vertex_wave",
]

# Coloured noise that follows the stages, and waveforms of single events. Amplitudes in volts, times in seconds.

Shape = Callable[[Floats, Floats], Floats]

FRAME_S = 4.0


def coloured_noise(power: Floats, samples: int, sfreq: float, rng: np.random.Generator) -> Floats:
    """Return Gaussian noise whose spectrum changes with time, shape (samples,).

    Independent frames of 4 s, each with its own spectrum, overlap by half under a sine window. The squares of two
    neighbouring windows sum to one, so the variance at every moment is that of the spectrum.

    Parameters
    ----------
    power : ndarray, shape (frames, bins)
        One-sided power spectral density in V²/Hz of every frame, frames `FRAME_S` / 2 apart, bins of
        ``rfftfreq(FRAME_S * sfreq, 1 / sfreq)``.
    """
    size = round(FRAME_S * sfreq)
    hop = size // 2
    shape = power.shape  # (frames, bins)
    # X[k] = sqrt(P[k] · fs · n) / 2 · (a + ib), a and b standard normal: one-sided density P after the inverse FFT
    phases = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    spectrum = np.sqrt(power * sfreq * size) / 2 * phases
    spectrum[:, 0] = 0
    # (frames, size): each frame times sin(π (t + 1/2) / size)
    frames = np.fft.irfft(spectrum, n=size, axis=1) * np.sin(np.pi * (np.arange(size) + 0.5) / size)
    # Overlap-add: first halves, then second halves half a frame later.
    out = np.zeros((shape[0] + 1) * hop)
    out[: shape[0] * hop] += frames[:, :hop].ravel()
    out[hop : (shape[0] + 1) * hop] += frames[:, hop : 2 * hop].ravel()
    return out[hop : hop + samples]


def add_events(
    out: Floats, sfreq: float, onsets: Floats, lengths: Floats, amplitudes: Floats, shape: Shape, extra: Floats
) -> None:
    """Add one waveform per onset to `out`, in place; waveforms that go beyond the end are cut."""
    for onset, length, amplitude, more in zip(onsets, lengths, amplitudes, extra, strict=True):
        first = round(onset * sfreq)
        count = min(round(length * sfreq), out.size - first)
        if count > 1:
            time = np.arange(count) / sfreq
            out[first : first + count] += amplitude * shape(time / length, np.asarray(time * more))


def spindle(part: Floats, phase: Floats) -> Floats:
    """Return a waxing and waning sine; `part` runs from 0 to 1, `phase` counts cycles."""
    return np.sin(np.pi * part) ** 2 * np.sin(2 * np.pi * phase)


def k_complex(part: Floats, phase: Floats) -> Floats:
    """Return a sharp negative wave and a slower positive one."""
    del phase
    negative = -np.exp(-(((part - 0.25) / 0.10) ** 2))
    return negative + 0.6 * np.exp(-(((part - 0.62) / 0.18) ** 2))


def vertex_wave(part: Floats, phase: Floats) -> Floats:
    """Return one sharp negative wave."""
    del phase
    return -np.exp(-(((part - 0.5) / 0.18) ** 2))


def sawtooth(part: Floats, phase: Floats) -> Floats:
    """Return a train of triangles that rise slowly and fall fast, `phase` in cycles, fading at both ends."""
    return np.sin(np.pi * part) ** 0.5 * (2 * (phase % 1) - 1)


def saccade(part: Floats, phase: Floats) -> Floats:
    """Return an eye movement as recorded with a high-pass: up in 50 ms, back in half a second."""
    del part
    return (1 - np.exp(-phase / 0.025)) * np.exp(-phase / 0.5)


def blink(part: Floats, phase: Floats) -> Floats:
    """Return a blink: one smooth deflection."""
    del phase
    return np.sin(np.pi * part) ** 2


EPOCH_S = 30.0
_UV = 1e-6


@dataclass(frozen=True, slots=True)
class _Stage:
    """Parameters of one stage; amplitudes in µV, rates per minute."""

    power_20: float
    """Aperiodic power at 20 Hz, µV²/Hz."""
    exponent: float
    rhythms: tuple[tuple[float, float, float], ...]
    """Centre in Hz, width in Hz, amplitude in µV (root mean square)."""
    tone: float
    """Chin EMG, µV (root mean square)."""
    spindles: float = 0.0
    k_complexes: float = 0.0
    vertex: float = 0.0
    saws: float = 0.0
    saccades: float = 0.0
    blinks: float = 0.0
    rolling: float = 0.0
    """Slow rolling eye movements, µV (root mean square)."""


_STAGES = (
    _Stage(0.40, 1.3, ((10.0, 1.0, 9.0), (20.0, 4.0, 2.5)), tone=15.0, saccades=8.0, blinks=5.0, rolling=6.0),
    _Stage(0.20, 1.7, ((6.0, 1.5, 5.0), (10.0, 1.0, 2.5)), tone=8.0, vertex=1.0, rolling=25.0),
    _Stage(0.15, 2.1, ((1.0, 0.4, 8.0), (6.0, 1.5, 3.0)), tone=5.0, spindles=4.0, k_complexes=1.2),
    _Stage(0.12, 2.6, ((1.0, 0.4, 32.0),), tone=4.0, spindles=2.0),
    _Stage(0.13, 1.9, ((5.0, 1.5, 4.0),), tone=1.5, saws=1.0, saccades=9.0),
)
"""W, N1, N2, N3, R."""

_AROUSALS_AN_HOUR = 11.0
_SIGNAL_UV = 150.0
_PLANTED = {"k_complexes": "K-complex", "vertex": "vertex wave", "saws": "sawtooth waves"}
_SLOW_WAVE_DECAY_H = 4.0


class Sleeper:
    """One sleeper's night while it is being simulated."""

    def __init__(
        self, stages: NDArray[np.int8], sfreq: float, person: np.random.Generator, signals_s: Sequence[float] = ()
    ) -> None:
        self.signals_s = tuple(signals_s)
        self.stages = stages
        self.sfreq = sfreq
        self.samples = round(stages.size * EPOCH_S * sfreq)
        self.seconds = stages.size * EPOCH_S
        self.alpha_hz = float(np.clip(person.normal(10.0, 0.7), 8.5, 12.0))
        self.spindle_hz = float(np.clip(person.normal(13.3, 0.6), 11.5, 15.5))
        self.gain = float(np.exp(0.15 * person.standard_normal()))
        self.arousals = _poisson_times(np.where(stages > 0, _AROUSALS_AN_HOUR / 60, 0.0), person)
        self.frontal: Floats = np.empty(0)
        self.planted: dict[str, tuple[Floats, Floats]] = {}
        """Kind of event → onsets and lengths in seconds, as they were planted."""
        count = int(np.ceil(self.seconds / (FRAME_S / 2))) + 1
        middles = np.clip((np.arange(count) * FRAME_S / 2) // EPOCH_S, 0, stages.size - 1).astype(int)
        self.frame_stages = stages[middles]
        self.frame_hours = np.arange(count) * FRAME_S / 2 / 3600

    def brain(self, rng: np.random.Generator) -> list[Floats]:
        """Return the EEG."""
        central = coloured_noise(self._spectra(rng), self.samples, self.sfreq, rng)
        self._events(central, rng)
        own = coloured_noise(0.3 * self._spectra(rng), self.samples, self.sfreq, rng)
        self.frontal = 0.6 * central + own
        central += self._noise(rng)
        self._movements(central, rng)
        return [central]

    def _spectra(self, rng: np.random.Generator) -> Floats:
        """Return the power, shape (frames, bins): background and rhythms, each modulated independently."""
        size = round(FRAME_S * self.sfreq)
        bins = np.fft.rfftfreq(size, 1 / self.sfreq)
        shape = np.maximum(bins, 0.25)
        high_pass = 1 / (1 + (0.3 / np.maximum(bins, 1e-9)) ** 4)  # of the amplifier, 0.3 Hz
        power = np.empty((self.frame_stages.size, bins.size))
        pressure = np.exp(-self.frame_hours / _SLOW_WAVE_DECAY_H)
        for code, stage in enumerate(_STAGES):
            here = np.flatnonzero(self.frame_stages == code)
            # Background: P20 · (f / 20 Hz)^(−χ), shape (frames of the stage, bins)
            table = np.tile(stage.power_20 * (shape / 20) ** -stage.exponent, (here.size, 1))
            table *= self._waxing(here.size, 0.15, rng)
            for centre, width, amplitude in stage.rhythms:
                middle = self.alpha_hz if centre == 10.0 else centre
                # Rhythm: amplitude² · Gaussian density around its frequency, of unit area over the frequencies
                peak = np.exp(-(((bins - middle) / width) ** 2) / 2) / (width * np.sqrt(2 * np.pi))
                level = amplitude**2 * self._waxing(here.size, 0.5, rng)
                if centre == 1.0:  # slow waves: all of the amplitude in the evening, two thirds of it after hours
                    level = level * (0.45 + 0.55 * pressure[here, None])
                if centre == 10.0 and code == 0:
                    level = level * self._eyes_closed(here)[:, None]
                table += level * peak
            power[here] = table * high_pass
        return power * (self.gain * _UV) ** 2

    def _waxing(self, count: int, spread: float, rng: np.random.Generator) -> Floats:
        """Return a lognormal modulation of mean 1 with a correlation time of half a minute, shape (count, 1)."""
        steps = rng.standard_normal(count)
        memory = np.exp(-FRAME_S / 2 / 30)
        values = np.empty(count)
        value = 0.0
        for frame, step in enumerate(steps.tolist()):
            # AR(1) of unit variance: x[t] = m x[t − 1] + sqrt(1 − m²) ε[t]
            value = memory * value + (1 - memory**2) ** 0.5 * step
            values[frame] = value
        # exp(s x − s²/2) has mean 1
        return np.asarray(np.exp(spread * values - spread**2 / 2))[:, None]

    def _eyes_closed(self, frames: NDArray[np.intp]) -> Floats:
        """Return the factor of alpha, shape (frames,): 1.3 with closed eyes, 0.15 with open ones."""
        second = frames * FRAME_S / 2
        return np.where(_open_eyes(second), 0.15, 1.3)

    def _events(self, out: Floats, rng: np.random.Generator) -> None:
        """Add spindles, K-complexes, vertex and sawtooth waves and the alpha of arousals."""
        onsets = self._times("spindles", rng)
        lengths = np.clip(rng.lognormal(np.log(0.8), 0.3, onsets.size), 0.5, 2.0)
        levels = rng.lognormal(np.log(16.0), 0.3, onsets.size) * _UV * self.gain
        add_events(out, self.sfreq, onsets, lengths, levels, spindle, rng.normal(self.spindle_hz, 0.5, onsets.size))
        self.planted["spindle"] = onsets, lengths
        for name, shape, low, high, median in (
            ("k_complexes", k_complex, 0.6, 1.2, 90.0),
            ("vertex", vertex_wave, 0.2, 0.4, 50.0),
            ("saws", sawtooth, 2.0, 6.0, 18.0),
        ):
            onsets = self._times(name, rng)
            levels = rng.lognormal(np.log(median), 0.25, onsets.size) * _UV * self.gain
            rates = rng.uniform(2.0, 5.0, onsets.size)
            lengths = rng.uniform(low, high, onsets.size)
            add_events(out, self.sfreq, onsets, lengths, levels, shape, rates)
            self.planted[_PLANTED[name]] = onsets, lengths
        lengths = rng.uniform(3.0, 12.0, self.arousals.size)
        self.planted["arousal"] = self.arousals, lengths
        levels = np.full(self.arousals.size, 14.0 * _UV * self.gain)
        add_events(out, self.sfreq, self.arousals, lengths, levels, spindle, np.full(lengths.size, self.alpha_hz))

    def eyes(self, rng: np.random.Generator) -> list[Floats]:
        """Return both EOGs: eye movements with opposite signs, blinks and EEG with the same sign."""
        move = np.zeros(self.samples)
        onsets = self._bursts(rng)
        signs = rng.choice([-1.0, 1.0], onsets.size)
        levels = signs * rng.lognormal(np.log(60.0), 0.5, onsets.size) * _UV
        add_events(move, self.sfreq, onsets, np.full(onsets.size, 2.0), levels, saccade, np.ones(onsets.size))
        self.planted["eye movement"] = onsets, np.full(onsets.size, 0.5)
        self._signals(move)
        move += self._rolling(rng)
        blinks = np.zeros(self.samples)
        onsets = self._times("blinks", rng)
        onsets = onsets[_open_eyes(onsets)]
        levels = rng.lognormal(np.log(120.0), 0.3, onsets.size) * _UV
        add_events(blinks, self.sfreq, onsets, rng.uniform(0.2, 0.4, onsets.size), levels, blink, np.ones(onsets.size))
        pair = []
        for sign in (1.0, -1.0):
            eye = 0.8 * self.frontal + sign * move + blinks + self._noise(rng)
            self._movements(eye, rng)
            pair.append(eye)
        return pair

    def _signals(self, move: Floats) -> None:
        """Add the signals of a lucid dreamer: left, right, left, right at full amplitude, half a second each."""
        swings = np.asarray(self.signals_s)[:, None] + np.arange(4) * 0.5
        levels = np.tile([1.0, -1.0, 1.0, -1.0], len(self.signals_s)) * _SIGNAL_UV * _UV
        flat = swings.ravel()
        add_events(move, self.sfreq, flat, np.full(flat.size, 0.6), levels, blink, np.ones(flat.size))
        self.planted["LRLR"] = np.asarray(self.signals_s, dtype=np.float64), np.full(len(self.signals_s), 2.1)

    def _bursts(self, rng: np.random.Generator) -> Floats:
        """Return the onsets of eye movements: bursts of a few, in R more of them later in the night."""
        rates = np.array([stage.saccades for stage in _STAGES])[self.stages] / 3.0
        late = np.linspace(0.6, 1.4, self.stages.size)
        starts = _poisson_times(rates * np.where(self.stages == len(_STAGES) - 1, late, 1.0), rng)
        sizes = rng.geometric(1 / 3, starts.size)
        steps = rng.uniform(0.3, 0.9, int(sizes.sum()))
        within = (
            np.concatenate([np.cumsum(burst) for burst in np.split(steps, np.cumsum(sizes)[:-1])])
            if sizes.size
            else steps
        )
        return np.asarray(np.repeat(starts, sizes) + within)

    def _rolling(self, rng: np.random.Generator) -> Floats:
        """Return slow rolling eye movements, 0.15–0.45 Hz."""
        bins = np.fft.rfftfreq(round(FRAME_S * self.sfreq), 1 / self.sfreq)
        band = np.where((bins > 0.1) & (bins <= 0.5), 1.0, 0.0)
        band /= band.sum() * bins[1]
        levels = np.array([stage.rolling for stage in _STAGES])[self.frame_stages] * _UV
        return coloured_noise(levels[:, None] ** 2 * band, self.samples, self.sfreq, rng)

    def chin(self, rng: np.random.Generator) -> list[Floats]:
        """Return the chin EMG: noise above 10 Hz with the tone of the stage, twitches in R, bursts in arousals."""
        tone = np.array([stage.tone for stage in _STAGES])[self.frame_stages][:, None] * _UV
        bins = np.fft.rfftfreq(round(FRAME_S * self.sfreq), 1 / self.sfreq)
        band = 1 / (1 + (10 / np.maximum(bins, 1e-9)) ** 4)
        band /= band.sum() * bins[1]
        waxing = self._waxing(tone.size, 0.4, rng)
        muscle = coloured_noise(tone**2 * waxing * band, self.samples, self.sfreq, rng)
        burst = rng.standard_normal(self.samples) * 12.0 * _UV
        envelope = np.zeros(self.samples)
        dreaming = np.where(self.stages == len(_STAGES) - 1, 1.0, 0.0)
        twitches = _poisson_times(dreaming, rng)
        add_events(envelope, self.sfreq, twitches, rng.uniform(0.1, 0.5, twitches.size), *_ones(twitches.size, blink))
        add_events(
            envelope,
            self.sfreq,
            self.arousals,
            rng.uniform(1, 4, self.arousals.size),
            *_ones(self.arousals.size, blink),
        )
        out = muscle + envelope * burst + self._noise(rng)
        self._movements(out, rng)
        return [out]

    def _times(self, name: str, rng: np.random.Generator) -> Floats:
        return _poisson_times(np.array([getattr(stage, name) for stage in _STAGES])[self.stages], rng)

    def _noise(self, rng: np.random.Generator) -> Floats:
        """Return amplifier noise of 0.5 µV."""
        return rng.standard_normal(self.samples) * 0.5 * _UV

    def _movements(self, out: Floats, rng: np.random.Generator) -> None:
        """Add a body movement at every awakening: large, slow, on every channel."""
        wakes = np.flatnonzero((self.stages[1:] == 0) & (self.stages[:-1] > 0)) + 1
        onsets = wakes * EPOCH_S + rng.uniform(0, 5, wakes.size)
        levels = rng.lognormal(np.log(120.0), 0.4, wakes.size) * rng.choice([-1.0, 1.0], wakes.size) * _UV
        add_events(
            out, self.sfreq, onsets, rng.uniform(2, 8, wakes.size), levels, spindle, rng.uniform(0.5, 1.5, wakes.size)
        )


def _open_eyes(second: Floats) -> NDArray[np.bool_]:
    """Whether the eyes of an awake sleeper are open: one minute of every three."""
    return np.asarray((second // 60) % 3 == 0)


def _poisson_times(per_minute: Floats, rng: np.random.Generator) -> Floats:
    """Return times in seconds of a Poisson process with one rate per epoch."""
    counts = rng.poisson(per_minute * EPOCH_S / 60)
    return np.sort(np.repeat(np.arange(per_minute.size) * EPOCH_S, counts) + rng.uniform(0, EPOCH_S, int(counts.sum())))


def _ones(
    count: int, shape: Callable[[Floats, Floats], Floats]
) -> tuple[Floats, Callable[[Floats, Floats], Floats], Floats]:
    return np.ones(count), shape, np.ones(count)
