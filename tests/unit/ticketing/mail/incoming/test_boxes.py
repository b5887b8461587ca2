"""GUICHET_MAILBOX: what it may name, and the sentence for what it may not."""

from __future__ import annotations

import pytest
from harness.apps import settings_for

from config import ConfigurationError, read_settings
from ticketing.mail.incoming import boxes
from ticketing.mail.incoming.boxes import Box


def test_paths_urls_and_names_are_read() -> None:
    read = boxes.read("/var/mail/guichet, sav=maildir:///srv/sav%20b ,d1=imaps://u%40d1.fr:p%2Cw@imap.d1.fr/Support/N1")
    assert read == (
        Box(name="boite", kind="maildir", path="/var/mail/guichet"),
        Box(name="sav", kind="maildir", path="/srv/sav b"),
        Box(name="d1", kind="imaps", host="imap.d1.fr", port=993, user="u@d1.fr", password="p,w", folder="Support/N1"),
    )
    assert boxes.read("imap://a:b=c@localhost:1143")[0] == Box(
        name="boite", kind="imap", host="localhost", port=1143, user="a", password="b=c", folder="INBOX"
    )
    assert boxes.read("") == boxes.read(" , ") == ()
    assert [box.name for box in boxes.read("/a,/b")] == ["boite", "boite-2"]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("pop3://u:p@h", "pop3"),
        ("guichet", "ni le chemin"),
        ("imaps://h/INBOX", "nom, un mot de passe"),
        ("imaps://u:p@h:port/INBOX", "illisible"),
        ("imaps://u:p#w@h", "« # » %23"),
        ("imap://u:p@h:993", "imaps://"),
        ("a=/x,a=/y", "deux fois"),
    ],
)
def test_what_cannot_serve_is_refused_in_french(setting: str, words: str, tmp_path) -> None:
    with pytest.raises(ValueError, match=words):
        boxes.read(setting)
    with pytest.raises(ConfigurationError) as refused:
        settings_for(tmp_path, "sqlite:///x.db", mailbox=setting)
    assert any(fault.startswith("GUICHET_MAILBOX ") and words in fault for fault in refused.value.faults)


def test_a_password_is_in_no_representation(tmp_path) -> None:
    assert "secret" not in repr(boxes.read("imaps://u:secret@h/INBOX"))
    assert "secret" not in repr(settings_for(tmp_path, "sqlite:///x.db", mailbox="imaps://u:secret@h/INBOX"))


def test_a_relay_has_one_name() -> None:
    with pytest.raises(ConfigurationError, match="GUICHET_MAIL_AUTHSERV"):
        read_settings({}, demo=False, mail_authserv="mx.example; dmarc=pass")
