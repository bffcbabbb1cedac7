"""The nodes, ways and relations of an OpenStreetMap file, in whatever order it has them.

XML (``.osm``, also ``.gz`` and ``.bz2``) and the JSON of Overpass are read here, so that what editors and Overpass add
is understood: deleted features, geometry written into ways and members, centres. The protocol buffer format is read by
osmium, in one pass for relations, one for ways and one for nodes.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import math
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np

from karmalink.base.outside import check_outside, unpacked_blocks
from karmalink.errors import ReadError
from karmalink.rows import Notes
from karmalink.rows.xml_files import decode_xml, encoding_of
from karmalink.seek.intake.osm_tags import first_name

__all__ = ["Elements", "Member", "elements_of_json", "read_elements"]

LonLat = tuple[float, float]
Tags = Mapping[str, str]
_BLOCK = 1 << 20
# What expat reads by itself; anything else is decoded first, as a whole.
_PLAIN = ("utf-8", "us-ascii", "ascii")
_DELETED = "delete"
_MOST = 1 << 61  # a number of an element fits into 64 bits, and leaves room for nodes that have none


@dataclass(frozen=True, slots=True)
class Member:
    """What a relation holds: ``node``, ``way`` or ``relation``, its number, and the part it plays."""

    kind: str
    ref: int
    role: str = ""


@dataclass(slots=True)
class Elements:
    """What an OpenStreetMap file holds, as far as it has a name or something with a name is made of it.

    Attributes
    ----------
    nodes, ways, relations : dict of int to dict of str to str
        Tags of those that have a name.
    refs : dict of int to sequence of int
        Nodes of ways.
    members : dict of int to sequence of Member
        Of relations.
    centres : dict of (str, int) to (float, float)
        Where Overpass says that a way or relation lies, whose nodes are not in the file.
    drawn : dict of int to list of (float, float)
        Lines that the file writes into members of relations.
    notes : Notes
        What was left out.
    """

    nodes: dict[int, Tags] = field(default_factory=dict)
    ways: dict[int, Tags] = field(default_factory=dict)
    relations: dict[int, Tags] = field(default_factory=dict)
    refs: dict[int, Sequence[int]] = field(default_factory=dict)
    members: dict[int, Sequence[Member]] = field(default_factory=dict)
    centres: dict[tuple[str, int], LonLat] = field(default_factory=dict)
    drawn: dict[int, list[LonLat]] = field(default_factory=dict)
    notes: Notes = field(default_factory=Notes)
    _ids: array[int] = field(default_factory=lambda: array("q"))
    _lon: array[float] = field(default_factory=lambda: array("d"))
    _lat: array[float] = field(default_factory=lambda: array("d"))
    _table: tuple[np.ndarray, np.ndarray] | None = None

    def place_node(self, ref: int, lon: float, lat: float) -> None:
        """Say where a node lies."""
        self._ids.append(ref)
        self._lon.append(lon)
        self._lat.append(lat)
        self._table = None

    def positions(self, refs: Sequence[int]) -> np.ndarray:
        """Return longitude and latitude of nodes, shape (n, 2); NaN where the file does not say."""
        wanted = np.asarray(refs, dtype=np.int64)
        if self._table is None:
            ids = np.asarray(self._ids, dtype=np.int64)
            order = np.argsort(ids, kind="stable")
            points = np.column_stack([np.asarray(self._lon), np.asarray(self._lat)]).reshape(-1, 2)
            self._table = ids[order], points[order]
        ids, points = self._table
        found = np.full((wanted.size, 2), np.nan)
        if ids.size:
            # The last of several: a later version of the node.
            at = np.clip(np.searchsorted(ids, wanted, side="right") - 1, 0, ids.size - 1)
            there = ids[at] == wanted
            found[there] = points[at[there]]
        return found

    def add(self, kind: str, ref: int, tags: Tags, *, deleted: bool = False) -> bool:
        """Keep the tags of an element that has a name; return whether it is there at all."""
        name = first_name(tags) if tags else ""
        kept = {"node": self.nodes, "way": self.ways, "relation": self.relations}[kind]
        # A file may hold several versions of one element: the last one holds.
        kept.pop(ref, None)
        if deleted:
            if name:
                self.notes.add(kind, "that an editor deleted", name)
            return False
        if name:
            kept[ref] = dict(tags)
        return True


def read_elements(path: Path) -> Elements:
    """Return what an OpenStreetMap file holds, by its ending.

    Raises
    ------
    ReadError
        It is not there, or not what its ending says.
    """
    check_outside(path, "map")
    if path.suffix.casefold() == ".pbf":
        return _of_pbf(path)
    return _XmlReader(path).read()


# XML.


_OPENERS: Mapping[str, Callable[[Path], Any]] = {".bz2": bz2.open, ".gz": gzip.open}


class _XmlReader:
    """Takes elements out of XML as it streams by: a city has millions of nodes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found = Elements()
        self._root = ""
        self._open: dict[str, Any] | None = None
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.EntityDeclHandler = self._refuse
        self._parser.CharacterDataHandler = self._text
        self._remark: list[str] | None = None

    def read(self) -> Elements:
        """Return what the file holds.

        Raises
        ------
        ReadError
            It is not XML, or not of OpenStreetMap.
        """
        try:
            for block in self._blocks():
                self._parser.Parse(block, False)
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            if not self._root:
                raise self._unreadable(f"line {error.lineno} is not XML") from None
            raise self._unreadable(f"the XML breaks off or is broken at line {error.lineno:,}") from None
        except PermissionError:
            raise self._unreadable("this file cannot be read: permission denied") from None
        except (OSError, EOFError, ValueError, zlib.error) as error:
            if isinstance(error, OSError) and error.errno:
                raise
            raise self._unreadable("the compressed file cannot be unpacked") from None
        return self._found

    def _unreadable(self, what: str) -> ReadError:
        return ReadError(
            what,
            where=self._path,
            rule=".osm is XML of OpenStreetMap; a download may have been cut short",
            next_step="download or export it again",
        )

    def _blocks(self) -> Iterator[bytes]:
        with _OPENERS.get(self._path.suffix.casefold(), io.FileIO)(self._path) as file:
            head = file.read(_BLOCK)
            if not head.strip():
                raise ReadError("the file is empty", where=self._path)
            rest = unpacked_blocks(file, self._path, "map unpacked")
            if not _is_plain(head):
                yield decode_xml(head + b"".join(rest), self._path).encode()
                return
            yield head.removeprefix(codecs.BOM_UTF8).lstrip()
            yield from rest

    def _refuse(self, *_: object) -> None:
        raise ReadError("the file declares entities", where=self._path, rule="OpenStreetMap's XML needs none")

    def _start(self, tag: str, said: dict[str, str]) -> None:
        if not self._root:
            self._root = tag
            if tag != "osm":
                raise ReadError(
                    f"this is not OpenStreetMap's XML: its root is <{tag[:40]}>", where=self._path, rule="<osm>"
                )
            return
        if tag == "remark":
            self._remark = []
        elif tag in ("node", "way", "relation"):
            self._open = {"kind": tag, "said": said, "tags": {}, "refs": [], "members": [], "lines": {}}
        elif self._open is not None and tag in _PARTS:
            _PARTS[tag](self._open, said, self._found)

    def _end(self, tag: str) -> None:
        if tag in ("node", "way", "relation") and self._open is not None:
            _close(self._open, self._found)
            self._open = None
        elif tag == "remark" and self._remark is not None:
            _remarked(self._found, "".join(self._remark))
            self._remark = None

    def _text(self, piece: str) -> None:
        if self._remark is not None:
            self._remark.append(piece)


def _remarked(found: Elements, text: str) -> None:
    """Note what Overpass says about its own answer: that it ran out of time or memory, mostly."""
    if text.strip():
        found.notes.add("remark of the server", "in the file", text.strip(), done="the file may not hold all there is")


def _tag(element: dict[str, Any], said: Mapping[str, str], _: Elements) -> None:
    element["tags"][said.get("k", "")] = said.get("v", "")


def _nd(element: dict[str, Any], said: Mapping[str, str], found: Elements) -> None:
    lonlat = _lonlat(said)
    if element["kind"] == "relation":
        # Overpass' "out geom" writes the nodes of a member into it.
        if element["members"] and element["members"][-1].kind == "way":
            element["lines"].setdefault(element["members"][-1].ref, []).append(lonlat)
        return
    ref = _whole(said.get("ref"))
    if ref is None:
        return
    element["refs"].append(ref)
    if not math.isnan(lonlat[0]):
        found.place_node(ref, *lonlat)


def _member(element: dict[str, Any], said: Mapping[str, str], found: Elements) -> None:
    ref = _whole(said.get("ref"))
    if ref is None:
        return
    element["members"].append(Member(said.get("type", ""), ref, said.get("role", "")))
    if said.get("type") == "node" and "lat" in said:
        found.place_node(ref, *_lonlat(said))


def _centre(element: dict[str, Any], said: Mapping[str, str], _: Elements) -> None:
    element["centre"] = _lonlat(said)


_PARTS: Mapping[str, Callable[[dict[str, Any], Mapping[str, str], Elements], None]] = {
    "tag": _tag,
    "nd": _nd,
    "member": _member,
    "center": _centre,
}


def _close(element: dict[str, Any], found: Elements) -> None:
    """Keep an element of XML whose end has come."""
    said, kind = element["said"], element["kind"]
    ref = _whole(said.get("id"))
    if ref is None:
        if name := first_name(element["tags"]):
            found.notes.add(kind, "without a number", name)
        return
    # Editors keep what somebody deleted in the file until it is uploaded.
    gone = said.get("visible") == "false" or said.get("action") == _DELETED
    there = found.add(kind, ref, element["tags"], deleted=gone)
    if not there:
        return
    if kind == "node":
        lonlat = _lonlat(said)
        if not math.isnan(lonlat[0]):
            found.place_node(ref, *lonlat)
    if kind == "way":
        found.refs[ref] = array("q", element["refs"])
    if kind == "relation":
        found.drawn |= element["lines"]
        found.members[ref] = tuple(element["members"])
    if "centre" in element:
        found.centres[(kind, ref)] = element["centre"]


def _whole(text: object) -> int | None:
    try:
        found = int(str(text))
    except ValueError:
        return None
    return found if abs(found) < _MOST else None


def _lonlat(said: Mapping[str, Any]) -> LonLat:
    """Return a position; NaN twice where there is none on the globe."""
    try:
        lon, lat = float(said.get("lon", "nan")), float(said.get("lat", "nan"))
    except (OverflowError, TypeError, ValueError):
        return math.nan, math.nan
    return (lon, lat) if abs(lon) <= 180.0 and abs(lat) <= 90.0 else (math.nan, math.nan)


def _is_plain(head: bytes) -> bool:
    """Return whether XML is UTF-8, so that it can be read as it streams by."""
    return encoding_of(head).casefold() in (*_PLAIN, "utf-8-sig", "utf8")


# The JSON of Overpass: the same elements, with positions written into them where they were asked for.


def elements_of_json(content: Mapping[str, Any]) -> Elements:
    """Return the elements of an answer of Overpass in JSON (``{"elements": […]}``)."""
    found = Elements()
    for number, given in enumerate(content["elements"], start=1):
        kind = given.get("type") if isinstance(given, Mapping) else None
        ref = _whole(given.get("id")) if isinstance(given, Mapping) else None
        if kind not in ("node", "way", "relation") or ref is None:
            found.notes.add("element", "of an unknown type", str(number))
            continue
        _of_json(found, str(kind), ref, given)
    _remarked(found, str(content.get("remark") or ""))
    return found


def _of_json(found: Elements, kind: str, ref: int, given: Mapping[str, Any]) -> None:
    tags = given.get("tags")
    found.add(kind, ref, {str(k): str(v) for k, v in tags.items()} if isinstance(tags, Mapping) else {})
    if kind == "node":
        lonlat = _lonlat(given)
        if not math.isnan(lonlat[0]):
            found.place_node(ref, *lonlat)
    drawn = _drawn(given.get("geometry"))
    if kind == "way":
        nodes = [node for node in map(_whole, _listed(given.get("nodes"))) if node is not None]
        # Without numbers of nodes the drawn line is all there is: its points become nodes of their own.
        found.refs[ref] = nodes or [_own(ref, at) for at in range(len(drawn))]
        for node, lonlat in zip(found.refs[ref], drawn, strict=False):
            if not math.isnan(lonlat[0]):
                found.place_node(node, *lonlat)
    if kind == "relation":
        found.members[ref] = tuple(_members_of_json(found, given.get("members")))
    centre = given.get("center")
    if isinstance(centre, Mapping):
        found.centres[(kind, ref)] = _lonlat(centre)


def _members_of_json(found: Elements, members: object) -> Iterator[Member]:
    for member in _listed(members):
        ref = _whole(member.get("ref")) if isinstance(member, Mapping) else None
        if ref is None:
            continue
        yield Member(str(member.get("type", "")), ref, str(member.get("role", "")))
        drawn = _drawn(member.get("geometry"))
        if drawn:
            found.drawn[ref] = drawn
        if member.get("type") == "node" and "lat" in member:
            found.place_node(ref, *_lonlat(member))


def _drawn(geometry: object) -> list[LonLat]:
    return [_lonlat(point) if isinstance(point, Mapping) else (math.nan, math.nan) for point in _listed(geometry)]


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _own(way: int, at: int) -> int:
    """Return a number for a node that has none; no node of OpenStreetMap is that far below zero."""
    return -(1 << 62) + (way % (1 << 40)) * (1 << 20) + at


# The protocol buffer format.


def _of_pbf(path: Path) -> Elements:
    """Read relations, then the ways that they or their names need, then the nodes that those need."""
    import osmium

    found = Elements()
    try:
        for thing in _streamed(path, osmium.osm.RELATION):
            members = tuple(Member(_KINDS[one.type], one.ref, one.role) for one in thing.members)
            if found.add("relation", thing.id, _tags(thing), deleted=thing.deleted):
                found.members[thing.id] = members
        wanted = _ways_wanted(found)
        for thing in _streamed(path, osmium.osm.WAY):
            if found.add("way", thing.id, _tags(thing), deleted=thing.deleted) and (
                thing.id in found.ways or thing.id in wanted
            ):
                found.refs[thing.id] = array("q", [node.ref for node in thing.nodes])
        _pbf_nodes(path, found)
    except (OverflowError, RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        raise ReadError(
            "the file cannot be read as OpenStreetMap data",
            where=path,
            rule=".pbf is the protocol buffer format; a download may have been cut short",
            next_step=str(error)[:100],
        ) from None
    return found


def _streamed(path: Path, kind: Any) -> Iterator[Any]:
    import osmium

    yield from osmium.FileProcessor(str(path), kind)


_KINDS = {"n": "node", "w": "way", "r": "relation"}


def _pbf_nodes(path: Path, found: Elements) -> None:
    import osmium

    wanted = {ref for refs in found.refs.values() for ref in refs}
    wanted |= {one.ref for ref in _with_children(found) for one in found.members[ref] if one.kind == "node"}
    positive = [ref for ref in wanted if ref >= 0]
    needed = osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(osmium.filter.IdFilter(positive))
    tagged = osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(osmium.filter.EmptyTagFilter())
    for thing in (*_nodes(needed), *_nodes(tagged)):
        if found.add("node", thing[0], thing[3], deleted=thing[4]) and not math.isnan(thing[1]):
            found.place_node(thing[0], thing[1], thing[2])


def _nodes(things: Iterable[Any]) -> Iterator[tuple[int, float, float, Tags, bool]]:
    for thing in things:
        there = thing.location.valid()
        lon, lat = (thing.location.lon, thing.location.lat) if there else (math.nan, math.nan)
        yield thing.id, lon, lat, _tags(thing), thing.deleted


def _tags(thing: Any) -> Tags:
    return {tag.k: tag.v for tag in thing.tags} if len(thing.tags) else {}


def _ways_wanted(found: Elements) -> set[int]:
    """Return the ways that relations with a name are made of, also through relations without one."""
    return {one.ref for ref in _with_children(found) for one in found.members[ref] if one.kind == "way"}


def _with_children(found: Elements) -> set[int]:
    """Return the relations that have a name, and those that they hold."""
    seen: set[int] = set()
    rest = list(found.relations)
    while rest:
        ref = rest.pop()
        if ref in seen or ref not in found.members:
            continue
        seen.add(ref)
        rest += [one.ref for one in found.members[ref] if one.kind == "relation"]
    return seen
