"""A template that is imported is made once for the globals that there are, and anew for those that it does not know."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader, Template

from ticketing.web.macros import Templates


def test_a_module_is_made_once_and_never_with_the_globals_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    class App:
        jinja_loader = DictLoader(
            {
                "ui.html": "{% macro said() %}{{ word }}{{ more }}{% endmacro %}",
                "page.html": '{% import "ui.html" as ui %}{{ ui.said() }}',
                "other.html": '{% import "ui.html" as ui %}{{ ui.said() }}',
            }
        )

    templates = Templates(App(), loader=App.jinja_loader)  # type: ignore[arg-type]
    templates.globals["word"] = "un"
    made: list[str | None] = []
    make = Template.make_module

    def noted(self: Template, *args: object, **named: object) -> object:
        made.append(self.name)
        return make(self, *args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Template, "make_module", noted)
    page = templates.get_template("page.html")
    assert [page.render(), page.render(), page.render(more="!")] == ["un", "un", "un"] and made == ["ui.html"]
    with_more = templates.get_template("other.html", globals={"more": " et deux"})
    assert [with_more.render(), with_more.render()] == ["un et deux", "un et deux"]
    assert page.render() == "un" and made == ["ui.html"] * 3, "a global that the template does not know: made each time"
