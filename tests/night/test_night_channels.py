"""Channel names of the wild: what they are taken for."""

from __future__ import annotations

import numpy as np
import pytest

from karmalink.errors import UnknownName
from karmalink.night import Montage, Recording, pick_montage
from karmalink.night.recordings.channels import (
    KINDS,
    ChannelName,
    identify,
    is_bare_electrode,
    is_left,
    kind_named,
)

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
    "C4_M1": ChannelName("eeg", "C4", "M1"),
    "Fz_AVG": ChannelName("eeg", "Fz", "average"),
    "EEG_C4_M1": ChannelName("eeg", "C4", "M1"),
    "EEG C4 (M1)": ChannelName("eeg", "C4", "M1"),
    "C3-(A2)": ChannelName("eeg", "C3", "M2"),
    "C4-(A1+A2)": ChannelName("eeg", "C4", "M1M2"),
    "EEG C3-CLE": ChannelName("eeg", "C3", "M1M2"),
    "EEG C3-LER": ChannelName("eeg", "C3", "M1M2"),
    "EEGC3-A2": ChannelName("eeg", "C3", "M2"),
    "EEG FpzCz": ChannelName("eeg", "Fpz", "Cz"),
    "CZ2-A1": ChannelName("eeg", "Cz", "M1"),
    "C3-M2-0": ChannelName("eeg", "C3", "M2"),
    "RAW_TP9": ChannelName("eeg", "TP9"),
    "E-1": ChannelName("eog"),
    "EOG_LOC_M2": ChannelName("eog", "", "M2"),
    "ROC-LOC": ChannelName("eog", "", "LOC"),
    "LEOG-A2": ChannelName("eog", "", "M2"),
    "abc": ChannelName("unknown"),
    "": ChannelName("unknown"),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_tells_kind_site_and_reference(name: str) -> None:
    assert identify(name) == NAMES[name]


@pytest.mark.parametrize("name", NAMES)
def test_case_and_blanks_around_a_name_do_not_count(name: str) -> None:
    assert identify(f"  {name.lower()} ") == NAMES[name]


# Archive → the names of its channels, and what they are.
ARCHIVES: dict[str, dict[str, str]] = {
    "SHHS": {
        "eeg": "EEG; EEG(sec); EEG2; EEG 2; EEG sec",
        "eog": "EOG(L); EOG(R)",
        "emg": "EMG",
        "resp": "THOR RES; ABDO RES; NEW AIR; NEWAIR; AIRFLOW",
        "spo2": "SaO2; OX stat",
        "pulse": "H.R.",
    },
    "MESA": {
        "eeg": "EEG1; EEG3",
        "eog": "EOG-L; EOG-R",
        "leg": "Leg",
        "resp": "Flow; Thor; Abdo; Therm",
        "spo2": "OxStatus; SpO2",
        "pulse": "Pleth; HR; DHR",
        "ecg": "EKG",
    },
    "MrOS": {
        "eog": "LOC; ROC",
        "emg": "L Chin; R Chin",
        "leg": "Leg L; Leg R",
        "ecg": "ECG L",
        "resp": "Cannula Flow; SUM",
    },
    "CFS": {
        "emg": "EMG1; EMG2; EMG3",
        "leg": "L Leg; R Leg",
        "resp": "THOR EFFORT; NASAL PRES",
        "pulse": "PlethWV; HRate",
    },
    "CHAT": {"emg": "Lchin; Rchin; Cchin", "leg": "Lleg1; Rleg2", "resp": "Abd; Cannulaflow; Capno; EtCO2"},
    "WSC": {"eeg": "C3_M2; O1_M2", "emg": "chin; cchin_l; rchin_l", "leg": "lleg_r; leg", "resp": "nas_pres; thorax"},
    "STAGES": {
        "eeg": "EEG_C3_M2",
        "eog": "EOG_LOC_M2; EOG_ROC_M2",
        "emg": "EMG_Chin",
        "leg": "Leg_1",
        "snore": "Snore_dB",
    },
    "CAP": {
        "eeg": "Fp2-F4; C4-A1",
        "eog": "ROC-LOC; LOC-ROC; EOG dx; EOG sin",
        "emg": "EMG1-EMG2",
        "leg": "Dx1-DX2; SX1-SX2; TIB Dx; TIB Sx; deltoide",
        "ecg": "ECG1-ECG2",
        "resp": "TERMISTORE; TORACE; ADDOME; flusso; toracico; addominale",
        "position": "Posizione",
    },
    "MASS": {
        "eeg": "EEG C3-CLE; EEG Fz-LER",
        "eog": "EOG Left Horiz; EOG Upper Vertic",
        "emg": "EMG Chin1; EMG Menton",
        "leg": "EMG Ant Tibial L; EMG Tibial G; Jambe G",
        "ecg": "ECG ECGI",
        "resp": "Resp Belt Abdo",
    },
    "SSC": {"eog": "LEOG-A2; REOG-A1", "emg": "CHIN", "leg": "LLEG"},
    "UCD": {
        "eog": "Lefteye; RightEye",
        "eeg": "C3A2; C4A1",
        "resp": "ribcage; abdo",
        "position": "BodyPos",
        "snore": "Sound",
    },
    "DREAMS": {"eeg": "FP1-A2; CZ2-A1", "eog": "EOG1-A2; EOG2", "emg": "EMG1", "resp": "VTH; VAB; PCPAP"},
    "exporters": {
        "eeg": "EEG Ch1; EEG-CH 2; EEG L",
        "eog": "E-1; E-2; L-EOG; R-EOG; EOG_L; EOG_LEFT; LEFT EOG; EEG EOG1; EYE_R",
        "emg": "ChinEMG; chin EMG; Chin-L; Chin(L); EMG_CHIN; Menton; EMG Kinn; Kinn; Mento",
        "leg": "EMG LLEG-RLEG; EMG LLEG+-LLEG-; TIB DX; EMG.L.Leg; Tib.ant. L; PLMl; LAT; EMG RAT; Bein li; Gamba sx",
        "reference": "EEG A1; M2; Mastoid L",
        "ecg": "EEG ECG; ECG II",
        "resp": "EMG intercostal; Atmung; Chest Belt",
    },
}


@pytest.mark.parametrize("archive", ARCHIVES)
def test_the_names_of_an_archive_tell_what_they_are(archive: str) -> None:
    wrong = {
        name: identify(name).kind
        for kind, names in ARCHIVES[archive].items()
        for name in names.split("; ")
        if identify(name).kind != kind
    }
    assert not wrong


LEFT = (
    "EOG_L; L-EOG; E-1; E1; LOC; LOC-A2; LOC-ROC; EOG1-A2; LEOG-A2; Lefteye; EOG(L); EOG-L; EOG_LOC_M2; EOG links; "
    "EOG sin; EOG G; EOG E1-M2; Left Eye-A2; EOG gauche; EOG Left Horiz; EOG IZQ; EOGL"
)
RIGHT = (
    "EOG_R; R-EOG; E-2; E2; ROC; ROC-A1; ROC-LOC; EOG2-A1; REOG-A1; RightEye; EOG(R); EOG_ROC_M1; EOG rechts; EOG dx; "
    "EOG D; EOG E2-M1; EOG 2; EOGR"
)


def test_the_left_eye_is_known_by_its_name_and_not_by_its_reference() -> None:
    assert [name for name in LEFT.split("; ") if not is_left(name)] == []
    assert [name for name in RIGHT.split("; ") if is_left(name)] == []


def test_an_electrode_that_names_no_reference_is_bare() -> None:
    for name in ("E1", "E-1", "L-EOG", "EOG_L", "LOC", "EOG1", "C3", "EEG C4", "Left Eye"):
        assert is_bare_electrode(name), name
    for name in ("E1-M2", "C3-A2", "EOG horizontal", "EEG", "EEG Fpz-Cz", "EMG chin", "C3-X9"):
        assert not is_bare_electrode(name), name


def test_the_chin_is_scored_and_not_the_leg() -> None:
    names = ["EEG C4_M1", "EOG_R", "EOG_L", "EMG LLEG-RLEG", "EMG Menton"]
    recording = Recording.from_array(np.zeros((5, 100)), names, 100)
    assert pick_montage(recording) == Montage("EEG C4_M1", "EOG_L", "EMG Menton")


def test_every_kind_found_is_described() -> None:
    assert {found.kind for found in NAMES.values()} <= set(KINDS)


def test_a_kind_a_person_misspells_is_answered_with_the_nearest() -> None:
    assert kind_named(" EEG ") == "eeg"
    with pytest.raises(UnknownName, match="no kind of channel is called 'egg'"):
        kind_named("egg")
