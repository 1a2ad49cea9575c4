"""Vectors are shown under the text they are of, and what is left out is said."""

from components.results import Vectors
from components.text.feature_extraction import lines_as_texts

VECTOR = [0.1] * 1024


def shown(text: str, count: int, pooling: str = "mean") -> str:
    [html] = Vectors().show([VECTOR] * count, {"text": text, "pooling": pooling}, True)
    return str(html)


def test_of_forty_lines_the_first_32_are_taken_and_it_says_so() -> None:
    text = "\n".join(f"line {n}" for n in range(40))
    sent = lines_as_texts({"text": text, "pooling": "mean"})
    assert sent == {"text": [f"line {n}" for n in range(32)]}
    html = shown(text, 32)
    assert "Only the first 32 of 40 lines are taken." in html
    assert "The first 4 of 32 are drawn." in html
    assert ">32. line 31<" in html
    assert "Token" not in html


def test_the_first_of_several_lines_is_shown_under_its_text() -> None:
    html = shown("one\ntwo\nthree", 1)
    assert "<figcaption>one<" in html
    assert "Token" not in html


def test_vectors_of_tokens_are_called_tokens() -> None:
    html = shown("one\ntwo", 3, "none")
    assert "<figcaption>Token 2<" in html
    assert "are drawn" not in html
