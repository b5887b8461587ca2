"""Recognise where the history of a mail begins: its separators, headers and « a écrit », as mail programs write. Pure.

Every rule reads a line as `plain` gives it: lower case, no accent, ordinary spaces, at most `WIDTH` characters. Each
looks at a bounded number of lines, so that reading stays linear on any text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from matrix import french

#: How much of a line is looked at: the words of a mail program are short.
WIDTH = 400
#: Over how many lines « Le … a écrit : » and the lines of a header may be wrapped.
ATTRIBUTION_LINES, HEADER_LINES = 4, 14

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_BOLD = re.compile(r"(?:^|(?<=[\s:]))\*+|\*+(?=[\s:]|$)")
_QUOTED = re.compile(r"[\s\u200b\ufeff]{0,20}>")


class Sort(Enum):
    """What kind of mark opens a history, and so how sure one may be of what follows."""

    ATTRIBUTION = "attribution"  # « Le …, X a écrit : »
    HEADER = "header"  # « De : … Envoyé : … », or a line « Message d'origine »
    FORWARDED = "forwarded"  # « Début du message réexpédié : »
    ABOVE = "above"  # our own line « répondre au-dessus »


@dataclass(frozen=True, slots=True)
class Opening:
    """A mark that opens a history: its kind, and how many lines it takes."""

    sort: Sort
    lines: int


def plain(line: str) -> str:
    """Return a line as the rules read it: without accents, capitals, bold marks, or spaces of other kinds."""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", line[:WIDTH]).replace("’", "'"))
    text = french.unaccented(text.lower())
    return _BOLD.sub("", " ".join(text.split())).strip()


def quoted(line: str) -> bool:
    """Return whether a line is quoted by « > »."""
    return _QUOTED.match(line) is not None


# « Le …, X a écrit : » ------------------------------------------------------------------------------------------------

_DAYS = (
    r"(?:(?:lun|mar|mer|jeu|ven|sam|dim|mon|tue|wed|thu|fri|sat|sun|so|mo|di|mi|do|fr|sa|lu|ma|me|je|ve|vi|sab|dom|"
    r"mie|jue|vie|gio|seg|ter|qua|qui|sex)[a-z]{0,9}\.?,? )?"
)
_MONTHS = (
    r"(?:(?:jan|fev|feb|mar|avr|apr|mai|may|juin|jun|juil|jul|aou|aug|sep|oct|okt|out|nov|dec|dez|dic|gen|mag|giu|"
    r"lug|ago|set|ott|abr|ene)[a-z]{0,7}\.?,? )?"
)
_BEGINS = re.compile(rf"(?:[-–—_=]+ ?)?(?:le|on|am|el|il(?: giorno)?|em|op|a|en date du) {_DAYS}{_MONTHS}\d{{1,4}}")
_NAMES = re.compile(r"(?:selon|quoting|zitat von|citando a|citando) \S")
#: In any language: an hour, then somebody's address, then a colon, perhaps with the word for « wrote » before it.
_DATED = re.compile(r"\d{1,2}[:.h]\d\d\b.{1,200}<[^<>\s]{3,100}@[^<>\s]{1,100}>(?: [^\s:]{1,16}){0,2} ?:$")
_ENDS = re.compile(
    r"(?:[a@] ecrit|wrote|writes|schrieb|escribio|ha scritto|escreveu|schreef)"
    r"(?: ce qui suit| le [\d/.-]{6,10}.{0,40})? ?(?::|-{2,})$|(?:schrieb|schreef)\b.{0,160}:$"
)
_WEAK_END = re.compile(r"(?:a ecrit|wrote|schrieb|escribio|ha scritto)$")
_SURE = re.compile(r"\d{1,2} ?[:h.] ?\d\d|\S@\S")
_SURE_HOUR = re.compile(r"\d{1,2}[:h]\d\d\b.{1,200}<\S+@\S+>")
_SENTENCE = re.compile(r"[!?;]$|[a-z]{5,}\.$")


def _attribution(lines: Sequence[str], at: int, followed: bool) -> Opening | None:
    """Return the attribution that begins at a line; `followed` says that quoted lines come right after that line."""
    first = lines[at]
    begins = _BEGINS.match(first) is not None
    if not begins:
        return _bare_attribution(lines, at, followed)
    joined = ""
    for count, line in enumerate(lines[at : at + ATTRIBUTION_LINES], 1):
        if not line or line.startswith(">") or (count > 1 and _BEGINS.match(line)):
            break
        joined = f"{joined} {line}".strip()
        if _ENDS.search(line) or _ENDS.search(joined[-2 * WIDTH :]):
            after = _next(lines, at + count)
            if _SURE.search(joined) or after.startswith(">"):
                return Opening(Sort.ATTRIBUTION, count)
            return None
        if _WEAK_END.search(line) and "@" in joined and (_SURE_HOUR.search(joined) or _quotes(lines, at + count)):
            return Opening(Sort.ATTRIBUTION, count)
        if _SENTENCE.search(line):
            break
    return None


def _bare_attribution(lines: Sequence[str], at: int, followed: bool) -> Opening | None:
    """Return an attribution without a date in front: « X <x@y> a écrit : », « Selon X <x@y> : »."""
    line = lines[at]
    named = _NAMES.match(line) is not None and line.endswith(":")
    if named or _ENDS.search(line):
        sure = "@" in line and (named or "<" in line or "(" in line)
        if sure or followed or (named and _next(lines, at + 1).startswith(">")):
            return Opening(Sort.ATTRIBUTION, 1)
        return None
    if _DATED.search(line) or (followed and line.endswith(":") and _HOUR.search(line)):
        return Opening(Sort.ATTRIBUTION, 1)
    after = lines[at + 1] if at + 1 < len(lines) else ""
    if "@" in line and line.count(" ") <= 8 and re.fullmatch(r"(?:<\S{3,200}> )?[a@] ecrit ?:", after):
        return Opening(Sort.ATTRIBUTION, 2)
    return None


# « De : … Envoyé : … À : … Objet : … » --------------------------------------------------------------------------------

_LABELS = {
    "from": "de|from|von|da|expediteur|emetteur|van",
    "sent": "envoye|envoye le|date|date d'envoi|sent|gesendet|datum|enviado|enviado el|fecha|inviato|data|verzonden",
    "to": "a|pour|to|an|para|destinataire|destinataires|aan|copie a|cc|cci|bcc|kopie|copia|repondre a|reply-to",
    "subject": "objet|sujet|subject|betreff|asunto|oggetto|assunto|onderwerp",
    "more": "importance|priorite|priority|pieces jointes|piece jointe|attachments|organisation|message-id",
}
_FIELD = re.compile(r"([a-z' -]{1,20}?) ?: ?(.*)")
_KIND_OF = {word: kind for kind, words in _LABELS.items() for word in words.split("|")}
_HOUR = re.compile(r"\d{1,2} ?[:h] ?\d\d")


def _header(lines: Sequence[str], at: int) -> Opening | None:
    """Return the header of a quoted mail that begins at a line: sender, subject, and a day or a recipient.

    An hour of sending or a sender's address is asked for, and the address where the sender does not come first, so that
    « De : la salle 12, à : la salle 14 » stays what it is: somebody's own words.
    """
    if _kind(lines[at]) not in ("from", "sent", "subject"):
        return None
    found: dict[str, str] = {}
    last, strange, blank = at, 0, 0
    for index in range(at, min(at + HEADER_LINES, len(lines))):
        line = lines[index]
        kind = _kind(line)
        if kind:
            found.setdefault(kind, line)
            last, strange, blank = index, 0, 0
        elif not line:
            blank += 1
            if blank > 1 or _complete(found):
                break
        else:
            strange += 1
            if strange > 3 or blank:
                break
    sure = _kind(lines[at]) == "from" or "@" in found.get("from", "")
    return Opening(Sort.HEADER, last - at + 1) if sure and _complete(found) else None


def _kind(line: str) -> str:
    field = _FIELD.match(line)
    return _KIND_OF.get(field[1], "") if field else ""


def _complete(found: dict[str, str]) -> bool:
    if not ("from" in found and len({"sent", "to", "subject"} & found.keys()) >= 2):
        return False
    sender, sent = found["from"], found.get("sent", "")
    return "@" in sender or _HOUR.search(sent) is not None


# « -----Message d'origine----- » --------------------------------------------------------------------------------------

_SEPARATOR = re.compile(
    r"(?:-{2,}|_{4,}|={3,}|\*{2,}) ?(?:(?:votre |le )?(?:message|mail|courriel|e-mail) "
    r"(?:d'origine|original|initial|precedent)|reponse au message|reply message|original message|"
    r"original email|original-nachricht|ursprungliche nachricht|originalnachricht|mensaje original|"
    r"messaggio originale|messaggio originario|mensagem original|oorspronkelijk bericht)\b.{0,80}$"
)
_FORWARD = re.compile(
    r"(?:[-_=*]{2,} ?)?(?:forwarded message|message transfere|mail transfere|courriel transfere|message reexpedie|"
    r"message suivi|weitergeleitete nachricht|mensaje reenviado|messaggio inoltrato|mensagem encaminhada|"
    r"doorgestuurd bericht)(?: ?[-_=*]{2,}| ?:?$)|"
    r"(?:debut du message (?:reexpedie|transfere)|begin forwarded message|anfang der weitergeleiteten nachricht|"
    r"inicio del mensaje reenviado|inizio messaggio inoltrato) ?:"
)
_ORANGE = re.compile(r"(?:>\s*)?message du \d{1,2}[/.-]\d{1,2}[/.-]\d{2,4} \d{1,2}:\d\d")
_RULE = re.compile(r"[_=—–-]{3,}$")
_ABOVE = re.compile(
    r"(?:repond|reponse|ecri|reply|write|answer|type).{0,60}(?:au[- ]dessus|above).{0,20}\b(?:cette ligne|this line)\b"
)


def opening(lines: Sequence[str], at: int) -> Opening | None:
    """Return the mark that opens a history at this line of plain lines, or None."""
    line = lines[at]
    if not line:
        return None
    followed = at + 1 < len(lines) and _next(lines, at + 1).startswith(">")
    if _SEPARATOR.match(line):
        return Opening(Sort.HEADER, 1)
    if _FORWARD.match(line) and (line[0] in "-_=*" or line.endswith(":")):
        return Opening(Sort.FORWARDED, 1)
    if _ORANGE.match(line) and _kind(_next(lines, at + 1).lstrip("> ")) == "from":
        return Opening(Sort.HEADER, 1)
    if _RULE.match(line):
        return _ruled(lines, at)
    if _ABOVE.search(line):
        return Opening(Sort.ABOVE, 1)
    return _header(lines, at) or _attribution(lines, at, followed)


def _ruled(lines: Sequence[str], at: int) -> Opening | None:
    """Return Outlook's long rule, which opens a history when a header comes under it."""
    under = at + 1
    while under < len(lines) and under <= at + 3 and not lines[under]:
        under += 1
    if under >= len(lines):
        return None
    header = _header(lines, under)
    return Opening(header.sort, under - at + header.lines) if header else None


def _quotes(lines: Sequence[str], at: int) -> bool:
    return _next(lines, at).startswith(">")


def _next(lines: Sequence[str], at: int) -> str:
    """Return the first line that is not blank among the three from this one on."""
    return next((line for line in lines[at : at + 3] if line), "")
