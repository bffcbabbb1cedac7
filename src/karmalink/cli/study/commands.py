"""``karmalink study …``: make a study, bring files in, look at it, let people go, take exports out."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from karmalink.cli.contract import JsonFlag, StudyPath, command_group, emit, progress, track
from karmalink.cli.option_groups import with_option_groups
from karmalink.cli.reading_options import ReadingOptions
from karmalink.cli.study import text
from karmalink.cli.study.report import report
from karmalink.cli.study_access import KeysFolder, PassphraseFile, new_passphrase, open_study
from karmalink.errors import UsageError

__all__ = ["app"]

app = command_group(
    "study", "One encrypted study: people, nights, accounts, lives and clues; imports, exports, withdrawal."
)

app.command("report")(report)
_LINKED = ("accounts", "entries")


@app.command("init")
def init(
    path: Annotated[Path, typer.Argument(help="The study's folder; new or empty.", show_default=False)],
    title: Annotated[str, typer.Option("--title", help="A title, in the clear: no person's name.", show_default=False)],
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    database_url: Annotated[
        str, typer.Option("--database-url", help="PostgreSQL, where several machines write; SQLite where empty.")
    ] = "",
    as_json: JsonFlag = False,
) -> None:
    """Make a study. The passphrase is asked for, or read from --passphrase-file or KARMALINK_PASSPHRASE."""
    from karmalink.study import Study

    secret = new_passphrase(passphrase_file)
    with Study.create(path, title=title, passphrase=secret, keys=keys, database_url=database_url) as study:
        result = {"study": str(study.path), "id": study.id, "title": study.title, "key_store": str(study.keys.path)}
    emit(result, text.made(result), as_json=as_json)


@app.command("add")
@with_option_groups
def add(
    kind: Annotated[
        str,
        typer.Argument(
            help="people, nights, awakenings, accounts, entries, places, witnesses or clues.", show_default=False
        ),
    ],
    file: Annotated[Path, typer.Argument(help="The file.", show_default=False)],
    study: StudyPath = None,
    *,
    reading: ReadingOptions,
    life_kind: Annotated[
        str | None, typer.Option("--life-kind", help="Kind of that life: diary, calendar, chat, register, other.")
    ] = None,
    name: Annotated[str | None, typer.Option("--id", help="Of a recording: the night's identifier.")] = None,
    hypnogram: Annotated[
        Path | None, typer.Option("--hypnogram", help="Of a recording: its score (.tsv, .csv, .txt).")
    ] = None,
    vocabulary: Annotated[
        str | None, typer.Option("--vocabulary", help="Words of that score: words, aasm, dreams, 0-4, profusion.")
    ] = None,
    score: Annotated[bool, typer.Option("--score", help="Of a recording: stage it now.")] = False,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Bring one file into the study: all of it, or nothing and every fault. The same file again adds nothing."""
    from karmalink.study.imports import Options, add_file

    said = reading.reading().given()
    options = Options(
        **said, life_kind=life_kind, id=name, hypnogram=hypnogram, vocabulary=vocabulary, score=score or None
    )
    with open_study(study, write=True, passphrase_file=passphrase_file, keys=keys) as held:
        with progress(quiet=as_json) as bar:
            done = add_file(held, kind, file, options=options, progress=track(bar, f"storing {kind}", at_once=False))
        can = _answers(held) if done.kind in _LINKED else []
    result = {**done.to_dict(), "answerable": [one.to_dict() for one in can]}
    emit(result, text.added(done, can), as_json=as_json)


@app.command("show")
def show(
    study: StudyPath = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Say how much of what is there, whose consent is missing, and what lies outside. No text is shown."""
    with open_study(study, passphrase_file=passphrase_file, keys=keys) as held:
        result = text.counts(held)
    emit(result, text.shown(result), as_json=as_json)


@app.command("consent")
def consent(
    person: Annotated[str, typer.Argument(help="The person.", show_default=False)],
    study: StudyPath = None,
    own: Annotated[bool | None, typer.Option("--yes/--no", help="Their own answer.")] = None,
    guardian: Annotated[
        bool | None, typer.Option("--guardian-yes/--guardian-no", help="Of a minor: the guardian's answer.")
    ] = None,
    assent: Annotated[
        bool | None, typer.Option("--assent-yes/--assent-no", help="Of a minor: the child's own answer.")
    ] = None,
    on: Annotated[str | None, typer.Option("--on", help="The day of the answer, YYYY-MM-DD; today.")] = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Enter what a person, or a minor's guardian, answered."""
    with open_study(study, write=True, passphrase_file=passphrase_file, keys=keys) as held:
        answered = held.people.consent(person, own=own, guardian=guardian, assent=assent, on=_day(on, "--on"))
        missing = answered.missing(dt.date.today(), int(held.settings["study.majority_age"]))
    emit({**answered.to_dict(), "missing": missing}, text.consented(answered, missing), as_json=as_json)


@app.command("withdraw")
def withdraw(
    person: Annotated[str, typer.Argument(help="The person.", show_default=False)],
    study: StudyPath = None,
    erase: Annotated[bool, typer.Option("--erase", help="Delete everything of theirs, for good.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Let a person go. With --erase their key, texts, recordings, results and exports are deleted, for good."""
    with open_study(study, write=True, passphrase_file=passphrase_file, keys=keys) as held:
        held.people.get(person)
        if erase and not yes:
            _confirm(f"Erase {person}? Their key, texts, recordings, results and exports are deleted for good.")
        with progress(quiet=as_json) as bar:
            tell = track(bar, "erasing", at_once=False) if erase else None
            report = held.withdraw(person, erase=erase, progress=tell)
    emit(report.to_dict(), text.withdrawn(person, report), as_json=as_json)


@app.command("verify")
def verify(
    study: StudyPath = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Check that everything is what was stored, and say what the ledger proves about order. Exit code 5 where not."""
    with open_study(study, passphrase_file=passphrase_file, keys=keys) as held, progress(quiet=as_json) as bar:
        report = held.verify(progress=track(bar, "checking", at_once=False))
    report.raise_if_broken()
    emit(report.to_dict(), text.verified(report), as_json=as_json)


@app.command("export")
def export(
    kind: Annotated[str, typer.Argument(help="bids or dream.", show_default=False)],
    dest: Annotated[Path, typer.Argument(help="A new folder, outside the study.", show_default=False)],
    study: StudyPath = None,
    texts: Annotated[bool, typer.Option("--texts", help="Carry the accounts' words too.")] = False,
    handed_to: Annotated[str, typer.Option("--handed-to", help="Who gets a copy.")] = "",
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Write an export in the clear: pseudonyms, moved days, no words unless --texts. Erasure removes it again."""
    from karmalink.study.exports import export_study

    with (
        open_study(study, write=True, passphrase_file=passphrase_file, keys=keys) as held,
        progress(quiet=as_json) as bar,
    ):
        tell = track(bar, f"writing {kind}", at_once=False)
        done = export_study(held, kind, dest, texts=texts, handed_to=handed_to, progress=tell)
    emit(done.to_dict(), text.exported(done), as_json=as_json)


@app.command("backup-keys")
def backup_keys(
    dest: Annotated[Path, typer.Argument(help="A folder, away from the study and its backups.", show_default=False)],
    study: StudyPath = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Copy the key store on purpose. The copy is listed: an erasure names it as what must go too."""
    from karmalink.study.opening import check_outside

    with open_study(study, write=True, passphrase_file=passphrase_file, keys=keys) as held:
        check_outside(dest.expanduser().absolute(), held.path)
        copy = held.keys.backup(dest)
    emit({"copy": str(copy)}, text.backed_up(copy), as_json=as_json)


@app.command("anchor")
def anchor(
    note: Annotated[
        str | None, typer.Option("--note", help="Where the hash stands outside; without it the hash is only shown.")
    ] = None,
    token: Annotated[Path | None, typer.Option("--token", help="RFC 3161 time-stamp over the hash.")] = None,
    study: StudyPath = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Show the hash of the ledger's last entry, or enter where it stands outside the study."""
    with open_study(study, write=note is not None, passphrase_file=passphrase_file, keys=keys) as held:
        head = held.ledger.head()
        result: dict[str, Any] = {"entry": head.seq, "hash": head.hash, "anchored": None}
        if note is not None:
            result["anchored"] = held.ledger.anchor(note, token=token or b"").to_dict()
    emit(result, text.anchored(result), as_json=as_json)


@app.command("ledger")
def ledger(
    study: StudyPath = None,
    passphrase_file: PassphraseFile = None,
    keys: KeysFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """List what was done to the study, entry by entry: pseudonyms, counts and hashes, no names and no text."""
    with open_study(study, passphrase_file=passphrase_file, keys=keys) as held:
        entries = held.ledger.list()
    emit({"entries": [entry.to_dict() for entry in entries]}, text.ledger(entries), as_json=as_json)


def _answers(held: Any) -> list[Any]:
    from karmalink.study.analyses.open_questions import answerable

    return answerable(held)


def _day(word: str | None, where: str) -> dt.date | None:
    if word is None:
        return None
    try:
        return dt.date.fromisoformat(word)
    except ValueError:
        raise UsageError(f"{word[:20]!r} is no day", where=where, allowed="YYYY-MM-DD") from None


def _confirm(question: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError("nobody was there to confirm", rule="what is erased cannot be brought back", allowed="--yes")
    if not typer.confirm(question, err=True):
        raise UsageError("nothing was erased: it was not confirmed")
