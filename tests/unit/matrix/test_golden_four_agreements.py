"""The agreements without a table, as questions that a jurist can read: facts -> who answers, and the article."""

from datetime import datetime

import pytest

from matrix import Request, Router, load_conventions

ROUTER = Router(load_conventions())

DS, BR, BR_PRIVATE, AC, AX = "college-lezay", "0131266F", "0133374X", "0130053M", "0131204N"
DAY = {
    DS: datetime(2026, 11, 20, 9, 30),
    BR: datetime(2018, 3, 12, 10),
    BR_PRIVATE: datetime(2018, 3, 12, 10),
    AC: datetime(2021, 3, 15, 10),
    AX: datetime(2018, 3, 12, 10),
}


def ask(place, service, activity, *, opened=None, **facts):
    moment = opened or DAY[place]
    return ROUTER.route(Request(etablissement=place, service=service, activity=activity, opened_at=moment, **facts))


def refs(decision):
    return {citation.ref for citation in decision.citations}


def codes(decision):
    return [warning.code for warning in decision.warnings]


WITHIN = {"acquired_by": "college", "in_referentiel": True}
OUTSIDE = {"acquired_by": "college", "in_referentiel": False}

ROUTED = [
    # Deux-Sèvres
    (DS, "telephonie-fixe", "acquisition", {}, "departement", "1"),
    (DS, "telephonie-fixe", "mco", {}, "departement", "1"),
    (DS, "telephonie-options", "acquisition", {}, "college", "1"),
    (DS, "telephonie-mobile", "acquisition", {}, "college", "1"),
    (DS, "infrastructure-reseau", "installation", {}, "departement", "2"),
    (DS, "hebergement-interne", "acquisition", {}, "departement", "3"),
    (DS, "filtrage-internet", "acquisition", {}, "departement", "3"),  # « sécurité » equipment includes filtering
    (DS, "filtrage-internet", "mco", {}, "academie", "3"),
    (DS, "comptes-utilisateurs", "mco", {}, "college", "3"),
    (DS, "infrastructure-reseau", "assistance", {}, "departement", "4"),
    (DS, "gestion-eleves", "assistance", {}, "academie", "4"),
    (DS, "equipement-bureautique", "installation", {}, "departement", "5"),  # an unknown payer is the Département
    (DS, "equipement-bureautique", "installation", WITHIN, "departement", "5"),
    (DS, "equipement-bureautique", "installation", OUTSIDE, "college", "5"),
    (DS, "equipement-bureautique", "installation", OUTSIDE | {"experimentation": True}, "departement", "5"),
    (DS, "equipement-bureautique", "mco", WITHIN, "departement", "preambule"),
    (DS, "equipement-bureautique", "mco", OUTSIDE, "college", "5"),
    (DS, "equipement-bureautique", "mco", OUTSIDE | {"experimentation": True}, "departement", "preambule"),
    (DS, "equipement-bureautique", "mco", {"acquired_by": "college", "experimentation": True}, "departement", "5"),
    (DS, "equipement-bureautique", "acquisition", WITHIN, "college", "5"),
    (DS, "videoprojecteur", "installation", {}, "college", "5"),
    (DS, "inventaire", "mco", {}, "departement", "6"),
    (DS, "antivirus", "mco", {}, "departement", "8"),
    (DS, "logiciels-pedagogiques", "installation", {}, "departement", "9"),
    (DS, "logiciels-pedagogiques", "conseil", {}, "academie", "9"),
    # Bouches-du-Rhône
    (BR, "tablettes", "acquisition", {}, "departement", "M3.1"),
    (BR, "tablettes", "installation", {}, "departement", "M3.1"),
    (BR, "tablettes", "assistance", {}, "departement", "P3.1"),
    (BR, "applications-tablettes", "installation", {}, "college", "M3.1"),
    (BR, "securite-physique", "installation", {}, "college", "M3.3"),
    (BR, "raccordement-internet", "installation", {}, "departement", "P3.1"),
    (BR, "antivirus", "installation", {}, "academie", "M5.3"),
    (BR, "ressources-pedagogiques", "acquisition", {}, "college", "M3.3"),  # the collège chooses and buys
    # AC@R
    (AC, "usages-numeriques", "conseil", {}, "academie", "4.1"),
    (AC, "serveurs-amon-horus", "mco", {}, "academie", "4.1"),
    (AC, "postes-direction", "mco", {}, "academie", "4.1"),
    (AC, "messageries-institutionnelles", "installation", {}, "academie", "4.1"),
    (AC, "autres-messageries", "installation", {}, "etablissement", "4.1"),  # « du ressort des intéressés »
    (AC, "services-academiques", "mco", {}, "academie", "6"),
    (AC, "gestion-financiere", "assistance", {}, "academie", "4.1"),  # GFC is named
    (AC, "infrastructure-reseau", "mco", {}, "etablissement", "4.1"),
    (AC, "logiciels-editeurs-prives", "installation", {}, "etablissement", "4.1"),
    (AC, "systeme-exploitation", "mco", {}, "etablissement", "4.1"),
    (AC, "bureautique", "installation", {}, "etablissement", "4.1"),
    # Aix-en-Provence
    (AX, "classes-mobiles", "mco", {}, "commune", "6.1"),
    (AX, "raccordement-internet", "installation", {}, "commune", "3.1"),
    (AX, "formation", "installation", {}, "academie", "3.2"),
    (AX, "ressources-pedagogiques", "acquisition", {}, "academie", "3.2"),
]


@pytest.mark.parametrize(("place", "service", "activity", "facts", "party", "ref"), ROUTED)
def test_who_answers(place, service, activity, facts, party, ref):
    decision = ask(place, service, activity, **facts)
    assert (decision.status, decision.party) == ("routed", party)
    assert ref in refs(decision)


def test_own_funds_hang_on_the_referentiel():
    decision = ask(DS, "equipement-bureautique", "mco", acquired_by="college")
    assert (decision.status, decision.missing) == ("needs_info", ("in_referentiel",))
    assert set(decision.candidates) == {"college", "departement"}


def test_two_clauses_for_one_thing_are_a_conflict():
    decision = ask(BR, "filtrage-internet", "installation")
    assert (decision.status, decision.party) == ("conflict", "academie")
    assert set(decision.candidates) == {"academie", "departement"}
    assert {"P3.1", "M3.1", "M5.3"} <= refs(decision)


@pytest.mark.parametrize("service", ["autres-postes-administratifs", "postes-greta"])
def test_what_depends_on_means_is_arbitrated(service):
    decision = ask(AC, service, "installation")
    assert (decision.status, decision.party) == ("arbitration", "academie")
    assert refs(decision) == {"4.1"}


def test_what_the_accompaniment_excludes_is_out_of_scope():
    decision = ask(AC, "permutation-postes", "installation")
    assert (decision.status, refs(decision)) == ("out_of_scope", {"4.1"})


TO_QUALIFY = [
    (DS, "sauvegarde-administrative", "preconisation", "4"),  # « définir une stratégie » is no activity
    (DS, "ent", "preconisation", "4"),
    (DS, "telephonie-mobile", "mco", "4"),  # 1 speaks of their contracts, not of the telephones
    (DS, "gestion-eleves", "mco", "4"),
    (BR, "filtrage-internet", "mco", "P4.2"),
    (AC, "logiciels-nationaux", "mco", "4.1"),
    (AX, "classes-mobiles", "conseil", "4.2"),
]


@pytest.mark.parametrize(("place", "service", "activity", "desk"), TO_QUALIFY)
def test_what_no_clause_settles_is_left_to_the_desk(place, service, activity, desk):
    decision = ask(place, service, activity)
    assert (decision.status, decision.party) == ("to_qualify", "academie")
    assert any((one.ref, one.kind) == (desk, "default") for one in decision.citations)


@pytest.mark.parametrize(
    ("place", "service", "ref"),
    [(DS, "tablettes", "preambule"), (BR, "telephonie-fixe", "P1"), (AC, "tablettes", "3"), (AX, "tablettes", "1")],
)
def test_what_an_agreement_does_not_name_is_out_of_its_scope(place, service, ref):
    decision = ask(place, service, "mco")
    assert (decision.status, decision.party, refs(decision)) == ("out_of_scope", "academie", {ref})
    assert {one.kind for one in decision.citations} == {"default"}


@pytest.mark.parametrize(
    ("place", "moment", "in_force", "ref"),
    [
        (DS, datetime(2016, 12, 31, 23, 59), False, "12"),
        (DS, datetime(2017, 1, 1), True, ""),
        (DS, datetime(2035, 1, 1), True, ""),  # tacit renewal
        (BR, datetime(2017, 9, 14, 23, 59), False, "P11"),
        (BR, datetime(2017, 9, 15), True, ""),
        (BR, datetime(2020, 9, 14, 23, 59), True, ""),
        (BR, datetime(2020, 9, 15), False, "P11"),
        (AC, datetime(2021, 1, 1), True, ""),
        (AC, datetime(2021, 12, 31, 23, 59), True, ""),
        (AC, datetime(2022, 1, 1), False, "9"),
        (AX, datetime(2020, 7, 19, 12), True, ""),
        (AX, datetime(2020, 7, 20), False, "11"),
    ],
)
def test_each_binds_for_its_term(place, moment, in_force, ref):
    service = {DS: "antivirus", BR: "antivirus", AC: "antivirus", AX: "classes-mobiles"}[place]
    decision = ask(place, service, "installation", opened=moment)
    assert (decision.status != "out_of_scope") is in_force
    if not in_force:
        assert refs(decision) == {ref}


@pytest.mark.parametrize(
    ("moment", "warned"),
    [
        (datetime(2018, 3, 12, 10), False),  # the Monday on which class resumes in zone B
        (datetime(2018, 3, 9, 10), True),  # the Friday before: winter holidays
        (datetime(2018, 3, 17, 10), True),  # a Saturday
        (datetime(2018, 5, 8, 10), True),  # a public holiday
        (datetime(2018, 7, 25, 10), True),  # summer
        (datetime(2018, 3, 13, 22), True),  # the night
        (datetime(2018, 9, 3, 8), False),  # la rentrée
    ],
)
def test_tablets_are_maintained_in_school_time(moment, warned):
    decision = ask(BR, "tablettes", "mco", opened=moment)
    assert (decision.status, decision.party) == ("routed", "departement")
    assert codes(decision) == (["school-time"] if warned else [])


def test_installing_tablets_is_not_bound_to_school_time():
    assert codes(ask(BR, "tablettes", "installation", opened=datetime(2018, 7, 25, 10))) == []


@pytest.mark.parametrize(
    ("place", "service", "warned"),
    [
        (BR_PRIVATE, "raccordement-internet", True),
        (BR_PRIVATE, "infrastructure-reseau", True),
        (BR_PRIVATE, "tablettes", False),
        (BR, "raccordement-internet", False),
    ],
)
def test_a_clause_on_public_colleges_is_told_to_a_private_one(place, service, warned):
    decision = ask(place, service, "installation")
    assert (decision.status, decision.party) == ("routed", "departement")
    assert codes(decision) == (["private"] if warned else [])


@pytest.mark.parametrize(
    ("place", "service", "activity", "party", "ref"),
    [
        (DS, "usages-numeriques", "conseil", "canope", "10"),
        (DS, "videoprojecteur", "installation", "departement", "5"),
        (DS, "logiciels-pedagogiques", "installation", "canope", "9"),
        (BR, "tablettes", "installation", "academie", "M3.1"),  # « décidés conjointement »
        (BR, "ressources-pedagogiques", "acquisition", "academie", "P3.2"),
    ],
)
def test_who_is_wanted_beside(place, service, activity, party, ref):
    decision = ask(place, service, activity)
    assert party in decision.contributors
    assert ref in refs(decision)
