"""`guichet doctor`: what an operator asks first when something is wrong, and from time to time when nothing is."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime

import click

from ticketing.commands.base import application, main


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Une liste JSON, pour un programme qui surveille.")
@click.option("--offline", is_flag=True, help="N’interroge ni le serveur de courriel ni l’adresse publique.")
def doctor(as_json: bool, offline: bool) -> None:
    """Examine l’installation et dit que faire ; statut 1 si quelque chose est en panne."""
    with application() as (_, settings):
        from ticketing.health import checks, findings

        found = checks.checked(settings, datetime.now(UTC), network=not offline)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(findings.lines(found)))
    sys.exit(int(findings.worst(found) is findings.Level.BROKEN))
