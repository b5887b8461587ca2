"""Macros that show what they are given are rendered once for the same words, and hold nothing of a request."""

from __future__ import annotations

import pytest
from harness.places import ROOT
from jinja2 import DictLoader, nodes
from jinja2 import Environment as Plain
from markupsafe import Markup

from ticketing.web.macros import Templates

UI = """{% set remembered = ("said", "boxed") %}
{% macro said(words, kind="") %}{{ note(words) }}<b class="{{ kind }}">{{ words }}</b>{% endmacro %}
{% macro boxed(title) %}{{ note(title) }}<p>{{ title }}{{ caller() if caller }}</p>{% endmacro %}
{% macro told(words) %}{{ note(words) }}{{ words }}{% endmacro %}"""


@pytest.fixture
def rendered():
    """What a page renders, and how often each macro was asked for its words."""

    class App:
        jinja_loader = DictLoader({})

    asked: list[str] = []

    def note(words: str) -> str:
        asked.append(str(words))
        return ""

    def render(page: str, **values: object) -> tuple[str, list[str]]:
        templates.loader = DictLoader({"ui.html": UI, "page.html": '{% import "ui.html" as ui %}' + page})
        templates.cache.clear()  # type: ignore[union-attr]
        asked.clear()
        return templates.get_template("page.html").render(**values), list(asked)

    templates = Templates(App(), loader=App.jinja_loader, autoescape=True)  # type: ignore[arg-type]
    templates.globals["note"] = note
    render.templates = templates  # type: ignore[attr-defined]
    return render


def test_a_remembered_macro_is_rendered_once_for_the_same_words_and_another_one_each_time(rendered):
    page = "{% for word in words %}{{ ui.said(word, kind='x') }}{{ ui.told(word) }}{% endfor %}"
    told, asked = rendered(page, words=["un", "deux", "un"])
    assert told == '<b class="x">un</b>un<b class="x">deux</b>deux<b class="x">un</b>un'
    assert asked == ["un", "un", "deux", "deux", "un"]


def test_what_is_equal_but_shown_differently_is_not_taken_for_the_same(rendered):
    page = "{{ ui.said(one) }}{{ ui.said(other) }}"
    assert rendered(page, one=Markup("<i>"), other="<i>")[0] == '<b class=""><i></b><b class="">&lt;i&gt;</b>'
    assert rendered(page, one=True, other=1)[0] == '<b class="">True</b><b class="">1</b>'
    mixed = "{{ ui.said('a', 'b') }}{{ ui.said(kind='a', words='b') }}{{ ui.said('a', kind='b') }}"
    assert rendered(mixed)[0] == '<b class="b">a</b><b class="a">b</b><b class="b">a</b>'


def test_the_body_of_a_call_and_what_can_change_are_rendered_each_time(rendered):
    page = "{% for word in words %}{% call ui.boxed('titre') %}{{ word }}{% endcall %}{% endfor %}"
    assert rendered(page, words=["un", "deux"]) == ("<p>titreun</p><p>titredeux</p>", ["titre", "titre"])
    assert len(rendered("{{ ui.said(one) }}{{ ui.said(one) }}", one=["liste"])[1]) == 2


def test_long_texts_are_not_kept(rendered):
    assert len(rendered("{{ ui.said(one) }}{{ ui.said(one) }}", one="x" * 3000)[1]) == 2


def test_a_global_that_is_added_later_reaches_macros_that_were_imported_before(rendered):
    page = '{% import "ui.html" as ui %}{{ ui.told("un") }}{{ later }}'
    assert rendered(page)[0] == "un"
    rendered.templates.globals["later"] = "ajouté"
    assert rendered(page)[0] == "unajouté"


def test_no_remembered_macro_shows_anything_of_the_request_the_reader_or_the_clock():
    tree = Plain(autoescape=True).parse((ROOT / "templates" / "ui.html").read_text("utf-8"))
    macros = {one.name: one for one in tree.find_all(nodes.Macro)}
    tables = {one.target.name: one.node for one in tree.find_all(nodes.Assign) if isinstance(one.target, nodes.Name)}
    remembered = [one.value for one in tables["remembered"].items]  # type: ignore[attr-defined]
    assert "button" in remembered and set(remembered) <= set(macros)
    constants = {name for name, value in tables.items() if not list(value.find_all((nodes.Name, nodes.Call)))}
    filters = {"replace", "upper", "string", "length", "lower", "safe"}

    def reads(name: str) -> set[str]:
        """The names that a macro reads besides its own, and those of the macros that it calls."""
        macro = macros[name]
        own = {one.name for one in macro.args} | {"kwargs", "caller", "loop"}
        own |= {one.name for one in macro.find_all(nodes.Name) if one.ctx in ("store", "param")}
        used = {one.name for one in macro.find_all(nodes.Name) if one.ctx == "load"} - own - constants
        used |= {f"| {one.name}" for one in macro.find_all(nodes.Filter)} - {f"| {one}" for one in filters}
        called = used & set(macros) - {name}
        return (used - called - {name}).union(*map(reads, called))

    assert {name: reads(name) for name in remembered if reads(name)} == {}
