"""French grammar of sentences made of names and labels: articles, contraction, elision, number, agreement. Pure.

No gender is guessed from the ending of a word. A name bears the article that its agreement declares (`article` of
`[[party]]`), or that it begins with (« le collège », « l'État »), or that of its first noun, which `NOUNS` lists. A
name of none of these three kinds bears no article, and lint says so. The gender and number of the label of a service
are declared beside it, in `vocabulary.toml` or in the agreement's own `[services]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from matrix.french import fold

#: The articles that an agreement may declare for a name; the last one is for a proper name that bears none.
ARTICLES = ("le", "la", "les", "l’", "")

_MASCULINE = """
    ministère état rectorat département conseil syndicat gip gie groupement établissement collège lycée pôle centre
    territoire sivom sivu epci institut office opérateur service bureau comité commissariat campus greta prestataire"""
_FEMININE = """
    académie région ville commune métropole eurométropole communauté collectivité agglomération direction mairie
    préfecture école cité agence association société régie dane drane dsi dsden inspection délégation maison
    mission fondation fédération union université chambre entente province circonscription plate-forme"""
#: The gender of the nouns that names of bodies begin with, folded: « m » or « f ».
NOUNS: Mapping[str, str] = {
    **{fold(noun): "m" for noun in _MASCULINE.split()},
    **{fold(noun): "f" for noun in _FEMININE.split()},
}
#: Nouns of which an établissement is one; they stand in lower case in a sentence.
_SMALL = re.compile(r"(Collège|Lycée|Cité scolaire)\b")
#: Words that begin with a sounded h or that count as such: nothing is elided before them.
_ASPIRATED = re.compile(
    r"(hauts?|hautes?|hauteurs?|havre|hague|halles?|hameaux?|handicap|hangars?|hardware|hasard|haies?|hongrie|hollande"
    r"|honfleur|harfleur|huit|huitième|hors|hub|hubs|hotline|hotspots?|housses?|houdan|herisson|hericourt"
    r"|onze|onzieme|oui|ouistreham|uhlan|yaourt|yacht|yeu|yutz)\b"
)
_ARTICLE = re.compile(r"(le|la|les) +|l['’] ?", re.IGNORECASE)
#: The same names and labels come back in every sentence: what was worked out of them is kept.
_kept = lru_cache(maxsize=4096)


@dataclass(frozen=True, slots=True)
class Form:
    """The gender and the number of a label."""

    feminine: bool = False
    plural: bool = False

    def agree(self, masculine: str) -> str:
        """A participle or an adjective of this gender and number: « inscrit » -> « inscrites »."""
        return f"{masculine}{'e' if self.feminine else ''}{'s' if self.plural and not masculine.endswith('s') else ''}"

    def verb(self, singular: str, plural: str) -> str:
        """The form of a verb whose subject is the label."""
        return plural if self.plural else singular

    @property
    def subject(self) -> str:
        """The pronoun that stands for the label as a subject: « il », « elles »."""
        return f"{'elle' if self.feminine else 'il'}{'s' if self.plural else ''}"


def form(code: str) -> Form:
    """The form that a code declares: « m » or « f », then « s » or « p »."""
    return Form(code[:1] == "f", code[1:] == "p")


FORMS = ("ms", "fs", "mp", "fp")


# --- articles ---------------------------------------------------------------------------------------------------------


@_kept
def with_article(name: str, declared: str | None = None) -> str:
    """A name with its article: « l’Académie de Toulouse », « le collège Desaix, Tarbes », « l’État », « les Communes ».

    `declared` is the article that the agreement declares for this name; None where it declares none.
    """
    if declared is not None:
        return _joined(declared, name)
    found = _ARTICLE.match(name)
    if found:
        return _joined((found[1] or "l’").lower(), name[found.end() :])
    noun, plural = _noun(name)
    if noun is None:
        return name
    if _SMALL.match(name):
        name = f"{name[0].lower()}{name[1:]}"
    return _joined("les" if plural else {"m": "le", "f": "la"}[noun], name)


def known(name: str, declared: str | None = None) -> bool:
    """Whether a name's article is known: declared, written before the name, or that of a noun that is listed."""
    return declared is not None or _ARTICLE.match(name) is not None or _noun(name)[0] is not None


def _noun(name: str) -> tuple[str | None, bool]:
    """The gender of the noun that a name begins with, and whether it is plural; None for a noun that is not listed."""
    word = re.split(r"[ ,(’']", fold(name), maxsplit=1)[0]
    if word in NOUNS:
        return NOUNS[word], False
    single = word[:-1] if word.endswith("s") else ""
    return NOUNS.get(single), single in NOUNS


def _joined(article: str, name: str) -> str:
    if article in ("le", "la", "l’") and elides(name):
        return f"l’{name}"
    if article == "l’":  # said of a word that does not bear it
        return f"{'la' if _noun(name)[0] == 'f' else 'le'} {name}"
    return f"{article} {name}" if article else name


# --- elision and contraction ------------------------------------------------------------------------------------------


@_kept
def elides(words: str) -> bool:
    """Whether « le », « de » and « que » lose their vowel before these words, in quotation marks or not."""
    bare = fold(words).lstrip("«“\"' \u00a0")
    if not bare or _ASPIRATED.match(bare):
        return False
    return bare[0] in "aeiouh" or (bare[0] == "y" and bare[1:2] not in "aeiou")


@_kept
def of(words: str) -> str:
    """Words after « de »: « du maintien », « des Communes », « de la Région », « d’« Équipement » », « d’Aix »."""
    article, rest = _split(words)
    if article in ("le", "les"):
        return f"{'du' if article == 'le' else 'des'} {rest}"
    return f"d’{words}" if not article and elides(words) else f"de {_said(article, words, rest)}"


@_kept
def to(words: str) -> str:
    """Words after « à »: « au Département », « aux Communes », « à l’Académie », « à Réseau Canopé »."""
    article, rest = _split(words)
    if article in ("le", "les"):
        return f"{'au' if article == 'le' else 'aux'} {rest}"
    return f"à {_said(article, words, rest)}"


def that(words: str) -> str:
    """Words after « que »: « que le collège », « qu’il »."""
    return f"qu’{words}" if elides(words) else f"que {words}"


def each_of(words: Iterable[str]) -> list[str]:
    """Each of several words after « de »: « du choix », « de l’achat »."""
    return [of(one) for one in words]


def _split(words: str) -> tuple[str, str]:
    found = _ARTICLE.match(words)
    return ((found[1] or "l’").lower(), words[found.end() :]) if found else ("", words)


def _said(article: str, words: str, rest: str) -> str:
    """Words with a curly apostrophe after their article; « La Ciotat » keeps its capital."""
    return f"{words[0]}’{rest}" if article == "l’" else words


# --- number -----------------------------------------------------------------------------------------------------------


def plural(*subjects: str) -> bool:
    """Whether a verb with these subjects is in the plural: several of them, or one that begins with « les »."""
    return len(subjects) > 1 or any(_split(one)[0] == "les" for one in subjects)


def verb(subjects: str | Sequence[str], singular: str, many: str) -> str:
    """The form of a verb for its subjects: « lui revient », « lui reviennent »."""
    return many if plural(*([subjects] if isinstance(subjects, str) else subjects)) else singular


# --- places -----------------------------------------------------------------------------------------------------------


@_kept
def at(name: str, commune: str) -> str:
    """An établissement with its commune, which is not repeated: « Desaix, Tarbes », « Collège de Lezay »."""
    if not commune:
        return name
    words, wanted = _words(name), _words(commune)
    held = any(words[start : start + len(wanted)] == wanted for start in range(len(words)))
    return name if held else f"{name}, {commune}"


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", fold(text))
