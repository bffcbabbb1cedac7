"""Sleep stages, and the words and digits that score files use for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import InputError, UnknownName, describe, suggest

__all__ = ["HED_TAGS", "HED_VERSION", "STAGES", "UNSCORED", "UNSCORED_LABEL", "VOCABULARIES", "decode", "encode"]

STAGES = ("W", "N1", "N2", "N3", "R")
"""The five stages of the AASM manual, in the order of every probability matrix: index = code."""

UNSCORED = -1
"""The code of an epoch that was not scored."""
UNSCORED_LABEL = "?"

HED_VERSION = "score_2.1.0"
"""HED SCORE: Hierarchical Event Descriptors for clinical EEG; the library carries the standard schema in itself."""

HED_TAGS: Mapping[str, str] = MappingProxyType(
    {
        "W": "Awake",
        "N1": "Sleep-stage-N1",
        "N2": "Sleep-stage-N2",
        "N3": "Sleep-stage-N3",
        "R": "Sleep-stage-REM",
    }
)
"""Stage → its tag in `HED_VERSION`."""

W, N1, N2, N3, R, U = 0, 1, 2, 3, 4, UNSCORED

# AASM: Berry et al., The AASM Manual for the Scoring of Sleep. R&K: Rechtschaffen & Kales 1968; S3 and S4 are both N3,
# movement time has no counterpart and stays unscored. EDF+: the standard texts of EDF+ annotations.
_WORDS = {
    "aasm": {"W": W, "N1": N1, "N2": N2, "N3": N3, "R": R, "?": U},
    "words": {
        **{"w": W, "wake": W, "awake": W, "sleep stage w": W, "stage w": W},
        **{"n1": N1, "s1": N1, "nrem1": N1, "1": N1, "sleep stage n1": N1, "sleep stage 1": N1, "stage 1": N1},
        **{"n2": N2, "s2": N2, "nrem2": N2, "2": N2, "sleep stage n2": N2, "sleep stage 2": N2, "stage 2": N2},
        **{"n3": N3, "s3": N3, "nrem3": N3, "3": N3, "sleep stage n3": N3, "sleep stage 3": N3, "stage 3": N3},
        **{"s4": N3, "n4": N3, "4": N3, "sleep stage n4": N3, "sleep stage 4": N3, "stage 4": N3},
        **{"r": R, "rem": R, "sleep stage r": R, "sleep stage rem": R, "stage r": R},
        **{"?": U, "uns": U, "unscored": U, "unknown": U, "n/a": U, "nan": U, "": U, "sleep stage ?": U},
        **{"art": U, "artefact": U, "artifact": U, "mt": U, "m": U, "movement": U, "movement time": U},
        **{"s0": W, "stage0": W, "wakefulness": W, "sleep stage wake": W, "wake stage": W},
        **{"stage1": N1, "stage 1 sleep": N1, "nrem 1": N1, "n-rem 1": N1},
        **{"stage2": N2, "stage 2 sleep": N2, "nrem 2": N2, "n-rem 2": N2},
        **{"stage3": N3, "stage 3 sleep": N3, "nrem 3": N3, "n-rem 3": N3, "sws": N3},
        **{"stage4": N3, "stage 4 sleep": N3, "nrem4": N3, "nrem 4": N3},
        **{"rem sleep": R, "stage rem": R, "sr": R},
        **{"no stage": U, "not scored": U, "sleep stage m": U, "sleep stage n/a": U, "u": U, "none": U},
        # RemLogic's events, as in its "Event" column.
        **{"sleep-s0": W, "sleep-s1": N1, "sleep-s2": N2, "sleep-s3": N3, "sleep-s4": N3, "sleep-rem": R},
        **{"sleep-n1": N1, "sleep-n2": N2, "sleep-n3": N3, "sleep-mt": U, "sleep-unscored": U},
    },
    # Rechtschaffen & Kales 1968, in words: nothing else is let through.
    "rk": {"W": W, "S0": W, "S1": N1, "S2": N2, "S3": N3, "S4": N3, "R": R, "REM": R, "SR": R, "MT": U, "?": U},
    # DREAMS databases (Devuyst 2005): 5 wake, 4 REM, 3 S1, 2 S2, 1 S3, 0 S4, -1 movement, -2 and -3 unknown.
    "dreams": {"5": W, "4": R, "3": N1, "2": N2, "1": N3, "0": N3, "-1": U, "-2": U, "-3": U},
    # Dreem Open Datasets, YASA and most Python tools: 0 W, 1–3 N, 4 REM; below zero unscored.
    "0-4": {"0": W, "1": N1, "2": N2, "3": N3, "4": R, "-1": U, "-2": U, "8": U, "9": U},
    # Compumedics Profusion, NSRR and most digits of Rechtschaffen & Kales: 4 is S4, 5 is REM, 6 movement, 7–9 unscored.
    "profusion": {"0": W, "1": N1, "2": N2, "3": N3, "4": N3, "5": R, **dict.fromkeys("6789", U)},
}

VOCABULARIES: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {name: MappingProxyType(words) for name, words in _WORDS.items()}
)
"""Name of a vocabulary → its words → stage code (0 W, 1 N1, 2 N2, 3 N3, 4 R, -1 unscored)."""


def encode(labels: Iterable[str], vocabulary: str = "words", *, where: str = "") -> NDArray[np.int8]:
    """Return the stage codes of `labels`.

    Parameters
    ----------
    labels : iterable of str
        Words or digits, one per epoch; blanks around them do not count. The vocabulary ``words`` ignores case.
    vocabulary : str
        A key of `VOCABULARIES`. Digits mean different stages in different files ("4" is REM for Dreem, S4 for
        Profusion), so only ``words`` may be guessed; it takes digits in the sense of Rechtschaffen & Kales.
    where : str
        Named in the error: the file.

    Raises
    ------
    UnknownName
        No vocabulary of that name.
    InputError
        A label that the vocabulary does not have, with its position.
    """
    if vocabulary not in VOCABULARIES:
        raise UnknownName(
            f"no stage vocabulary is called {describe(vocabulary)}",
            where=where,
            allowed=sorted(VOCABULARIES),
            next_step=suggest(vocabulary, VOCABULARIES),
        )
    table = VOCABULARIES[vocabulary]
    fold = vocabulary == "words"
    codes = []
    for epoch, label in enumerate(labels):
        word = label.strip().casefold() if fold else label.strip()
        if word not in table:
            raise InputError(
                f"epoch {epoch + 1} carries {describe(label)}, which is no stage of the vocabulary {vocabulary!r}",
                where=where,
                allowed=[repr(known) for known in sorted(table)],
                next_step="name the vocabulary the file was written in",
            )
        codes.append(table[word])
    return np.array(codes, dtype=np.int8)


def decode(codes: Iterable[int]) -> tuple[str, ...]:
    """Return the AASM labels of `codes`, ``?`` where unscored."""
    return tuple(STAGES[code] if code >= 0 else UNSCORED_LABEL for code in codes)
