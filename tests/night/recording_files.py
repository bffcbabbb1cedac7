"""Recordings in formats of other programs, written for tests."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np


def write_fif(folder: Path, data: np.ndarray) -> Path:
    import mne

    info = mne.create_info(["C3", "somewhere", "E1"], 100, ["eeg", "eeg", "eog"])
    path = folder / "x.fif"
    mne.io.RawArray(data, info, verbose="ERROR").save(path, verbose="ERROR")
    return path


def write_brainvision(folder: Path, data: np.ndarray) -> Path:
    (data.T * 1e6).astype("<f4").tofile(folder / "x.eeg")
    (folder / "x.vmrk").write_text(
        "Brain Vision Data Exchange Marker File, Version 1.0\n[Common Infos]\nDataFile=x.eeg\n[Marker Infos]\n"
    )
    path = folder / "x.vhdr"
    path.write_text(
        "Brain Vision Data Exchange Header File Version 1.0\n[Common Infos]\nDataFile=x.eeg\nMarkerFile=x.vmrk\n"
        "DataFormat=BINARY\nDataOrientation=MULTIPLEXED\nNumberOfChannels=3\nSamplingInterval=10000\n"
        "[Binary Infos]\nBinaryFormat=IEEE_FLOAT_32\n"
        "[Channel Infos]\nCh1=C3,,1,µV\nCh2=somewhere,,1,µV\nCh3=E1,,1,µV\n",
        encoding="utf-8",
    )
    return path


def write_eeglab(folder: Path, data: np.ndarray) -> Path:
    from scipy.io import savemat

    places = np.array([(name,) for name in ("C3", "somewhere", "E1")], dtype=[("labels", object)])
    content = {
        "data": data * 1e6,
        "setname": "x",
        "nbchan": 3.0,
        "pnts": float(data.shape[1]),
        "trials": 1.0,
        "srate": 100.0,
        "xmin": 0.0,
        "xmax": data.shape[1] / 100,
        "chanlocs": places,
        "event": np.array([]),
        "icawinv": np.array([]),
        "icasphere": np.array([]),
        "icaweights": np.array([]),
    }
    savemat(folder / "x.set", {"EEG": content}, appendmat=False, oned_as="row")
    return folder / "x.set"


def chunk(tag: int, body: bytes) -> bytes:
    length = len(body) + 2
    return b"\x08" + length.to_bytes(8, "little") + struct.pack("<H", tag) + body


def stream(number: int, name: str, kind: str, rate: float, labels: list[str], unit: str = "microvolts") -> bytes:
    channels = "".join(f"<channel><label>{one}</label><unit>{unit}</unit></channel>" for one in labels)
    text = (
        f"<?xml version='1.0'?><info><name>{name}</name><type>{kind}</type><channel_count>{len(labels)}</channel_count>"
        f"<nominal_srate>{rate}</nominal_srate><channel_format>float32</channel_format>"
        f"<desc><channels>{channels}</channels></desc></info>"
    )
    return chunk(2, struct.pack("<I", number) + text.encode())


def samples(number: int, stamps: np.ndarray, data: np.ndarray) -> bytes:
    body = io.BytesIO()
    body.write(struct.pack("<I", number) + b"\x04" + struct.pack("<I", len(data)))
    for stamp, row in zip(stamps.tolist(), data, strict=True):
        body.write(b"\x08" + struct.pack("<d", stamp) + row.astype("<f4").tobytes())
    return chunk(3, body.getvalue())


def xdf(*parts: bytes) -> bytes:
    head = b"<?xml version='1.0'?><info><version>1.0</version><datetime>2024-05-01T22:58:00+0200</datetime></info>"
    return b"XDF:" + chunk(1, head) + b"".join(parts)
