"""The digests of rows cover the place of each row among the others; `study.upgrading` makes them anew."""

from __future__ import annotations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change no table: what a row's digest covers is not a column."""
