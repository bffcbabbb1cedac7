"""Unencrypted exports of a study: made on demand, entered in the ledger, deleted on erasure.

export = export_study(study, "bids", "garden-bids")
print(export)         # Export(bids to garden-bids: 2 people, 31 files, no texts)
"""

from __future__ import annotations

from karmalink.study.exports.export import EXPORTS, Export, ExportKind, export_study

__all__ = ["EXPORTS", "Export", "ExportKind", "export_study"]
