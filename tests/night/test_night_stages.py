"""Stage vocabularies: every word has one meaning, and a digit's meaning is never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import InputError, UnknownName
from karmalink.night.hypnograms.stages import STAGES, UNSCORED, VOCABULARIES, decode, encode


@settings(deadline=None)
@given(st.lists(st.sampled_from([UNSCORED, 0, 1, 2, 3, 4])))
def test_aasm_labels_come_back(codes: list[int]) -> None:
    assert encode(decode(codes), "aasm").tolist() == codes


def test_rechtschaffen_and_kales_s3_and_s4_are_both_n3_and_movement_is_unscored() -> None:
    assert decode(encode(["S1", "S2", "S3", "S4", "REM", "W", "MT"])) == ("N1", "N2", "N3", "N3", "R", "W", "?")


def test_dreams_digits_run_from_deep_sleep_to_wake() -> None:
    assert decode(encode(["5", "4", "3", "2", "1", "0", "-1"], "dreams")) == ("W", "R", "N1", "N2", "N3", "N3", "?")


def test_digit_four_is_rem_for_dreem_and_s4_for_profusion() -> None:
    assert decode(encode(["4"], "0-4")) == ("R",)
    assert decode(encode(["4"], "profusion")) == ("N3",)


def test_edf_plus_standard_texts() -> None:
    texts = ["Sleep stage W", "Sleep stage N1", "Sleep stage 2", "Sleep stage 4", "Sleep stage R", "Sleep stage ?"]
    assert decode(encode(texts)) == ("W", "N1", "N2", "N3", "R", "?")


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_every_vocabulary_knows_all_five_stages(vocabulary: str) -> None:
    assert set(range(len(STAGES))) <= set(VOCABULARIES[vocabulary].values())


def test_an_unknown_word_is_an_error_that_names_its_epoch() -> None:
    with pytest.raises(InputError, match="epoch 2 carries 'deep'"):
        encode(["W", "deep"])


def test_an_unknown_vocabulary_suggests_a_known_one() -> None:
    with pytest.raises(UnknownName) as raised:
        encode(["W"], "dream")
    assert "did you mean 'dreams'?" in str(raised.value)
