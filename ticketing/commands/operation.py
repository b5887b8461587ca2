"""The operator's commands: server, scheduler, jobs, mails, maintenance, database, purge and list of addresses."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import click

from ticketing.commands.base import application, main, refuse, refuse_lost_journal_key, refuse_old_base


@main.command()
@click.option("--bind", help="adresse:port d’écoute (réglage GUICHET_BIND).")
@click.option("--workers", type=click.IntRange(1, 64), help="Nombre de processus (réglage GUICHET_WORKERS).")
def serve(bind: str | None, workers: int | None) -> None:
    """Sert l’application (gunicorn). Le mode de débogage n’y est jamais actif."""
    with application(bind=bind, workers=workers) as (app, settings):
        from ticketing.app import server_limits_of
        from ticketing.operation.server import Server, is_taken

        refuse_old_base()
        refuse_lost_journal_key()
        if is_taken(settings.bind):
            refuse(f"{settings.bind} est déjà pris : arrêtez ce qui l’occupe, ou changez de port.", 1)
        if not settings.pin_required:
            app.logger.warning("GUICHET_PIN_REQUIRED=0 : le code de la clé suffit à se connecter")
    sys.argv[1:] = []  # gunicorn would read the arguments of `guichet` as its own
    Server(app, settings.bind, settings.workers, server_limits_of(settings)).run()


@main.command()
def scheduler() -> None:
    """Lance les travaux périodiques (courriels, échéances, chiffres), dans un processus à part."""
    with application() as (app, _):
        from ticketing import jobs

        refuse_old_base()
        refuse_lost_journal_key()
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
        from ticketing import jobs
        from ticketing.operation import maintenance

        if maintenance.stopped(settings.data_dir) is not None:
            refuse("Guichet est interrompu : ce qui attend partira après « guichet maintenance off ».", 1)
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


@main.command()
def routes() -> None:
    """Liste les adresses de l’application : méthodes, règle, point d’entrée."""
    with application() as (app, _):
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
            methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
            click.echo(f"{methods}\t{rule.rule}\t{rule.endpoint}")
