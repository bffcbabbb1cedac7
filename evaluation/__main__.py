"""Run the evaluation: ``python -m evaluation FOLDER [CASE …]``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from evaluation import dreambank, helsinki, night, pepys
from evaluation.figure import Figure, table

# case -> what it needs under the data folder, how it is run
CASES: dict[str, tuple[str, Callable[[Path], list[Figure]]]] = {
    "night": ("eeg/dreams_spindles/excerpt3.edf", night.run),
    "pepys": ("dreams/pepys/entries.jsonl", pepys.run),
    "dreambank": ("dreams/dreambank/dreams.jsonl", dreambank.run),
    "helsinki": ("seek/osm/Helsinki.osm.pbf", helsinki.run),
}


def main(words: list[str]) -> int:
    """Run the chosen cases, all by default; a case whose data is absent is named and passed over."""
    if not words:
        print("usage: python -m evaluation FOLDER [CASE ...]; cases:", ", ".join(CASES), file=sys.stderr)
        return 2
    data, chosen = Path(words[0]), words[1:] or list(CASES)
    figures: list[Figure] = []
    for name in chosen:
        needed, run = CASES[name]
        if not (data / needed).exists():
            print(f"{name}: passed over, {data / needed} is not there", file=sys.stderr)
            continue
        print(f"{name} …", file=sys.stderr, flush=True)
        figures += run(data)
    print(table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
