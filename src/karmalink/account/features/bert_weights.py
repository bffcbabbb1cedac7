"""MiniLM without torch: the six layers of all-MiniLM-L6-v2 in numpy, on the published ``model.safetensors``.

A layer is that of BERT (Devlin et al. 2019): self-attention of twelve heads, a sum, a normalisation, two dense layers
with a GELU between them, a sum, a normalisation. Texts of like length are run together, in single precision.

Shapes: B texts of a batch, T word pieces, D = 384 features, H heads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from karmalink.account.features.encoders import EncoderInfo

__all__ = ["EXPECTED_WEIGHTS", "BertEncoder", "hidden_states"]

_BATCH = 32
_HEADS = 12
_EPSILON = 1e-12
_MASKED = np.float32(-1e9)

EXPECTED_WEIGHTS = frozenset(
    {
        "embeddings.word_embeddings.weight",
        "embeddings.position_embeddings.weight",
        "embeddings.token_type_embeddings.weight",
        "embeddings.LayerNorm.weight",
        "encoder.layer.0.attention.self.query.weight",
        "encoder.layer.5.output.dense.weight",
    }
)
"""Weights by which a file is known as that of this model."""

Rows = npt.NDArray[np.float32]
Weights = Mapping[str, Rows]


@dataclass(frozen=True, slots=True, eq=False)
class BertEncoder:
    """Means of the last layer's word pieces, as sentence-transformers does it (Reimers & Gurevych 2019)."""

    weights: Weights
    tokenizer: Any
    info: EncoderInfo

    def encode(self, texts: Sequence[str]) -> Rows:
        """Return unit rows, float32, shape (n_texts, 384)."""
        found = np.zeros((len(texts), self.weights["embeddings.word_embeddings.weight"].shape[1]), dtype=np.float32)
        # Texts of like length together: a batch is as long as its longest. A blank text keeps its row of zeros.
        order = sorted((at for at, text in enumerate(texts) if text.strip()), key=lambda at: len(texts[at]))
        for begin in range(0, len(order), _BATCH):
            batch = order[begin : begin + _BATCH]
            encoded = self.tokenizer.encode_batch([texts[at] for at in batch])
            mask = np.array([item.attention_mask for item in encoded], dtype=np.float32)  # (B, T)
            hidden = hidden_states(self.weights, np.array([item.ids for item in encoded]), mask)  # (B, T, D)
            mean = (hidden * mask[:, :, None]).sum(axis=1)  # (B, D), up to its length
            found[batch] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return found


def hidden_states(weights: Weights, ids: npt.NDArray[np.int64], mask: Rows) -> Rows:
    """Return the last layer, (B, T, D).

    Parameters
    ----------
    weights : mapping of str to array
        As they are called in the published file.
    ids : (B, T) ints
        Word pieces.
    mask : (B, T) floats
        1 for a word piece, 0 for filling.
    """
    # (B, T, D): word + position + type 0
    hidden = weights["embeddings.word_embeddings.weight"][ids]
    hidden = hidden + weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
    hidden = _normalised(
        weights, "embeddings.LayerNorm", hidden + weights["embeddings.token_type_embeddings.weight"][0]
    )
    away = (1.0 - mask[:, None, None, :]) * _MASKED  # (B, 1, 1, T): no attention to filling
    layer = 0
    while f"encoder.layer.{layer}.output.dense.weight" in weights:
        hidden = _layer(weights, f"encoder.layer.{layer}.", hidden, away)
        layer += 1
    return hidden


def _layer(weights: Weights, at: str, hidden: Rows, away: Rows) -> Rows:
    mixed = _dense(weights, at + "attention.output.dense", _attention(weights, at + "attention.self.", hidden, away))
    hidden = _normalised(weights, at + "attention.output.LayerNorm", hidden + mixed)
    inner = _dense(weights, at + "output.dense", _gelu(_dense(weights, at + "intermediate.dense", hidden)))
    return _normalised(weights, at + "output.LayerNorm", hidden + inner)


def _attention(weights: Weights, at: str, hidden: Rows, away: Rows) -> Rows:
    """Return softmax(Q Kᵀ / sqrt(d) + mask) V of every head, put side by side: (B, T, D)."""
    texts, pieces, width = hidden.shape
    # (B, H, T, d) each, d = D / H
    query, key, value = (
        _dense(weights, at + name, hidden).reshape(texts, pieces, _HEADS, width // _HEADS).transpose(0, 2, 1, 3)
        for name in ("query", "key", "value")
    )
    score = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(width // _HEADS)) + away  # (B, H, T, T)
    share = np.exp(score - score.max(axis=-1, keepdims=True))
    share /= share.sum(axis=-1, keepdims=True)
    return np.asarray((share @ value).transpose(0, 2, 1, 3).reshape(texts, pieces, width))


def _dense(weights: Weights, at: str, hidden: Rows) -> Rows:
    return np.asarray(hidden @ weights[at + ".weight"].T + weights[at + ".bias"])


def _normalised(weights: Weights, at: str, hidden: Rows) -> Rows:
    centred = hidden - hidden.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(_EPSILON))
    return np.asarray(centred / spread * weights[at + ".weight"] + weights[at + ".bias"])


def _gelu(value: Rows) -> Rows:
    """Return x · Phi(x), Phi the normal distribution (Hendrycks & Gimpel 2016)."""
    from scipy.special import ndtr

    return np.asarray(value * ndtr(value), dtype=np.float32)
