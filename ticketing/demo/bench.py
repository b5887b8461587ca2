"""What the invented technicians keep for their daily work: views and answers, some shared by their référent."""

from __future__ import annotations

from datetime import datetime

from ticketing.demo.cast import actor
from ticketing.workbench import answers, views

#: Sigle -> title, filters, whether it is shared inside the side.
_VIEWS = {
    "d1.ref": (
        ("À prendre ce matin", "etat=nouveaux&tri=anciens", True),
        ("Chez un fournisseur", "etat=en-attente&attend=fournisseur&col=etablissement.agent.change", True),
    ),
    "d1.agent": (("Desaix", "college=desaix-tarbes", False), ("Les miens", "miens=1", False)),
    "a.admin": (("En retard", "etat=en-retard", True),),
}
#: Sigle -> title, words, step, whether it is shared inside the side.
_ANSWERS = {
    "d1.ref": (
        (
            "Passage prévu",
            "Bonjour {demandeur}, nous passons à {établissement} cette semaine.",
            "comment",
            True,
        ),
        ("Redémarrage", "Bonjour {demandeur}, le poste a été redémarré à distance : tout fonctionne.", "resolve", True),
        ("Numéro d’inventaire", "Quel est le numéro d’inventaire collé sur l’appareil ?", "hold", True),
    ),
    "d1.agent": (("Merci", "Merci, c’est noté pour le ticket n° {numéro}. {moi}", "comment", False),),
}


def play(now: datetime) -> None:
    """Keep views and answers in the current application's database, where the cast must already be."""
    for sigle, kept in _VIEWS.items():
        for title, filters, shared in kept:
            views.keep(actor(sigle), title, filters, shared, now)
    for sigle, said in _ANSWERS.items():
        for title, words, step, shared in said:
            answers.keep(actor(sigle), {"title": title, "words": words, "step": step}, shared, now)
