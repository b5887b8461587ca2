"""The small changes that make a mutant: where one is possible in a module's text, and what stands there then. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARED: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<=",),
    ast.LtE: ("<",),
    ast.Gt: (">=",),
    ast.GtE: (">",),
    ast.Eq: ("!=",),
    ast.NotEq: ("==",),
    ast.Is: ("is not",),
    ast.IsNot: ("is",),
    ast.In: ("not in",),
    ast.NotIn: ("in",),
}
_COMPUTED: dict[type[ast.operator], str] = {ast.Add: "-", ast.Sub: "+", ast.Mult: "//", ast.FloorDiv: "*", ast.Mod: "*"}
_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
#: Calls that give the same whichever of their arguments comes first: SQL conditions and unions, extremes of numbers.
_ORDERLESS = frozenset({"where", "or_", "and_", "union_all", "min", "max"})


@dataclass(frozen=True, slots=True)
class Change:
    """A change to a module: the line where it is, the bytes that it replaces (from, to), and what stands there then.

    `text`: the line as it was.
    """

    line: int
    start: int
    end: int
    before: str
    after: str
    text: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """What tells the change from the others of its module, whatever moves above it."""
        return self.text, self.before, self.after


def changes(text: str) -> list[Change]:
    """Every change that can be made to a module of this text, in the order of the text; annotations are left alone."""
    tree = ast.parse(text)
    starts = [0]
    for line in text.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    left_alone = {id(inner) for node in _annotations(tree) for inner in ast.walk(node)}
    source, lines = text.encode(), text.splitlines()
    found = []
    for node in ast.walk(tree):
        if id(node) in left_alone:
            continue
        for first, last, after in _of(node):
            start = starts[first[0] - 1] + first[1]
            end = starts[last[0] - 1] + last[1]
            before = source[start:end].decode()
            if before.strip() and before != after:
                found.append(Change(first[0], start, end, before, after, lines[first[0] - 1].strip()))
    return sorted(found, key=lambda one: (one.start, one.end, one.after))


def applied(text: str, change: Change) -> str:
    """The module's text with one change made."""
    source = text.encode()
    return (source[: change.start] + change.after.encode() + source[change.end :]).decode()


def what_runs(text: str) -> str:
    """What a module of this text runs, and on which lines; the same whatever its comments and docstrings say."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(
            node
        ):
            del node.body[0]
    return ast.dump(tree, include_attributes=True)


_Place = tuple[int, int]


def _begin(node: ast.expr | ast.stmt) -> _Place:
    return node.lineno, node.col_offset


def _end(node: ast.expr | ast.stmt) -> _Place:
    assert node.end_lineno is not None and node.end_col_offset is not None
    return node.end_lineno, node.end_col_offset


def _whole(node: ast.expr | ast.stmt, after: str) -> tuple[_Place, _Place, str]:
    return _begin(node), _end(node), after


def _of(node: ast.AST) -> Iterator[tuple[_Place, _Place, str]]:
    """The changes of one node: where they begin and end (line, byte of the line), and what comes there."""
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            for after in _COMPARED[type(operator)]:
                yield _whole(node, f"({ast.unparse(left)} {after} {ast.unparse(right)})")
        case ast.BoolOp(op=operator, values=values):
            word = " or " if isinstance(operator, ast.And) else " and "
            yield _whole(node, "(" + word.join(f"({ast.unparse(value)})" for value in values) + ")")
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield _whole(node, f"({ast.unparse(operand)})")
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _COMPUTED and not _is_text(node):
            yield _whole(node, f"({ast.unparse(left)} {_COMPUTED[type(operator)]} {ast.unparse(right)})")
        case ast.Constant(value=bool() as value):
            yield _whole(node, str(not value))
        case ast.Constant(value=int() as value):
            yield _whole(node, str(value + 1))
        case ast.If(test=test) | ast.IfExp(test=test):
            yield _whole(test, f"(not ({ast.unparse(test)}))")
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield _whole(value, "None")
        case ast.Raise():
            yield _whole(node, "pass")
        case ast.Expr(value=ast.Call()):
            yield _whole(node, "pass")
        case ast.Call(func=called, args=[first, second, *_]) if not (
            _name(called) in _ORDERLESS or isinstance(first, ast.Starred) or isinstance(second, ast.Starred)
        ):
            yield _begin(first), _end(second), f"{ast.unparse(second)}, {ast.unparse(first)}"
        case ast.Break():
            yield _whole(node, "continue")
        case ast.Continue():
            yield _whole(node, "break")


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _is_text(node: ast.BinOp) -> bool:
    return any(
        isinstance(inner, ast.JoinedStr) or (isinstance(inner, ast.Constant) and isinstance(inner.value, str))
        for inner in ast.walk(node)
    )


def _annotations(tree: ast.AST) -> Iterator[ast.AST]:
    """What no run evaluates or no test should hold: annotations, the text of f-strings, `if TYPE_CHECKING`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (one.annotation for one in ast.walk(node.args) if isinstance(one, ast.arg) and one.annotation)
            if node.returns:
                yield node.returns
            yield from node.decorator_list
        elif isinstance(node, ast.ClassDef):
            yield from node.decorator_list
        elif isinstance(node, ast.AnnAssign):
            yield node.annotation
        elif isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        ):
            yield node
