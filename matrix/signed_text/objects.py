"""The objects of the vocabulary that a sentence names: its services, by the words of their labels. Pure.

A label gives several names: what stands before its brackets or colon, and each thing listed there (« Service de
sécurisation pédagogique (filtrage, pare-feu) »). A name is found where all its words are in the sentence, in any
number and with or without accents; words that many labels share say nothing alone. `EVERYDAY` adds the words that
texts use for a family of services (« serveurs », « débit internet »).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from matrix.french import forms, is_stop_word
from matrix.french import words as all_words
from matrix.model import Vocabulary
from matrix.signed_text.activities import plain

#: Words of labels that do not tell an object: activities, and what any service has.
_EMPTY_WORDS = """
    service services mise disposition ajout remplacement elaboration gestion hors appl autres autre type installes
    etc"""
_EMPTY = frozenset(_EMPTY_WORDS.split())
#: Words that tell an object beside another word only: « réseau pédagogique », and not « un réseau d'experts ».
_WEAK_WORDS = """
    academique academiques reseau reseaux site sites liste notes note eleves structures classes charge
    direction publication communication compte comptes options systeme systemes pose etablissement chef adjoint agent
    comptable gestionnaire base bases usage usages utilisateur utilisateurs administratif administratifs administrative
    administratives pedagogique pedagogiques numerique numeriques catalogue interne fixe fixes mobile mobiles
    physique specifiques supplementaires matiere client appl nationale education prive prives instantanee asynchrone
    editeurs operateur equipe equipes equipements installation installations diffusion travail
    degradation donnees donnee nomades outil outils protection complementaires communaute educative membres acces
    experimentations pret logistique financiere documentaire recherche usages qualite continuite
    emploi temps texte supervises correctifs patch boites boite"""
_WEAK = frozenset(_WEAK_WORDS.split())
#: Words that have the stem of an object and are none.
_OTHER_WORDS = frozenset({"equipe", "equipes", "posta", "postal", "postale", "poster"})

#: Words of texts for services that their labels do not name so; each is a name like those of the labels.
EVERYDAY: Mapping[str, tuple[str, ...]] = {
    "applications métiers": ("gestion-financiere", "gestion-eleves", "structures-services", "restauration-en"),
    "applications administratives": ("gestion-financiere", "gestion-eleves", "structures-services", "restauration-en"),
    "services administratifs": ("gestion-financiere", "gestion-eleves", "structures-services", "restauration-en"),
    "applications nationales": ("logiciels-nationaux",),
    "applications": ("logiciels-pedagogiques", "applications-tablettes"),
    "logiciels": ("logiciels-pedagogiques", "logiciels-administratifs"),
    "socle applicatif": ("socle-pedagogique",),
    "socle commun": ("socle-pedagogique",),
    "serveur": ("hebergement-interne",),
    "infrastructure": ("infrastructure-reseau",),
    "architecture informatique": ("infrastructure-reseau",),
    "architectures": ("infrastructure-reseau",),
    "réseau": ("infrastructure-reseau",),
    "câbles": ("infrastructure-reseau",),
    "éléments actifs": ("infrastructure-reseau",),
    "réseau informatique": ("infrastructure-reseau",),
    "réseau pédagogique": ("acces-reseau-pedagogique",),
    "réseau administratif": ("acces-reseau-administratif",),
    "wifi": ("infrastructure-reseau",),
    "accès à internet": ("raccordement-internet",),
    "débit internet": ("raccordement-internet",),
    "abonnements internet": ("raccordement-internet",),
    "très haut débit": ("raccordement-internet",),
    "thd": ("raccordement-internet",),
    "fibre": ("raccordement-internet",),
    "sécurité": ("securisation-administratif", "securisation-pedagogique"),
    "pare-feu": ("securisation-administratif", "securisation-pedagogique"),
    "filtrage": ("filtrage-internet",),
    "équipement": ("equipement-bureautique",),
    "matériel": ("equipement-bureautique", "materiels-administratifs", "materiels-pedagogiques"),
    "poste": ("equipement-bureautique",),
    "ordinateur": ("equipement-bureautique",),
    "parc": ("inventaire",),
    "imprimante": ("equipement-bureautique", "peripheriques"),
    "comptes": ("comptes-utilisateurs",),
    "identités": ("comptes-utilisateurs",),
    "mots de passe": ("comptes-utilisateurs",),
    "espaces collaboratifs": ("stockage-pedagogique",),
    "espace de stockage": ("stockage-pedagogique",),
    "sauvegarde": ("sauvegarde-administrative", "sauvegarde-pedagogique"),
    "supervision": ("supervision",),
    "journaux": ("journaux",),
    "traçabilité": ("journaux",),
    "téléphonie": ("telephonie-fixe", "telephonie-mobile"),
    "télécom": ("telephonie-fixe",),
    "téléphone": ("telephonie-fixe", "telephonie-mobile"),
    "messagerie": ("communication-administrative", "communication-pedagogique"),
    "usages numériques": ("usages-numeriques",),
    "usages du numérique": ("usages-numeriques",),
    "usages pédagogiques": ("usages-numeriques",),
    "numérique éducatif": ("usages-numeriques",),
    "projet numérique": ("usages-numeriques",),
    "formation": ("formation",),
    "ressources numériques": ("ressources-pedagogiques",),
    "ressources pédagogiques": ("ressources-pedagogiques",),
    "ent": ("ent",),
    "espace numérique de travail": ("ent",),
    "environnement numérique de travail": ("ent",),
    "tablette": ("tablettes",),
    "accessoires": ("tablettes",),
    "terminaux mobiles": ("tablettes",),
    "équipements mobiles": ("tablettes",),
    "classes mobiles": ("classes-mobiles",),
    "magret": ("stockage-pedagogique", "communication-pedagogique", "publication"),
    "horus": ("stockage-administratif", "serveurs-amon-horus"),
    "amon": ("securisation-administratif", "serveurs-amon-horus"),
    "eole": ("securisation-administratif", "serveurs-amon-horus"),
    "siecle": ("gestion-eleves", "logiciels-nationaux"),
    "moyens informatiques": ("equipement-bureautique",),
    "système d'information": ("securisation-administratif", "securisation-pedagogique"),
    "prêt de matériel": ("pret-materiel",),
}


@dataclass(frozen=True, slots=True)
class Name:
    """A name of services: the stems of its words, each in its forms, and the services that it may mean."""

    words: tuple[frozenset[str], ...]
    services: frozenset[str]


class Objects:
    """What a vocabulary names, ready to be looked for in many sentences."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        gathered: dict[tuple[frozenset[str], ...], set[str]] = {}
        for text, services in _names(vocabulary):
            key = tuple(sorted({frozenset(forms(word)) for word in words(text)}, key=sorted))
            if key:
                gathered.setdefault(key, set()).update(services)
        self._names = tuple(Name(key, frozenset(services)) for key, services in gathered.items())
        self._by_form: dict[str, list[Name]] = {}
        for name in self._names:
            for form in name.words[0]:
                self._by_form.setdefault(form, []).append(name)

    def named(self, text: str) -> frozenset[str]:
        """Return the services that a sentence names."""
        held = stems(text)
        found: set[str] = set()
        for form in held:
            for name in self._by_form.get(form, ()):
                if all(not word.isdisjoint(held) for word in name.words):
                    found |= name.services
        return frozenset(found)


@lru_cache(maxsize=8192)
def stems(text: str) -> frozenset[str]:
    """Return the stems of a sentence's words, in all their forms; « pare-feu » and « mots de passe » word by word."""
    kept = (word for word in words(plain_words(text)) if plain(word) not in _OTHER_WORDS)
    return frozenset(form for word in kept for form in forms(word))


def telling(label: str) -> frozenset[str]:
    """Return the stems of a label's words that tell something of it, those that many labels share left out."""
    kept = (word for word in words(plain_words(label)) if plain(word) not in _EMPTY | _WEAK)
    return frozenset(form for word in kept for form in forms(word))


def words(text: str) -> list[str]:
    """Return the words of a text that tell something: neither elided articles nor stop words."""
    return [word.text for word in all_words(text) if not is_stop_word(word.text)]


def plain_words(text: str) -> str:
    """Return a text whose hyphenated words count as several."""
    return re.sub(r"(?<=\w)[-‐‑](?=\w)", " ", text)


def _names(vocabulary: Vocabulary) -> Iterator[tuple[str, tuple[str, ...]]]:
    for service, label in vocabulary.services.items():
        for text in listed(label):
            kept = [word for word in words(plain_words(text)) if plain(word) not in _EMPTY]
            if not all(plain(word) in _WEAK for word in kept) or len(kept) > 1:
                yield " ".join(kept), (service,)
    for text, services in EVERYDAY.items():
        known = tuple(one for one in services if one in vocabulary.services)
        if known:
            yield plain_words(text), known


def listed(label: str) -> list[str]:
    """Return the names that a label holds: its head, and what its brackets or its colon list."""
    head = re.split(r"[(:]", label)[0]
    parts = [head, *re.findall(r"\(([^()]*)\)", label), *re.findall(r":([^():]*)", label)]
    return [text.strip(" .…") for part in parts for text in re.split(r"[,/;]| et | ou ", part) if text.strip(" .…")]
