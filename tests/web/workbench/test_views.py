"""Views of lists: kept under a name, counted, shared inside a side, and read in the reader's own perimeter."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.http import post
from sqlalchemy import select

from charters.database import db
from charters.permissions import perimeter
from charters.tables.access import JournalLine
from ticketing.model import Draft, Facts, Filters
from ticketing.tickets import desk, queries
from ticketing.workbench.tables import SavedView

OPENED = datetime.now(UTC) - timedelta(days=2)
LATE_WIFI = "q=zkwifi&etat=ouverts&col=etablissement.agent&tri=recents"


@pytest.fixture
def opened(any_app: Any, actor_as: Any) -> list[int]:
    """Open three tickets that the first Département holds, one of them taken, and one that the second holds."""
    numbers = []
    with any_app.app_context():
        for who, place in (*[("c11.cmi", "desaix-tarbes")] * 3, ("c21.cmi", "les-trois-sources-vallombreuse")):
            service = "equipement-bureautique" if who == "c11.cmi" else "materiels-pedagogiques"
            facts = Facts(user_category="professeurs", acquired_by="departement")
            draft = Draft(
                title="Zkwifi en panne",
                body="Rien.",
                etablissement=place,
                service=service,
                activity="mco",
                facts=facts,
            )
            numbers.append(desk.open_ticket(actor_as(who), draft, [], OPENED))
        desk.take_charge(actor_as("d1.agent"), numbers[0], 1, OPENED)
    return numbers


def keep(client: Any, name: str, address: str, **more: str) -> Any:
    return post(client, "/tickets/vues", {"nom": name, "adresse": address, **more})


def said(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def test_a_view_is_kept_listed_with_its_key_counted_and_removed(any_app: Any, client_as: Any, opened: Any) -> None:
    client = client_as("d1.agent")
    answer = keep(client, "  Le wifi  ", LATE_WIFI + "&suite=abc&autre=1")
    assert answer.status_code == 303
    assert answer.location == "/tickets?etat=ouverts&tri=recents&col=etablissement.agent&q=zkwifi"
    keep(client, "Nouveaux", "etat=nouveaux")
    keep(client, "À moi", "miens=1")
    page = said(client.get(answer.location))
    assert 'data-key="1" aria-current="true"><span>Le wifi</span>' in page, "no place in the list is kept, the rest is"
    assert '<span class="menu-now">Le wifi</span>' in page, "the head says which list it is"
    counts = client.get("/tickets/vues.json").get_json()
    assert list(counts.values()) == [3, 2, 1], "by words, by state, by person"
    assert "Le wifi" in said(client.get("/tickets/vues"))

    assert "Le wifi" not in said(client.get("/tickets?q=1")), "a search by number reads enough without them"

    keep(client, "Le wifi", "etat=clos")
    assert len(client.get("/tickets/vues.json").get_json()) == 3, "the same name takes the place of the view"
    post(client, "/tickets/vues/retirer", {"vue": next(iter(counts))})
    assert "Le wifi" not in said(client.get("/tickets"))


def test_a_view_shared_is_read_by_the_side_alone_each_in_its_own_perimeter(
    any_app: Any, client_as: Any, actor_as: Any, opened: Any
) -> None:
    referent = client_as("d1.ref")
    assert keep(referent, "Zkpartage", "etat=nouveaux", partager="1").status_code == 303
    keep(referent, "Zkprive", "miens=1")
    mine = said(client_as("d1.agent").get("/tickets"))
    assert "Zkpartage" in mine and "Zkprive" not in mine, "another's own view is another's"
    assert "Zkpartage" not in said(client_as("d2.agent").get("/tickets")), "nor another side's"
    with any_app.app_context():
        (view_id,) = db.session.scalars(select(SavedView.id).where(SavedView.shared))
        assert "view.shared" in db.session.scalars(select(JournalLine.event))
        other = queries.sizes([(perimeter(actor_as("d2.agent")), Filters(state="new"))], OPENED)
        assert other[0] == len(queries.queue(perimeter(actor_as("d2.agent")), Filters(state="new"), None, OPENED).rows)
    assert post(client_as("d2.agent"), "/tickets/vues/retirer", {"vue": str(view_id)}).status_code == 404
    assert post(client_as("d1.agent"), "/tickets/vues/retirer", {"vue": str(view_id)}).status_code == 403
    assert post(referent, "/tickets/vues/retirer", {"vue": str(view_id)}).status_code == 303
    with any_app.app_context():
        assert "view.unshared" in db.session.scalars(select(JournalLine.event))


def test_who_may_not_share_is_refused_and_a_view_needs_a_name(any_app: Any, client_as: Any) -> None:
    client = client_as("d1.agent")
    assert keep(client, "Pour tous", "etat=clos", partager="1").status_code == 403
    assert 'name="partager"' not in client.get("/tickets").get_data(as_text=True)
    refused = keep(client, "  ", "etat=clos")
    assert refused.status_code == 422 and "Donnez un nom à cette vue" in said(refused)
    assert 'name="adresse" value="etat=clos"' in said(refused), "the list is not lost"
    for name, address in (("L’élève 1234567890A", "etat=clos"), ("Une élève", "q=1234567890A")):
        pupil = keep(client, name, address)
        assert pupil.status_code == 422 and "un numéro INE" in said(pupil), address
    for rank in range(20):
        keep(client, f"Vue {rank}", "etat=clos")
    assert "20 vues sont déjà gardées" in said(keep(client, "Une de trop", "etat=clos"))
    assert 'data-key="10"' not in client.get("/tickets").get_data(as_text=True)


def test_the_views_of_a_person_go_with_the_person_and_shared_ones_stay(app_context: Any, cast: Any) -> None:
    from ticketing.workbench import forgetting

    me = cast["d1.ref"].account_id
    for shared in (True, False):
        db.session.add(
            SavedView(side="x", account_id=me, shared=shared, title=f"{shared}", filters="etat=clos", at=OPENED)
        )
    db.session.flush()
    forgetting.forget_person(db.session(), me)
    assert [(row.title, row.account_id) for row in db.session.scalars(select(SavedView))] == [("True", None)]
