"""What happens in a collège: invented requests, plausible, in the words of those who write them. Values only.

In the texts, {salle}, {n}, {etage} and {logiciel} are drawn when the ticket is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A request: (title, body) variants, what it bears on, what is known, what is said meanwhile and in the end.

    `weight`: how often it comes, beside the others. `facts`: fact -> the values among which one is drawn.
    """

    service: str
    activity: str
    texts: tuple[tuple[str, str], ...]
    solutions: tuple[str, ...]
    facts: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    questions: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    weight: int = 2
    needs_visit: bool = False
    tags: bool = False


ROOMS = ("B12", "B14", "A203", "A204", "C101", "C107", "204", "206", "110", "d’arts plastiques", "de technologie")
PROGRAMS = ("GeoGebra", "Scratch", "LibreOffice", "Audacity", "Sweet Home 3D", "Blender", "Inkscape")

_TEACHERS = ("professeurs", "eleves")
_STAFF = ("equipe-direction", "equipe-gestion", "vie-scolaire")

SITUATIONS: tuple[Situation, ...] = (
    Situation(
        service="equipement-bureautique",
        activity="mco",
        weight=9,
        tags=True,
        needs_visit=True,
        facts={"user_category": _TEACHERS},
        texts=(
            (
                "Poste élève qui ne s’allume plus en salle {salle}",
                "Le poste n° {n} de la salle {salle} ne démarre plus depuis ce matin. Le câble et la prise ont "
                "été vérifiés, aucun voyant ne s’allume.",
            ),
            (
                "Écran noir sur le poste du professeur, salle {salle}",
                "L’unité centrale tourne mais rien ne s’affiche. J’ai essayé avec l’écran d’un poste voisin : "
                "c’est pareil.",
            ),
            (
                "Trois postes très lents en salle {salle}",
                "Les postes {n} et suivants mettent plus de dix minutes à ouvrir une session. Les autres vont bien.",
            ),
            (
                "Clavier et souris hors service, salle {salle}",
                "Poste {n} : la souris n’est plus reconnue et plusieurs touches du clavier ne répondent plus.",
            ),
        ),
        questions=(
            ("Le poste émet-il un signal sonore au démarrage ?", "Oui, trois bips courts, puis plus rien."),
            ("Quel est le numéro inscrit sur l’étiquette du poste ?", "C’est le {n}-2019, sous le boîtier."),
        ),
        notes=("Alimentation à prévoir dans le véhicule.", "Troisième poste de ce lot en panne depuis la rentrée."),
        solutions=(
            "Alimentation remplacée, poste remis en service et testé avec un élève.",
            "Barrette mémoire défectueuse retirée, une neuve est posée. Le poste démarre normalement.",
            "Disque remplacé et poste réinstallé à partir de l’image de la salle.",
        ),
    ),
    Situation(
        service="equipement-bureautique",
        activity="mco",
        weight=5,
        tags=True,
        facts={"user_category": _STAFF, "under_warranty": (True, False, None)},
        texts=(
            (
                "Le poste de la gestionnaire redémarre tout seul",
                "Depuis hier le poste de l’intendance redémarre plusieurs fois par jour, parfois en plein mandatement.",
            ),
            (
                "Imprimante du secrétariat : bourrages à répétition",
                "L’imprimante du secrétariat bourre toutes les deux ou trois pages, avec du papier neuf.",
            ),
            (
                "Plus de son ni de caméra sur le poste de direction",
                "Impossible de suivre la visioconférence de ce soir : ni son ni image sur le poste de la direction.",
            ),
        ),
        solutions=(
            "Pilote mis à jour à distance, poste surveillé deux jours : plus de redémarrage.",
            "Rouleau d’entraînement remplacé, deux cents pages imprimées sans bourrage.",
            "Périphériques réactivés et testés avec l’utilisateur.",
        ),
    ),
    Situation(
        service="equipement-bureautique",
        activity="mco",
        weight=3,
        tags=True,
        needs_visit=True,
        facts={
            "user_category": _TEACHERS,
            "acquired_by": ("college",),
            "acquired_on": ("2021-03-15", "2022-10-03"),
            "inventoried": (True, False),
        },
        texts=(
            (
                "Vidéoprojecteur interactif éteint en salle {salle}",
                "Acheté par le collège sur ses fonds. La lampe clignote en orange puis tout s’éteint.",
            ),
            (
                "Tablette de la salle {salle} qui ne charge plus",
                "La tablette {n} de l’armoire ne prend plus la charge, même avec le câble d’une autre.",
            ),
        ),
        solutions=("Filtre nettoyé et lampe remplacée par le prestataire du collège.", "Connecteur de charge changé."),
    ),
    Situation(
        service="equipement-bureautique",
        activity="installation",
        weight=3,
        needs_visit=True,
        facts={"user_category": _TEACHERS},
        texts=(
            (
                "Déplacer douze postes vers la salle {salle}",
                "La salle info déménage pendant les vacances : douze postes, le tableau et l’imprimante sont à "
                "réinstaller.",
            ),
            (
                "Installer l’imprimante reçue pour la salle {salle}",
                "Elle est encore dans son carton, au secrétariat. La prise réseau existe déjà.",
            ),
        ),
        solutions=(
            "Postes installés, raccordés et contrôlés un par un.",
            "Imprimante en service, file d’attente publiée.",
        ),
    ),
    Situation(
        service="equipement-bureautique",
        activity="conseil",
        weight=1,
        facts={"user_category": ("professeurs",)},
        texts=(
            (
                "Quel matériel pour une classe mobile ?",
                "Nous voudrions équiper deux classes. Faut-il des tablettes ou des portables ? Qui peut nous "
                "conseiller ?",
            ),
        ),
        solutions=(
            "Rendez-vous tenu avec l’équipe : portables légers conseillés, devis transmis au chef d’établissement.",
        ),
    ),
    Situation(
        service="materiels-pedagogiques",
        activity="acquisition",
        weight=2,
        texts=(
            (
                "Remplacer les postes de la salle {salle}",
                "Les quinze postes de cette salle ont dix ans. Peut-on les inscrire au prochain plan d’équipement ?",
            ),
        ),
        solutions=("Inscrits au plan d’équipement de l’an prochain, confirmation par courrier.",),
    ),
    Situation(
        service="materiels-pedagogiques",
        activity="mco",
        weight=3,
        tags=True,
        needs_visit=True,
        facts={"acquired_by": ("departement", None)},
        texts=(
            (
                "Serveur pédagogique : voyant rouge sur un disque",
                "Un des disques du serveur de la baie clignote en rouge depuis ce matin. Tout fonctionne encore.",
            ),
            (
                "Tableau interactif décalé en salle {salle}",
                "Le stylet écrit à dix centimètres de la pointe. Le calibrage ne tient pas.",
            ),
        ),
        solutions=(
            "Disque remplacé à chaud, reconstruction terminée sans perte.",
            "Tableau recalibré, fixation resserrée.",
        ),
    ),
    Situation(
        service="materiels-administratifs",
        activity="mco",
        weight=2,
        tags=True,
        facts={"under_warranty": (True, False)},
        texts=(
            (
                "Poste de la vie scolaire bloqué sur une mise à jour",
                "Le poste affiche « Préparation de Windows » depuis huit heures ce matin, impossible de saisir "
                "les absences.",
            ),
        ),
        solutions=("Mise à jour annulée puis reprise la nuit ; le poste est de nouveau utilisable.",),
    ),
    Situation(
        service="materiels-administratifs",
        activity="installation",
        weight=1,
        texts=(
            (
                "Installer le nouveau poste du secrétariat",
                "Le poste neuf est arrivé ce matin. L’ancien doit être repris et les dossiers transférés.",
            ),
        ),
        solutions=("Poste installé, documents et messagerie repris, ancien poste effacé.",),
    ),
    Situation(
        service="infrastructure-reseau",
        activity="mco",
        weight=7,
        needs_visit=True,
        texts=(
            (
                "Plus de réseau dans le bâtiment B",
                "Depuis dix heures, aucun poste du bâtiment B n’accède au réseau. La baie du {etage} fait un "
                "bruit inhabituel.",
            ),
            (
                "Wifi très faible au {etage}",
                "Les professeurs perdent la connexion au {etage}. La borne du couloir n’a plus qu’un voyant allumé.",
            ),
            (
                "Prise réseau arrachée en salle {salle}",
                "Un élève a trébuché sur le câble : la prise murale est descellée.",
            ),
        ),
        questions=(
            ("D’autres salles du même étage sont-elles touchées ?", "Oui, tout l’étage, sauf la salle {salle}."),
        ),
        notes=(
            "Commutateur de 2013, à remplacer au prochain plan.",
            "Prévenir l’entreprise de câblage si la prise est morte.",
        ),
        solutions=(
            "Commutateur de l’étage remplacé, tous les postes retrouvent le réseau.",
            "Borne redémarrée puis remplacée, débit mesuré dans quatre salles.",
            "Prise refixée et recâblée, lien contrôlé.",
        ),
    ),
    Situation(
        service="infrastructure-reseau",
        activity="installation",
        weight=1,
        needs_visit=True,
        texts=(
            (
                "Deux prises réseau à ajouter en salle {salle}",
                "La salle accueille désormais l’ULIS, il manque deux prises près des fenêtres.",
            ),
        ),
        solutions=("Deux prises posées et brassées.",),
    ),
    Situation(
        service="raccordement-internet",
        activity="mco",
        weight=4,
        texts=(
            (
                "Internet coupé dans tout le collège",
                "Plus aucun accès à internet depuis l’orage de la nuit. Le boîtier de l’opérateur est éteint.",
            ),
            (
                "Débit internet très faible l’après-midi",
                "Entre treize et seize heures les pages mettent une minute à s’ouvrir, surtout en salle info.",
            ),
        ),
        questions=(("Le voyant « fibre » du boîtier est-il allumé ?", "Non, seul le voyant d’alimentation l’est."),),
        solutions=(
            "Boîtier remplacé par l’opérateur, accès rétabli.",
            "Lien saturé par une sauvegarde, décalée à la nuit.",
        ),
    ),
    Situation(
        service="acces-reseau-pedagogique",
        activity="mco",
        weight=5,
        texts=(
            (
                "Compte à créer pour une enseignante remplaçante",
                "Elle commence lundi en lettres, sur les salles {salle} et 206. Merci de prévoir l’accès au "
                "dossier commun.",
            ),
            ("Mot de passe perdu, classe de 4e", "Un élève n’ouvre plus sa session depuis les vacances."),
            (
                "Comptes des 6e arrivés cette semaine",
                "Trois élèves ont rejoint l’établissement, leurs comptes n’existent pas.",
            ),
        ),
        solutions=("Compte créé et remis en main propre.", "Mot de passe réinitialisé avec l’élève.", "Comptes créés."),
    ),
    Situation(
        service="acces-reseau-administratif",
        activity="mco",
        weight=2,
        texts=(
            (
                "La nouvelle secrétaire ne peut pas ouvrir de session",
                "Prise de poste ce matin : son identifiant est refusé sur le réseau administratif.",
            ),
        ),
        solutions=("Compte ajouté au groupe de l’établissement, session ouverte avec elle par téléphone.",),
    ),
    Situation(
        service="authentification",
        activity="mco",
        weight=3,
        texts=(
            (
                "Connexion refusée au portail académique",
                "Le portail répond « identifiant inconnu » depuis le changement de mot de passe d’hier.",
            ),
        ),
        questions=(("Le message apparaît-il aussi depuis un autre poste ?", "Oui, depuis deux autres postes."),),
        solutions=("Annuaire resynchronisé, connexion vérifiée avec l’utilisateur.",),
    ),
    Situation(
        service="securisation-pedagogique",
        activity="mco",
        weight=3,
        texts=(
            (
                "Site de manuel bloqué par le filtrage",
                "Le site de l’éditeur du manuel de mathématiques est bloqué depuis les postes de la salle {salle}.",
            ),
            ("Vidéos pédagogiques refusées", "Une plateforme de vidéos utilisée en histoire est classée comme loisir."),
        ),
        solutions=("Site ajouté à la liste des adresses permises.", "Catégorie corrigée, accès vérifié."),
    ),
    Situation(
        service="antivirus",
        activity="mco",
        weight=2,
        texts=(
            (
                "Alerte virus sur le poste de la loge",
                "Une fenêtre rouge signale un fichier mis en quarantaine. Le poste a été débranché du réseau.",
            ),
        ),
        notes=("Fichier reçu par clé USB, rappeler la règle.",),
        solutions=("Poste analysé hors ligne, fichier supprimé, protection à jour.",),
    ),
    Situation(
        service="stockage-administratif",
        activity="mco",
        weight=3,
        facts={"under_warranty": (True, False, None)},
        texts=(
            (
                "Le lecteur partagé Horus a disparu",
                "Le lecteur P: n’apparaît plus sur les postes du secrétariat depuis ce matin.",
            ),
            (
                "Espace plein sur le serveur administratif",
                "Impossible d’enregistrer : le serveur dit que le disque est plein.",
            ),
        ),
        solutions=("Partage republié après redémarrage du service.", "Anciennes archives déplacées, 40 Go libérés."),
    ),
    Situation(
        service="stockage-pedagogique",
        activity="mco",
        weight=2,
        texts=(
            (
                "Dossier commun des professeurs inaccessible",
                "Le dossier « Commun » du serveur pédagogique répond « accès refusé » pour tous les collègues.",
            ),
        ),
        solutions=("Droits du dossier rétablis à partir de la sauvegarde.",),
    ),
    Situation(
        service="logiciels-pedagogiques",
        activity="installation",
        weight=5,
        texts=(
            (
                "Installer {logiciel} en salle {salle}",
                "Les professeurs en ont besoin pour une séquence qui commence dans deux semaines. Quinze postes.",
            ),
            (
                "{logiciel} à mettre à jour sur les postes élèves",
                "La version installée n’ouvre plus les fichiers des collègues.",
            ),
        ),
        solutions=("{logiciel} déployé sur les postes demandés.", "Mise à jour diffusée dans la nuit."),
    ),
    Situation(
        service="logiciels-pedagogiques",
        activity="acquisition",
        weight=1,
        texts=(
            (
                "Licences pour un logiciel de langues",
                "L’équipe de langues souhaite trente licences d’un laboratoire numérique.",
            ),
        ),
        facts={"acquired_by": ("college", None)},
        solutions=("Commande passée sur le budget de l’établissement.",),
    ),
    Situation(
        service="logiciels-hors-catalogue",
        activity="installation",
        weight=2,
        texts=(
            (
                "Logiciel de notation musicale acheté par le collège",
                "Il n’est pas au catalogue. Les licences sont là, il reste à l’installer sur six postes.",
            ),
        ),
        solutions=("Installé après accord des deux parties, testé avec le professeur.",),
    ),
    Situation(
        service="socle-pedagogique",
        activity="preconisation",
        weight=1,
        texts=(
            (
                "Proposer une application de langues au socle commun",
                "L’équipe la teste depuis un an, elle voudrait la voir au socle de l’an prochain.",
            ),
        ),
        solutions=("Proposition transmise à la commission du socle.",),
    ),
    Situation(
        service="recherche-documentaire",
        activity="mco",
        weight=2,
        texts=(
            ("BCDI ne se lance plus au CDI", "Le message parle d’une base verrouillée. Les prêts se font sur papier."),
        ),
        solutions=("Verrou levé, base vérifiée.",),
    ),
    Situation(
        service="sauvegarde-administrative",
        activity="mco",
        weight=2,
        texts=(("Sauvegarde de nuit en échec", "Le compte rendu du matin est en erreur depuis trois jours."),),
        solutions=("Cartouche remplacée, sauvegarde complète réussie.",),
    ),
    Situation(
        service="hebergement-interne",
        activity="mco",
        weight=2,
        needs_visit=True,
        texts=(
            (
                "La salle serveur est à quarante degrés",
                "La climatisation est en panne, le serveur s’est arrêté deux fois aujourd’hui.",
            ),
        ),
        solutions=("Climatisation réparée, serveur relancé et contrôlé.",),
    ),
    Situation(
        service="inventaire",
        activity="mco",
        weight=1,
        texts=(
            ("Étiquette absente de la base du parc", "Le poste {n} de la salle {salle} n’existe pas dans la base."),
        ),
        solutions=("Poste ajouté à l’inventaire.",),
    ),
    Situation(
        service="vie-scolaire-prive",
        activity="mco",
        weight=4,
        facts={"acquired_by": ("college", "departement", None)},
        texts=(
            (
                "Le logiciel d’emploi du temps ne joint plus son serveur",
                "Message de connexion refusée depuis ce matin, sur tous les postes de la vie scolaire.",
            ),
            ("Bulletins impossibles à imprimer", "Le logiciel se ferme dès qu’on lance l’édition des bulletins."),
        ),
        solutions=("Certificat du serveur renouvelé.", "Version corrective installée, bulletins édités."),
    ),
    Situation(
        service="vie-scolaire-en",
        activity="mco",
        weight=2,
        texts=(
            (
                "Absences non transmises",
                "Les absences saisies hier n’apparaissent pas ce matin dans l’application nationale.",
            ),
        ),
        solutions=("Transmission relancée, données contrôlées avec la vie scolaire.",),
    ),
    Situation(
        service="interfaces-vie-scolaire",
        activity="mco",
        weight=2,
        texts=(("Import des élèves impossible", "L’import s’arrête sur une erreur de format à la ligne {n}."),),
        solutions=("Fichier corrigé et import repris.",),
    ),
    Situation(
        service="gestion-financiere",
        activity="mco",
        weight=4,
        texts=(
            (
                "L’application financière se ferme à l’ouverture de l’exercice",
                "Le message parle d’une table absente. Nous devons mandater avant vendredi.",
            ),
            ("Écran figé pendant le mandatement", "L’application se fige à la validation d’un mandat sur deux."),
        ),
        questions=(("Quelle version s’affiche en bas de l’écran ?", "La 2024.1."),),
        notes=("Connu de l’assistance nationale, correctif attendu.",),
        solutions=("Correctif de base passé à distance, exercice ouvert.", "Poste mis à jour, dix mandats validés."),
    ),
    Situation(
        service="gestion-eleves",
        activity="assistance",
        weight=3,
        texts=(
            (
                "Comment inscrire un élève en cours d’année ?",
                "Un élève arrive de l’étranger sans dossier, l’application réclame un identifiant national.",
            ),
        ),
        solutions=("Marche à suivre expliquée au téléphone et envoyée par écrit.",),
    ),
    Situation(
        service="structures-services",
        activity="mco",
        weight=1,
        texts=(("Services des enseignants non remontés", "La remontée de STS-WEB s’arrête à mi-chemin."),),
        solutions=("Remontée relancée après correction d’un service en double.",),
    ),
    Situation(
        service="restauration-en",
        activity="mco",
        weight=1,
        texts=(
            ("Stocks de la cantine faux dans l’application", "Les quantités de la semaine sont comptées deux fois."),
        ),
        solutions=("Écritures en double supprimées.",),
    ),
    Situation(
        service="restauration-prive",
        activity="mco",
        weight=2,
        facts={"acquired_by": ("college", "departement")},
        texts=(("Borne de passage de la cantine muette", "La borne lit les cartes mais n’ouvre plus le tourniquet."),),
        solutions=("Boîtier d’ouverture remplacé.",),
    ),
    Situation(
        service="gestion-logistique",
        activity="mco",
        weight=2,
        texts=(("Le standard téléphonique ne sonne plus à la loge", "Les appels arrivent au secrétariat seulement."),),
        solutions=("Renvoi reprogrammé.",),
    ),
    Situation(
        service="ent",
        activity="assistance",
        weight=2,
        texts=(
            ("Des parents ne se connectent plus à l’ENT", "Plusieurs familles de 6e signalent un refus depuis lundi."),
        ),
        solutions=("Transmis au support de l’ENT, comptes rétablis.",),
    ),
    Situation(
        service="communication-administrative",
        activity="mco",
        weight=2,
        texts=(
            (
                "La boîte de l’établissement ne reçoit plus rien",
                "Aucun message depuis hier midi sur la boîte officielle.",
            ),
        ),
        solutions=("Règle de tri fautive supprimée, messages retrouvés.",),
    ),
)

#: Said by the holder's side when it hands a ticket on, and by the other when it contests.
ON_SITE = (
    "Le texte ne dit pas qui en répond. Il faut quelqu’un sur place : pouvez-vous passer ?",
    "Rien à faire à distance, et l’accord est muet. Merci de regarder sur place à votre prochain passage.",
)
PARTS = (
    "Poste hors garantie : merci de fournir la pièce, nous la poserons.",
    "Alimentation hors service, hors garantie. La pièce de remplacement est à votre charge (II.2).",
)
OF_A_TEACHER = (
    "Vérification faite au téléphone : ce poste sert aux professeurs, pas à l’administration.",
    "Le poste a changé de bureau à la rentrée : il est en salle des professeurs.",
)
OF_THE_OFFICE = (
    "Vu sur place : c’est le poste de la gestionnaire, l’étiquette le dit.",
    "Ce poste est celui de l’intendance, il n’est plus en salle de classe.",
)
HOLD_WORDS = {
    "attente-fournisseur": "Pièce commandée chez le fournisseur, livraison annoncée sous huit jours.",
    "attente-piece": "Une pièce est nécessaire, elle est commandée.",
    "attente-intervention": "Intervention prévue sur place la semaine prochaine.",
    "autre": "En attente d’une fenêtre de maintenance.",
}
REOPEN_WORDS = ("La panne est revenue ce matin.", "Cela fonctionne sur un poste mais pas sur les autres.")
ANSWERS = (
    "Bien reçu, nous regardons cela aujourd’hui.",
    "Merci du signalement, nous passons dans la semaine.",
    "Diagnostic en cours, nous revenons vers vous.",
)
THANKS = ("Merci, tout fonctionne.", "C’est réparé, merci beaucoup.", "Parfait, merci.")
