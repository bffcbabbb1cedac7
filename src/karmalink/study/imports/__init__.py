"""Imports from plain files: one file, one transaction; all of it or nothing and every fault.

added = add_file(study, "accounts", "dreams.csv", calendar="gregorian")
print(added)          # Imported(accounts from dreams.csv: 48 new, 0 already there)
"""

from __future__ import annotations

from karmalink.study.imports.add import Imported, add_file
from karmalink.study.imports.kinds import KINDS, Kind
from karmalink.study.imports.options import Options

__all__ = ["KINDS", "Imported", "Kind", "Options", "add_file"]
