"""The official BIDS validator, run without a network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

# Nothing listens there: whatever the validator would fetch (a schema, HED) fails at once.
NOWHERE = "http://127.0.0.1:9"
PROXIES = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), NOWHERE)


def issues(folder: Path, severity: str = "error") -> list[dict[str, Any]]:
    """Return what ``bids-validator-deno`` says about a dataset."""
    command = [str(Path(sys.executable).with_name("bids-validator-deno")), str(folder), "--format", "json"]
    command += ["--max-rows", "-1"]
    environment = {**os.environ, **PROXIES, "NO_PROXY": "", "no_proxy": ""}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    found = json.loads(run.stdout)["issues"]["issues"]
    return [issue for issue in found if issue["severity"] == severity]
