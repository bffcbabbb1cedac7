"""Channel names of the wild: what they are taken for."""

from __future__ import annotations

import pytest

from karmalink.errors import UnknownName
from karmalink.night.recordings.channels import KINDS, ChannelName, identify, kind_named

NAMES = {
    "EOG E1-M2": ChannelName("eog", "", "M2"),
    "C3-A2": ChannelName("eeg", "C3", "M2"),
    "Fpz-Cz": ChannelName("eeg", "Fpz", "Cz"),
    "EEG Fpz-Cz": ChannelName("eeg", "Fpz", "Cz"),
    "EEG F4-A1": ChannelName("eeg", "F4", "M1"),
    "C4:M1": ChannelName("eeg", "C4", "M1"),
    "C4M1": ChannelName("eeg", "C4", "M1"),
    "EEG C3-Ref": ChannelName("eeg", "C3", "stated nowhere"),
    "EEG C3-LE": ChannelName("eeg", "C3", "M1M2"),
    "PSG_F3": ChannelName("eeg", "F3"),
    "AF7": ChannelName("eeg", "AF7"),
    "HB_1": ChannelName("eeg"),
    "EEG(sec)": ChannelName("eeg"),
    "Left Eye-A2": ChannelName("eog", "", "M2"),
    "EOG horizontal": ChannelName("eog"),
    "EOG(L)": ChannelName("eog"),
    "LOC-A2": ChannelName("eog", "", "M2"),
    "Chin": ChannelName("emg"),
    "EMG-CHIN": ChannelName("emg"),
    "EMG submental": ChannelName("emg"),
    "Chin1-Chin2": ChannelName("emg"),
    "EMG (L Leg)": ChannelName("leg"),
    "LEG/L": ChannelName("leg"),
    "ECG": ChannelName("ecg"),
    "SaO2": ChannelName("spo2"),
    "PULSE": ChannelName("pulse"),
    "NAF1": ChannelName("resp"),
    "THOR RES": ChannelName("resp"),
    "Resp oro-nasal": ChannelName("resp"),
    "POS": ChannelName("position"),
    "PHONO": ChannelName("snore"),
    "Temp rectal": ChannelName("temp"),
    "HB_IMU_1": ChannelName("motion"),
    "hypnogram_aut": ChannelName("score"),
    "Event marker": ChannelName("score"),
    "Status": ChannelName("trigger"),
    "M1": ChannelName("reference"),
    "abc": ChannelName("unknown"),
    "": ChannelName("unknown"),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_tells_kind_site_and_reference(name: str) -> None:
    assert identify(name) == NAMES[name]


@pytest.mark.parametrize("name", NAMES)
def test_case_and_blanks_around_a_name_do_not_count(name: str) -> None:
    assert identify(f"  {name.lower()} ") == NAMES[name]


def test_every_kind_found_is_described() -> None:
    assert {found.kind for found in NAMES.values()} <= set(KINDS)


def test_a_kind_a_person_misspells_is_answered_with_the_nearest() -> None:
    assert kind_named(" EEG ") == "eeg"
    with pytest.raises(UnknownName, match="no kind of channel is called 'egg'"):
        kind_named("egg")
