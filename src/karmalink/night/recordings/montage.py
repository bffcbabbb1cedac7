"""Which channels to score a night from."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from karmalink.errors import CannotAnswer
from karmalink.night.recordings.channels import is_left
from karmalink.night.recordings.recording import Channel, Recording

__all__ = ["Montage", "eeg_by_rank", "pick_montage"]

# AASM: C4-M1 recommended, C3-M2 its backup; frontal before occipital, because slow waves, spindles and K-complexes are
# seen there. A headband's channel without a site comes last: what it saw is not known.
_SITE_RANKS = (r"C4", r"C3", r"Cz", r"C\d+|CP.*|FC.*", r"F[34z]", r"F\d+|Fpz|Fp\d", r"P.*|T.*", r"O.*", r".*")
_CONTRALATERAL = {"C4": "M1", "C3": "M2", "F4": "M1", "F3": "M2", "O2": "M1", "O1": "M2"}
_BOTH_EYES = re.compile(r"HORIZ|H\W?EOG|EOG\W?H", re.IGNORECASE)
_CHIN = re.compile(r"CHIN|MENT|KINN?\b|QUEIXO|BARBILLA|MYLO", re.IGNORECASE)
_WORN = 0.2
_GONE = 0.5


@dataclass(frozen=True, slots=True)
class Montage:
    """Names of the channels to score from; empty where there is none."""

    eeg: str
    eog: str = ""
    emg: str = ""

    @property
    def by_kind(self) -> dict[str, str]:
        """Kind → name of the channels there are, EEG first."""
        return {kind: name for kind, name in (("eeg", self.eeg), ("eog", self.eog), ("emg", self.emg)) if name}

    @property
    def names(self) -> tuple[str, ...]:
        """The channels there are, EEG first."""
        return tuple(self.by_kind.values())


def pick_montage(recording: Recording) -> Montage:
    """Return the best EEG, EOG and EMG: central and contralaterally referenced, the left eye, the chin.

    A channel of which more than a fifth is lost comes after all others; an EOG or EMG half lost is not used.

    Raises
    ------
    CannotAnswer
        There is no usable EEG.
    """
    eeg = _best(recording.of_kind("eeg"), _eeg_rank)
    if eeg is None:
        named = [channel.name for channel in recording.channels if channel.kind == "eeg"]
        raise CannotAnswer(
            "the night cannot be scored: there is no usable EEG",
            where=recording.label,
            rule="at least one EEG channel",
            next_step=(
                "the doctor says what is wrong with " + ", ".join(named)
                if named
                else "say which channel is an EEG: --override types:NAME=eeg"
            ),
        )
    eog = _best([channel for channel in recording.of_kind("eog") if channel.missing < _GONE], _eog_rank)
    emg = _best([channel for channel in recording.of_kind("emg") if channel.missing < _GONE], _emg_rank)
    return Montage(eeg.name, eog.name if eog else "", emg.name if emg else "")


def eeg_by_rank(recording: Recording) -> tuple[str, ...]:
    """Return the usable EEG channels, the best to score from first; what is more than half lost is left out."""
    usable = [channel for channel in recording.of_kind("eeg") if channel.missing < _GONE]
    return tuple(
        channel.name for channel in sorted(usable, key=lambda channel: (channel.missing > _WORN, _eeg_rank(channel)))
    )


def _best(channels: tuple[Channel, ...] | list[Channel], rank: Callable[[Channel], tuple[int, int]]) -> Channel | None:
    return min(channels, key=lambda channel: (channel.missing > _WORN, rank(channel)), default=None)


def _eeg_rank(channel: Channel) -> tuple[int, int]:
    site = next(place for place, pattern in enumerate(_SITE_RANKS) if re.fullmatch(pattern, channel.site))
    if channel.reference == _CONTRALATERAL.get(channel.site, ""):
        return site, 0
    return site, 1 if channel.reference.startswith("M") else 2


def _eog_rank(channel: Channel) -> tuple[int, int]:
    left = is_left(channel.name) or _BOTH_EYES.search(channel.name)
    return 0 if left else 1, 0 if channel.reference.startswith("M") else 1


def _emg_rank(channel: Channel) -> tuple[int, int]:
    return 0 if _CHIN.search(channel.name) else 1, 0
