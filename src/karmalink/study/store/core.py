"""What every namespace of an open study works with: keys, fields, database, vault, ledger, and who is who."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from karmalink.study.store.database import Database
from karmalink.study.store.directory import Directory
from karmalink.study.store.fields import FieldCipher
from karmalink.study.store.keys import KeyStore
from karmalink.study.store.ledger import LedgerLog
from karmalink.study.store.settings import Settings
from karmalink.study.store.vault import Vault

__all__ = ["Core"]


@dataclass(frozen=True, eq=False)
class Core:
    """The parts of one open study."""

    folder: Path
    settings: Settings
    keys: KeyStore
    fields: FieldCipher
    database: Database
    vault: Vault
    ledger: LedgerLog
    directory: Directory

    @property
    def id(self) -> str:
        """Return the study's identifier."""
        return str(self.settings["study.id"])

    @classmethod
    def of(cls, folder: Path, settings: Settings, keys: KeyStore, database: Database) -> Core:
        """Put the parts together."""
        study = str(settings["study.id"])
        fields = FieldCipher(study, keys)
        ledger = LedgerLog(study, database, fields)
        directory = Directory(database, fields, keys, majority_age=settings["study.majority_age"])
        return cls(folder, settings, keys, fields, database, Vault(folder, keys), ledger, directory)
