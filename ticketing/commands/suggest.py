"""`guichet suggest`: what texts are about, at the command line; no database is read."""

from __future__ import annotations

import sys

import click

from ticketing.commands.base import main


@main.command()
@click.option(
    "--limit",
    type=click.IntRange(1, 69),
    default=3,
    show_default=True,
    help="Le nombre de sujets proposés pour chaque texte.",
)
def suggest(limit: int) -> None:
    """Propose des sujets : un texte par ligne (JSON) en entrée, ses sujets par ligne en sortie, le meilleur d’abord.

    Chaque ligne porte « id » et « text » ; la réponse porte « id » et « suggestions », un service au plus une fois.
    """
    from matrix.suggestions import shipped
    from matrix.suggestions.stream import suggest_stream

    sys.exit(suggest_stream(sys.stdin.buffer, sys.stdout.buffer, shipped(), limit))
