"""The ground floor: runs of a mask, files in one step, pictures, numbers with their noun."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from karmalink.base.arrays import in_pieces, release_memory, runs
from karmalink.base.files import in_one_step, write_whole
from karmalink.base.png import png_bytes
from karmalink.base.wording import counted, percent


def slow_runs(mask: list[bool], pause: int) -> list[tuple[int, int]]:
    """Walk along the mask."""
    found: list[list[int]] = []
    for index, yes in enumerate(mask):
        if yes and found and index - found[-1][1] <= pause:
            found[-1][1] = index + 1
        elif yes:
            found.append([index, index + 1])
    return [(first, stop) for first, stop in found]


@given(mask=st.lists(st.booleans(), max_size=60), pause=st.integers(0, 5))
def test_runs_are_those_of_a_walk_along_the_mask(mask: list[bool], pause: int) -> None:
    assert runs(np.array(mask, dtype=bool), pause=pause) == slow_runs(mask, pause)


@settings(max_examples=40, deadline=None)
@given(size=st.integers(0, 60), piece=st.integers(1, 20), margin=st.integers(2, 9))
def test_a_filter_in_pieces_gives_what_it_gives_for_the_whole(size: int, piece: int, margin: int) -> None:
    values = np.random.default_rng(size).standard_normal(size)

    def mean_of_five(part: np.ndarray) -> np.ndarray:
        padded = np.pad(part, 2)
        return np.array([padded[i : i + 5].mean() for i in range(part.size)])

    np.testing.assert_allclose(in_pieces(values, piece, margin, mean_of_five), mean_of_five(values), atol=1e-12)


def test_memory_is_given_back_without_a_word_on_any_system(monkeypatch: pytest.MonkeyPatch) -> None:
    release_memory()
    monkeypatch.setattr("karmalink.base.arrays._c_library", lambda: None)
    release_memory()


def test_write_whole_replaces_a_file_and_leaves_no_draft(tmp_path: Path) -> None:
    place = tmp_path / "map.png"
    place.write_bytes(b"old")
    assert write_whole(place, b"new") == place
    assert [path.name for path in tmp_path.iterdir()] == ["map.png"]
    assert place.read_bytes() == b"new"


def test_in_one_step_keeps_the_old_file_when_writing_fails(tmp_path: Path) -> None:
    place = tmp_path / "log.csv"
    place.write_bytes(b"old")
    with pytest.raises(OSError, match="full"), in_one_step(place) as draft:
        assert draft.suffix == ".csv"
        draft.write_bytes(b"half")
        raise OSError("full")
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]
    assert place.read_bytes() == b"old"


def test_write_whole_of_a_private_file_is_readable_to_its_owner_only(tmp_path: Path) -> None:
    assert write_whole(tmp_path / "keys", b"k", private=True).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("shape", [(1, 1), (3, 5)])
def test_png_of_a_palette_comes_back_by_another_reader(shape: tuple[int, int]) -> None:
    entries = np.arange(shape[0] * shape[1], dtype=np.uint8).reshape(shape)
    palette = np.arange(256 * 3, dtype=np.uint8).reshape(256, 3)
    with Image.open(io.BytesIO(png_bytes(entries, palette=palette, about={"Description": "a map"}))) as opened:
        assert opened.info["Description"] == "a map"
        assert np.array_equal(np.asarray(opened), entries)
        colours = np.asarray(opened.convert("RGBA"))
    assert np.array_equal(colours[..., :3], palette[entries])
    assert np.array_equal(colours[..., 3] == 0, entries == 0)


@pytest.mark.parametrize(("share", "text"), [(0.423, "42 %"), (1e-5, "0.001 %"), (0.99996, "99.996 %"), (1.0, "100 %")])
def test_percent_keeps_a_small_doubt(share: float, text: str) -> None:
    assert percent(share) == text


def test_counted_agrees_in_number() -> None:
    assert [counted(n, "entry", "entries") for n in (0, 1, 2)] == ["0 entries", "1 entry", "2 entries"]
