"""A study that was stored in an earlier form opens today, with everything that is in it."""

from __future__ import annotations

from pathlib import Path

import golden
import pytest
from study_samples import PASSPHRASE, accounts_of, diary_of, reopened

from karmalink.errors import WrongPassphrase
from karmalink.study import Awakening, Study

STORED = sorted(Path(__file__).parent.glob("revision_*"))


@pytest.mark.parametrize("stored", STORED, ids=lambda path: path.name)
@pytest.mark.parametrize("write", [False, True])
def test_a_study_at_an_earlier_revision_opens(stored: Path, write: bool, tmp_path: Path) -> None:
    golden.restore(stored, tmp_path)
    with reopened(tmp_path, write=write) as study:
        assert study.title == "Golden"
        assert study.people.ids() == ["Heng", "Ty", "Srey"]
        assert study.people.get("Srey").assent
        assert study.accounts.list() == [*accounts_of("Heng"), *accounts_of("Ty")]
        assert study.lives.list() == [diary_of("Heng"), diary_of("Ty")]
        assert study.awakenings.list() == [Awakening("w1", "Heng", golden.NIGHT, "R", 0.8, "R stable 5 min", "n1")]
        assert study.clues.get("linked").places == ("market",)
        assert study.places.get("market").aliases == ("Phsar Chas",)
        assert study.witnesses.get("informant").source_grade == "B"
        assert study.results.get("pairs-1").data["links"][0][2] == 0.7
        assert study.exported.list()[0].handed_to == ("judge 1",)
        assert study.ledger.anchors()[0].note == "page 4"
        hypnogram = study.nights.hypnogram("n1")
        assert hypnogram is not None
        assert hypnogram.stages.tolist() == golden.STAGES.tolist()
        assert study.nights.findings("n1")[0].evidence == "d"
        with study.nights.path("n1") as path:
            assert path.stat().st_size == 912
        report = study.verify()
        assert report.ok, report.faults
        assert study.results.latest("erasure") is not None


def test_there_is_one_of_every_revision() -> None:
    from karmalink.study.upgrading import MIGRATIONS

    assert len(STORED) == len(list((MIGRATIONS / "versions").glob("r*.py")))


def test_it_opens_with_its_own_passphrase_only(tmp_path: Path) -> None:
    golden.restore(STORED[0], tmp_path)
    with pytest.raises(WrongPassphrase):
        Study.open(tmp_path / "study", passphrase=PASSPHRASE + "!", keys=tmp_path / "keys")
