"""The whole page, drawn once for all tests: it takes seconds."""

from __future__ import annotations

from pathlib import Path

import pytest
from report_results import make_full

from karmalink.report import render, vega


@pytest.fixture(scope="session")
def full_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a report with everything in it; its charts are checked against the schema of Vega-Lite."""
    checked, vega.CHECKED = vega.CHECKED, True
    try:
        return render(make_full(), tmp_path_factory.mktemp("report") / "report.html")
    finally:
        vega.CHECKED = checked


@pytest.fixture(scope="session")
def full_html(full_path: Path) -> str:
    """Return that page."""
    return full_path.read_text(encoding="utf-8")
