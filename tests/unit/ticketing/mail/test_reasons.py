"""An administrator reads in plain French why a mail did not arrive."""

from __future__ import annotations

import pytest

from ticketing.mail import undelivered
from ticketing.mail.sending.reasons import plain


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("550 5.1.1 <x@y.example>: Recipient address rejected: User unknown in virtual mailbox table", "n’existe pas"),
        ("550 Inconnu", "n’existe pas"),
        ("552 5.2.2 Mailbox full", "pleine"),
        ("452 4.2.2 Over quota", "pleine"),
        ("550 5.7.1 Message rejected as spam", "refuse les courriels"),
        ("554 policy", "refuse les courriels"),
        ("451 4.7.1 Greylisted, try again later", "demande d’attendre"),
        ("Serveur de courriel injoignable : [Errno 111] Connection refused", "ne répond pas"),
        ("Connexion coupée : Server not connected", "coupé la connexion"),
        ("Adresse impossible : 'é'", "valable"),
        (undelivered.STOPPED, "plus rien n’y part"),
        ("???", "n’a pas pu être remis"),
        ("", "Aucun essai"),
    ],
)
def test_the_answer_of_a_server_is_said_in_plain_words(answer: str, words: str) -> None:
    assert words in plain(answer)
