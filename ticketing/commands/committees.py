"""`guichet committee-pack`: the dossier of an agreement's committee for a school year, written into a folder."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ticketing.commands.base import application, main, refuse

if TYPE_CHECKING:
    from ticketing.committees.content import Pack


@main.command("committee-pack")
@click.argument("agreement", metavar="ACCORD")
@click.option("--year", required=True, metavar="2025-2026", help="L’année scolaire.")
@click.option(
    "--to", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="Le dossier où écrire."
)
@click.option("--academie", default="", help="L’académie, si l’accord en couvre plusieurs.")
@click.option("--party", default="", metavar="ORGANISATION", help="Le dossier d’une partie, et non le dossier entier.")
@click.option(
    "--meeting", default="", metavar="AAAA-MM-JJ", help="Le jour de la réunion, d’où se compte la convocation."
)
@click.option(
    "--everything", is_flag=True, help="Pour l’académie seule : compte aussi les groupes de moins de 5 personnes."
)
@click.option("--no-pdf", is_flag=True, help="Sans le PDF, qui veut des bibliothèques de plus.")
def committee_pack(agreement: str, year: str, folder: Path, **given: Any) -> None:
    """Écrit le dossier du comité d’un ACCORD : PDF balisé, classeurs XLSX et ODS, fichiers CSV.

    Les mêmes données donnent les mêmes fichiers, à l’octet près. L’empreinte imprimée le montre.
    """
    from ticketing.committees import assembling
    from ticketing.errors import NotFound
    from ticketing.in_force import routing

    try:
        period = assembling.year(year)
    except ValueError:
        raise click.BadParameter("donnez une année scolaire, par exemple 2025-2026", param_hint="--year") from None
    with application():
        conventions = routing.router().conventions
        if agreement not in conventions:
            raise click.BadParameter(f"aucun accord ne s’appelle {agreement}", param_hint="ACCORD")
        known = assembling.academies(conventions, agreement)
        academie = given["academie"]
        if not academie and len(known) != 1:
            refuse(f"Dites de quelle académie, par --academie : {', '.join(known)}.", 2)
        whose = (given["party"], _day(given["meeting"]), given["everything"])
        wanted = assembling.Wanted(agreement, academie or known[0], period, *whose)
        try:
            pack = assembling.make(wanted, (), lambda said: click.echo(said, err=True))
        except NotFound:
            refuse("Cette académie, ou cette partie, n’est pas de cet accord.", 2)
        except assembling.NotReady as fault:
            refuse(str(fault), 1)
        count = _write(folder, pack, paper=not given["no_pdf"])
        click.echo(f"{count} fichiers dans {folder} ; empreinte des données : {pack.digest}")


def _write(folder: Path, pack: Pack, *, paper: bool) -> int:
    """Write the files of a pack and return how many; end the command where one cannot be written."""
    from ticketing.committees import files
    from ticketing.documents import pdf
    from ticketing.web.committees import document

    written = {
        f"{pack.name}.xlsx": files.xlsx(pack),
        f"{pack.name}.ods": files.ods(pack),
        **{f"{pack.name}/{name}": body for name, body in files.csv_files(pack)},
    }
    if paper:
        try:
            written[f"{pack.name}.pdf"] = document.made(pack)
        except pdf.Unavailable:
            refuse(f"Le PDF ne peut pas être fait : {pdf.INSTALL}. Ou passez-vous-en : --no-pdf.", 1)
        except pdf.Busy:
            refuse("Le PDF a pris trop de temps : recommencez, ou passez-vous-en par --no-pdf.", 1)
    for name, body in written.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        except OSError as error:
            refuse(f"{path} ne peut pas être écrit : {error.strerror}.", 1)
    return len(written)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise click.BadParameter("donnez un jour, par exemple 2026-11-18", param_hint="--meeting") from None
