"""``karmalink seek …``."""

from __future__ import annotations

from karmalink.cli.contract import noun

__all__ = ["app"]

app = noun("seek", "")
