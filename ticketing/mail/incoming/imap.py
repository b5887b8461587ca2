"""Fetch mails over IMAP: a mail is marked as seen and moved to the folder « Guichet » once it is kept, never before.

Mails are named by their UID within one connection only, so that a change of UIDVALIDITY means nothing here: what is
fetched twice is kept once. `imap://` is for this machine; to another it asks for STARTTLS, since a password never goes
over a network in clear.
"""

from __future__ import annotations

import imaplib
import ipaddress
import re
import ssl
import time
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from ticketing.mail.incoming.boxes import Box
from ticketing.mail.incoming.fetched import Fetched, Keep, Trouble

TIMEOUT = 20.0
DONE, TOO_LARGE = "Guichet", "Guichet-trop-lourds"
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


def fetch(box: Box, keep: Keep, *, at_most: int, until: float) -> Fetched:
    """Give at most `at_most` unseen mails to `keep` before `until` (monotonic seconds). Raises Trouble."""
    try:
        opened = _open(box)
    except Trouble:
        raise
    except MailboxLoginError as error:
        raise Trouble("le serveur refuse le nom ou le mot de passe") from error
    except MailboxFolderSelectError as error:
        raise Trouble("le dossier de la boîte ne s’ouvre pas") from error
    except ssl.SSLError as error:
        raise Trouble("la connexion chiffrée échoue : certificat refusé, ou port qui ne parle pas TLS") from error
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        raise Trouble(f"le serveur ne répond pas ({type(error).__name__})") from error
    try:
        return _fetch(opened, keep, at_most, until)
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        raise Trouble(f"la connexion a été coupée ({type(error).__name__})") from error
    finally:
        _close(opened)


def _open(box: Box) -> BaseMailBox:
    if box.kind == "imaps":
        mailbox: BaseMailBox = MailBox(box.host, box.port, timeout=TIMEOUT, ssl_context=ssl.create_default_context())
    elif _is_here(box.host):
        mailbox = MailBoxUnencrypted(box.host, box.port, timeout=TIMEOUT)
    else:
        try:
            mailbox = MailBoxStartTls(box.host, box.port, timeout=TIMEOUT, ssl_context=ssl.create_default_context())
        except (imaplib.IMAP4.error, ImapToolsError) as error:
            raise Trouble("le serveur n’offre pas STARTTLS : écrivez imaps:// dans GUICHET_MAILBOX") from error
    return mailbox.login(box.user, box.password, initial_folder=box.folder)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _fetch(mailbox: BaseMailBox, keep: Keep, at_most: int, until: float) -> Fetched:
    waiting = mailbox.uids("UNSEEN", charset=None)  # some servers refuse any charset here
    folders = _Folders(mailbox)
    done, faults = 0, 0
    for uid in waiting[:at_most]:
        if time.monotonic() > until:
            break
        client: Any = mailbox.client
        size = _size(client, uid)
        if size is None:  # somebody took it away meanwhile
            continue
        part = "BODY.PEEK[]" if size <= keep.largest else f"BODY.PEEK[]<0.{keep.largest + 1}>"
        raw = _literal(client.uid("FETCH", uid, f"({part})"))
        if raw is None:
            faults += 1
            continue
        whole = keep(raw, max(size, len(raw)), f"le dossier « {TOO_LARGE} » de la boîte")
        client.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")
        folders.move(uid, DONE if whole else TOO_LARGE)
        done += 1
    return Fetched(done, len(waiting) - done, faults)


def _size(client: Any, uid: str) -> int | None:
    _, data = client.uid("FETCH", uid, "(RFC822.SIZE)")
    for item in data or ():
        found = _SIZE.search(item if isinstance(item, bytes) else b" ".join(item or ()))
        if found:
            return int(found[1])
    return None


def _literal(answer: tuple[str, Any]) -> bytes | None:
    for item in answer[1] or ():
        if isinstance(item, tuple) and len(item) > 1:
            return bytes(item[1])
    return None


def _capabilities(client: Any) -> set[str]:
    """Return what the server can do for who is logged in, which is more than it says at first."""
    status, said = client.capability()
    return set((said[0] or b"").decode("ascii", "replace").upper().split()) if status == "OK" and said else set()


class _Folders:
    """The folders that fetched mails are moved to, made when first needed. A server that refuses keeps them seen."""

    def __init__(self, mailbox: BaseMailBox) -> None:
        self._mailbox, self._known = mailbox, dict[str, str]()
        self._can = _capabilities(mailbox.client)

    def move(self, uid: str, name: str) -> None:
        """Move a mail that is already marked as seen; where that is not possible it stays where it is, seen."""
        if name not in self._known:
            self._known[name] = self._found(name)
        folder = self._known[name]
        if not folder:
            return
        client: Any = self._mailbox.client
        if "MOVE" in self._can:
            client.uid("MOVE", uid, folder)
        elif "UIDPLUS" in self._can and client.uid("COPY", uid, folder)[0] == "OK":
            # without UIDPLUS, expunging would take away what others marked as deleted
            client.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)")
            client.uid("EXPUNGE", uid)

    def _found(self, name: str) -> str:
        """Return the folder's name as the server wants it, quoted, or an empty text where it cannot be made."""
        for wanted in (name, f"INBOX.{name}", f"INBOX/{name}"):
            try:
                if not self._mailbox.folder.exists(wanted):
                    self._mailbox.folder.create(wanted)
            except (ImapToolsError, imaplib.IMAP4.error):
                continue
            return f'"{wanted}"'
        return ""


def _close(mailbox: BaseMailBox) -> None:
    try:
        mailbox.logout()
    except (OSError, imaplib.IMAP4.error, ImapToolsError):  # it is over in any case
        return
