"""``karmalink night agree``: how far scorers agree, over one night or many, and where they disagree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from karmalink.base.wording import counted
from karmalink.cli.contract import Seed, emit, progress
from karmalink.cli.night.options import HypnogramOptions, MeetingOptions, OutputOptions, check_writable
from karmalink.cli.option_groups import with_option_groups
from karmalink.errors import CannotAnswer, UsageError, describe

if TYPE_CHECKING:
    from karmalink.night import Disagreement, Hypnogram, ScorerAgreement

__all__ = ["agree"]

Nights = dict[str, dict[str, "Hypnogram"]]

_DRAWS = 1000
_MOST_NAMED = 5


@with_option_groups
def agree(
    scorings: Annotated[
        list[Path],
        typer.Argument(help="One file per scorer for one night, or one folder per scorer with one file per night."),
    ],
    *,
    reading: HypnogramOptions,
    times: MeetingOptions,
    output: OutputOptions,
    live: Annotated[
        str, typer.Option("--live", help="The scorer that scored live: say what that costs against the others.")
    ] = "",
    truth: Annotated[str, typer.Option("--truth", help="The scorer that is right, with --live.")] = "",
    seed: Seed = 0,
) -> None:
    """Measure how far any number of scorers agree, with intervals by night, and where they disagree.

    With --live and --truth, also what staging live costs: its κ minus that of each scorer who knew the whole night.

    --out writes a page with the figures (.html) or, for one night, the consensus with the share of scorers for every
    stage (.tsv).
    """
    from karmalink.night import compare_scorers, consensus, live_costs, write_events

    out = output.out
    ending = "" if out is None else out.suffix.lower()
    if out is not None and ending not in {".tsv", ".html"}:
        raise UsageError(
            f"{describe(out.name)} does not end in .tsv or .html", where="--out", allowed=[".tsv", ".html"]
        )
    if bool(live) != bool(truth):
        raise UsageError("--live and --truth go together", where="--live" if truth else "--truth")
    check_writable(out, overwrite=output.overwrite)
    zone, by_clock = times.zone, not times.ignore_clock
    with progress(quiet=output.as_json) as bar:
        task = bar.add_task("reading", total=None)
        nights, notes = _nights(scorings, reading, zone)
        bar.update(task, description="comparing")
        if ending == ".tsv" and len(nights) > 1:
            raise UsageError(
                f"a .tsv holds the consensus of one night, and these are {counted(len(nights), 'night')}",
                where="--out",
                next_step="name the files of one night, or write .html",
            )
        agreement = compare_scorers(nights, n_boot=_DRAWS, seed=seed, zone=zone, by_clock=by_clock)
        notes = [*notes, *agreement.notes]
        costs = live_costs(nights, live=live, truth=truth, seed=seed, zone=zone, by_clock=by_clock) if live else []
    if out is not None and ending == ".tsv":
        write_events(consensus(next(iter(nights.values())), zone=zone, by_clock=by_clock), out)
    if out is not None and ending == ".html":
        from karmalink.report import agreement_page

        agreement_page(agreement, nights, out)
    result = agreement.to_dict() | {"notes": notes, "out": str(out) if out else None}
    if costs:
        result["live_costs"] = [cost.to_dict() for cost in costs]
    parts = [
        _text(agreement),
        *map(str, costs),
        *(f"Note: {note}" for note in notes),
        *([f"Written: {out}"] if out else []),
    ]
    emit(result, "\n\n".join(parts), as_json=output.as_json)


def _nights(paths: list[Path], reading: HypnogramOptions, zone: ZoneInfo | None) -> tuple[Nights, list[str]]:
    """Read night → scorer → hypnogram, and notes on what was left out."""
    if len(paths) < 2:
        raise UsageError(counted(len(paths), "scorer"), rule="agreement needs at least two scorers")
    folders = [path.is_dir() for path in paths]
    if any(folders) != all(folders):
        raise UsageError("some of these are files, some folders", rule="one file per scorer, or one folder per scorer")
    files: dict[str, dict[str, Path]] = {}
    for scorer, path in _scorers(paths).items():
        inside = sorted(path.iterdir()) if path.is_dir() else []
        files[scorer] = {file.stem: file for file in inside if _is_scoring(file)} if all(folders) else {"night": path}
    nights: Nights = {}
    for scorer, scored in files.items():
        for night, file in scored.items():
            nights.setdefault(night, {})[scorer] = reading.read(file, zone)
    alone = sorted(night for night, scorings in nights.items() if len(scorings) < 2)
    if len(alone) == len(nights):
        raise CannotAnswer(
            "no night was scored by two scorers",
            rule="the files of one night have the same name in every folder",
            next_step="rename the files, or name two files instead of folders",
        )
    notes = [f"left out, with one scorer: {counted(len(alone), 'night')} ({_listed(alone)})"] if alone else []
    read = {night: nights[night] for night in sorted(nights) if night not in alone}
    notes += [
        f"{scorer}{f', {night}' if len(read) > 1 else ''}: {note}"
        for night, scorings in read.items()
        for scorer, hypnogram in scorings.items()
        for note in hypnogram.notes
    ]
    return read, notes


def _scorers(paths: list[Path]) -> dict[str, Path]:
    """Name scorers by their file or folder, or by the folder above where two names are the same."""
    for name_of in (lambda path: path.stem, lambda path: path.resolve().parent.name, str):
        names = [name_of(path) for path in paths]
        if len(set(names)) == len(names):
            return dict(zip(names, paths, strict=True))
    raise UsageError("a file is named twice", rule="each scorer once")


def _is_scoring(file: Path) -> bool:
    """Whether a file is a score file, and not a hidden file or the sidecar of a table."""
    from karmalink.night import SCORE_FORMATS

    endings = {ending for form in SCORE_FORMATS for ending in form.endings}
    sidecar = file.suffix == ".json" and file.with_suffix(".tsv").exists()
    return file.is_file() and not file.name.startswith(".") and file.suffix.lower() in endings and not sidecar


def _text(agreement: ScorerAgreement) -> str:
    width = max(len(scorer) for scorer in agreement.scorers)
    lines = [
        f"{counted(len(agreement.scorers), 'scorer')}, {counted(agreement.n_nights, 'night')}, "
        f"{counted(agreement.n_epochs, 'epoch')} scored by two or more",
        "",
        f"  {'κ by pairs':42}{agreement.pairwise}",
        f"  {'κ, a scorer against all others':42}{agreement.against_others}",
        f"  {'Fleiss κ':42}{agreement.fleiss}",
        f"  {'share of a night on which all agree':42}{agreement.unanimous}",
        *(f"  {f'F1 {stage}, a scorer against all others':42}{value}" for stage, value in agreement.f1.items()),
        "",
        "Each scorer against the consensus of all others",
        *(f"  {name:{width}}  κ {value}" for name, value in agreement.each.items()),
        "",
        _disagreement(agreement.disagreement),
    ]
    if agreement.n_nights == 1:
        lines += ["", "One night says nothing about other nights, so there are no intervals."]
    return "\n".join(lines)


def _disagreement(profile: Disagreement) -> str:
    if not profile.n_disagreed:
        return "All scorers agree in every epoch."
    table = profile.to_dataframe().head(3)
    between = ", ".join(f"{name} {share:.0%}" for name, share in zip(table["stages"], table["share"], strict=True))
    text = f"They disagree in {profile.n_disagreed / profile.n_epochs:.0%} of the epochs, mostly between {between}"
    if profile.at_change is None or profile.inside is None:
        return text
    return f"{text}; in {profile.at_change:.0%} where the stage changes, in {profile.inside:.0%} elsewhere"


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
