"""When a translation by a small model is said to be doubtful."""

import pytest

from pipelines.engines.sentence_limits import note_if_unfamiliar, note_if_unsure
from pipelines.run import Run


@pytest.mark.parametrize(
    ("written", "unsure"),
    [
        ([(-9.0, 10)], True),
        ([(-7.0, 10)], False),
        ([(-9.0, 10), (-1.0, 10)], False),  # by the mean of all tokens
        ([(-9.0, 10), (-1.0, 1)], True),
    ],
)
def test_a_model_is_unsure_by_the_mean_of_its_tokens(
    written: list[tuple[float, int]], unsure: bool
) -> None:
    run = Run()
    with run.active():
        note_if_unsure(written)
    assert any("was unsure" in str(one) for one in run.notes) is unsure


@pytest.mark.parametrize(
    ("pieces", "limit", "said"),
    [(7, 1.5, True), (6, 1.5, False), (9, None, False)],
)
def test_words_in_many_pieces_are_unfamiliar(pieces: int, limit: float | None, said: bool) -> None:
    with Run().active():
        assert note_if_unfamiliar("A dog runs.", pieces, limit) is said
