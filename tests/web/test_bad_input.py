"""Test every field of every form that each role meets, with nothing, too much, a wrong type or a script: never a 500.

The forms are read from the pages themselves, so that a new form is tried too. Each field gets some of the values, its
neighbour others, the same at each run; `./run soak values` (TEST_VALUES=all) tries all of them in each.
"""

from __future__ import annotations

import io
import itertools
import os
import re
from html.parser import HTMLParser

import pytest

SCRIPT = "<script>document.title='pris'</script>\"'><img src=x onerror=alert(1)>"
BAD = {
    "nothing": "",
    "spaces": " \u00a0\t ",
    "too much": "x" * 58_000 + "é" * 2_000,  # an « é » is six characters of an address, and long to read
    "a script": SCRIPT,
    "nul and controls": "a\x00\x08\x1b[31mb",
    "an escape": "\\ud800",
    "a number out of bounds": "99999999999999999999",
    "a negative number": "-1",
    "not a number": "NaN",
    "a date that is none": "2026-02-30",
    "sql": "1' OR '1'='1' --",
    "a format string": "%s%n{0}{{7*7}}",
    "a path": "../../../../etc/passwd",
    "right to left": "\u202egnp.exe",
    "lines": "a\r\nSet-Cookie: x=1\r\n\r\nb",
    "an unknown word": "inconnu-au-bataillon",
}
FINE = {200, 302, 303, 400, 401, 403, 404, 409, 413, 422, 429}
#: Forms that would end the crawl itself.
LEFT_ALONE = {"/deconnexion"}
MEETING = ("a.admin", "d1.ref", "d1.agent", "a.tech", "c11.chef", "c11.cmi", "c11.reseau", "x.nosign", "anonymous")
#: Those whose forms together are all the forms there are; the others meet the same ones, and try fewer values.
WHOLE = {"a.admin", "d1.ref", "c11.cmi", "x.nosign", "anonymous"}
#: The forms of one's own account, which ask nothing of a role.
OWN = ("/compte/", "/connexion/", "/courriels", "/chartes/")
OWN_WHOLE = {"c11.cmi", "anonymous"}
EVERY = os.environ.get("TEST_VALUES") == "all"


def step(sigle, action, alike):
    """One value in how many this person tries in a field of a form; `alike`: beside another of the same sort.

    The fields of a sort differ by a number in their names (« closure_3_label »), and one line of code reads them. Odd
    numbers, since sixteen values are tried: the next field of a form gets others.
    """
    if EVERY:
        return 1
    if alike or (action.startswith(OWN) and sigle not in OWN_WHOLE):
        return 7
    return 3 if sigle in WHOLE else 5


class Forms(HTMLParser):
    """The forms of a page: (action, method, {field: initial value})."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.forms, self._option = address, [], None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.forms.append((given.get("action") or self.address, given.get("method", "get"), {}))
        elif self.forms and given.get("name"):
            fields = self.forms[-1][2]
            kind = given.get("type", "")
            if tag == "input" and kind == "file":
                fields[given["name"]] = None
            elif tag in ("input", "textarea", "select", "button") and (kind != "radio" or "checked" in given):
                fields.setdefault(given["name"], given.get("value") or "")
            else:
                fields.setdefault(given["name"], "")
            self._option = given["name"] if tag == "select" else self._option
        elif tag == "option" and self.forms and self._option and given.get("value"):
            fields = self.forms[-1][2]
            fields[self._option] = fields.get(self._option) or given["value"]


def pages_of(world, sigle):
    """Return addresses of pages with forms: all pages without argument, two tickets, a person, a charter."""
    addresses = [rule.rule for rule in world.app.url_map.iter_rules() if "GET" in rule.methods and not rule.arguments]
    addresses += [f"/tickets/{number}" for number in sorted(world.numbers(sigle))[:2]]
    return [*addresses, f"/administration/comptes/{world.accounts['d1.agent']['account_id']}", "/chartes/usage"]


def forms_of(client, addresses):
    """Return every form of these pages, once each."""
    known = {}
    for address in addresses:
        response = client.get(address)
        if response.status_code == 200 and response.mimetype == "text/html":
            reader = Forms(address)
            reader.feed(response.get_data(as_text=True))
            for action, method, fields in reader.forms:
                key = re.sub(r"\d+", "#", action), method, tuple(sorted(fields))
                known.setdefault(key, (action, method, fields))
    return [form for form in known.values() if form[0] not in LEFT_ALONE]


def send(client, action, method, fields):
    plain = {name: value for name, value in fields.items() if value is not None}
    if method == "get":
        return client.get(action, query_string=plain)
    files = {name: (io.BytesIO(b""), "") for name, value in fields.items() if value is None}
    return client.post(action, data=plain | files, content_type="multipart/form-data" if files else None)


def trouble(response, sent):
    """Return what is wrong with an answer, or None."""
    text = response.get_data().decode("utf-8", "replace")  # a form may lead to an archive or a PDF
    if response.status_code not in FINE:
        return f"status {response.status_code}"
    if "<script>document.title" in text or "<img src=x" in text:
        return "the script comes back alive"
    if "formulaire a expiré" in text:
        return "the form's own token was lost: nothing was tried"
    if "Traceback" in text or "sqlalchemy" in text.lower() or "Internal Server Error" in text:
        return "the machinery shows"
    refused = response.mimetype == "text/html" and response.status_code in (400, 403, 404, 409, 413, 422)
    if refused and not re.search(r"<h1[^>]*>|error|alert", text):
        return "no sentence"
    if "x" in response.headers.getlist("Set-Cookie") or any("\n" in value for value in response.headers.values()):
        return "a header was split"
    return None


@pytest.mark.parametrize("sigle", MEETING)
def test_every_field_of_every_form_takes_anything(world, sigle):
    client = world.client(sigle)
    forms = forms_of(client, pages_of(world, sigle))
    assert forms
    wrong, tried = [], 0
    turn = itertools.count(MEETING.index(sigle))
    for action, method, given in forms:
        fields = given | {"csrf_token": _token(client, given)}
        sorts = set()
        for name in given:
            sort = re.sub(r"\d+", "#", name)
            alike, _ = sort in sorts, sorts.add(sort)
            for what, bad in BAD.items():
                if name == "csrf_token" or fields[name] is None or next(turn) % step(sigle, action, alike):
                    continue
                tried += 1
                response = send(client, action, method, fields | {name: bad})
                if fault := trouble(response, bad):
                    wrong.append((action, name, what, fault))
                response.close()
                if response.status_code in (302, 303) and "/connexion" in response.headers.get("Location", ""):
                    client = world.client(sigle)  # the form has closed this person's session
                    fields = fields | {"csrf_token": _token(client, fields)}
        emptied = send(client, action, method, {"csrf_token": fields.get("csrf_token", "")})
        if fault := trouble(emptied, ""):
            wrong.append((action, "all fields away", "nothing", fault))
        emptied.close()
    assert not wrong
    assert tried > 20


def _token(client, fields):
    from harness.http import csrf

    return csrf(client) if "csrf_token" in fields else ""


def test_opening_with_bad_values_keeps_what_was_typed_and_says_why(world):
    from harness.http import csrf

    client = world.client("c11.cmi")
    typed = "Le poste de la salle B12, celui du fond"
    page = client.post(
        "/tickets/nouveau",
        data={
            "csrf_token": csrf(client),
            "etape": "envoyer",
            "title": "x" * 400,
            "body": typed,
            "service": "rien",
            "activity": "",
            "acquired_on": "hier",
        },
        content_type="multipart/form-data",
    )
    text = page.get_data(as_text=True)
    assert page.status_code == 422 and typed in text
    assert "x" * 400 in text and "2 corrections sont nécessaires" in text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("programme.exe", b"MZ\x90\x00" + b"\x00" * 100),
        ("page.html", b"<html><script>alert(1)</script>"),
        ("dessin.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("photo.png", b"GIF89a not a png"),
        ("photo.png.exe", b"MZ"),
        ("vide.pdf", b""),
    ],
)
def test_files_that_are_not_allowed_are_refused_at_the_field(world, name, content):
    from harness.http import csrf

    client = world.client("c11.cmi")
    number = min(world.numbers("c11.cmi"))
    page = client.post(
        f"/tickets/{number}/commenter",
        data={
            "csrf_token": csrf(client, f"/tickets/{number}"),
            "commenter-texte": "Voici le fichier.",
            "commenter-visibilite": "public",
            "commenter-fichiers": (io.BytesIO(content), name),
        },
        content_type="multipart/form-data",
    )
    assert page.status_code == 422 and "Voici le fichier." in page.get_data(as_text=True)


def test_addresses_that_are_not_text_are_refused_or_read_as_nothing(world):
    client = world.client("c11.cmi")
    for address in (
        "/tickets?q=%ff%fe%ed%a0%80",
        "/tickets?suite=%00",
        "/tickets?etat=%00%ff",
        "/tickets?college[]=a&college[]=b",
        "/tickets?suite=" + "A" * 3000,
        "/tickets/%ff",
        "/tickets/1/fichiers/%00",
        "/chiffres?periode=%ff",
        "/tickets/nouveau/decision?service=%ff&acquired_on=%00",
        "/qui-fait-quoi/%e2%28%a1",
        "/tickets/-1",
        "/tickets/1e3",
    ):
        response = client.get(address)
        assert response.status_code in (200, 302, 303, 400, 404), address
