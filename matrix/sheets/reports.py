"""The report of `guichet matrix import` on a sheet: as text for people, as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from matrix.sheets import colours
from matrix.sheets.colour_meanings import colour_key
from matrix.sheets.difference import Difference
from matrix.sheets.model import CellReading, Question, SheetReading

_SOURCES = {
    "word": "mot",
    "colour": "couleur",
    "both": "mot et couleur",
    "blank": "vide",
    "choice": "votre réponse",
    "keep": "laissée comme dans l’accord",
    "question": "question ouverte",
}


class AnswerFault(ValueError):
    """Raised for a choice on the command line that cannot be read; the message is a French sentence."""


def answers(legend: Sequence[str], given: Sequence[str]) -> dict[str, str]:
    """Return the answers by question key, from « FF0000=EN » (a colour) and « line-12=annuaire ».

    Raises `AnswerFault`.
    """
    found = {}
    for text in given:
        key, equal, value = text.partition("=")
        if not equal:
            raise AnswerFault(f"« {text} » : une réponse s’écrit CLÉ=VALEUR, par exemple line-12=annuaire")
        found[key.strip()] = value.strip()
    for text in legend:
        left, equal, value = text.partition("=")
        colour = colours.plain(left)
        if not equal or not colour:
            raise AnswerFault(f"« {text} » : une couleur s’écrit RRVVBB=MOT, par exemple FF0000=EN")
        found[colour_key(colour)] = value.strip()
    return found


def as_text(reading: SheetReading, differences: Sequence[Difference]) -> Iterator[str]:
    """Yield the lines of the report, as text."""
    where = f"{reading.file}, feuille « {reading.grid.name} »"
    yield f"{where} : {len(reading.cells)} cases lues pour {reading.convention}."
    if reading.legend:
        yield "\nLégende"
        for entry in reading.legend:
            said = f"« {entry.text} », {entry.place}" if entry.place else "choisie par vous"
            yield f"  {entry.colour}  {entry.word or 'blanc'}  ({colours.name(entry.colour)} ; {said})"
    yield "\nCases"
    for cell in reading.cells:
        word = cell.word if cell.word else "blanc" if cell.word == "" else "?"
        doubts = "".join(f"\n        doute : {doubt}" for doubt in cell.doubts)
        asked = f" {cell.question}" if cell.source == "question" else ""
        source = f"{_SOURCES[cell.source]}{asked}"
        yield f"  {cell.coordinate:6} {cell.service} / {cell.activity} : {word} ({source}){doubts}"
    if reading.told:
        yield "\nÀ savoir"
        yield from (f"  {sentence}" for sentence in reading.told)
    if differences:
        yield "\nDifférences avec l’accord"
        for one in differences:
            told = f" ({one.told})" if one.told else ""
            yield (
                f"  {one.reading.coordinate:6} {one.change.service} / {one.change.activity} : "
                f"« {one.before or 'blanc'} » -> « {one.change.value or 'blanc'} »{told}"
            )
    else:
        yield "\nAucune différence avec l’accord."
    if reading.open_questions:
        yield "\nQuestions ouvertes (répondre par --answer CLÉ=VALEUR, ou --legend RRVVBB=MOT pour une couleur)"
        for question in reading.open_questions:
            yield f"  {question.key}\n    {question.sentence}"
            yield from (f"      {value} : {label}" for value, label in question.options[:14])
            if len(question.options) > 14:
                yield f"      … et {len(question.options) - 14} autres, dont les codes sont ceux des services"
    yield "\nRien n’est écrit."


def as_json(reading: SheetReading, differences: Sequence[Difference]) -> str:
    """Return the report as one JSON object."""
    told: dict[str, Any] = {
        "file": reading.file,
        "sheet": reading.grid.name,
        "convention": reading.convention,
        "ready": reading.ready,
        "header": reading.header,
        "legend": [
            {"colour": one.colour, "word": one.word, "text": one.text, "place": one.place} for one in reading.legend
        ],
        "cells": [_cell(one) for one in reading.cells],
        "questions": [_question(one) for one in reading.questions],
        "told": list(reading.told),
        "differences": [_difference(one) for one in differences],
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def _cell(one: CellReading) -> dict[str, Any]:
    return {
        "coordinate": one.coordinate,
        "service": one.service,
        "activity": one.activity,
        "word": one.word,
        "source": one.source,
        "doubts": list(one.doubts),
        "question": one.question or None,
    }


def _question(one: Question) -> dict[str, Any]:
    return {
        "key": one.key,
        "kind": one.kind,
        "sentence": one.sentence,
        "where": list(one.where),
        "options": [{"value": value, "label": label} for value, label in one.options],
        "answer": one.answer or None,
    }


def _difference(one: Difference) -> dict[str, Any]:
    return {
        "coordinate": one.reading.coordinate,
        "service": one.change.service,
        "activity": one.change.activity,
        "before": one.before,
        "after": one.change.value,
        "told": one.told,
    }
