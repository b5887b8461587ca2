"""What was made of the same object is not made again; an equal object is another one."""

from __future__ import annotations

from ticketing.remembering import MOST, for_the_same


def test_the_same_object_is_asked_once_and_an_equal_one_anew() -> None:
    asked: list[tuple[tuple[str, ...], str]] = []

    @for_the_same
    def joined(words: tuple[str, ...], mark: str) -> str:
        asked.append((words, mark))
        return mark.join(words)

    first = tuple("ab")
    assert joined(first, "-") == joined(first, "-") == "a-b" and joined(first, "+") == "a+b"
    assert asked == [(first, "-"), (first, "+")]
    assert joined(tuple("ab"), "-") == "a-b" and len(asked) == 3


def test_it_keeps_few_and_never_takes_one_object_for_another() -> None:
    @for_the_same
    def length(words: tuple[str, ...]) -> int:
        return len(words)

    for size in range(3 * MOST):
        # Each tuple is let go at once: its id would serve the next one, were it not kept with its result.
        assert length(("x",) * (size + 1)) == size + 1


def test_once_it_keeps_as_much_as_it_may_it_begins_anew() -> None:
    asked: list[int] = []

    @for_the_same
    def length(words: tuple[str, ...]) -> int:
        asked.append(len(words))
        return len(words)

    given = [("x",) * size for size in range(1, MOST + 1)]
    for words in [*given, *given]:
        length(words)
    assert len(asked) == MOST, "as many as it may keep are kept"
    length(("y",) * 1000)
    length(given[0])
    assert asked[MOST:] == [1000, 1], "one more lets go of those before it"
