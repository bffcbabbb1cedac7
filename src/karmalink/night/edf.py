"""EDF and BDF."""

from __future__ import annotations

from pathlib import Path

from karmalink.night.recording import Recording

__all__ = ["edf_bytes", "write_edf"]


def edf_bytes(recording: Recording) -> bytes:
    """Return the recording as the bytes of an EDF file, for storage that encrypts."""
    raise NotImplementedError


def write_edf(recording: Recording, path: Path) -> None:
    """Write the recording as EDF."""
    raise NotImplementedError
