"""The journal's details have French names, whatever act writes them."""

from __future__ import annotations

import ast

from harness.places import ROOT

from ticketing.oversight import journal_labels

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


class Details:
    """The keys of the details that a source records: spelt out, in a dict given by name, or returned by a function."""

    def __init__(self, source: str) -> None:
        self.functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, FUNCTIONS)]
        self.found: set[str] = set()
        for function in self.functions:
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in ("record", "refusal"):
                    for given in (one.value for one in call.keywords if one.arg == "details"):
                        self.found |= self._assigned(given.id, function) if isinstance(given, ast.Name) else set()
                        self.found |= self._keys(given)

    def _keys(self, given: ast.AST) -> set[str]:
        """The keys of every dict in an expression, those that a function of the source returns to it included."""
        found: set[str] = set()
        for part in ast.walk(given):
            if isinstance(part, ast.Dict):
                found |= {key.value for key in part.keys if isinstance(key, ast.Constant)}
            elif isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
                returned = [
                    node.value
                    for function in self.functions
                    if function.name == part.func.id
                    for node in ast.walk(function)
                    if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict)
                ]
                found = found.union(*(self._keys(value) for value in returned))
        return found

    def _assigned(self, name: str, function: ast.AST) -> set[str]:
        """The keys that a function puts in the dict of this name: at once, by « |= », or one by one."""
        found: set[str] = set()
        for node in ast.walk(function):
            if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) or node.value is None:
                continue
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name) and target.id == name:
                    found |= self._keys(node.value)
                elif isinstance(target, ast.Subscript) and ast.unparse(target.value) == name:
                    found |= {target.slice.value} if isinstance(target.slice, ast.Constant) else set()
        return found


def written() -> set[str]:
    """Return the keys of details, as they are spelt in the code that records them."""
    files = [file for folder in ("charters", "ticketing") for file in (ROOT / folder).rglob("*.py")]
    return set().union(*(Details(file.read_text("utf-8")).found for file in files))


def test_details_are_seen_in_a_call_and_in_a_dict_named_before_it() -> None:
    """Eighteen keys stood unwatched once they were given by the name of a dict: « minutes », « retroactive »."""
    source = """
def days():
    return {"closes": 1}
def act():
    with writing():
        details = days() | {"minutes": 3} | ({"most": 1} if late else {})
        details["term"] = 2
        audit.record("limit.reached", details=details, now=now)
        audit.record("limit.reached", details={"asked": 3, "kept": 1}, now=now)
"""
    assert Details(source).found == {"minutes", "most", "term", "closes", "asked", "kept"}
    assert {"minutes", "retroactive", "renewed", "proof", "mandates", "closes"} <= written()


def test_every_detail_has_a_french_name() -> None:
    """Defect: « movement : arrivee », « asked : 2 ; kept : 1 », « self : oui » were shown on pages and in exports."""
    keys = written()
    assert len(keys) > 75 and not keys - set(journal_labels.LABELS)


def test_a_ticket_made_confidential_does_not_start_on_yes() -> None:
    assert journal_labels.said('{"on": true}') == (("confidentiel", "oui"),)
    assert journal_labels.said('{"on": "2026-11-30", "movement": "arrivee"}') == (
        ("à compter du", "2026-11-30"),
        ("mouvement", "arrivée"),
    )


def test_a_detail_s_words_are_those_of_its_key() -> None:
    said = journal_labels.said
    long = "0123456789abcdef" * 4
    assert said(f'{{"sha256": "{long}"}}')[0][1] == "0123456789ab…"
    assert said(f'{{"sha256": "{long}"}}', whole=True)[0][1] == long
    assert said(f'{{"sha256": "{long[:-1]}"}}')[0][1] == long[:-1], "not a whole hash"
    assert said('{"from": "2026-11-30"}') == (("du", "2026-11-30"),)
    assert said('{"from": "open"}')[0][0] != "du"
    assert said('{"kept": [1, "é"]}')[0][1] == '[1, "é"]' and said('{"self": false}')[0][1] == "non"
    assert said('{"kept": "", "asked": null, "sent": 0}') == (("envoyé", "0"),)
    assert said("") == () and said('{"inconnu": 1}') == (("inconnu", "1"),)


def test_codes_are_found_by_their_words_whatever_the_case() -> None:
    assert journal_labels.codes_of("ORIENT") == {"routed"} and "lost" in journal_labels.codes_of("perdu")
    assert journal_labels.codes_of("licorne") == set()
