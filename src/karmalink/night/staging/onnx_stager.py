"""A stager from an ONNX file of your own.

The file's contract: one float input per kind of channel it wants, named ``eeg``, ``eog`` or ``emg``, of shape
(epochs, samples) in microvolts, 30 s an epoch, as many samples as the second dimension says (100 Hz where it says
nothing); the first output of shape (epochs, 5), columns W N1 N2 N3 R, probabilities or logits.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.outside import check_outside
from karmalink.base.wording import counted
from karmalink.errors import CannotAnswer, InputError, MissingExtra, ReadError
from karmalink.night.hypnograms.stages import STAGES
from karmalink.night.recordings.montage import Montage
from karmalink.night.recordings.recording import Recording
from karmalink.night.recordings.resampled import fill_gaps

__all__ = ["OnnxStager"]

_EPOCH_S = 30
_SAMPLES = 3000
_MICROVOLTS = 1e6
_KINDS = ("eeg", "eog", "emg")


@dataclass(frozen=True, slots=True)
class OnnxStager:
    """A stager in a file; its version is the beginning of the file's SHA-256."""

    path: Path
    name: str = "onnx"
    shortest_s: float = 300.0

    def version(self) -> str:
        """Return eight digits of the file's SHA-256, so that a scoring says which network made it."""
        return hashlib.sha256(_bytes(self.path)).hexdigest()[:8]

    def probabilities(
        self, recording: Recording, montage: Montage, progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float64]:
        """Return shape (epochs, 5), columns W N1 N2 N3 R.

        Raises
        ------
        MissingExtra
            onnxruntime is not installed.
        ReadError
            The file is not an ONNX network, or does not follow the contract.
        CannotAnswer
            No channel is chosen for one of its inputs.
        """
        session = _session(self.path)
        report = progress or (lambda done, total: None)
        inputs = session.get_inputs()
        for done, wanted in enumerate(inputs):
            report(done, len(inputs) + 1)
            if wanted.name not in _KINDS:
                raise _contract_broken(self.path, f"an input named {wanted.name!r}")
            if wanted.name not in montage.by_kind:
                raise CannotAnswer(
                    f"the network needs an {wanted.name.upper()} channel, and none is chosen",
                    where=recording.label,
                    next_step=f"name one with --{wanted.name}, or use another stager",
                )
        epochs = {wanted.name: _epochs(recording, montage.by_kind[wanted.name], _samples(wanted)) for wanted in inputs}
        try:
            output = np.asarray(session.run(None, epochs)[0], dtype=np.float64)
        except (RuntimeError, ValueError, IndexError) as error:
            raise _contract_broken(self.path, f"an error when it ran ({type(error).__name__})") from error
        report(len(inputs) + 1, len(inputs) + 1)
        count = len(next(iter(epochs.values())))
        if output.shape != (count, len(STAGES)) or not np.isfinite(output).all():
            raise _contract_broken(self.path, f"an output of shape {output.shape} for {counted(count, 'epoch')}")
        return _as_probabilities(output)


def _bytes(path: Path) -> bytes:
    check_outside(path, "model")
    return path.read_bytes()


def _session(path: Path) -> Any:
    if importlib.util.find_spec("onnxruntime") is None:
        raise MissingExtra(
            "a stager from an ONNX file needs onnxruntime, which is not installed",
            next_step='pip install "karmalink[encoders]"',
        )
    import onnxruntime

    data = _bytes(path)
    try:
        return onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    except Exception as error:
        # onnxruntime raises classes of its own, derived directly from Exception.
        raise ReadError(
            f"the file cannot be read as an ONNX network ({type(error).__name__})",
            where=path,
            next_step="export it again, with the weights in the same file",
        ) from error


def _contract_broken(path: Path, what: str) -> InputError:
    return ReadError(
        f"the network has {what}",
        where=path,
        rule="inputs eeg, eog, emg of shape (epochs, samples) in µV; first output of shape (epochs, 5), W N1 N2 N3 R",
        next_step="export the network with these inputs and this output",
    )


def _samples(wanted: Any) -> int:
    """Return how many samples per epoch an input asks for."""
    size = wanted.shape[1] if len(wanted.shape) > 1 else None
    return size if isinstance(size, int) and size > 0 else _SAMPLES


def _epochs(recording: Recording, name: str, samples: int) -> NDArray[np.float32]:
    """Return the whole epochs of a channel in µV, shape (epochs, samples)."""
    import mne

    rate = recording.channel(name).sfreq
    count = int(recording.duration_s / _EPOCH_S + 1e-9)
    target_rate = samples / _EPOCH_S
    signal = fill_gaps(recording.signal(name), rate) * _MICROVOLTS
    if rate != target_rate:
        signal = mne.filter.resample(signal, up=target_rate, down=rate, verbose="ERROR")
    size = count * samples
    signal = np.pad(signal, (0, max(0, size - signal.size)), mode="edge")[:size]
    return np.asarray(signal.reshape(count, samples), dtype=np.float32)


def _as_probabilities(output: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities, shape (epochs, 5); rows that do not sum to 1 are taken for logits (softmax)."""
    if (output >= 0).all() and np.allclose(output.sum(axis=1), 1, atol=1e-3):
        return np.asarray(output / output.sum(axis=1, keepdims=True))
    exponentials = np.exp(output - output.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))
