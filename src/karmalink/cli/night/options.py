"""Options that several commands of a night share, as groups (``cli.option_groups``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from karmalink.cli.contract import JsonFlag, OutPath, check_folder
from karmalink.errors import UsageError, describe

if TYPE_CHECKING:
    from karmalink.night import Hypnogram, Montage, Recording

__all__ = [
    "HypnogramOptions",
    "LabelOptions",
    "LightsOptions",
    "MeetingOptions",
    "MontageOptions",
    "OutputOptions",
    "Overrides",
    "Overwrite",
    "PlainOptions",
    "RecordingOptions",
    "ScoringOptions",
    "TimeOptions",
    "check_writable",
]

Overrides = Annotated[
    list[str] | None,
    typer.Option("--override", help="Override a finding of the doctor: check[:channel][=value]. Repeatable."),
]
Partial = Annotated[bool, typer.Option("--partial", help="Read a truncated file as far as it goes.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Write over a file that is there already.")]

_NO_CHANNEL = "none"


# Endings of tables that have a .json beside them, which explains their columns.
_WITH_SIDECAR = (".tsv", ".csv")


def check_writable(out: Path | None, *, overwrite: bool, sidecar: bool = True) -> None:
    """Refuse, before anything is computed, to write over a file, or into a folder that is not there.

    Parameters
    ----------
    out : Path or None
        What is written; None is nothing to refuse.
    overwrite : bool
        Whether a file that is there may be written over.
    sidecar : bool
        Whether a table gets its ``.json``, which is another file to lose.

    Raises
    ------
    UsageError
        With the file's path.
    """
    if out is None:
        return
    check_folder(out)
    beside = [out.with_suffix(".json")] if sidecar and out.suffix.lower() in _WITH_SIDECAR else []
    there = None if overwrite else next((one for one in (out, *beside) if one.exists()), None)
    if there is not None:  # it may be somebody's night
        raise UsageError(
            "the file already exists", where=there, next_step="choose another name, or allow it: --overwrite"
        )


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """Where the result goes, and how it is printed."""

    out: OutPath = None
    overwrite: Overwrite = False
    as_json: JsonFlag = False


@dataclass(frozen=True, slots=True)
class PlainOptions:
    """What a recording of plain numbers does not state itself."""

    rate: Annotated[
        float | None, typer.Option("--rate", help="Samples per second, where the file is plain numbers.")
    ] = None
    unit: Annotated[str, typer.Option("--unit", help="What plain numbers are: V, mV, uV or nV.")] = "uV"
    decimal_comma: Annotated[
        bool | None,
        typer.Option("--decimal-comma/--decimal-point", help="What a comma in plain numbers is; else what they show."),
    ] = None

    def read(self, file: Path, *, partial: bool) -> Recording:
        """Return the recording of a file."""
        from karmalink.night import read_recording

        return read_recording(file, partial=partial, sfreq=self.rate, unit=self.unit, decimal_comma=self.decimal_comma)


@dataclass(frozen=True, slots=True)
class TimeOptions:
    """Where the clock of a night hung."""

    timezone: Annotated[
        str | None,
        typer.Option("--timezone", help="Where the clock hung (Europe/Berlin), for nights on which clocks change."),
    ] = None

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone, None where none is named."""
        from karmalink.night.recordings.clocks import zone_named

        return None if self.timezone is None else zone_named(self.timezone)


@dataclass(frozen=True, slots=True)
class MeetingOptions(TimeOptions):
    """How two files of one night are laid on each other."""

    ignore_clock: Annotated[
        bool, typer.Option("--ignore-clock", help="Count all files from one first sample, whatever their clocks say.")
    ] = False


@dataclass(frozen=True, slots=True)
class LabelOptions:
    """What the labels of stages mean."""

    vocabulary: Annotated[
        str | None,
        typer.Option("--vocabulary", help="words, aasm, rk, dreams, 0-4 or profusion; by default that of the format."),
    ] = None
    stages: Annotated[
        str | None, typer.Option("--stages", help='What the labels mean, in your own words: "0=W,1=N1,2=N2,5=R".')
    ] = None

    @property
    def words(self) -> str | None:
        """The vocabulary that was named or told, None where neither was.

        Raises
        ------
        UsageError
            Both were, or what was told means nothing.
        """
        if self.stages is not None and self.vocabulary is not None:
            raise UsageError(
                "--stages and --vocabulary both say what the labels mean", where="--stages", rule="one of the two"
            )
        if self.stages is not None and "=" not in self.stages:
            raise UsageError(
                f"{describe(self.stages)} does not say what labels mean",
                where="--stages",
                allowed='pairs as "0=W,1=N1,2=N2,3=N3,5=R,9=?"',
            )
        return self.stages or self.vocabulary


@dataclass(frozen=True, slots=True)
class HypnogramOptions(LabelOptions):
    """What a file of stages may not state itself."""

    epoch: Annotated[
        float | None, typer.Option("--epoch", help="Seconds per epoch, where the file does not state it.")
    ] = None
    column: Annotated[
        str | None, typer.Option("--column", help="The table's column with the stages; by default the one headed so.")
    ] = None

    def read(self, file: Path, zone: ZoneInfo | None = None) -> Hypnogram:
        """Return the hypnogram of a file."""
        from karmalink.night import read_hypnogram

        return read_hypnogram(file, epoch_s=self.epoch, vocabulary=self.words, column=self.column, zone=zone)


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
        typer.Option("--stager", "--scorer", help="auto (steady), yasa as it comes, gssc, a path to an .onnx file …"),
    ] = "auto"
    causal: Annotated[
        bool, typer.Option("--causal", help="Score as it is done live: each epoch by what came before its end only.")
    ] = False
    all_channels: Annotated[
        bool, typer.Option("--vote", help="Score from every usable EEG channel and take the mean of the probabilities.")
    ] = False
    events: Annotated[
        bool, typer.Option("--events", help="Find events too: spindles, slow waves, eye movements, arousals …")
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

    def seconds(self, start: datetime | None, zone: ZoneInfo | None = None) -> tuple[float | None, float | None]:
        """Return both as seconds of a recording that began at `start`; None where an option is not given."""
        from karmalink.night.recordings.clocks import parse_moment

        named = (("--lights-off", self.lights_off), ("--lights-on", self.lights_on))
        off, on = (
            None if text is None else parse_moment(text, start, where=option, zone=zone) for option, text in named
        )
        return off, on
