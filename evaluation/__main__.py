"""Run the evaluation: ``python -m evaluation FOLDER [ROOM or CASE …]``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from evaluation import account, link, night, seek
from evaluation.figure import Case, table

ROOMS: dict[str, dict[str, Case]] = {
    "night": night.CASES,
    "account": account.CASES,
    "link": link.CASES,
    "seek": seek.CASES,
}


def main(words: list[str]) -> int:
    """Run the chosen rooms or cases, all by default; a case whose data is absent is named and passed over."""
    names = {name for cases in ROOMS.values() for name in cases} | set(ROOMS)
    unknown = set(words[1:]) - names
    if not words or unknown:
        print(
            "usage: python -m evaluation FOLDER [ROOM or CASE ...]; known:", ", ".join(sorted(names)), file=sys.stderr
        )
        return 2
    data, chosen = Path(words[0]), set(words[1:]) or set(ROOMS)
    for room, cases in ROOMS.items():
        _room(room, {name: case for name, case in cases.items() if chosen & {room, name}}, data)
    return 0


def _room(room: str, cases: dict[str, Case], data: Path) -> None:
    for name, case in cases.items():
        if not case.present(data):
            print(f"{name}: passed over, {data / case.needs} is not there", file=sys.stderr)
            continue
        print(f"{name} …", file=sys.stderr, flush=True)
        start = time.perf_counter()
        figures = case.run(data)
        print(f"\n### {room}: {name}\n\n{table(figures)}", flush=True)
        print(f"{name}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
