"""The field page writes numbers as the rest of the package does."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib.resources import files

import numpy as np
import pytest

from karmalink.base.wording import percent

NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_per100_of_the_page_is_percent_of_the_package() -> None:
    random = np.random.default_rng(5)
    small = 10.0 ** random.uniform(-9.0, 0.0, 2000)
    # Ties (.125, .0225) are where JavaScript rounds upwards and Python to the even digit.
    grid = np.concatenate([np.arange(801) / 800.0, np.arange(2001) / 2000.0, [0.00225, 0.095, 0.0949999]])
    shares = np.concatenate([small, 1.0 - small, grid]).tolist()
    script = files("karmalink.report").joinpath("templates", "field_page", "geo.js").read_text(encoding="utf-8")
    asked = f"{script}\nconsole.log(JSON.stringify({json.dumps(shares)}.map(per100)));"
    answer = subprocess.run([str(NODE), "-"], input=asked, capture_output=True, text=True, check=True, timeout=60)
    written = json.loads(answer.stdout)
    assert [(share, text) for share, text in zip(shares, written, strict=True) if text != percent(share)] == []
