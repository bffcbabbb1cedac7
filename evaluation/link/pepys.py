"""Pepys: thirteen dreams against his own diary, and what the diary could show at all."""

from __future__ import annotations

from pathlib import Path

from evaluation.figure import Figure
from evaluation.link.texts import pepys_diary
from karmalink import account, link

__all__ = ["run"]


def run(data: Path) -> list[Figure]:
    """Return the verdict on the dream mentions, the sign odds of the diary and its power for retold transplants."""
    life = pepys_diary(data)
    accounts = account.accounts_of_mentions(life.entries, "pepys")
    mentions = link.pairs(accounts, life, cut_retellings=True)
    pseudo = link.pseudo(life)
    odds = pseudo.calibration
    found = [
        Figure(
            "Pepys, dream mentions", f"{len(accounts)} accounts, mirror null", mentions.verdict, note=mentions.finding
        ),
        Figure(
            "Pepys, pseudo-accounts",
            f"P(+) over {odds.n_signs:,} signs of {odds.n_days:,} days",
            f"{odds.p_plus:.3f}",
            f"{odds.low:.3f}–{odds.high:.3f}",
        ),
        Figure("Pepys, pseudo-accounts", f"nights called links at q = {pseudo.q}", str(pseudo.discoveries)),
    ]
    for planted in pseudo.transplants:
        kept = f"{planted.kept_units:.0%} of the units, {planted.kept_words:.0%} of the words kept"
        note = f"found anything in {planted.answered:.0%} of runs; {planted.fdp:.1%} of the links were not planted"
        measure = f"power, {planted.share:.0%} of {planted.n_nights} nights retold, {kept}"
        found.append(Figure("Pepys, transplants", measure, f"{planted.power:.2f}", note=note))
    return found
