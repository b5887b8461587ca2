"""Trees of parts, pages, winmail.dat and the small copy, beyond what the odd mails show."""

from __future__ import annotations

import time

import pytest
from harness import odd_mails

from ticketing.mail.incoming.mime import html_reducing, html_text, protected, rtf, skeleton, structure, tnef
from ticketing.mail.incoming.mime.notes import Notes


def text_of(page: str, **names: str) -> str:
    return html_text.text(page, names, Notes())[0]


def tree(part: structure.Part) -> list[object]:
    """Return the types of a tree, as nested lists."""
    return [part.content_type, *(tree(child) for child in part.children)]


def test_parts_stop_at_the_bounds():
    many = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 2000
    assert len(structure.read(many, Notes()).children) < structure.PARTS_MAX
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (at, at) for at in range(40))
    part, depth = structure.read(deep + b"\nx", Notes()), 0
    while part.children:
        part, depth = part.children[-1], depth + 1
    assert depth == structure.DEPTH_MAX and part.too_deep


def test_an_encapsulated_message_is_a_tree_of_its_own():
    raw = b"Content-Type: message/rfc822\n\nSubject: a\nContent-Type: text/html\n\n<p>"
    assert tree(structure.read(raw, Notes())) == ["message/rfc822", ["text/html"]]


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<p>a</p>b", "a\n\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<a href='#x'>ici</a> <a href='tel:+33123456789'>01 23 45 67 89</a>", "ici 01 23 45 67 89"),
        ("<a href='https://x.example'></a>", "https://x.example"),
        ("<blockquote>a<blockquote>b</blockquote>c</blockquote>d", "> a\n> \n>> b\n> \n> c\n\nd"),
        ("a<hr>b", f"a\n\n{html_text.RULE}\nb"),
        ("<ol start=3><li>a<li>b</ol>", "3. a\n4. b"),
        ("<p>a &lt;b&gt; c</p>", "a <b> c"),
        ("a<script>x</script><style>y</style>b", "ab"),
        ("a<script>never closed", "anever closed"),
        ("<img src='cid:I1' alt='logo'>", "[image : i.png]"),
        ("<img src='https://x.example/a.png' alt='Plan de la salle'>", "[image : Plan de la salle]"),
        ("<table><tr><td>a<table><tr><td>b<td>c</table></table>", "a\nb | c"),
    ],
)
def test_a_page_as_text(page, text):
    assert text_of(page, i1="i.png").strip() == text


def test_a_page_nested_deep_or_without_end_is_read_soon():
    begun = time.process_time()
    for piece in ("<div>", "<ul><li>", "<!--", "<style>", "<a href='", "<table><tr><td>", "<"):
        text_of(piece * 400_000)
    assert time.process_time() - begun < 15
    assert html_reducing.reduced("<div>" * 1000 + "x")[0].count("<div>") == html_reducing.DEPTH_MAX


def test_images_written_in_a_page_are_put_aside():
    page = b"<img src='data:image/png;base64," + b"A" * 400 + b"'><img src='data:image/gif;base64,R0lG'>"
    left, images = html_reducing.without_data_images(page)
    assert left == b"<img src='cid:guichet-image-1'><img src='cid:'>"
    assert images == [("image/png", bytes(300))]


def test_a_packed_rich_text_repeats_what_stands_in_its_window():
    # The example of MS-OXRTFCP, 4.1.1: « {\rtf1\ansi\ansicpg1252\pard hello world} ».
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert rtf.unpacked(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert rtf.text(rtf.unpacked(packed)) == ("hello world", False)


def test_a_packed_text_that_lies_or_is_cut_ends():
    assert rtf.unpacked(b"") == rtf.unpacked(b"x" * 40) == b""
    plain = b"\x20\0\0\0\x05\0\0\0MELA\0\0\0\0hello and more"
    assert rtf.unpacked(plain) == b"hello"
    bomb = b"\0\0\0\0\xff\xff\xff\xffLZFu\0\0\0\0" + b"\xff" + b"\x00\x0f" * 300_000
    assert len(rtf.unpacked(bomb)) <= rtf.UNPACKED_MAX


@pytest.mark.parametrize("kind", ["text", "rtf", "html", "files", "names", "lie"])
def test_a_winmail_that_is_cut_anywhere_is_read_or_refused(kind):
    whole = odd_mails.winmail(kind)
    assert tnef.read(whole) is not None
    for end in range(0, len(whole), 3):
        tnef.read(whole[:end])
    assert tnef.read(b"x" + whole) is None


def test_a_winmail_of_too_many_objects_is_read_soon():
    begun = time.process_time()
    tnef.read(odd_mails.winmail("text") + odd_mails._object(2, 0x9002, 6, bytes(14)) * 200_000)
    assert time.process_time() - begun < 5


def test_what_is_signed_is_reached_and_what_is_encrypted_is_not():
    assert protected.signed_content(odd_mails.opaque("encrypted")) is None
    blob = odd_mails.opaque("signed")
    assert (protected.signed_content(blob) or b"").startswith(b"Content-Type: text/plain")
    for end in range(len(blob)):
        protected.signed_content(blob[:end])


def test_the_small_copy_is_small_and_python_reads_it():
    raw = b"Subject: =?x?q?a?=\n b\nFrom: a@b.example\nContent-Type: multipart/mixed\n\n--z\nContent-Type: text/plain; "
    raw += (
        b"charset=martian\n\n\xe9"
        + b"x" * 3_000_000
        + b"\n--z\nContent-Type: image/png\n\n"
        + b"y" * 5_000_000
        + b"\n--z--\n"
    )
    message, small = skeleton.of(structure.read(raw, Notes()))
    assert len(small) < 500_000
    assert message["subject"] == "a b" and message["none"] is None
    text, image = message.iter_parts()
    assert text.get_content().startswith("éxx") and image.get_content_type() == "image/png"
    assert [part.is_attachment() for part in message.walk()] == [False] * 3
