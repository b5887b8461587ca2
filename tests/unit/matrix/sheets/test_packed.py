"""A book that is packed as JSON and unpacked is the same book."""

import json

from hypothesis import given
from hypothesis import strategies as st

from matrix import load_conventions
from matrix.sheets import export, open_book
from matrix.sheets.model import Book, Grid, GridCell, Span
from matrix.sheets.packed import packed, unpacked

texts = st.sampled_from(("", "EN", "#FF0000", "hachures", "à voir"))
cells = st.dictionaries(
    st.tuples(st.integers(1, 50), st.integers(1, 9)),
    st.builds(GridCell, texts, texts, texts, texts, texts, st.booleans(), st.booleans()),
    max_size=12,
)
grids = st.builds(
    Grid,
    name=texts,
    cells=cells,
    spans=st.lists(st.builds(Span, *(st.integers(1, 9),) * 4)).map(tuple),
    hidden_rows=st.frozensets(st.integers(1, 9)),
    hidden_columns=st.frozensets(st.integers(1, 9)),
    hidden=st.booleans(),
    told=st.lists(texts).map(tuple),
)


@given(st.builds(Book, texts, st.sampled_from(("xlsx", "ods", "csv")), st.lists(grids, max_size=2).map(tuple)))
def test_a_book_comes_back_from_json(book):
    assert unpacked(json.loads(json.dumps(packed(book)))) == book


def test_a_shipped_agreement_is_small_once_packed():
    book = open_book(export(load_conventions(), "hautes-pyrenees-2015", "ods"), "a.ods")
    assert unpacked(packed(book)) == book
    assert len(json.dumps(packed(book))) < 40_000
