"""XML by its own encoding, with any prefix, whole or broken off."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from karmalink.errors import ReadError
from karmalink.rows.xml_files import read_xml

BODY = "<a><b name='Café'>Tonlé</b></a>"


def written(tmp_path: Path, content: bytes | str) -> Path:
    path = tmp_path / "a.xml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    "encoding", ["UTF-8", "ISO-8859-1", "iso-8859-15", "windows-1252", "cp850", "UTF-16", "mac-roman"]
)
@pytest.mark.parametrize("quote", ["'", '"'])
def test_the_first_line_says_the_encoding(tmp_path: Path, encoding: str, quote: str) -> None:
    text = f"<?xml version='1.0' encoding={quote}{encoding}{quote} standalone='no'?>\n{BODY}"
    root = read_xml(written(tmp_path, text.encode(encoding)), root="a").root
    assert (root[0].text, root[0].get("name"), root[0].line) == ("Tonlé", "Café", 2)


@pytest.mark.parametrize("encoding", ["gb18030", "shift_jis", "euc-kr", "big5"])
def test_encodings_of_several_bytes_a_sign(tmp_path: Path, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><a>山</a>'
    assert read_xml(written(tmp_path, text.encode(encoding)), root="a").root.text == "山"


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF8 + BODY.encode(),
        codecs.BOM_UTF16_LE + BODY.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + BODY.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + BODY.encode("utf-32-le"),
        BODY.encode("utf-16-le"),
        BODY.encode("utf-16-be"),
        BODY.encode(),
        b"\n  " + BODY.encode(),
        BODY.encode() + b"\x00" * 512,
        # A program that wrote a string as UTF-8 and left "utf-16" standing in it.
        b'<?xml version="1.0" encoding="utf-16"?>' + BODY.encode(),
        b'\xef\xbb\xbf<?xml version="1.0" encoding="ISO-8859-1"?>' + BODY.encode(),
        f'\n<?xml version="1.0" encoding="ISO-8859-1"?>{BODY}'.encode("latin-1"),
    ],
)
def test_marks_blanks_and_zeros_around_a_file(tmp_path: Path, content: bytes) -> None:
    assert read_xml(written(tmp_path, content), root="a").root[0].text == "Tonlé"


def test_prefixes_declared_or_not_do_no_harm(tmp_path: Path) -> None:
    root = read_xml(written(tmp_path, "<q:a xmlns:q='u'><q:b/><gx:c z:lat='1'/></q:a>"), root="a").root
    assert [element.tag for element in root] == ["b", "c"]
    assert root[1].get("lat") == "1"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "the file is empty"),
        (b"<?xml version='1.0' encoding='klingon'?><a/>", "'klingon', which is not known"),
        (b"<?xml version='1.0' encoding='utf-8'?>\n<a>\xe9</a>", "line 2 is not UTF-8, in which the file says"),
        (b"<a>\n\n\xe9</a>", "line 3 is not UTF-8"),
        ("<kml/>", "this is not A: the root of its XML is <kml>"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "declares entities"),
        ('<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a><b></a>', "line 1 is not XML"),
        ("<a>\n<b></c></a>", "line 2 is not XML"),
        ("<a><b>", "the file is cut short"),
        ("<a", "line 1 is not XML"),
        ("what is this", "line 1 is not XML"),
    ],
)
def test_what_is_refused_says_why(tmp_path: Path, content: bytes | str, says: str) -> None:
    with pytest.raises(ReadError) as caught:
        read_xml(written(tmp_path, content), root="a")
    assert says in str(caught.value)
    assert "Excel" not in str(caught.value)


@pytest.mark.parametrize("end", ["<b>2</b><b>3", "<b>2</b><b", "<b>2</b>", "<b>2</b><b>\n", "<b>2</b></li"])
def test_a_file_that_breaks_off_is_read_up_to_there_where_that_is_allowed(tmp_path: Path, end: str) -> None:
    path = written(tmp_path, f"<a><list>\n<b>1</b>{end}")
    found = read_xml(path, root="a", kept_open=("a", "list"))
    assert [element.text for element in found.root.iter("b")] == ["1", "2"]
    assert found.cut_at >= 2
    assert read_xml(written(tmp_path, BODY), root="a", kept_open=("a",)).cut_at == 0
