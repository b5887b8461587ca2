"""The commands of incoming mail: the pipe of a mail server, a replay, the health of boxes.

`mail-in` has two ends only: 0 once the mail is kept, and 75 (EX_TEMPFAIL), which tells the mail server to keep it and
try again. Any other status would make it send the mail back to its author.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ticketing.commands.base import application, main, refuse

if TYPE_CHECKING:
    from ticketing.mail.incoming.outcomes import Outcome

KEEP_IT = 75


class _Pipe(click.Command):
    """A command whose wrong arguments, too, leave the mail with the mail server."""

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        try:
            return super().make_context(*args, **more)
        except click.UsageError as error:
            _leave_it(error.format_message())


@main.command("mail-in", cls=_Pipe)
@click.option("--box", default="mail-in", show_default=True, help="Nom de la boîte où le courriel est arrivé.")
def mail_in(box: str) -> None:
    """Reçoit un courriel sur l’entrée standard (tuyau d’un serveur de messagerie).

    Affiche une ligne JSON : state, ticket, kind, reason. Statut 0 dès que le courriel est gardé, même s’il reste à
    traiter ; 75 sinon, pour que le serveur de messagerie le garde et le présente de nouveau.
    """
    try:
        said = _received(box)
    except SystemExit as end:  # `application` refused, and has said why
        sys.exit(KEEP_IT if end.code else 0)
    except BaseException as failure:  # whatever it is: the mail must stay where it is
        _leave_it(f"{type(failure).__name__}")
    click.echo(json.dumps(said, ensure_ascii=False))
    if said["state"] == "refused":
        sys.exit(KEEP_IT)


def _received(box: str) -> dict[str, Any]:
    """Keep the mail of the standard input and take it in; return what is printed of it."""
    from ticketing.mail.incoming import boxes, store
    from ticketing.mail.incoming.fetching import too_large

    if not boxes.NAME.fullmatch(box):
        _leave_it(f"« {box} » n’est pas un nom de boîte : lettres, chiffres, points et tirets, quarante au plus.")
    raw, size = _standard_input(store.LARGEST)
    with application() as (_, settings):
        from ticketing.correspondence import taking_in
        from ticketing.operation import maintenance

        if maintenance.stopped(settings.data_dir) is not None:
            _leave_it("Guichet est interrompu.")
        now = datetime.now(UTC)
        if size > store.LARGEST:
            # A mail that can never fit still waits on the mail server, which tells its author when it gives up; its
            # beginning is set aside here meanwhile, so that an administrator can tell the author sooner.
            reason = too_large(size, "la file du serveur de messagerie, qui préviendra son expéditeur")
            begun = store.keep_beginning(raw, size, box, reason, now)
            with suppress(Exception):  # else the scheduler sets it aside
                taking_in.take_in(begun.id, now)
            return _said("refused", None, "refused", reason)
        kept = store.keep(raw, box, now)
        try:
            outcome = taking_in.take_in(kept.id, now)
        except Exception as failure:  # it is kept: the scheduler takes it in when what fails is over
            click.echo(f"gardé, à traiter plus tard : {type(failure).__name__}", err=True)
            return _said("received", None, "", "Gardé ; il sera traité plus tard.")
    return _of(outcome)


def _standard_input(largest: int) -> tuple[bytes, int]:
    """Return the mail, or its first `largest` bytes and one, and its whole size. It is read to its end in any case."""
    from ticketing.mail.incoming.store import BEGINNING

    raw = sys.stdin.buffer.read(largest + 1)
    size = len(raw)
    if size > largest:
        raw = raw[:BEGINNING]
        while more := sys.stdin.buffer.read(1_000_000):  # so that the mail server sees no broken pipe
            size += len(more)
    return raw, size


@main.command("mail-replay")
@click.argument("mails", nargs=-1, type=int)
@click.option("--quarantined", is_flag=True, help="Rejoue tout ce qui est en quarantaine.")
def mail_replay(mails: tuple[int, ...], quarantined: bool) -> None:
    """Traite de nouveau des courriels mis à part, par leurs numéros ; une ligne JSON pour chacun.

    Ce qui a déjà agi n’agit pas deux fois.
    """
    if not mails and not quarantined:
        raise click.UsageError("donnez des numéros de courriels, ou --quarantined")
    with application():
        from ticketing.correspondence import replaying
        from ticketing.errors import NotFound

        failed = False
        for number in dict.fromkeys([*mails, *(replaying.quarantined() if quarantined else ())]):
            try:
                said = _of(replaying.replay(number, datetime.now(UTC)))
            except NotFound:
                said = _said("", None, "", "Aucun courriel de ce numéro ne peut être rejoué.")
                failed = True
            click.echo(json.dumps({"mail": number, **said}, ensure_ascii=False))
    sys.exit(int(failed))


@main.command("mail-health")
def mail_health() -> None:
    """Dit en JSON l’état des boîtes, de ce qui attend et de ce qui est mis à part ; statut 1 en cas d’alarme."""
    with application() as (_, settings):
        from ticketing.correspondence import watching
        from ticketing.mail.incoming import boxes

        found = watching.health(boxes.read(settings.mailbox), datetime.now(UTC)).as_json()
    click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    sys.exit(int(found["alarm"]))


def _of(outcome: Outcome | None) -> dict[str, Any]:
    if outcome is None:
        return _said("received", None, "", "")
    return _said(outcome.state, outcome.ticket, outcome.kind, outcome.reason)


def _said(state: str, ticket: int | None, kind: str, reason: str) -> dict[str, Any]:
    return {"state": state, "ticket": ticket, "kind": kind, "reason": reason}


def _leave_it(sentence: str) -> NoReturn:
    refuse(sentence, KEEP_IT)
