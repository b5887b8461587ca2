"""Test the theme: files under hashed addresses, templates that the CSP accepts, colours with enough contrast."""

from __future__ import annotations

import gzip
import hashlib
import re

import pytest
from harness.places import ROOT

from charters.model import Actor, Mandate, Role
from ticketing.web import assets, frame

TEMPLATES = ROOT / "templates"
STATIC = ROOT / "ticketing" / "static"
EVERY_TEMPLATE = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
#: The templates of pages. Those of mails are read by mail programs, which know no style sheet of ours.
OF_PAGES = [name for name in EVERY_TEMPLATE if not name.startswith("mail/")]


# --- files ------------------------------------------------------------------------------------------------------------


def linked(client) -> list[str]:
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get("/connexion").get_data(as_text=True))


def test_a_page_links_one_stylesheet_one_script_one_font_and_its_icons(client):
    names = sorted(re.sub(r"\.[0-9a-f]{16}\.", ".", address) for address in linked(client))
    assert names == [
        "/static/app.css",
        "/static/app.js",
        "/static/favicon.svg",
        "/static/icon-180.png",
        "/static/public-sans-latin-wght-normal.woff2",
    ]


def test_a_file_is_kept_for_ever_under_the_hash_of_its_content(client):
    for address in linked(client):
        response = client.get(address, headers={"Accept-Encoding": "identity"})
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert hashlib.sha256(response.data).hexdigest()[:16] in address


def test_text_is_compressed_for_who_accepts_it(client):
    address = next(one for one in linked(client) if one.endswith(".css"))
    plain = client.get(address, headers={"Accept-Encoding": "gzip;q=0"})
    packed = client.get(address, headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert len(packed.data) < 20_000


def test_a_known_file_is_not_sent_twice(client):
    address = linked(client)[0]
    etag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("path", ["app.css", "app.0000000000000000.css", "../config.py", "css/10-tokens.css", "%00"])
def test_nothing_else_is_served(client, path):
    assert client.get(f"/static/{path}").status_code == 404


def test_what_is_vendored_is_what_was_published():
    lines = (STATIC / "SHA256SUMS").read_text().splitlines()
    listed = {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}
    present = {path.relative_to(STATIC).as_posix() for path in (STATIC / "fonts").iterdir() if path.suffix != ".txt"}
    assert set(listed) == present
    for name, digest in listed.items():
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest
    assert (STATIC / "fonts" / "LICENSE-public-sans.txt").read_text().count("SIL OPEN FONT LICENSE") >= 1


def test_a_theme_adds_its_styles_and_files_after_ours(tmp_path):
    for name, content in {
        "css/own.css": "@font-face { src: url('../fonts/own.woff2') } :root { --accent: #123456; }",
        "fonts/own.woff2": "font",
        "js/own.js": "window.own = 1;",
        "img/favicon.svg": "<svg/>",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    built = assets.Assets([STATIC, tmp_path])

    def body(name: str) -> str:
        return built.get(built.url(name).removeprefix("/static/")).body.decode()

    css = body("app.css")
    assert css.rindex("--accent: #123456") > css.rindex("--accent: #") - 1
    assert built.url("own.woff2") in css
    assert body("app.js").endswith("window.own = 1;")
    assert body("favicon.svg") == "<svg/>"


def test_a_theme_overrides_templates(settings, tmp_path):
    from ticketing.app import create_app

    (tmp_path / "theme" / "templates").mkdir(parents=True)
    ours = (TEMPLATES / "ui.html").read_text()
    (tmp_path / "theme" / "templates" / "ui.html").write_text(ours.replace('class="page-head"', 'class="own-head"'))
    app = create_app(settings.model_copy(update={"theme_dir": tmp_path / "theme"}))
    page = app.test_client().get("/connexion").get_data(as_text=True)
    assert "own-head" in page and 'class="page-head"' not in page


# --- templates --------------------------------------------------------------------------------------------------------

INLINE = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a <style> element": re.compile(r"<style\b", re.IGNORECASE),
    "an event handler": re.compile(r"<[^>]*\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "a script without src": re.compile(r"<script\b(?![^>]*\bsrc=)", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "a file from elsewhere": re.compile(r"(?:src|href)=[\"'](?:https?:)?//", re.IGNORECASE),
}


@pytest.mark.parametrize("name", OF_PAGES)
def test_a_template_holds_nothing_that_the_csp_refuses(name):
    text = re.sub(r"\{#.*?#\}", "", (TEMPLATES / name).read_text("utf-8"), flags=re.DOTALL)
    assert [what for what, pattern in INLINE.items() if pattern.search(text)] == []


def test_every_template_compiles_with_the_application_s_own_filters_and_tests(app):
    for name in EVERY_TEMPLATE:
        app.jinja_env.get_template(name)  # an unknown tag, filter or test raises, with its file and line


@pytest.mark.parametrize("name", OF_PAGES)  # `MailTexts.html` makes the names of the others
def test_every_template_is_used(name):
    sources = [*(ROOT / "ticketing").rglob("*.py"), *TEMPLATES.rglob("*.html")]
    users = [path for path in sources if f'"{name}"' in path.read_text("utf-8")]
    assert users, f"{name} is named nowhere"


def test_scripts_hold_nothing_that_the_csp_refuses():
    for path in (STATIC / "js").glob("*.js"):
        text = path.read_text("utf-8")
        refused = r"\beval\(|new Function|\.style\b|setAttribute\(\"style|insertRule|cssText"
        assert not re.search(refused, text), path.name


def test_every_form_that_posts_carries_its_token():
    for name in EVERY_TEMPLATE:
        text = (TEMPLATES / name).read_text("utf-8")
        for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, flags=re.DOTALL | re.IGNORECASE):
            assert "ui.csrf()" in form or 'name="csrf_token"' in form, name


# --- colours ----------------------------------------------------------------------------------------------------------

TOKENS = (STATIC / "css" / "10-tokens.css").read_text("utf-8")
LIGHT, DARK = TOKENS.split("@media (prefers-color-scheme: dark)")

#: Text colour and background, as the stylesheets pair them: contrast AA, 4.5:1.
TEXTS = [
    *((text, ground) for text in ("ink", "muted", "accent") for ground in ("paper", "surface", "sunk")),
    *((f"{party}", f"{party}-soft") for party in ("academie", "departement", "college", "region", "autre")),
    *(("on-party", party) for party in ("academie", "departement", "college", "region", "autre")),
    *((tone, f"{tone}-soft") for tone in ("red", "amber", "green", "blue")),
    *(("ink", f"{tone}-soft") for tone in ("red", "amber", "green", "blue", "accent")),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("accent", "accent-soft"),
    ("red", "surface"),
    ("accent-strong", "accent-soft"),
]
#: Edges and backgrounds that must differ without being text: contrast 3:1.
EDGES = [("edge", "surface"), ("edge", "paper"), ("focus", "surface"), ("focus", "paper"), ("red", "surface")]


def colours(block: str) -> dict[str, str]:
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", block))
    return {
        name: value if len(value) == 7 else "#" + "".join(2 * digit for digit in value[1:])
        for name, value in found.items()
    }


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_and_edges_can_be_told_from_their_ground(scheme):
    palette = colours(LIGHT) | (colours(DARK) if scheme == "dark" else {})
    wanted = [(*pair, 4.5) for pair in TEXTS] + [(*pair, 3.0) for pair in EDGES]
    faults = [
        f"{text} on {ground}: {contrast(palette[text], palette[ground]):.2f}"
        for text, ground, least in wanted
        if contrast(palette[text], palette[ground]) < least
    ]
    assert faults == []


# --- the frame --------------------------------------------------------------------------------------------------------

NAVIGATION = {
    Role.CMI: ["Tickets", "Ouvrir un ticket", "Qui fait quoi", "Articles"],
    Role.RESEAU: ["Tickets", "Ouvrir un ticket", "Qui fait quoi", "Articles"],
    Role.CHEF: [
        "Tickets",
        "Prendre un appel",
        "Qui fait quoi",
        "Articles",
        "Chiffres",
        "Horaires",
        "Projets",
        "Obligations",
        "Mouvements",
        "Consultations",
    ],
    Role.TECH_DEPARTEMENT: ["Tickets", "Prendre un appel", "Qui fait quoi", "Articles"],
    Role.REFERENT: [
        *("Tickets", "Prendre un appel", "Qui fait quoi", "Articles", "Chiffres", "Horaires"),
        *("Projets", "Obligations", "Mouvements", "Consultations", "Personnes"),
    ],
    Role.TECH_ACADEMIE: ["Tickets", "Prendre un appel", "Qui fait quoi", "Articles"],
    Role.ADMINISTRATEUR: ["Tickets", "Qui fait quoi", "Articles", "Chiffres", "Administration"],
    Role.LECTEUR: ["Qui fait quoi", "Chiffres"],
}


def person(role: Role | None) -> Actor:
    from datetime import date

    mandate = Mandate(1, role, "somewhere", date(2026, 1, 1)) if role else None
    return Actor(1, "x.y", "X Y", False, mandate)


@pytest.mark.parametrize("role", list(Role))
def test_navigation_offers_what_the_role_may_open(role):
    assert [item.label for item in frame.navigation(person(role), "/")] == NAVIGATION[role]


def test_navigation_is_empty_without_a_mandate():
    assert frame.navigation(person(None), "/") == ()
    assert frame.navigation(None, "/") == ()


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/tickets", {"Tickets": "page"}),
        ("/tickets/12", {"Tickets": "true"}),
        ("/tickets/nouveau", {"Ouvrir un ticket": "page"}),
        ("/qui-fait-quoi/x", {"Qui fait quoi": "true"}),
        ("/ticketsx", {}),
        ("/", {}),
    ],
)
def test_navigation_marks_the_nearest_address(path, current):
    items = frame.navigation(person(Role.CMI), path)
    assert {item.label: item.current for item in items if item.current} == current


def test_the_active_mandate_is_on_every_page_of_the_frame(client_as):
    page = client_as("c11.cmi").get("/qui-fait-quoi", follow_redirects=True).get_data(as_text=True)
    assert "correspondant informatique" in page
    assert "Collège Desaix, Tarbes" in page


def test_an_unknown_page_says_so_in_french_with_a_way_out(client_as):
    response = client_as("c11.cmi").get("/nulle-part")
    page = response.get_data(as_text=True)
    assert response.status_code == 404
    assert "<h1>Page introuvable</h1>" in page and 'href="/"' in page
