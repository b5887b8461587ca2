"""The commands of the demonstration: its data, codes and reference distribution. They are refused in service."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ticketing.commands.base import application, main, refuse

if TYPE_CHECKING:
    from config import Settings


@main.command()
@click.argument("sigle")
def otp(sigle: str) -> None:
    """Donne le code du moment de la clé de SIGLE (démonstration seulement)."""
    with application(demo=_demonstration_here() or None) as (_, settings):
        _demo_only(settings)
        from charters.keys import keys
        from ticketing.errors import NotFound

        try:
            click.echo(keys.current_code(sigle, datetime.now(UTC)))
        except NotFound:
            refuse(f"Aucune clé active au sigle {sigle}.", 1)


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


def _demonstration_here() -> bool:
    """Whether nothing is configured and `./run demo` was run in this folder: commands then use that demonstration."""
    configured = any(name.startswith("GUICHET_") for name in os.environ)
    return not configured and Path("var/demo-ready").exists()


def _demo_only(settings: Settings) -> None:
    if not settings.demo:
        refuse("Refusé : cette commande ne sert qu’en démonstration (GUICHET_DEMO=1).", 2)
