"""Received files are identified by their content, limited in size, and stored whole or not at all."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from ticketing.files import signatures
from ticketing.files.receiving import FileRefused, Limits, check_quota, receiving, safe_name, sweep
from ticketing.model import Upload

LIMITS = Limits(per_file=10_000, per_ticket=15_000)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082".replace(" ", "")
)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0000b080001000101011100ffd9")
GIF = b"GIF89a\x01\0\x01\0\0\0\0;"


def archive(*members: str, mimetype: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        if mimetype:
            made.writestr("mimetype", mimetype)
        for member in members:
            made.writestr(member, "<x/>")
    return buffer.getvalue()


ODT = archive("content.xml", mimetype="application/vnd.oasis.opendocument.text")
DOCX = archive("[Content_Types].xml", "word/document.xml")


def upload(name: str, content: bytes) -> Upload:
    return Upload(name, io.BytesIO(content))


def names(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("a.png", PNG, "image/png"),
        ("A.PDF", PDF, "application/pdf"),
        ("photo.jpg", JPEG, "image/jpeg"),
        ("x.gif", GIF, "image/gif"),
        ("Été.odt", ODT, "application/vnd.oasis.opendocument.text"),
        ("l.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("n.txt", "Bonjour à tous".encode(), "text/plain; charset=utf-8"),
        ("n.txt", "Bonjour à tous".encode("utf-16"), "text/plain; charset=utf-16"),
        ("n.csv", b"\xfe\xff" + "é;è\n".encode("utf-16-be"), "text/csv; charset=utf-16"),
        ("n.log", "Bonjour à tous".encode("cp1252"), "text/plain; charset=windows-1252"),
        ("n.txt", b"PK est une abr\xc3\xa9viation", "text/plain; charset=utf-8"),
        ("n.txt", b"MZ-3 ne d\xc3\xa9marre plus", "text/plain; charset=utf-8"),
        ("n.txt", b"%!PS", "text/plain; charset=utf-8"),
        ("n.txt", b"x" * 9_000 + "é".encode(), "text/plain; charset=utf-8"),
        ("photo.jfif", JPEG, "image/jpeg"),
        ("t.csv", b"a;b\n1;2\n", "text/csv; charset=utf-8"),
        ("version.1.2.pdf", PDF, "application/pdf"),
    ],
)
def test_allowed(tmp_path: Path, name: str, content: bytes, content_type: str) -> None:
    with receiving(tmp_path, [upload(name, content)], LIMITS) as (file,):
        assert (file.name, file.size, file.content_type) == (name, len(content), content_type)
        assert (tmp_path / file.path).read_bytes() == content
        assert file.path == f"{file.uuid[:2]}/{file.uuid}" and len(file.sha256) == 64
    assert names(tmp_path) == [tmp_path / file.path]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("virus.exe", b"MZ" + b"\0" * 100),
        ("page.html", b"<html>"),
        ("dessin.svg", b"<svg/>"),
        ("sans-extension", b"x"),
        ("a.png", PDF),
        ("a.pdf", b"MZ\x90\0"),
        ("a.pdf", b"<html><script>"),
        ("a.txt", b"<!DOCTYPE html><html>"),
        ("a.txt", b"\0\1\2"),
        ("a.txt", b"PK\3\4"),
        ("a.txt", "<html><script>".encode("utf-16")),
        ("a.txt", "\0".encode("utf-16")),
        ("a.txt", "é".encode("utf-16") + b"x"),
        ("a.txt", "\ufeff <svg>".encode()),
        ("a.txt", "é <html>".encode("cp1252")[2:]),
        ("a.txt", b"x" * 9_000 + b"\0"),
        ("a.txt", b"MZ\x90\0\3\0"),
        ("a.docx", b"PK\3\4 not a zip"),
        ("a.docx", ODT),
        ("a.odt", DOCX),
        ("a.docx", archive("word/document.xml", "word/vbaProject.bin")),
        ("facture.exe.pdf", PDF),
        ("a.pdf.js", PDF),
        ("vide.txt", b""),
        ("gros.txt", b"x" * 10_001),
        (".htaccess", b"x"),
        ("a.xhtml", b"<html/>"),
    ],
)
def test_refused(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(FileRefused) as refused, receiving(tmp_path, [upload(name, content)], LIMITS):
        pytest.fail("let in")
    assert refused.value.sentence.startswith("«") and refused.value.sentence.endswith(".")
    assert names(tmp_path) == []


def test_all_or_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileRefused), receiving(tmp_path, [upload("a.txt", b"x"), upload("b.exe", b"x")], LIMITS):
        pytest.fail("let in")
    with pytest.raises(RuntimeError), receiving(tmp_path, [upload("a.txt", b"x")], LIMITS):
        raise RuntimeError("the commit failed")
    big = [upload(f"{n}.txt", b"x" * 8_000) for n in range(2)]
    with pytest.raises(FileRefused), receiving(tmp_path, big, LIMITS):
        pytest.fail("let in")
    with receiving(tmp_path, [upload("", b"")], LIMITS) as received:
        assert received == []
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\dossier\\a.txt", "a.txt"),
        ("a\r\nb.txt", "a b.txt"),
        ("\u202etxt.exe", "txt.exe"),
        ('a"<b>.txt', "a--b-.txt"),
        ("", "fichier"),
        ("...", "fichier"),
        ("／..／x.txt", "x.txt"),
        ("．．＼etc＼x.txt", "x.txt"),
        ("a：b＊．txt", "a-b-.txt"),
        ("∕a.txt", "∕a.txt"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
    ],
)
def test_names(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_sweep_takes_what_no_row_names_once_it_is_old(tmp_path: Path) -> None:
    with receiving(tmp_path, [upload("a.txt", b"x"), upload("b.txt", b"y"), upload("c.txt", b"z")], LIMITS) as (
        a,
        b,
        c,
    ):
        pass
    now = (tmp_path / a.path).stat().st_mtime + 90_000
    os.utime(tmp_path / c.path, (now, now))
    assert sweep(tmp_path, {a.path}, now) == 1
    assert sorted(names(tmp_path)) == sorted([tmp_path / a.path, tmp_path / c.path])
    assert not (tmp_path / b.path).exists()


@pytest.mark.parametrize(("count", "taken"), [(20, True), (21, False)])
def test_twenty_files_come_in_at_once_and_no_more(tmp_path: Path, count: int, taken: bool) -> None:
    """Empty file fields do not count."""
    uploads = [upload("", b""), *(upload(f"{n}.txt", b"x") for n in range(count)), upload("", b"")]
    if taken:
        with receiving(tmp_path, uploads, LIMITS) as received:
            assert [file.name for file in received] == [f"{n}.txt" for n in range(count)]
    else:
        with pytest.raises(FileRefused) as refused, receiving(tmp_path, uploads, LIMITS):
            pytest.fail("let in")
        assert refused.value.sentence.startswith("20 fichiers au plus")
        assert names(tmp_path) == []


@pytest.mark.parametrize(("size", "taken"), [(10_000, True), (10_001, False)])
def test_a_file_of_just_the_greatest_size_is_taken(tmp_path: Path, size: int, taken: bool) -> None:
    if taken:
        with receiving(tmp_path, [upload("a.txt", b"x" * size)], LIMITS) as (file,):
            assert file.size == size
    else:
        with pytest.raises(FileRefused), receiving(tmp_path, [upload("a.txt", b"x" * size)], LIMITS):
            pytest.fail("let in")


@pytest.mark.parametrize(("already", "taken"), [(5_000, True), (5_001, False)])
def test_a_ticket_is_filled_to_its_last_byte(tmp_path: Path, already: int, taken: bool) -> None:
    with receiving(tmp_path, [upload("a.txt", b"x" * 4_000), upload("b.txt", b"y" * 6_000)], LIMITS) as received:
        if taken:
            check_quota(already, received, LIMITS)
        else:
            with pytest.raises(FileRefused) as refused:
                check_quota(already, received, LIMITS)
            assert "0,015 Mo au total" in refused.value.sentence


def test_a_file_that_is_just_a_day_old_is_not_swept_yet(tmp_path: Path) -> None:
    with receiving(tmp_path, [upload("a.txt", b"x")], LIMITS) as (file,):
        pass
    os.utime(tmp_path / file.path, (1_000_000, 1_000_000))
    assert sweep(tmp_path, (), 1_086_400.0) == 0
    assert sweep(tmp_path, (), 1_086_401.0) == 1
    assert sweep(tmp_path, (), 1_086_401.0) == 0


def _heif(first: bytes, *brands: bytes, length: int | None = None) -> bytes:
    """The start of an HEIF file: its box of brands, then what follows it."""
    size = 16 + 4 * len(brands) if length is None else length
    return size.to_bytes(4, "big") + b"ftyp" + first + b"\0\0\0\0" + b"".join(brands) + b"heic"


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (_heif(b"mif1", b"mif1", b"heic"), True),
        (_heif(b"mif1", b"heic"), True),
        (_heif(b"msf1", b"mif1", b"hevc"), True),
        (_heif(b"mif1", b"mif1", b"miaf"), False),  # the « heic » after the box is not one of its brands
        (_heif(b"mif1", b"avif", b"xhei", b"cxxx"), False),  # a brand begins at each fourth byte only
        (_heif(b"mif1", b"heic", length=16), False),
        (_heif(b"avif", b"heic"), False),
        (_heif(b"heix"), True),
        (b"", False),
    ],
)
def test_a_picture_is_heic_by_its_brand_or_by_those_that_it_lists(head: bytes, known: bool) -> None:
    assert signatures.begins_as("heic", head) is known


def test_only_a_heic_is_known_by_the_brands_that_it_lists() -> None:
    listed = _heif(b"mif1", b"heic")
    assert not any(signatures.begins_as(extension, listed) for extension in ("png", "jpg", "gif", "webp", "pdf"))
