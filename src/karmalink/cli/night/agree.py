"""``karmalink night agree``: how far scorers agree, over one night or many, and where they part ways."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.contract import JsonFlag, OutPath, Seed, check_folder, emit, progress
from karmalink.errors import CannotAnswer, UsageError, describe

if TYPE_CHECKING:
    from karmalink.night import Hypnogram, ScorerAgreement

__all__ = ["agree"]

Nights = dict[str, dict[str, "Hypnogram"]]

_DRAWS = 1000
_MOST_NAMED = 5


def agree(
    scorings: Annotated[
        list[Path],
        typer.Argument(help="A file per scorer for one night, or a folder per scorer with a file per night."),
    ],
    out: OutPath = None,
    vocabulary: Annotated[
        str | None, typer.Option("--vocabulary", help="words, aasm, dreams, 0-4 or profusion; by default the file's.")
    ] = None,
    epoch: Annotated[float | None, typer.Option("--epoch", help="Seconds per line, where a file does not say.")] = None,
    column: Annotated[str | None, typer.Option("--column", help="The table's column with the stages.")] = None,
    seed: Seed = 0,
    as_json: JsonFlag = False,
) -> None:
    """Say how far any number of scorers agree, with intervals by night, and where they part ways.

    --out writes, of one night, the consensus with the share of the scorers for every stage (.tsv); of any number of
    nights, a page with the figures (.html).
    """
    from karmalink.night import compare_scorers, consensus, write_events

    ending = "" if out is None else out.suffix.lower()
    if out is not None and ending not in {".tsv", ".html"}:
        raise UsageError(
            f"{describe(out.name)} does not end in .tsv or .html", where="--out", allowed=[".tsv", ".html"]
        )
    check_folder(out)
    with progress(quiet=as_json) as bar:
        task = bar.add_task("reading", total=None)
        nights, notes = _nights(scorings, vocabulary, epoch, column)
        bar.update(task, description="comparing")
        if ending == ".tsv" and len(nights) > 1:
            raise UsageError(
                f"{len(nights)} nights", where="--out", rule="a consensus is of one night", next_step="name its files"
            )
        found = compare_scorers(nights, n_boot=_DRAWS, seed=seed)
    if out is not None and ending == ".tsv":
        write_events(consensus(next(iter(nights.values()))), out)
    if out is not None and ending == ".html":
        from karmalink.report import agreement_page

        agreement_page(found, nights, out)
    result = found.to_dict() | {"notes": notes, "out": str(out) if out else None}
    parts = [_text(found), *(f"Note: {note}" for note in notes), *([f"Written: {out}"] if out else [])]
    emit(result, "\n\n".join(parts), as_json=as_json)


def _nights(
    paths: list[Path], vocabulary: str | None, epoch: float | None, column: str | None
) -> tuple[Nights, list[str]]:
    """Read night → scorer → hypnogram, all of a night in epochs of one length; and say what was passed over."""
    if len(paths) < 2:
        raise UsageError(f"{len(paths)} scorer", rule="agreement needs two at least")
    folders = [path.is_dir() for path in paths]
    if any(folders) != all(folders):
        raise UsageError("some of these are files, some folders", rule="a file per scorer, or a folder per scorer")
    named = _named(paths)
    files = (
        {
            name: {file.stem: file for file in sorted(path.iterdir()) if _is_scoring(file)}
            for name, path in named.items()
        }
        if all(folders)
        else {name: {"night": path} for name, path in named.items()}
    )
    nights: Nights = {}
    for name, mine in files.items():
        for night, file in mine.items():
            nights.setdefault(night, {})[name] = _read(file, vocabulary, epoch, column)
    alone = sorted(night for night, scorings in nights.items() if len(scorings) < 2)
    if len(alone) == len(nights):
        raise CannotAnswer(
            "no night was scored by two",
            rule="files of one night have one name in every folder",
            next_step="name the files alike, or name two files",
        )
    notes = [f"{len(alone)} nights have one scorer and were passed over: {_listed(alone)}"] if alone else []
    return {night: _one_length(nights[night]) for night in sorted(nights) if night not in alone}, notes


def _named(paths: list[Path]) -> dict[str, Path]:
    """Call scorers by their file or folder, by the folder above where two are called the same."""
    for of in (lambda path: path.stem, lambda path: path.resolve().parent.name, str):
        names = [of(path) for path in paths]
        if len(set(names)) == len(names):
            return dict(zip(names, paths, strict=True))
    raise UsageError("a file is named twice", rule="each scorer once")


def _is_scoring(file: Path) -> bool:
    """Tell score files from what lies beside them: sidecars of a table, hidden files."""
    from karmalink.night import SCORE_FORMATS

    endings = {ending for form in SCORE_FORMATS for ending in form.endings}
    beside = file.suffix == ".json" and file.with_suffix(".tsv").exists()
    return file.is_file() and not file.name.startswith(".") and file.suffix.lower() in endings and not beside


def _read(file: Path, vocabulary: str | None, epoch: float | None, column: str | None) -> Hypnogram:
    from karmalink.night import read_hypnogram

    return read_hypnogram(file, epoch_s=epoch, vocabulary=vocabulary, column=column)


def _one_length(scorings: dict[str, Hypnogram]) -> dict[str, Hypnogram]:
    longest = max(one.epoch_s for one in scorings.values())
    return {name: one if one.epoch_s == longest else one.resampled(longest) for name, one in scorings.items()}


def _text(found: ScorerAgreement) -> str:
    nights = f"{found.n_nights} night{'s' if found.n_nights > 1 else ''}"
    width = max(len(name) for name in found.scorers)
    lines = [
        f"{len(found.scorers)} scorers, {nights}, {found.n_epochs} epochs that two or more scored",
        "",
        f"  {'κ by pairs':42}{found.pairwise}",
        f"  {'κ, a scorer against all others':42}{found.against_others}",
        f"  {'Fleiss κ':42}{found.fleiss}",
        f"  {'share of a night on which all agree':42}{found.unanimous}",
        *(f"  {f'F1 {stage}, a scorer against all others':42}{value}" for stage, value in found.f1.items()),
        "",
        "Each against the consensus of all others",
        *(f"  {name:{width}}  κ {value}" for name, value in found.each.items()),
        "",
        _parting(found),
    ]
    if found.n_nights == 1:
        lines += ["", "One night says nothing about other nights, so there are no intervals."]
    return "\n".join(lines)


def _parting(found: ScorerAgreement) -> str:
    parted = found.disagreement
    if not parted.n_disagreed:
        return "They part nowhere."
    table = parted.to_dataframe().head(3)
    between = ", ".join(f"{name} {share:.0%}" for name, share in zip(table["stages"], table["share"], strict=True))
    text = f"They part in {parted.n_disagreed / parted.n_epochs:.0%} of the epochs, most over {between}"
    if parted.at_change is None or parted.inside is None:
        return text
    return f"{text}; in {parted.at_change:.0%} where the stage changes, in {parted.inside:.0%} elsewhere"


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
