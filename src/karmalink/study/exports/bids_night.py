"""One recording of a BIDS dataset: EDF, sidecar, channels, events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from karmalink.study.exports import bids_columns as tables
from karmalink.study.exports.people import ExportNight
from karmalink.study.exports.signals import anonymous, edf_of
from karmalink.study.exports.tsv import PlannedFiles, json_file, table

if TYPE_CHECKING:
    from karmalink.night import Channel, Hypnogram, Recording

__all__ = ["plan_night"]

_JOINED_S = 1.0  # gaps of one channel that are closer than this are one event


def plan_night(night: ExportNight, folder: Path, stem: str, *, code: str) -> PlannedFiles:
    """Return the files of one recording: EDF, sidecar, channels, events.

    Parameters
    ----------
    night : ExportNight
        The recording with its score and awakenings.
    folder : Path
        The session's ``eeg/``, relative to the export.
    stem : str
        ``sub-…_ses-…_task-…_run-…``
    code : str
        The participant's pseudonym, for the header of the EDF.
    """
    edf = folder / f"{stem}_eeg.edf"
    events = folder / f"{stem}_events.tsv"
    names = (edf, edf.with_suffix(".json"), folder / f"{stem}_channels.tsv", events, events.with_suffix(".json"))

    def write(dest: Path) -> None:
        from karmalink.night.recordings.recording import missing_stretches

        (dest / folder).mkdir(parents=True, exist_ok=True)
        with night.open() as recording:
            out = anonymous(recording, stem, night.start or recording.start)
            (dest / edf).write_bytes(edf_of(out, code))
            rows = sorted(
                _event_rows(night, missing_stretches(replace(recording, channels=out.channels), joined_s=_JOINED_S)),
                key=lambda row: (row["onset"], row["duration"]),
            )
        rest = json_file(names[1], _sidecar(out)) + _channels(out, names[2]) + table(events, tables.EVENTS, rows)
        rest.write(dest)

    return PlannedFiles(names, write)


def _sidecar(recording: Recording) -> dict[str, Any]:
    kinds = [_type(channel) for channel in recording.channels]
    references = sorted({channel.reference for channel in recording.of_kind("eeg") if channel.reference})
    counted = ("EEG", "EOG", "ECG", "EMG")
    return {
        "TaskName": "sleep",
        "TaskDescription": "Sleeping, with awakenings where the events say so",
        "SamplingFrequency": recording.sfreq,
        "RecordingDuration": round(recording.duration_s, 3),
        "RecordingType": "continuous",
        "EEGReference": ", ".join(references) or "n/a",
        "EEGGround": "n/a",
        "EEGPlacementScheme": "10-20",
        "PowerLineFrequency": "n/a",
        "SoftwareFilters": "n/a",
        "HardwareFilters": "n/a",
        **{f"{kind}ChannelCount": kinds.count(kind) for kind in counted},
        "TriggerChannelCount": kinds.count("TRIG"),
        "MISCChannelCount": len(kinds) - sum(kinds.count(kind) for kind in (*counted, "TRIG")),
    }


def _type(channel: Channel) -> str:
    return tables.CHANNEL_TYPES.get(channel.kind, "MISC")


def _channels(recording: Recording, path: Path) -> PlannedFiles:
    rows = [
        {
            "name": channel.name,
            "type": _type(channel),
            "units": "uV" if channel.in_volts else channel.unit_as_read,
            "sampling_frequency": channel.sfreq,
            "reference": channel.reference,
            "status": "good" if channel.usable else "bad",
        }
        for channel in recording.channels
    ]
    return table(path, tables.CHANNELS, rows)


def _event_rows(night: ExportNight, gaps: Sequence[tuple[float, float, str]]) -> list[dict[str, Any]]:
    stages = [] if night.hypnogram is None else _stage_rows(night.hypnogram)
    awakenings = [
        {
            "onset": awakening.onset_s,
            "duration": 0.0,
            "trial_type": "awakening",
            "stage": awakening.stage,
            "confidence": awakening.confidence,
            "awakening": awakening.label,
            "rule": awakening.rule,
        }
        for awakening in night.awakenings
        if awakening.onset_s is not None
    ]
    missing = [
        {"onset": first, "duration": last - first, "trial_type": "gap", "channel": channel}
        for first, last, channel in gaps
    ]
    return [*stages, *awakenings, *missing]


def _stage_rows(hypnogram: Hypnogram) -> list[dict[str, Any]]:
    """Return one row per epoch; the stage of an unscored one is ``n/a``."""
    from karmalink.night import STAGES, UNSCORED
    from karmalink.night.hypnograms.hypnogram import decided_by, tables_of

    probabilities, decided = tables_of(hypnogram), decided_by(hypnogram)
    end = hypnogram.offset_s + hypnogram.duration_s
    rows = []
    for epoch, (onset, label) in enumerate(zip(hypnogram.onsets_s(), hypnogram.labels, strict=True)):
        code = int(hypnogram.stages[epoch])
        row = {
            "onset": float(onset),
            "duration": min(hypnogram.epoch_s, end - float(onset)),
            "trial_type": "sleep_stage",
            "stage": None if code == UNSCORED else label,
            "scorer": hypnogram.scorer,
        }
        if probabilities and code != UNSCORED:
            for prefix, held in probabilities.items():
                row |= {f"{prefix}{stage}": float(held[epoch, at]) for at, stage in enumerate(STAGES)}
            row |= {"confidence": float(hypnogram.confidence[epoch]), "decided_by": decided[epoch]}
        rows.append(row)
    return rows
