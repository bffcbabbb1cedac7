"""The tables of a BIDS dataset, column by column, and the words that BIDS and HED SCORE use for ours."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from karmalink.night.hypnograms.hypnogram import DECIDED
from karmalink.night.hypnograms.stages import HED_TAGS, HED_VERSION
from karmalink.study.exports.tsv import TsvColumn

__all__ = [
    "ACCOUNTS",
    "ACCOUNT_TEXT",
    "BIDS_VERSION",
    "CHANNELS",
    "CHANNEL_TYPES",
    "EVENTS",
    "HED_VERSION",
    "PARTICIPANTS",
    "PHENOTYPE",
    "SCANS",
    "SESSIONS",
]

BIDS_VERSION = "1.11.1"
# HED_VERSION carries the standard schema in itself. The official validator bundles this version: no network is needed.

_STAGES = {
    "W": "wake",
    "N1": "non-REM 1",
    "N2": "non-REM 2",
    "N3": "non-REM 3",
    "R": "REM",
}
EVENTS = (
    TsvColumn("onset", "Seconds from the first sample of the recording", units="s"),
    TsvColumn("duration", "Length; 0 for an awakening", units="s"),
    TsvColumn(
        "trial_type",
        "What the row is",
        levels={
            "sleep_stage": "one scored epoch",
            "awakening": "the sleeper was woken or woke",
            "gap": "nothing was recorded, or nothing that can be used; the signals are 0 there",
        },
        # Without a tag of its own an awakening would be read as an epoch of the stage it came from.
        hed={"awakening": "Awakening"},
    ),
    TsvColumn(
        "stage", "Stage by the AASM manual; of an awakening the stage just before it", levels=_STAGES, hed=HED_TAGS
    ),
    TsvColumn("scorer", "Who or what scored"),
    TsvColumn("confidence", "Probability of the stage, 0 to 1; calibrated where there are calibrated probabilities"),
    TsvColumn("decided_by", "What decided the stage", levels=dict(DECIDED)),
    *(
        TsvColumn(f"p_{stage}", f"Probability of {word} by which the stage was chosen, 0 to 1")
        for stage, word in _STAGES.items()
    ),
    *(TsvColumn(f"calibrated_{stage}", f"Calibrated probability of {word}, 0 to 1") for stage, word in _STAGES.items()),
    TsvColumn("channel", "Of a gap: the channel; n/a where it is all of them"),
    TsvColumn("awakening", "Of an awakening: its number, as in the accounts"),
    TsvColumn("rule", "Of an awakening: the rule that woke the sleeper"),
)

CHANNELS = (
    TsvColumn("name", ""),
    TsvColumn("type", ""),
    TsvColumn("units", ""),
    TsvColumn("sampling_frequency", ""),
    TsvColumn("reference", ""),
    TsvColumn("status", ""),
)

# Kinds of the night room → channel types of BIDS. The words on the right are the specification's.
CHANNEL_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "eeg": "EEG",
        "eog": "EOG",
        "emg": "EMG",
        "leg": "EMG",
        "ecg": "ECG",
        "resp": "RESP",
        "pulse": "PPG",
        "temp": "TEMP",
        "reference": "REF",
        "trigger": "TRIG",
        "snore": "AUDIO",
    }
)

PARTICIPANTS = (
    TsvColumn("participant_id", "Pseudonym, random; the study keeps the key"),
    TsvColumn("age", "Years, at the participant's first night or account; 89 stands for 89 and more", units="year"),
    TsvColumn("group", "As whom they take part", levels={"adult": "adult", "minor": "minor"}),
)

SESSIONS = (
    TsvColumn("session_id", "One night"),
    TsvColumn(
        "acq_time", "Evening of the night, moved by whole weeks into 1910 and later: weekdays and distances are true"
    ),
    TsvColumn("day", "Nights since the participant's first", units="day"),
)

SCANS = (
    TsvColumn("filename", "The recording, relative to this file"),
    TsvColumn("acq_time", "First sample; the day is moved like the session's, the time of day is true"),
)

ACCOUNTS = (
    TsvColumn("account", "Number of the account among the participant's"),
    TsvColumn(
        "date_means",
        "What its date stood for",
        levels={
            "night_of": "the evening on which the night began",
            "morning_of": "the morning on which it ended",
            "unknown": "not known: the session may be off by one night",
        },
    ),
    TsvColumn("language", "IETF language tag"),
    TsvColumn("characters", "Length of the account in Unicode characters"),
    TsvColumn("awakening", "Number of the awakening at which it was given, as in the events"),
    TsvColumn("awakening_time", "Time of day of that awakening, HH:MM:SS"),
    TsvColumn("stage", "Stage just before that awakening", levels=_STAGES),
    TsvColumn("confidence", "Probability of that stage, 0 to 1"),
)
ACCOUNT_TEXT = TsvColumn(
    "text", r"The words of the account; tab, line break, quotation mark and backslash are written \t, \n, \", \\"
)

# The official validator wants one row a participant in phenotype/: the accounts themselves are in each session's beh/.
PHENOTYPE = (
    TsvColumn("participant_id", "Pseudonym"),
    TsvColumn("accounts", "Number of accounts in this dataset"),
    TsvColumn("accounts_dated", "Of these, dated to the day"),
    TsvColumn("accounts_with_stage", "Of these, given at an awakening whose stage is known"),
    TsvColumn("first_day", "Night of the first account, in nights since the participant's first", units="day"),
    TsvColumn("last_day", "Night of the last account, in nights since the participant's first", units="day"),
    TsvColumn("median_characters", "Median length of an account in Unicode characters"),
)
