"""What the names of channels tell: kind, electrode and reference.

The names of the wild come from amplifiers, montages, archives and people: ``EOG E1-M2``, ``C3-A2``, ``EEG Fpz-Cz``,
``C4_M1``, ``EEG C3-CLE``, ``EMG-CHIN``, ``Left Eye-A2``, ``EOG_LOC_M2``, ``TIB Dx``, ``HB_1``. The tables below say
what each word means; code only walks them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from karmalink.errors import UnknownName, describe, suggest

__all__ = ["KINDS", "REFERENCES", "SITES", "ChannelName", "identify", "is_bare_electrode", "is_left", "kind_named"]

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "eeg": "brain, an electrode of the 10-20 system or of a headband",
        "eog": "eyes",
        "emg": "chin or face muscle",
        "leg": "muscle of a leg or an arm",
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
        **{"A1": "M1", "A2": "M2", "M1": "M1", "M2": "M2"},
        **dict.fromkeys(("A1A2", "A1+A2", "M1M2", "M1+M2", "A12", "M12", "LE", "LER", "CLE", "LINKED EARS"), "M1M2"),
        **dict.fromkeys(("LM", "LINKED MASTOIDS", "AA", "MASTOIDS"), "M1M2"),
        **dict.fromkeys(("AVG", "AV", "AVE", "CAR", "AVERAGE", "MEAN"), "average"),
        **dict.fromkeys(("REF", "REF1", "G", "G1", "G2", "0", "X", "NE", "GND"), "stated nowhere"),
    }
)
"""Reference as written → reference as meant; ``A1`` and ``M1`` are the same place."""

_PREFIXES = (
    *("EEG", "PSG", "POL", "RAW", "EOG", "EMG", "ECG", "EKG", "RESP", "TEMP", "SAO2", "SPO2", "EVENT", "LIGHT", "STI"),
)

# Sides as words: English, German, French, Spanish, Portuguese, Italian, Dutch. "DX" and "SX" are Italian.
_LEFT = r"L|LEFT|LI|LINKS|GAUCHE|IZQ\w*|ESQ\w*|SIN\w*|SX"
_RIGHT = r"R|RIGHT|RE|RECHTS|DROITE?|DER\w*|DIR\w*|DX|DEX\w*"
_SIDE = rf"({_LEFT}|{_RIGHT}|G|D)"
# Between the parts of a name: nothing, or a blank or mark. Underscores are read as hyphens before anything is matched.
_S = r"[\W]*"

_LEG = "(LEGS?|TIB[A-Z]*|PLMS?|JAMBES?|BEINE?|GAMB[AE]|PIERNAS?|PERNAS?|BEEN)"

# Whole names, as regular expressions. The first kind that has one decides: "EMG (L LEG)" is a leg before it is an EMG,
# "EEG (SEC)" comes last because it says least.
_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "score",
        (r"HYPNO.*", r"EVENT.*", "(SLEEP )?STAGES?", "STADE", r"SCOR\w+", "(EVENT )?MARKER", "LIGHTS? (OFF|ON)"),
    ),
    ("trigger", ("STATUS", r"TRIG\w*", r"STI ?\d+", r"DC ?\d+", "BUTTON", r"BATT\w*", r"IMPEDANCE\w*")),
    ("reference", ("[AM][12]", "REF", "GND", "GROUND", rf"MASTOID{_S}{_SIDE}?")),
    ("eog", (rf"E{_S}[12]", "[LR]OC", rf"{_SIDE}{_S}EOG", rf"EOG{_S}([12HV]|{_SIDE})", rf"[HV]{_S}EOG", "EOG")),
    ("eog", (r"EOG\W.*", rf"{_SIDE}{_S}EYES?", rf"EYES?{_S}{_SIDE}?", "PG[12]", "[LSI]O[12]", "[HV]EO[GL]?")),
    ("eog", (r"OCUL\w*.*", rf"OEIL{_S}{_SIDE}?", rf"AUGE{_S}{_SIDE}?", rf"OJO{_S}{_SIDE}?", rf"OCCHIO{_S}{_SIDE}?")),
    # A muscle of a limb, wherever it stands in the name: a leg taken for the chin makes REM of every quiet leg.
    ("leg", (rf"(.*\W)?{_SIDE}?{_S}{_LEG}[LR]?\d?(\W.*)?",)),
    ("leg", (rf"(EMG\W+)?[LR]{_S}AT\d?", r"(EMG\W+)?ANT\w*\W*TIB.*", rf"(EMG\W+)?AT{_S}{_SIDE}", rf"TIB{_S}{_SIDE}")),
    ("leg", (r"[DS]X\d\W+[DS]X\d", r"(.*\W)?(DELTOID\w*|ARMS?|FDS|EXTENSOR\w*|BICEPS|GASTROC\w*)(\W.*)?")),
    ("resp", (r"(EMG\W+)?(INTERCOST\w*|DIAPH?R?A?G?M?\w*)",)),
    ("emg", (r"EMG\W?\d?", r"EMG\W.*", rf"{_SIDE}{_S}CHIN\d?", rf"C{_S}CHIN({_S}{_SIDE})?", rf"CHIN{_S}(EMG|\w)?\d?")),
    ("emg", (r"CHIN\W?\w*", rf"CHIN{_S}{_SIDE}", r"SUBMENT\w*", r"MENT(AL|ON|O|ALIS)?\w*", r"MENTÓN", "KINN?")),
    ("emg", (r"MASSETER\w*", r"MYLO\w*", "QUEIXO", "BARBILLA", rf"{_SIDE}{_S}EMG", r"EMG[A-Z]?\d?")),
    ("ecg", (r"E[CK]G(\W.*|\w*)", "EKG ?[IV]*", "HEART ?SIGNAL", "CARDIO")),
    ("spo2", (r"SA?O2.*", r"SPO2.*", rf"OX{_S}STAT\w*", "OSAT", r"OXY\w*", r"SATURA\w*")),
    ("pulse", (r"PULSE?.*", "PR", "D?H\\.?R\\.?", "HRATE", "HEART ?RATE", r"PLETH\w*", "PPG", "PTT", r"HB.PULSE.*")),
    ("resp", (r"RESP\w*( .*)?", ".*FLOW.*", r"NAF\w*", r"NAS(AL|O|AL[EI])?\W*\w*", r"ORAL\w*", "ORONASAL")),
    ("resp", (r"THOR\w*( RES)?( EFFORT)?", "THO", r"TORA[CK]\w*", "RIB ?CAGE", r"BRUST\w*", "TORSE", "SUM", "XSUM")),
    (
        "resp",
        (r"ABD\w*( RES)?( EFFORT)?", r"ADDOM\w*", r"BAUCH\w*", r"CHEST.*", r"BELT\w*", "VAB", "VTH", r".*EFFORT.*"),
    ),
    ("resp", (r"TH?ERM\w*", r"CANN?U?\w*", "NPV", "NEW ?AIR", r"P?CPAP.*", r"RIP\w*", r"(E?T)?CO2\w*", r"CAPNO\w*")),
    ("resp", ("PRESSURE", r"ATMUNG\w*", r"FLUS\w*", r"DEBIT\w*", r"PNEUMO\w*", "PTAF", "MASK")),
    ("position", (r"POS.*", r"BODY\W?(POS\w*)?", "GRAVITY", "LAGE")),
    ("snore", (r"SNOR.*", "PHONO", r"MIC\w*", "SOUND", "AUDIO", r"SCHNARCH\w*", r"RONFL\w*", r"RUSS\w*", r"RONQ\w*")),
    ("temp", (r"TEMP\w*( .*)?",)),
    ("light", ("LIGHT", "LUX", r"AMB\w*")),
    ("motion", (r"ACC\w*\W?[XYZ]?", r"GYR\w*\W?[XYZ]?", r"HB.IMU.?\d*", r"IMU\w*", r"ACTI\w*", "D[XYZ]", "MOVEMENT")),
    ("eeg", (r"HB.?\d", r"HEADBAND\W?\w*", rf"EEG{_S}({_LEFT}|{_RIGHT})", rf"EEG{_S}\d?{_S}SEC{_S}")),
    ("eeg", (rf"EEG{_S}(CH|CHAN|CHANNEL)?{_S}\d*",)),
)
_PATTERNS = tuple((kind, re.compile("|".join(f"(?:{word})" for word in words))) for kind, words in _WORDS)

_EYE_REFERENCES = {"E1", "E2", "LOC", "ROC"}
_GLUED = re.compile(r"([A-Z]{1,3}\d{0,2})(A1|A2|M1|M2|[A-Z]{1,3}\d{0,2})")
_EYE = "(EOG|EYES?|OEIL|AUGE|OJO|OCCHIO)"


def _eye_of(side: str, letter: str, digit: int, old: str) -> re.Pattern[str]:
    """Return what the name of an eye of one side holds; a letter that means more than a side stands beside the eye."""
    words = rf"{side}|{letter}"
    return re.compile(rf"\bE{_S}{digit}\b|\b{old}\b|\b({side})\b|\b({words}){_S}{_EYE}|{_EYE}{_S}({digit}|{words})\b")


_LEFT_EYE, _RIGHT_EYE = _eye_of(_LEFT, "G", 1, "LOC"), _eye_of(_RIGHT, "D", 2, "ROC")


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
    text = _normal(name)
    prefix, rest = _split_prefix(text)
    site, reference = _split_reference(rest)
    if prefix in {"", "EEG", "POL", "PSG", "RAW"} and site in SITES:
        return ChannelName("eeg", SITES[site], _reference(reference))
    for candidate in dict.fromkeys((text, rest, site)):
        for kind, pattern in _PATTERNS:
            if candidate and pattern.fullmatch(candidate):
                return ChannelName(kind, reference=_reference(reference) if kind in {"eog", "eeg"} else "")
    return ChannelName("unknown")


def is_left(name: str) -> bool:
    """Whether the name of an eye says that it is the left one.

    Examples
    --------
    >>> is_left("EOG_L"), is_left("E-1"), is_left("ROC-A1"), is_left("EOG gauche")
    (True, True, False, True)
    """
    text = _normal(name)
    site, _ = _split_reference(_split_prefix(text)[1])
    # What stands in front of the reference decides: "ROC-LOC" is the right eye, seen against the left.
    for part in (site, text):
        left, right = _LEFT_EYE.search(part), _RIGHT_EYE.search(part)
        if left or right:
            return left is not None and (right is None or left.start() < right.start())
    return False


def is_bare_electrode(name: str) -> bool:
    """Whether a name is that of one electrode, a site or an eye, and names nothing that it is seen against."""
    named = identify(name)
    if named.reference:
        return False
    if named.kind == "eeg":
        return named.site != "" and re.search(r"\w[-:/]\w", _split_prefix(_normal(name))[1]) is None
    bare = re.sub(r"\W", "", _normal(name)).removeprefix("EOG")
    return named.kind == "eog" and re.fullmatch(r"E[12]|[LR]OC|[LR12]|[LR]EOG|(LEFT|RIGHT)(EYE|EOG)?", bare) is not None


def kind_named(word: str) -> str:
    """Return a kind of channel a user named.

    Raises
    ------
    UnknownName
        It is not one of `KINDS`.
    """
    kind = word.strip().casefold()
    if kind not in KINDS:
        raise UnknownName(
            f"no kind of channel is called {describe(word)}", allowed=sorted(KINDS), next_step=suggest(word, KINDS)
        )
    return kind


def _normal(name: str) -> str:
    """Return a name in capitals, with single blanks, and hyphens for underscores and the signs of electrodes' poles."""
    text = re.sub(r"\s+", " ", name.strip().upper().replace("_", "-"))
    return re.sub(r"(?<=\w)[+](?=-|$)|(?<=\w)-$", "", text)


def _split_prefix(text: str) -> tuple[str, str]:
    if text.startswith("EEG") and _split_reference(text[3:])[0] in SITES:  # "EEGC3-A2"
        return "EEG", text[3:]
    for prefix in _PREFIXES:
        match = re.match(rf"{prefix}[ :_-]+(?=\w)", text)
        if match:
            return prefix, text[match.end() :]
    return "", text


def _split_reference(text: str) -> tuple[str, str]:
    """Return what stands in front of the reference, and the reference: ``C4-M1``, ``C4 (M1)``, ``C4M1``."""
    site, _, reference = re.sub(r"\s*[-:/(\[]+\s*", "-", text.lstrip("([")).partition("-")
    reference = reference.strip(" )]-")
    glued = _GLUED.fullmatch(site)
    # "C4M1" and "FPZCZ", as some exporters write "C4-M1" and "Fpz-Cz".
    if glued and not reference and glued[1] in SITES and (glued[2] in SITES or glued[2] in REFERENCES):
        return glued[1], glued[2]
    if site not in SITES and re.fullmatch(r"[A-Z]{1,2}Z\d", site) and site[:-1] in SITES:  # "CZ2", a second of its kind
        site = site[:-1]
    return site, reference


def _reference(text: str) -> str:
    text = re.sub(r"-\d+$", "", text)  # "C3-M2-0", as MNE numbers names that come twice
    return REFERENCES.get(text) or SITES.get(text) or (text if text in _EYE_REFERENCES else "")
