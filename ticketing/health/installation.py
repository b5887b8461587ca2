"""Checks of the installation: settings, database, clock, secrets, jobs, mails, backups, calendars."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text

from charters.database import db, reading
from charters.days import today
from charters.entry import attempts
from charters.journal import keeping
from charters.tables.access import JournalLine
from matrix import Conventions, terms
from matrix.wording import day as worded
from ticketing.arrivals import checklist
from ticketing.correspondence import watching
from ticketing.health.findings import Finding, broken, look, well
from ticketing.in_force import routing
from ticketing.mail.incoming import boxes
from ticketing.operation import maintenance, schema, silence
from ticketing.operation import runs as latest_runs
from ticketing.operation.paces import PACES

#: How far the clocks of two machines may differ, and how long before its end an agreement is said to end.
APART, SOON = timedelta(seconds=5), timedelta(days=180)
#: How late a job may be beside its pace before it is told.
LATE = timedelta(minutes=45)


def settings_that_surprise(settings: Any) -> Iterator[Finding]:
    """Tell the settings that are allowed and that one would not want in service."""
    if settings.demo:
        yield look("Réglages", "c’est une démonstration, ses secrets sont fabriqués", "jamais en service")
    if not settings.pin_required:
        yield look("Réglages", "le code de la clé suffit à se connecter", "GUICHET_PIN_REQUIRED=1")
    if settings.https and not settings.trusted_proxies:
        yield look(
            "Réglages",
            "l’adresse publique est en https et aucun relais n’est déclaré : tout le monde semble venir du relais",
            "GUICHET_TRUSTED_PROXIES=1 s’il y a un relais",
        )
    if not settings.https and not settings.demo:
        yield look("Réglages", "l’adresse publique n’est pas en https", "mettez un relais qui porte le TLS devant")


def schema_up_to_date() -> Finding:
    """Check that the database is at the newest migration. Raises SQLAlchemyError where it does not answer."""
    unfit = schema.unfit()
    if unfit is None:
        return well("Base de données", f"elle répond, à la migration {schema.newest()}")
    return broken("Base de données", *unfit)


def stopped(settings: Any) -> Iterator[Finding]:
    """Tell that Guichet is stopped, or is a restored copy that sends nothing."""
    if maintenance.stopped(settings.data_dir) is not None:
        yield look("Service", "Guichet est interrompu pour une intervention", "guichet maintenance off")
    if silence.kept(settings.data_dir):
        remedy = "« guichet release » si cette copie devient le service"
        yield look("Service", "c’est une copie restaurée : aucun courriel ne part ni n’arrive", remedy)


def clock(now: datetime) -> Iterator[Finding]:
    """Compare this machine's clock with the database's, and with what was last written in the journal."""
    with reading() as session:
        last = session.scalar(select(func.max(JournalLine.at)))
        theirs = session.scalar(text("SELECT now()")) if db.engine.dialect.name != "sqlite" else None
    if theirs is not None and abs(theirs - now) > APART:
        apart = int(abs(theirs - now).total_seconds())
        remedy = "réglez les deux machines par le réseau (chrony) : les codes des clés en dépendent"
        yield broken("Horloge", f"elle diffère de {apart} s de celle de la base", remedy)
    elif last is not None and last - now > APART:
        remedy = "réglez-la par le réseau (chrony) : les codes des clés en dépendent"
        yield broken("Horloge", "le journal porte une heure à venir : elle a reculé", remedy)
    else:
        yield well("Horloge", "elle s’accorde avec la base")


def secrets() -> Iterator[Finding]:
    """Check that the seeds of keys open and that the journal can be signed."""
    if attempts.seeds_are_readable():
        yield well("Secrets des clés", "GUICHET_SEED_KEYS les ouvre")
    else:
        yield broken("Secrets des clés", "GUICHET_SEED_KEYS ne les ouvre pas", "remettez la valeur d’avant")
    if keeping.signable():
        yield well("Clé du journal", "elle est là")
    else:
        remedy = "remettez son fichier de la sauvegarde, ou, si elle est perdue, « guichet audit accept »"
        yield broken("Clé du journal", "elle manque ou n’est pas la bonne", remedy)


def jobs(now: datetime) -> Iterator[Finding]:
    """Check that each periodic job ran when it had to, and how it ended."""
    runs = {row.job: row for row in latest_runs.latest()}
    if not runs:
        yield broken("Travaux périodiques", "aucun n’a jamais tourné", "démarrez « guichet scheduler »")
        return
    late = sorted(name for name, pace in PACES.items() if name in runs and now - runs[name].started_at > pace + LATE)
    failed = sorted(name for name, run in runs.items() if run.error)
    if late:
        remedy = "voyez si « guichet scheduler » tourne, et ses traces"
        yield broken("Travaux périodiques", f"en retard : {', '.join(late)}", remedy)
    if failed:
        told = " ; ".join(f"{name} ({runs[name].error.split(':')[0]})" for name in failed)
        yield look("Travaux périodiques", f"le dernier essai a échoué : {told}", "voyez les traces du planificateur")
    if not late and not failed:
        yield well("Travaux périodiques", f"{len(runs)} tournent à leur heure")


def mails(settings: Any, now: datetime) -> Iterator[Finding]:
    """Check the boxes, what waits to be taken in and what waits to leave."""
    found = watching.health(boxes.read(settings.mailbox), now)
    for alarm in found.alarms:
        yield broken("Courriels", alarm, "voyez « guichet mail-health » et Administration › Courriels")
    if found.failed:
        yield look("Courriels", f"{found.failed} n’ont pas pu partir", "Administration › Courriels › Envoyés")
    if found.quarantined:
        yield look("Courriels", f"{found.quarantined} mis à part attendent un avis", "Administration › Courriels")
    if not (found.alarms or found.failed or found.quarantined):
        yield well("Courriels", "rien n’attend plus qu’il ne faut")


def backups(settings: Any, now: datetime) -> Iterator[Finding]:
    """Check how old the last backup is."""
    subject = "Sauvegarde"
    age = checklist.backup_age(settings.data_dir, now)
    remedy = "« guichet backup », ou GUICHET_BACKUP_DIR pour que le planificateur la fasse chaque nuit"
    if age is None:
        yield (look if settings.demo else broken)(subject, "aucune n’est connue", remedy)
    elif age > checklist.BACKUP_DAYS:
        yield broken(subject, f"la dernière a {age} jours", remedy)
    elif age > 1 and settings.backup_dir is not None:
        yield look(subject, f"la dernière a {age} jours, bien qu’un dossier soit réglé", "voyez le travail « backup »")
    else:
        yield well(subject, "la dernière date d’aujourd’hui ou d’hier" if age <= 1 else f"la dernière a {age} jours")


def calendars(conventions: Conventions, now: datetime) -> Iterator[Finding]:
    """Tell the school calendar and the agreements that end soon."""
    day = today(now)
    last = conventions.calendar.last
    if last is None or last <= day + checklist.SOON:
        state = f"il finit le {worded(last)}" if last is not None else "il est inconnu"
        yield look("Calendrier scolaire", state, "installez la version suivante, ou réglez GUICHET_SCHOOL_CALENDAR")
    else:
        yield well("Calendrier scolaire", f"connu jusqu’au {worded(last)}")
    recorded = routing.router().recorded
    for convention in conventions:
        now_in_force = terms.standing(convention, day, recorded).in_force
        if now_in_force and not terms.standing(convention, day + SOON, recorded).in_force:
            yield look(
                "Accords", f"« {convention.title} » finit avant le {worded(day + SOON)}", "Administration › Accords"
            )
