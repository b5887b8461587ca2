"""`matrix.request_facts` declares the facts of a request once; every place that must name each of them does."""

from dataclasses import fields

from matrix import Request
from matrix.request_facts import DECLARED, FACTS, YES_NO, Facts, facts_of
from ticketing.in_force import routing
from ticketing.tables import Ticket


def test_a_request_states_the_declared_facts_and_what_is_asked():
    assert {one.name for one in fields(Request)} == {"etablissement", "service", "activity", "opened_at", *FACTS}
    assert set(routing._ASKED) == {one.name for one in fields(Request)}


def test_a_ticket_has_a_column_for_each_fact_of_its_type():
    types = {"user_category": str, "payer": str, "day": "date", "yes_no": bool}
    for name, fact in DECLARED.items():
        column = Ticket.__table__.c[name]
        assert column.nullable, f"{name}: None means not known"
        kind = types[fact.kind]
        assert column.type.python_type is kind or column.type.python_type.__name__ == kind, name


def test_every_fact_is_called_and_asked():
    for name, fact in DECLARED.items():
        assert fact.label and fact.question.endswith("?"), name
        assert all(fact.conditions) is (name in YES_NO), name


def test_facts_are_read_from_what_states_them():
    facts = Facts(user_category="cdi", under_warranty=False)
    assert facts_of(facts) == facts
    assert list(facts.values()) == list(FACTS)
    assert facts.values() | {"user_category": None, "under_warranty": None} == dict.fromkeys(FACTS)
