"""YASA's classifiers, asked through LightGBM's C interface.

A classifier is a pickled scikit-learn object that holds LightGBM's own text of the model. Unpickling it imports
scikit-learn and pandas, which takes longer than scoring a night, and runs what a pickle says; the text alone is
enough. Interface: https://lightgbm.readthedocs.io/en/stable/C-API.html.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib.metadata
import importlib.util
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from karmalink.base.arrays import Floats, Singles
from karmalink.errors import ReadError

__all__ = ["BoostedTrees", "yasa_classifier"]

_FIRST, _LAST = b"tree\nversion=", b"end of parameters\n"
_FLOAT32, _NORMAL, _ALL = 0, 0, -1
# scikit-learn sorts the classes of the labels that YASA was trained with: N1, N2, N3, R, W.
_W_FIRST = [4, 0, 1, 2, 3]


class BoostedTrees:
    """A classifier of five stages.

    Attributes
    ----------
    features : tuple of str
        The features that it takes, in its order.
    """

    def __init__(self, path: Path) -> None:
        text = _model_text(path)
        names = re.search(rb"^feature_names=(.*)$", text, re.MULTILINE)
        if names is None:
            raise ReadError("the classifier names no features", where=path, next_step="install YASA again")
        self.features = tuple(names[1].decode().split())
        self._library = _lightgbm()
        self._model = ctypes.c_void_p()
        iterations = ctypes.c_int(0)
        self._do("LGBM_BoosterLoadModelFromString", text, ctypes.byref(iterations), ctypes.byref(self._model))

    def probabilities(self, table: Singles) -> Floats:
        """Return shape (epochs, 5), columns W N1 N2 N3 R, of features of shape (epochs, features)."""
        rows = np.ascontiguousarray(table, dtype=np.float32)
        out, length = np.empty((len(rows), len(_W_FIRST))), ctypes.c_int64(0)
        self._do(
            "LGBM_BoosterPredictForMat",
            self._model,
            rows.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_int(_FLOAT32),
            ctypes.c_int32(rows.shape[0]),
            ctypes.c_int32(rows.shape[1]),
            ctypes.c_int(1),  # row by row
            ctypes.c_int(_NORMAL),
            ctypes.c_int(0),
            ctypes.c_int(_ALL),
            b"",
            ctypes.byref(length),
            out.ctypes.data_as(ctypes.POINTER(ctypes.c_double)),
        )
        return out[:, _W_FIRST]

    def _do(self, name: str, *values: object) -> None:
        if getattr(self._library, name)(*values) != 0:
            raise ReadError(f"LightGBM refused the classifier ({name})", next_step="install LightGBM and YASA again")


@functools.cache
def yasa_classifier(kinds: Sequence[str]) -> BoostedTrees:
    """Return YASA's newest classifier for these kinds of channel, of ``eeg``, ``eog``, ``emg`` in this order.

    Raises
    ------
    ReadError
        YASA's wheel does not have it.
    """
    folder = Path(str(importlib.metadata.distribution("yasa").locate_file("yasa/classifiers")))
    name = f"clf_{'+'.join(kinds)}_lgb_"
    found = sorted(folder.glob(f"{name}*.joblib"), key=lambda path: [int(n) for n in re.findall(r"\d+", path.stem)])
    if not found:
        raise ReadError(f"YASA has no classifier for {', '.join(kinds)}", where=folder, next_step="install YASA again")
    return BoostedTrees(found[-1])


def _model_text(path: Path) -> bytes:
    """Return LightGBM's text of the model inside a compressed pickle."""
    raw = path.read_bytes()
    with contextlib.suppress(zlib.error):  # not compressed
        raw = zlib.decompress(raw)
    first, last = raw.find(_FIRST), raw.find(_LAST)
    if not 0 <= first < last:
        raise ReadError("the file holds no LightGBM model", where=path, next_step="install YASA again")
    return raw[first : last + len(_LAST)] + b"\npandas_categorical:[]\n\0"


@functools.cache
def _lightgbm() -> ctypes.CDLL:
    """Return LightGBM's library, found without importing the package."""
    spec = importlib.util.find_spec("lightgbm")
    folder = Path(spec.origin).parent if spec is not None and spec.origin else Path()
    for pattern in ("lib/lib_lightgbm.*", "bin/lib_lightgbm.*", "lib_lightgbm.*"):
        for path in sorted(folder.glob(pattern)):
            return ctypes.CDLL(str(path))
    raise ReadError("LightGBM's library is not there", where=folder, next_step="install LightGBM again")
