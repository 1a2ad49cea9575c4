"""token-classification: transformers' own spans, exact places, long texts without seams."""

from typing import Any

import numpy as np
import pytest

from pipelines import Playground
from pipelines.inputs.text import clean
from pipelines.text.token_classification import STRATEGIES, entities
from pipelines.token_results import TaggedToken

TASK = "token-classification"
FAMILIES = ["bert", "distilbert", "roberta", "deberta-v2", "modernbert"]
TEXT = "the lion sleeps under an old tree while birds sing"
UNICODE = "  Émile 🙂🙂 saw the e\u0301tude 日本語 — «Ada» 👩‍👩‍👧 in\r\nLondon\t!"


def label(one: Any) -> str:
    return str(one.get("entity_group") or one["entity"])


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("family", [*FAMILIES, "part-of-speech"])
def test_the_spans_are_those_of_transformers_own_pipeline(
    exact: Playground, family: str, strategy: str
) -> None:
    from transformers import pipeline

    model = "bert-part-of-speech" if family == "part-of-speech" else f"{family}-{TASK}"
    folder = str(exact.store.local(exact.catalogue[model]))
    own = pipeline(TASK, model=folder, device="cpu", aggregation_strategy=strategy)
    if family == "roberta" and strategy in ("first", "average", "max"):
        pytest.skip("transformers guesses words at spaces here, and warns of it")
    theirs = [one for one in own(TEXT) if strategy == "none" or one["word"].strip()]
    ours = exact.run(TASK, {"text": TEXT}, model, {"aggregation_strategy": strategy}).value
    assert [label(one) for one in ours] == [label(one) for one in theirs]
    assert [one["end"] for one in ours] == [one["end"] for one in theirs]
    # transformers counts the space before a byte-level token to it.
    starts = [one["end"] - len(TEXT[one["start"] : one["end"]].lstrip()) for one in theirs]
    assert [one["start"] for one in ours] == starts
    scores = [float(one["score"]) for one in theirs]
    assert [one["score"] for one in ours] == pytest.approx(scores, abs=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_places_are_characters_of_the_text_as_it_was_sent(tiny: Playground, family: str) -> None:
    found = tiny.run(TASK, {"text": UNICODE}, f"{family}-{TASK}").value
    assert found
    for one in found:
        sent = UNICODE[one["start"] : one["end"]]
        assert one["word"] == (clean(sent) or sent)
        assert sent == sent.strip() != ""


def test_a_word_is_never_split_by_the_last_three_strategies(tiny: Playground) -> None:
    text = "unbelievably treehouses bicyclists"
    for strategy in ("first", "average", "max"):
        options = {"aggregation_strategy": strategy}
        found = tiny.run(TASK, {"text": text}, f"bert-{TASK}", options).value
        assert found
        for one in found:
            around = text[max(0, one["start"] - 1) : one["start"]] + text[one["end"] :][:1]
            assert not around.strip()


def test_a_long_text_has_no_seams(tiny: Playground) -> None:
    """Far from both ends every repetition of a sentence gets the same labels, each token once."""
    sentence, times = "the lion sleeps under an old tree while two birds sing above him . ", 60
    options = {"aggregation_strategy": "none"}
    found = tiny.run(TASK, {"text": sentence * times}, f"distilbert-{TASK}", options).value
    starts = [one["start"] for one in found]
    assert starts == sorted(set(starts))
    by_repetition = [
        [one["start"] % len(sentence) for one in found if one["start"] // len(sentence) == n]
        for n in range(times)
    ]
    counts = [len(one) for one in by_repetition]
    assert min(counts) > 0
    assert starts[-1] // len(sentence) == times - 1


def test_every_token_of_a_long_text_is_scored_once(tiny: Playground) -> None:
    from pipelines.capabilities import TagTokens
    from pipelines.engines import engine_for

    folder = tiny.store.local(tiny.catalogue[f"bert-{TASK}"])
    assert folder
    engine = engine_for(folder)
    model = engine.load(folder, engine.variant(folder, [TagTokens]), tiny.settings)
    assert isinstance(model, TagTokens)
    text = " ".join(["tree"] * 700)
    tokens = model.tag_tokens(text)
    assert [(one.start, one.end) for one in tokens] == [(5 * n, 5 * n + 4) for n in range(700)]


class Tagger:
    """Tokens with labels chosen by the test."""

    def __init__(self, tokens: list[tuple[str, bool, str]]) -> None:
        self.labels = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
        self.tokens = tokens

    def tag_tokens(self, text: str) -> list[TaggedToken]:
        found, place = [], 0
        for piece, is_subword, chosen in self.tokens:
            start = text.index(piece, place)
            place = start + len(piece)
            scores = np.full(len(self.labels), 0.05, np.float32)
            scores[self.labels.index(chosen)] = 0.8
            found.append(TaggedToken(start, place, piece, is_subword, scores))
        return found


def test_neighbours_of_a_kind_are_one_span_until_another_begins() -> None:
    tagger = Tagger(
        [
            *(("Ada", False, "B-PER"), ("Love", False, "I-PER"), ("lace", True, "I-PER")),
            *(("Alan", False, "B-PER"), ("of", False, "O"), ("Leeds", False, "I-LOC")),
        ]
    )
    found = entities(tagger, "Ada Lovelace Alan of Leeds")
    assert [(one["entity_group"], one["word"]) for one in found] == [
        ("PER", "Ada Lovelace"),
        ("PER", "Alan"),
        ("LOC", "Leeds"),
    ]
    assert found[0]["score"] == pytest.approx(0.8)


def test_several_texts_get_an_answer_each(tiny: Playground) -> None:
    texts = [TEXT, "a red car"]
    together = tiny.run(TASK, {"text": texts}, f"bert-{TASK}").value
    assert together == [tiny.run(TASK, {"text": one}, f"bert-{TASK}").value for one in texts]
