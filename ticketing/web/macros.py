"""How templates call macros: Flask's environment of templates, in which a call and an import cost a page little.

A ticket's page calls two hundred macros, and most of them show what they are given and nothing else: an icon, a button,
a party. A template names these in its variable `remembered`; they are rendered once for the same words. Nothing that
one of them shows may come from the request, the reader or the clock, so a theme's template that names none remembers
none.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from types import BuiltinMethodType, FunctionType, MethodType, NoneType
from typing import Any

from flask.templating import Environment
from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, Macro

#: The most calls that one macro remembers, and the longest text that is worth remembering.
_MOST, _LONGEST = 2048, 2000
#: What a call is remembered by. Equal values of two types may be shown differently: the type is part of the key.
_PLAIN = (str, int, NoneType)
#: What a template calls as it is, unless a decorator of Jinja's says that it wants the context.
_CALLED = frozenset({FunctionType, MethodType, BuiltinMethodType})


class _Remembered:
    """A macro that shows its arguments and nothing else; it is rendered once for the same arguments."""

    __slots__ = ("_kept", "_macro")

    def __init__(self, macro: Macro) -> None:
        self._macro = macro
        self._kept: dict[tuple[Any, ...], str] = {}

    def __call__(self, *args: Any, **named: Any) -> str:
        whole = (*args, *named.values()) if named else args
        for one in whole:
            if not isinstance(one, _PLAIN):  # the body of a « call », or what could change
                return self._macro(*args, **named)
        key = (whole, tuple(named), *map(type, whole))
        found = self._kept.get(key)
        if found is None:
            found = self._macro(*args, **named)
            if len(found) <= _LONGEST:
                if len(self._kept) >= _MOST:
                    self._kept.clear()
                self._kept[key] = found
        return found


class _Calling(Context):
    """Jinja's context, which knows what it calls: Jinja asks each object, at each call, what it wants to be given.

    The names of a template's globals are listed once too: Jinja lists them at each inclusion, and a page has a dozen.
    """

    def __init__(
        self,
        environment: Any,
        parent: dict[str, Any],
        name: str | None,
        blocks: dict[str, Any],
        globals: MutableMapping[str, Any] | None = None,
    ) -> None:
        super().__init__(environment, parent, name, blocks)
        if globals is not None:
            self.globals_keys = _names_of(globals)

    def call(__self, __obj: Any, *args: Any, **named: Any) -> Any:
        """Call a macro, a function or a method at once; anything else as Jinja does."""
        kind = type(__obj)
        if kind is _Remembered or kind is Macro or (kind in _CALLED and not hasattr(__obj, "jinja_pass_arg")):
            if named:
                named.pop("_block_vars", None)
                named.pop("_loop_vars", None)
            return __obj(__self.eval_ctx, *args, **named) if kind is Macro else __obj(*args, **named)
        return super().call(__obj, *args, **named)


def _names_of(given: MutableMapping[str, Any]) -> set[str]:
    """Return the names of a template's globals; what a template keeps them in remembers them while none is added."""
    maps = getattr(given, "maps", None)
    if maps is None:
        return set(given)
    count = sum(map(len, maps))
    kept: tuple[int, set[str]] | None = given.__dict__.get("guichet_names")
    if kept is None or kept[0] != count:
        kept = given.__dict__["guichet_names"] = count, set(given)
    return kept[1]


class _Imported(Template):
    """A template that knows for which globals its macros are already there: Jinja compares them at each import."""

    _covered: frozenset[str] = frozenset()

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        if ctx is not None and ctx.globals_keys <= self._covered and self._module is not None:
            return self._module
        module = super()._get_default_module(ctx)
        for name in getattr(module, "remembered", ()):
            macro = getattr(module, name)
            if isinstance(macro, Macro):
                setattr(module, name, _Remembered(macro))
        if ctx is not None and module is self._module:
            self._covered = frozenset(ctx.globals_keys)
        return module


class Templates(Environment):
    """Flask's environment of templates, with these calls and imports."""

    template_class = _Imported
    context_class = _Calling
