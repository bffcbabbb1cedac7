"""What the names of channels tell: kind, electrode and reference.

The names of the wild come from amplifiers, montages and people: ``EOG E1-M2``, ``C3-A2``, ``EEG Fpz-Cz``,
``EEG F4-A1``, ``EMG-CHIN``, ``Left Eye-A2``, ``HB_1``. The tables below say what each word means; code only walks them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from karmalink.errors import UnknownName, describe, suggest

__all__ = ["KINDS", "REFERENCES", "SITES", "ChannelName", "identify", "kind_named"]

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "eeg": "brain, an electrode of the 10-20 system or of a headband",
        "eog": "eyes",
        "emg": "chin or face muscle",
        "leg": "leg muscle",
        "ecg": "heart",
        "resp": "breathing: flow, effort, belts",
        "spo2": "oxygen saturation",
        "pulse": "pulse rate or pulse wave",
        "position": "body position",
        "snore": "snoring or sound",
        "temp": "temperature",
        "light": "light",
        "motion": "acceleration or rotation",
        "score": "somebody's score, stored as a signal",
        "reference": "a reference electrode recorded on its own",
        "trigger": "triggers and status words",
        "unknown": "the name tells nothing",
    }
)
"""Kind of channel → what it records."""

_ROWS = ("Fp", "AF", "F", "FC", "FT", "C", "T", "CP", "TP", "P", "PO", "O", "I")
_ELECTRODES = (
    *(f"{row}{number}" for row in _ROWS for number in range(1, 11)),
    *(f"{row}z" for row in (*_ROWS, "N")),
)
SITES: Mapping[str, str] = MappingProxyType({site.upper(): site for site in _ELECTRODES})
"""Electrodes of the 10-20 and 10-10 systems (Oostenveld & Praamstra 2001): upper case → as it is written."""

# The mastoids go by two names: M of the AASM manual and A (auricular) of the older montages.
REFERENCES: Mapping[str, str] = MappingProxyType(
    {
        **{
            "A1": "M1",
            "A2": "M2",
            "M1": "M1",
            "M2": "M2",
            "A1A2": "M1M2",
            "A1+A2": "M1M2",
            "M1M2": "M1M2",
            "M1+M2": "M1M2",
        },
        **{"LE": "M1M2", "AA": "M1M2", "LER": "M1M2", "AVG": "average", "AV": "average", "CAR": "average"},
        **{"REF": "stated nowhere", "G": "stated nowhere", "G2": "stated nowhere", "0": "stated nowhere"},
    }
)
"""Reference as written → reference as meant; ``A1`` and ``M1`` are the same place."""

_PREFIXES = ("EEG", "PSG", "POL", "EOG", "EMG", "ECG", "EKG", "RESP", "TEMP", "SAO2", "SPO2", "EVENT", "LIGHT", "STI")

# Whole names, as regular expressions. The first kind that has one decides: "EMG (L LEG)" is a leg before it is an EMG,
# "EEG (SEC)" comes last because it says least.
_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "score",
        (r"HYPNO\w*", r"EVENT\w*", "(SLEEP )?STAGES?", "STADE", r"SCOR\w+", "(EVENT )?MARKER", "LIGHTS? (OFF|ON)"),
    ),
    ("trigger", ("STATUS", r"TRIG\w*", r"STI ?\d+", r"DC ?\d+", "BUTTON", r"BATT\w*", r"IMPEDANCE\w*")),
    ("reference", ("[AM][12]", "REF", "GND", "GROUND")),
    ("eog", ("E[12]", "[LR]OC", "[LR] ?EOG", "EOG ?[LR12HV]", "[HV] ?EOG", "EOG", r"EOG\W.*", "L(EFT)? ?EYE")),
    ("eog", ("R(IGHT)? ?EYE", "PG[12]", "[LSI]O[12]", "[HV]EO[GL]?")),
    ("leg", (r"(EMG\W*)?(L|R|LEFT|RIGHT)?\W*(LEGS?|(ANT ?)?TIB\w*|PLM\w*)\W*(L|R|LEFT|RIGHT|\d)?\W*", "[LR]AT")),
    ("emg", (r"EMG\W?\d?", r"EMG\W.*", r"CHIN\W?\w?", "[LRC] ?CHIN", "CHIN ?EMG", r"SUBMENT\w*", r"MENTAL\w*")),
    ("emg", (r"MASSETER\w*",)),
    ("ecg", (r"E[CK]G\W?\w*", "EKG ?[IV]*", "HEART ?SIGNAL")),
    ("spo2", (r"SA?O2\w*", r"SPO2\w*", r"OX ?STAT\w*", "OSAT", r"OXY\w*")),
    ("pulse", (r"PULSE\w*", "PR", "H\\.?R\\.?", "HRATE", "HEART ?RATE", r"PLETH\w*", "PPG", "PTT", r"HB_PULSE\w*")),
    ("resp", (r"RESP\w*( .*)?", ".*FLOW.*", r"NAF\w*", r"NASAL\w*", r"ORAL\w*", "ORONASAL", r"THOR\w*( RES)?", "THO")),
    ("resp", (r"ABD\w*( RES)?", "CHEST", r"BELT\w*", "VAB", "VTH", r"EFFORT\w*", r"THERM\w*", r"CANN?\w*", "NPV")),
    ("resp", ("NEW AIR", "CPAP", r"RIP\w*", r"(E?T)?CO2\w*", r"CAPNO\w*", "PRESSURE")),
    ("position", (r"POS\w*", r"BODY\W?(POS\w*)?", "GRAVITY")),
    ("snore", (r"SNORE?\w*", "PHONO", r"MIC\w*", "SOUND", "AUDIO")),
    ("temp", (r"TEMP\w*( .*)?",)),
    ("light", ("LIGHT", "LUX", r"AMB\w*")),
    ("motion", (r"ACC\w*\W?[XYZ]?", r"GYR\w*\W?[XYZ]?", r"HB_IMU_?\d*", r"IMU\w*", r"ACTI\w*", "D[XYZ]", "MOVEMENT")),
    ("eeg", (r"HB_?\d", r"HEADBAND\W?\w*", "EEG ?[LR]", r"EEG ?\(SEC\)", r"EEG ?\d*", r"EEG(CH)?\d+")),
)
_PATTERNS = tuple((kind, re.compile("|".join(f"(?:{word})" for word in words))) for kind, words in _WORDS)

_EYE_REFERENCES = {"E1", "E2", "LOC", "ROC"}
_GLUED = re.compile(r"([A-Z]{1,2}(?:\d{1,2}|Z))(A1|A2|M1|M2)")


@dataclass(frozen=True, slots=True)
class ChannelName:
    """What a channel's name tells; `site` and `reference` are empty where it does not."""

    kind: str
    site: str = ""
    reference: str = ""


def identify(name: str) -> ChannelName:
    """Return what a channel's name tells.

    Examples
    --------
    >>> identify("EEG C3-A2")
    ChannelName(kind='eeg', site='C3', reference='M2')
    >>> identify("EOG E1-M2").kind, identify("EMG-CHIN").kind, identify("abc").kind
    ('eog', 'emg', 'unknown')
    """
    text = re.sub(r"\s+", " ", name.strip().upper().replace("_REF", "-REF"))
    prefix, rest = _split_prefix(text)
    site, reference = _split_reference(rest)
    if prefix in {"", "EEG", "POL", "PSG"} and site in SITES:
        return ChannelName("eeg", SITES[site], _reference(reference))
    for candidate in dict.fromkeys((text, rest, site)):
        for kind, pattern in _PATTERNS:
            if candidate and pattern.fullmatch(candidate):
                return ChannelName(kind, reference=_reference(reference) if kind in {"eog", "eeg"} else "")
    return ChannelName("unknown")


def kind_named(word: str) -> str:
    """Return a kind of channel a user named.

    Raises
    ------
    UnknownName
        It is none of `KINDS`.
    """
    kind = word.strip().casefold()
    if kind not in KINDS:
        raise UnknownName(
            f"no kind of channel is called {describe(word)}", allowed=sorted(KINDS), next_step=suggest(word, KINDS)
        )
    return kind


def _split_prefix(text: str) -> tuple[str, str]:
    for prefix in _PREFIXES:
        match = re.match(rf"{prefix}[ :_-]+(?=\w)", text)
        if match:
            return prefix, text[match.end() :]
    return "", text


def _split_reference(text: str) -> tuple[str, str]:
    site, _, reference = re.sub(r"\s*[-:/]\s*", "-", text).partition("-")
    glued = _GLUED.fullmatch(site)
    if glued and not reference:  # "C4M1", as some exporters write "C4-M1"
        return glued[1], glued[2]
    return site, reference


def _reference(text: str) -> str:
    return REFERENCES.get(text) or SITES.get(text) or (text if text in _EYE_REFERENCES else "")
