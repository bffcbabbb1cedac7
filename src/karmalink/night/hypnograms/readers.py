"""Hypnograms from files of any known form: the ending says which, and where an ending has several, the first lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from karmalink.errors import ReadError, describe
from karmalink.night.hypnograms.edf_stages import read_stage_annotations
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.json_files import read_stage_json
from karmalink.night.hypnograms.tables import read_events
from karmalink.night.hypnograms.text_lists import looks_like_latencies, read_latencies, read_remlogic, read_stage_list
from karmalink.night.hypnograms.xml_files import read_profusion
from karmalink.night.text_files import decoded

__all__ = ["SCORE_FORMATS", "ScoreFormat", "read_events", "read_hypnogram", "read_stage_list"]

_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class ScoreFormat:
    """One form of a score file.

    Attributes
    ----------
    title : str
        What it is called.
    endings : tuple of str
        Of its names.
    looks : callable
        Head of the file as text → whether it is this form; asked in the order of `SCORE_FORMATS`.
    read : callable
        ``read(path, epoch_s=…, vocabulary=…, column=…) -> Hypnogram``; None leaves it to the form.
    """

    title: str
    endings: tuple[str, ...]
    looks: Callable[[str], bool]
    read: Callable[..., Hypnogram]


def _any(head: str) -> bool:
    del head
    return True


SCORE_FORMATS: tuple[ScoreFormat, ...] = (
    ScoreFormat("EDF+ annotations", (".edf", ".bdf"), _any, read_stage_annotations),
    ScoreFormat("Profusion or NSRR XML", (".xml",), _any, read_profusion),
    ScoreFormat("JSON of stages", (".json",), _any, read_stage_json),
    ScoreFormat("RemLogic events", (".txt",), lambda head: head.startswith("RemLogic Event Export"), read_remlogic),
    ScoreFormat("seconds and stages", (".txt",), looks_like_latencies, read_latencies),
    ScoreFormat("a stage per line", (".txt", ".hyp", ".eannot"), _any, read_stage_list),
    ScoreFormat("a table of events", (".tsv", ".csv"), _any, read_events),
)
"""A new form is one more row."""


def read_hypnogram(
    path: Path | str, *, epoch_s: float | None = None, vocabulary: str | None = None, column: str | None = None
) -> Hypnogram:
    """Read a hypnogram in any of the `SCORE_FORMATS`.

    Parameters
    ----------
    path : path-like
        The file.
    epoch_s : float, optional
        Seconds per epoch, where the file does not say it; by default 30 s, 5 s under a heading ``[Hypnogram]``.
    vocabulary : str, optional
        The words or digits it was written in, a key of `VOCABULARIES`; by default the form's own.
    column : str, optional
        A table's column that holds the stages; by default ``stage``.

    Raises
    ------
    ReadError
        The file is missing, empty, not of the form its ending says, or would have to be shifted to fit.
    InputError
        A label that the vocabulary does not have.
    """
    file = Path(path)
    forms = [form for form in SCORE_FORMATS if file.suffix.lower() in form.endings]
    if epoch_s is not None and not 0 < epoch_s < float("inf"):
        raise ReadError(f"an epoch of {epoch_s} s", where=file, rule="an epoch lasts longer than 0 s")
    if len(forms) > 1:
        head = _head(file)
        forms = [form for form in forms if form.looks(head)]
    if forms:
        return forms[0].read(file, epoch_s=epoch_s, vocabulary=vocabulary, column=column)
    raise ReadError(
        f"no hypnogram is read from files that end in {describe(file.suffix)}",
        where=file,
        allowed=sorted({ending for form in SCORE_FORMATS for ending in form.endings}),
    )


def _head(file: Path) -> str:
    """Return the first lines, or nothing where there is no text: the reader then says what is wrong."""
    if not file.is_file():
        return ""
    with file.open("rb") as stream:
        raw = stream.read(_HEAD_BYTES)
    try:
        return decoded(raw.rpartition(b"\n")[0] or raw, file)
    except ReadError:
        return ""
