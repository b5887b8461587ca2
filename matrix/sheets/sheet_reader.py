"""Read a sheet for an agreement: match lines to services, read the cells, collect questions for a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from matrix import table
from matrix.conventions import Conventions
from matrix.model import Convention
from matrix.sheets import cells
from matrix.sheets.labels import Labels
from matrix.sheets.layout import HEADER_LEAST, Column, Layout, TableLine, header_row, laid_out, legend
from matrix.sheets.lexicon import Lexicon
from matrix.sheets.model import (
    Answers,
    Book,
    Grid,
    LegendEntry,
    Question,
    SheetReading,
    SheetRefused,
    coordinate,
    letters,
)

IGNORE = "ignore"
#: The number of unknown lines that are asked about one by one.
LINES_ASKED_MAX = 60
_NO_TABLE = (
    "Aucune ligne de la feuille ne porte les six activités de l’annexe 2 (« {activities} ») : ajoutez cette ligne "
    "d’en-tête au-dessus des services, puis renvoyez le fichier."
)
_NO_SERVICE = (
    "Sous l’en-tête de la ligne {row}, aucune ligne ne porte le nom d’un service de l’annexe 2 : écrivez le nom de "
    "chaque service à gauche de ses cases, puis renvoyez le fichier."
)
_STRANGERS = (
    "{count} lignes de la feuille ne portent le nom d’aucun service de l’annexe 2 : ne gardez que les lignes du "
    "tableau, avec leurs noms, puis renvoyez le fichier."
)


def read(book: Book, conventions: Conventions, convention_id: str, answers: Answers) -> SheetReading:
    """Return the reading of a file, given the answers of the reader so far.

    Raises `SheetRefused` where no sheet holds a table, `KeyError` where the agreement is unknown.
    """
    return _SheetReader(book, conventions, conventions[convention_id], answers).read()


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Says what each line or column stands for (its id), with the questions on those unknown or ambiguous."""

    ids: dict[int, str]
    questions: list[Question]
    told: list[str]


class _SheetReader:
    def __init__(self, book: Book, conventions: Conventions, convention: Convention, answers: Answers) -> None:
        self._book, self._conventions, self._convention, self._answers = book, conventions, convention, answers
        self._present = {(row.service, row.activity): row.cell for row in table.rows(conventions, convention.id)}
        self._labels = Labels(conventions, {service for service, _ in self._present})
        self._lexicon = Lexicon(convention)

    def read(self) -> SheetReading:
        grid, header, questions = self._sheet()
        layout = laid_out(grid, self._labels, self._lexicon, header)
        lines, columns = self._lines(grid, layout), self._columns(layout)
        if not lines.ids and not lines.questions:
            raise SheetRefused(_NO_SERVICE.format(row=header))
        hidden, about_hidden = self._hidden(grid, lines.ids, columns.ids)
        found = self._cells(grid, layout, lines.ids, columns.ids, hidden)
        absent = self._absent(lines.ids, columns.ids)
        told = (*grid.told, *_aside(layout), *columns.told, *lines.told, *absent, *found.told)
        return SheetReading(
            convention=self._convention.id,
            file=self._book.name,
            grid=grid,
            header=header,
            label_column=layout.label_column,
            lines=lines.ids,
            columns=columns.ids,
            cells=found.cells,
            legend=found.legend,
            questions=(*questions, *columns.questions, *lines.questions, *about_hidden, *found.questions),
            told=tuple(dict.fromkeys(told)),
            titles=frozenset(line.row for line in layout.lines if line.title),
            below=layout.legend_rows,
        )

    def _cells(
        self, grid: Grid, layout: Layout, lines: dict[int, str], columns: dict[int, str], hidden: bool
    ) -> cells.Found:
        """Return the reading of the cells of these lines and columns; `hidden`: except those that the sheet hides."""
        places = [
            (row, column, service, activity)
            for row, service in lines.items()
            for column, activity in columns.items()
            if not (row in grid.hidden_rows and hidden) and not (column in grid.hidden_columns and hidden)
        ]
        sheet = cells.Sheet(
            grid,
            self._convention,
            self._conventions,
            self._lexicon,
            self._present,
            self._answers,
            tuple(self._legend(grid, layout)),
        )
        return cells.read(sheet, places)

    # --- which sheet, which lines, which columns ---

    def _sheet(self) -> tuple[Grid, int, list[Question]]:
        tables = []
        for index, grid in enumerate(self._book.grids):
            row, named = header_row(grid, self._labels)
            if named >= HEADER_LEAST:
                tables.append((index, grid, row))
        if not tables:
            activities = " », « ".join(self._conventions.activities.values())
            raise SheetRefused(_NO_TABLE.format(activities=activities))
        if len(tables) == 1:
            return tables[0][1], tables[0][2], []
        options = tuple(
            (str(index), f"{grid.name or f'feuille {index + 1}'}{' (masquée)' if grid.hidden else ''}")
            for index, grid, _ in tables
        )
        answer = self._answers.get("sheet")
        question = Question(
            "sheet", "sheet", "Plusieurs feuilles du classeur portent un tableau : laquelle lire ?", (), options, answer
        )
        chosen = next((one for one in tables if str(one[0]) == answer), None)
        _, grid, row = chosen or next((one for one in tables if not one[1].hidden), tables[0])
        return grid, row, [question]

    def _columns(self, layout: Layout) -> _Chosen:
        chosen = _Chosen({}, [], [])
        activities = self._conventions.activities
        sure = [one.match.ids[0] for one in layout.columns if one.match.sure]
        for one in layout.columns:
            if one.match.sure and sure.count(one.match.ids[0]) == 1:
                chosen.ids[one.column] = one.match.ids[0]
                if not one.match.exact:
                    meant = activities[one.match.ids[0]]
                    chosen.told.append(f"Colonne {letters(one.column)} : « {_short(one.label)} » est lu « {meant} ».")
                continue
            self._settle(chosen, one.column, self._column_question(layout, one))
        for activity, label in activities.items():
            if activity not in chosen.ids.values():
                chosen.told.append(f"Aucune colonne ne se lit « {label} » : ces cases restent comme elles sont.")
        return chosen

    def _column_question(self, layout: Layout, one: Column) -> Question:
        titled = f", « {_short(one.label)} »," if one.label else ", sans titre,"
        if len(one.match.ids) > 1:
            why = "ressemble à plusieurs activités"
        elif one.match.sure:
            why = "porte une activité qu’une autre colonne porte aussi"
        else:
            why = "ne correspond à aucune activité"
        options = (*self._conventions.activities.items(), (IGNORE, "aucune : ne pas lire cette colonne"))
        key = f"column-{letters(one.column)}"
        return Question(
            key,
            "column",
            f"La colonne {letters(one.column)}{titled} {why} : laquelle est-ce ?",
            (coordinate(layout.header, one.column),),
            options,
            self._answers.get(key),
        )

    def _lines(self, grid: Grid, layout: Layout) -> _Chosen:
        chosen = _Chosen({}, [], [])
        columns = [one.column for one in layout.columns]
        first = _first_lines(layout)
        for line in layout.lines:
            if (line.row, layout.label_column) in grid.anchors and not line.title and _covered(grid, line.row, columns):
                continue  # the line above, merged downwards with all its cells
            if grid.at(line.row, layout.label_column).struck:
                chosen.told.append(
                    f"Ligne {line.row} : « {_short(line.label)} » est barré ; vérifiez qu’elle compte encore."
                )
            if not line.title and line.match.sure and first[line.match.ids[0]] == line.row:
                chosen.ids[line.row] = line.match.ids[0]
                if not line.match.exact:
                    label = self._conventions.services[line.match.ids[0]]
                    chosen.told.append(f"Ligne {line.row} : « {_short(line.label)} » est lu « {label} ».")
            elif line.title or not _says(grid, line.row, columns):
                if line.label and not line.title:
                    chosen.told.append(f"Ligne {line.row}, « {_short(line.label)} » : ni couleur ni mot, non lue.")
            else:
                self._settle(chosen, line.row, self._line_question(layout, line))
        if len(chosen.questions) > LINES_ASKED_MAX:
            raise SheetRefused(_STRANGERS.format(count=len(chosen.questions)))
        return chosen

    def _line_question(self, layout: Layout, line: TableLine) -> Question:
        name = f"La ligne {line.row}" + (f", « {_short(line.label)} »," if line.label else ", sans libellé,")
        if len(line.match.ids) > 1:
            why = "ressemble à plusieurs services"
        elif line.match.sure:
            why = "porte un service qu’une autre ligne porte aussi"
        else:
            why = "ne correspond à aucun service"
        services = self._conventions.services
        alike = [(one, services[one]) for one in line.match.ids]
        others = [(one, label) for one, label in services.items() if one not in line.match.ids]
        key = f"line-{line.row}"
        return Question(
            key,
            "line",
            f"{name} {why} : lequel est-ce ?",
            (coordinate(line.row, layout.label_column),),
            (*alike, (IGNORE, "aucun : ne pas lire cette ligne"), *others),
            self._answers.get(key),
        )

    @staticmethod
    def _settle(chosen: _Chosen, number: int, question: Question) -> None:
        """Ask the question, and apply its answer unless another line or column has taken that answer."""
        if question.answer != IGNORE and question.answer in chosen.ids.values():
            label = dict(question.options)[question.answer]
            chosen.told.append(f"« {label} » est choisi deux fois : choisissez autrement.")
            question = replace(question, answer="")
        chosen.questions.append(question)
        if question.answered and question.answer != IGNORE:
            chosen.ids[number] = question.answer

    # --- what surrounds the cells ---

    def _hidden(self, grid: Grid, lines: dict[int, str], columns: dict[int, str]) -> tuple[bool, list[Question]]:
        """Return whether hidden lines and columns of the table are left out, and the question where there are any."""
        rows = [row for row in lines if row in grid.hidden_rows]
        hidden = [column for column in columns if column in grid.hidden_columns]
        if not rows and not hidden:
            return False, []
        parts = []
        if rows:
            parts.append(f"{'ligne' if len(rows) == 1 else 'lignes'} {', '.join(map(str, rows))}")
        if hidden:
            parts.append(f"{'colonne' if len(hidden) == 1 else 'colonnes'} {', '.join(map(letters, hidden))}")
        answer = self._answers.get("hidden")
        question = Question(
            "hidden",
            "hidden",
            f"Le tableau a des parties masquées ({' ; '.join(parts)}) : faut-il les lire ?",
            tuple(coordinate(row, min(columns)) for row in rows),
            (("read", "oui, comme les autres"), ("skip", "non : ces cases restent comme elles sont dans l’accord")),
            answer,
        )
        return answer != "read", [question]

    def _legend(self, grid: Grid, layout: Layout) -> Iterator[LegendEntry]:
        yield from legend(grid, self._lexicon, layout)
        for other in self._book.grids:
            if other is not grid and header_row(other, self._labels)[1] < HEADER_LEAST:
                for entry in legend(other, self._lexicon, None):
                    yield replace(entry, place=f"{other.name}, {entry.place}")

    def _absent(self, lines: dict[int, str], columns: dict[int, str]) -> Iterator[str]:
        wanted = dict.fromkeys(service for service, _ in self._present)
        absent = [service for service in wanted if service not in lines.values()]
        if absent and columns:
            names = " ; ".join(self._conventions.services[one] for one in absent[:8])
            more = f" ; et {len(absent) - 8} autres" if len(absent) > 8 else ""
            yield f"Services de l’accord qu’aucune ligne ne porte, et qui restent comme ils sont : {names}{more}."


def _first_lines(layout: Layout) -> dict[str, int]:
    """Service -> its line: the first that matches its label exactly, else the first."""
    found: dict[str, TableLine] = {}
    for line in layout.lines:
        if line.match.sure and not line.title:
            known = found.get(line.match.ids[0])
            if known is None or (line.match.exact and not known.match.exact):
                found[line.match.ids[0]] = line
    return {service: line.row for service, line in found.items()}


def _aside(layout: Layout) -> Iterator[str]:
    for one in layout.aside:
        if one.label:
            yield f"La colonne {letters(one.column)}, « {_short(one.label)} », n’est pas une activité : non lue."


def _says(grid: Grid, row: int, columns: list[int]) -> bool:
    return any(
        cell.text or cell.pattern or (cell.colour and cell.colour != "#FFFFFF")
        for cell in (grid.at(row, column) for column in columns)
    )


def _covered(grid: Grid, row: int, columns: list[int]) -> bool:
    return all(grid.anchors.get((row, column), (row, column))[0] < row for column in columns)


def _short(text: str) -> str:
    """Return a label cut to the length that a sentence quotes."""
    line = " ".join(text.split())
    return line if len(line) <= 70 else line[:69] + "…"
