"""The operator's commands on backups: make one, bring one back, let the mails of a restored copy leave."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from ticketing.commands.base import application, main, refuse


@main.command()
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Dossier (réglage GUICHET_BACKUP_DIR).")
@click.option("--keep", type=click.IntRange(1, 1000), help="Combien en garder (réglage GUICHET_BACKUP_KEEP).")
@click.option("--key", help="Pour qui chiffrer : age1…, ou une clé que gpg connaît (réglage GUICHET_BACKUP_KEY).")
def backup(folder: Path | None, keep: int | None, key: str | None) -> None:
    """Sauvegarde tout, pendant que Guichet tourne : la base et les fichiers, en un seul fichier, relu aussitôt."""
    with application(backup_dir=folder, backup_keep=keep, backup_key=key) as (_, settings):
        from ticketing.backups import saving, sealing

        if settings.backup_dir is None:
            refuse("Dites où sauvegarder : --to DOSSIER, ou le réglage GUICHET_BACKUP_DIR.", 2)
        try:
            saved = saving.save(
                settings.backup_dir,
                data=settings.data_dir.resolve(),
                key=settings.backup_key,
                keep=settings.backup_keep,
                now=datetime.now(UTC),
            )
        except (saving.BackupFailed, sealing.SealingFailed) as error:
            refuse(f"Aucune sauvegarde n’a été faite : {error}.", 1)
    held = saved.contents
    click.echo(f"{saved.path}")
    click.echo(f"{held.rows} lignes, {len(held.files)} fichiers, {saved.size / 1e6:.1f} Mo, relue.")
    if held.gone:
        click.echo(f"{len(held.gone)} fichiers effacés pendant la sauvegarde : {', '.join(held.gone[:5])}…")
    if saved.removed:
        click.echo(f"{len(saved.removed)} sauvegardes anciennes effacées.")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--identity",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Fichier de la clé privée d’age, pour une sauvegarde chiffrée.",
)
def restore(file: Path, identity: Path | None) -> None:
    """Restaure FILE dans une base vide et un dossier vide. La copie se tait jusqu’à « guichet release »."""
    with application() as (_, settings):
        from ticketing.backups import archive, restoring, rows, sealing
        from ticketing.tickets import reindexing

        try:
            restored = restoring.restore(
                file,
                data=settings.data_dir.resolve(),
                identity=identity,
                index=reindexing.everything,
                now=datetime.now(UTC),
            )
        except restoring.RestoreRefused as error:
            refuse(f"Rien n’a été restauré : {error}.", 1)
        except (archive.BadArchive, sealing.SealingFailed, rows.UnknownRows) as error:
            refuse(f"La restauration s’arrête : {error}. N’employez pas ce qui en est restauré.", 1)
    held = restored.contents
    click.echo(f"Sauvegarde du {restored.at} : {held.rows} lignes et {len(held.files)} fichiers restaurés et vérifiés.")
    click.echo("Aucun courriel ne part de cette copie et aucun n’y est relevé : « guichet release » le permet.")


@main.command()
@click.option("--everything", is_flag=True, required=True, help="Tout : tables, fichiers, décisions, journal.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export(everything: bool, folder: Path) -> None:
    """Écrit dans FOLDER, neuf, tout ce que contient Guichet (JSON, CSV, fichiers), avec de quoi le vérifier.

    C’est ce qu’on emporte pour changer d’outil. Les secrets et les sessions restent. Le journal le dit.
    """
    with application() as (_, settings):
        from ticketing.backups import exporting

        try:
            done = exporting.export(folder, files=settings.data_dir.resolve() / "files", now=datetime.now(UTC))
        except exporting.ExportRefused as error:
            refuse(f"Rien n’a été exporté : {error}.", 1)
        except OSError as error:
            refuse(f"L’export s’arrête : {error.strerror}. N’employez pas ce qui en est écrit.", 1)
    gone = f" ({done.gone} effacés entre-temps)" if done.gone else ""
    click.echo(f"{done.tables} tables, {done.rows} lignes, {done.files} fichiers{gone}.")
    click.echo(f"Vérifier : python3 {folder}/verifier.py")


@main.command()
def release() -> None:
    """Permet aux courriels de partir d’une copie restaurée, et d’y être relevés : elle devient le service."""
    with application() as (_, settings):
        from ticketing.operation import silence

        released = silence.end(settings.data_dir)
    click.echo("Les courriels partent." if released else "Cette installation n’est pas une copie qui se tait.")
