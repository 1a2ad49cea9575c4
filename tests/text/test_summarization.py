"""summarization on its starter: shorter, within the limit, long texts in parts."""

import pytest

from components.text.summarization import BREAD, LIGHTHOUSE, MEETING
from pipelines import Playground
from pipelines.text.summarization import PART, _parts, _whole_sentences

TASK = "summarization"


@pytest.fixture(autouse=True)
def starter(starters: object) -> None:
    """The model is on this machine."""


@pytest.mark.parametrize("max_length", [10, 30, 60])
@pytest.mark.parametrize("text", [LIGHTHOUSE, BREAD, MEETING], ids=["house", "bread", "meeting"])
def test_a_summary_is_never_longer_than_asked(
    playground: Playground, text: str, max_length: int
) -> None:
    answer = playground.run(TASK, {"text": text}, options={"max_length": max_length})
    summary = answer.value["summary_text"]
    assert 0 < len(summary.split()) <= max_length


def test_a_summary_is_about_its_text(playground: Playground) -> None:
    summary = playground.run(TASK, {"text": LIGHTHOUSE}).value["summary_text"]
    assert "lighthouse" in summary.lower()
    assert len(summary) < len(LIGHTHOUSE)


@pytest.mark.parametrize("model", ["bart", "t5", "pegasus"])
def test_a_family_writes_what_transformers_generates(tiny: Playground, model: str) -> None:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    folder = tiny.store.local(tiny.catalogue[model])
    tokenizer = AutoTokenizer.from_pretrained(folder)
    loaded = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    text = "the lion sleeps under an old tree"
    asked = f"summarize: {text}" if model == "t5" else text
    positions = getattr(loaded.config, "max_position_embeddings", None) or 512
    longest = min(positions, tokenizer.model_max_length) - 1
    inputs = tokenizer(asked, return_tensors="pt")
    made = loaded.generate(**inputs, num_beams=1, max_new_tokens=longest)
    theirs = tokenizer.decode(made[0], skip_special_tokens=True).strip()
    ours = tiny.run(TASK, {"text": text}, model, {"max_length": 500}).value["summary_text"]
    assert ours == _whole_sentences(theirs)


def test_a_long_text_is_summarised_in_parts_and_says_so(playground: Playground) -> None:
    text = " ".join([LIGHTHOUSE, BREAD, MEETING] * 4)
    answer = playground.run(TASK, {"text": text}, options={"max_length": 40})
    assert 0 < len(answer.value["summary_text"].split()) <= 40
    assert "The text was summarised in 2 parts" in answer.notes[0]


def test_parts_hold_the_whole_text_and_end_where_sentences_do() -> None:
    text = " ".join([LIGHTHOUSE, BREAD, MEETING] * 4)
    parts = _parts(text)
    assert " ".join(parts).split() == text.split()
    assert all(len(part) <= PART and part.endswith(".") for part in parts)


def test_a_text_without_sentences_is_cut_hard() -> None:
    parts = _parts("x" * (PART * 2 + 5))
    assert [len(part) for part in parts] == [PART, PART, 5]


def test_the_longest_text_allowed_gets_its_summary(playground: Playground) -> None:
    text = ("word " * 4000)[:20_000]
    answer = playground.run(TASK, {"text": text}, options={"max_length": 5})
    assert len(answer.value["summary_text"].split()) <= 5
