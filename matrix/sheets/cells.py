"""Read each cell of the table: its words, its colour by the legend, its note, and the questions that remain."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matrix.conventions import Conventions
from matrix.model import Cell, Convention
from matrix.sheets import colours, notes
from matrix.sheets.colour_meanings import KEEP, NONE, ColourMeanings, GatheredQuestion, Meaning, colour_key, plain
from matrix.sheets.lexicon import Lexicon
from matrix.sheets.model import (
    Answers,
    CellReading,
    Detail,
    Grid,
    GridCell,
    LegendEntry,
    Question,
    QuestionKind,
    Source,
    coordinate,
)
from matrix.values import DEPENDS, Value, parse

Spot = tuple[int, int, str, str]  # row, column, service, activity
#: (a word of `values`, or None where nothing is settled or changed; its source; the key of the question to answer).
Said = tuple[str | None, Source, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet and what is needed to read it. `present`: the agreement's cells; `entries`: the legend found."""

    grid: Grid
    convention: Convention
    conventions: Conventions
    lexicon: Lexicon
    present: Mapping[tuple[str, str], Cell | None]
    answers: Answers
    entries: tuple[LegendEntry, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Holds the cells read, the legend in use, the questions, and sentences to show."""

    cells: tuple[CellReading, ...]
    legend: tuple[LegendEntry, ...]
    questions: tuple[Question, ...]
    told: tuple[str, ...]


def read(sheet: Sheet, spots: Iterable[Spot]) -> Found:
    """Read the cells of a table, in order."""
    reader = _Cells(sheet)
    read_cells = tuple(reader.cell(spot) for spot in spots)
    return Found(read_cells, reader.legend(), tuple(one.asked() for one in reader.asked.values()), tuple(reader.told))


class _Cells:
    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._options = sheet.lexicon.options()
        self._colours = ColourMeanings(sheet.entries, sheet.answers, self._options)
        self.asked: dict[str, GatheredQuestion] = {}
        self.told: list[str] = []

    def legend(self) -> tuple[LegendEntry, ...]:
        """Return the legend in use."""
        return self._colours.legend()

    # --- cells ---

    def cell(self, spot: Spot) -> CellReading:
        """Return the reading of one cell."""
        row, column, service, activity = spot
        cell = self._sheet.grid.at(row, column)
        where = coordinate(row, column)
        doubts = self._doubts(cell)
        detail, fault = self._detail(cell)
        if fault:
            return self._faulty(spot, cell, fault, doubts)
        word, source, question = self._said(where, cell, doubts, self._sheet.present.get((service, activity)))
        if word == "" and source == "blank" and detail is None:
            word, source, question = self._blank(where, spot)
        if word is not None and source != "keep":
            answered = self._needs(spot, word, detail, doubts)
            if answered is not None:
                word, source, question = answered
        return CellReading(
            row=row,
            column=column,
            service=service,
            activity=activity,
            word=word,
            source=source,
            doubts=tuple(doubts),
            question=question,
            detail=detail,
        )

    def _said(self, where: str, cell: GridCell, doubts: list[str], present: Cell | None) -> Said:
        """Return the meaning of a cell from its words and its colour together."""
        if cell.text:
            return self._worded(where, cell, doubts)
        if cell.pattern:
            return self._patterned(where, cell, doubts)
        if not cell.colour:
            return "", "blank", ""
        meaning = self._colours.meaning(cell.colour)
        if meaning.doubt:
            doubts.append(meaning.doubt)
        if meaning.word is None:
            return self._ask_colour(where, cell.colour, meaning)
        if self._colours.chosen(cell.colour) is not None:
            self._ask_colour(where, cell.colour, meaning)  # an answered question stays on the page
        if meaning.word == "none":
            return "", "blank", ""
        return (None, "keep", "") if meaning.word == "keep" else (meaning.word, "colour", "")

    def _ask_struck(self, where: str, cell: GridCell) -> Said:
        """Ask what a struck text means: it may be the contrary of its words, so nothing is read of it by itself."""
        key = f"struck-{_mark(cell.text)}"
        text = _braced(" ".join(cell.text.split())[:80])
        sentence = f"{{where}} : « {text} » est barré, en tout ou en partie. Que faut-il y lire ?"
        options = {**dict(self._options), "blank": "rien : ce qui est barré ne compte plus"}
        self._ask(key, "text", where, sentence, (*options.items(), KEEP))
        return self._taken(key)

    def _worded(self, where: str, cell: GridCell, doubts: list[str]) -> Said:
        if cell.struck:
            return self._ask_struck(where, cell)
        value = None if cell.formula else self._sheet.lexicon.value(cell.text)
        if value is not None and value.note is not None and value.note not in self._sheet.convention.notes:
            value = None
        meaning = self._colours.meaning(cell.colour) if cell.colour and not cell.pattern else None
        said = meaning.word if meaning is not None and meaning.word not in ("none", "keep") else None
        if value is None:
            return self._ask_text(where, cell, said)
        if cell.pattern:
            doubts.append(f"case {_pattern(cell)} : le mot l’emporte")
        if said is None:
            if meaning is not None and meaning.word is None:
                doubts.append(f"couleur {colours.name(cell.colour)} ({cell.colour}) sans légende : le mot l’emporte")
            return str(value), "word", ""
        if said == value.word:
            return str(value), "both", ""
        if value.word == "CL ou Etab" and said in ("CL", "Etab"):
            doubts.append(f"la couleur dit {said} seul : le mot l’emporte")
            return str(value), "word", ""
        return self._ask_pair(where, cell, value, said)

    def _patterned(self, where: str, cell: GridCell, doubts: list[str]) -> Said:
        doubts.append(f"case {_pattern(cell)}")
        shown = tuple(one for one in (cell.colour, cell.second) if one)
        key = "pattern-" + "-".join((_mark(cell.pattern), *(one.lstrip("#") for one in shown)))
        names = " et ".join(f"{colours.name(one)} ({one})" for one in shown)
        self._ask(
            key,
            "pattern",
            where,
            f"{{where}} : case {cell.pattern}{', ' + names if names else ''}. Que faut-il y lire ?",
            (*self._options, KEEP),
            shown,
        )
        return self._taken(key)

    def _blank(self, where: str, spot: Spot) -> Said:
        """Return the meaning of a cell without colour or word.

        No question arises where the agreement leaves it blank too.
        """
        present = self._sheet.present.get((spot[2], spot[3]))
        if present is None or not present.value:
            return "", "blank", ""
        self._ask(
            "blank",
            "blank",
            where,
            "Sans couleur ni mot dans la feuille, mais réglées par l’accord : {where}. Que faut-il en faire ?",
            (("keep", "les laisser comme elles sont dans l’accord"), ("blank", "les vider : plus rien n’y est réglé")),
        )
        return self._taken("blank")

    def _needs(self, spot: Spot, word: str, detail: Detail | None, doubts: list[str]) -> Said | None:
        """Return the question raised by a word that needs details: « selon » needs cases, « conflit » needs parties."""
        bare = parse(word).word
        present = self._sheet.present.get((spot[2], spot[3]))
        complete = detail is not None and (
            bool(detail.cases) if bare == DEPENDS else len(detail.candidates) > 1 if bare == "conflit" else True
        )
        if bare not in (DEPENDS, "conflit") or complete:
            return None
        if present is not None and parse(present.value).word == bare and detail is None:
            kept = "ses cas restent ceux" if bare == DEPENDS else "ses parties restent celles"
            doubts.append(f"« {bare} » : {kept} de l’accord")
            return None
        where = coordinate(spot[0], spot[1])
        key = f"detail-{where}"
        wants = "ses cas dans une note" if bare == DEPENDS else "les deux parties, dans une note"
        self._ask(
            key,
            "detail",
            where,
            f"{{where}} dit « {bare} », qui veut {wants}. Que faut-il y lire ?",
            (*self._options, KEEP),
        )
        return self._taken(key)

    def _faulty(self, spot: Spot, cell: GridCell, fault: str, doubts: list[str]) -> CellReading:
        where = coordinate(spot[0], spot[1])
        self._ask(
            f"detail-{where}",
            "detail",
            where,
            f"{{where}} : {_braced(fault)}. Que faut-il y lire ?",
            (*self._options, KEEP),
        )
        word, source, question = self._taken(f"detail-{where}")
        return CellReading(
            row=spot[0],
            column=spot[1],
            service=spot[2],
            activity=spot[3],
            word=word,
            source=source,
            doubts=tuple(doubts),
            question=question,
        )

    def _detail(self, cell: GridCell) -> tuple[Detail | None, str]:
        if not notes.structured(cell.note):
            return None, ""
        try:
            return notes.decode(self._sheet.convention, self._sheet.conventions.vocabulary, cell.note), ""
        except notes.NoteFault as fault:
            return None, str(fault)

    def _doubts(self, cell: GridCell) -> list[str]:
        found = []
        if cell.note and not notes.structured(cell.note):
            found.append(f"une note y est jointe : « {cell.note[:300]} »")
        if cell.conditional:
            found.append("une mise en forme conditionnelle, que Guichet ne calcule pas, peut en changer la couleur")
            told = (
                "Des cases portent une mise en forme conditionnelle. Guichet lit leur couleur propre, et non celle que "
                "le tableur calcule : vérifiez-les."
            )
            if told not in self.told:
                self.told.append(told)
        return found

    # --- questions ---

    def _ask_colour(self, where: str, colour: str, meaning: Meaning) -> Said:
        key = colour_key(colour)
        shown = f"{colours.name(colour)} ({colour})"
        if meaning.shared:
            sentence = f"La légende donne deux sens à la couleur {shown} ({{where}}) : lequel est le bon ?"
        else:
            sentence = f"La couleur {shown} n’est pas dans la légende ({{where}}) : que veut-elle dire ?"
        self._ask(key, "colour", where, sentence, (*self._options, NONE, KEEP), (colour,))
        return None, "question", key

    def _ask_text(self, where: str, cell: GridCell, said: str | None) -> Said:
        key = f"text-{_mark(cell.text)}" + (f"-{cell.colour.lstrip('#')}" if said is not None else "")
        text = _braced(" ".join(cell.text.split())[:80])
        options = (*self._options, KEEP)
        if said is not None:
            options = (("colour", f"ce que dit la couleur : {said or 'rien'}"), *options)
        what = "une formule, que Guichet ne calcule pas" if cell.formula else "un mot que l’accord ne connaît pas"
        self._ask(
            key,
            "text",
            where,
            f"{{where}} : « {text} », {what}. Que faut-il y lire ?",
            options,
            (cell.colour,) if cell.colour else (),
        )
        answer = self.asked[key].answer
        return (said, "choice", key) if answer == "colour" and said is not None else self._taken(key)

    def _ask_pair(self, where: str, cell: GridCell, value: Value, said: str) -> Said:
        key = f"pair-{_mark(str(value))}-{cell.colour.lstrip('#')}"
        sentence = (
            f"{{where}} : le mot dit « {value or 'rien'} », la couleur {colours.name(cell.colour)} ({cell.colour}) dit "
            f"« {said or 'rien'} ». Lequel lire ?"
        )
        options = (("word", f"le mot : {value}"), ("colour", f"la couleur : {said or 'rien'}"), KEEP)
        self._ask(key, "pair", where, sentence, options, (cell.colour,))
        answer = self.asked[key].answer
        if answer in ("word", "colour"):
            return (str(value) if answer == "word" else said), "choice", key
        return self._taken(key)

    def _ask(
        self,
        key: str,
        kind: QuestionKind,
        where: str,
        sentence: str,
        options: tuple[tuple[str, str], ...],
        shown: tuple[str, ...] = (),
    ) -> None:
        answer = self._sheet.answers.get(key)
        if all(value != answer for value, _ in options):
            answer = ""
        asked = self.asked.setdefault(key, GatheredQuestion(key, kind, sentence, options, answer, shown))
        if where not in asked.where:
            asked.where.append(where)

    def _taken(self, key: str) -> Said:
        """Return what the answer to a question makes of a cell."""
        answer = self.asked[key].answer
        if not answer:
            return None, "question", key
        return (None, "keep", key) if answer == "keep" else (plain(answer), "choice", key)


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _pattern(cell: GridCell) -> str:
    shown = " et ".join(colours.name(one) for one in (cell.colour, cell.second) if one)
    return f"{cell.pattern}{f' ({shown})' if shown else ''}"
