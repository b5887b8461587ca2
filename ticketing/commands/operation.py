"""The operator's commands: server, scheduler, jobs, mails, maintenance, database, purge and list of addresses."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from ticketing.commands.base import application, main, refuse, refuse_lost_journal_key, refuse_old_base

#: The folder, in DATA_DIR, in which the web processes count their requests.
METRICS = "mesures"


@main.command()
@click.option("--bind", help="adresse:port d’écoute (réglage GUICHET_BIND).")
@click.option("--workers", type=click.IntRange(1, 64), help="Nombre de processus (réglage GUICHET_WORKERS).")
def serve(bind: str | None, workers: int | None) -> None:
    """Sert l’application (gunicorn). Le mode de débogage n’y est jamais actif."""
    with application(bind=bind, workers=workers) as (app, settings):
        from charters.database import db
        from ticketing.app import server_limits_of
        from ticketing.operation import patience
        from ticketing.operation.server import Server, is_taken

        refuse_old_base()
        refuse_lost_journal_key()
        if is_taken(settings.bind):
            refuse(f"{settings.bind} est déjà pris : arrêtez ce qui l’occupe, ou changez de port.", 1)
        if not settings.pin_required:
            app.logger.warning("GUICHET_PIN_REQUIRED=0 : le code de la clé suffit à se connecter")
        if not settings.database_pooler:  # through PgBouncer they would reach other people's transactions
            patience.limit(db.engine, statement=settings.statement_seconds, lock=settings.lock_seconds)
    sys.argv[1:] = []  # gunicorn would read the arguments of `guichet` as its own
    limits, more = server_limits_of(settings), {}
    if settings.metrics_bind:
        from ticketing.metrics import counting

        counting.begin(settings.data_dir.resolve() / METRICS)
        counting.install(app)
        more = {"ended": counting.forget}
    Server(app, settings.bind, settings.workers, limits, **more).run()


@main.command()
def metrics() -> None:
    """Donne les mesures à Prometheus, sur une adresse à part (réglage GUICHET_METRICS_BIND)."""
    with application() as (app, settings):
        if not settings.metrics_bind:
            refuse("Dites où répondre : GUICHET_METRICS_BIND=127.0.0.1:9108, ici et pour « guichet serve ».", 2)
    from ticketing.metrics import exposing
    from ticketing.operation.stopping import told_to_stop

    try:
        exposing.serve(app, settings.metrics_bind, settings.data_dir.resolve() / METRICS, told_to_stop())
    except OSError as error:
        refuse(f"{settings.metrics_bind} ne peut pas servir : {error.strerror}.", 1)


@main.command()
@click.option(
    "--only",
    type=click.Choice(["tout", "courriels", "travaux"]),
    default="tout",
    help="Les courriels seuls, ou les autres travaux seuls : deux processus au lieu d’un.",
)
def scheduler(only: str) -> None:
    """Lance les travaux périodiques (courriels, échéances, chiffres), dans un processus à part."""
    with application() as (app, _):
        from ticketing import scheduler as pace

        refuse_old_base()
        refuse_lost_journal_key()
    pace.run_scheduler(app, only)


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


@main.group("facts", invoke_without_command=True)
@click.option("--everything", is_flag=True, help="Relit toutes les histoires, pas seulement les nouvelles.")
@click.pass_context
def facts_group(context: click.Context, everything: bool) -> None:
    """Recompte les faits et les chiffres à partir de l’histoire des tickets."""
    if context.invoked_subcommand is not None:
        return
    with application():
        from ticketing.figures import nightly

        click.echo(nightly.write_nightly(datetime.now(UTC), everything=everything))


@facts_group.command("verify")
def facts_verify() -> None:
    """Refait les faits depuis l’historique et compare : tickets, sommes et empreinte de chaque mois."""
    with application() as (_, _settings):
        from ticketing.figures.facts import verifying

        found = verifying.verify()
        if found.made_at is None:
            refuse("Aucun fait encore : « guichet jobs run facts » les compte.", 1)
        for month, signed in found.signatures:
            click.echo(f"{month}  {signed}")
        click.echo(f"{found.tickets} tickets, {found.facts} faits, comptés jusqu’au {found.made_at:%Y-%m-%d %H:%M} UTC")
        for number in found.wrong:
            click.echo(f"ticket {number} : ses faits ne sont pas ceux de son historique", err=True)
        for month in found.sums:
            click.echo(f"{month} : les sommes ne sont pas celles des faits", err=True)
        for month in found.unsigned:
            click.echo(f"{month} : les faits ne sont pas ceux qui ont été signés", err=True)
        if not found.well:
            refuse("Des faits diffèrent : « guichet facts --everything » les refait, l’historique fait foi.", 1)


@facts_group.command("export")
@click.argument("academie", metavar="ACADEMIE")
@click.option(
    "--to", "path", required=True, type=click.Path(dir_okay=False, path_type=Path), help="L’archive à écrire."
)
@click.option("--reason", required=True, help="Pourquoi : le journal le garde.")
@click.option("--period", default="tout", metavar="PERIODE", help="2025-10, annee-2025 (2025-2026) ou tout.")
@click.option("--parquet", is_flag=True, help="Parquet au lieu de CSV ; demande pyarrow.")
@click.option("--inside", is_flag=True, help="Reste dans le périmètre : au jour, établissements nommés, rien de tu.")
def facts_export(academie: str, path: Path, reason: str, period: str, parquet: bool, inside: bool) -> None:
    """Écrit les faits d’une ACADEMIE, sans nom ni numéro de ticket, avec leur dictionnaire (archive ZIP)."""
    with application():
        from ticketing.errors import Invalid
        from ticketing.figures.dashboards import Scope
        from ticketing.figures.export import writing

        form = writing.PARQUET if parquet else writing.CSV
        wanted = writing.Wanted(period, form, not inside, reason)
        try:
            with path.open("xb") as file:
                count = writing.export(Scope(f"academie:{academie}", "academie"), wanted, None, datetime.now(UTC), file)
        except FileExistsError:
            refuse(f"{path} existe déjà : donnez un autre nom.", 2)
        except Invalid as fault:
            path.unlink()
            refuse(" ".join(fault.errors.values()), 2)
        click.echo(f"{count} lignes dans {path}")


@main.command("outbox-drain")
def outbox_drain() -> None:
    """Envoie tout de suite les avis en attente."""
    with application() as (_, settings):
        from ticketing import jobs
        from ticketing.operation import maintenance, silence

        if maintenance.stopped(settings.data_dir) is not None:
            refuse("Guichet est interrompu : ce qui attend partira après « guichet maintenance off ».", 1)
        if silence.kept(settings.data_dir):
            refuse("C’est une copie restaurée : ce qui attend partira après « guichet release ».", 1)
        count = jobs.drain_outbox(datetime.now(UTC))
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
        # the mark on disk comes first, because the database may be what is down
        maintenance.stop(settings.data_dir, until=until, words=words, now=now)
        try:
            announced = announcing.works_begin(until=until, words=words, now=now)
        except SQLAlchemyError:
            refuse("Guichet est interrompu, mais la base ne répond pas : le journal ne le dit pas encore.", 1)
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
            refuse("Guichet est rétabli, mais la base ne répond pas : le journal ne le dit pas encore.", 1)
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
        f"{done.readings} consultations, {done.articles} articles retirés."
    )


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
        from charters.signing import signing
        from ticketing.operation import schema

        schema.upgrade(revision)
        click.echo(schema.current() or "")
        if schema.current() == schema.newest():
            for kind in signing.publish_shipped_charters(datetime.now(UTC)):
                click.echo(f"{signing.charter(kind).title} : version 1 publiée")


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


@db_group.command("copy")
@click.argument("source")
@click.argument("target")
def copy_database(source: str, target: str) -> None:
    """Copie la base SOURCE dans la base vide TARGET (deux adresses, sqlite:///… ou postgresql://…), et les compare.

    Guichet doit être interrompu (« guichet maintenance on »). Arrêtée, la commande se reprend, la même.
    """
    with application(database_url=target) as (_, settings):
        from sqlalchemy.exc import SQLAlchemyError

        from ticketing.backups import copying, rows
        from ticketing.operation import maintenance
        from ticketing.tickets import reindexing

        if maintenance.stopped(settings.data_dir) is None:
            refuse("Interrompez d’abord Guichet, pour que rien ne change : « guichet maintenance on ».", 1)
        try:
            done = copying.copy(source, index=reindexing.everything, tell=_tell_table)
        except (copying.CopyRefused, rows.UnknownRows) as error:
            refuse(f"La copie s’arrête : {error}.", 1)
        except SQLAlchemyError as error:
            refuse(
                f"La copie s’arrête, une base ne répond pas ({type(error).__name__}). Relancez-la : elle se reprend.", 1
            )
    click.echo(
        f"{done.tables} tables, {done.rows} lignes copiées et comparées, dont {done.resumed} d’un essai précédent. "
        "Mettez l’adresse de la copie dans GUICHET_DATABASE_URL, puis « guichet maintenance off »."
    )


def _tell_table(name: str, rows: int) -> None:
    if rows:
        click.echo(f"{name} : {rows}", err=True)


@main.command("deploy-files")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def deploy_files(folder: Path) -> None:
    """Écrit dans FOLDER de quoi installer : unités systemd, relais nginx et Apache, modèle de réglages.

    Ce qui s’y trouve déjà n’est pas remplacé.
    """
    from ticketing.operation import deployment

    try:
        for path, written in deployment.write(folder):
            click.echo(f"{path}{'' if written else ' : déjà là, laissé tel quel'}")
    except OSError as error:
        refuse(f"Le dossier {folder} ne peut pas être rempli : {error.strerror}.", 1)


@main.command()
def routes() -> None:
    """Liste les adresses de l’application : méthodes, règle, point d’entrée."""
    with application() as (app, _):
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
            methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
            click.echo(f"{methods}\t{rule.rule}\t{rule.endpoint}")
