"""The tools of other help desks as `kinds.toml` describes them, and what is read of their mails by it. Pure.

Nothing here is written for one tool: a pattern or a list of the file is all that tells them apart.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from ticketing.model import clean_line, clean_text

#: What any known tool would take for a number of its own, in words that are not its number: the sign is set apart.
_FOREIGN = re.compile(r"#(?=\s{0,2}\d+\])|(?<=ticket)#(?=\s{0,2}\d)|(?<=INC)(?=\d{6})", re.IGNORECASE)
#: A message of ours repeated by the other tool: « Guichet n° 12, message 3 », whatever its blanks.
_OWN = re.compile(r"Guichet\s+n°\s*(\d{1,12}),\s+message\s+(\d{1,7})\b")
_FLAGS = re.MULTILINE | re.IGNORECASE
_BLANK_RUNS = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a notice: what marks it among others, and its words. `own` are our own messages that it repeats."""

    mark: str
    words: str
    own: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of tool, from its table in `kinds.toml`."""

    id: str
    label: str
    numbers: tuple[re.Pattern[str], ...]
    ids: tuple[re.Pattern[str], ...]
    number_form: str
    entry: re.Pattern[str] | None
    ends: re.Pattern[str] | None
    states: re.Pattern[str] | None
    drop: tuple[re.Pattern[str], ...]
    acknowledges: bool
    key: str
    state: Mapping[str, str]

    def number(self, subject: str, ids: Iterable[str] = ()) -> str:
        """Return the tool's own number from a subject, else from its Message-IDs; empty where there is none."""
        for patterns, texts in ((self.numbers, (subject,)), (self.ids, tuple(ids))):
            for text in texts:
                for pattern in patterns:
                    if found := pattern.search(text):
                        return found[1]
        return ""

    def written(self, number: str) -> str:
        """Return a number as the tool's subjects write it; empty where it is not known yet, or the tool has none."""
        return self.number_form.format(number=number) if number and self.number_form else ""

    def state_of(self, text: str) -> str:
        """Return the state that a notice says, as one of ours; empty where it says none that is known."""
        if self.states is None:
            return ""
        for found in self.states.finditer(text):
            if known := self.state.get(clean_line(found[1]).casefold()):
                return known
        return ""

    def entries(self, text: str) -> tuple[Entry, ...]:
        """Return the entries of a notice, the first first; a text without any is one entry, marked by its words."""
        clean = clean_text(text)
        heads = list(self.entry.finditer(clean)) if self.entry else []
        if not heads:
            return (_entry("", self._own_words(clean)),)
        found = []
        for head, following in zip(heads, [*heads[1:], None], strict=True):
            words = clean[head.end() : following.start() if following else len(clean)]
            end = self.ends.search(words) if self.ends else None
            found.append(_entry(head[1], self._own_words(words[: end.start()] if end else words)))
        return tuple(found)

    def _own_words(self, text: str) -> str:
        """Return the text without the tool's decoration."""
        for pattern in self.drop:
            text = pattern.sub("", text)
        if self.states is not None:
            text = self.states.sub("", text)
        return clean_text(_BLANK_RUNS.sub("\n\n", text))


def _entry(mark: str, words: str) -> Entry:
    print_ = sha256(f"{clean_line(mark)}\0{clean_line(words)}".encode()).hexdigest()[:32]
    return Entry(print_, words, tuple((int(number), int(order)) for number, order in _OWN.findall(words)))


def neutral(text: str) -> str:
    """Return words in which no tool finds a ticket number: a title that quotes « [GLPI #12] » must not reach 12."""
    return _FOREIGN.sub(" n° ", text)


def sealed_off(text: str) -> str:
    """Return words that an engine of `label: value` lines cannot take for a label: they stay within their bounds."""
    return text.replace("$$]", "$$ ]").replace("[$$", "[ $$")


def _kind(id_: str, table: Mapping[str, Any]) -> Kind:
    def one(name: str) -> re.Pattern[str] | None:
        return re.compile(table[name], _FLAGS) if table[name] else None

    def several(name: str) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern, _FLAGS) for pattern in table[name])

    return Kind(
        id=id_,
        label=table["label"],
        numbers=several("numbers"),
        ids=several("ids"),
        number_form=table["number_form"],
        entry=one("entry"),
        ends=one("ends"),
        states=one("states"),
        drop=several("drop"),
        acknowledges=table["acknowledges"],
        key=table["key"],
        state=table.get("state", {}),
    )


KINDS: Mapping[str, Kind] = {
    id_: _kind(id_, table)
    for id_, table in tomllib.loads(Path(__file__).with_name("kinds.toml").read_text("utf-8")).items()
}
