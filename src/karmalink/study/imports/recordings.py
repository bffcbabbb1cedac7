"""Import of one recording of one person, with its hypnogram if there is one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from karmalink.errors import UsageError
from karmalink.study.imports.options import Options

if TYPE_CHECKING:
    from karmalink.study.records.records import Added
    from karmalink.study.study import Study

__all__ = ["add_recording"]


def add_recording(
    study: Study, path: Path, options: Options, progress: Callable[[int, int], None] | None = None
) -> tuple[Added, tuple[str, ...]]:
    """Read a recording, examine it, and store it; return what was added and the doctor's findings.

    Parameters
    ----------
    study : Study
        Open for writing.
    path : Path
        The recording.
    options : Options
        The sleeper, and the hypnogram.
    progress : callable, optional
        Called with (bytes stored, bytes in all).

    Raises
    ------
    UsageError
        The sleeper is not given.
    ReadError
        It is not a recording, or is truncated.
    UnknownName, ConsentMissing, Duplicate
        The sleeper is not in the study or has not agreed; the identifier is another recording's.
    """
    from karmalink.night import examine, read_recording

    if not options.person:
        raise UsageError("--person is missing", where=path, rule="a recording does not say whose it is")
    name = options.id or path.stem
    recording = read_recording(path)
    report = examine(recording)
    added = study.nights.add(
        options.person,
        path,
        id=name,
        recording=report.recording,
        doctor=report,
        progress=progress,
        **_scored(report.recording, options),
    )
    return added, tuple(str(finding) for finding in report.findings)


def _scored(recording: Any, options: Options) -> dict[str, Any]:
    """Return the hypnogram of a recording and its summary: from a file, staged now, or none."""
    from karmalink.night import read_hypnogram, stage, summarise

    if options.hypnogram is not None and options.score:
        raise UsageError("--hypnogram and --score are both given", rule="a night has a hypnogram or is scored now")
    if options.hypnogram is not None:
        hypnogram = read_hypnogram(options.hypnogram, vocabulary=options.vocabulary or None)
    elif options.score:
        hypnogram = stage(recording)
    else:
        return {}
    return {"hypnogram": hypnogram, "summary": summarise(hypnogram)}
