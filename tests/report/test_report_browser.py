"""The page in a browser, where one is installed: every chart is redrawn, nothing is reported on the console."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--virtual-time-budget=5000"),
)


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="needs Chromium (chromium, chromium-browser or google-chrome on the path)")
@pytest.mark.parametrize("width", [360, 1280])
def test_charts_are_redrawn_and_nothing_fails(full_path: Path, tmp_path: Path, width: int) -> None:
    command = [
        *(str(BROWSER), *FLAGS, f"--user-data-dir={tmp_path}", f"--window-size={width},2000"),
        *("--enable-logging=stderr", "--v=0", "--dump-dom", full_path.as_uri()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    # Folded charts wait until they are opened; all others were redrawn to the width there is.
    shown = re.sub(r"<details class=\"fold\">.*?</details>", "", done.stdout, flags=re.DOTALL)
    charts = [chart.partition('"')[0] for chart in shown.split('<div class="chart')[1:] if "application/json" in chart]
    assert len(charts) >= 10
    assert set(charts) == {" redrawn"}
