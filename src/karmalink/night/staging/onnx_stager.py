"""A stager from an ONNX file of your own: the network stays with you, Karmalink keeps the time.

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

from karmalink.errors import CannotAnswer, InputError, MissingExtra, ReadError
from karmalink.night.hypnograms.stages import STAGES
from karmalink.night.recordings.montage import Montage
from karmalink.night.recordings.recording import Recording
from karmalink.night.staging.yasa_stager import filled

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
            The file is no ONNX network, or not one of this contract.
        CannotAnswer
            It wants a kind of channel that there is none of.
        """
        session = _session(self.path)
        report = progress or (lambda done, total: None)
        inputs = session.get_inputs()
        for done, one in enumerate(inputs):
            report(done, len(inputs) + 1)
            if one.name not in _KINDS:
                raise _broken(self.path, f"an input named {one.name!r}")
            if one.name not in montage.by_kind:
                raise CannotAnswer(
                    f"the network wants an {one.name.upper()} channel, and none is chosen",
                    where=recording.label,
                    next_step=f"name one with --{one.name}, or use another stager",
                )
        fed = {one.name: _epochs(recording, montage.by_kind[one.name], _samples(one)) for one in inputs}
        try:
            found = np.asarray(session.run(None, fed)[0], dtype=np.float64)
        except (RuntimeError, ValueError, IndexError) as error:
            raise _broken(self.path, f"an error when it ran ({type(error).__name__})") from error
        report(len(inputs) + 1, len(inputs) + 1)
        count = len(next(iter(fed.values())))
        if found.shape != (count, len(STAGES)) or not np.isfinite(found).all():
            raise _broken(self.path, f"an output of shape {found.shape} for {count} epochs")
        return _as_probabilities(found)


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise ReadError("there is no such file", where=path, next_step="look at the name and the folder")
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
        # onnxruntime raises classes of its own that have nothing but Exception above them.
        raise ReadError(
            f"the file cannot be read as an ONNX network ({type(error).__name__})",
            where=path,
            next_step="export it again, with its weights inside",
        ) from error


def _broken(path: Path, what: str) -> InputError:
    return ReadError(
        f"the network has {what}",
        where=path,
        rule="inputs eeg, eog, emg of shape (epochs, samples) in µV; first output of shape (epochs, 5), W N1 N2 N3 R",
        next_step="export the network with these inputs and this output",
    )


def _samples(one: Any) -> int:
    size = one.shape[1] if len(one.shape) > 1 else None
    return size if isinstance(size, int) and size > 0 else _SAMPLES


def _epochs(recording: Recording, name: str, samples: int) -> NDArray[np.float32]:
    """Return the whole epochs of a channel in µV, shape (epochs, samples)."""
    import mne

    rate = recording.channel(name).sfreq
    count = int(recording.duration_s / _EPOCH_S + 1e-9)
    wanted = samples / _EPOCH_S
    signal = filled(recording.signal(name), rate) * _MICROVOLTS
    if rate != wanted:
        signal = mne.filter.resample(signal, up=wanted, down=rate, verbose="ERROR")
    size = count * samples
    signal = np.pad(signal, (0, max(0, size - signal.size)), mode="edge")[:size]
    return np.asarray(signal.reshape(count, samples), dtype=np.float32)


def _as_probabilities(found: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities; what does not sum to 1 is taken for logits."""
    if (found >= 0).all() and np.allclose(found.sum(axis=1), 1, atol=1e-3):
        return np.asarray(found / found.sum(axis=1, keepdims=True))
    raised = np.exp(found - found.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
