"""The bytes and the text of a file, or what is the matter with it."""

from __future__ import annotations

from pathlib import Path

from karmalink.base.outside import check_outside, unreadable
from karmalink.errors import ReadError

__all__ = ["read_bytes", "read_text"]

_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def read_bytes(path: Path, kind: str = "text") -> bytes:
    """Return the bytes of a file that holds something.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        What it should be, which says how large it may be: `text`, `workbook`, `settings` …

    Raises
    ------
    ReadError
        No such file, a folder, a pipe or device, empty, larger than its kind can be, or not to be read by this user.
    """
    check_outside(path, kind)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise unreadable(error, path) from None
    if not raw.strip():
        raise ReadError("the file is empty", where=path)
    return raw


def read_text(path: Path, *, utf16: bool = False, kind: str = "text") -> str:
    """Return a file as text.

    Parameters
    ----------
    path : Path
        The file.
    utf16 : bool
        Read UTF-16 too, where the file says by its first two bytes that it is: so spreadsheets and survey tools save
        tables with tabs.
    kind : str
        What it should be, as in :func:`read_bytes`.

    Raises
    ------
    ReadError
        As :func:`read_bytes`; not UTF-8, or not a text at all.
    """
    raw = read_bytes(path, kind)
    if raw[:2] in _BOMS:
        if not utf16:
            raise _encoding(path, f"the file is written in {_BOMS[raw[:2]]}, not in UTF-8")
        try:
            return raw.decode("utf-16")
        except UnicodeDecodeError:
            raise _encoding(path, "the file says that it is UTF-16 and is not") from None
    try:
        found = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _encoding(path, f"line {line} is not UTF-8") from None
    if "\x00" in found:
        raise ReadError("this is not a text file", where=path, rule="a text holds no NUL byte")
    return found


def _encoding(path: Path, what: str) -> ReadError:
    return ReadError(
        what, where=path, rule="files are read as UTF-8", next_step="save it again as UTF-8 (Excel: 'CSV UTF-8')"
    )
