"""The doctor looks at a recording before anything is scored."""

from __future__ import annotations

from collections.abc import Callable, Collection

from karmalink.night.findings import DoctorReport
from karmalink.night.recording import Recording

__all__ = ["examine"]


def examine(
    recording: Recording,
    *,
    overrule: Collection[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> DoctorReport:
    """Look at a recording, mend what can be mended, and say so.

    Parameters
    ----------
    recording : Recording
        As read.
    overrule : collection of str
        Rulings ``check[:channel][=value]``, as each finding offers them.
    progress : callable, optional
        Called with (channels done, channels in all).
    """
    raise NotImplementedError
