"""Read obligations.toml: what the parties owe each other by a day or at a rhythm."""

from __future__ import annotations

from collections.abc import Iterator

from matrix.files.folder import Folder
from matrix.files.toml_lines import Entry
from matrix.model.obligations import OBLIGATION_RULES, Obligation

#: Rule -> the keys that it needs. `before` and `event` need `days` or `months` too, one of the two.
_NEEDS: dict[str, frozenset[str]] = {
    "month": frozenset({"month"}),
    "school_year_end": frozenset({"zone"}),
    "before": frozenset({"of"}),
    "event": frozenset({"event"}),
}
_AHEAD = frozenset({"days", "months"})
_RULE_KEYS = frozenset().union(_AHEAD, *_NEEDS.values())
#: The obligations that another may fall before: those that have one occurrence in each period.
_MEETINGS = frozenset({"month", "quarter", "year", "civil_year", "open"})


def read_obligations(folder: Folder) -> Iterator[Obligation]:
    """The obligations, in the order of the file. `of` names one that stands before it in the file."""
    lines: dict[str, int] = {}
    known: dict[str, str] = {}
    for entry in folder.optional("obligations.toml", "obligation"):
        entry.once("id", lines)
        made = _read(folder, entry)
        _check_rule(entry, made)
        if made.of and known.get(made.of) not in _MEETINGS:
            wanted = "une obligation de ce fichier, écrite avant et qui revient à un rythme"
            entry.fault("of", f"« of » : {made.of!r} inconnu ; attendu : {wanted}")
        known[made.id] = made.rule
        yield made


def _read(folder: Folder, entry: Entry) -> Obligation:
    made = Obligation(
        id=entry.take("id", str),
        title=entry.take("title", str),
        owners=tuple(entry.take("owners", list, one_of=folder.parties)),
        rule=entry.take("rule", str, one_of=OBLIGATION_RULES),
        citations=folder.cites(entry, ...),
        month=entry.take("month", int, None, one_of=range(1, 13)),
        days=entry.take("days", int, None),
        months=entry.take("months", int, None),
        of=entry.take("of", str, ""),
        event=entry.take("event", str, ""),
        zone=entry.take("zone", str, "", one_of=("", "A", "B", "C")),
        fee=entry.take("fee", bool, False),
        reminders=tuple(_reminders(entry)),
    )
    if entry.row.get("owners") == []:
        entry.fault("owners", "« owners » : au moins une partie attendue")
    if entry.row.get("cites") == []:
        entry.fault("cites", "« cites » : au moins une clause attendue ; sans clause, il n'y a pas d'obligation")
    return made


def _reminders(entry: Entry) -> Iterator[int]:
    for number in entry.take("reminders", list, []):
        if type(number) is int and 0 <= number <= 366:
            yield number
        else:
            entry.fault("reminders", f"« reminders » : un nombre de jours de 0 à 366 attendu, {number!r} trouvé")


def _check_rule(entry: Entry, made: Obligation) -> None:
    """Report the keys that the rule needs and has not, and those that it does not use."""
    needs = _NEEDS.get(made.rule, frozenset())
    ahead = made.rule in ("before", "event")
    for key in sorted(needs - entry.row.keys()):
        entry.fault("rule", f"« rule » = {made.rule!r} veut « {key} »")
    given = entry.row.keys() & _AHEAD
    if ahead and (len(given) != 1 or min(made.days or 1, made.months or 1) < 1):
        entry.fault("rule", f"« rule » = {made.rule!r} veut « days » ou « months », l'un des deux, 1 au moins")
    for key in sorted((entry.row.keys() & _RULE_KEYS) - needs - (_AHEAD if ahead else frozenset())):
        entry.fault(key, f"« {key} » n'a pas de sens avec « rule » = {made.rule!r}")
