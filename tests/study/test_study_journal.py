"""The study's journal: sealed, found by its owners' keys alone, gone with anybody who is erased."""

from __future__ import annotations

from pathlib import Path

import pytest
from study_samples import fill

from karmalink.link import Executor, map_blocks
from karmalink.link.execution.blocks import Block
from karmalink.study import Study

SECRET = "the miller's gate stands open"


def told(block: Block, shared: str) -> dict[str, object]:
    """Return something that a block might hold of somebody's words."""
    return {"n": block.index, "words": shared}


def stop_at_2(done: int, total: int) -> None:
    if done == 2:
        raise KeyboardInterrupt


def blocks(study: Study) -> list[Path]:
    return sorted(path for path in (study.path / "cache").rglob("*") if path.is_file())


def test_a_killed_run_goes_on_from_sealed_blocks(study: Study) -> None:
    fill(study, "Heng", "Ty")
    executor = Executor(journal=study.results.journal(["Ty", "Heng"]))
    with pytest.raises(KeyboardInterrupt):
        map_blocks(told, range(4), shared=SECRET, executor=executor, progress=stop_at_2)
    kept = blocks(study)
    assert len(kept) == 2
    for path in kept:
        assert SECRET.encode() not in path.read_bytes()
        assert "Heng" not in str(path.relative_to(study.path))
    whole = [{"n": n, "words": SECRET} for n in range(4)]
    assert map_blocks(told, range(4), shared=SECRET, executor=executor) == whole
    # A block that was changed is done again, not believed.
    broken = blocks(study)[0]
    broken.write_bytes(broken.read_bytes()[:-1] + b"\0")
    assert map_blocks(told, range(4), shared=SECRET, executor=executor) == whole
    study.results.journal(["Heng", "Ty"]).clear()
    assert not blocks(study)
    assert study.verify().ok


def test_the_journal_goes_with_anybody_in_it(study: Study) -> None:
    fill(study, "Heng", "Ty")
    map_blocks(told, range(2), shared=SECRET, executor=Executor(journal=study.results.journal(["Heng", "Ty"])))
    assert blocks(study)
    study.withdraw("Heng", erase=True)
    assert not blocks(study)


def test_others_cannot_see_it(study: Study) -> None:
    fill(study, "Heng", "Ty")
    journal = study.results.journal(["Heng", "Ty"])
    journal.write("a-0", b"1")
    assert "a-0" in journal
    assert "a-0" not in study.results.journal(["Heng"])
