"""What ``karmalink study …`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from karmalink.base.wording import counted

if TYPE_CHECKING:
    from karmalink.study import ErasureReport, LedgerEntry, Person, Study, VerifyReport
    from karmalink.study.analyses.open_questions import Answerable
    from karmalink.study.exports import Export
    from karmalink.study.imports import Imported

__all__ = [
    "accepted",
    "anchor",
    "consent",
    "contents",
    "copy_forgotten",
    "counts",
    "created",
    "export",
    "imported",
    "in_keyring",
    "keys_copied",
    "ledger",
    "passphrase_changed",
    "verification",
    "withdrawal",
]

# Nouns of a study, each with its singular.
_NOUNS = {
    "people": "person",
    "nights": "night",
    "awakenings": "awakening",
    "accounts": "account",
    "lives": "life",
    "places": "place",
    "witnesses": "witness",
    "clues": "clue",
    "results": "result",
    "entries": "entry",
}


def created(result: dict[str, Any]) -> str:
    """Return where a new study and its key store are."""
    return (
        f"The study {result['title']!r} was created in {result['study']}\n"
        f"Its key store is {result['key_store']}\n"
        "It lies outside the study on purpose: back it up separately, where no backup of the study goes\n"
        f"(karmalink study backup-keys FOLDER --study {result['study']}). Without the key store, or without the\n"
        "passphrase, the study can never be read again.\n"
        f"Next: karmalink study add people people.csv --study {result['study']}"
    )


def accepted(result: dict[str, Any]) -> str:
    """Return that a backup is the study from now on, and what it lacks."""
    lacking = counted(result["lacking"], "entry", "entries")
    verb = "is" if result["lacking"] == 1 else "are"
    return (
        f"{result['study']} is the study from now on. {lacking} of the lost study's ledger {verb} not in it.\n"
        "People who were erased since the backup was made stay erased. Import again what was added since."
    )


def imported(done: Imported, answers: list[Answerable]) -> str:
    """Return what was new, what the doctor found, and what can be answered now."""
    lines = [f"{done.kind} from {done.source}: {len(done.new)} new, {done.known} already there"]
    lines += [f"  {note}" for note in done.notes]
    for answer in answers:
        life = f"the life {answer.life} ({counted(answer.power.n_days, 'day')})" if answer.power else "no life"
        accounts = counted(answer.accounts, "dated account")
        lines.append(f"What can be answered about {answer.person}: {accounts}, {life}")
        lines += [f"  {sentence}" for sentence in answer.sentences]
    return "\n".join(lines)


def counts(study: Study) -> dict[str, Any]:
    """Return how much is in a study, without any text."""
    return {
        "study": str(study.path),
        "title": study.title,
        "counts": {noun: len(getattr(study, noun)) for noun in _NOUNS if noun != "entries"},
        "entries": len(study.lives.entry_ids()),
        "missing_consent": [person.id for person in study.people.due()],
        "exports": [export.to_dict() for export in study.exported.list()],
        "ledger": len(study.ledger),
        "key_store": str(study.keys.path),
        "key_copies": [copy.path for copy in study.keys.copies],
        "notices": list(study.notices),
    }


def contents(result: dict[str, Any]) -> str:
    """Return how much is in a study (see :func:`counts`), as lines."""
    lines = [f"{result['title']} ({result['study']})"]
    numbers = {**result["counts"], "entries": result["entries"]}
    lines += [f"  {count:>6} {_NOUNS[noun] if count == 1 else noun}" for noun, count in numbers.items()]
    lines.append(f"  {result['ledger']:>6} ledger {'entry' if result['ledger'] == 1 else 'entries'}")
    if result["missing_consent"]:
        lines.append(f"Consent is missing from: {', '.join(result['missing_consent'])} (karmalink study consent)")
    for row in result["exports"]:
        handed = f", handed to {', '.join(row['handed_to'])}" if row["handed_to"] else ""
        people = counted(len(row["people"]), "person", "people")
        lines.append(f"Export, not encrypted: {row['kind']} at {row['path']}, {people}{handed}")
    lines.append(f"Key store: {result['key_store']}")
    lines += [f"Copy of the key store: {path}" for path in result["key_copies"]]
    return "\n".join(lines)


def consent(person: Person, missing: str) -> str:
    """Return what was entered and what is still missing."""
    return f"Entered for {person.id}. " + (f"Still missing: {missing}." if missing else "Nothing is missing.")


def withdrawal(name: str, report: ErasureReport) -> str:
    """Return what was deleted, and what remains to be done by hand."""
    if not report.erased:
        return f"{name} withdrew. Their data are kept and no longer used; --erase deletes them."
    rows = counted(sum(report.rows.values()), "row")
    files, exports = counted(report.files, "recording"), counted(len(report.exports), "export")
    lines = [
        f"{name} was erased: their key, {rows}, {files}, {exports}.",
        f"The ledger keeps the pseudonym {report.pseudonym} and that it was erased.",
    ]
    if report.left_to_do:
        lines.append("Out of the program's reach, and left for you to do:")
        lines += [f"  - {task}" for task in report.left_to_do]
    return "\n".join(lines)


def verification(report: VerifyReport) -> str:
    """Return what was checked, and what the ledger proves."""
    lines = [
        f"Everything is what was stored: {counted(report.entries, 'ledger entry', 'ledger entries')}, "
        f"{counted(report.rows, 'row')}, {counted(report.files, 'vault file')}."
    ]
    if report.unreadable:
        rows = counted(report.unreadable, "row")
        lines.append(f"{rows} of people whose key is gone could not be opened.")
    lines += [f"Note: {note}." for note in report.notes]
    return "\n".join([*lines, f"Order: {report.order}."])


def export(done: Export) -> str:
    """Return what was exported, and whether it contains people's words."""
    words = f"It contains the words of {counted(done.texts, 'account')}." if done.texts else "It contains no texts."
    people, files = counted(len(done.people), "person", "people"), counted(done.files, "file")
    lines = [f"{done.kind} export of {people}, {files}: {done.path}", words, *done.left_out]
    lines.append("It is not encrypted. The study's list of exports names it, and an erasure deletes its files there.")
    return "\n".join(lines)


def keys_copied(copy: Path) -> str:
    """Return where a copy of the key store is and what follows from it."""
    return (
        f"The key store was copied to {copy}\n"
        "Keep it away from backups of the study. When a person is erased, destroy this copy (then: karmalink study\n"
        "forget-copy) or make it again: with it an old copy of the study could still be read."
    )


def copy_forgotten(result: dict[str, Any]) -> str:
    """Return that a copy left the list, and which copies remain."""
    left = result["key_copies"]
    rest = "\n".join(["Copies that remain:", *(f"  {path}" for path in left)]) if left else "No copy is left."
    return f"No longer listed: {result['forgotten']}\n{rest}"


def passphrase_changed(result: dict[str, Any]) -> str:
    """Return what the new passphrase opens, and what still opens with the old one."""
    lines = [f"The key store {result['key_store']} now opens with the new passphrase."]
    if result["keyring"]:
        lines.append("The system keyring has the new passphrase too.")
    if result["key_copies"]:
        lines.append("These copies still open with the old one: make them again (karmalink study backup-keys)")
        lines += [f"  {path}" for path in result["key_copies"]]
    return "\n".join(lines)


def in_keyring(result: dict[str, Any]) -> str:
    """Return that the keyring has the passphrase."""
    return (
        f"The system keyring has the passphrase of {result['study']}.\n"
        "keys.keyring = true is set: commands no longer ask for it on this machine."
    )


def anchor(result: dict[str, Any]) -> str:
    """Return the hash and where it was published."""
    head = f"Entry {result['entry']} of the ledger has the hash {result['hash']}"
    if result["anchored"] is None:
        return f"{head}\nPublish or print it outside the study, then: karmalink study anchor --note WHERE"
    return f"{head}\nEntered as published: {result['anchored']['note']}"


def ledger(entries: Sequence[LedgerEntry]) -> str:
    """Return the entries, one line each."""
    return "\n".join(
        f"{entry.seq:>5}  {entry.at}  {entry.event:<18} {entry.count:>6}  {entry.hash[:16]}  {' '.join(entry.owners)}"
        for entry in entries
    )
