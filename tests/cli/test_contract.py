"""How a verb leaves when the machine under it refuses: a message and an exit code, never a traceback."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from karmalink.cli.contract import check_folder, check_new_file, run_guarded
from karmalink.errors import UsageError


def left(run: Callable[[], object], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    with pytest.raises(SystemExit) as caught:
        run_guarded(run)
    return int(str(caught.value.code)), capsys.readouterr().err


def raising(error: BaseException) -> Callable[[], object]:
    def run() -> object:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "x", "out.csv"), "the disk is full"),
        (FileNotFoundError(errno.ENOENT, "x", "nowhere/out.csv"), "no such file or directory"),
        (NotADirectoryError(errno.ENOTDIR, "x", "a.csv/out.csv"), "not a directory"),
        (IsADirectoryError(errno.EISDIR, "x", "folder"), "is a directory"),
        (OSError("Cannot save: 'the words of a person'"), "a file or folder cannot be used"),
        (MemoryError(), "does not fit into the memory"),
    ],
)
def test_what_the_system_refuses_is_a_message_with_exit_code_3(
    error: BaseException, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = left(raising(error), capsys)
    assert code == 3
    assert says in said
    assert "next:" in said
    assert "words of a person" not in said


def test_a_stopped_run_leaves_as_the_shell_expects(capsys: pytest.CaptureFixture[str]) -> None:
    assert left(raising(KeyboardInterrupt()), capsys) == (130, "stopped; nothing was half written\n")


def test_where_nothing_can_be_written_is_refused_before_anything_is_computed(tmp_path: Path) -> None:
    (tmp_path / "there.csv").write_text("x", encoding="utf-8")
    check_folder(None)
    check_folder(tmp_path / "there.csv")
    check_new_file(None)
    check_new_file(tmp_path / "new.csv", endings=(".csv",))
    for path, says in (
        (tmp_path / "there.csv", "exists already"),
        (tmp_path / "new.pdf", "'.pdf'"),
        (tmp_path / "there.csv" / "new.csv", "no such folder"),
        (tmp_path / "nowhere" / "new.csv", "no such folder"),
    ):
        with pytest.raises(UsageError, match=says):
            check_new_file(path, endings=(".csv",))
    with pytest.raises(UsageError, match="a folder, not a file"):
        check_folder(tmp_path)


def test_whatever_else_is_raised_leaves_with_code_6_and_without_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = left(raising(ValueError("the words of a person")), capsys)
    assert code == 6
    assert "ValueError at " in said
    assert "please report" in said
    assert "words of a person" not in said
    assert "Traceback" not in said
