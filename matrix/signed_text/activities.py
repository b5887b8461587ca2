"""The verbs of a sentence that tell an activity, in any inflexion, as verbs or as nouns. Pure.

What a verb says of an activity is what `docs/conventions.md` says of it: « fourniture » and « acquérir » are
acquisition, « déploiement » installation, « maintenance » mco, and so on. Some verbs give a charge and tell no activity
(« assure », « à la charge de »): they are `CHARGE`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from matrix.french import fold

#: What a verb tells when it gives a charge and names no activity.
CHARGE = "charge"

#: Endings of verbs of the first group, folded: « installe », « installeront », « installant », « installées »…
_ER = "(?:er|ez|e|es|ent|era|eront|erait|eraient|ait|aient|ant|ees?|a)?"
_IR = "(?:ir|is|it|issent|issait|issaient|issant|ira|iront|irait|iraient|ie|ies|i)?"
#: What follows a bare verb of charge, placing or updating: « met en place », « mise à jour »…
_PUT = "(?:met(?:tre|tra|tront|tent|s)?|mise?s?)"
#: Activity -> its verbs and nouns, folded, as patterns between two ends of words.
_VERBS: dict[str, tuple[str, ...]] = {
    "preconisation": (
        rf"elabor{_ER}|elaboration|etabl{_IR}|propos{_ER}|proposition|valid{_ER}|validation|defin{_IR}|definition",
        rf"preconis{_ER}|preconisations?|actualis{_ER}|actualisation|referenc{_ER}|referencement|recens{_ER}|recensement",
        "prescri(?:re|t|ts|te|tes|vent|ra|ront)",
    ),
    "acquisition": (
        rf"fourn{_IR}|fournitures?|fourniss\w+|acqu(?:erir|iert|ierent|errai?t?|erra|erront|eraient)|acquis|acquises?",
        rf"acquisitions?|achats?|achet{_ER}|achete\w*|financ{_ER}|financement|dot{_ER}|dotations?|command{_ER}",
        rf"equip(?:er|e|ent|era|eront|ees?|es)|equipement d(?:es?|u|e l.)|{_PUT} a (?:la )?disposition",
        rf"choi(?:x|sir|sit|sissent|sira|siront|sie?s?)|renouvel\w+|remplac{_ER}|remplacement|subvention(?:ner|ne|nent)",
    ),
    "installation": (
        rf"(?:re|pre)?install{_ER}|(?:re)?installations?|deploi\w*|deploy\w+|initialis{_ER}|cabl(?:er|e|ent|era)",
        rf"{_PUT} (?:en|a) (?:place|oeuvre|service|niveau)|remises? (?:a niveau|en service)|securis{_ER}|securisation",
        rf"(?:post[- ]?)?configur{_ER}|(?:post[- ]?)?configurations?|(?:pre)?parametr{_ER}|parametrages?",
        rf"raccord{_ER}|raccordements?|pos(?:er|e|ent|era|eront)|integr(?:er|e|ent|era|eront)|integration",
    ),
    "mco": (
        "mainten(?:ir|ance|ances|u|us|ue|ues|ant|ait|aient)|maintien(?:s|t|nent|dra|dront|drait|draient)?",
        "entreti(?:en|ent|ennent|endra|endront)|entretenir|entretenus?|gestion",
        "ger(?:er|e|ent|era|eront|ait|aient|ees?|ant)",
        rf"administr{_ER}|(?<!conseil d)(?<!conseil d.)administration|suivis?|suivies?|suivre|suit|suivent|suivra",
        rf"supervis{_ER}|supervision|repar{_ER}|reparations?|depann{_ER}|depannages?|{_PUT} a jour|continuite",
        "(?<!systeme d)(?<!systeme d.)(?<!systemes d)(?<!systemes d.)exploitation|exploit(?:er|e|ent|era|eront)",
        rf"corrig{_ER}|correction|bon fonctionnement|sauvegard(?:er|e|ent|era|eront|ees?)|reinitialis{_ER}",
        "reinitialisation|verifi(?:er|e|ent|era|eront)|restaur(?:er|e|ent|era|eront)",
    ),
    "assistance": (rf"assist(?:er|e|ent|era|eront|ance|ances)|support|aid(?:er|e|ent|era|eront)|depann{_ER}",),
    "conseil": (
        "conseil(?! (?:departemental|regional|municipal|general|d.administration))",
        "conseill(?:er|e|ent|era|eront)(?! departemental| academique| municipal)",
        rf"expertis{_ER}|expertises?|accompagn{_ER}|accompagnements?|anim{_ER}|animations?",
        "form(?:er|ent|era|eront)|promouvoir|promeut|promeuvent",
    ),
    CHARGE: (
        "assur(?:er|e|ent|era|eront|ees?)|incomb(?:er|e|ent|era|eront)|prend(?:re|ra|ront|s)? en charge|du ressort",
        "prennent en charge|prises? en charge|a (?:la|sa|leur) charge|en charge|la charge|responsables?",
        "responsabilites?|charge(?:s|e|es)? de|interven(?:ir|tions?)|intervien(?:t|nent|dra|dront)|releve(?:nt)?",
        rf"confi(?:er|e|ees?)|effectu{_ER}|realis{_ER}|revien(?:t|nent|dra|dront)|s.occup(?:er|e|ent|era|eront)|exclu(?:t|re|s|es?|ent)?",
    ),
}
#: Each activity alone, since one word may tell two (« dépannage »).
_EACH = {name: re.compile(rf"(?<![a-z0-9])(?:{'|'.join(patterns)})(?![a-z0-9])") for name, patterns in _VERBS.items()}
#: Verbs in a tense: a line that has one is a sentence, even where it looks like a title.
_FINITE = re.compile(
    r"(?<![a-z0-9])(?:est|sont|sera|seront|doit|doivent|devra|devront|peut|peuvent|pourra|pourront|ne|s.engagent?"
    r"|(?:assur|install|financ|accompagn|conseill|elabor|propos|valid|ger|gere|administr|configur|parametr|securis|deploi"
    r"|supervis|depann|repar|exploit|assist|achet|achete|verifi|sauvegard|effectu|realis|incomb|confi|reinstall|equip"
    r"|remplac|renouvell|intervi|raccord|actualis|anim|aid)(?:e|ent|era|eront)"
    r"|(?:fourn|defin|etabl|chois)(?:it|issent|ira|iront)|prend|prennent|prendra|prendront|met|mettent|mettra|mettront"
    r"|(?:main|entre|re|inter)(?:tien|vien)(?:t|nent|dra|dront)|acquiert|acquerra|suit|suivent|suivra)(?![a-z0-9])"
)


@lru_cache(maxsize=4096)
def activities(text: str) -> frozenset[str]:
    """Return the ids of the activities that the verbs of a text tell; `CHARGE` for a verb that tells none."""
    folded = plain(text)
    return frozenset(name for name, pattern in _EACH.items() if pattern.search(folded))


def says(text: str) -> bool:
    """Return whether a text has a verb in a tense, so that it is no title."""
    return bool(_FINITE.search(plain(text)))


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return a text folded, with one apostrophe and one blank: how verbs and objects are looked for."""
    return " ".join(fold(text).replace("’", "'").replace("ʼ", "'").replace("\u2010", "-").split())
