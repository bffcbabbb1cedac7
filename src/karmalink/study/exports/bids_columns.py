"""The tables of a BIDS dataset, column by column, and the words that BIDS and HED SCORE use for ours."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from karmalink.night.hypnograms.stages import HED_TAGS, HED_VERSION
from karmalink.study.exports.tsv import Column

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
    Column("onset", "Seconds from the first sample of the recording", units="s"),
    Column("duration", "Length; 0 for an awakening", units="s"),
    Column(
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
    Column("stage", "Stage by the AASM manual; of an awakening the stage just before it", levels=_STAGES, hed=HED_TAGS),
    Column("scorer", "Who or what scored"),
    Column("confidence", "Probability that the scorer gives the stage, 0 to 1"),
    *(Column(f"p_{stage}", f"Probability that the scorer gives to {word}, 0 to 1") for stage, word in _STAGES.items()),
    Column("channel", "Of a gap: the channel; n/a where it is all of them"),
    Column("awakening", "Of an awakening: its number, as in the accounts"),
    Column("rule", "Of an awakening: the rule that woke the sleeper"),
)

CHANNELS = (
    Column("name", ""),
    Column("type", ""),
    Column("units", ""),
    Column("sampling_frequency", ""),
    Column("reference", ""),
    Column("status", ""),
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
    Column("participant_id", "Pseudonym, random; the study keeps the key"),
    Column("age", "Years, at the participant's first night or account; 89 stands for 89 and more", units="year"),
    Column("group", "As whom they take part", levels={"adult": "adult", "minor": "minor"}),
)

SESSIONS = (
    Column("session_id", "One night"),
    Column(
        "acq_time", "Evening of the night, moved by whole weeks into 1910 and later: weekdays and distances are true"
    ),
    Column("day", "Nights since the participant's first", units="day"),
)

SCANS = (
    Column("filename", "The recording, relative to this file"),
    Column("acq_time", "First sample; the day is moved like the session's, the time of day is true"),
)

ACCOUNTS = (
    Column("account", "Number of the account among the participant's"),
    Column(
        "date_means",
        "What its date stood for",
        levels={
            "night_of": "the evening on which the night began",
            "morning_of": "the morning on which it ended",
            "unknown": "not known: the session may be off by one night",
        },
    ),
    Column("language", "IETF language tag"),
    Column("characters", "Length of the account in Unicode characters"),
    Column("awakening", "Number of the awakening at which it was given, as in the events"),
    Column("awakening_time", "Time of day of that awakening, HH:MM:SS"),
    Column("stage", "Stage just before that awakening", levels=_STAGES),
    Column("confidence", "Probability of that stage, 0 to 1"),
)
ACCOUNT_TEXT = Column(
    "text", r"The words of the account; tab, line break, quotation mark and backslash are written \t, \n, \", \\"
)

# The official validator wants one row a participant in phenotype/: the accounts themselves are in each session's beh/.
PHENOTYPE = (
    Column("participant_id", "Pseudonym"),
    Column("accounts", "Number of accounts in this dataset"),
    Column("accounts_dated", "Of these, dated to the day"),
    Column("accounts_with_stage", "Of these, given at an awakening whose stage is known"),
    Column("first_day", "Night of the first account, in nights since the participant's first", units="day"),
    Column("last_day", "Night of the last account, in nights since the participant's first", units="day"),
    Column("median_characters", "Median length of an account in Unicode characters"),
)
