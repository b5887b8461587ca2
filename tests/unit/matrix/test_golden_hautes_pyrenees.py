"""The agreement of Hautes-Pyrénées as questions that a jurist can read: facts -> who answers, and where it says so."""

from datetime import date, datetime

import pytest

from matrix import Recorded, Request, Router, load_conventions

CONVENTIONS = load_conventions()
ROUTER = Router(CONVENTIONS)
OPENED = datetime(2026, 11, 20, 9, 30)


def ask(service, activity, *, place="desaix-tarbes", opened=OPENED, router=ROUTER, **facts):
    return router.route(Request(etablissement=place, service=service, activity=activity, opened_at=opened, **facts))


def refs(decision):
    return {citation.ref for citation in decision.citations}


OWN_2016 = {"acquired_by": "college", "acquired_on": date(2016, 1, 10)}

ROUTED = [
    # service, activity, facts, who answers, one of the places that say so
    ("infrastructure-reseau", "acquisition", {}, "departement", "II.2"),
    ("infrastructure-reseau", "mco", {}, "departement", "II.2"),
    ("raccordement-internet", "acquisition", {}, "departement", "preambule"),
    ("equipement-bureautique", "acquisition", {}, "departement", "II.2"),
    ("equipement-bureautique", "installation", {"user_category": "cdi"}, "departement", "II.2"),
    ("equipement-bureautique", "mco", {"user_category": "infirmiere"}, "academie", "annexe-2-bis"),
    ("equipement-bureautique", "mco", {"user_category": "atte-intranet-cg"}, "departement", "annexe-2-bis"),
    ("annuaire", "mco", {}, "academie", "II.2"),
    ("acces-reseau-administratif", "mco", {}, "academie", "II.2"),
    ("acces-reseau-pedagogique", "mco", {}, "college", "annexe-5"),  # the remark beats II.2
    ("securisation-pedagogique", "mco", {}, "academie", "II.2"),
    ("securisation-administratif", "conseil", {}, "academie", "II.1"),
    ("antivirus", "mco", {}, "departement", "annexe-2"),  # « visuel » is no more than a right to look
    ("journaux", "mco", {}, "departement", "annexe-2"),
    ("stockage-administratif", "mco", {}, "academie", "II.1"),
    ("publication", "mco", {}, "academie", "II.1"),
    ("materiels-administratifs", "mco", {}, "academie", "II.2"),
    ("materiels-pedagogiques", "mco", {}, "departement", "II.2"),
    ("materiels-pedagogiques", "mco", OWN_2016 | {"inventoried": False}, "college", "II.2"),
    ("logiciels-pedagogiques", "installation", {}, "departement", "II.2"),
    ("logiciels-hors-catalogue", "assistance", {}, "college", "annexe-2"),
    ("logiciels-administratifs", "acquisition", {"acquired_by": "departement"}, "departement", "annexe-2"),
    ("vie-scolaire-prive", "installation", {"acquired_by": "departement"}, "departement", "annexe-2-note-4"),
    ("interfaces-vie-scolaire", "mco", {}, "academie", "II.1"),
    ("gestion-eleves", "acquisition", {}, "academie", "II.2"),
    ("restauration-en", "installation", {}, "academie", "I.3"),
    ("structures-services", "conseil", {}, "academie", "II.1"),
]


@pytest.mark.parametrize(("service", "activity", "facts", "party", "place"), ROUTED)
def test_who_answers(service, activity, facts, party, place):
    decision = ask(service, activity, **facts)
    assert (decision.status, decision.party) == ("routed", party)
    assert place in refs(decision)
    assert decision.missing == decision.candidates == ()


TO_QUALIFY = [
    ("sauvegarde-administrative", "mco", {}),  # a remark that lists what a backup holds names no product
    ("gestion-logistique", "mco", {}),  # I.3 is of software, not of telephones, heating or alarms
    ("hebergement-externe", "mco", {}),
    ("communication-administrative", "mco", {}),
    ("annuaire", "conseil", {}),  # II.2's general advice settles no cell
    ("materiels-administratifs", "installation", {}),  # withdrawn from the Département, given to nobody
    ("equipement-bureautique", "installation", {"user_category": "equipe-gestion"}),
    ("logiciels-pedagogiques", "acquisition", {"acquired_by": "academie"}),  # no payer of role EN under « CL ou Etab »
]


@pytest.mark.parametrize(("service", "activity", "facts"), TO_QUALIFY)
def test_what_the_text_does_not_settle_is_said_and_held_by_the_desk(service, activity, facts):
    decision = ask(service, activity, **facts)
    assert (decision.status, decision.party) == ("to_qualify", "academie")
    assert any(citation.ref == "I.4" and citation.kind == "default" for citation in decision.citations)


def test_sans_objet_is_held_by_the_desk_with_the_reason_of_its_note():
    decision = ask("stockage-pedagogique", "acquisition")
    assert (decision.status, decision.party, decision.via) == ("not_applicable", "academie", None)
    assert {"annexe-2", "annexe-2-note-1"} <= refs(decision)


def test_the_publisher_assists_the_college_directly():
    for service in ("vie-scolaire-prive", "restauration-prive"):
        decision = ask(service, "assistance")
        assert (decision.status, decision.party, decision.via) == ("not_applicable", "college", "editeur")
    assert ask("restauration-prive", "conseil").via == "editeur"


def test_perimeter_is_asked_only_where_it_changes_the_party():
    assert ask("equipement-bureautique", "mco").missing == ("user_category",)
    assert ask("equipement-bureautique", "installation").missing == ("user_category",)
    assert ask("equipement-bureautique", "acquisition").status == "routed"
    assert ask("materiels-pedagogiques", "mco").status == "routed"


def test_the_line_of_annexe_2_bis_is_the_users_own():
    decision = ask("equipement-bureautique", "mco", user_category="pc-cuisinier")
    assert "PC Cuisinier" in {citation.quote for citation in decision.citations}


@pytest.mark.parametrize(
    ("facts", "party", "missing"),
    [
        ({"acquired_by": "college", "acquired_on": date(2015, 9, 1), "inventoried": False}, "departement", ()),
        ({"acquired_by": "college", "acquired_on": date(2015, 9, 2), "inventoried": False}, "college", ()),
        ({"acquired_by": "college", "acquired_on": date(2015, 9, 2), "inventoried": True}, "departement", ()),
        ({"acquired_by": "college", "inventoried": True}, "departement", ()),
        ({"acquired_by": "college", "inventoried": False}, "academie", ("acquired_on",)),
        ({"acquired_by": "college", "acquired_on": date(2015, 9, 2)}, "academie", ("inventoried",)),
        ({"acquired_by": "college"}, "academie", ("acquired_on", "inventoried")),
        (
            {"acquired_on": date(2020, 1, 1), "inventoried": False},
            "departement",
            (),
        ),  # unknown payer: the Département's
        ({"acquired_by": "departement", "inventoried": False}, "departement", ()),
    ],
)
def test_own_funds(facts, party, missing):
    for service, more in (("materiels-pedagogiques", {}), ("equipement-bureautique", {"user_category": "eleves"})):
        decision = ask(service, "mco", **facts, **more)
        assert (decision.party, decision.missing) == (party, missing)


def test_own_funds_never_move_an_administrative_workstation():
    decision = ask("equipement-bureautique", "mco", user_category="vie-scolaire", inventoried=False, **OWN_2016)
    assert (decision.status, decision.party) == ("routed", "academie")


def test_every_fact_that_can_still_change_the_party_is_asked_in_order():
    decision = ask("equipement-bureautique", "mco", acquired_by="college")
    assert decision.missing == ("user_category", "acquired_on", "inventoried")
    assert set(decision.candidates) == {"academie", "departement", "college"}


def test_out_of_warranty_the_departement_supplies_the_parts():
    facts = {"user_category": "equipe-direction"}
    assert ask("equipement-bureautique", "mco", under_warranty=False, **facts).contributors == ("departement",)
    assert ask("equipement-bureautique", "mco", under_warranty=True, **facts).contributors == ()
    assert ask("equipement-bureautique", "mco", **facts).contributors == ()  # unknown adds nobody
    teacher = ask("equipement-bureautique", "mco", user_category="professeurs", under_warranty=False)
    assert teacher.contributors == ()


def test_off_catalogue_software_wants_two_validations():
    assert set(ask("logiciels-hors-catalogue", "installation").contributors) == {"academie", "departement"}


CITES = ("rene-billeres-argeles-gazost", "la-serre-de-sarsan-lourdes", "pierre-mendes-france-vic-en-bigorre")


@pytest.mark.parametrize("place", CITES)
def test_cites_scolaires_are_warned_of(place):
    decision = ask("infrastructure-reseau", "mco", place=place)
    assert decision.party == "departement"
    assert [warning.code for warning in decision.warnings] == ["cite-scolaire"]
    assert ask("annuaire", "mco", place=place).warnings == ()
    assert ask("infrastructure-reseau", "mco").warnings == ()


def test_once_recorded_the_maintenance_of_a_cite_passes_to_the_region():
    passed = Recorded("transferred", "hautes-pyrenees-2015", date(2026, 9, 1), CITES[0])
    router = Router(CONVENTIONS, [passed])
    for service in ("infrastructure-reseau", "hebergement-interne", "materiels-pedagogiques"):
        assert ask(service, "mco", place=CITES[0], router=router).party == "region"
        assert ask(service, "mco", place=CITES[1], router=router).party == "departement"
    before = ask("infrastructure-reseau", "mco", place=CITES[0], router=router, opened=datetime(2026, 8, 31, 23, 59))
    assert before.party == "departement"
    assert ask("infrastructure-reseau", "acquisition", place=CITES[0], router=router).party == "departement"
    head = ask("equipement-bureautique", "mco", place=CITES[0], router=router, user_category="equipe-direction")
    assert head.party == "academie"
    assert "I.2" in refs(ask("infrastructure-reseau", "mco", place=CITES[0], router=router))


def test_magret_is_the_academies_until_it_is_replaced():
    router = Router(CONVENTIONS, [Recorded("replaced", "hautes-pyrenees-2015", date(2026, 1, 1), "magret")])
    after = ask("stockage-pedagogique", "mco", router=router)
    assert (after.status, after.party) == ("to_qualify", "academie")
    assert "II.2" in refs(after)
    assert ask("publication", "mco", router=router, opened=datetime(2025, 12, 31)).status == "routed"
    assert ask("stockage-administratif", "mco", router=router).status == "routed"


def test_in_force_from_the_first_of_september_2015_until_its_end_is_recorded():
    eve = ask("infrastructure-reseau", "mco", opened=datetime(2015, 8, 31, 23, 59))
    assert (eve.status, refs(eve), eve.version) == ("out_of_scope", {"V"}, None)
    assert ask("infrastructure-reseau", "mco", opened=datetime(2015, 9, 1)).status == "routed"
    assert ask("infrastructure-reseau", "mco", opened=datetime(2040, 1, 1)).status == "routed"  # tacit renewal
    ended = Router(CONVENTIONS, [Recorded("end", "hautes-pyrenees-2015", date(2026, 9, 1))])
    assert ask("infrastructure-reseau", "mco", router=ended).status == "out_of_scope"
    assert ask("infrastructure-reseau", "mco", router=ended, opened=datetime(2026, 8, 31)).status == "routed"


def test_the_ent_and_what_annexe_2_does_not_name_are_out_of_scope():
    for service in ("ent", "tablettes"):
        decision = ask(service, "mco")
        assert (decision.status, decision.party, refs(decision)) == ("out_of_scope", "academie", {"I.1"})


def test_every_combination_of_the_table_has_an_answer_that_cites():
    for place in CONVENTIONS.etablissements:
        for service in CONVENTIONS.services:
            for activity in CONVENTIONS.activities:
                decision = ask(service, activity, place=place)
                assert decision.citations and all(citation.quote for citation in decision.citations)
                assert bool(decision.missing) == bool(decision.candidates) == (decision.status == "needs_info")
