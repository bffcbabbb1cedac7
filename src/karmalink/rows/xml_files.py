"""XML as devices and programs write it: in any encoding that it names, with or without prefixes, without entities.

An XML file says itself how it is written: a byte order mark, else its first line, else UTF-8 (XML 1.0, appendix F).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element
from xml.parsers import expat

from karmalink.errors import ReadError
from karmalink.rows.text_files import read_bytes

__all__ = [
    "XmlElement",
    "XmlFile",
    "children",
    "decode_xml",
    "encoding_of",
    "local_name",
    "parse_xml",
    "read_xml",
    "within",
]

# The longer marks first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# "<" without a mark before it: every other byte is zero.
_UNMARKED = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))
_DECLARED = re.compile(rb"""^<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z][\w.:\-]*)["']""")
_WIDE = ("utf16", "utf32", "ucs2", "ucs4", "iso10646ucs2", "iso10646ucs4", "utf16le", "utf16be", "unicode")
# Errors of expat that an end in the middle gives: no root yet or not closed, a tag or a character that is not whole.
_CUT = (3, 4, 5, 6, 20)


class XmlElement(Element):
    """An element that knows its line; its tag and the names of its attributes are without prefix."""

    line: int = 0


@dataclass(frozen=True, slots=True)
class XmlFile:
    """A file as a tree.

    Attributes
    ----------
    root : XmlElement
        The outermost element.
    cut_at : int
        The line at which the file ends in the middle; 0 where it is whole.
    """

    root: XmlElement
    cut_at: int = 0


def read_xml(path: Path, *, root: str, kept_open: Collection[str] = ()) -> XmlFile:
    """Return an XML file as a tree of local names; an undeclared prefix does no harm.

    Parameters
    ----------
    path : Path
        The file.
    root : str
        Local name of the outermost element.
    kept_open : collection of str
        Elements that a file may break off in: a device whose battery died. What was not closed in them is left out.

    Raises
    ------
    ReadError
        It is not there, not XML, in an encoding that it does not name, of another root, or declares entities.
    """
    return parse_xml(decode_xml(read_bytes(path), path), path, root=root, kept_open=kept_open)


def decode_xml(raw: bytes, path: Path) -> str:
    """Return the text of XML in the encoding that it names.

    Raises
    ------
    ReadError
        The encoding is not known, or the bytes are not written in it.
    """
    name, said = _named(raw)
    # A device that dies leaves zeros up to the end of the block that it had taken.
    content = raw if name.casefold().startswith("utf-16") or name == "utf-32" else raw.rstrip(b"\x00")
    try:
        return content.decode(name).lstrip("\ufeff \t\r\n")
    except LookupError:
        raise ReadError(
            f"the file says that it is written in {name[:40]!r}, which is not known",
            where=path,
            rule="an XML file names its encoding in its first line",
            next_step="save it again as UTF-8",
        ) from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ReadError(
            f"line {line} is not {name.upper().removesuffix('-SIG')}"
            + (", in which the file says that it is written" if said else ""),
            where=path,
            rule="XML is UTF-8 unless its first line names another encoding",
            next_step="write the encoding into the first line, <?xml version='1.0' encoding='windows-1252'?>, "
            "or save the file again as UTF-8",
        ) from None


def encoding_of(raw: bytes) -> str:
    """Return the encoding that XML names, from its beginning."""
    return _named(raw)[0]


def _named(raw: bytes) -> tuple[str, bool]:
    """Return the encoding, and whether the file says it."""
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return name, True
    for start, name in _UNMARKED:
        if raw.startswith(start):
            return name, False
    found = _DECLARED.match(raw.lstrip())
    if found is None:
        return "utf-8", False
    name = found[1].decode("ascii")
    # A first line that can be read as ASCII is not UTF-16, whatever it says: programs that write a string to a file in
    # another encoding than it names.
    return ("utf-8", False) if re.sub(r"[^a-z0-9]", "", name.casefold()) in _WIDE else (name, True)


def parse_xml(text: str, path: Path, *, root: str, kept_open: Collection[str] = ()) -> XmlFile:
    """Return XML text as a tree; see :func:`read_xml`.

    Raises
    ------
    ReadError
        See :func:`read_xml`.
    """
    builder = _Builder(path)
    cut_at = builder.feed(text, kept_open)
    found = builder.root
    if found is None or found.tag != root:
        raise ReadError(
            f"this is not {root.upper()}: the root of its XML is <{'' if found is None else found.tag[:40]}>",
            where=path,
            rule="the ending says the format, and the root must fit it",
            next_step="give the file the ending of what it is",
        )
    return XmlFile(found, cut_at)


class _Builder:
    """Makes a tree of what expat tells."""

    def __init__(self, path: Path) -> None:
        self.root: XmlElement | None = None
        self._path = path
        self._stack: list[XmlElement] = []
        self._text: list[str] = []
        # Without a separator expat does not look at namespaces: an undeclared prefix is a name like any other.
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text.append
        self._parser.EntityDeclHandler = self._refuse

    def feed(self, text: str, kept_open: Collection[str]) -> int:
        """Read the text; return the line at which it breaks off, 0 where it is whole."""
        try:
            self._parser.Parse(text.encode("utf-8", "surrogatepass"), True)
        except expat.ExpatError as error:
            cut = error.code in _CUT and bool(self._stack)
            if cut and self._close(kept_open):
                return error.lineno
            what = "the file is cut short" if cut else f"line {error.lineno} is not XML"
            raise ReadError(
                what,
                where=self._path,
                rule=f"{expat.ErrorString(error.code)}, line {error.lineno}",
                next_step="is it whole, and what its ending says? Export or download it again",
            ) from None
        return 0

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        element = XmlElement(local_name(name), {local_name(key): value for key, value in attributes.items()})
        element.line = self._parser.CurrentLineNumber
        if self._stack:
            self._stack[-1].append(element)
        else:
            self.root = element
        self._stack.append(element)
        self._text.clear()

    def _end(self, name: str) -> None:
        element = self._stack.pop()
        # Text between elements is lay-out; what a leaf says is its text.
        if not len(element):
            element.text = "".join(self._text)
        self._text.clear()

    def _refuse(self, *_: object) -> None:
        raise ReadError("the file declares entities", where=self._path, rule="a file of places or tracks needs none")

    def _close(self, kept_open: Collection[str]) -> bool:
        """Take off what was not closed, but for the elements that may stay open; return whether anything is left."""
        while self._stack and self._stack[-1].tag not in kept_open:
            last = self._stack.pop()
            if self._stack:
                self._stack[-1].remove(last)
        return bool(self._stack) and any(len(element) for element in self._stack)


def local_name(name: str) -> str:
    """Return a name without its prefix: ``gpx:trk`` is ``trk``."""
    return name.rpartition(":")[2]


def children(element: XmlElement, tag: str = "") -> Iterator[XmlElement]:
    """Yield the elements right below another; of one name, where one is given."""
    return (child for child in element if isinstance(child, XmlElement) and tag in ("", child.tag))


def within(element: XmlElement, tag: str) -> Iterator[XmlElement]:
    """Yield an element and what it holds at any depth, of one name, in the order of the file."""
    return (found for found in element.iter(tag) if isinstance(found, XmlElement))
