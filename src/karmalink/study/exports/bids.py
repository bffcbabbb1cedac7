"""A BIDS dataset: one session per night, staging and awakenings as events, accounts as behavioural tables.

Written after the Brain Imaging Data Structure 1.11 and checked with the official validator. BIDS has no accepted file
for hypnograms: they are events, with HED SCORE tags. Recordings are rewritten, so that no patient field and no
annotation of the original is exported.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from karmalink.base.wording import counted
from karmalink.study.exports import bids_columns as tables
from karmalink.study.exports.bids_night import plan_night
from karmalink.study.exports.people import ExportAccount, ExportNight, ExportPerson, Shift
from karmalink.study.exports.tsv import PlannedFiles, json_file, plain, table

__all__ = ["plan_bids"]

_UNDATED = "undated"
_OLDEST = 89
_ACCOUNT_TASK = {
    "TaskName": "account",
    "TaskDescription": "Saying or writing down what is remembered of the night",
}


def plan_bids(people: Sequence[ExportPerson], *, title: str, version: str, texts: bool = False) -> list[PlannedFiles]:
    """Return the files of a BIDS dataset, ready to be written.

    Parameters
    ----------
    people : sequence of ExportPerson
        The people in it.
    title, version : str
        Name of the dataset; version of Karmalink.
    texts : bool
        Whether the texts of accounts are written.
    """
    plan = _top(people, title=title, version=version, texts=texts)
    for person in people:
        subject = Path(f"sub-{person.label}")
        for session, nights, accounts in _sessions(person):
            folder, stem = subject / f"ses-{session}", f"sub-{person.label}_ses-{session}"
            plan += [
                plan_night(night, folder / "eeg", f"{stem}_task-sleep_run-{run:02d}", code=person.label)
                for run, night in enumerate(nights, start=1)
            ]
            plan += _scans(nights, folder, stem, person.shift)
            plan += _accounts(accounts, folder / "beh", stem, texts=texts)
        plan += _session_table(person, subject)
    return plan


def _top(people: Sequence[ExportPerson], *, title: str, version: str, texts: bool) -> list[PlannedFiles]:
    described = {
        "Name": title,
        "BIDSVersion": tables.BIDS_VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [{"Name": "Karmalink", "Version": version}],
    }
    if any(person.nights for person in people):
        described["HEDVersion"] = tables.HED_VERSION
    rows = [{"participant_id": f"sub-{person.label}", "age": _age(person), "group": person.role} for person in people]
    return [
        json_file(Path("dataset_description.json"), described),
        plain(Path("README.md"), _readme(people, title, texts=texts)),
        table(Path("participants.tsv"), tables.PARTICIPANTS, rows),
        *_phenotype(people),
    ]


def _age(person: ExportPerson) -> int | None:
    return None if person.age is None else min(person.age, _OLDEST)


def _readme(people: Sequence[ExportPerson], title: str, *, texts: bool) -> str:
    nights = sum(len(person.nights) for person in people)
    accounts = sum(len(person.accounts) for person in people)
    contents = (
        f"the texts of {counted(accounts, 'account')}" if texts else "no texts of accounts: lengths and days only"
    )
    return f"""# {title}

An export of a Karmalink study: {counted(len(people), "participant")}, {counted(nights, "recording")},
{counted(accounts, "account")}.

**Texts.** This export contains {contents}.

**People.** Participants have random pseudonyms; the study keeps the key. Accounts and awakenings are renumbered.

**Dates.** Each participant's days are shifted by a whole number of weeks, so that the first falls into the first week
of 1910: weekdays, times of day and the distances between one participant's days are true; real dates, and which
participants slept on the same night, cannot be recovered. EDF headers say 1985, since EDF has no earlier year.

**Recordings** are rewritten as EDF from the signals, without headers and annotations of the originals.

**Staging** is in each recording's `events.tsv`, one row per epoch with the scorer and its probabilities; awakenings are
rows there too. Accounts are in each session's `beh/`, one row each; `phenotype/accounts.tsv` has one row per
participant.

**Withdrawal.** A participant may withdraw. Then this export is deleted, and everyone who was given a copy is asked to
delete it.
"""


def _phenotype(people: Iterable[ExportPerson]) -> list[PlannedFiles]:
    rows = [_phenotype_row(person) for person in people if person.accounts]
    if not rows:
        return []
    tool = {
        "MeasurementToolMetadata": {
            "Description": "Accounts of what is remembered of a night, in the participant's own words"
        }
    }
    return [table(Path("phenotype") / "accounts.tsv", tables.PHENOTYPE, rows, more=tool)]


def _phenotype_row(person: ExportPerson) -> dict[str, Any]:
    shift = person.shift
    days = [shift.number(account.ordinal) for account in person.accounts if shift and account.ordinal is not None]
    return {
        "participant_id": f"sub-{person.label}",
        "accounts": len(person.accounts),
        "accounts_dated": len(days),
        "accounts_with_stage": sum(account.awakening is not None for account in person.accounts),
        "first_day": min(days, default=None),
        "last_day": max(days, default=None),
        "median_characters": statistics.median(len(account.text) for account in person.accounts),
    }


def _label(person: ExportPerson, ordinal: int | None) -> str:
    shift = person.shift
    return _UNDATED if ordinal is None or shift is None else f"d{shift.number(ordinal):04d}"


def _sessions(person: ExportPerson) -> list[tuple[str, list[ExportNight], list[ExportAccount]]]:
    """Return each session with what belongs to it, in order; what has no day comes last."""
    nights: dict[str, list[ExportNight]] = defaultdict(list)
    accounts: dict[str, list[ExportAccount]] = defaultdict(list)
    for night in person.nights:
        nights[_label(person, night.ordinal)].append(night)
    for account in person.accounts:
        accounts[_label(person, account.ordinal)].append(account)
    return [(name, nights[name], accounts[name]) for name in sorted({*nights, *accounts})]


def _session_table(person: ExportPerson, folder: Path) -> list[PlannedFiles]:
    shift = person.shift
    if shift is None:
        return []
    days = sorted({day for day in person.ordinals if day is not None})
    rows: list[dict[str, Any]] = [
        {
            "session_id": f"ses-{_label(person, day)}",
            "acq_time": dt.datetime.combine(shift.date(day), dt.time()).isoformat(),
            "day": shift.number(day),
        }
        for day in days
    ]
    if None in person.ordinals:
        rows.append({"session_id": f"ses-{_UNDATED}"})
    return [table(folder / f"sub-{person.label}_sessions.tsv", tables.SESSIONS, rows)]


def _scans(nights: Sequence[ExportNight], folder: Path, stem: str, shift: Shift | None) -> list[PlannedFiles]:
    if not nights:
        return []
    rows = [
        {"filename": f"eeg/{stem}_task-sleep_run-{run:02d}_eeg.edf", "acq_time": _moved(night.start, shift)}
        for run, night in enumerate(nights, start=1)
    ]
    return [table(folder / f"{stem}_scans.tsv", tables.SCANS, rows)]


def _moved(time: dt.datetime | None, shift: Shift | None) -> str | None:
    if time is None or shift is None:
        return None
    return dt.datetime.combine(shift.date(time.toordinal()), time.time()).isoformat(timespec="seconds")


def _accounts(accounts: Sequence[ExportAccount], folder: Path, stem: str, *, texts: bool) -> list[PlannedFiles]:
    if not accounts:
        return []
    columns = (*tables.ACCOUNTS, tables.ACCOUNT_TEXT) if texts else tables.ACCOUNTS
    rows = [_account_row(account, texts=texts) for account in accounts]
    return [table(folder / f"{stem}_task-account_beh.tsv", columns, rows, more=_ACCOUNT_TASK)]


def _account_row(account: ExportAccount, *, texts: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "account": account.label,
        "date_means": account.date_means,
        "language": account.language,
        "characters": len(account.text),
    }
    if account.awakening is not None:
        row |= {
            "awakening": account.awakening.label,
            "awakening_time": account.awakening.time.strftime("%H:%M:%S"),
            "stage": account.awakening.stage,
            "confidence": account.awakening.confidence,
        }
    return {**row, "text": account.text} if texts else row
