"""Journals of before still open: what a run is called does not hang on the module that its work lives in."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import karmalink
from karmalink.link.cohort import lag_tables as cohorts
from karmalink.link.cohort import nearest, pair_statistics, screening
from karmalink.link.execution.journal import digest_of
from karmalink.link.mirror_null import pseudo_accounts as transplant
from karmalink.link.mirror_null import sign_calibration
from karmalink.link.null_audit import audits
from karmalink.link.shift_null import lag_curves

SOURCE = Path(__file__).parents[2] / "src" / "karmalink"

# The digests that version 0.1.0 gave before its modules were moved (commit d9f8a8d), by the work's name of then.
OF_BEFORE = {
    "karmalink.link.audit._run": (audits._run, "6455d4f077a1600d0d997237b09b5ea9a6cec789f5a9716e035f7eddcc420f1b"),
    "karmalink.link.cohort._exact": (
        cohorts._exact,
        "301cc262bf691225e6f6efa4834e99e3b6b1d1c1c89e2a019f3ed975bf2dfad0",
    ),
    "karmalink.link.every_pair._block": (
        pair_statistics._block,
        "324530288cc0c3a7553fc1ff597dce9ca75b045ce5e9c9e542b14a6f370c413f",
    ),
    "karmalink.link.lag._dreamer": (
        lag_curves._dreamer,
        "3277312ccbd5d2968b85019262528e46a5e5c7c6c7d01226d9d7fcdcca7e60d5",
    ),
    "karmalink.link.pseudo_signs._deal": (
        sign_calibration._deal,
        "af73c82067afccfbdc4f5a7b7f4d9c18fe5a9c499828e8d70c3ce66228b6c497",
    ),
    "karmalink.link.transplant._repetition": (
        transplant._repetition,
        "4bf7e4f8585cb92a004832f350d407fa69609882a7ddab49734efca6b052c09f",
    ),
    "karmalink.link.nearest._block": (
        nearest._block,
        "9185b9fbfa5c8a2b683b1b2c5a3e654d0e9e015ebb1e3d0aeed020007e05ea89",
    ),
    "karmalink.link.screen._block": (
        screening._block,
        "a1ab1880966113807557a4b7ebb991c054362e7ceb26c436880e6eb72a083fd3",
    ),
    "karmalink.link.screen_llr._block": (
        screening._ratio_block,
        "49c98b58850a492ae052d78384b8a42d9e237aa296c6766c2231c84d03a9bc94",
    ),
}


@pytest.mark.parametrize("name", OF_BEFORE)
def test_digest_of_names_work_as_before_the_modules_moved(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(karmalink, "__version__", "0.1.0")
    work, digest = OF_BEFORE[name]
    rows = np.arange(6, dtype=np.int64).reshape(2, 3)
    assert digest_of((work, 7, [(0, 3)], {"rows": rows})) == digest


def test_every_work_that_a_journal_may_keep_has_a_name_of_its_own() -> None:
    nameless = []
    for path in sorted((SOURCE / "link").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and any("kept_as" in ast.unparse(one) for one in node.decorator_list)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"map_blocks", "iter_blocks"}:
                work = ast.unparse(node.args[0])
                if path.name != "blocks.py" and work not in named:
                    nameless.append(f"{path.name}: {work}")
    assert not nameless
