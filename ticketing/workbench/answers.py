"""Canned answers: words to use again, with places that a ticket fills in, and the step that they go with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from charters.database import db, writing, written_at
from charters.gate import permits
from charters.journal import audit
from charters.model import Actor
from charters.permissions import Action, perimeter
from matrix.wording import enumeration
from ticketing import model, pupils
from ticketing.errors import Invalid, Refused
from ticketing.model import Step
from ticketing.workbench import owned, placeholders
from ticketing.workbench.owned import not_another_s, side_of
from ticketing.workbench.tables import TITLE_MAX, CannedAnswer

audit.label("answer.shared", "Réponse type partagée dans la partie")
audit.label("answer.unshared", "Réponse type partagée retirée")

#: The most answers of a person, and the most that a side shares.
MOST = 60
#: Longest text of an answer: what a ticket fills in must still fit in a comment.
WORDS_MAX = 5_000
#: The steps that an answer may go with: a comment, the solution, or a question to the requester.
STEPS = (Step.COMMENT, Step.RESOLVE, Step.HOLD)


@dataclass(frozen=True, slots=True)
class Answer:
    """A canned answer as its readers see it; `shared` ones are everybody's of the side."""

    id: int
    title: str
    words: str
    step: Step
    shared: bool


def answers(actor: Actor) -> tuple[Answer, ...]:
    """Return the answers that the actor may use under this mandate: the actor's own first, each by title."""
    side = perimeter(actor).side
    rows = db.session.scalars(
        select(CannedAnswer)
        .where(
            CannedAnswer.side == side, or_(CannedAnswer.account_id == actor.account_id, CannedAnswer.shared.is_(True))
        )
        .order_by(CannedAnswer.shared, CannedAnswer.title, CannedAnswer.id)
    )
    return tuple(Answer(row.id, row.title, row.words, Step(row.step), row.shared) for row in rows)


def keep(actor: Actor, typed: Mapping[str, str], shared: bool, now: datetime) -> None:
    """Keep an answer (title, words, step) in the place of the one of this title. Raises Invalid, Refused, NotFound."""
    side = side_of(actor, shared)
    verdict = permits(actor, Action.WORK)
    if not verdict.allowed:
        raise Refused(verdict.reason)
    title, words, step = _checked(typed)
    with writing() as session:
        now = written_at(now)
        own = owned.among(CannedAnswer, actor, side, shared)
        known = session.scalars(select(CannedAnswer).where(*own, CannedAnswer.title == title)).first()
        if known is not None:
            not_another_s(actor, known.account_id, "Une réponse")
            known.words, known.step, known.at = words, step, now
        elif (session.scalar(select(func.count()).select_from(CannedAnswer).where(*own)) or 0) >= MOST:
            raise Invalid({"title": f"{MOST} réponses types sont déjà gardées : retirez-en une d’abord."})
        else:
            row = CannedAnswer(side=side, account_id=actor.account_id, shared=shared, title=title, words=words, at=now)
            row.step = step
            session.add(row)
        if shared:
            audit.record("answer.shared", actor=actor, subject=side, now=now)


def remove(actor: Actor, answer_id: int, now: datetime) -> None:
    """Remove an answer: one's own, or a shared one of one's side if one may share. Raises NotFound or Refused."""
    owned.remove(CannedAnswer, answer_id, "answer.unshared", actor, now)


def _checked(typed: Mapping[str, str]) -> tuple[str, str, str]:
    errors = {}
    title, words = model.clean_line(typed.get("title", "")), model.clean_text(typed.get("words", ""))
    if not title or len(title) > TITLE_MAX:
        errors["title"] = f"Donnez un titre à cette réponse, de {TITLE_MAX} caractères au plus."
    if not words or len(words) > WORDS_MAX:
        errors["words"] = f"Écrivez la réponse, de {WORDS_MAX} caractères au plus."
    elif found := pupils.found((title, words)):
        errors["words"] = f"Cette réponse semble contenir {enumeration(found.signs)} : ôtez-le, elle sert à d’autres."
    elif strange := placeholders.unknown(words):
        errors["words"] = f"Rien ne remplit {', '.join(strange)} : voyez la liste sous le texte."
    step = typed.get("step", "")
    if step not in STEPS:
        errors["step"] = "Choisissez avec quelle étape elle va."
    if errors:
        raise Invalid(errors)
    return title, words, step
