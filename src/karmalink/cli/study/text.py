"""The words in which ``karmalink study …`` answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from karmalink.study import ErasureReport, LedgerEntry, Person, Study, VerifyReport
    from karmalink.study.analyses.open_questions import Answerable
    from karmalink.study.exports import Export
    from karmalink.study.imports import Imported

__all__ = [
    "added",
    "anchored",
    "backed_up",
    "consented",
    "counts",
    "exported",
    "ledger",
    "made",
    "shown",
    "verified",
    "withdrawn",
]

_NOUNS = ("people", "nights", "awakenings", "accounts", "lives", "places", "witnesses", "clues", "results")


def made(result: dict[str, Any]) -> str:
    """Say where the study and its key store are."""
    return (
        f"The study {result['title']!r} was made in {result['study']}\n"
        f"Its key store is {result['key_store']}\n"
        "It lies outside the study on purpose: back it up separately, on a medium that study backups never go to\n"
        f"(karmalink study backup-keys FOLDER --study {result['study']}). Without the key store, or without the\n"
        "passphrase, nobody can read the study again.\n"
        f"Next: karmalink study add people people.csv --study {result['study']}"
    )


def added(done: Imported, can: list[Answerable]) -> str:
    """Say what was new, what the doctor found, and what can be answered now."""
    lines = [f"{done.kind} from {done.source}: {len(done.new)} new, {done.known} already there"]
    lines += [f"  {note}" for note in done.notes]
    for one in can:
        life = f"the life {one.life} ({one.power.n_days} days)" if one.power else "no life"
        lines.append(f"What can be answered of {one.person}: {one.accounts} dated accounts, {life}")
        lines += [f"  {sentence}" for sentence in one.sentences]
    return "\n".join(lines)


def counts(study: Study) -> dict[str, Any]:
    """Return how much of what is in a study, without a text."""
    due = study.people.due()
    return {
        "study": str(study.path),
        "title": study.title,
        "counts": {noun: len(getattr(study, noun)) for noun in _NOUNS},
        "entries": len(study.lives.entry_ids()),
        "missing_consent": [one.id for one in due],
        "exports": [export.to_dict() for export in study.exported.list()],
        "ledger": len(study.ledger),
        "key_store": str(study.keys.path),
        "key_copies": [copy.path for copy in study.keys.copies],
        "notices": list(study.notices),
    }


def shown(result: dict[str, Any]) -> str:
    """Say how much there is."""
    lines = [f"{result['title']} ({result['study']})"]
    lines += [f"  {count:>6} {noun}" for noun, count in {**result["counts"], "entries": result["entries"]}.items()]
    lines.append(f"  {result['ledger']:>6} entries of the ledger")
    if result["missing_consent"]:
        lines.append(f"Something is missing of: {', '.join(result['missing_consent'])} (karmalink study consent)")
    lines += [
        f"Outside in the clear: {export['kind']} at {export['path']}, {len(export['people'])} people"
        + (f", handed to {', '.join(export['handed_to'])}" if export["handed_to"] else "")
        for export in result["exports"]
    ]
    lines.append(f"Key store: {result['key_store']}")
    lines += [f"Copy of the key store: {path}" for path in result["key_copies"]]
    return "\n".join(lines)


def consented(person: Person, missing: str) -> str:
    """Say what was entered and what is still missing."""
    return f"Entered for {person.id}. " + (f"Still missing: {missing}." if missing else "Nothing is missing.")


def withdrawn(name: str, report: ErasureReport) -> str:
    """Say what went, and what a person must still do."""
    if not report.erased:
        return f"{name} withdrew. What is theirs is kept and no longer used; --erase deletes it."
    rows = sum(report.rows.values())
    lines = [
        f"{name} was erased: their key, {rows} rows, {report.files} recordings, {len(report.exports)} exports.",
        f"The ledger keeps the pseudonym {report.pseudonym} and that it was erased.",
    ]
    if report.left_to_do:
        lines.append("What a machine cannot reach, and you must see to:")
        lines += [f"  - {task}" for task in report.left_to_do]
    return "\n".join(lines)


def verified(report: VerifyReport) -> str:
    """Say what holds."""
    lines = [
        f"Everything is what was stored: {report.entries} entries of the ledger, {report.rows} rows, "
        f"{report.files} files of the vault."
    ]
    if report.unreadable:
        lines.append(f"{report.unreadable} rows belong to people whose key is gone; they could not be opened.")
    return "\n".join([*lines, f"Order: {report.order}."])


def exported(done: Export) -> str:
    """Say what went out, and with whose words."""
    words = f"It carries the words of {done.texts} accounts." if done.texts else "It carries no words of anybody."
    lines = [f"{done.kind} export of {len(done.people)} people, {done.files} files: {done.path}", words, *done.left_out]
    lines.append("It is in the clear. The study's list of exports names it, and erasure deletes its files there.")
    return "\n".join(lines)


def backed_up(copy: Path) -> str:
    """Say where the copy is and what follows from it."""
    return (
        f"The key store was copied to {copy}\n"
        "Keep it away from backups of the study. When a person is erased this copy must be destroyed or made anew:\n"
        "with it an old copy of the study could still be read."
    )


def anchored(result: dict[str, Any]) -> str:
    """Say the hash and where it stands."""
    head = f"Entry {result['entry']} of the ledger has the hash {result['hash']}"
    if result["anchored"] is None:
        return f"{head}\nPublish or print it where the study cannot reach it, then: karmalink study anchor --note WHERE"
    return f"{head}\nEntered: it stands in {result['anchored']['note']}"


def ledger(entries: Sequence[LedgerEntry]) -> str:
    """List entries, one line each."""
    return "\n".join(
        f"{entry.seq:>5}  {entry.at}  {entry.event:<18} {entry.count:>6}  {entry.hash[:16]}  {' '.join(entry.owners)}"
        for entry in entries
    )
