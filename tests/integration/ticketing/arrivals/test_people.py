"""A list of people brought in: judged line by line, written whole or not at all, the same twice, one at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from datetime import UTC, date, datetime

import pytest
from harness.places import ROOT

from charters.database import db, reading, writing
from charters.errors import Refused
from charters.journal import audit
from charters.people import accounts, corrections, sigles
from charters.tables.access import Account, JournalLine, MandateRow
from charters.tables.personal import RetiredSigle
from ticketing.arrivals import people, reach, turns
from ticketing.in_force import routing

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
HEAD = "Nom;Prénom;Société;Adresse mél;Fonction;Sigle;Rôle;Périmètre;Début;Fin\n"
PAULE = (
    "Durand;Paule;Collège Desaix;paule@guichet.example;Professeure;p.durand;Correspondant informatique;desaix-tarbes"
)


def bring(actor, *lines, head=HEAD, write=True, now=NOW, name="gens.csv"):
    """Bring a list in as a page does, its verdicts first; returns them."""
    found = people.listed((head + "\n".join(lines) + "\n").encode(), name)
    own = reach.of(routing.router().conventions, actor)
    judged = people.judge(found, own, now)
    if write and not judged.refused:
        people.bring_in(found, judged.digest, own, now)
    return judged


def told(judged):
    return [(one.line, str(one.outcome), *(sentence for _, sentence in one.faults)) for one in judged.verdicts]


def counts():
    with reading() as session:
        return session.query(Account).count(), session.query(MandateRow).count(), session.query(JournalLine).count()


def test_people_come_with_their_mandates_and_the_same_list_twice_changes_nothing(any_app, actor_as):
    with any_app.app_context():
        admin, before = actor_as("a.admin"), counts()
        lines = [
            f"{PAULE};01/09/2026;",
            "Lavergne;Élise;Département des Hautes-Pyrénées;elise@guichet.example;Technicienne;;technicien;Département "
            "des Hautes-Pyrénées;2026-09-01;31/08/2027",
            "Lavergne;Élise;Département des Hautes-Pyrénées;elise@guichet.example;Technicienne;;référente;"
            "departement-hautes-pyrenees;46266;",
            "",
        ]
        judged = bring(admin, *lines)
        assert told(judged) == [(2, "créé"), (3, "créé"), (4, "créé")]
        assert counts()[:2] == (before[0] + 2, before[1] + 3)
        paule, elise = (db.session.query(Account).filter_by(sigle=one).one() for one in ("p.durand", "e.lavergne"))
        assert (paule.external, paule.organisation, elise.external) == (False, "desaix-tarbes", True)
        given = db.session.query(MandateRow).filter_by(account_id=elise.id).order_by(MandateRow.id).all()
        assert [(one.role, one.starts_on, one.ends_on) for one in given] == [
            ("technicien-departement", date(2026, 9, 1), date(2027, 8, 31)),
            ("referent", date(2026, 9, 1), None),
        ]
        events = [
            one.event
            for one in db.session.query(JournalLine).order_by(JournalLine.number).all()
            if one.sigle == "a.admin"
        ]
        assert events[-6:] == [
            "account.created",
            "mandate.created",
            "account.created",
            "mandate.created",
            "mandate.created",
            "people.imported",
        ]
        assert audit.verify().ok
        after = counts()
        assert {line[1] for line in told(bring(admin, *lines))} == {"inchangé"}
        assert {line[1] for line in told(bring(admin, *lines, now=NOW.replace(month=10)))} == {"inchangé"}
        assert counts() == after


@pytest.mark.parametrize("field", range(5))
@pytest.mark.parametrize("blank", ["", "   ", "\u00a0", "—"])
def test_cha_01_the_import_creates_nobody_without_each_of_the_five(app_context, actor_as, field, blank):
    cells = f"{PAULE};;".split(";")
    cells[field] = blank
    before = counts()
    judged = bring(
        actor_as("a.admin"), "Good;Paul;Collège Desaix;p@guichet.example;Agent;;cmi;desaix-tarbes;;", ";".join(cells)
    )
    assert [line[1] for line in told(judged)] == ["créé", "refusé"]
    assert judged.verdicts[1].faults[0][0] == ("Nom", "Prénom", "Société", "Mail", "Fonction")[field]
    assert counts() == before
    with pytest.raises(Refused):
        own = reach.of(routing.router().conventions, actor_as("a.admin"))
        people.bring_in(people.listed((HEAD + ";".join(cells)).encode(), "a.csv"), None, own, NOW)
    assert counts() == before


def test_what_is_wrong_is_said_at_its_place_with_the_nearest_names(app_context, actor_as):
    judged = bring(
        actor_as("a.admin"),
        "A;A;Collège;a@guichet.example;Agent;a.a;corespondant informatique;desaix-tarbes;;",
        "B;B;Collège;b@guichet.example;Agent;b.b;cmi;Collège Desai Tarbes;;",
        "C;C;Collège;c@guichet.example;Agent;c.c;cmi;departement-hautes-pyrenees;;",
        "D;D;Collège;d@guichet.example;Agent;d d;cmi;desaix-tarbes;32/13/2026;",
        "E;E;Collège;e@guichet.example;Agent;e.e;cmi;desaix-tarbes;02/09/2026;01/09/2026",
        "=1+1;F;Collège;f@guichet.example;Agent;f.f;cmi;desaix-tarbes;;",
        "G;G;Collège;g@guichet.example;Agent;g.g;;desaix-tarbes;;",
        "H;H;Collège;h@guichet.example;Agent;h.h;cmi;;;",
        "I;I;Collège;i@guichet.example;Agent;i.i;cmi;desaix-tarbes;;",
        "I;I;Collège;i@guichet.example;Autre;i.i;cmi;victor-hugo-tarbes;;",
        "I;I;Collège;i@guichet.example;Agent;i.i;cmi;desaix-tarbes;;",
    )
    faults = {one.line: dict(one.faults) for one in judged.verdicts}
    assert "correspondant informatique" in faults[2]["Rôle"]
    assert "Collège Desaix, Tarbes" in faults[3]["Périmètre"]
    assert "un établissement" in faults[4]["Rôle"]
    assert set(faults[5]) == {"Sigle", "Début"}
    assert "avant d’avoir commencé" in faults[6]["Fin"]
    assert "formule" in faults[7]["Nom"]
    assert "Rôle" in faults[8] and "Périmètre" in faults[9]
    assert faults[10] == {} and "ligne 10" in faults[11]["Fonction"] and "ligne 10" in faults[12]["Rôle"]


@pytest.mark.parametrize(
    "scope", ["0131266F", "departement-bouches-du-rhone", "academie-aix-marseille", "N. Sarraute, Aubagne"]
)
def test_nobody_creates_in_the_perimeter_of_another_academie(app_context, actor_as, scope):
    before = counts()
    for cells in (f"cmi;{scope}", f"administrateur;{scope}", f"technicien;{scope}"):
        judged = bring(actor_as("a.admin"), f"X;Y;Z;x@guichet.example;Agent;x.y;{cells};;")
        assert judged.refused and "Aucun accord de l’académie" in dict(judged.verdicts[0].faults)["Périmètre"]
        assert "Aubagne" not in str(judged.verdicts) or scope in str(judged.verdicts)
    attached = bring(
        actor_as("a.admin"),
        f"X;Y;Z;x@guichet.example;Agent;x.y;;;;;{scope}",
        head=HEAD.strip() + ";Rattachement\n",
    )
    assert attached.refused
    assert counts() == before


def test_somebody_of_another_academie_is_a_taken_sigle_and_nothing_more(app_context, actor_as):
    form = accounts.AccountForm(
        "j.autre", "Autre", "Jeanne", "Aix", "jeanne@guichet.example", "Agente", "departement-bouches-du-rhone", True
    )
    accounts.create_account(form, actor=None, now=NOW)
    line = "Autre;Jeanne;Aix;jeanne@guichet.example;Agente;{};cmi;desaix-tarbes;;"
    judged = bring(actor_as("a.admin"), line.format("j.autre"))
    assert told(judged) == [(2, "refusé", accounts.TAKEN)]
    new = bring(actor_as("a.admin"), line.format(""))  # as if nobody had this address: it is said of nobody
    assert (new.verdicts[0].outcome, new.verdicts[0].sigle) == ("créé", "j.autre2")


@pytest.mark.parametrize("sigle", ["a.tech", "a.lecture", "d1.agent", "d1.ref", "c11.chef", "c11.cmi"])
def test_nobody_but_an_administrator_brings_people_in(app_context, actor_as, sigle):
    with pytest.raises(Refused):
        bring(actor_as(sigle), f"{PAULE};;")


def test_a_sigle_is_never_given_again(app_context, actor_as, cast):
    admin = actor_as("a.admin")
    assert told(bring(admin, PAULE.replace("p.durand", "c11.cmi") + ";;")) == [(2, "refusé", accounts.TAKEN)]
    with writing() as session:
        session.add(RetiredSigle(print=sigles.mark("p.durand")))
    assert told(bring(admin, f"{PAULE};;")) == [(2, "refusé", accounts.TAKEN)]
    free = bring(admin, PAULE.replace("p.durand", "") + ";;")
    assert (free.verdicts[0].sigle, free.verdicts[0].outcome) == ("p.durand2", "créé")


def test_a_list_corrects_and_ends_by_the_rules_of_the_pages(app_context, actor_as):
    admin = actor_as("a.admin")
    bring(admin, f"{PAULE};01/09/2026;")
    changed = PAULE.replace("Professeure", "Principale").replace("paule@", "paule.durand@")
    judged = bring(admin, f"{changed};01/09/2026;30/09/2026")
    assert judged.verdicts[0].outcome == "modifié" and len(judged.verdicts[0].words) == 3
    account = db.session.query(Account).filter_by(sigle="p.durand").one()
    mandate = db.session.query(MandateRow).filter_by(account_id=account.id).one()
    assert (account.function, account.email, mandate.ends_on) == (
        "Principale",
        "paule@guichet.example",  # the new address waits for its owner
        date(2026, 9, 30),
    )
    assert corrections.waiting(account.id, NOW).mail.email == "paule.durand@guichet.example"
    again = bring(admin, f"{changed};01/09/2026;30/09/2026")
    assert again.verdicts[0].outcome == "inchangé"
    assert told(bring(admin, f"{changed};01/09/2026;31/10/2026"))[0][1] == "refusé"
    accounts.end_account(account.id, "2026-08-31", actor=None, now=NOW)
    assert "terminée" in told(bring(admin, f"{changed};;"))[0][2]


def test_what_changed_since_the_verdicts_were_shown_stops_the_import(app_context, actor_as):
    found = people.listed((HEAD + f"{PAULE};;").encode(), "gens.csv")
    own = reach.of(routing.router().conventions, actor_as("a.admin"))
    judged = people.judge(found, own, NOW)
    bring(actor_as("a.admin"), f"{PAULE};;")
    before = counts()
    with pytest.raises(Refused, match="ont changé"):
        people.bring_in(found, judged.digest, own, NOW)
    assert counts() == before


def crowd(number):
    return [
        f"Nom{at};Prénom{at};Collège Desaix;p{at}@guichet.example;Agent;z.{at};cmi;desaix-tarbes;01/09/2026;"
        for at in range(number)
    ]


def test_fia_08_two_imports_at_once_the_second_is_refused(any_app, actor_as):
    with any_app.app_context():
        admin, refused = actor_as("a.admin"), []
    with any_app.app_context(), turns.alone():

        def second():
            with any_app.app_context():
                try:
                    bring(admin, *crowd(3))
                except Refused as error:
                    refused.append(error.sentence)

        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert refused == [turns.BUSY]
    with any_app.app_context():
        assert bring(admin, *crowd(3)).count("créé") == 3


KILLED = """
    import os, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from charters.journal import audit
    from ticketing.arrivals import people, reach
    from ticketing.commands.base import application
    from ticketing.in_force import routing

    record, done = audit.record, []
    def counting(event, **more):
        done.append(event)
        if len(done) > 20:
            os.kill(os.getpid(), 9)
        record(event, **more)
    with application():
        found = people.listed(Path(sys.argv[1]).read_bytes(), "gens.csv")
        own = reach.of_operator(routing.router().conventions, "academie-toulouse")
        audit.record = counting
        people.bring_in(found, None, own, datetime.now(UTC))
"""


def test_fia_08_an_import_killed_at_ten_rows_leaves_nothing_and_runs_again_as_one(
    app, settings, cast, actor_as, tmp_path
):
    path = tmp_path / "gens.csv"
    path.write_text(HEAD + "\n".join(crowd(40)), "utf-8")
    with app.app_context():
        before = counts()
    environ = {
        "GUICHET_DATABASE_URL": settings.database_url,
        "GUICHET_SECRET_KEY": settings.secret_key,
        "GUICHET_SEED_KEYS": ",".join(settings.seed_keys),
        "GUICHET_DATA_DIR": str(settings.data_dir),
        "GUICHET_CONVENTIONS_DIR": str(settings.conventions_dir),
        "PYTHONPATH": str(ROOT),
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED), str(path)], env=environ, capture_output=True)
    assert done.returncode == -9, done.stderr.decode()
    with app.app_context():
        assert counts() == before
        assert bring(actor_as("a.admin"), *crowd(40)).count("créé") == 40
        assert counts() == (before[0] + 40, before[1] + 40, before[2] + 81)
        assert audit.verify().ok


def test_a_large_list_costs_little_a_line(app_context, actor_as):
    admin, lines = actor_as("a.admin"), crowd(1500)
    began = time.process_time()
    seen = []
    found = people.listed((HEAD + "\n".join(lines)).encode(), "gens.csv")
    own = reach.of(routing.router().conventions, admin)
    people.bring_in(found, None, own, NOW, lambda what, done, most: seen.append((what, done, most)))
    assert (time.process_time() - began) / len(lines) < 0.008  # 5,000 lines in 40 s of a slow processor
    assert seen[-1] == ("écriture", 1500, 1500)
