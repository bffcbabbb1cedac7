"""What the verbs of ``karmalink link`` share: arguments, options, where accounts and lives come from, how to leave."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.reading_options import ReadingOptions, columns_said
from karmalink.cli.study_access import FromStudyOptions, open_study
from karmalink.errors import UsageError

if TYPE_CHECKING:
    from karmalink.account import Encoder
    from karmalink.link import Verdict
    from karmalink.link.sources import FileSource
    from karmalink.rows import Columns
    from karmalink.study.analyses.study_source import StudySource

__all__ = [
    "Accounts",
    "Cut",
    "EncoderName",
    "FilesOptions",
    "Lags",
    "LifeFile",
    "Lived",
    "ModelFile",
    "Rate",
    "ShowText",
    "ViewName",
    "WindowOptions",
    "encoder_of",
    "leave",
    "source_of",
]

Accounts = Annotated[
    str | None,
    typer.Argument(
        help="Accounts: a table (.csv, .tsv, .xlsx, .jsonl). With --study: a person's identifier.", show_default=False
    ),
]
Lived = Annotated[
    str | None,
    typer.Argument(
        help="A life: entries as a table; a calendar .ics; a WhatsApp export .txt; a journal .json (Day One). With "
        "--study: a life's identifier.",
        show_default=False,
    ),
]
LifeFile = Annotated[
    Path,
    typer.Argument(
        help="A life: entries as a table; a calendar .ics; a WhatsApp export .txt; a journal .json (Day One).",
        show_default=False,
    ),
]
Cut = Annotated[
    bool, typer.Option("--cut-retellings", help="First cut the passages of the entries that retell a dream.")
]
Lags = Annotated[int, typer.Option("--lags", help="Window: so many days before a night against as many after it.")]
Rate = Annotated[float, typer.Option("--q", help="Nominal false discovery rate.")]
ViewName = Annotated[
    str, typer.Option("--view", help="Which view of the texts is compared: all, style-removed or names-masked.")
]
EncoderName = Annotated[
    str, typer.Option("--encoder", help="What counts besides words: lexical (nothing), wordllama, minilm.")
]
ModelFile = Annotated[
    Path | None,
    typer.Option(
        "--model",
        help="With --encoder minilm: its model.onnx or model.safetensors; by default the installed weights.",
        show_default=False,
    ),
]
ShowText = Annotated[
    bool, typer.Option("--show-text", help="Also print the matching units. They are people's own words.")
]

_CANNOT_ANSWER = 4


@dataclass(frozen=True, slots=True)
class FilesOptions(ReadingOptions):
    """How two files are read: `--columns` and `--sheet` are of the accounts, `--life-…` of the life or lives."""

    life_columns: Annotated[
        list[str] | None,
        typer.Option("--life-columns", help="The same as --columns, for the file of the life.", show_default=False),
    ] = None
    life_sheet: Annotated[
        str | None,
        typer.Option("--life-sheet", help="The same as --sheet, for the file of the life.", show_default=False),
    ] = None

    def columns_of_life(self) -> Columns | None:
        """Return which heading is which field in the file of the life."""
        return columns_said(self.life_columns, self.life_sheet)


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """The window, and the rate that is asked for (``cli.option_groups``)."""

    lags: Lags = 7
    q: Rate = 0.10


def encoder_of(name: str, model: Path | None) -> Encoder | None:
    """Return the encoder of a name; None for words alone."""
    if name == "lexical":
        return None
    from karmalink.account import load_encoder

    return load_encoder(name, path=model)


@contextmanager
def source_of(
    accounts: str | None,
    life: str | None,
    reading: FilesOptions,
    at: FromStudyOptions,
    *,
    cut_retellings: bool = False,
    dated: bool = True,
    write: bool = False,
    everybody: bool = False,
) -> Iterator[FileSource | StudySource]:
    """Give what the arguments mean: two files, or with a study a person and a life of it.

    Parameters
    ----------
    accounts, life : str or None
        The arguments.
    reading : FilesOptions
        How the files are read; nothing of it can be said of a study.
    at : FromStudyOptions
        The study, where one was named.
    cut_retellings : bool
        For files; of a study they are always cut.
    dated : bool
        Whether the rows of files need dates.
    write : bool
        Open the study for writing, so that answers are kept.
    everybody : bool
        All people and all lives are asked about: a study then needs no arguments.

    Raises
    ------
    UsageError
        An argument is missing, or an option is for files and a study was named.
    """
    if (accounts is None or life is None) and not (everybody and at.study is not None):
        raise UsageError(
            "an argument is missing",
            allowed="two files" if everybody else "two files; with --study a person and a life",
            next_step="--help shows the arguments",
        )
    if at.study is None:
        from karmalink.link.sources import FileSource

        read = reading.reading()
        read.check(accounts=Path(accounts or ""), lives=Path(life or ""))
        yield FileSource(Path(accounts or ""), Path(life or ""), read, cut_retellings, reading.columns_of_life(), dated)
        return
    _only_files(reading, cut_retellings=cut_retellings)
    from karmalink.study.analyses.study_source import StudySource

    with open_study(at.study, write=write, passphrase_file=at.passphrase_file, keys=at.keys) as held:
        yield StudySource(held, accounts or "", life or "")


def _only_files(reading: FilesOptions, *, cut_retellings: bool) -> None:
    """Refuse what the study has said already."""
    given = [*reading.given(), *(["--cut-retellings"] if cut_retellings else [])]
    if given:
        raise UsageError(
            f"{given[0]} is for files",
            rule="with --study, the arguments are the identifiers of a person and a life; the study knows the rest, "
            "and retellings are always cut",
            allowed="--study STUDY PERSON LIFE",
        )


def leave(verdict: Verdict) -> None:
    """Exit with code 4 where these data cannot tell."""
    if not verdict.answered:
        raise typer.Exit(_CANNOT_ANSWER)
