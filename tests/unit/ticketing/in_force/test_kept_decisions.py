"""A decision is read from its row as it was shown, whichever version of the program wrote the row."""

from __future__ import annotations

from datetime import UTC, datetime

from matrix import Request, Router, load_conventions
from ticketing.in_force import routing

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)


def test_a_row_written_with_titles_of_documents_is_read():
    routed = routing.route(
        Router(load_conventions()),
        Request(etablissement="victor-hugo-tarbes", service="stockage-pedagogique", activity="mco", opened_at=AT),
    )
    kept = routing.packed(routed)
    assert kept["view"]["citations"] and "document_title" not in kept["view"]["citations"][0]
    now = routing.unpacked(kept, at=AT, by="", reason="")
    for citation in kept["view"]["citations"]:
        citation["document_title"] = "Convention"
    assert routing.unpacked(kept, at=AT, by="", reason="") == now
    assert now.citations == routed.view.citations
