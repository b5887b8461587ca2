"""The commands about access: check the journal, create the first administrator, import keys, re-encrypt secrets."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from ticketing.commands.base import application, known_conventions, main, refuse, refuse_old_base


@main.group("audit")
def audit_group() -> None:
    """Le journal."""


@audit_group.command()
@click.option("--since", type=click.IntRange(min=0), help="Numéro d’une ligne dont l’empreinte a été gardée ailleurs.")
@click.option("--print", "kept", help="L’empreinte de cette ligne : le message quotidien donne les deux.")
def verify(since: int | None, kept: str | None) -> None:
    """Vérifie la chaîne du journal ; nomme la première ligne fautive et sort en 1.

    Avec --since et --print, vérifie aussi qu’une ligne a l’empreinte gardée hors de la base : une fin coupée avec le
    bout du journal, ou un journal récrit d’un bout à l’autre, ne se voient pas autrement.
    """
    if (since is None) != (kept is None):
        raise click.UsageError("--since et --print vont ensemble.")
    if kept is not None and not re.fullmatch(r"[0-9a-fA-F]{64}", kept.strip()):
        raise click.BadParameter("une empreinte compte 64 chiffres ou lettres de a à f", param_hint="--print")
    with application():
        from charters.journal.audit import Anchor
        from charters.journal.keyring import KeyMissing
        from ticketing.oversight import verification

        try:
            found = verification.verify(None if since is None or kept is None else Anchor(since, kept.strip().lower()))
        except KeyMissing:
            refuse(_UNREADABLE, 1)
    if not found.ok:
        click.echo(f"ligne {found.first_bad} : {found.reason}", err=True)
        sys.exit(1)
    click.echo(f"journal intact : {found.lines} lignes")


_UNREADABLE = "Le fichier de la clé du journal ne se lit pas : remettez-le (GUICHET_JOURNAL_KEY_FILE)."


@audit_group.command("rotate-key")
def rotate_journal_key() -> None:
    """Signe le journal d’une clé neuve, à partir de sa prochaine ligne. Les clés d’avant restent dans le fichier."""
    with application():
        from charters.errors import Refused
        from charters.journal import keeping, keyring

        try:
            number = keeping.rotate(datetime.now(UTC))
        except Refused as refused:
            refuse(refused.sentence, 1)
        path = keyring.file()
    click.echo(f"Clé neuve à partir de la ligne {number}. Sauvegardez maintenant {path}, à part de la base.")


@audit_group.command()
@click.option("--reason", required=True, help="Pourquoi : la sauvegarde restaurée, la clé perdue… Écrit au journal.")
def accept(reason: str) -> None:
    """Repart du journal tel qu’il est, après une restauration ou la perte de sa clé ; le journal en garde une ligne.

    À ne faire qu’après avoir compris ce que dit « guichet audit verify » : ce qui manque manquera.
    """
    with application():
        from charters.journal import keeping
        from charters.journal.keyring import KeyMissing
        from ticketing.oversight import verification

        try:
            said = verification.verify()
            found = "rien" if said.ok else f"ligne {said.first_bad} : {said.reason}"
        except KeyMissing:
            found = "la clé ne se lit pas"
        last = keeping.accept(f"{reason.strip()} ({found})", datetime.now(UTC))
    click.echo(f"Le journal repart après la ligne {last}. Trouvé : {found}.")


@main.command("create-admin")
@click.option("--academie", help="Identifiant de l’académie (utile s’il y en a plusieurs).")
@click.option("--sigle", help="Ce qui sert à se connecter, par exemple p.durand.")
@click.option("--nom")
@click.option("--prenom")
@click.option("--societe", help="L’employeur : l’académie.")
@click.option("--mail")
@click.option("--fonction")
@click.option("--de-secours", is_flag=True, help="En créer un autre, quand les administrateurs ont perdu leur clé.")
def create_admin(academie: str | None, de_secours: bool, **typed: str | None) -> None:
    """Crée le premier administrateur de l’académie : son compte, son mandat et le lien qui active sa clé.

    Ce qui n’est pas donné en option est demandé. Les cinq informations de l’annexe 6 (2.1) sont toutes voulues. Le lien
    s’affiche une seule fois : transmettez-le à cette personne et à personne d’autre.
    """
    with application() as (_, settings):
        from charters.errors import Invalid
        from charters.keys import founding
        from charters.people.accounts import AccountForm

        refuse_old_base()
        house, now = _academie(academie), datetime.now(UTC)
        if not de_secours and (sigles := founding.administrators(house, now)):
            refuse(_THERE.format(", ".join(sigles)), 1)
        given = {name: _asked(name, typed[name]) for name in _QUESTIONS}
        names = {english: given[french] for french, english in _FIELDS.items()}
        try:
            token = founding.found_administrator(AccountForm(**names, organisation=house, external=False), now=now)
        except Invalid as invalid:
            for sentence in invalid.errors.values():
                click.echo(sentence, err=True)
            refuse("Aucun compte n’a été créé.", 1)
    click.echo("Compte créé. Ouvrez ce lien dans un navigateur pour choisir le code PIN et activer la clé.")
    click.echo(f"Il sert une fois, pendant sept jours :\n{settings.base_url}/cle/{token}")


_QUESTIONS = {
    "nom": "Nom",
    "prenom": "Prénom",
    "societe": "Employeur (l’académie)",
    "mail": "Adresse mail",
    "fonction": "Fonction",
    "sigle": "Sigle, pour se connecter (p.durand)",
}
_FIELDS = {
    "sigle": "sigle",
    "nom": "last_name",
    "prenom": "first_name",
    "societe": "company",
    "mail": "email",
    "fonction": "function",
}
_THERE = (
    "Cette académie a déjà qui l’administre ({}) : connectez-vous et créez les autres comptes à l’écran. Si plus aucun "
    "de ces administrateurs n’a sa clé, recommencez avec --de-secours. Aucun compte n’a été créé."
)


def _asked(name: str, given: str | None) -> str:
    """Return what the option gives; else ask for it where somebody can answer."""
    if given is not None or not _answered():
        return given or ""
    return str(click.prompt(_QUESTIONS[name]))


def _answered() -> bool:
    """Whether somebody can answer a question."""
    return sys.stdin.isatty()


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
        from charters.keys import stock
        from charters.keys.seedfile import MAX_BYTES
        from charters.keys.supplied_key import Faulty

        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        secret = secret_file.read_text("utf-8").strip() if secret_file else ""
        if not secret and b"EncryptionKey" in content and sys.stdin.isatty():
            secret = click.prompt("Clé ou mot de passe du fournisseur", hide_input=True)
        try:
            count = stock.import_file(
                content, file.name, academie=_academie(academie), secret=secret, actor=None, now=datetime.now(UTC)
            )
        except Faulty as faulty:
            for fault in faulty.faults:
                click.echo(str(fault), err=True)
            refuse("Rien n’a été importé.", 1)
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
        refuse(f"{len(done.unreadable)} secrets qu’aucune des clés n’ouvre : {names}. Gardez les anciennes clés.", 1)


def _academie(wanted: str | None) -> str:
    """Return the académie named on the command line, else the only one that the agreements know."""
    known = known_conventions().academies
    if wanted is None and len(known) == 1:
        return known[0]
    if wanted not in known:
        raise click.BadParameter(f"dites laquelle : {', '.join(known)}", param_hint="--academie")
    return wanted
