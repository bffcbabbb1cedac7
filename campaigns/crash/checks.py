"""What must hold after every crash: the study opens, all or nothing was done, nothing is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from campaigns.crash.operations import PLAIN, content_of, opened
from karmalink.errors import KarmalinkError

__all__ = ["Expected", "faults_after"]

_IN_KEYS = (".keys", ".lock")
_IN_STUDY = {"study.db", "study.db-wal", "study.db-shm", "karmalink.toml", "vault", "writer.lock", "quarantine"}


class Expected:
    """What is in the study before and after an operation, and bytes that must not be found once it is done."""

    def __init__(
        self, before: dict[str, Any] | None, after: dict[str, Any], signal: bytes, erased: list[bytes]
    ) -> None:
        self.before = before
        self.after = after
        self.plain = [*PLAIN, *(signal[at : at + 32] for at in range(300, len(signal) - 32, 131))]
        self.erased = erased


def faults_after(root: Path, expected: Expected, *, done: bool) -> list[str]:
    """Return what is wrong with the study after a crash; `done` says that the operation had been reported as done."""
    try:
        return [*_plaintext(root, expected), *_state(root, expected, done=done)]
    except KarmalinkError as error:
        return [f"does not open: {type(error).__name__}: {error}"]
    except Exception as error:  # noqa: BLE001  # whatever it is, it is a finding
        return [f"does not open: {type(error).__name__}: {error}"]


def _plaintext(root: Path, expected: Expected) -> Iterator[str]:
    stored = b"\0".join(
        path.read_bytes()
        for folder in root.iterdir()
        if folder.is_dir() and folder.name not in {"out"}
        for path in folder.rglob("*")
        if path.is_file()
    )
    for part in expected.plain:
        if part in stored:
            yield f"plaintext: {part[:20]!r}"


def _state(root: Path, expected: Expected, *, done: bool) -> Iterator[str]:
    if not (root / "study").exists():
        if done or expected.before is not None:
            yield "the study is gone"
            return
        from campaigns.crash.operations import OPERATIONS

        OPERATIONS[0].run(root)
        if len(list((root / "keys").glob("*.keys"))) != 1:
            yield "a key store of a study that never came to be"
        if left := [path.name for path in root.iterdir() if path.name.startswith(".study")]:
            yield f"left beside the study: {left}"
    with opened(root) as study:
        found = content_of(study)
        if found != expected.after and (done or found != expected.before):
            yield f"lost or half stored: {_differing(found, expected)}"
        report = study.verify()
        if not report.ok or report.notes:
            yield f"verify: {report.first_broken or ''} {report.faults} {report.notes}"
    keys = [path.name for path in (root / "keys").iterdir() if not path.name.endswith(_IN_KEYS)]
    if (root / "safe").exists():
        keys += [path.name for path in (root / "safe").iterdir() if not path.name.endswith(_IN_KEYS)]
    if keys:
        yield f"left beside the key store: {keys}"
    others = [path.name for path in (root / "study").iterdir() if path.name not in _IN_STUDY]
    if others:
        yield f"left in the study: {others}"
    if found == expected.after and expected.erased:
        held = b"\0".join(path.read_bytes() for path in (root / "keys").iterdir())
        if any(key in held for key in expected.erased):
            yield "an erased key is left"
    with opened(root) as study:
        if study.notices:
            yield f"the second opening still says: {study.notices}"


def _differing(found: dict[str, Any], expected: Expected) -> str:
    near = expected.before if expected.before is not None else expected.after
    return ", ".join(
        f"{name} ({str(found[name])[:80]})" for name in found if found[name] not in (near[name], expected.after[name])
    ) or ("a mixture of before and after: " + ", ".join(name for name in found if found[name] != expected.after[name]))
