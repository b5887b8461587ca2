"""Test the page of an agreement's findings: for its administrator only, by kind and severity, with cells and proof."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pytest
from harness import agreements
from harness.cast import new_session
from harness.http import post

from matrix import load_conventions
from matrix.checks import lint
from ticketing.web.agreements import lint as page
from ticketing.web.guards import cookie_name

HP = "hautes-pyrenees-2015"
PAGE = f"/administration/accords/{HP}/controle"


@pytest.fixture(scope="module", autouse=True)
def findings_worked_out_once():
    """Lint and proof take seconds, and every test has an application of its own."""
    with pytest.MonkeyPatch.context() as patches:
        agreements.lint_once(patches, page)
        yield


@pytest.fixture(scope="module")
def report():
    conventions = load_conventions()
    return lint(conventions, [HP], on=datetime.now(UTC).date(), proof=False)


def words(response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))).split())


def test_the_page_tells_everything_that_the_command_finds(client_as, report):
    said = words(client_as("a.admin").get(PAGE))
    assert report.findings
    for finding in report.findings:
        assert finding.sentence in said and f"{finding.file}, ligne {finding.line}" in said
        for item in () if finding.code in ("blank-cells", "unnamed-service") else finding.items:
            assert item in said


def test_the_weight_is_filtered_without_script(client_as, report):
    client = client_as("a.admin")
    for weight in ("erreur", "avertissement", "remarque"):
        said = words(client.get(f"{PAGE}?gravite={weight}"))
        for finding in report.findings:
            assert (finding.sentence in said) == (finding.severity == weight)
    assert "Aucun constat de cette gravité" in words(client.get(f"{PAGE}?gravite=erreur"))
    assert words(client.get(f"{PAGE}?gravite=%3Cscript%3E")) == words(client.get(PAGE))


def test_each_cell_told_opens_on_qui_fait_quoi(client_as):
    client = client_as("a.admin")
    links = set(re.findall(rf'href="(/qui-fait-quoi/{HP}/[^"]+)"', client.get(PAGE).get_data(as_text=True)))
    assert len(links) > 100  # the blank cells of the scan
    for link in sorted(links)[::20]:
        assert client.get(link).status_code == 200


def test_the_proof_runs_when_asked_and_says_how_much_it_tried(client_as):
    client = client_as("a.admin")
    assert "Lancer la preuve" in words(client.get(PAGE))
    said = words(client.get(f"{PAGE}?preuve=1"))
    found = re.search(r"Prouvé ([\d\s]+) combinaisons", said)
    assert found and int(re.sub(r"\s", "", found[1])) > 10_000
    assert "Lancer la preuve" not in said
    assert "Prouvé" in words(client.get(f"{PAGE}?preuve=1&gravite=erreur"))


@pytest.mark.parametrize("sigle", ["a.tech", "a.lecture", "d1.ref", "d1.agent", "c11.chef", "c11.cmi"])
def test_nobody_else_sees_it(client_as, sigle):
    assert client_as(sigle).get(PAGE).status_code == 404


@pytest.mark.parametrize("convention", ["deux-sevres-2017", "acar-2021", "nope", "..", "%00"])
def test_another_academie_s_agreement_does_not_exist(client_as, convention):
    assert client_as("a.admin").get(f"/administration/accords/{convention}/controle").status_code == 404


def test_the_page_of_agreements_leads_to_it(client_as):
    assert f'href="{PAGE}"' in client_as("a.admin").get("/administration/accords").get_data(as_text=True)


def test_an_end_recorded_is_told(client_as):
    client = client_as("a.admin")
    post(client, "/administration/accords", {"convention": HP, "fact": "end:", "on": "2026-01-01", "words": ""})
    assert "l’accord n’oriente rien" in words(client.get(PAGE))


@pytest.mark.parametrize("width", [1280, 320])
def test_it_passes_axe_and_fits(live, cast, browser_page, axe, width):
    with live.app.test_request_context():
        name = cookie_name()
    with live.app.app_context():
        token = new_session(cast["a.admin"])
    browser_page.context.add_cookies([{"name": name, "value": token, "url": live.url}])
    browser_page.set_viewport_size({"width": width, "height": 900})
    for address, shown in ((PAGE, "controle"), (f"{PAGE}?gravite=avertissement&preuve=1", "controle-preuve")):
        browser_page.goto(live.url + address)
        if shown == "controle" and width == 1280:  # folded, the page shows a part of what axe sees unfolded
            axe(browser_page, f"{shown}-ferme-{width}")
        for fold in browser_page.locator("main details").all():
            fold.evaluate("fold => { fold.open = true }")
        axe(browser_page, f"{shown}-{width}")
        assert browser_page.evaluate("document.documentElement.scrollWidth") <= width
    browser_page.goto(live.url + PAGE)
    browser_page.get_by_role("link", name=re.compile(r"remarques?$")).focus()
    browser_page.keyboard.press("Enter")
    browser_page.wait_for_url("**gravite=remarque**")
