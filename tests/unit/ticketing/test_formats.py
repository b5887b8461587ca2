"""The options of a list are escaped, in both ways of making them."""

from ticketing.formats import option_list


def test_values_and_labels_are_escaped_and_the_chosen_one_marked() -> None:
    made = option_list([("a", "Un"), ('b"', "<Deux> & l'autre")], 'b"')
    assert made == (
        '<option value="a">Un</option><option value="b&#34;" selected>&lt;Deux&gt; &amp; l&#39;autre</option>'
    )


def test_a_number_is_compared_as_it_is_written_and_none_chooses_nothing() -> None:
    assert option_list([(1, "Un"), (2, "Deux")], "2").count(" selected") == 1
    assert " selected" not in option_list([("x", "Un")], None)


def test_groups_hold_their_own_options() -> None:
    made = option_list([("Famille <1>", [("a", "Un")]), ("b", "Deux")], "a")
    assert made == (
        '<optgroup label="Famille &lt;1&gt;"><option value="a" selected>Un</option></optgroup>'
        '<option value="b">Deux</option>'
    )


def test_a_separator_in_the_text_shifts_nothing() -> None:
    assert option_list([("a\0", "<1>"), ("b", "2")], "b") == (
        '<option value="a\0">&lt;1&gt;</option><option value="b" selected>2</option>'
    )
