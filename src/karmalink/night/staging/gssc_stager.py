"""GSSC (Hanna & Flöel 2023, J. Neural Eng. 20:036009): a network on one EEG, one EOG or both; an extra.

GSSC is under the AGPL and needs PyTorch, so it is an extra: ``pip install "karmalink[gssc]"``. Its own front end
(0.0.9) loads pickled networks, which PyTorch refuses from 2.6 on, and drops the last epoch, because it asks for epochs
of 30 s plus one sample. Here only the networks are GSSC's; reading, filtering and cutting keep every epoch.
"""

from __future__ import annotations

import importlib.metadata
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import CannotAnswer, MissingExtra, ReadError
from karmalink.night.recordings.montage import Montage
from karmalink.night.recordings.recording import Recording
from karmalink.night.recordings.resampled import fill_gaps
from karmalink.night.staging.night_scales import SPREAD_OF_HALF_AN_HOUR, scale_weight

__all__ = ["Gssc"]

SAMPLES = 2560
_EPOCH_S = 30.0
_BAND_HZ = (0.3, 30.0)
_HIDDEN = (10, 1, 256)
_KINDS = ("eeg", "eog")

# The classes in the two files; nothing else is ever unpickled.
_NETWORKS = ("ResSleep", "ResSignal", "ResBlock", "ResBottleneck", "ResMixer", "ResDecision", "SleepGRU")
_LAYERS = ("AvgPool1d", "Conv1d", "Dropout", "GRU", "GroupNorm", "Identity", "LeakyReLU", "Linear", "LogSoftmax")
_CONTAINERS = ("ModuleDict", "ModuleList", "Sequential")


@dataclass(frozen=True, slots=True)
class Gssc:
    """GSSC's networks of 2023; `night_scales` corrects the scale of short recordings and averages both polarities."""

    name: str = "gssc"
    shortest_s: float = 300.0
    night_scales: bool = False

    def version(self) -> str:
        """Return the version of GSSC that is installed."""
        _need()
        return importlib.metadata.version("gssc")

    def probabilities(
        self, recording: Recording, montage: Montage, progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float64]:
        """Return shape (epochs, 5), columns W N1 N2 N3 R; the EMG is not used.

        Raises
        ------
        MissingExtra
            GSSC or PyTorch is not installed.
        """
        _need()
        report = progress or (lambda done, total: None)
        report(0, 3)
        networks = _networks()
        report(1, 3)
        chosen = {kind: name for kind, name in montage.by_kind.items() if kind in _KINDS}
        epochs = {kind: _epochs(recording, name, night_scales=self.night_scales) for kind, name in chosen.items()}
        if not any(len(samples) for samples in epochs.values()):
            raise CannotAnswer("the recording holds no whole epoch", where=recording.label)
        report(2, 3)
        table = _scored(networks, epochs)
        if self.night_scales:
            # The polarity of an electrode is never certain, and the network depends on it: mean of both, (epochs, 5).
            table = (table + _scored(networks, {kind: -samples for kind, samples in epochs.items()})) / 2
        report(3, 3)
        return table


def _need() -> None:
    missing = [name for name in ("torch", "gssc") if not _installed(name)]
    if missing:
        raise MissingExtra(
            f"the stager GSSC needs {' and '.join(missing)}, which is not installed",
            rule="GSSC is under the AGPL, so it is installed only when you ask for it",
            next_step='pip install "karmalink[gssc]", or score with another stager',
        )


def _installed(name: str) -> bool:
    """Whether a package is installed; a mere folder of that name, which Python would import too, does not count."""
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


@lru_cache(maxsize=1)
def _networks() -> tuple[Any, Any]:
    """Return the signal network and the context network, unpickled from a closed list of classes."""
    import pickle
    from importlib.resources import files

    torch: Any = import_module("torch")
    networks = []
    for name in ("sig_net_v1.pt", "gru_net_v1.pt"):
        path = str(files("gssc") / "nets" / name)
        try:
            with torch.serialization.safe_globals(_allowed()):
                networks.append(torch.load(path, map_location="cpu", weights_only=True).eval())
        except (OSError, RuntimeError, pickle.UnpicklingError) as error:
            raise ReadError(
                f"GSSC's network {name} cannot be read safely ({type(error).__name__})",
                rule="only tensors and the layers of GSSC 0.0.9 are unpickled",
                next_step="install gssc 0.0.9, or score with another stager",
            ) from error
    return networks[0], networks[1]


def _allowed() -> list[Any]:
    torch: Any = import_module("torch")
    networks: Any = import_module("gssc.networks")
    layers = [getattr(torch.nn, name) for name in (*_LAYERS, *_CONTAINERS)]
    # The files name numpy's scalar by its module of numpy 1.
    scalar = (np._core.multiarray.scalar, "numpy.core.multiarray.scalar")  # type: ignore[attr-defined]
    numbers = [scalar, np.dtype, np.dtypes.Float64DType, np.dtypes.Float32DType, np.dtypes.Int64DType]
    return [*(getattr(networks, name) for name in _NETWORKS), *layers, *numbers]


def _epochs(recording: Recording, name: str, *, night_scales: bool) -> NDArray[np.float32]:
    """Return whole epochs as the networks were trained on: 0.3–30 Hz, z-scores, shape (epochs, 1, 2560)."""
    import mne

    rate = recording.channel(name).sfreq
    count = int(recording.duration_s / _EPOCH_S + 1e-9)
    samples = fill_gaps(recording.signal(name), rate)[: math.ceil(count * _EPOCH_S * rate)]
    if not samples.size:
        return np.zeros((0, 1, SAMPLES), dtype=np.float32)
    high = _BAND_HZ[1] if rate / 2 > _BAND_HZ[1] else None
    samples = mne.filter.filter_data(samples, rate, _BAND_HZ[0], high, verbose="ERROR")
    samples = mne.filter.resample(samples, up=SAMPLES / _EPOCH_S, down=rate, verbose="ERROR")
    size = count * SAMPLES
    samples = np.pad(samples, (0, max(0, size - samples.size)), mode="edge")[:size]
    spread = float(samples.std())
    if night_scales:
        # sd · (1 + (1 / 0.71 − 1) · 4w): at half an hour (w = 1/4) the sd becomes that of the whole night.
        spread *= 1 + (1 / SPREAD_OF_HALF_AN_HOUR - 1) * 4 * scale_weight(count)
    scaled = (samples - samples.mean()) / (spread or 1.0)
    return np.asarray(scaled.reshape(count, 1, SAMPLES), dtype=np.float32)


def _scored(networks: tuple[Any, Any], epochs: dict[str, NDArray[np.float32]]) -> NDArray[np.float64]:
    torch: Any = import_module("torch")
    signal, context = networks
    with torch.no_grad():
        signals = {kind: torch.from_numpy(np.ascontiguousarray(samples)) for kind, samples in epochs.items()}
        features = signal(signals, rep_output="rep_only").swapaxes(-1, 1)
        logs, _ = context(features, torch.zeros(*_HIDDEN))
    table = np.exp(logs[:, 0].numpy().astype(np.float64))
    return np.asarray(table / table.sum(axis=1, keepdims=True))
