"""WCAG 2.2: 1.4.3 (text, 4.5 : 1) and 1.4.11 (what a chart needs, 3 : 1), on paper and on night."""

from __future__ import annotations

import pytest
from contrast_ratio import contrast

from karmalink.report.theme import DARK, LIGHT

TEXT = ("ink", "soft", "stone-text", "saffron-text", "indigo")
MARKS = ("indigo", "lotus", "rice", "stone", "heat", "stage-n2", "stage-n3", "stage-r")


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["paper", "night"])
@pytest.mark.parametrize("ground", ["paper", "raised"])
@pytest.mark.parametrize("name", TEXT)
def test_text_can_be_read(palette: dict[str, str], ground: str, name: str) -> None:
    assert contrast(palette[name], palette[ground]) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["paper", "night"])
@pytest.mark.parametrize("name", MARKS)
def test_marks_can_be_seen(palette: dict[str, str], name: str) -> None:
    assert contrast(palette[name], palette["paper"]) >= 3.0


def test_both_palettes_name_the_same_colours() -> None:
    assert set(LIGHT) == set(DARK)


@pytest.mark.parametrize(
    ("name", "colour"),
    [
        ("ink", "#22242e"),
        ("paper", "#fbf8f1"),
        ("indigo", "#33418f"),
        ("saffron", "#d98e04"),
        ("lotus", "#b8486f"),
        ("rice", "#3f7d53"),
        ("stone", "#8a8778"),
        ("stage-w", "#d98e04"),
        ("stage-r", "#b8486f"),
        ("stage-n1", "#9cc3d5"),
        ("stage-n2", "#5a8bb5"),
        ("stage-n3", "#2b4c78"),
    ],
)
def test_the_palette_is_the_design(name: str, colour: str) -> None:
    assert LIGHT[name] == colour
    assert DARK["paper"] == "#171a33"
