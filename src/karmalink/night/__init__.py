"""The night room: from a recording to a scored night. Pure: files or arrays in, results out; it knows no study.

recording = kl.night.read_recording("night.edf")
report = kl.night.examine(recording)          # the doctor: what was found, what was mended
hypnogram = kl.night.stage(report.recording)  # stages with probabilities
summary = kl.night.summarise(hypnogram)       # the night in figures
"""

from __future__ import annotations

import importlib
from typing import Any

# One row per public name: the module it lives in.
_HOMES = {
    "Agreement": "agreement",
    "Annotation": "annotations",
    "CALIBRATIONS": "calibration",
    "CHECKS": "doctor",
    "Calibration": "calibration",
    "Channel": "recording",
    "Condition": "rules",
    "DETECTORS": "detectors",
    "DoctorReport": "findings",
    "EventAgreement": "events",
    "Events": "events",
    "Finding": "findings",
    "FoundEvents": "detectors",
    "Goal": "rulesearch",
    "Hypnogram": "hypnogram",
    "Interval": "intervals",
    "Montage": "montage",
    "Parting": "parting",
    "READERS": "readers",
    "RECORDING_WRITERS": "recordingwrite",
    "Recording": "recording",
    "Replay": "replays",
    "ReplayNight": "firing",
    "Rule": "rules",
    "RuleSearch": "rulesearch",
    "SCORE_FORMATS": "scorefile",
    "SCORE_WRITERS": "scorewrite",
    "STAGERS": "stagers",
    "STAGES": "stages",
    "ScorerAgreement": "scorers",
    "SimulatedNight": "simulate",
    "SleepSummary": "summary",
    "UNSCORED": "stages",
    "VOCABULARIES": "stages",
    "Vote": "voting",
    "abstain": "abstaining",
    "agree": "agreement",
    "agree_events": "events",
    "compare_scorers": "scorers",
    "consensus": "hypnodensity",
    "edf_bytes": "edfwrite",
    "events_rows": "write",
    "events_sidecar": "write",
    "examine": "doctor",
    "find_arousals": "arousals",
    "find_events": "detectors",
    "find_eye_movements": "eyes",
    "find_eye_signals": "eyes",
    "find_slow_waves": "slowwaves",
    "find_spindles": "spindles",
    "fit_temperature": "calibration",
    "frontier": "rulesearch",
    "identify": "channels",
    "learn_fusion": "fusion",
    "look_first": "abstaining",
    "oracle": "rulesearch",
    "pick_montage": "montage",
    "plant_night": "simulate",
    "probability_grid": "rulegrid",
    "read_annotations": "annotations",
    "read_events": "scorefile",
    "read_hypnogram": "scorefile",
    "read_recording": "readers",
    "read_recording_bytes": "readers",
    "read_replay_nights": "replayfiles",
    "read_rules": "rules",
    "rem_periods": "remperiods",
    "replay": "replays",
    "risk_coverage": "abstaining",
    "rule_grid": "rulegrid",
    "search_rules": "rulesearch",
    "simulate_night": "simulate",
    "stage": "stagers",
    "summarise": "summary",
    "vote": "voting",
    "write_edf": "edfwrite",
    "write_events": "write",
    "write_hypnogram": "scorewrite",
    "write_recording": "recordingwrite",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'karmalink.night' has no attribute {name!r}")
    return getattr(importlib.import_module(f"karmalink.night.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
