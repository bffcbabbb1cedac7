"""Content lines of iCalendar (RFC 5545, 3.1): the bytes of a file as components and properties that know their lines.

Only the shape is read here: lines are unfolded, names and parameters cut off, ``BEGIN`` and ``END`` matched. What a
value means is read where it is used, so that a fault is found with its line and what is not asked for breaks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from karmalink.errors import Fault, ReadError
from karmalink.rows import shown

__all__ = ["Component", "Property", "read_components"]

_BREAK = re.compile(rb"\r\n|\n|\r")
_NAME = re.compile(r"[A-Za-z0-9-]+")
_VALUE = r"(?:\"[^\"]*\"|[^\";:,]*)"
_PARAMETER = re.compile(rf";\s*(?P<name>[A-Za-z0-9-]+)\s*(?:=(?P<value>{_VALUE}(?:,{_VALUE})*))?")
# Their values hold no colon, but a zone that stands before them with a quotation mark too few may ("tzone://…").
_MOMENTS = frozenset({"DTSTART", "DTEND", "EXDATE", "RDATE", "RECURRENCE-ID"})
_MOMENT = re.compile(r":(?!//)")
_LOOSE_ZONE = re.compile(r";TZID=\"?(?P<name>[^;\"]+)", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a component: where it stands, its parameters in capitals, its value as it is written."""

    line: int
    name: str
    parameters: Mapping[str, str]
    value: str

    @property
    def text(self) -> str:
        """Return a value of type TEXT without its escapes (RFC 5545, 3.3.11)."""
        return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], self.value)

    def fault(self, rule: str, allowed: str = "") -> Fault:
        """Return a fault of this property."""
        return Fault(self.line, self.name, shown(self.value) if self.value.strip() else "nothing", rule, allowed)


@dataclass(slots=True, eq=False)
class Component:
    """One component (``VCALENDAR``, ``VEVENT``, ``VTIMEZONE`` …): the line where it begins and what is inside."""

    line: int
    name: str
    properties: list[Property] = field(default_factory=list)
    parts: list[Component] = field(default_factory=list)

    def all(self, name: str) -> list[Property]:
        """Return the properties of a name, in the order of the file."""
        return [one for one in self.properties if one.name == name]

    def first(self, name: str) -> Property | None:
        """Return the first property of a name that says something."""
        return next((one for one in self.all(name) if one.value.strip()), None)


@dataclass(slots=True)
class _Tree:
    """What was found so far: whole components, those still open, and what does not fit."""

    roots: list[Component] = field(default_factory=list)
    open: list[Component] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    stray: int = 0

    def begin(self, line: int, name: str) -> None:
        component = Component(line, name)
        (self.open[-1].parts if self.open else self.roots).append(component)
        self.open.append(component)

    def end(self, line: int, name: str) -> None:
        if name not in [component.name for component in self.open]:
            self.faults.append(Fault(line, "END", shown(name), "ends what was not begun", "one END for each BEGIN"))
            return
        while self.open[-1].name != name:
            self.cut_off()
        self.open.pop()

    def cut_off(self) -> None:
        component = self.open.pop()
        rule = "is begun and never ended: the file is cut off or was put together wrongly"
        self.faults.append(Fault(component.line, "BEGIN", shown(component.name), rule, "one END for each BEGIN"))


def read_components(path: Path, raw: bytes) -> tuple[list[Component], list[Fault], int]:
    """Return the outermost components of a file, what is wrong with their shape, and the number of stray lines.

    A line that is not a property (a text that was broken without a blank) is passed over and counted.

    Parameters
    ----------
    path : Path
        For messages.
    raw : bytes
        The file. Lines are unfolded before they are decoded: a fold may lie inside a character (RFC 5545, 3.1).

    Raises
    ------
    ReadError
        A line is not UTF-8.
    """
    tree = _Tree()
    for line, content in _unfolded(raw):
        try:
            said = content.decode("utf-8")
        except UnicodeDecodeError:
            raise ReadError(
                f"line {line} is not UTF-8",
                where=path,
                rule="RFC 5545: calendars are written in UTF-8",
                next_step="export the calendar again, or save it as UTF-8",
            ) from None
        found = _property(line, said)
        if found is None:
            tree.stray += 1
        elif found.name == "BEGIN":
            tree.begin(line, found.value.strip().upper())
        elif found.name == "END":
            tree.end(line, found.value.strip().upper())
        elif tree.open:
            tree.open[-1].properties.append(found)
        else:
            tree.stray += 1
    while tree.open:
        tree.cut_off()
    return tree.roots, sorted(tree.faults, key=lambda fault: fault.line), tree.stray


def _unfolded(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each content line with the number of the line in the file where it begins."""
    begun, content = 0, b""
    for number, part in enumerate(_BREAK.split(raw.removeprefix(b"\xef\xbb\xbf")), start=1):
        if part[:1] in (b" ", b"\t") and content:
            content += part[1:]
        elif part.strip():
            if content:
                yield begun, content
            # Only the first line of a file can begin with blanks and continue nothing.
            begun, content = number, part.lstrip()
    if content:
        yield begun, content


def _property(line: int, content: str) -> Property | None:
    name = _NAME.match(content)
    if name is None:
        return None
    at, parameters = name.end(), dict[str, str]()
    while found := _PARAMETER.match(content, at):
        parameters[found["name"].upper()] = (found["value"] or "").strip().strip('"').strip()
        at = found.end()
    if name[0].upper() in _MOMENTS and not _MOMENT.match(content, at) and ":" in content[at:]:
        at = content.rindex(":")
        zone = _LOOSE_ZONE.search(content, name.end(), at)
        parameters |= {"TZID": zone["name"].strip()} if zone else {}
    return Property(line, name[0].upper(), parameters, content[at + 1 :]) if content[at : at + 1] == ":" else None
