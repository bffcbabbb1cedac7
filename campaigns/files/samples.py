"""A sound file of every format that is read, made by Karmalink, by the formats' own libraries, or by hand."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from tests.night.recording_files import samples, stream, write_brainvision, write_eeglab, write_fif, xdf
from tests.seek.seek_case_files import FILES, line
from tests.tiny_workbook import write_workbook

import karmalink as kl
from karmalink.account.files.calendars_ics import read_ics
from karmalink.account.files.statements import read_statements
from karmalink.account.files.whatsapp import read_whatsapp
from karmalink.base.bounded import try_in_process
from karmalink.demo.making import make_story_files
from karmalink.night.hypnograms.formats import SCORE_WRITERS
from karmalink.rows.columns import Columns
from karmalink.seek.answers.lost_persons import law_of_finds
from karmalink.seek.case.case_settings import read_case_file
from karmalink.seek.field.field_page import ground_key
from karmalink.seek.ground.geojson_files import read_outline
from karmalink.seek.search.found_things import read_found
from karmalink.seek.search.search_log import read_searches
from karmalink.study.dream_sets import DreamCase, read_dream, records_text
from karmalink.study.store.settings import read_settings

__all__ = ["Sample", "make_samples"]

Reader = Callable[[Path], object]


@dataclass(frozen=True, slots=True)
class Sample:
    """One sound file and what reads it.

    Attributes
    ----------
    path : Path
        The file that is mutated; what it belongs with lies beside it.
    read : callable
        Reads `entry`.
    entry : str
        The file that the reader is given; mostly the same.
    """

    path: Path
    read: Reader
    entry: str


def make_samples(folder: Path) -> Mapping[str, Sample]:
    """Write the samples, each in a folder of its own, and return them by name."""
    found: dict[str, Sample] = {}

    def keep(name: str, read: Reader, content: bytes | str, entry: str = "") -> None:
        place = folder / name.replace(" ", "-")
        place.mkdir(exist_ok=True)
        path = place / name.split(" ")[-1]
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        found[name] = Sample(path, read, entry or path.name)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _recordings(folder, found, keep)
        _hypnograms(folder, keep)
        _accounts(keep)
        _workbook(folder, keep)
        _maps(folder, keep)
        _story(folder, keep)
        _field_page(folder, found)
    return found


def _recordings(folder: Path, found: dict[str, Sample], keep: Callable[..., None]) -> None:
    data = np.random.default_rng(1).normal(0, 30e-6, (3, 400))
    recording = kl.night.Recording.from_array(data, ["C3", "C4", "E1"], 100, start=datetime(2020, 1, 1, 23))
    made = folder / "made"
    made.mkdir()
    for ending in (".edf", ".bdf", ".csv", ".npy"):
        path = kl.night.write_recording(recording, made / f"night{ending}")
        keep(f"recording night{ending}", _opened, Path(path).read_bytes())
    stamped = xdf(stream(1, "amp", "EEG", 100, ["C3"]), samples(1, np.arange(200) / 100, np.ones((200, 1))))
    keep("recording night.xdf", _opened, stamped)
    for write, parts in (
        (write_fif, (".fif",)),
        (write_brainvision, (".vhdr", ".vmrk", ".eeg")),
        (write_eeglab, (".set",)),
    ):
        for part in parts:
            place = folder / f"recording-part{part}"
            place.mkdir()
            entry = write(place, data[:, :200])
            found[f"recording part{part}"] = Sample(entry.with_suffix(part), _opened, entry.name)


def _opened(path: Path) -> object:
    recording = kl.night.read_recording(path, sfreq=100.0 if path.suffix in (".csv", ".npy") else None)
    recording.signal(recording.channels[0].name)
    return kl.night.examine(recording)


def _hypnograms(folder: Path, keep: Callable[..., None]) -> None:
    hypnogram = kl.night.Hypnogram(
        np.array([0, 1, 2, 3, 4, 2, -1, 0] * 5, dtype=np.int8), start=datetime(2020, 1, 1, 23)
    )
    for ending in SCORE_WRITERS:
        path = folder / "made" / f"stages{ending}"
        kl.night.write_hypnogram(hypnogram, path)
        keep(f"hypnogram stages{ending}", kl.night.read_hypnogram, path.read_bytes())
    keep("annotations stages.edf", kl.night.read_annotations, (folder / "made" / "stages.edf").read_bytes())
    keep("hypnogram list.txt", kl.night.read_hypnogram, "W\nN1\nN2\nN3\nR\nN2\n" * 20)
    profusion = "".join(f"<SleepStage>{stage}</SleepStage>" for stage in (0, 1, 2, 3, 5, 2) * 10)
    keep(
        "hypnogram profusion.xml",
        kl.night.read_hypnogram,
        f"<CMPStudyConfig><EpochLength>30</EpochLength><SleepStages>{profusion}</SleepStages></CMPStudyConfig>",
    )
    rule = '[[rules]]\nname = "a"\nat_least = 6\nstreams = ["s"]\nany_of = [{ at_least = 9, streams = ["s"] }]\n'
    keep("rules rules.toml", kl.night.read_rules, rule)


def _workbook(folder: Path, keep: Callable[..., None]) -> None:
    rows = [["id", "person", "date", "calendar", "date_means", "text"]]
    rows += [[f"d{number}", "P1", f"2024-03-{number:02d}", "gregorian", "morning_of", "boat"] for number in range(1, 9)]
    write_workbook(folder / "made" / "some.xlsx", {"Dreams": rows})
    keep("accounts some.xlsx", kl.account.read_accounts, (folder / "made" / "some.xlsx").read_bytes())


def _accounts(keep: Callable[..., None]) -> None:
    event = (
        "BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Paris:20240501T090000\r\nDURATION:PT1H\r\n"
        "RRULE:FREQ=WEEKLY;COUNT=5;BYDAY=WE,FR\r\nEXDATE;TZID=Europe/Paris:20240508T090000\r\nSUMMARY:river\r\nEND:VEVENT\r\n"
    )
    journal = "BEGIN:VJOURNAL\r\nUID:2\r\nDTSTART;VALUE=DATE:20240502\r\nDESCRIPTION:A boat\\, long\r\nEND:VJOURNAL\r\n"
    calendar = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{event}{journal}END:VCALENDAR\r\n"
    keep("calendar days.ics", lambda path: read_ics(path, life="x", until=date(2025, 1, 1)), calendar)
    chat = "".join(f"{day:02d}/05/2024, 09:1{day % 10} - Ana: we went to the river\n" for day in range(1, 20))
    keep("chat chat.txt", lambda path: read_whatsapp(path, life="x", author="Ana"), chat)
    lines = "I was a boatman.\nMy house stood by the river.\nI had two sons.\n"
    keep("statements said.txt", lambda path: read_statements(path, person="P1"), lines)
    row = {
        "id": "d1",
        "person": "P1",
        "date": "2024-03-02",
        "calendar": "gregorian",
        "relation": "morning_of",
        "text": "boat",
    }
    keep(
        "accounts some.jsonl", kl.account.read_accounts, "\n".join(json.dumps({**row, "id": f"d{n}"}) for n in range(5))
    )
    keep("accounts some.tsv", kl.account.read_accounts, "\t".join(row) + "\n" + "\t".join(row.values()) + "\n")
    entry = {"uuid": "81F0", "creationDate": "2024-05-01T18:10:00Z", "timeZone": "Asia/Phnom_Penh", "text": "a boat"}
    journal_file = json.dumps({"metadata": {"version": "1.0"}, "entries": [entry, {**entry, "uuid": "81F1"}]})
    keep("journal Journal.json", lambda path: kl.account.read_lives(path, life="x"), journal_file)
    timed = "id,start,text,people\na,0:05,A man walks.,John;Mary\nb,1:00:07.5,He stops.,\n"
    keep("timed scenes.csv", kl.account.read_timed, timed)
    keep("columns columns.toml", Columns.read, '[columns]\ntext = "Dream"\ndate = "Day"\n')
    keep(
        "settings karmalink.toml", lambda path: read_settings(path.parent), '[study]\ntitle = "x"\n[lock]\nwait_s = 5\n'
    )
    dreams = [
        DreamCase(f"c{n}.edf", f"c{n}", "S1", 2, stage="R", sfreq=100.0, age=30.0, remarks="boat") for n in range(5)
    ]
    keep("dreamset Records.csv", lambda path: read_dream(path.parent), records_text(dreams))


_KML = (
    '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>A</name><Point><coordinates>104.9,11.5'
    "</coordinates></Point></Placemark><Placemark><name>B</name><Polygon><outerBoundaryIs><LinearRing><coordinates>"
    "1,1 2,1 2,2 1,1</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>"
)
_GPX = (
    '<gpx version="1.1"><wpt lat="11.5" lon="104.9"><name>A</name></wpt><trk><name>T</name><trkseg>'
    '<trkpt lat="11.5" lon="104.9"><time>2026-03-01T02:00:00Z</time></trkpt><trkpt lat="11.6" lon="104.9"/>'
    "</trkseg></trk></gpx>"
)
_OSM = (
    '<osm version="0.6"><node id="1" lat="11.5" lon="104.9"><tag k="name" v="A"/></node>'
    '<node id="2" lat="11.6" lon="104.9"/>'
    '<way id="3"><nd ref="1"/><nd ref="2"/><tag k="name" v="W"/><tag k="highway" v="path"/></way><relation id="4">'
    '<member type="way" ref="3" role="outer"/><tag k="type" v="multipolygon"/><tag k="name" v="R"/></relation></osm>'
)
_OVERPASS = json.dumps(
    {
        "elements": [
            {"type": "node", "id": 1, "lat": 11.5, "lon": 104.9, "tags": {"name": "A"}},
            {
                "type": "way",
                "id": 2,
                "nodes": [1, 3],
                "geometry": [{"lat": 11.5, "lon": 104.9}, {"lat": 11.6, "lon": 104.9}],
                "tags": {"name": "W", "highway": "path"},
            },
        ]
    }
)
_ASC = "ncols 4\nnrows 4\nxllcorner 104.89\nyllcorner 11.54\ncellsize 0.01\nNODATA_value -9999\n" + "1 2 3 4\n" * 4

_BEHAVIOUR = "category,terrain,p25_m,p50_m,p75_m,p95_m\nhiker,flat,600,1400,3000,8000\nchild,,100,300,700,2000\n"
_FINDS = "category,terrain,distance_m\n" + "".join(f"hiker,flat,{400 * number}\n" for number in range(1, 9))
_FOUND = (
    "id,kind,date,segment,lon,lat,within_m,note\n"
    "a-1,it,2030-03-01,E5,104.905,11.555,6,a lid\nb-1,other,,,104.9,11.5,,\n"
)
_SEGMENTS = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": name},
                "geometry": {"type": "LineString", "coordinates": [[104.90, south], [104.909, 11.559]]},
            }
            for name, south in (("Ridge trail", 11.551), ("Lake shore", 11.556))
        ],
    }
)


def _maps(folder: Path, keep: Callable[..., None]) -> None:
    area = kl.seek.Area.from_bounds(104.90, 11.55, 104.909, 11.559, cell_m=200)
    places = kl.seek.read_places
    keep("places a.kml", places, _KML)
    keep("places a.gpx", places, _GPX)
    keep("track a.gpx", kl.seek.read_gpx, _GPX)
    keep("places a.osm", places, _OSM)
    keep("places a.osm.gz", places, gzip.compress(_OSM.encode()))
    keep("places a.osm.bz2", places, bz2.compress(_OSM.encode()))
    packed = folder / "made" / "a.kmz"
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("doc.kml", _KML)
    keep("places a.kmz", places, packed.read_bytes())
    keep("places a.json", places, _OVERPASS)
    _map_extract(folder / "made" / "a.osm.pbf", keep)
    keep("places a.csv", places, "id,name,kind,lon,lat\np,Old Pagoda,pagoda,104.909,11.559\nm,Market,,104.904,11.563\n")
    answers = "statement,witness,lon,lat,radius_km\na,x,1,2,3\na,y,1.5,2,\nb,x,4,5,1\n"
    keep("answers answers.csv", kl.seek.read_answers, answers)
    keep("behaviour behaviour.csv", kl.seek.read_behaviour, _BEHAVIOUR)
    keep("finds finds.csv", lambda path: law_of_finds(path, "hiker", ""), _FINDS)
    keep("found found.csv", read_found, _FOUND)
    keep("segments segments.geojson", lambda path: kl.seek.read_segments(path, area), _SEGMENTS)
    keep("heights a.asc", lambda path: kl.seek.read_elevation(path, area), _ASC)
    if find_spec("rasterio") and find_spec("pyogrio"):
        _written_by_gdal(folder / "made", area, keep)


def _map_extract(path: Path, keep: Callable[..., None]) -> None:
    """Keep the same map as protocol buffers; a reader in C is tried in a process of its own, as `study add` does."""
    import osmium

    source = path.with_name("a.osm")
    source.write_text(_OSM, encoding="utf-8")
    with osmium.SimpleWriter(str(path)) as writer:
        for thing in osmium.FileProcessor(str(source)):
            writer.add(thing)
    keep("places a.osm.pbf", _tried, path.read_bytes())


def _tried(path: Path) -> object:
    try_in_process(partial(kl.seek.read_places, path), path)
    return kl.seek.read_places(path)


def _written_by_gdal(made: Path, area: kl.seek.Area, keep: Callable[..., None]) -> None:
    import pyogrio.raw
    import rasterio
    import shapely

    size = {"width": 12, "height": 12, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    where = rasterio.transform.from_bounds(104.89, 11.54, 104.92, 11.57, 12, 12)
    with rasterio.open(made / "a.tif", "w", driver="GTiff", transform=where, **size) as file:
        file.write(np.arange(144, dtype=np.float32).reshape(1, 12, 12))
    keep("heights a.tif", lambda path: kl.seek.read_elevation(path, area), (made / "a.tif").read_bytes())
    shapes = np.array(
        [shapely.to_wkb(shapely.Point(104.9, 11.5)), shapely.to_wkb(shapely.Point(104.91, 11.51))], dtype=object
    )
    pyogrio.raw.write(
        made / "a.gpkg",
        geometry=shapes,
        field_data=[np.array(["A", "B"], dtype=object)],
        fields=np.array(["name"]),
        geometry_type="Point",
        crs="EPSG:4326",
    )
    keep("places a.gpkg", kl.seek.read_places, (made / "a.gpkg").read_bytes())


def _story(folder: Path, keep: Callable[..., None]) -> None:
    story = folder / "story"
    story.mkdir()
    make_story_files(story, 7)
    files = story / "files"
    for name, read in (
        ("accounts.csv", kl.account.read_accounts),
        ("entries.csv", kl.account.read_lives),
        ("register.csv", kl.account.read_lives),
        ("places.geojson", kl.seek.read_places),
        ("closing.geojson", kl.seek.read_places),
        ("ground.geojson", read_outline),
        ("clues.csv", kl.seek.read_clues),
        ("witnesses.csv", kl.seek.read_witnesses),
        ("assets.csv", kl.seek.read_assets),
        ("case.toml", read_case_file),
    ):
        content = (files / name).read_bytes()
        # Forty lines of a table are as good as a thousand, and read forty times faster.
        keep(f"story {name}", read, content if name.endswith((".geojson", ".toml")) else _first_lines(content))
    keep("clauses testimony.txt", lambda path: kl.seek.parse_clues(path.read_text("utf-8", "replace")), _CLAUSES)
    log = "id,segment,asset,hours,date\ns1,E10,team-1,2,2031-05-02\ns2,E11,team-1,1,2031-05-03\n"
    keep("searches searches.csv", read_searches, log)


def _field_page(folder: Path, found: dict[str, Sample]) -> None:
    """Put what a field page hands back into a case of its own: each mutation is logged into a copy of it."""
    place = folder / "field-page"
    place.mkdir()
    for name, content in FILES.items():
        (place / name).write_text(content, encoding="utf-8")
    search = {"segment": "E5", "asset": "walker", "searchers": 1, "minutes": 30, "date": "2026-03-01", "fixes": []}
    lon, lat, seconds = line((-200, 0), (200, 0))
    fixes = [[0, x, y, t, 5.0] for x, y, t in zip(lon, lat, seconds, strict=True)]
    searches = [
        {**search, "id": "abcdef-0001", "taken_back": False},
        {**search, "id": "abcdef-0002", "fixes": fixes, "taken_back": False},
    ]
    key = ground_key(kl.seek.Case.read(place))
    finds = [
        {"id": "abc123-1", "kind": "it", "at": [11.559, 104.909], "within_m": 6, "date": "2030-03-01", "note": "a"}
    ]
    told = {
        "format": "karmalink-trail-log",
        "version": 1,
        "case": "x",
        "key": key,
        "searches": searches,
        "finds": finds,
    }
    (place / "trail.json").write_text(json.dumps(told), encoding="utf-8")
    found["field page trail.json"] = Sample(place / "trail.json", _handed_in, "trail.json")


def _handed_in(path: Path) -> object:
    return kl.seek.import_field_page(kl.seek.Case.read(path.parent), path)


def _first_lines(table: bytes) -> bytes:
    rows = list(csv.reader(io.StringIO(table.decode("utf-8"))))[:40]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


_CLAUSES = (
    "It lies about two kilometres north of the old pagoda, on the left bank of the river. I think it was between the "
    "school and the market, half an hour on foot from the bridge. They told me it was not in the village. ខាងជើងវត្ត\n"
)
