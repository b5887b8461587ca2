"""Check the stylesheets of the named folders: rules that a browser ignores silently are faults here.

Exits 0 when nothing is wrong, else 1 after one line for each fault, `file:line: fault`. Faults are text that does not
parse, a brace that nothing closes, a rule inside another rule, a property that `css-properties.txt` does not list, an
at-rule that is not listed below, and a `var(--name)` that none of the stylesheets sets.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import tinycss2

PROPERTIES = frozenset(Path(__file__).with_name("css-properties.txt").read_text("utf-8").split())
#: At-rules by the content of their block. The margin boxes of @page (@top-left, @bottom-right…) contain declarations.
OF_RULES = frozenset({"media", "supports", "keyframes"})
OF_DECLARATIONS = frozenset({"font-face", "page"})
MARGIN_BOX = ("top-", "bottom-", "left-", "right-")

Fault = tuple[int, str]


def faults_of_rules(rules: Iterable[Any]) -> Iterator[Fault]:
    """The faults of a list of rules: those of a stylesheet, or of a block such as that of @media."""
    for rule in rules:
        if rule.type == "error":
            yield rule.source_line, rule.message
        elif rule.type == "at-rule":
            yield from faults_of_at_rule(rule)
        else:
            if any(token.type == "error" for token in rule.prelude):
                yield rule.source_line, "a closing brace too many above this rule"
            yield from faults_of_declarations(rule.content)


def faults_of_at_rule(rule: Any) -> Iterator[Fault]:
    """The faults of an at-rule and of the content of its block."""
    name = rule.lower_at_keyword
    if rule.content is not None and name in OF_RULES:
        yield from faults_of_rules(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True))
    elif rule.content is not None and (name in OF_DECLARATIONS or name.startswith(MARGIN_BOX)):
        yield from faults_of_declarations(rule.content)
    else:
        yield rule.source_line, f"unknown at-rule @{name}"


def faults_of_declarations(content: Iterable[Any]) -> Iterator[Fault]:
    """The faults of a block of declarations."""
    for item in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if item.type == "error":
            yield item.source_line, item.message
        elif item.type == "at-rule":
            yield from faults_of_at_rule(item)
        elif item.type == "qualified-rule":
            yield item.source_line, "a rule inside another rule: a brace is missing above"
            return  # every rule below would have the same fault
        elif not item.name.startswith("--") and item.lower_name not in PROPERTIES:
            yield item.source_line, f"unknown property {item.name}"


def tokens(nodes: Iterable[Any]) -> Iterator[Any]:
    """Every token in the order of the text, including those inside blocks and functions."""
    for node in nodes:
        yield node
        yield from tokens(getattr(node, "content", None) or getattr(node, "arguments", None) or ())


def names(text: str) -> tuple[set[str], dict[str, int]]:
    """The variables that a stylesheet sets, and those that it reads, with the line of the first use."""
    every = tokens(tinycss2.parse_component_value_list(text, skip_comments=True))
    listed = [node for node in every if node.type != "whitespace"]
    sets = {
        node.value
        for node, then in pairwise(listed)
        if node.type == "ident" and node.value.startswith("--") and then == ":"
    }
    reads: dict[str, int] = {}
    for node, then in pairwise(listed):
        if node.type == "function" and node.lower_name == "var" and then.type == "ident":
            reads.setdefault(then.value, then.source_line)
    return sets, reads


def faults_of_file(text: str) -> Iterator[Fault]:
    """The faults of one stylesheet, without regard to the others."""
    yield from faults_of_rules(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True))
    # An extra closing brace is a parse error, but an unclosed block is not: the standard closes it silently.
    after = tinycss2.parse_stylesheet(text + "\n}", skip_comments=True, skip_whitespace=True)
    if not after or after[-1].type != "error":
        yield text.count("\n"), "a block or a comment is still open at the end"


def main(folders: list[str]) -> int:
    """Print the faults of every stylesheet of `folders`. Returns the exit code."""
    texts = {path: path.read_text("utf-8") for folder in folders for path in sorted(Path(folder).rglob("*.css"))}
    known: set[str] = set().union(*(names(text)[0] for text in texts.values()))
    faults = [(path, line, words) for path, text in texts.items() for line, words in faults_of_file(text)]
    faults += [
        (path, line, f"{name} is set nowhere")
        for path, text in texts.items()
        for name, line in names(text)[1].items()
        if name not in known
    ]
    for path, line, words in sorted(faults):
        print(f"{path}:{line}: {words}")
    return 1 if faults or not texts else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
