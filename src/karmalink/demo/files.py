"""The demo study as plain files: what somebody would have on their own disk before they met Karmalink."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.account import write_accounts, write_lives
from karmalink.demo.cast import CAST, other_lives
from karmalink.demo.lives_register import register
from karmalink.demo.story import Story
from karmalink.demo.town import GROUND_KM, Town, to_lonlat, write_geojson
from karmalink.demo.witnesses import WITNESSES, WitnessStatement
from karmalink.errors import UsageError

__all__ = ["MARK", "OWN", "fresh_folder", "place_features", "write_files", "write_truth"]

# The demo's own folder: made afresh on every run, and nothing that the demo did not make is ever deleted.

MARK = ".karmalink-demo"
_ABOUT = "Made by `karmalink demo`; a new run deletes and remakes what it made here.\n"
# Everything the demo makes at the top of its folder.
OWN = (MARK, "files", "keys", "study", "truth.json", "report.html")


def fresh_folder(path: Path) -> Path:
    """Return an empty folder for the demo.

    A folder that an earlier demo made is emptied of what the demo made. A file that is not the demo's stops it:
    it was put there to be kept.

    Raises
    ------
    UsageError
        The path is a file, a link, a folder that no demo made, or one with other things in it.
    """
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise UsageError("the demo needs a folder of its own", where=path, next_step="give another --out")
    names = sorted(item.name for item in path.iterdir()) if path.exists() else []
    if names and MARK not in names:
        raise UsageError(
            "this folder is not empty and no demo made it",
            where=path,
            rule="the demo deletes only what a demo made",
            next_step="give another --out, or an empty folder",
        )
    strangers = [name for name in names if name not in OWN]
    if strangers:
        raise UsageError(
            f"this demo folder also holds {strangers[0]!r}, which no demo made",
            where=path,
            rule="the demo deletes only what a demo made",
            next_step="move it away, or give another --out",
        )
    # The mark goes last: a run that is stopped in between leaves a folder that is still known as a demo's.
    for name in sorted(set(names) - {MARK}):
        _remove(path / name)
    path.mkdir(parents=True, exist_ok=True)
    (path / MARK).write_text(_ABOUT, encoding="utf-8")
    return path


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def write_files(folder: Path, story: Story, said: Sequence[WitnessStatement]) -> dict[str, Path]:
    """Write every file of the demo study but the night, and return them by name.

    Parameters
    ----------
    folder : Path
        An existing, empty folder.
    story, said : Story, sequence of Statement
        The world and what its witnesses say. Nothing of the truth is written.
    """
    return {
        "people": _table(folder / "people.csv", _people()),
        "awakenings": _table(folder / "awakenings.csv", _awakenings(story)),
        "accounts": write_accounts(folder / "accounts.csv", story.accounts),
        "lives": write_lives(folder / "entries.csv", [story.life, *other_lives(story)]),
        "register": write_lives(folder / "register.csv", register(story.seed, story.town)),
        "places": write_geojson(folder / "places.geojson", place_features(story.town)),
        "ground": write_geojson(folder / "ground.geojson", [_surface("ground", "the ground", _outline())]),
        "closing": write_geojson(
            folder / "closing.geojson", [_surface("corridor", "what the railway takes", story.town.corridor)]
        ),
        "witnesses": _table(folder / "witnesses.csv", _witnesses()),
        "clues": _table(folder / "clues.csv", [_clue(statement) for statement in said]),
        "testimony": _testimony(folder / "testimony.txt", said),
    }


def _testimony(path: Path, said: Sequence[WitnessStatement]) -> Path:
    """Write what the witnesses say as a transcript, a speaker a line."""
    path.write_text("".join(f"{one.witness}: {one.words}\n" for one in said), encoding="utf-8")
    return path


def write_truth(path: Path, story: Story, said: Sequence[WitnessStatement]) -> Path:
    """Write what was planted, beside the study and never into it."""
    truth = story.truth
    body = {
        "about": "What was planted. No step of the analysis reads this file.",
        "spot": dict(zip(("lon", "lat"), to_lonlat(*truth.spot), strict=True)),
        "sources": truth.sources,
        "tellings": {entry: {"place": place, "near": truth.right[entry]} for entry, place in truth.tellings.items()},
        "witnesses_right": {statement.id: statement.right for statement in said},
        "register": "nothing: no dream has anything to do with any of its lives",
    }
    path.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def place_features(town: Town) -> list[dict[str, Any]]:
    """Return the town's points, lines and quarters as GeoJSON features."""
    points = [
        _feature(place.id, place.name, place.kind, "Point", to_lonlat(place.x, place.y), place.aliases)
        for place in town.places
    ]
    lines = [
        _feature(name, f"the {name}", "river" if name == "river" else "railway", "LineString", _lonlats(line))
        for name, line in town.lines.items()
    ]
    return points + lines + [_surface(name.replace(" ", "-"), name, ring) for name, ring in town.quarters.items()]


def _people() -> list[dict[str, str]]:
    return [
        {
            "person": member.id,
            "role": member.role,
            "born": str(member.born),
            "guardian_consent": "yes" if member.role == "minor" else "",
            "assent": "yes" if member.role == "minor" else "",
            "consent": "" if member.role == "minor" else "yes",
            "consent_date": member.consent_date.isoformat(),
        }
        for member in CAST
    ]


def _awakenings(story: Story) -> list[dict[str, str]]:
    """Return the awakenings but for those of the recorded night: its scoring says them."""
    recorded = {account.awakening for account in story.accounts if account.night() == story.recorded}
    return [
        {
            "id": awakening.id,
            "person": awakening.person,
            "night": awakening.night or "",
            "date": awakening.time.date().isoformat(),
            "calendar": "gregorian",
            "time": awakening.time.time().isoformat(),
            "stage": awakening.stage,
            "confidence": f"{awakening.confidence:.2f}",
            "rule": awakening.rule,
        }
        for awakening in story.awakenings
        if awakening.id not in recorded
    ]


def _witnesses() -> list[dict[str, str]]:
    return [
        {
            "witness": card.id,
            "source_grade": card.source_grade,
            "info_grade": str(card.info_grade),
            "talked_to": card.talked_to,
        }
        for card in WITNESSES
    ]


def _clue(statement: WitnessStatement) -> dict[str, str]:
    return {
        "id": statement.id,
        "witness": statement.witness,
        "relation": statement.relation,
        "places": ";".join(statement.places),
        "distance_m": "" if statement.distance_m is None else f"{statement.distance_m:.0f}",
        "heading": statement.heading,
        "words": statement.words,
    }


def _table(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def _outline() -> NDArray[np.float64]:
    x, y = (np.array(GROUND_KM) * 1000).tolist()
    return np.array([[0.0, 0.0], [x, 0.0], [x, y], [0.0, y]])


def _lonlats(points: NDArray[np.float64]) -> list[list[float]]:
    return [[round(value, 7) for value in to_lonlat(float(x), float(y))] for x, y in points]


def _surface(name: str, title: str, ring: NDArray[np.float64]) -> dict[str, Any]:
    corners = _lonlats(ring)
    return _feature(name, title, "ground", "Polygon", [[*corners, corners[0]]])


def _feature(
    name: str, title: str, kind: str, form: str, coordinates: Any, aliases: tuple[str, ...] = ()
) -> dict[str, Any]:
    properties = {"id": name, "name": title, "kind": kind, **({"aliases": list(aliases)} if aliases else {})}
    return {"type": "Feature", "properties": properties, "geometry": {"type": form, "coordinates": coordinates}}
