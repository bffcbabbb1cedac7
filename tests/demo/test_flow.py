"""The main job, once, from plain files to the page; a second run; and what never leaves for the analysis."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from karmalink.cli import app
from karmalink.demo.cast import CAST
from karmalink.demo.files import MARK, OWN
from karmalink.demo.making import PASSPHRASE, make_story_files
from karmalink.errors import UsageError
from karmalink.link import PairsResult, StrangerResult, Verdict

FIVE_MEGABYTES = 5_000_000


def test_no_file_of_the_study_tells_the_truth(tmp_path: Path) -> None:
    papers = make_story_files(tmp_path, 7)
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert set(truth["sources"].values()) - {None}
    for path in papers.files.values():
        text = path.read_text(encoding="utf-8")
        assert str(round(truth["spot"]["lon"], 5)) not in text
        assert "right" not in text.splitlines()[0]
        assert "source\t" not in text


def test_the_files_are_those_of_the_seed(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        make_story_files(tmp_path / name, 11)
    for path in sorted((tmp_path / "a" / "files").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / "files" / path.name).read_bytes()


@pytest.mark.slow
def test_the_whole_flow(tmp_path: Path) -> None:
    from karmalink.demo.flow import run_demo
    from karmalink.study import Study

    made = run_demo(tmp_path / "demo", worlds=2, workers=1)
    assert len(made.seconds) == 9
    assert made.report.stat().st_size < FIVE_MEGABYTES
    page = made.report.read_text(encoding="utf-8")
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert {path.name for path in (tmp_path / "demo").iterdir()} <= set(OWN)

    by_kind = {type(one.result): one.result for one in made.answers.answered}
    claim, own = by_kind[StrangerResult], made.answers.about("dara-days")
    assert isinstance(claim, StrangerResult)
    assert claim.verdict is Verdict.NOTHING
    assert isinstance(own, PairsResult)
    assert own.verdict is Verdict.FOUND
    assert made.answers.about("vuthy-days").verdict in (Verdict.NOTHING, Verdict.CANNOT_ANSWER)

    truth = json.loads((tmp_path / "demo" / "truth.json").read_text(encoding="utf-8"))["sources"]
    assert sum(truth[link.account] is not None for link in own.links) >= 0.75 * len(own.links)
    assert made.answers.carried
    assert made.search.after.searched is not None
    assert made.search.asset_values is not None
    assert made.search.asset_values.best is not None
    assert {one.kind for one in made.night.events} == set(made.night.planted)

    with Study.open(made.study, passphrase=PASSPHRASE, keys=made.keys) as study:
        assert len(study.people.list()) == len(CAST)
        assert len(study.accounts.list()) == 60
        assert study.verify().ok
    clear = b"".join(path.read_bytes() for path in made.study.rglob("*") if path.is_file())
    assert b"grandmother" not in clear
    assert b"statue" not in clear


def test_the_command_ends_with_the_path_and_runs_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps are stood in for: what is tested is the command, not the job."""
    from karmalink.demo import flow

    def stand_in(out: Path, **options: object) -> object:
        folder = flow.fresh_folder(Path(out))
        (folder / "report.html").write_text("<html></html>", encoding="utf-8")

        class Made:
            report, study, keys, passphrase = folder / "report.html", folder / "study", folder / "keys", "said"

            @staticmethod
            def findings() -> tuple[str, ...]:
                return ("A finding, with its doubt.",)

            @staticmethod
            def to_dict() -> dict[str, object]:
                return {"report": str(folder / "report.html")}

        return Made

    monkeypatch.setattr(flow, "run_demo", stand_in)
    out = tmp_path / "demo"
    for _ in range(2):
        result = CliRunner().invoke(app, ["demo", "--out", str(out)])
        assert result.exit_code == 0, result.output
        assert result.stdout.strip().splitlines()[-1] == str(out / "report.html")
    result = CliRunner().invoke(app, ["demo", "--out", str(out), "--json"])
    assert json.loads(result.stdout)["report"] == str(out / "report.html")
    (out / MARK).unlink()
    refused = CliRunner().invoke(app, ["demo", "--out", str(out)])
    assert isinstance(refused.exception, UsageError)
