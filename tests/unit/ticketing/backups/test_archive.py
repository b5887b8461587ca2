"""Test that a backup that is damaged, or made up, is refused in a sentence, wherever the damage is."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from typing import Any

import pytest

from ticketing.backups.archive import BadArchive, Reader

HEAD = ("guichet.json", json.dumps({"format": 1}).encode(), {})
LINES = gzip.compress(b"x" * 1000)


def archive(members: list[tuple[str, bytes, dict[str, Any]]]) -> io.BytesIO:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data, more in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            for key, value in more.items():
                setattr(member, key, value)
            tar.addfile(member, io.BytesIO(data))
    made.seek(0)
    return made


@pytest.mark.parametrize(
    "members",
    [
        [("guichet.json", b"[1]", {})],
        [("guichet.json", b"[" * 100_000, {})],
        [("guichet.json", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"})],
        [HEAD, ("files/a", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"})],
        [HEAD, ("files/a", b"", {"type": tarfile.LNKTYPE, "linkname": "/etc/passwd"})],
        [HEAD, ("files/a", b"", {"type": tarfile.FIFOTYPE})],
        [HEAD, ("contents.json", b"[]", {})],
        [HEAD, ("contents.json", b'{"tables": [], "files": {}, "numbers": {}, "gone": []}', {})],
        [HEAD, ("tables/a/columns.json", b"[]", {}), ("tables/a/000001.jsonl.gz", LINES[:10] + b"\xff" * 50, {})],
        [HEAD, ("tables/a/columns.json", b"[]", {}), ("tables/a/000001.jsonl.gz", b"no gzip", {})],
        [HEAD, ("tables/a/columns.json", b"[", {})],
    ],
)
def test_security_a_backup_that_is_made_up_or_damaged_is_refused(members: list[Any]) -> None:
    """A byte that a disk had changed ended « guichet restore » in a traceback, by zlib."""
    taken: list[str] = []
    reader = Reader(archive(members))
    with pytest.raises(BadArchive):
        reader.read(lambda head: None, lambda *table: list(table[2]), lambda name, _: taken.append(name))
    assert taken == []
