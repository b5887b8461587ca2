"""How a correspondant says things: the services of annexe 2, grouped and named as people speak of them.

The ids are the vocabulary's; the agreement's own labels stay with the matrix. Data, and a search over them; pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from matrix import explain
from matrix.french import STOP_WORDS, fold
from matrix.wording import capital


@dataclass(frozen=True, slots=True)
class PlainService:
    """A service in plain words: what people call it, examples that tell it from its neighbours, other "
    "words for it."""

    id: str
    label: str
    hint: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class PlainGroup:
    """A handful of services that people look for in the same place."""

    id: str
    label: str
    services: tuple[PlainService, ...]


_S = PlainService

GROUPS: tuple[PlainGroup, ...] = (
    PlainGroup(
        "materiel",
        "Ordinateur, imprimante, vidéoprojecteur",
        (
            _S(
                "equipement-bureautique",
                "Un ordinateur, une imprimante, un vidéoprojecteur",
                "Poste fixe ou portable, écran, clavier, imprimante, copieur, tableau interactif",
                "pc unité centrale moniteur souris scanner photocopieur TBI VNI VPI tablette portable nomade panne "
                "s’allume plus écran noir bourrage papier toner encre lent bruit vidéo-projecteur tableau numérique "
                "haut-parleur son casque webcam poste de travail matériel",
            ),
            _S(
                "materiels-administratifs",
                "Ajouter ou remplacer un matériel de l’administration",
                "Direction, gestion, secrétariat, vie scolaire, infirmerie : nouveau poste, transfert des données",
                "remplacement renouvellement changer nouveau poste bureau secrétaire gestionnaire principal serveur "
                "Windows "
                "système d’exploitation transférer données",
            ),
            _S(
                "materiels-pedagogiques",
                "Ajouter ou remplacer un matériel des salles de classe",
                "Salle informatique, salle de cours, CDI : nouveau poste, remplacement, transfert des données",
                "remplacement renouvellement changer nouveau poste professeur élève classe techno salle serveur "
                "Windows système d’exploitation transférer données",
            ),
            _S(
                "inventaire",
                "L’inventaire du parc informatique",
                "Étiquettes, numéros, liste des matériels, entrée ou sortie d’inventaire",
                "recensement parc étiquette numéro de série OCS GLPI sortie réforme rebut",
            ),
        ),
    ),
    PlainGroup(
        "reseau",
        "Internet et réseau",
        (
            _S(
                "raccordement-internet",
                "La connexion à internet du collège",
                "Plus d’internet, débit trop faible, routeur ou fibre",
                "connexion coupure accès web débit lent fibre ADSL box routeur opérateur fournisseur ligne page "
                "blanche",
            ),
            _S(
                "infrastructure-reseau",
                "Le réseau du collège : prises, câbles, wifi",
                "Prise murale, câble, baie, commutateur, borne wifi",
                "câblage brassage switch commutateur actif baie prise RJ45 borne wi-fi sans fil réseau local VLAN",
            ),
            _S(
                "securisation-administratif",
                "Un site bloqué ou le pare-feu, côté administration",
                "Site refusé sur un poste de la direction, de la gestion ou de la vie scolaire",
                "filtrage proxy Amon pare-feu firewall blocage débloquer liste noire site interdit accès refusé "
                "sécurité",
            ),
            _S(
                "securisation-pedagogique",
                "Un site bloqué ou le pare-feu, côté salles de classe",
                "Site refusé en classe ou au CDI, liste des sites autorisés",
                "filtrage proxy mandataire pare-feu firewall blocage débloquer liste noire site interdit accès "
                "refusé sécurité "
                "élèves cours",
            ),
        ),
    ),
    PlainGroup(
        "comptes",
        "Comptes, mots de passe, connexion",
        (
            _S(
                "acces-reseau-pedagogique",
                "Ouvrir sa session sur le réseau des classes",
                "Compte d’un professeur ou d’un élève, mot de passe oublié, nouvel arrivant",
                "identifiant login mot de passe perdu bloqué session compte création élève professeur annuaire "
                "Magret domaine",
            ),
            _S(
                "acces-reseau-administratif",
                "Ouvrir sa session sur le réseau administratif",
                "Compte d’un agent de la direction, de la gestion ou du secrétariat",
                "identifiant login mot de passe perdu bloqué session compte création annuaire Horus domaine "
                "secrétaire gestionnaire",
            ),
            _S(
                "authentification",
                "Se connecter aux services de l’Éducation nationale",
                "ARENA, Téléservices, Éduconnect, clé de sécurité",
                "ARENA ATEN Téléservices éduconnect portail académique connexion guichet clé OTP SDET authentification",
            ),
            _S(
                "annuaire",
                "L’annuaire des personnes",
                "Personne absente ou en double dans l’annuaire fédérateur, mauvais établissement",
                "AAF annuaire académique fédérateur fiche doublon SDET",
            ),
        ),
    ),
    PlainGroup(
        "echanges",
        "Messagerie et publication",
        (
            _S(
                "communication-administrative",
                "La messagerie de l’académie",
                "Boîte en ac-…, messages qui n’arrivent pas, liste de diffusion",
                "mail courriel e-mail mél webmail Convergence boîte pleine spam pourriel envoyer recevoir adresse "
                "forum Thunderbird",
            ),
            _S(
                "communication-pedagogique",
                "La messagerie interne et les forums de la pédagogie",
                "Messages entre professeurs et élèves sur le réseau du collège",
                "mail courriel messagerie instantanée tchat chat forum Magret élèves",
            ),
            _S(
                "publication",
                "Publier des documents ou des pages pour les classes",
                "Pages et documents mis en ligne par Magret",
                "site web page internet blog publier mettre en ligne Magret",
            ),
        ),
    ),
    PlainGroup(
        "fichiers",
        "Fichiers, serveurs, sauvegardes",
        (
            _S(
                "stockage-administratif",
                "Les fichiers partagés de l’administration",
                "Dossier partagé, lecteur réseau, espace plein (Horus)",
                "Horus partage dossier lecteur réseau espace disque plein droits document perdu secrétariat",
            ),
            _S(
                "stockage-pedagogique",
                "Les fichiers partagés des classes",
                "Dossier de classe, espace personnel d’un élève ou d’un professeur (Magret)",
                "Magret partage dossier lecteur réseau espace disque plein droits document perdu travail élève groupe",
            ),
            _S(
                "sauvegarde-administrative",
                "Sauvegarder ou retrouver des données de l’administration",
                "Fichier effacé, sauvegarde en échec, restauration",
                "backup restauration restaurer effacé supprimé perdu copie",
            ),
            _S(
                "sauvegarde-pedagogique",
                "Sauvegarder ou retrouver des données des classes",
                "Fichier effacé, sauvegarde en échec, restauration",
                "backup restauration restaurer effacé supprimé perdu copie",
            ),
            _S(
                "hebergement-interne",
                "Un serveur installé dans le collège",
                "Serveur arrêté, disque, onduleur, salle serveur",
                "serveur onduleur disque RAID NAS local technique hébergement",
            ),
            _S(
                "hebergement-externe",
                "Un serveur ou un service hébergé ailleurs",
                "Données du collège placées hors du collège",
                "cloud nuage ferme de serveurs PaaS distant hébergeur nom de domaine",
            ),
        ),
    ),
    PlainGroup(
        "logiciels",
        "Logiciels et CDI",
        (
            _S(
                "logiciels-pedagogiques",
                "Un logiciel pour les classes, du catalogue",
                "Suite bureautique, navigateur, logiciel d’une discipline",
                "LibreOffice Firefox GeoGebra Scratch installer mise à jour application logiciel libre gratuit licence",
            ),
            _S(
                "logiciels-administratifs",
                "Un logiciel pour l’administration",
                "Suite bureautique, navigateur, messagerie, client d’inventaire",
                "LibreOffice Word Excel Firefox Thunderbird installer mise à jour application licence bureautique",
            ),
            _S(
                "logiciels-hors-catalogue",
                "Un logiciel qui n’est pas au catalogue",
                "Logiciel choisi ou acheté par le collège, ni proposé ni installé d’office",
                "hors catalogue payant particulier spécifique éditeur licence achat installer",
            ),
            _S(
                "recherche-documentaire",
                "Le logiciel du CDI",
                "BCDI, PMB, portail de recherche, prêt de livres",
                "BCDI PMB e-sidoc esidoc documentaliste bibliothèque catalogue livres prêt documentation",
            ),
            _S(
                "socle-pedagogique",
                "Le catalogue des logiciels pour les classes",
                "Proposer ou discuter ce que contient le socle commun",
                "socle commun catalogue applicatif liste logiciels validés proposer",
            ),
        ),
    ),
    PlainGroup(
        "vie-scolaire",
        "Pronote, notes, absences",
        (
            _S(
                "vie-scolaire-prive",
                "Pronote ou un autre logiciel privé de vie scolaire",
                "Pronote, Molière… : notes, absences, emploi du temps, cahier de texte",
                "Pronote Molière EDT Index Éducation emploi du temps bulletin livret appel cahier de textes notes "
                "absences retards "
                "parents",
            ),
            _S(
                "vie-scolaire-en",
                "Notes et absences avec les logiciels de l’Éducation nationale",
                "SIECLE Notes, SIECLE Absences, livret scolaire",
                "SIECLE Sconet vie scolaire LSU livret scolaire unique notes absences téléservices",
            ),
            _S(
                "interfaces-vie-scolaire",
                "Les échanges entre SIECLE et le logiciel de vie scolaire",
                "Import ou export des élèves, des notes, de la structure",
                "import export synchronisation passerelle interface base élèves remontée LSU fichier XML Pronote "
                "SIECLE STS",
            ),
        ),
    ),
    PlainGroup(
        "gestion",
        "Élèves, finances, structure",
        (
            _S(
                "gestion-eleves",
                "La base des élèves",
                "SIECLE : inscriptions, fiches élèves, bourses",
                "SIECLE Sconet BEE base élèves inscription affectation Affelnet bourse dossier responsables INE",
            ),
            _S(
                "gestion-financiere",
                "Les finances du collège",
                "GFC, GOSPEL, IMAG’IN, EGIMMO, Op@le, paie",
                "GFC GOSPEL IMAGIN EGIMMO Opale comptabilité budget paie facture régie mandat immobilisations agent "
                "comptable "
                "intendance",
            ),
            _S(
                "structures-services",
                "Les classes et les services des professeurs",
                "STS-WEB : divisions, groupes, services, heures",
                "STS STSWEB divisions groupes services enseignants heures DHG structure TRM",
            ),
        ),
    ),
    PlainGroup(
        "vie-du-college",
        "Cantine, téléphone, alarme",
        (
            _S(
                "restauration-prive",
                "La cantine avec un logiciel privé",
                "Turbo-self, Alise… : badges, bornes, réservations, cuisine",
                "Turboself Turbo-self Alise Arc-en-self cantine self badge borne tourniquet repas réservation "
                "demi-pension cuisine",
            ),
            _S(
                "restauration-en",
                "La cantine avec les logiciels de l’Éducation nationale",
                "Presto, GTI : stocks, coûts, demi-pension",
                "Presto GTI cantine stocks denrées repas coût demi-pension cuisine",
            ),
            _S(
                "gestion-logistique",
                "Téléphone, chauffage, alarme, accès",
                "Standard, téléphone, chaufferie, alarme, sonnerie, portail",
                "téléphonie standard autocommutateur chaufferie chaudière chauffage alarme incendie PPMS sonnerie "
                "portail visiophone vidéosurveillance caméra",
            ),
        ),
    ),
    PlainGroup(
        "securite",
        "Virus, surveillance, journaux",
        (
            _S(
                "antivirus",
                "Un virus, un message suspect, l’antivirus",
                "Alerte de l’antivirus, poste infecté, hameçonnage",
                "virus malware rançongiciel infecté alerte hameçonnage phishing suspect piratage antivirus",
            ),
            _S(
                "supervision",
                "La surveillance du réseau et des serveurs",
                "Alertes de supervision, état des services",
                "monitoring alerte état supervision disponibilité sonde",
            ),
            _S(
                "journaux",
                "Les journaux de connexion",
                "Traces et historiques des accès, conservation, demande d’extraction",
                "logs traces historique connexions journal conservation extraction réquisition",
            ),
        ),
    ),
    PlainGroup(
        "ent",
        "ENT",
        (
            _S(
                "ent",
                "L’espace numérique de travail",
                "Connexion à l’ENT, cahier de textes ou messagerie de l’ENT",
                "ENT espace numérique de travail portail connexion parents élèves",
            ),
        ),
    ),
)

#: Every plain-language service by its id.
SERVICES: dict[str, PlainService] = {service.id: service for group in GROUPS for service in group.services}

#: The activities as answers to « De quoi s’agit-il ? »: id, answer, what it covers. In the order people need them.
ACTIVITIES: tuple[tuple[str, str, str], ...] = (
    ("mco", "C’est en panne", "Ça ne marche plus, ou mal"),
    ("installation", "À installer ou déplacer", "Mettre en place, déployer, changer de salle"),
    ("assistance", "Comment faire ?", "Aide à l’utilisation"),
    ("acquisition", "À acheter", "Choisir, décider, commander"),
    ("conseil", "Un conseil", "Un avis d’expert avant de décider"),
    ("preconisation", "À ajouter au catalogue", "Faire recommander un usage ou un produit"),
)

ACTIVITY_ANSWERS: dict[str, str] = {id_: answer for id_, answer, _ in ACTIVITIES}

#: The 15 lines of annexe 2 bis as people say them; which are administrative is the agreement's to say.
USER_CATEGORIES: dict[str, str] = {
    "equipe-direction": "L’équipe de direction",
    "equipe-gestion": "L’équipe de gestion (intendance)",
    "vie-scolaire": "La vie scolaire",
    "infirmiere": "L’infirmière ou l’infirmier",
    "medecin-scolaire": "Le médecin scolaire",
    "psychologue-scolaire": "La ou le psychologue scolaire",
    "conseiller-orientation": "La conseillère ou le conseiller d’orientation",
    "professeurs": "Les professeurs",
    "eleves": "Les élèves",
    "cdi": "Le CDI",
    "atte-poste-metier": "Un agent d’accueil ou de maintenance, sur son poste de travail",
    "atte-intranet-cg": "Un agent, sur le poste relié à l’intranet du Département",
    "pc-cuisinier": "Le cuisinier",
    "pc-pointage-restauration": "Le poste de pointage de la cantine",
    "postes-parents": "Un poste dédié aux parents",
}

#: Who may have paid, as an answer to choose: the words of the rules' own sentences.
PAYERS: dict[str, str] = {party: capital(words) for party, words in explain.PAYERS.items()}

_WORD = re.compile(r"[a-z0-9@]+")
#: Words that tell no service from another, beside those that say nothing anywhere.
EMPTY = STOP_WORDS | {"ca", "college", "depuis", "salle"}


def words_of(text: str) -> list[str]:
    """The words of `text` worth searching, folded, without empty words and final plural."""
    return [_singular(word) for word in _WORD.findall(fold(text)) if word not in EMPTY]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


@lru_cache(maxsize=512)
def haystack(service: PlainService) -> str:
    """All words of a service, folded and without doubles: what the page's own filter searches too."""
    return " ".join(dict.fromkeys(words_of(f"{service.label} {service.hint} {service.words}")))


def search(text: str, among: Iterable[PlainService] | None = None) -> list[str]:
    """The ids of the services that hold every word of `text` (each as the start of a word), in their order.

    When none holds them all, those that hold most of them. `among` limits to these services; no word gives nothing.
    """
    wanted = words_of(text[:200])
    if not wanted:
        return []
    scored = []
    for service in SERVICES.values() if among is None else among:
        found = haystack(service).split(" ")
        hits = sum(any(word.startswith(want) for word in found) for want in wanted)
        if hits:
            scored.append((hits, service.id))
    most = max((hits for hits, _ in scored), default=0)
    return [service_id for hits, service_id in scored if hits == most]
