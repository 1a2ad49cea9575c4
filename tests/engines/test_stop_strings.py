"""A text ends before its first stop string, however the pieces fall."""

from collections.abc import Generator

import pytest

from pipelines.engines.stop_strings import until_stop
from pipelines.run import Run


def pieces(text: str, size: int, closed: list[bool]) -> Generator[str, None, None]:
    try:
        for at in range(0, len(text), size):
            yield text[at : at + size]
    finally:
        closed.append(True)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
@pytest.mark.parametrize(
    ("stop", "kept"),
    [
        ((), "one, two.\n\nthree.\n\n\nfour"),
        (("\n\n",), "one, two."),
        (("\n\n\n",), "one, two.\n\nthree."),
        (("three", "two"), "one, "),
        (("five", "fourteen"), "one, two.\n\nthree.\n\n\nfour"),
        (("o",), ""),
    ],
)
def test_the_text_ends_before_the_first(size: int, stop: tuple[str, ...], kept: str) -> None:
    closed: list[bool] = []
    with Run().active() as run:
        text = "one, two.\n\nthree.\n\n\nfour"
        assert "".join(until_stop(pieces(text, size, closed), stop)) == kept
    assert closed == [True]
    assert run.finish_reason == (None if kept == text else "stop")


def test_what_cannot_be_a_stop_string_comes_at_once() -> None:
    stream = until_stop(pieces("ab\nc\n", 1, []), ("\n\n",))
    assert list(stream) == ["a", "b", "\nc", "\n"]
