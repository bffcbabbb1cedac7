"""Files of a night: the text of a score file, or an error that says why there is none; formats by their ending."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, TypeVar

from karmalink.errors import ReadError, UsageError, describe

__all__ = ["bytes_of", "decoded", "form_named", "text_of"]

# A score file has a line an epoch; whoever names a recording by mistake is told before it is read into memory.
_LARGEST = 256 * 2**20


def bytes_of(file: Path) -> bytes:
    """Return the bytes of a score file.

    Raises
    ------
    ReadError
        There is no such file, it is a folder, empty, or far too large.
    """
    if not file.exists():
        raise ReadError("there is no such file", where=file, next_step="look at the name and the folder")
    if file.is_dir():
        raise ReadError("this is a folder, not a file of stages", where=file)
    size = file.stat().st_size
    if size == 0:
        raise ReadError("the file is empty", where=file)
    if size > _LARGEST:
        raise ReadError(f"the file has {size} bytes", where=file, rule=f"a file of scores has at most {_LARGEST} bytes")
    return file.read_bytes()


def decoded(raw: bytes, file: Path) -> str:
    """Return the text of the bytes, in UTF-8 with or without a byte order mark, or in UTF-16 with one.

    Raises
    ------
    ReadError
        It is another encoding, no text, or blank.
    """
    # "Unicode" of RemLogic and Notepad: a mark, and every second byte of Latin letters is 0.
    wide = (raw[:2] == b"\xff\xfe" and not any(raw[3:64:2])) or (raw[:2] == b"\xfe\xff" and not any(raw[2:64:2]))
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise ReadError("the file is not text in UTF-8", where=file, next_step="export the stages as text") from None
    if not text.strip():
        raise ReadError("the file is empty", where=file)
    return text


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
            allowed=[f"{ending} ({one.title})" for ending, one in forms.items()],
        )
    return form
