"""The command `guichet`. Each command imports what it needs when it runs, so that `route` starts at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import click

if TYPE_CHECKING:
    from io import BufferedIOBase

    from flask import Flask

    from config import Settings
    from matrix import Conventions


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="guichet", message="%(version)s")
def main() -> None:
    """Guichet : le guichet d’assistance qui oriente chaque demande selon l’accord signé."""


# --- the rules: no web, no database ---


@main.command()
def route() -> None:
    """Oriente des demandes : une par ligne (JSON) en entrée, une décision par ligne en sortie."""
    from matrix.commands import route_stream

    conventions = _conventions()
    lines = cast("BufferedIOBase", sys.stdin.buffer)  # it is one, whatever typeshed says
    sys.exit(route_stream(lines, sys.stdout.buffer, conventions, lambda: datetime.now(UTC)))


@main.group("matrix")
def matrix_group() -> None:
    """Les accords et leur matrice."""


@matrix_group.command()
@click.argument("convention")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table")
@click.option(
    "--sources",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Dossier des textes signés : chaque citation y est recherchée mot pour mot.",
)
def show(convention: str, form: str, sources: Path | None) -> None:
    """Affiche toutes les cases de la matrice de CONVENTION, avec leur provenance."""
    from matrix import commands

    conventions = _conventions()
    if convention not in conventions:
        known = ", ".join(conventions.ids)
        raise click.BadParameter(f"accord inconnu ; il y a : {known}", param_hint="CONVENTION")
    commands.show(conventions, convention, form, sys.stdout)
    absent = commands.missing_quotes(conventions, [convention], sources) if sources else []
    for line in absent:
        click.echo(line, err=True)
    sys.exit(1 if absent else 0)


@matrix_group.command()
@click.argument("draft")
@click.option("--since", required=True, help="Premier jour de la période (AAAA-MM-JJ), compris.")
@click.option("--until", required=True, help="Dernier jour de la période (AAAA-MM-JJ), compris.")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
def replay(draft: str, since: str, until: str, form: str) -> None:
    """Rejoue les tickets d’une période sur un projet : DRAFT est son numéro, ou le dossier d’un accord.

    Rien n’est écrit : la base n’est ouverte qu’en lecture.
    """
    from ticketing.commands import replay

    with application(), replay.readable():
        try:
            sys.stdout.write(replay.told(draft, since, until, form, datetime.now(UTC)))
        except replay.Refusal as refusal:
            raise click.BadParameter(str(refusal), param_hint=refusal.field) from None


@matrix_group.command("compare")
@click.argument("a")
@click.argument("b")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
@click.option("--all", "everything", is_flag=True, help="Montre aussi les cases qui ne diffèrent pas.")
@click.option(
    "--amended",
    is_flag=True,
    help="Compare les accords tels que complétés et modifiés à l’écran (lit la base), et pas seulement les fichiers.",
)
def compare_command(a: str, b: str, form: str, everything: bool, amended: bool) -> None:
    """Compare case par case deux accords, ou deux versions d’un accord.

    A et B s’écrivent ACCORD ou ACCORD@AAAA-MM-JJ : la version en vigueur ce jour-là, aujourd’hui par défaut. Avec la
    base, projet-N est le projet de modification numéro N.
    """
    from ticketing.commands import compare

    now = datetime.now(UTC)
    try:
        if compare.in_database(amended, a, b):
            with application():
                told = compare.told_in_force(a, b, form, everything, now)
        else:
            told = compare.told(_conventions(), a, b, form, everything, now)
    except compare.Refusal as refusal:
        raise click.BadParameter(str(refusal), param_hint=refusal.field) from None
    sys.stdout.write(told)


@matrix_group.command("lint")
@click.argument("convention", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option(
    "--sources",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Dossier des textes signés : chaque citation y est recherchée mot pour mot.",
)
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="AAAA-MM-JJ",
    help="Jour où les accords sont vus ; aujourd’hui par défaut.",
)
@click.option("--write-inventory", is_flag=True, help="Écrit l’inventaire de CONVENTION : ce changement est voulu.")
def lint_command(
    convention: str | None, form: str, sources: Path | None, on: datetime | None, write_inventory: bool
) -> None:
    """Contrôle CONVENTION, ou tous les accords, et prouve que chaque demande a une seule issue.

    Sort en 1 quand il trouve une erreur.
    """
    from matrix import ConventionError
    from matrix.checks import lint, reports, unreadable, write_inventories
    from matrix.router import PARIS

    day = on.date() if on else datetime.now(PARIS).date()
    write = reports.as_json if form == "json" else reports.as_text
    try:
        conventions = _conventions()
    except ConventionError as error:
        write(unreadable(error, day), sys.stdout)
        sys.exit(1)
    if convention is not None and convention not in conventions:
        known = ", ".join(conventions.ids)
        raise click.BadParameter(f"accord inconnu ; il y a : {known}", param_hint="CONVENTION")
    among = [convention] if convention is not None else list(conventions.ids)
    if write_inventory:
        try:
            for path in write_inventories(conventions, among):
                click.echo(f"écrit : {path}")
        except OSError as error:
            _refuse(f"L’inventaire n’a pas pu être écrit : {error}", 1)
        return
    report = lint(conventions, among, on=day, sources=sources)
    write(report, sys.stdout)
    sys.exit(0 if report.sound else 1)


@matrix_group.command("export")
@click.argument("convention")
@click.option("--format", "form", type=click.Choice(["xlsx", "ods", "csv"]), required=True)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Fichier à écrire ; la sortie standard par défaut.",
)
@click.option("--amended", is_flag=True, help="La matrice telle que complétée et modifiée à l’écran (lit la base).")
def export_command(convention: str, form: str, output: Path | None, amended: bool) -> None:
    """Écrit la matrice de CONVENTION en feuille de calcul, que « import » relit sans une différence."""
    from matrix.sheets import export

    data = export(_matrix_of(convention, amended), convention, form)
    if output is None:
        if sys.stdout.isatty() and form != "csv":
            raise click.UsageError("Un classeur ne s’affiche pas : donnez un fichier avec --output.")
        sys.stdout.buffer.write(data)
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        _refuse(f"Le fichier n’a pas pu être écrit : {error}", 1)
    click.echo(f"écrit : {output}")


@matrix_group.command("import")
@click.argument("convention")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--legend", multiple=True, metavar="RRVVBB=MOT", help="Le sens d’une couleur, par exemple FF0000=EN.")
@click.option("--answer", multiple=True, metavar="CLÉ=VALEUR", help="La réponse à une question, sous sa clé.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--amended", is_flag=True, help="Compare à la matrice complétée et modifiée à l’écran (lit la base).")
def import_command(
    convention: str, file: Path, legend: tuple[str, ...], answer: tuple[str, ...], form: str, amended: bool
) -> None:
    """Montre ce qui se lit dans une feuille coloriée (.xlsx, .ods, .csv) pour CONVENTION, et n’écrit rien.

    Sort en 1 tant qu’une question reste ouverte, en 2 quand le fichier est refusé. Le projet se fait à l’écran.
    """
    from matrix.sheets import Answers, SheetRefused, compared, open_book, read, reports
    from matrix.sheets.package import FILE_MAX

    conventions = _matrix_of(convention, amended)
    try:
        chosen = reports.answers(legend, answer)
        with file.open("rb") as opened:
            data = opened.read(FILE_MAX + 1)
        reading = read(open_book(data, file.name), conventions, convention, Answers(chosen))
    except reports.AnswerFault as fault:
        raise click.UsageError(str(fault)) from None
    except SheetRefused as refused:
        _refuse(str(refused), 2)
    except OSError as error:
        _refuse(f"Le fichier n’a pas pu être lu : {error}", 2)
    differences = compared(reading, conventions)
    if form == "json":
        click.echo(reports.as_json(reading, differences))
    else:
        click.echo("\n".join(reports.as_text(reading, differences)))
    sys.exit(0 if reading.ready else 1)


# --- operation ---


@main.command()
@click.option("--bind", help="adresse:port d’écoute (réglage GUICHET_BIND).")
@click.option("--workers", type=click.IntRange(1, 64), help="Nombre de processus (réglage GUICHET_WORKERS).")
def serve(bind: str | None, workers: int | None) -> None:
    """Sert l’application (gunicorn). Le mode de débogage n’y est jamais actif."""
    with application(bind=bind, workers=workers) as (app, settings):
        from ticketing.operation.server import Server, is_taken

        if is_taken(settings.bind):
            _refuse(f"{settings.bind} est déjà pris : arrêtez ce qui l’occupe, ou changez de port.", 1)
        if not settings.pin_required:
            app.logger.warning("GUICHET_PIN_REQUIRED=0 : le code de la clé suffit à se connecter")
    sys.argv[1:] = []  # gunicorn would read our arguments as its own
    Server(app, settings.bind, settings.workers).run()


@main.command()
def scheduler() -> None:
    """Lance les travaux périodiques (courriels, échéances, chiffres), dans un processus à part."""
    with application() as (app, _):
        from ticketing import jobs
    jobs.run_scheduler(app)


@main.group("jobs")
def jobs_group() -> None:
    """Les travaux périodiques."""


@jobs_group.command("run")
@click.argument("name")
def run_job(name: str) -> None:
    """Exécute tout de suite le travail NAME."""
    with application() as (_, _settings):
        from ticketing import jobs

        if name not in jobs.JOBS:
            known = ", ".join(sorted(jobs.JOBS))
            raise click.BadParameter(f"travail inconnu ; il y a : {known}", param_hint="NAME")
        jobs.run(name, datetime.now(UTC))


@main.command("outbox-drain")
def outbox_drain() -> None:
    """Envoie tout de suite les avis en attente."""
    with application() as (_, settings):
        from charters import registry
        from ticketing.mail import letters, outbox
        from ticketing.operation import maintenance
        from ticketing.oversight import reading_reports

        now = datetime.now(UTC)
        if maintenance.stopped(settings.data_dir) is not None:
            _refuse("Guichet est interrompu : ce qui attend partira après « guichet maintenance off ».", 1)
        registry.answer_resets(now)
        count = outbox.drain(settings, now) + letters.drain(settings, now, reading_reports.may_leave)
        click.echo(f"{count} envoyé{'s' if count > 1 else ''}")


@main.group("maintenance")
def maintenance_group() -> None:
    """Interrompre Guichet pour une intervention : il répond 503, et garde ce qui doit partir."""


@maintenance_group.command("on")
@click.option("--minutes", type=click.IntRange(1, 60 * 24 * 31), help="Durée prévue : dite aux personnes.")
@click.option("--words", default="", help="Ce que les personnes liront.")
def maintenance_on(minutes: int | None, words: str) -> None:
    """Interrompt Guichet pour tous, aussitôt et sans redémarrage. Sans annonce, le journal le dit."""
    with application() as (_, settings):
        from sqlalchemy.exc import SQLAlchemyError

        from ticketing.interruptions import announcing
        from ticketing.operation import maintenance

        now = datetime.now(UTC)
        until, words = now + timedelta(minutes=minutes) if minutes else None, " ".join(words.split())[:200]
        # first: the database may be what is down
        maintenance.stop(settings.data_dir, until=until, words=words, now=now)
        try:
            announced = announcing.works_begin(until=until, words=words, now=now)
        except SQLAlchemyError:
            _refuse("Guichet est interrompu, mais la base ne répond pas : le journal ne le dit pas encore.", 1)
    click.echo("Guichet est interrompu" + (", comme annoncé." if announced else ", sans annonce : le journal le dit."))


@maintenance_group.command("off")
def maintenance_off() -> None:
    """Rétablit Guichet ; ce qui attendait part au prochain envoi."""
    with application() as (_, settings):
        from sqlalchemy.exc import SQLAlchemyError

        from ticketing.interruptions import announcing
        from ticketing.operation import maintenance

        was = maintenance.resume(settings.data_dir)
        try:
            announcing.works_end(datetime.now(UTC))
        except SQLAlchemyError:
            _refuse("Guichet est rétabli, mais la base ne répond pas : le journal ne le dit pas encore.", 1)
    click.echo("Guichet est rétabli." if was else "Guichet n’était pas interrompu.")


@main.command()
@click.option("--dry-run", is_flag=True, help="Dit ce qui partirait, et n’efface rien.")
def purge(dry_run: bool) -> None:
    """Efface ce qui a fait son temps : début du journal, données personnelles, copies de courriels.

    Arrêtée, la commande se reprend. Ce qu’une conservation retient reste ; les chiffres ne changent pas.
    """
    with application() as (_, settings):
        from ticketing.personal_data import purging

        now = datetime.now(UTC)
        done = purging.due(settings, now) if dry_run else purging.purge(settings, now, whole=True)
    click.echo(
        f"{'À effacer' if dry_run else 'Effacés'} : {done.lines} lignes du journal, {done.tickets} tickets, "
        f"{done.accounts} comptes, {done.declarations} mouvements déclarés, {done.mails} copies de courriels, "
        f"{done.readings} consultations."
    )


@main.command()
@click.option("--everything", is_flag=True, help="Relit toutes les histoires, pas seulement les nouvelles.")
def facts(everything: bool) -> None:
    """Recompte les chiffres à partir de l’histoire des tickets."""
    with application():
        from ticketing.figures import nightly as facts_module

        click.echo(facts_module.write_nightly(datetime.now(UTC), everything=everything))


@main.group("db")
def db_group() -> None:
    """Le schéma de la base."""


@db_group.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Amène la base à la dernière migration (ou à REVISION).

    Une base neuve reçoit les deux chartes livrées, version 1 : sans elles, personne ne pourrait les signer ni entrer.
    """
    with application():
        from charters import registry
        from ticketing.operation import schema

        schema.upgrade(revision)
        click.echo(schema.current() or "")
        if schema.current() == schema.newest():
            for kind in registry.publish_shipped_charters(datetime.now(UTC)):
                click.echo(f"{registry.charter(kind).title} : version 1 publiée")


@db_group.command()
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Ramène la base à REVISION (« base » : plus de tables)."""
    with application():
        from ticketing.operation import schema

        schema.downgrade(revision)
        click.echo(schema.current() or "base")


@db_group.command()
def current() -> None:
    """Dit à quelle migration se trouve la base."""
    with application():
        from ticketing.operation import schema

        at = schema.current()
        click.echo(f"{at or 'base vide'}{'' if at == schema.newest() else ' (en retard)'}")


@main.command()
def routes() -> None:
    """Liste les adresses de l’application : méthodes, règle, point d’entrée."""
    with application() as (app, _):
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
            methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
            click.echo(f"{methods}\t{rule.rule}\t{rule.endpoint}")


@main.group("audit")
def audit_group() -> None:
    """Le journal."""


@audit_group.command()
def verify() -> None:
    """Vérifie la chaîne du journal ; nomme la première ligne fautive et sort en 1."""
    with application():
        from charters.journal import audit

        found = audit.verify()
    if not found.ok:
        click.echo(f"ligne {found.first_bad} : {found.reason}", err=True)
        sys.exit(1)
    click.echo(f"journal intact : {found.lines} lignes")


@main.command("create-admin")
@click.option("--academie", help="Identifiant de l’académie (utile s’il y en a plusieurs).")
@click.option("--sigle", default="", help="Ce qui sert à se connecter, par exemple p.durand.")
@click.option("--nom", default="")
@click.option("--prenom", default="")
@click.option("--societe", default="", help="L’employeur : l’académie.")
@click.option("--mail", default="")
@click.option("--fonction", default="")
def create_admin(
    academie: str | None, sigle: str, nom: str, prenom: str, societe: str, mail: str, fonction: str
) -> None:
    """Crée un administrateur de l’académie : le premier, ou celui qui relève les autres s’ils ont perdu leur clé.

    Les cinq informations de l’annexe 6 (2.1) sont toutes voulues. La commande affiche le lien d’activation de sa clé,
    une seule fois : transmettez-le à cette personne et à personne d’autre.
    """
    with application() as (_, settings):
        from charters.errors import Invalid
        from charters.keys import founding
        from charters.people.accounts import AccountForm

        form = AccountForm(sigle, nom, prenom, societe, mail, fonction, _academie(academie), external=False)
        try:
            token = founding.found_administrator(form, now=datetime.now(UTC))
        except Invalid as invalid:
            for sentence in invalid.errors.values():
                click.echo(sentence, err=True)
            _refuse("Aucun compte n’a été créé.", 1)
    click.echo(f"Compte créé. Lien d’activation de la clé, valable sept jours :\n{settings.base_url}/cle/{token}")


@main.group("keys")
def keys_group() -> None:
    """Les clés d’accès : entrée en stock, rechiffrement des secrets."""


@keys_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--academie", help="Identifiant de l’académie à qui vont les clés (utile s’il y en a plusieurs).")
@click.option(
    "--secret-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Fichier qui contient la clé ou le mot de passe d’un PSKC chiffré ; sans lui, il est demandé.",
)
def import_keys(file: Path, academie: str | None, secret_file: Path | None) -> None:
    """Importe FILE (PSKC ou CSV d’un fournisseur) dans le stock : tout, ou rien et chaque faute avec sa ligne."""
    with application() as (_, _settings):
        from charters import registry
        from charters.keys.seedfile import MAX_BYTES
        from charters.keys.supplied_key import Faulty

        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        secret = secret_file.read_text("utf-8").strip() if secret_file else ""
        if not secret and b"EncryptionKey" in content and sys.stdin.isatty():
            secret = click.prompt("Clé ou mot de passe du fournisseur", hide_input=True)
        try:
            count = registry.import_file(
                content, file.name, academie=_academie(academie), secret=secret, actor=None, now=datetime.now(UTC)
            )
        except Faulty as faulty:
            for fault in faulty.faults:
                click.echo(str(fault), err=True)
            _refuse("Rien n’a été importé.", 1)
    click.echo(f"{count} clés en stock de plus. Détruisez maintenant le fichier du fournisseur.")


@keys_group.command()
def rotate() -> None:
    """Rechiffre tous les secrets sous la plus récente des clés de GUICHET_SEED_KEYS ; se reprend s’il est arrêté."""
    with application():
        from charters.keys import rotation

        done = rotation.rotate(datetime.now(UTC))
    click.echo(f"{done.renewed} secrets rechiffrés, {done.already} l’étaient déjà.")
    if done.unreadable:
        names = ", ".join(done.unreadable[:20])
        _refuse(f"{len(done.unreadable)} secrets qu’aucune des clés n’ouvre : {names}. Gardez les anciennes clés.", 1)


# --- demonstration and reference data ---


@main.command()
@click.argument("sigle")
def otp(sigle: str) -> None:
    """Donne le code du moment de la clé de SIGLE (démonstration seulement)."""
    with application(demo=_demonstration_here() or None) as (_, settings):
        _demo_only(settings)
        from charters import registry

        try:
            click.echo(registry.current_code(sigle, datetime.now(UTC)))
        except registry.Unknown:
            _refuse(f"Aucune clé active au sigle {sigle}.", 1)


@main.command()
@click.option("--reset", is_flag=True, help="Efface tout et recommence.")
def demo(reset: bool) -> None:
    """Prépare la démonstration : base, personnes et tickets inventés ; ne refait rien de ce qui est fait."""
    with application() as (_, settings):
        _demo_only(settings)
        from ticketing.demo import load

        load.prepare(settings, datetime.now(UTC), reset=reset, say=click.echo)


@main.command("seed-reference")
@click.option("--seed", type=int, default=1, show_default=True)
def seed_reference(seed: int) -> None:
    """Crée la distribution de référence et ses tickets marqués ; affiche le tout en JSON."""
    with application() as (_, settings):
        _demo_only(settings)
        import json

        from ticketing.demo import reference

        made = reference.seed(settings, seed, datetime.now(UTC))
        click.echo(json.dumps(made, ensure_ascii=False, indent=1))


# --- shared ---


def _conventions() -> Conventions:
    """The agreements that ship, those of GUICHET_CONVENTIONS_DIR, and the calendar of GUICHET_SCHOOL_CALENDAR.

    They are read here without the other settings.
    """
    from matrix import load_conventions
    from matrix.loader import SHIPPED

    further = os.environ.get("GUICHET_CONVENTIONS_DIR")
    calendar = os.environ.get("GUICHET_SCHOOL_CALENDAR")
    return load_conventions(
        SHIPPED, *([Path(further)] if further else []), calendar=Path(calendar) if calendar else None
    )


def _matrix_of(convention: str, amended: bool) -> Conventions:
    """The agreements of the files, or as the database knows them; CONVENTION must be one of them."""
    if amended:
        with application():
            from ticketing.in_force import routing

            conventions = routing.router().conventions
    else:
        conventions = _conventions()
    if convention not in conventions:
        known = ", ".join(conventions.ids)
        raise click.BadParameter(f"accord inconnu ; il y a : {known}", param_hint="CONVENTION")
    return conventions


def _academie(wanted: str | None) -> str:
    """The académie meant: the one named, else the only one that the agreements know."""
    known = sorted(
        {body.organisation for item in _conventions() for body in item.parties.values() if body.party == "academie"}
    )
    if wanted is None and len(known) == 1:
        return known[0]
    if wanted not in known:
        raise click.BadParameter(f"dites laquelle : {', '.join(known)}", param_hint="--academie")
    return wanted


@contextmanager
def application(**overrides: Any) -> Iterator[tuple[Flask, Settings]]:
    """The application, in its context, on the environment's settings; `overrides` that are None are dropped.

    Faults of configuration are printed, all of them, and the exit status is 2.
    """
    from config import ConfigurationError, read_settings

    try:
        settings = read_settings(**{name: value for name, value in overrides.items() if value is not None})
    except ConfigurationError as error:
        _refuse(str(error), 2)
    from ticketing.app import create_app
    from ticketing.operation import logs

    logs.configure(settings.log_level)
    app = create_app(settings)
    with app.app_context():
        yield app, settings


def _demonstration_here() -> bool:
    """Whether nothing is configured and `./run demo` has been played in this folder: then that one is meant."""
    configured = any(name.startswith("GUICHET_") for name in os.environ)
    return not configured and Path("var/demo-ready").exists()


def _demo_only(settings: Settings) -> None:
    if not settings.demo:
        _refuse("Refusé : cette commande ne sert qu’en démonstration (GUICHET_DEMO=1).", 2)


def _refuse(sentence: str, status: int) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(status)
