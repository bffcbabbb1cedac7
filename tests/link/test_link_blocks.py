"""Blocks: one result for every engine, any number of workers, and a run that was killed; bounded and journalled."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import link_block_work as block_work
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.demo.story import build_story
from karmalink.errors import InputError, UsageError
from karmalink.link import SERIAL, Block, Executor, FileJournal, iter_blocks, map_blocks, pseudo
from karmalink.link.execution.engines import ENGINES, EngineRow
from karmalink.link.execution.journal import digest_of, pack, unpack

POOL = Executor("pool", workers=2)


def same(left: Any, right: Any) -> bool:
    """Compare by bits."""
    return pack(left) == pack(right)


def test_pool_gives_the_bits_of_serial_with_any_number_of_workers() -> None:
    shared = np.arange(5.0)
    serial = map_blocks(block_work.noisy_product, range(7), shared=shared, seed=3)
    for workers in (1, 3):
        found = map_blocks(
            block_work.noisy_product, range(7), shared=shared, seed=3, executor=Executor("pool", workers=workers)
        )
        assert same(found, serial)


@pytest.mark.slow
def test_dask_gives_the_bits_of_serial_and_replaces_a_killed_worker(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    shared = np.arange(5.0)
    dask = Executor("dask", workers=2)
    serial = map_blocks(block_work.noisy_product, range(7), shared=shared, seed=3)
    assert same(map_blocks(block_work.noisy_product, range(7), shared=shared, seed=3, executor=dask), serial)
    (tmp_path / "here").touch()
    calm = map_blocks(block_work.once_deadly, range(6), shared=str(tmp_path / "here"), seed=1)
    # The one worker takes what all blocks share down with it: it is sent again.
    lone = Executor("dask", workers=1)
    assert map_blocks(block_work.once_deadly, range(6), shared=str(tmp_path / "m"), seed=1, executor=lone) == calm


def test_a_worker_killed_in_mid_run_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "here").touch()
    calm = map_blocks(block_work.once_deadly, range(6), shared=str(tmp_path / "here"), seed=1)
    assert map_blocks(block_work.once_deadly, range(6), shared=str(tmp_path / "m"), seed=1, executor=POOL) == calm


def test_a_block_that_ends_every_worker_is_named() -> None:
    with pytest.raises(InputError, match="crashed 3 workers") as caught:
        map_blocks(block_work.always_deadly, range(3), executor=POOL)
    assert "memory" in str(caught.value)


def test_what_the_work_raises_is_raised() -> None:
    for executor in (SERIAL, POOL):
        with pytest.raises(ValueError, match="block 2 fails"):
            map_blocks(block_work.failing, range(5), executor=executor)


@pytest.mark.parametrize("engine", ["serial", "pool"])
def test_a_cancelled_run_goes_on_where_it_was(tmp_path: Path, engine: str) -> None:
    """The journal knows what is done: no block is done twice, and the result is that of an uninterrupted run."""
    traces, folder = tmp_path / "traces", tmp_path / "journal"
    traces.mkdir()
    executor = Executor(engine, workers=2 if engine == "pool" else 1, journal=FileJournal(folder))

    def stop_at_4(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        map_blocks(block_work.counted, range(9), shared=str(traces), seed=5, executor=executor, progress=stop_at_4)
    before = {path.name for path in traces.iterdir()}
    assert len(FileJournal(folder).names()) >= 4
    again = map_blocks(block_work.counted, range(9), shared=str(traces), seed=5, executor=executor)
    done_twice = [path.name for path in traces.iterdir() if path.read_text() != "x"]
    assert len(before) >= 4
    # A block in hand when the run was cancelled may have left its trace and not its result.
    assert len(done_twice) <= (0 if engine == "serial" else 4)
    assert again == [int(Block(n, n, 5).rng().integers(1_000_000)) for n in range(9)]


def test_a_torn_result_is_done_again_and_other_work_is_not_mistaken_for_this(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "journal")
    executor = Executor(journal=journal)
    first = map_blocks(block_work.noisy_product, range(3), shared=np.ones(2), seed=1, executor=executor)
    torn = next(journal.folder.glob("*-1.block"))
    torn.write_bytes(torn.read_bytes()[:-5])
    assert same(map_blocks(block_work.noisy_product, range(3), shared=np.ones(2), seed=1, executor=executor), first)
    other = map_blocks(block_work.noisy_product, range(3), shared=np.zeros(2), seed=1, executor=executor)
    assert [each["sum"] for each in other] == [0.0, 0.0, 0.0]
    journal.clear()
    assert not journal.folder.exists()


class NewestFirst:
    """A session that gives back what it was handed in last, and counts what it and the caller hold."""

    held = most = 0

    def __init__(self, work: Any, shared: Any) -> None:
        self.pile: list[Block] = []

    def submit(self, block: Block) -> None:
        self.pile.append(block)
        NewestFirst.held += 1
        NewestFirst.most = max(NewestFirst.most, NewestFirst.held)

    def wait(self) -> list[tuple[int, Any]]:
        return [(block.index, block.data) for block in [self.pile.pop()]]

    def close(self) -> None:
        self.pile.clear()


def test_few_results_are_held_at_a_time_whatever_order_they_come_in(monkeypatch: pytest.MonkeyPatch) -> None:
    row = EngineRow("newest first", "", lambda work, shared, workers, address: NewestFirst(work, shared))
    monkeypatch.setitem(ENGINES, "newest", row)
    found = []
    for result in iter_blocks(block_work.failing, range(40), executor=Executor("newest", workers=3)):
        NewestFirst.held -= 1
        found.append(result)
    assert found == list(range(40))
    assert NewestFirst.most == 6


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=25, deadline=None)
@given(values)
def test_what_is_packed_comes_back(value: Any) -> None:
    assert unpack(pack(value)) == value


def test_arrays_come_back_bit_by_bit_and_code_is_refused() -> None:
    array = np.array([[np.nan, -0.0], [np.inf, 1e-310]], dtype=np.float64)
    found = unpack(pack({"a": array, "b": (np.float32(0.1), math.inf)}))
    assert found["a"].tobytes() == array.tobytes()
    assert found["b"][0].dtype == np.float32 and found["b"][1] == math.inf
    with pytest.raises(InputError, match="never code"):
        pack({"f": print})
    with pytest.raises(InputError, match="depends on a object"):
        digest_of(object())


def test_settings_that_cannot_be_meant_are_refused() -> None:
    for wrong in ({"engine": "poool"}, {"workers": 0}, {"memory_mb": 1}):
        with pytest.raises(UsageError):
            Executor(**wrong)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="does not take an address"):
        map_blocks(block_work.failing, [1], executor=Executor("pool", address="tcp://x:1"))


def test_a_scheduler_that_does_not_answer_is_named() -> None:
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match="does not answer"):
        map_blocks(block_work.failing, [1], executor=Executor("dask", address="nonsense://nowhere:1"))


def test_pseudo_accounts_and_transplants_give_the_same_bits_in_a_pool(tmp_path: Path) -> None:
    life = build_story(7).life
    journal = FileJournal(tmp_path / "journal")
    serial = pseudo(life, seed=1)
    assert pseudo(life, seed=1, executor=Executor("pool", workers=2, journal=journal)) == serial
    assert len(journal.names()) >= 6
    assert pseudo(life, seed=1, executor=Executor(journal=journal)) == serial
