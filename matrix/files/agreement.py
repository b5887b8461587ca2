"""Load a `Convention` from its folder: convention.toml, clauses.toml, and the other files in their order.

The order counts: a file may name what an earlier one gave (clauses, parties, notes, categories), and faults are listed
in the order of reading.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from matrix.files import annexes, networks, overrides, parties, words
from matrix.files.cells import read_versions
from matrix.files.claims import read_claims
from matrix.files.contacts import read_contacts
from matrix.files.folder import Folder
from matrix.files.guidance import read_guidance
from matrix.files.obligations import read_obligations
from matrix.files.own_bodies import check_places
from matrix.files.sentences import read_sentences
from matrix.files.shared import ConventionError
from matrix.files.terms import read_terms
from matrix.files.toml_lines import Entry, File
from matrix.model import Convention, Etablissement, Vocabulary
from matrix.owners import owners, standing_for

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
#: File -> its tables; any other file holds cells.
_IN_FILE = {
    "clauses.toml": ("clause",),
    "etablissements.toml": ("etablissement",),
    "categories.toml": ("category",),
    "equipment.toml": ("equipment",),
    "glossary.toml": ("term",),
    "contacts.toml": ("contact",),
    "guidance.toml": ("guidance",),
    "networks.toml": ("point", "network"),
    "fees.toml": ("fee",),
    "committees.toml": ("committee", "seat"),
    "claims.toml": ("claim",),
    "sentences.toml": ("sentence",),
    "obligations.toml": ("obligation",),
}
#: The tables of convention.toml, which their own readers check.
_TABLES = frozenset(
    {
        *("version", "party", "body", "note", "exclusion", "transfer", "replaceable", "opens", "accounts", "change"),
        *("school_time", "near", "homonym"),
    }
)


def load_convention(path: Path, vocabulary: Vocabulary) -> Convention:
    """The agreement of a folder. Raises a `ConventionError` that lists every fault."""
    faults: list[str] = []
    # What cannot be read explains all that would be missing for want of it.
    files = [File(file, faults) for file in sorted(path.glob("*.toml"))]
    if faults:
        raise ConventionError(faults)
    convention = _read(Folder(path, vocabulary, faults))
    for file in files:
        _only_known_tables(file)
    if faults:
        raise ConventionError(faults)
    return convention


def _only_known_tables(file: File) -> None:
    """Report a table that nothing reads in a file beside convention.toml, which checks its own."""
    name = file.path.name
    known = _IN_FILE.get(name, ("cell",))
    for key in file.data.keys() - known if name not in ("convention.toml", "inventory.toml") else ():
        line = max(file.line_of(f"[[{key}]]"), file.line_of(f"[{key}]"))
        file.fault(line, f"« {key} » n'a pas de sens ici ; attendu : {', '.join(f'[[{one}]]' for one in known)}")


def folders(root: Path) -> list[Path]:
    """The agreements' folders under `root`, in the order of their names."""
    return sorted(path.parent for path in root.glob("*/convention.toml"))


def _read(folder: Folder) -> Convention:
    main = folder.file("convention.toml")
    whole = main.whole()
    own = _own_services(folder, whole)
    folder.vocabulary = folder.vocabulary.with_services(own)
    forms = words.read_forms(folder, main, whole)
    folder.id = whole.take("id", str)
    if folder.id != folder.path.name:
        whole.fault("id", f"« id » : {folder.path.name!r} attendu, comme le dossier")
    _read_clauses(folder)
    parties.read_parties(folder, main)
    convention = _beside_tickets(folder, main, whole, _routing(folder, main, whole))
    articles = words.read_articles(main, whole, _names(convention))
    whole.seen |= _TABLES
    whole.only()
    return replace(
        convention,
        public_only=frozenset(folder.public_only),
        lines=folder.lines,
        own_services=own,
        forms=forms,
        articles=articles,
        near=overrides.read_near(folder, main),
        homonyms=overrides.read_homonyms(main),
        role_clauses=tuple(folder.role_clauses),
        own_roles=folder.own_roles,
        folder=folder.path,
    )


def _names(convention: Convention) -> list[str]:
    """The names of bodies that an agreement gives: those of its parties, and of its établissements' own bodies."""
    found = [body.name for body in convention.parties.values()]
    found += [one.name for body in convention.parties.values() for one in body.bodies]
    found += [one.name for place in convention.etablissements.values() for one in place.bodies]
    return list(dict.fromkeys(found))


def _own_services(folder: Folder, whole: Entry) -> Mapping[str, str]:
    """`[services]`: id -> label of the services that this agreement names and the shared vocabulary does not."""
    own: dict[str, str] = {}
    for name, label in whole.take("services", dict, {}).items():
        known = folder.vocabulary.services.get(name, label)
        if not _ID.fullmatch(name) or not isinstance(label, str) or not label.strip():
            whole.fault(name, f"[services] : {name!r} veut un id en minuscules et tirets, et un libellé")
        elif known != label:
            whole.fault(name, f"[services] : {name!r} est déjà « {known} » ; prenez ce libellé, ou un autre id")
        else:
            own[name] = label
    return own


def _read_clauses(folder: Folder) -> None:
    """Fill in `folder.clauses` from clauses.toml: name -> the place of the text."""
    for entry in folder.file("clauses.toml").entries("clause"):
        name = entry.take("id", str)
        if name in folder.clauses:
            entry.fault("id", f"clause {name!r} déjà donnée")
        kind = entry.take("kind", str, "derived", one_of=("printed", "derived"))
        folder.clauses[name] = found = folder.citation(entry, kind)
        if entry.take("sector", str, None, one_of=("public",)) == "public":
            folder.public_only.add((found.ref, found.quote))
        folder.at(entry, f"clause:{name}")
        entry.only()


def _routing(folder: Folder, main: File, whole: Entry) -> Convention:
    """The agreement with the parts that route tickets: desk, cells, rules over the cells, établissements."""
    desk = whole.take("desk", str, one_of=folder.parties)
    duration = whole.take("duration_clause", str)
    whole.take("validity", dict)
    folder.table_ref = whole.take("table_ref", str, "annexe-2")
    parties.read_notes(folder, main)
    annexes.read_categories(folder)
    places = _places(folder, whole)
    versions = read_versions(folder, main)
    if not versions and not folder.faults:
        main.fault(1, "aucune [[version]]")
    cited = folder.clause(whole, "duration_clause", duration)
    routing = Convention(
        id=folder.id,
        title=whole.take("title", str),
        source=whole.take("source", str, ""),
        desk=desk,
        desk_clause=folder.default_clause(whole, "desk_clause"),
        object_clause=folder.default_clause(whole, "object_clause"),
        duration_clause=cited,
        sections=tuple(whole.take("sections", list, [], one_of=folder.vocabulary.sections)),
        parties=folder.parties,
        versions=versions,
        clauses=folder.clauses,
        notes=folder.notes,
        exclusions=overrides.read_exclusions(folder, main, versions),
        transfers=tuple(overrides.read_transfers(folder, main, places)),
        replaceables=tuple(overrides.read_replaceables(folder, main)),
        opens=parties.read_opens(folder, main),
        account_services=parties.read_accounts(folder, main, whole),
        etablissements=places,
        categories=folder.categories,
        equipment=tuple(annexes.read_equipment(folder)),
        glossary=tuple(annexes.read_glossary(folder)),
        terms=read_terms(folder, main, cited),
        table_ref=folder.table_ref,
    )
    check_places(folder, routing)
    return routing


def _places(folder: Folder, whole: Entry) -> Mapping[str, Etablissement]:
    """The établissements; a party that one of them names as its owner does more than take over by a transfer."""
    owner = whole.take("owner", str, None, one_of=owners(folder.parties))
    academie = whole.take("academie", str, None, one_of=standing_for("EN", folder.parties))
    places = annexes.read_etablissements(folder, owner, academie)
    for name in {place.owner or "" for place in places.values()} & folder.parties.keys():
        folder.parties[name] = replace(folder.parties[name], successor=False)
    return places


def _beside_tickets(folder: Folder, main: File, whole: Entry, convention: Convention) -> Convention:
    """The agreement with the parts that do not route tickets: contacts, guidance, glossary, fees, claims…"""
    obligations = tuple(read_obligations(folder))
    return replace(
        convention,
        contacts=tuple(read_contacts(folder)),
        guidance=tuple(read_guidance(folder)),
        points=tuple(networks.read_points(folder)),
        networks=tuple(networks.read_networks(folder)),
        fees=tuple(networks.read_fees(folder)),
        claims=tuple(read_claims(folder)),
        obligations=obligations,
        committees=tuple(networks.read_committees(folder, obligations)),
        sentences=tuple(read_sentences(folder, convention.versions)),
        school_time=overrides.read_school_time(folder, main, whole),
    )
