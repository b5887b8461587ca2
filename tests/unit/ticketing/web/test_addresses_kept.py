"""An address is built once for the same values, and never with the prefix or the values of another request."""

from __future__ import annotations

from flask import url_for

from ticketing.app import Guichet


def test_an_address_is_that_of_flask_behind_the_prefix_of_each_request() -> None:
    app = Guichet("ticketing", static_folder=None)
    app.add_url_rule("/tickets/<number>", "ticket")
    app.add_url_rule("/tickets", "list")
    asked: list[dict[str, object]] = [{"number": 7}, {"number": "7"}, {"number": True}, {"number": "a b", "q": "é"}]
    for prefix in ("", "/guichet", "", "//ailleurs"):
        with app.test_request_context("/tickets", environ_overrides={"SCRIPT_NAME": prefix}):
            for values in (*asked, *asked):
                assert url_for("ticket", **values) == super(Guichet, app).url_for("ticket", **values)
            assert url_for("list", q=None) == super(Guichet, app).url_for("list", q=None)
            assert url_for("list", _anchor="liste") == super(Guichet, app).url_for("list", _anchor="liste")
            assert url_for("list", _external=True) == super(Guichet, app).url_for("list", _external=True)
    assert 0 < len(app._addresses) <= 4 * 5
    app._MOST = 3
    with app.test_request_context("/"):
        assert [url_for("list", page=page) for page in range(9)] == [f"/tickets?page={page}" for page in range(9)]
    assert len(app._addresses) <= 3
