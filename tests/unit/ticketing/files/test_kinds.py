"""Every accepted kind of file: a whole file of each is accepted, and under no other extension."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from ticketing.files.receiving import ALLOWED, BINARY, OFFICE, PLAIN, FileRefused, Limits, receiving
from ticketing.files.signatures import SIGNATURES
from ticketing.model import Upload

LIMITS = Limits(per_file=1_000_000, per_ticket=1_000_000)

# --- whole files, each the smallest that a program of its kind shows ---


def pdf(before: bytes = b"") -> bytes:
    """Return an empty page, with an exact table of objects."""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>",
    )
    body, places = before + b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"xref\n0 4\n0000000000 65535 f \n%strailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return body + tail % (table, len(body))


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    image = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + image + chunk(b"IEND", b"")


def jpeg(after_start: bytes) -> bytes:
    """Return a grey point: tables of quantities and codes, a frame, a scan."""

    def part(marker: int, data: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data

    codes = b"".join(part(0xC4, bytes([kind]) + b"\1" + b"\0" * 15 + b"\0") for kind in (0x00, 0x10))
    frame = part(0xC0, b"\x08\0\1\0\1\1\1\x11\0")
    scan = part(0xDA, b"\1\1\0\0\x3f\0") + b"\x3f"
    return b"\xff\xd8" + after_start + part(0xDB, b"\0" + b"\1" * 64) + frame + codes + scan + b"\xff\xd9"


def app(number: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, 0xE0 + number, len(data) + 2) + data


JFIF = jpeg(app(0, b"JFIF\0\1\1\0\0\1\0\1\0\0"))
EXIF = jpeg(app(1, b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"))
BARE_JPEG = jpeg(b"")


def gif(version: bytes) -> bytes:
    return version + b"\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"


def webp(kind: bytes, data: bytes, after: bytes = b"") -> bytes:
    body = b"WEBP" + kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) + after
    return b"RIFF" + struct.pack("<I", len(body)) + body


LOSSY = webp(b"VP8 ", bytes.fromhex("3001009d012a010001000cc0ce25a400037000feebae0000"))
LOSSLESS = webp(b"VP8L", bytes.fromhex("2f0000000007d0fffef7bfff8188e87f00"))
EXTENDED = webp(b"VP8X", b"\0" * 10, LOSSY[12:])


def box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data) + 8) + kind + data


def heic(brand: bytes, *compatible: bytes) -> bytes:
    """Return a HEIF file with one picture of 64 by 64, with all its boxes."""
    full = b"\0\0\0\0"
    properties = box(b"ipco", box(b"ispe", full + struct.pack(">II", 64, 64)))
    owned = box(b"ipma", full + b"\0\0\0\1\0\1\1\1")
    meta = full + b"".join(
        (
            box(b"hdlr", full + b"\0\0\0\0pict" + b"\0" * 13),
            box(b"pitm", full + b"\0\1"),
            box(b"iloc", full + b"\x44\0\0\1\0\1\0\0\0\1\0\0\0\0\0\0\0\4"),
            box(b"iinf", full + b"\0\1" + box(b"infe", b"\2\0\0\0\0\1\0\0hvc1\0")),
            box(b"iprp", properties + owned),
        )
    )
    return box(b"ftyp", brand + b"\0\0\0\0" + b"".join(compatible)) + box(b"meta", meta) + box(b"mdat", b"\0" * 4)


def archive(*members: tuple[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members:
            target.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return made.getvalue()


def open_document(kind: str) -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    kind = f"application/vnd.oasis.opendocument.{kind}"
    listed = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    content = f'<office:document-content xmlns:office="{office}"><office:body/></office:document-content>'
    return archive(("mimetype", kind), ("META-INF/manifest.xml", listed), ("content.xml", content))


def office_open(member: str, root: str) -> bytes:
    types = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    links = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'
    return archive(("[Content_Types].xml", types), ("_rels/.rels", links), (member, f"<{root}/>"))


HEVC_BRANDS = ("heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs")
#: Extension -> whole files of its kind, by what is particular about each.
WHOLE: dict[str, dict[str, bytes]] = {
    "pdf": {"1.7": pdf(), "after an empty line": pdf(b"\r\n")},
    "png": {"grey": png()},
    "jpg": {"JFIF": JFIF, "Exif": EXIF, "bare": BARE_JPEG},
    "jpeg": {"JFIF": JFIF, "Exif": EXIF, "bare": BARE_JPEG},
    "jfif": {"JFIF": JFIF, "Exif": EXIF, "bare": BARE_JPEG},
    "gif": {"87a": gif(b"GIF87a"), "89a": gif(b"GIF89a")},
    "webp": {"lossy": LOSSY, "lossless": LOSSLESS, "extended": EXTENDED},
    "heic": {
        **{brand: heic(brand.encode(), b"mif1", brand.encode()) for brand in HEVC_BRANDS},
        **{f"mif1 and {brand}": heic(b"mif1", b"mif1", b"miaf", brand.encode()) for brand in HEVC_BRANDS[:4]},
        **{f"msf1 and {brand}": heic(b"msf1", b"msf1", b"iso8", brand.encode()) for brand in HEVC_BRANDS[4:]},
    },
    "odt": {"text": open_document("text")},
    "ods": {"spreadsheet": open_document("spreadsheet")},
    "odp": {"presentation": open_document("presentation")},
    "docx": {"document": office_open("word/document.xml", "document")},
    "xlsx": {"workbook": office_open("xl/workbook.xml", "workbook")},
    "pptx": {"presentation": office_open("ppt/presentation.xml", "presentation")},
    "txt": {"UTF-8": "Bonjour à tous\n".encode(), "Latin-1": "Bonjour à tous\n".encode("latin-1")},
    "log": {"lines": b"2026-09-01 08:00 INFO ready\n"},
    "csv": {"semicolons": "prénom;rôle\r\nÉva;CMI\r\n".encode(), "with a mark": "\ufeffa;b\r\n".encode()},
}
#: Files of other kinds that may be given an accepted extension.
OTHERS = {
    "WAV": b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x44\xac\0\0\x88\x58\1\0\2\0\x10\0data\0\0\0\0",
    "AVI": b"RIFF\x24\0\0\0AVI LIST\x10\0\0\0hdrlavih" + b"\1" * 40,
    "AVIF": heic(b"avif", b"mif1", b"miaf"),
    "AVIF as any HEIF": heic(b"mif1", b"mif1", b"avif"),
    "HEIF without HEVC": heic(b"mif1", b"mif1"),
    "AVIF whose list of brands has no end": b"\xff\xff\xff\xff" + heic(b"mif1", b"mif1", b"avif")[4:] + b"heic" * 9,
    "MP4": box(b"ftyp", b"isom\0\0\2\0isommp42") + box(b"mdat", b"\0" * 8),
    "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + box(b"ftyp", b"jp2 \0\0\0\0jp2 "),
    "TIFF": b"II*\0\x08\0\0\0\0\0\0\0\0\0",
    "BMP": b"BM\x1e\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0\1\0\1\0\1\0\x18\0\0\0\xff\0",
    "an escaped PNG": rb"\x89PNGIHDRIHDR" + b"\1" * 20,
    "an escaped JPEG": rb"\377\330\377",
    "PostScript": b"%!PS-Adobe-3.0\n",
    "a PDF after a page of text": b"Content-Type: application/pdf\n\n" + pdf(),
    "program": b"MZ\x90\0" + b"\0" * 60,
    "ELF": b"\x7fELF\2\1\1" + b"\0" * 60,
}


def content_type(folder: Path, name: str, content: bytes) -> str | None:
    """Return the type under which a file is accepted, or None if it is refused."""
    try:
        with receiving(folder, [Upload(name, io.BytesIO(content))], LIMITS) as (file,):
            return file.content_type
    except FileRefused as refused:
        assert refused.sentence.startswith(f"« {name} » : ")
        return None


def test_every_accepted_file_type_has_a_whole_file_of_its_kind():
    assert set(WHOLE) == set(ALLOWED) and all(WHOLE.values())
    assert set(SIGNATURES) == set(BINARY)


@pytest.mark.parametrize(("extension", "kind"), [(one, kind) for one in ALLOWED for kind in WHOLE.get(one, ())])
def test_a_whole_file_comes_in_as_its_kind(tmp_path: Path, extension: str, kind: str):
    expected = BINARY.get(extension) or PLAIN.get(extension) or OFFICE[extension][0]
    if extension in PLAIN:
        expected += f"; charset={'windows-1252' if kind == 'Latin-1' else 'utf-8'}"
    assert content_type(tmp_path, f"fichier.{extension}", WHOLE[extension][kind]) == expected


#: Extensions that one content may have: text is text.
SAME = ({"jpg", "jpeg", "jfif"}, set(PLAIN))


@pytest.mark.parametrize("extension", ALLOWED)
def test_a_whole_file_of_another_kind_stays_out(tmp_path: Path, extension: str):
    alike = next((same for same in SAME if extension in same), {extension})
    files = {f"{one} {kind}": file for one in set(WHOLE) - alike for kind, file in WHOLE[one].items()}
    assert len(files) > 20
    let_in = [title for title, file in files.items() if content_type(tmp_path, f"fichier.{extension}", file)]
    # What has no NUL and is no markup is text, whatever else a program makes of it.
    assert not [title for title in let_in if extension not in PLAIN or b"\0" in files[title]]


@pytest.mark.parametrize("title", OTHERS)
def test_what_is_of_no_accepted_kind_stays_out(tmp_path: Path, title: str):
    assert not [one for one in (*BINARY, *OFFICE) if content_type(tmp_path, f"fichier.{one}", OTHERS[title])]


@pytest.mark.parametrize("extension", BINARY)
def test_a_cut_file_stays_out(tmp_path: Path, extension: str):
    for kind, whole in WHOLE[extension].items():
        for size in range(1, 3 if extension in ("jpg", "jpeg", "jfif") else 4):
            assert content_type(tmp_path, f"fichier.{extension}", whole[:size]) is None, (kind, size)
