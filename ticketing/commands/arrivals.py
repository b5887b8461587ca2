"""The commands of the first day: people and établissements brought in from files."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ticketing.commands.base import application, known_conventions, main, refuse, refuse_old_base

if TYPE_CHECKING:
    from ticketing.arrivals.annexe import Completed
    from ticketing.arrivals.judging import Judged
    from ticketing.arrivals.reach import Reach

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@main.command("import-people")
@click.argument("file", type=_FILE)
@click.option("--dry-run", is_flag=True, help="Dit ce que chaque ligne ferait, et n’écrit rien.")
@click.option(
    "--as", "sigle", help="Sigle de l’administrateur au nom de qui la liste est importée ; le journal le dit."
)
@click.option("--academie", help="Identifiant de l’académie, sans --as (utile s’il y en a plusieurs).")
def import_people(file: Path, dry_run: bool, sigle: str | None, academie: str | None) -> None:
    """Crée les comptes et les mandats de FILE (CSV, ODS ou XLSX) : tout, ou rien et chaque faute à sa ligne.

    Colonnes : nom, prénom, société, mail, fonction (annexe 6, 2.1), puis sigle, rôle, périmètre, rattachement,
    extérieur, début, fin. La même liste deux fois ne change rien.
    """
    with application():
        from charters.errors import Refused
        from ticketing.arrivals import people

        refuse_old_base()
        now = datetime.now(UTC)
        try:
            listed = people.listed(_read(file), file.name)
            reach = _reach(sigle, academie, now)
            judged = people.judge(listed, reach, now, _Progress())
            _print(judged)
            if listed.unread:
                click.echo(f"Colonnes qui ne sont pas lues : {', '.join(listed.unread)}.", err=True)
            if judged.refused:
                refuse("Rien n’a été écrit : corrigez ces lignes, puis recommencez.", 1)
            if dry_run:
                click.echo("Essai : rien n’a été écrit.")
                return
            people.bring_in(listed, judged.digest, reach, now, _Progress())
        except (people.SheetRefused, Refused) as refused:
            refuse(getattr(refused, "sentence", str(refused)), 1)
    click.echo("Écrit." if judged.work.changes else "Tout y était déjà : rien n’a changé.")


@main.command("import-etablissements")
@click.argument("file", type=_FILE)
@click.option("--convention", "convention_id", required=True, help="Identifiant de l’accord à compléter.")
@click.option("--departement", "departements", multiple=True, help="Numéro d’un département ; tous sinon.")
@click.option("--type", "kinds", multiple=True, help="college, lycee, ecole, cite-scolaire ; sinon ceux de l’accord.")
@click.option("--prives", is_flag=True, help="Les établissements privés aussi.")
@click.option("--vers", type=click.Path(path_type=Path), help="Dossier neuf où écrire l’accord entier, complété.")
def import_etablissements(
    file: Path,
    convention_id: str,
    departements: tuple[str, ...],
    kinds: tuple[str, ...],
    prives: bool,
    vers: Path | None,
) -> None:
    """Complète les établissements d’un accord d’après l’annuaire de l’éducation (FILE, CSV, ODS ou XLSX).

    Dit ce qu’est chaque établissement, et rend « etablissements.toml » complété ; avec --vers, tout le dossier de
    l’accord, prêt pour GUICHET_CONVENTIONS_DIR. L’accord lui-même n’est pas touché : la liste en fait partie, et ne
    change qu’avec ses signataires.
    """
    from ticketing.arrivals import annexe, directory
    from ticketing.arrivals.lists import SheetRefused, read

    conventions = known_conventions()
    if convention_id not in conventions:
        raise click.BadParameter(f"dites lequel : {', '.join(conventions.ids)}", param_hint="--convention")
    convention = conventions[convention_id]
    choice = annexe.Choice(
        frozenset(kinds or annexe.usual(convention)), frozenset(map(directory.departement, departements)), prives
    )
    try:
        done = annexe.completed(convention, read(_read(file), file.name, directory.COLUMNS), choice)
    except SheetRefused as refused:
        refuse(str(refused), 1)
    _print_places(done)
    if any(one.standing is annexe.Standing.REFUSED for one in done.verdicts):
        refuse("Rien n’est rendu : corrigez ces lignes, puis recommencez.", 1)
    if vers is None:
        click.echo(done.text, nl=False)
        return
    try:
        annexe.laid(convention, done.text, vers)
    except FileExistsError:
        refuse(f"Le dossier {vers} existe déjà : donnez-en un neuf.", 1)
    click.echo(f"{vers} : l’accord, {len(done.added)} établissements de plus.")


def _print_places(done: Completed) -> None:
    """Print, beside the file itself, what each établissement is, the counts, and what the agreement asks besides."""
    from ticketing.arrivals.annexe import Standing

    for one in done.verdicts:
        if one.standing not in (Standing.ASIDE, Standing.KNOWN):
            click.echo(f"ligne {one.line} {one.standing} {one.uai} {one.name} {' '.join(one.why)}".rstrip(), err=True)
    click.echo(", ".join(f"{done.count(one)} {one}" for one in Standing) + ".", err=True)
    for fault in done.faults:
        click.echo(f"à compléter à la main : {fault}", err=True)


def _read(file: Path) -> bytes:
    from ticketing.arrivals.lists import FILE_MAX

    with file.open("rb") as stream:
        return stream.read(FILE_MAX + 1)


def _reach(sigle: str | None, academie: str | None, now: datetime) -> Reach:
    """Return in whose name the list is imported: an administrator's, or the operator's. Raises Refused."""
    from charters.days import today
    from charters.entry import sessions
    from charters.errors import NotFound, Refused
    from charters.people import accounts, presence
    from ticketing.arrivals import reach
    from ticketing.in_force import routing

    conventions = routing.router().conventions
    if sigle is None:
        known = conventions.academies
        if academie is None and len(known) == 1:
            return reach.of_operator(conventions, known[0])
        if academie not in known:
            raise Refused(f"Dites pour quelle académie : --as SIGLE, ou --academie parmi {', '.join(known)}.")
        return reach.of_operator(conventions, academie)
    try:
        account_id = accounts.account_id(sigle)
    except NotFound:
        raise Refused("Aucun compte n’a ce sigle.") from None
    if not presence.administers(account_id, today(now)):
        raise Refused("Cette personne n’est pas administratrice en activité d’une académie.")
    actor = sessions.actor_of(account_id, now=now)
    return reach.of(conventions, actor)


def _print(judged: Judged) -> None:
    """Print a line for each line that does something or is refused, then the counts."""
    from ticketing.arrivals.judging import Outcome

    for one in judged.verdicts:
        if one.outcome is Outcome.UNCHANGED:
            continue
        told = "; ".join(one.words) or " ".join(f"{column}\u00a0: {sentence}" for column, sentence in one.faults)
        refused = one.outcome is Outcome.REFUSED
        click.echo(f"ligne {one.line} {one.outcome} {one.sigle or one.name} — {told}", err=refused)
    counts = ", ".join(f"{judged.count(one)} {one}{'s' if judged.count(one) > 1 else ''}" for one in Outcome)
    click.echo(f"{len(judged.verdicts)} lignes\u00a0: {counts}.")


class _Progress:
    """Says on the standard error how far the work is, a line that grows, where a person watches."""

    def __init__(self) -> None:
        self._last = -1

    def __call__(self, what: str, done: int, most: int) -> None:
        """Show the share done, when it has grown by a hundredth."""
        share = 100 * done // max(most, 1)
        if sys.stderr.isatty() and share != self._last:
            self._last = share
            end = "\n" if done >= most else ""
            click.echo(f"\r{what}\u00a0: {done} sur {most} ({share} %){end}", nl=False, err=True)
