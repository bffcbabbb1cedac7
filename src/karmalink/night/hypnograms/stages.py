"""Sleep stages, and the words and digits that score files use for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import InputError, UnknownName, UsageError, describe, suggest

__all__ = [
    "HED_TAGS",
    "HED_VERSION",
    "STAGES",
    "UNSCORED",
    "UNSCORED_LABEL",
    "VOCABULARIES",
    "Vocabulary",
    "decode",
    "encode",
    "known_label",
    "vocabulary_of",
]

STAGES = ("W", "N1", "N2", "N3", "R")
"""The five stages of the AASM manual, in the order of every probability matrix: index = code."""

UNSCORED = -1
"""The code of an epoch that was not scored."""
UNSCORED_LABEL = "?"

_WHOLE = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")

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


Vocabulary = str | Mapping[str, str | int]
"""Words and what they mean: a key of `VOCABULARIES`, pairs as ``0=W,1=N1,5=R``, or a table of such pairs."""

_PAIRS = 'pairs as "0=W,1=N1,2=N2,3=N3,5=R,9=?"'


def vocabulary_of(vocabulary: Vocabulary, *, where: str = "") -> Mapping[str, int]:
    """Return word → stage code.

    Parameters
    ----------
    vocabulary : str or mapping
        A key of `VOCABULARIES`, or one's own: ``"0=W,1=N1,5=R"``, or a table of such pairs. What a word means is said
        in the words of the vocabulary ``words``; ``?`` is unscored.
    where : str
        Named in errors.

    Raises
    ------
    UnknownName
        No vocabulary of that name.
    UsageError
        Pairs that are not pairs, that say two things of one word, or that mean no stage.
    """
    if not isinstance(vocabulary, str):
        return _own([(str(word), meaning) for word, meaning in vocabulary.items()], where)
    if vocabulary in VOCABULARIES:
        return VOCABULARIES[vocabulary]
    if "=" in vocabulary:
        parts = [part for part in re.split(r"[,;]", vocabulary) if part.strip()]
        wrong = next((part for part in parts if "=" not in part), None)
        if wrong is not None:
            raise UsageError(f"{describe(wrong.strip())} does not say what it means", where=where, rule=_PAIRS)
        return _own([(word, meaning) for word, _, meaning in (part.partition("=") for part in parts)], where)
    raise UnknownName(
        f"no stage vocabulary is called {describe(vocabulary)}",
        where=where,
        allowed=[*sorted(VOCABULARIES), _PAIRS],
        next_step=suggest(vocabulary, VOCABULARIES),
    )


def _own(pairs: Iterable[tuple[str, str | int]], where: str) -> Mapping[str, int]:
    table: dict[str, int] = {}
    for word, meaning in pairs:
        key = word.strip()
        if isinstance(meaning, int):
            code: int | None = meaning if UNSCORED <= meaning < len(STAGES) else None
        else:
            code = VOCABULARIES["words"].get(meaning.strip().casefold()) if meaning.strip() else None
        if code is None:
            raise UsageError(
                f"{describe(meaning)} is not a stage", where=where, rule=_PAIRS, allowed=[*STAGES, UNSCORED_LABEL]
            )
        if table.setdefault(key, code) != code:
            raise UsageError(f"{describe(key)} is said to mean two stages", where=where, rule="each word once")
    if not table:
        raise UsageError("no word is said to mean a stage", where=where, rule=_PAIRS)
    return MappingProxyType(table)


def known_label(label: str, table: Mapping[str, int], *, fold: bool = True) -> int | None:
    """Return the code of a label, None where the vocabulary does not have it.

    Blanks and quotes around it do not count, nor how a program wrote a whole number: ``2.0`` and ``2.0e+00`` are 2.
    """
    bare = label.strip().strip("\"'").strip()
    for word in (bare, bare.casefold()) if fold else (bare,):
        if word in table:
            return table[word]
    if _WHOLE.fullmatch(bare) and float(bare).is_integer():
        return table.get(str(int(float(bare))))
    return None


def encode(labels: Iterable[str], vocabulary: Vocabulary = "words", *, where: str = "") -> NDArray[np.int8]:
    """Return the stage codes of `labels`.

    Parameters
    ----------
    labels : iterable of str
        Words or digits, one per epoch; blanks around them do not count, nor ``2.0`` for 2. The vocabulary ``words``
        ignores case.
    vocabulary : str or mapping
        As for `vocabulary_of`. Digits mean different stages in different files ("4" is REM for Dreem, S4 for
        Profusion), so only ``words`` may be guessed; it takes digits in the sense of Rechtschaffen & Kales.
    where : str
        Named in the error: the file.

    Raises
    ------
    UnknownName, UsageError
        No such vocabulary.
    InputError
        A label that the vocabulary does not have, with its position.
    """
    table = vocabulary_of(vocabulary, where=where)
    fold = vocabulary == "words" or vocabulary not in VOCABULARIES if isinstance(vocabulary, str) else True
    seen: dict[str, int] = {}
    codes = []
    for epoch, label in enumerate(labels):
        if label not in seen:
            code = known_label(label, table, fold=fold)
            if code is None:
                raise _unknown(label, epoch, vocabulary, table, where)
            seen[label] = code
        codes.append(seen[label])
    return np.array(codes, dtype=np.int8)


def _unknown(label: str, epoch: int, vocabulary: Vocabulary, table: Mapping[str, int], where: str) -> InputError:
    named = f"the vocabulary {vocabulary!r}" if vocabulary in list(VOCABULARIES) else "your own vocabulary"
    digit = _WHOLE.fullmatch(label.strip())
    return InputError(
        f"epoch {epoch + 1} carries {describe(label)}, which is not a stage of {named}",
        where=where,
        allowed=[repr(known) for known in sorted(table)],
        next_step='say what the digits mean: --stages "0=W,1=N1,2=N2,3=N3,4=R", or name a --vocabulary'
        if digit
        else "name the --vocabulary the file was written in, or say what the words mean with --stages",
    )


def decode(codes: Iterable[int]) -> tuple[str, ...]:
    """Return the AASM labels of `codes`, ``?`` where unscored."""
    return tuple(STAGES[code] if code >= 0 else UNSCORED_LABEL for code in codes)
