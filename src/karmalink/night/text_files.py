"""Files of a night: the text of a score file, or an error that says why there is none; formats by their ending."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, TypeVar

from karmalink.base.outside import check_outside, unreadable
from karmalink.errors import ReadError, UsageError, describe

__all__ = ["bytes_of", "decoded", "form_named", "text_of"]

# Control characters, and what Windows-1252 leaves free.
_NEVER_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f\x81\x8d\x8f\x90\x9d]")


def bytes_of(file: Path) -> bytes:
    """Return the bytes of a score file.

    Raises
    ------
    ReadError
        There is no such file, it is a folder or a pipe, empty, or far too large: a file of stages has a line an epoch,
        and a recording that was named by mistake is told before it is read into memory. Or the system does not read it.
    """
    check_outside(file, "scores")
    try:
        return file.read_bytes()
    except OSError as error:
        raise unreadable(error, file) from None


def decoded(raw: bytes, file: Path) -> str:
    """Return the text of the bytes: UTF-8 or UTF-16, with or without a byte order mark, else Windows-1252.

    Windows-1252 ("ANSI") is what laboratory programs write where a name has an umlaut; it is not tried on bytes that no
    text holds.

    Raises
    ------
    ReadError
        It is another encoding, not text, or blank.
    """
    encoding = _encoding(raw)
    try:
        text = raw.decode(encoding) if encoding else ""
    except UnicodeDecodeError:
        encoding = ""
    if not encoding:
        raise ReadError(
            "the file is not text in UTF-8, UTF-16 or Windows-1252", where=file, next_step="export the stages as text"
        )
    if not text.strip():
        raise ReadError("the file is empty", where=file)
    return text


def _encoding(raw: bytes) -> str:
    """Return the encoding of a text, empty where the bytes are not text."""
    # "Unicode" of RemLogic and Notepad: a mark, every second byte of Latin letters 0; some lack the mark.
    head = raw[:64]
    for mark, name, zeros in ((b"\xff\xfe", "utf-16-le", 1), (b"\xfe\xff", "utf-16-be", 0)):
        marked = raw.startswith(mark)
        if len(head) > 3 and not any(head[zeros + 2 * marked :: 2]) and any(head):
            return "utf-16" if marked else name
    try:
        raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "" if _NEVER_TEXT.search(raw) else "cp1252"
    return "utf-8-sig"


def text_of(file: Path) -> str:
    """Return the text of a score file; see `bytes_of` and `decoded`."""
    return decoded(bytes_of(file), file)


class _Titled(Protocol):
    @property
    def title(self) -> str:
        """What the form is called."""


Form = TypeVar("Form", bound=_Titled)


def form_named(path: Path, forms: Mapping[str, Form], what: str) -> Form:
    """Return the form that the ending of a name says.

    Parameters
    ----------
    path : Path
        Where to write.
    forms : mapping of str to form
        Ending, with its dot, → form.
    what : str
        What is written, for the message.

    Raises
    ------
    UsageError
        No form has that ending.
    """
    form = forms.get(path.suffix.lower())
    if form is None:
        raise UsageError(
            f"no {what} is written to files that end in {describe(path.suffix)}",
            where=path,
            allowed=[f"{ending} ({known.title})" for ending, known in forms.items()],
        )
    return form
