"""Options that several commands of a night share, as groups (``cli.option_groups``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from karmalink.night import Hypnogram, Montage, Recording

__all__ = ["HypnogramOptions", "LightsOptions", "MontageOptions", "Overrides", "RecordingOptions", "ScoringOptions"]

Overrides = Annotated[
    list[str] | None,
    typer.Option("--override", help="Override a finding of the doctor: check[:channel][=value]. Repeatable."),
]
Partial = Annotated[bool, typer.Option("--partial", help="Read a truncated file as far as it goes.")]

_NO_CHANNEL = "none"


@dataclass(frozen=True, slots=True)
class HypnogramOptions:
    """What a file of stages may not state itself."""

    epoch: Annotated[
        float | None, typer.Option("--epoch", help="Seconds per epoch, where the file does not state it.")
    ] = None
    vocabulary: Annotated[
        str | None,
        typer.Option("--vocabulary", help="words, aasm, rk, dreams, 0-4 or profusion; by default that of the format."),
    ] = None
    column: Annotated[
        str | None, typer.Option("--column", help="The table's column with the stages; by default 'stage'.")
    ] = None

    def read(self, file: Path) -> Hypnogram:
        """Return the hypnogram of a file."""
        from karmalink.night import read_hypnogram

        return read_hypnogram(file, epoch_s=self.epoch, vocabulary=self.vocabulary, column=self.column)


@dataclass(frozen=True, slots=True)
class RecordingOptions:
    """How a recording is read and corrected before it is scored."""

    override: Overrides = None
    partial: Partial = False


@dataclass(frozen=True, slots=True)
class ScoringOptions:
    """Who scores, from how many channels, and how sure a stage has to be."""

    stager: Annotated[
        str,
        typer.Option("--stager", "--scorer", help="auto, yasa, yasa-night-scales, gssc, a path to an .onnx file …"),
    ] = "auto"
    all_channels: Annotated[
        bool, typer.Option("--vote", help="Score from every usable EEG channel and take the mean of the probabilities.")
    ] = False
    abstain: Annotated[
        float | None, typer.Option("--abstain", help="Leave epochs below this confidence unscored.", min=0, max=1)
    ] = None


@dataclass(frozen=True, slots=True)
class MontageOptions:
    """The channels to score from."""

    eeg: Annotated[str, typer.Option("--eeg", help="The EEG channel to score from.")] = ""
    eog: Annotated[str, typer.Option("--eog", help="The EOG channel; 'none' for no EOG.")] = ""
    emg: Annotated[str, typer.Option("--emg", help="The EMG channel; 'none' for no EMG.")] = ""

    def montage(self, recording: Recording) -> Montage | None:
        """Return the named channels, completed by the best ones; None where no channel is named.

        Raises
        ------
        UnknownName
            The recording has no channel of that name.
        """
        from karmalink.night import Montage, pick_montage

        named = {"eeg": self.eeg, "eog": self.eog, "emg": self.emg}
        if not any(named.values()):
            return None
        best = Montage(self.eeg) if all(named.values()) else pick_montage(recording)
        chosen = {kind: name or getattr(best, kind) for kind, name in named.items()}
        channels = {kind: "" if name.casefold() == _NO_CHANNEL else name for kind, name in chosen.items()}
        for name in filter(None, channels.values()):
            recording.index(name)
        return Montage(**channels)


@dataclass(frozen=True, slots=True)
class LightsOptions:
    """When the lights went off and on."""

    lights_off: Annotated[
        str | None,
        typer.Option("--lights-off", help="HH:MM[:SS] by the clock, +H:MM:SS into the recording, or seconds."),
    ] = None
    lights_on: Annotated[str | None, typer.Option("--lights-on", help="The same for the end of the night.")] = None

    def seconds(self, start: datetime | None) -> tuple[float | None, float | None]:
        """Return both as seconds of a recording that began at `start`; None where an option is not given."""
        from karmalink.night.recordings.clocks import parse_moment

        named = (("--lights-off", self.lights_off), ("--lights-on", self.lights_on))
        off, on = (None if text is None else parse_moment(text, start, where=option) for option, text in named)
        return off, on
