"""Tell the signature of a mail from its words: closings, names, telephones, « Envoyé de mon iPhone », notices. Pure.

Every rule gives up where a line reads like a sentence: a signature shown costs nothing, words hidden cost a ticket.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

#: How many lines that are not blank a signature may have, and how far from the end one is looked for.
SIGNATURE_LINES, LOOKED_AT = 15, 60

_CLOSING = re.compile(
    r"(?:(?:(?:merci|merci d'avance|merci par avance|merci beaucoup|avec mes remerciements),? ?(?:et )?)?"
    r"(?:(?:bien|tres) )?(?:cordialement|cdlt|cdt|cldt|cordlt|amicalement|respectueusement|sincerement)"
    r"(?: (?:a (?:vous|toi)|votre|vous))?|(?:bien|tout|tres) a (?:vous|toi)|"
    r"(?:(?:bien|meilleures|sinceres|cordiales|respectueuses|mes) )*salutations(?: (?:distinguees|respectueuses|"
    r"cordiales|sinceres|les meilleures))?|(?:tres )?(?:bonne|belle|excellente) (?:journee|soiree|semaine|"
    r"fin de journee|fin de semaine|continuation)(?: a (?:vous|tous|toi))?|bon week-?end|bien respectueusement|"
    r"(?:best|kind|warm|kindest)? ?regards|sincerely(?: yours)?|yours (?:sincerely|faithfully|truly)|"
    r"mit freundlichen gru(?:ss|ß)en|mfg|(?:un )?(?:cordial )?saludos?|atentamente|cordiali saluti|"
    r"distinti saluti|atenciosamente)(?P<rest>$|[ ,;.!:-].{0,60}$)"
)
_FORMULA = re.compile(
    r"(?:(?:je|nous) (?:vous )?pri(?:e|ons)(?: de bien vouloir)?,? ?(?:d'agreer|d'accepter|de croire|de recevoir|"
    r"agreer)|(?:je vous prie|nous vous prions).{0,60}(?:agreer|salutations)|"
    r"veuillez (?:agreer|recevoir|croire|accepter)|recevez,?.{0,40}salutations|dans cette attente,? (?:je|nous) )"
)
_CLOSED_BY = re.compile(r"[,.!;] ?(?:(?:bien|tres) )?(?:cordialement|cdlt|cdt|a vous|respectueusement) ?[,.!]?$")
_DEVICES = (
    r"iphone|ipad|android|samsung|galaxy|huawei|xiaomi|redmi|oppo|pixel|blackberry|nokia|windows|mobile|smartphone|"
    r"telephone|portable|appareil|tablette|mac|appli|orange|sfr|bouygues|free|outlook|yahoo|gmail|proton|protonmail|"
    r"mailo|e-?mail|courrier|webmail|messagerie|thunderbird|bluemail|typemail|typeapp|laposte|la poste|k-9|zimbra|handy"
)
_DEVICE = re.compile(
    r"(?:envoye|repondu|ecrit|sent|enviado|inviato|gesendet|verzonden|verstuurd)(?:e|es|s)? "
    r"(?:de|depuis|a partir|avec|"
    r"via|a l'aide|au moyen|from|with|using|desde|con|da|dal|von|mit|vanaf|met)\b"
    rf".{{0,50}}\b(?:{_DEVICES})\b.{{0,80}}$|"
    r"(?:obtenir|obtenez|telecharger|telechargez|get|download|obtener|holen sie sich|scarica) outlook\b.{0,100}$|"
    r"von meinem .{1,40} gesendet\.?$|provenance ?: courrier pour windows.{0,60}$|"
    r"(?:desole|excusez|pardon).{0,40}\b(?:bri[ae]vete|fautes de frappe|concision)\b.{0,60}$|"
    r"sans virus\b.{0,80}$|(?:garanti )?(?:sans virus|virus-free)\..{0,80}$|"
    r"<?https?://\S{0,200}(?:avast|outlook|aka\.ms|onelink|protonmail|proton\.me)\S{0,200}$"
)
_NOTICE = re.compile(
    r"(?:ce|le present|cet) (?:message|courriel|courrier|mail|e-?mail)\b.{0,200}\b(?:confidentiel|destinataires?|"
    r"exclusi|strictement|contenir des informations)|this (?:e-?mail|message|communication)\b.{0,200}\b(?:confidential|"
    r"intended|privileged|recipient)|(?:si vous (?:avez recu|recevez|n'etes pas)).{0,120}\b(?:par erreur|destinataire)|"
    r"(?:avant d'imprimer|n'imprimez|pensez a l'environnement|think before|please consider the environment|"
    r"preservons l'environnement|adoptons l'eco-attitude|devez-vous vraiment imprimer)|"
    r"l'absence de virus dans ce courrier|cet e-?mail a ete verifie par|"
    r"(?:avis|clause|note|mention) (?:de )?confidentialite|confidentiality notice|\bdisclaimer\b|"
    r"les donnees personnelles.{0,120}\b(?:rgpd|reglement)|diese (?:e-?mail|nachricht).{0,120}vertraulich|"
    r"este (?:mensaje|correo).{0,160}confidencial"
)
_BANNER = re.compile(
    r"\[?(?:externe?|external|attention|avertissement|caution|expediteur externe|mail externe)\b.{0,80}"
    r"(?:externe?|exterieur|external|outside|inconnu|hors de l)|\[(?:externe?|external)\]$|"
    r"(?:vous n'obtenez pas souvent|vous ne recevez pas souvent|you don't often get|certaines personnes qui ont recu)"
)
_POSTSCRIPT = re.compile(r"(?:p\.? ?s\.?|n\.?b\.?|post-scriptum|edit) ?[:.-]? ?\S|(?:ps|p\.s\.|nb) ?:?$")
_PROSE_WORDS = frozenset(
    re.findall(
        r"\S+",
        "je j'ai tu il elle on nous vous ils elles est sont etait sera serait ne pas n'est c'est qu'il que qui "
        "quand si merci pouvez pourriez pourrait peut peux fait faut faudrait voici toujours depuis mais car donc "
        "aussi avons avez ont suis fonctionne marche rappel rappeler "
        "the is are was not please you we they this that which it",
    )
)
_THINGS = re.compile(
    r"n° ?de serie|no de serie|numero de serie|\bs/n\b|inventaire|\berreur\b|mot de passe|\bimei\b|\?$"
)
_PHONE = re.compile(
    r"(?:\+33 ?\(?0?\)? ?|\b0)[1-9](?:[ ./-]?\d\d){4}\b|\b(?:tel|mob|port|fixe|poste|ligne)\b.{0,12}\d{4}"
)
_ADDRESS = re.compile(r"\S+@\S+\.\w|\bhttps?://|\bwww\.")
_OFFICE = re.compile(
    r"\b(?:professeure?|prof|enseignante?|principale?(?: adjointe?)?|proviseure?|directeur|directrice|chef|cheffe|"
    r"gestionnaire|secretaire|secretariat|technicienn?e?|referente?|ingenieure?|responsable|charge|chargee|"
    r"documentaliste|cpe|intendante?|agente?|administrat\w+|assistante?|collegue|college|lycee|ecole|academie|rectorat|"
    r"dsden|departement|conseil|region|mairie|service|dane|drane|dsi|atice|tice|rupn|adjointe?|coordonnat\w+)\b"
)
_DELIMITER = re.compile(r"--|—|- -|_{3,}|—{3,}|–{3,}")
_NAME = re.compile(r"(?:(?:M|Mme|Mr|Mlle|Dr)\.? )?(?:[A-ZÀ-Þ][\w'’.-]{0,30}[ ,]*){1,5}$")


def signature(raw: Sequence[str], read: Sequence[str]) -> list[bool]:
    """Return which lines of one stretch of own words are a signature, a notice or a banner; never all its words.

    `raw` are the lines as written, `read` the same as `quote_marks.plain` gives them.
    """
    marked = [False] * len(raw)
    _mark_banner(read, marked)
    end = _before_notices(read, marked)
    for starts in (_delimiters, _closings, _contact):
        begin = max(0, end - LOOKED_AT)
        for start in starts(raw, read, begin, end):
            if _has_words(read, marked, start):
                _mark_tail(read, marked, range(start, end))
                end = start
                break
    if not _has_words(read, marked, len(read)):
        return [False] * len(raw)
    return marked


def _has_words(read: Sequence[str], marked: Sequence[bool], end: int) -> bool:
    return any(read[index] and not marked[index] for index in range(end))


def _mark_banner(read: Sequence[str], marked: list[bool]) -> None:
    """Mark the warning that a gateway writes above a mail from outside."""
    first = next((index for index, line in enumerate(read[:8]) if line), None)
    if first is None or not _BANNER.match(read[first]):
        return
    for index in range(first, min(first + 6, len(read))):
        if not read[index]:
            break
        marked[index] = True


def _before_notices(read: Sequence[str], marked: list[bool]) -> int:
    """Mark what programs add at the end (devices, notices of confidentiality); return where the rest ends."""
    end = len(read)
    for first, last in _paragraphs(read, max(0, end - LOOKED_AT), end):
        if _NOTICE.search(" ".join(read[first:last])[:1000]):
            begins = next((at for at in range(first, last) if _NOTICE.match(" ".join(read[at:last])[:1000])), first)
            if any(read[:begins]):
                _mark(marked, range(begins, end))
                end = begins
            break
    while True:
        last_line = next((index for index in range(end - 1, max(-1, end - 12), -1) if read[index]), -1)
        if last_line < 0 or not _is_device(read[last_line]):
            return end
        marked[last_line] = True
        end = last_line


def _is_device(line: str) -> bool:
    """Return whether a line is « Envoyé de mon iPhone » or its like, and no sentence that begins so."""
    return _DEVICE.match(line) is not None and not _prose(line.replace(" depuis ", " "))


def _paragraphs(read: Sequence[str], begin: int, end: int) -> list[tuple[int, int]]:
    """Return the stretches between blank lines, as first and past-the-last line."""
    found, first = [], None
    for index in range(begin, end + 1):
        blank = index == end or not read[index]
        if blank and first is not None:
            found.append((first, index))
            first = None
        elif not blank and first is None:
            first = index
    return found


def _delimiters(raw: Sequence[str], read: Sequence[str], begin: int, end: int) -> list[int]:
    """Return where a line « -- » or a long rule begins a signature, the last first."""
    found = []
    for at in range(end - 1, begin - 1, -1):
        if not _DELIMITER.fullmatch(read[at]):
            continue
        sure = raw[at].startswith("-- ")
        block = [index for index in range(at + 1, end) if read[index]]
        known = block and (_named(raw[block[0]]) or any(_reaches(read[index]) for index in block))
        if (sure or known) and _fits(read, at + 1, end, strict=not sure):
            found.append(at)
    return found


def _closings(raw: Sequence[str], read: Sequence[str], begin: int, end: int) -> list[int]:
    """Return where « Cordialement » or its like begins a signature, the first first; after the line of other words."""
    found = []
    for at in range(begin, end):
        closing = _CLOSING.match(read[at])
        closes = (closing is not None and not _prose(closing["rest"])) or _FORMULA.match(read[at]) is not None
        if (closes or _CLOSED_BY.search(read[at])) and _fits(read, at + 1, end):
            found.append(at if closes else at + 1)
    return found


def _fits(read: Sequence[str], begin: int, end: int, *, strict: bool = True) -> bool:
    """Return whether what stands between these lines may be a signature: short, and without a sentence, P.S. apart."""
    lines = 0
    for first, last in _paragraphs(read, begin, end):
        if _POSTSCRIPT.match(read[first]):
            continue
        lines += last - first
        if lines > SIGNATURE_LINES or (strict and any(_prose(line) for line in read[first:last])):
            return False
    return True


def _prose(line: str) -> bool:
    """Return whether a line reads like a sentence, or names what a desk must read."""
    if _THINGS.search(line) or len(line) > 200:
        return True
    words = re.findall(r"[a-z']+", line)
    count = sum(word in _PROSE_WORDS for word in words)
    return count >= 2 or (count == 1 and (len(words) >= 6 or line.endswith((".", "!"))))


def _contact(raw: Sequence[str], read: Sequence[str], begin: int, end: int) -> list[int]:
    """Return where the last paragraph begins, if it is a name with a function, a telephone or an address."""
    paragraphs = _paragraphs(read, begin, end)
    if len(paragraphs) < 2:
        return []
    first, last = paragraphs[-1]
    block = read[first:last]
    before = read[paragraphs[-2][1] - 1]
    if not 2 <= len(block) <= 9 or before.endswith(":") or any(map(_prose, block)):
        return []
    if any(line.startswith(("-", "•", "*", "·")) or line.endswith(":") for line in block):
        return []
    reached = any(map(_reaches, block))
    named = _named(raw[first]) or any(_OFFICE.search(line) for line in block)
    if not (reached and named and (_named(raw[first]) or _OFFICE.search(block[0]))):
        return []
    above = paragraphs[-2]
    if above[1] - above[0] == 1 and _named(raw[above[0]]) and len(raw[above[0]].split()) > 1 and len(paragraphs) > 2:
        return [above[0]]
    return [first]


def _reaches(line: str) -> bool:
    """Return whether a line says how to reach somebody: a telephone, an address."""
    return _PHONE.search(line) is not None or _ADDRESS.search(line) is not None


def _named(line: str) -> bool:
    stripped = line.strip().strip("*_")
    return 3 <= len(stripped) <= 60 and _NAME.match(stripped) is not None


def _mark_tail(read: Sequence[str], marked: list[bool], tail: range) -> None:
    """Mark a signature, but for the paragraphs of a postscript in it."""
    after = False
    _mark(marked, tail)
    for first, last in _paragraphs(read, tail.start, tail.stop):
        if after or _POSTSCRIPT.match(read[first]):
            after = re.fullmatch(r"(?:ps|p\.s\.|nb) ?:?", read[first]) is not None and last - first == 1
            for index in range(first, last):
                marked[index] = False


def _mark(marked: list[bool], lines: range) -> None:
    for index in lines:
        marked[index] = True
