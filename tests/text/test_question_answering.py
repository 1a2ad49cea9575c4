"""question-answering: the model's own start and end, exact places, long texts, no answer."""

import numpy as np
import pytest

from pipelines import Playground
from pipelines.engines.text_heads import SpanFinder, likeliest, whole_words
from pipelines.errors import InputError
from pipelines.run import Run
from pipelines.text.question_answering import NO_ANSWER, question_answering
from pipelines.token_results import FoundSpans, TextSpan

TASK = "question-answering"
FAMILIES = ["bert", "distilbert", "roberta", "deberta-v2", "modernbert"]
QUESTION = "what is under the tree?"
CONTEXT = "the lion sleeps under an old tree while two birds sing above him"


@pytest.mark.parametrize("family", FAMILIES)
def test_the_score_is_that_of_the_likeliest_start_and_end(exact: Playground, family: str) -> None:
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    name = f"{family}-{TASK}"
    folder = exact.store.local(exact.catalogue[name])
    tokenizer = AutoTokenizer.from_pretrained(folder)
    inputs = tokenizer(QUESTION, CONTEXT, return_tensors="pt")
    with torch.inference_mode():
        out = AutoModelForQuestionAnswering.from_pretrained(folder).eval()(**inputs)
    inside = [n for n, part in enumerate(inputs.sequence_ids()) if part == 1]
    allowed = [0, *inside]  # [CLS]: no answer
    first, last = (
        logits[0][allowed].softmax(-1).numpy() for logits in (out.start_logits, out.end_logits)
    )
    pairs = [
        (float(first[a] * last[b]), a, b)
        for a in range(1, len(allowed))
        for b in range(a, min(a + 30, len(allowed)))
    ]
    score, a, b = max(pairs)
    options = {"handle_impossible_answer": False}
    ours = exact.run(TASK, {"question": QUESTION, "context": CONTEXT}, name, options).value
    assert ours["score"] == pytest.approx(score, abs=1e-5)
    start = inputs.token_to_chars(inside[a - 1]).start
    end = inputs.token_to_chars(inside[b - 1]).end
    assert CONTEXT[start:end].strip() in ours["answer"]
    assert ours["answer"] == CONTEXT[ours["start"] : ours["end"]]


@pytest.mark.parametrize("family", FAMILIES)
def test_places_are_characters_of_the_text_as_it_was_sent(tiny: Playground, family: str) -> None:
    context = "\n 🙂🙂 Émile saw 👩‍👩‍👧 and the lion 日本語 under an old tree."
    options = {"top_k": 5, "handle_impossible_answer": False}
    found = tiny.run(
        TASK, {"question": QUESTION, "context": context}, f"{family}-{TASK}", options
    ).value
    assert len(found) == 5
    assert [one["score"] for one in found] == sorted((o["score"] for o in found), reverse=True)
    for one in found:
        assert one["answer"] == context[one["start"] : one["end"]] == one["answer"].strip() != ""


class Finder(SpanFinder):
    """A head that looks for one token, wherever it stands; the rest of the work is the engine's."""

    def __init__(self, tokenizer: object, wanted: str) -> None:
        self._tokenizer = tokenizer
        self.wanted = wanted

    window_length = 32
    cls_token = None
    caveat = "It knows lions only."

    @property
    def text_tokenizer(self) -> object:
        return self._tokenizer

    def outputs(self, windows):  # type: ignore[no-untyped-def]  # as the engine's
        for number, window in enumerate(windows):
            wanted = self.tokens.tokenizer.token_to_id(self.wanted)
            logits = np.array([9.0 if one == wanted else 0.0 for one in window.ids], np.float32)
            yield number, (logits, logits)


@pytest.mark.parametrize("place", [0, 1, 13, 14, 15, 27, 28, 199, 399])
def test_an_answer_is_found_wherever_it_stands_in_a_long_text(place: int) -> None:
    from tests.tiny.tokenizers import wordpiece

    words = ["tree"] * 400
    words[place] = "lion"
    finder = Finder(wordpiece().backend_tokenizer, "lion")
    with Run().active() as run:
        found = question_answering(finder, "who?", " ".join(words))
    assert run.offer_recommended
    assert run.notes == ["It knows lions only."]
    assert found == {
        "answer": "lion",
        "score": pytest.approx(0.99, abs=0.02),
        "start": 5 * place,
        "end": 5 * place + 4,
    }


def test_a_question_longer_than_the_model_reads_leaves_room_for_the_text(tiny: Playground) -> None:
    given = {"question": "what is that? " * 100, "context": CONTEXT}
    answer = tiny.run(TASK, given, f"bert-{TASK}", {"handle_impossible_answer": False})
    assert answer.value["answer"]
    assert answer.value["answer"] in CONTEXT
    assert answer.notes[0].startswith("Only the first 62 of the question's ")


class Knows:
    """A model that says how sure it is that there is no answer."""

    def __init__(self, nothing: float) -> None:
        self.nothing = nothing

    def answer_spans(
        self, question: str, context: str, *, top_k: int, max_answer_len: int
    ) -> FoundSpans:
        return FoundSpans([TextSpan(4, 8, 0.4)][:top_k], self.nothing)


def test_no_answer_is_said_where_the_model_is_surer_of_that() -> None:
    with Run().active() as run:
        found = question_answering(Knows(0.5), QUESTION, CONTEXT)
    assert found == {"answer": "", "score": 0.5, "start": 0, "end": 0}
    assert run.notes == [NO_ANSWER]
    both = question_answering(Knows(0.1), QUESTION, CONTEXT, top_k=2)
    assert isinstance(both, list)
    assert [one["answer"] for one in both] == ["lion", ""]
    asked = question_answering(Knows(0.5), QUESTION, CONTEXT, handle_impossible_answer=False)
    assert asked == {"answer": "lion", "score": 0.4, "start": 4, "end": 8}


def test_an_answer_ends_at_the_end_of_a_word() -> None:
    text, offsets = "unbelievable story", [(0, 2), (2, 7), (7, 12), (13, 18)]
    assert whole_words(text, offsets, [0, 0, 0, 1], 1, 1) == (0, 12)
    assert whole_words(text, offsets, [0, 0, 0, 1], 1, 3) == (0, 18)
    # A tokenizer that splits at spaces only counts the comma to the word; it is no part of it.
    assert whole_words("York, then", [(0, 4), (4, 5), (6, 10)], [0, 0, 1], 0, 0) == (0, 4)


def test_an_answer_is_no_longer_than_allowed() -> None:
    begin, end = np.array([0.9, 0.1, 0.0], np.float32), np.array([0.0, 0.1, 0.9], np.float32)
    assert max(likeliest(begin, end, 9, 3), key=lambda one: one[2])[:2] == (0, 2)
    assert {(a, b) for a, b, _ in likeliest(begin, end, 9, 2)} == {(0, 1), (1, 1), (1, 2)}


@pytest.mark.parametrize("missing", ["question", "context"])
def test_an_empty_box_is_refused(tiny: Playground, missing: str) -> None:
    given = {"question": QUESTION, "context": CONTEXT, missing: "  "}
    with pytest.raises(InputError, match="is empty"):
        tiny.run(TASK, given, f"bert-{TASK}")
