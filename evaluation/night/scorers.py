"""Several scorers of the same nights: agreement of people, and of machines with their consensus."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.figure import Figure
from karmalink import night
from karmalink.errors import KarmalinkError
from karmalink.night.agreement.scorers import Interval
from karmalink.night.hypnograms.stages import STAGES, UNSCORED

__all__ = ["run"]

Nights = dict[str, dict[str, night.Hypnogram]]


def run(data: Path) -> list[Figure]:
    """Return the agreement of the scorers of every set in the folder, and of the models with their consensus."""
    figures: list[Figure] = []
    for folder in sorted(one for one in (data / "eeg" / "dod" / "scorers").glob("*") if one.is_dir()):
        scored = _nights(folder)
        if not scored:
            continue
        figures += _people(folder.name, night.compare_scorers(scored))
        figures += _machines(folder.name, scored, data / "eeg" / "dod" / "results" / folder.name)
    return figures


def _people(name: str, found: night.ScorerAgreement) -> list[Figure]:
    case = f"{name}, {len(found.scorers)} scorers"
    disagreement = found.disagreement
    between = disagreement.to_dataframe().head(3)
    most = ", ".join(f"{stages} {share:.0%}" for stages, share in zip(between["stages"], between["share"], strict=True))
    rows = [
        ("κ by pairs", found.pairwise, f"{found.n_nights} nights, {found.n_epochs} epochs scored by two or more"),
        ("κ, a scorer against all others", found.against_others, ", ".join(str(one) for one in found.each.values())),
        *((f"F1 {stage}, a scorer against all others", found.f1[stage], "") for stage in STAGES),
        ("Fleiss' κ", found.fleiss, ""),
        ("share of a night on which all agree", found.unanimous, f"most disagreements: {most}"),
    ]
    figures = [Figure(case, measure, f"{value.value:.3f}", _bounds(value), note) for measure, value, note in rows]
    changes = f"{disagreement.inside:.1%}" if disagreement.inside is not None else "none"
    share = f"{disagreement.at_change:.1%}" if disagreement.at_change is not None else "none"
    figures.append(Figure(case, "epochs with disagreement where the stage changes, elsewhere", f"{share}, {changes}"))
    return figures


def _machines(name: str, scored: Nights, folder: Path) -> list[Figure]:
    """Return κ of each model against the consensus of all scorers, and beside it what a scorer reaches."""
    figures = []
    shared = {one: night.consensus(scorings) for one, scorings in scored.items()}
    for model in sorted({path.parent for path in folder.rglob("*.json")}):
        compared, moved = {}, 0
        for one, people in shared.items():
            codes = _codes(model / f"{one}.json")
            if codes is None:
                continue
            placed, by_hand = _placed(codes, scored[one], people)
            moved += by_hand
            compared[one] = {"consensus": people, "model": placed}
        if not compared:
            continue
        found = night.compare_scorers(compared)
        note = f"{len(compared)} nights; " + ", ".join(f"F1 {stage} {found.f1[stage].value:.3f}" for stage in STAGES)
        if moved:
            note += f"; in {moved} the start is not stated, and was taken where it agrees best"
        figures.append(
            Figure(
                f"{name}, models",
                f"κ, {model.name} against the consensus",
                f"{found.pairwise.value:.3f}",
                _bounds(found.pairwise),
                note,
            )
        )
    return figures


def _placed(
    codes: NDArray[np.int8], scorings: dict[str, night.Hypnogram], people: night.Hypnogram
) -> tuple[night.Hypnogram, bool]:
    """Return a model's stages on the time line of the night.

    Models were run from the last scorer's first epoch to the first scorer's last (Guillot et al. 2020). A few nights
    were cut by lights that the files do not state: there the begin is where the model agrees best with the consensus.
    """
    rows = np.array([one.stages for one in scorings.values()])
    firsts = [int(np.flatnonzero(row != UNSCORED)[0]) for row in rows if (row != UNSCORED).any()]
    lasts = [int(np.flatnonzero(row != UNSCORED)[-1]) + 1 for row in rows if (row != UNSCORED).any()]
    first, last = max(firsts, default=0), min(lasts, default=0)
    stated = codes.size in {last - first, people.n_epochs}
    begin = (first if codes.size == last - first else 0) if stated else _best_begin(codes, people.stages)
    line = np.full(people.n_epochs, UNSCORED, dtype=np.int8)
    size = min(codes.size, people.n_epochs - begin)
    line[begin : begin + size] = codes[:size]
    return night.Hypnogram(line), not stated


def _best_begin(codes: NDArray[np.int8], people: NDArray[np.int8]) -> int:
    room = range(max(1, people.size - codes.size + 1))
    return max(room, key=lambda begin: int((people[begin : begin + codes.size] == codes[: people.size - begin]).sum()))


def _nights(folder: Path) -> Nights:
    """Return night → scorer → hypnogram; scorings of one night that differ in length are named and left out."""
    found: Nights = {}
    for path in sorted(folder.glob("*/*.json")):
        codes = _codes(path)
        if codes is not None:
            found.setdefault(path.stem, {})[path.parent.name] = night.Hypnogram(codes)
    kept = {}
    for name, scorings in found.items():
        if len({one.n_epochs for one in scorings.values()}) > 1:
            print(f"{name}: left out, its scorings differ in length", file=sys.stderr)
        elif len(scorings) > 1:
            kept[name] = scorings
    return kept


def _codes(path: Path) -> NDArray[np.int8] | None:
    if not path.exists():
        return None
    try:
        return night.read_hypnogram(path, vocabulary="0-4").stages
    except KarmalinkError as error:
        print(f"{path.name}: left out, {error}", file=sys.stderr)
        return None


def _bounds(value: Interval) -> str:
    return "" if np.isnan(value.low) else f"{value.low:.3f}–{value.high:.3f}"
