"""`guichet route` and `guichet matrix`: the routing rules at the command line. The database is read only on request."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from ticketing.commands.base import application, known_conventions, main, read_conventions, refuse

if TYPE_CHECKING:
    from io import BufferedIOBase

    from matrix import Conventions


@main.command()
def route() -> None:
    """Oriente des demandes : une par ligne (JSON) en entrée, une décision par ligne en sortie."""
    from matrix.commands import route_stream

    conventions = known_conventions()
    lines = cast("BufferedIOBase", sys.stdin.buffer)  # typeshed declares a wider type
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
    from ticketing.documents.pdf_text import pdf_text

    conventions = known_conventions()
    _must_be_known(conventions, convention)
    commands.show(conventions, convention, form, sys.stdout)
    absent = commands.missing_quotes(conventions, [convention], sources, pdf_text) if sources else []
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
            told = compare.told(known_conventions(), a, b, form, everything, now)
    except compare.Refusal as refusal:
        raise click.BadParameter(str(refusal), param_hint=refusal.field) from None
    sys.stdout.write(told)


@matrix_group.command()
@click.argument("convention")
@click.option("--year", type=click.IntRange(2000, 2100), help="Année scolaire, par l’année où elle commence.")
def obligations(convention: str, year: int | None) -> None:
    """Affiche les obligations de CONVENTION dans une année scolaire : jour, qui doit, quoi, règle et clauses.

    Lit les fichiers seulement : une fin d’accord enregistrée et les jours saisis à l’écran n’y sont pas.
    """
    from matrix import commands
    from matrix.obligations import school_year
    from matrix.router import PARIS

    conventions = known_conventions()
    _must_be_known(conventions, convention)
    chosen = school_year(datetime.now(PARIS).date()) if year is None else year
    commands.obligations(conventions, convention, chosen, sys.stdout)


@matrix_group.command("lint")
@click.argument("convention", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option(
    "--sources",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Dossier des textes signés : chaque citation y est recherchée mot pour mot, et chaque phrase y est lue.",
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
    from matrix.checks import Against, lint, reports, unreadable, write_inventories
    from matrix.router import PARIS
    from ticketing.documents.pdf_text import pdf_text

    day = on.date() if on else datetime.now(PARIS).date()
    write = reports.as_json if form == "json" else reports.as_text
    try:
        conventions = read_conventions()
    except ConventionError as error:
        write(unreadable(error, day), sys.stdout)
        sys.exit(1)
    if convention is not None:
        _must_be_known(conventions, convention)
    among = [convention] if convention is not None else list(conventions.ids)
    if write_inventory:
        try:
            for path in write_inventories(conventions, among):
                click.echo(f"écrit : {path}")
        except OSError as error:
            refuse(f"L’inventaire n’a pas pu être écrit : {error}", 1)
        return
    report = lint(conventions, among, on=day, against=Against(sources=sources, pdf_text=pdf_text))
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
        refuse(f"Le fichier n’a pas pu être écrit : {error}", 1)
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
        refuse(str(refused), 2)
    except OSError as error:
        refuse(f"Le fichier n’a pas pu être lu : {error}", 2)
    differences = compared(reading, conventions)
    if form == "json":
        click.echo(reports.as_json(reading, differences))
    else:
        click.echo("\n".join(reports.as_text(reading, differences)))
    sys.exit(0 if reading.ready else 1)


def _must_be_known(conventions: Conventions, convention: str) -> None:
    if convention not in conventions:
        known = ", ".join(conventions.ids)
        raise click.BadParameter(f"accord inconnu ; il y a : {known}", param_hint="CONVENTION")


def _matrix_of(convention: str, amended: bool) -> Conventions:
    """Return the agreements of the files, or those of the database if `amended`; CONVENTION must be one of them."""
    if amended:
        with application():
            from ticketing.in_force import routing

            conventions = routing.router().conventions
    else:
        conventions = known_conventions()
    _must_be_known(conventions, convention)
    return conventions
