"""``karmalink study …``: create a study, import files, see what is in it, withdraw people, export."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from karmalink.cli.contract import JsonFlag, command_group, emit, progress, track
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.reading_options import ReadingOptions
from karmalink.cli.study import text
from karmalink.cli.study.keys import backup_keys, change_passphrase, forget_copy, use_keyring
from karmalink.cli.study.options import ConsentOptions, FileOptions, as_day
from karmalink.cli.study.report import report
from karmalink.cli.study_access import KeysFolder, PassphraseFile, StudyOptions, new_passphrase
from karmalink.errors import UsageError

__all__ = ["app"]

app = command_group(
    "study", "One encrypted study: people, nights, accounts, lives and clues; imports, exports, withdrawal."
)

# After these kinds the answerable questions are printed: they may have changed.
_LINKED = ("accounts", "entries")


@app.command("init")
def init(
    path: Annotated[Path, typer.Argument(help="The study's folder; new or empty.", show_default=False)],
    title: Annotated[str, typer.Option("--title", help="A title, in the clear: no person's name.", show_default=False)],
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    database_url: Annotated[
        str, typer.Option("--database-url", help="PostgreSQL, if several machines write; otherwise SQLite.")
    ] = "",
    as_json: JsonFlag = False,
) -> None:
    """Create a study. The passphrase is asked for, or read from --passphrase-file or KARMALINK_PASSPHRASE."""
    from karmalink.study import Study

    secret = new_passphrase(passphrase_file)
    with Study.create(path, title=title, passphrase=secret, keys=keys, database_url=database_url) as study:
        result = {"study": str(study.path), "id": study.id, "title": study.title, "key_store": str(study.keys.path)}
    emit(result, text.created(result), as_json=as_json)


@app.command("add")
@with_option_groups
def add(
    *,
    kind: Annotated[
        str,
        typer.Argument(
            help="people, nights, awakenings, accounts, entries, places, witnesses or clues.", show_default=False
        ),
    ],
    file: Annotated[Path, typer.Argument(help="The file.", show_default=False)],
    reading: ReadingOptions,
    more: FileOptions,
    access: StudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Import one file: all of it, or nothing and every fault. Importing the same file again adds nothing."""
    from karmalink.study.analyses.open_questions import answerable
    from karmalink.study.imports import Options, add_file

    options = Options(**reading.reading().given(), **more.given())
    with access.open(write=True) as study:
        with progress(quiet=as_json) as bar:
            imported = add_file(
                study, kind, file, options=options, progress=track(bar, f"storing {kind}", at_once=False)
            )
        answers = answerable(study) if imported.kind in _LINKED else []
    result = {**imported.to_dict(), "answerable": [answer.to_dict() for answer in answers]}
    emit(result, text.imported(imported, answers), as_json=as_json)


@app.command("show")
@with_option_groups
def show(*, access: StudyOptions, as_json: JsonFlag = False) -> None:
    """Print how much is in the study, whose consent is missing, and what was exported. No text is shown."""
    with access.open() as study, study.snapshot():
        result = text.counts(study)
    emit(result, text.contents(result), as_json=as_json)


@app.command("consent")
@with_option_groups
def consent(
    *,
    person: Annotated[str, typer.Argument(help="The person.", show_default=False)],
    answers: ConsentOptions,
    access: StudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Enter what a person, or a minor's guardian, answered."""
    with access.open(write=True) as study:
        updated = study.people.consent(
            person, own=answers.own, guardian=answers.guardian, assent=answers.assent, on=as_day(answers.on, "--on")
        )
        missing = updated.missing(dt.date.today(), int(study.settings["study.majority_age"]))
    emit({**updated.to_dict(), "missing": missing}, text.consent(updated, missing), as_json=as_json)


@app.command("withdraw")
@with_option_groups
def withdraw(
    *,
    person: Annotated[str, typer.Argument(help="The person.", show_default=False)],
    erase: Annotated[bool, typer.Option("--erase", help="Delete everything of theirs permanently.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    access: StudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Withdraw a person. With --erase their key, texts, recordings, results and exports are deleted permanently."""
    with access.open(write=True) as study:
        study.people.get(person)
        if erase and not yes:
            _confirm(
                f"Erase {person}? Their key, texts, recordings, results and exports are deleted permanently.", _ERASED
            )
        with progress(quiet=as_json) as bar:
            erasing = track(bar, "erasing", at_once=False) if erase else None
            withdrawn = study.withdraw(person, erase=erase, progress=erasing)
    emit(withdrawn.to_dict(), text.withdrawal(person, withdrawn), as_json=as_json)


@app.command("verify")
@with_option_groups
def verify(*, access: StudyOptions, as_json: JsonFlag = False) -> None:
    """Check that everything is what was stored, and what the ledger proves about order. Exit code 5 if not."""
    with access.open() as study, progress(quiet=as_json) as bar:
        verified = study.verify(progress=track(bar, "checking", at_once=False))
    verified.raise_if_broken()
    emit(verified.to_dict(), text.verification(verified), as_json=as_json)


@app.command("accept-backup")
@with_option_groups
def accept_backup(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    access: StudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Make a restored backup the study from now on, after the study itself was lost. The ledger says so."""
    if not yes:
        _confirm("Is the study itself lost? What was stored in it after this backup is given up.", _ACCEPTED)
    with access.accept_backup() as study:
        entry = study.ledger.latest("study.accepted")
        result = {"study": str(study.path), "lacking": entry.count if entry else 0, "notices": list(study.notices)}
    emit(result, text.accepted(result), as_json=as_json)


@app.command("export")
@with_option_groups
def export(
    *,
    kind: Annotated[str, typer.Argument(help="bids or dream.", show_default=False)],
    dest: Annotated[Path, typer.Argument(help="A new folder, outside the study.", show_default=False)],
    texts: Annotated[bool, typer.Option("--texts", help="Include the words of the accounts.")] = False,
    handed_to: Annotated[str, typer.Option("--handed-to", help="Who gets a copy.")] = "",
    access: StudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Write an unencrypted export: pseudonyms, shifted days, no words unless --texts. Erasure deletes it again."""
    from karmalink.study.exports import export_study

    with access.open(write=True) as study, progress(quiet=as_json) as bar:
        writing = track(bar, f"writing {kind}", at_once=False)
        done = export_study(study, kind, dest, texts=texts, handed_to=handed_to, progress=writing)
    emit(done.to_dict(), text.export(done), as_json=as_json)


@app.command("anchor")
@with_option_groups
def anchor(
    *,
    note: Annotated[
        str | None,
        typer.Option("--note", help="Where the hash was published outside the study; without it, only show the hash."),
    ] = None,
    token: Annotated[Path | None, typer.Option("--token", help="RFC 3161 time stamp over the hash.")] = None,
    access: StudyOptions,
    as_json: JsonFlag = False,
) -> None:
    """Show the hash of the ledger's last entry, or enter where it was published outside the study."""
    with access.open(write=note is not None) as study:
        head = study.ledger.head()
        result: dict[str, Any] = {"entry": head.seq, "hash": head.hash, "anchored": None}
        if note is not None:
            result["anchored"] = study.ledger.anchor(note, token=token or b"").to_dict()
    emit(result, text.anchor(result), as_json=as_json)


@app.command("ledger")
@with_option_groups
def ledger(*, access: StudyOptions, as_json: JsonFlag = False) -> None:
    """List the changes to the study, entry by entry: pseudonyms, counts and hashes, no names and no text."""
    with access.open() as study:
        entries = study.ledger.list()
    emit({"entries": [entry.to_dict() for entry in entries]}, text.ledger(entries), as_json=as_json)


app.command("report")(report)
app.command("passphrase")(change_passphrase)
app.command("keyring")(use_keyring)
app.command("backup-keys")(backup_keys)
app.command("forget-copy")(forget_copy)


def _confirm(question: str, unconfirmed: UsageError) -> None:
    if not sys.stdin.isatty() or not typer.confirm(question, err=True):
        raise unconfirmed


_ERASED = UsageError(
    "nothing was erased: it was not confirmed", rule="what is erased cannot be restored", allowed="--yes"
)
_ACCEPTED = UsageError(
    "nothing was changed: it was not confirmed",
    rule="a backup takes the place of a study that is lost",
    allowed="--yes",
)
