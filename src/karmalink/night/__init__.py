"""The night room: from a recording to a scored night. Pure: files or arrays in, results out; it knows no study.

recording = kl.night.read_recording("night.edf")
report = kl.night.examine(recording)          # the doctor: what was found, what was corrected
hypnogram = kl.night.stage(report.recording)  # stages with probabilities
summary = kl.night.summarise(hypnogram)       # the night in figures
"""

from __future__ import annotations

import importlib
from typing import Any

# One row per public name: the module it lives in.
_HOMES = {
    "Agreement": "agreement.scorers",
    "Annotation": "recordings.annotations",
    "CALIBRATIONS": "staging.confidence",
    "CHECKS": "doctor.examination",
    "ConfidenceCalibration": "staging.confidence",
    "Channel": "recordings.recording",
    "Condition": "wake_rules.rules",
    "DETECTORS": "events.detectors",
    "DoctorReport": "doctor.findings",
    "EventAgreement": "events.events",
    "Events": "events.events",
    "Finding": "doctor.findings",
    "DetectedEvents": "events.detectors",
    "Goal": "wake_rules.rule_search",
    "Hypnogram": "hypnograms.hypnogram",
    "Interval": "agreement.scorers",
    "Montage": "recordings.montage",
    "Disagreement": "agreement.hypnodensity",
    "READERS": "recordings.formats",
    "RECORDING_WRITERS": "recordings.formats",
    "Recording": "recordings.recording",
    "Replay": "wake_rules.replays",
    "ReplayNight": "wake_rules.triggers",
    "Rule": "wake_rules.rules",
    "RuleSearch": "wake_rules.rule_search",
    "SCORE_FORMATS": "hypnograms.formats",
    "SCORE_WRITERS": "hypnograms.formats",
    "STAGERS": "staging.stagers",
    "STAGES": "hypnograms.stages",
    "ScorerAgreement": "agreement.scorers",
    "SimulatedNight": "simulation.simulated_night",
    "SleepSummary": "summary",
    "UNSCORED": "hypnograms.stages",
    "VOCABULARIES": "hypnograms.stages",
    "Vote": "staging.voting",
    "abstain": "staging.abstention",
    "agree": "agreement.scorers",
    "agree_events": "events.events",
    "compare_scorers": "agreement.scorers",
    "consensus": "agreement.hypnodensity",
    "edf_bytes": "recordings.edf_writer",
    "events_rows": "hypnograms.bids_events",
    "events_sidecar": "hypnograms.bids_events",
    "examine": "doctor.examination",
    "find_arousals": "events.arousals",
    "find_events": "events.detectors",
    "find_eye_movements": "events.eye_movements",
    "find_eye_signals": "events.eye_movements",
    "find_slow_waves": "events.slow_waves",
    "find_spindles": "events.spindles",
    "fit_temperature": "staging.confidence",
    "frontier": "wake_rules.rule_search",
    "identify": "recordings.channels",
    "learn_fusion": "wake_rules.fusion",
    "epochs_to_review": "staging.abstention",
    "oracle": "wake_rules.rule_search",
    "pick_montage": "recordings.montage",
    "plant_night": "simulation.simulated_night",
    "probability_grid": "wake_rules.rules",
    "read_annotations": "recordings.annotations",
    "read_events": "hypnograms.formats",
    "read_hypnogram": "hypnograms.formats",
    "read_recording": "recordings.formats",
    "read_recording_bytes": "recordings.formats",
    "read_replay_nights": "wake_rules.files",
    "read_rules": "wake_rules.rules",
    "rem_periods": "wake_rules.replays",
    "replay": "wake_rules.replays",
    "risk_coverage": "staging.abstention",
    "rule_grid": "wake_rules.rules",
    "search_rules": "wake_rules.rule_search",
    "simulate_night": "simulation.simulated_night",
    "stage": "staging.stagers",
    "summarise": "summary",
    "vote": "staging.voting",
    "write_edf": "recordings.edf_writer",
    "write_events": "hypnograms.bids_events",
    "write_hypnogram": "hypnograms.formats",
    "write_recording": "recordings.formats",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'karmalink.night' has no attribute {name!r}")
    return getattr(importlib.import_module(f"karmalink.night.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
