"""Encoders of units, by name. No sound p-value may need a particular one; the report names the one used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["ENCODERS", "Encoder", "EncoderInfo", "load_encoder"]


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """What a result says about the encoder it used.

    Attributes
    ----------
    name, title : str
        Name in options, and what it is.
    licence : str
        Licence of code and weights.
    speed : str
        Measured, with the machine.
    note : str
        What to know before using it.
    sparse : bool
        Rows come as ``csr_array`` instead of an array.
    version : str
        Of the package or weights.
    """

    name: str
    title: str
    licence: str
    speed: str
    note: str
    sparse: bool
    version: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "name": self.name,
            "title": self.title,
            "licence": self.licence,
            "speed": self.speed,
            "note": self.note,
            "sparse": self.sparse,
            "version": self.version,
        }


class Encoder(Protocol):
    """Texts to rows of length 1 (a text in which nothing is known: a zero row)."""

    @property
    def info(self) -> EncoderInfo:
        """Return what a result says about this encoder."""
        ...

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32] | csr_array:
        """Return unit rows, float32, shape (n_texts, d)."""
        ...


def load_encoder(
    name: str = "lexical", *, background: Sequence[str] | None = None, path: str | Path | None = None
) -> Encoder:
    """Return an encoder by its name in :data:`ENCODERS`.

    Parameters
    ----------
    name : str
        A key of :data:`ENCODERS`.
    background : sequence of str, optional
        Texts from which ``lexical`` learns how rare a word is; needed by it, ignored by the others.
    path : str or Path, optional
        Folder with the model's files, for ``minilm``.

    Raises
    ------
    MissingExtra
        The encoder's packages are not installed.
    UsageError
        No such encoder, or `background` or `path` is missing.
    """
    raise NotImplementedError


ENCODERS: dict[str, Callable[..., Encoder]] = {}
