"""Readers by file ending."""

from __future__ import annotations

from pathlib import Path

from karmalink.night.recording import Recording

__all__ = ["read_recording", "read_recording_bytes"]


def read_recording(path: Path | str, *, label: str | None = None) -> Recording:
    """Read a recording by its file's ending (.edf .bdf .vhdr .fif .set); samples are read when asked for.

    Raises
    ------
    ReadError
        The file is missing, empty, truncated, or not what its ending says.
    """
    raise NotImplementedError


def read_recording_bytes(data: bytes, *, format: str = "edf", label: str = "recording") -> Recording:  # noqa: A002
    """Read an EDF or BDF recording from bytes in memory, as a vault gives them."""
    raise NotImplementedError
