"""summarization: by the starter's extraction and by a chat model; within the limit, long texts."""

import re

import pytest

from components.text.summarization import BREAD, LIGHTHOUSE, MEETING
from pipelines import Playground
from pipelines.errors import InputError
from pipelines.text.extraction import count_words
from pipelines.text.summarization import PART, _parts, _whole_sentences

TASK = "summarization"
STARTER, CHAT = "all-minilm-l6-v2", "smollm2-135m-instruct"
SHORT = "no longer than a summary may be"


@pytest.fixture(autouse=True)
def starter(starters: object) -> None:
    """The model is on this machine."""


@pytest.mark.parametrize("model", [STARTER, CHAT])
@pytest.mark.parametrize("max_length", [10, 30, 60])
@pytest.mark.parametrize("text", [LIGHTHOUSE, BREAD, MEETING], ids=["house", "bread", "meeting"])
def test_a_summary_is_never_longer_than_asked(
    playground: Playground, text: str, max_length: int, model: str
) -> None:
    answer = playground.run(TASK, {"text": text}, model, {"max_length": max_length})
    summary = answer.value["summary_text"]
    assert 0 < len(summary.split()) <= max_length


@pytest.mark.parametrize("model", ["auto", CHAT])
def test_a_summary_is_about_its_text(playground: Playground, model: str) -> None:
    summary = playground.run(TASK, {"text": LIGHTHOUSE}, model).value["summary_text"]
    assert "lighthouse" in summary.lower()
    assert len(summary) < len(LIGHTHOUSE)


@pytest.mark.parametrize("text", [LIGHTHOUSE, BREAD, MEETING], ids=["house", "bread", "meeting"])
def test_the_starters_summary_is_sentences_of_the_text_in_its_order(
    playground: Playground, text: str
) -> None:
    answer = playground.run(TASK, {"text": text}, options={"max_length": 80})
    assert answer.facts is not None
    assert answer.facts.model == STARTER
    rest, taken = text, 0
    for sentence in answer.value["summary_text"].replace(". ", ".|").split("|"):
        _, found, rest = rest.partition(sentence)
        assert found, sentence
        taken += 1
    assert taken >= 2


def test_what_is_said_twice_is_summarized_once(playground: Playground) -> None:
    text = f"{MEETING} {LIGHTHOUSE}\n\n{MEETING}"
    summary = playground.run(TASK, {"text": text}, options={"max_length": 120}).value
    sentences = summary["summary_text"].replace(". ", ".|").split("|")
    assert len(set(sentences)) == len(sentences) > 3


@pytest.mark.parametrize("model", [STARTER, CHAT, "auto"])
@pytest.mark.parametrize("text", ["Hello", "What time is it?", "The shop opens at nine."])
def test_a_text_that_is_short_already_comes_back_and_a_note_says_so(
    playground: Playground, model: str, text: str
) -> None:
    answer = playground.run(TASK, {"text": text}, model)
    assert answer.value == {"summary_text": text}
    assert SHORT in answer.notes[0]


@pytest.mark.parametrize("model", [STARTER, CHAT])
@pytest.mark.parametrize("text", [LIGHTHOUSE, BREAD, MEETING], ids=["house", "bread", "meeting"])
def test_five_words_are_a_sentence_or_a_marked_cut(
    playground: Playground, model: str, text: str
) -> None:
    answer = playground.run(TASK, {"text": text}, model, {"max_length": 5})
    assert answer.value["summary_text"].endswith((".", "…"))
    assert not any(SHORT in note for note in answer.notes)


def test_the_end_of_a_long_text_counts_as_its_beginning_does(playground: Playground) -> None:
    """What the first 256 tokens, the model's own limit, say nothing of."""
    days = (f"On day {day} the volcano threw ash over the harbour." for day in range(330))
    text = f"{BREAD} {BREAD} {' '.join(days)}"
    assert 17_000 < len(text) < 20_000
    answer = playground.run(TASK, {"text": text}, options={"max_length": 40})
    assert "volcano" in answer.value["summary_text"]
    assert answer.notes == ()


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (
            "Das Museum wurde 1874 gebaut. Der Wärter zündete z. B. jeden Abend die Lampe an. "
            "Heute kommen 30.000 Besucher im Jahr. Die Eintrittsgelder bezahlen das Rettungsboot.",
            15,
        ),
        ("図書館は月曜日に再開しました。市長は式典で演説しました。新しい本が千冊あります。", 15),
    ],
    ids=["German", "Japanese"],
)
def test_other_languages_are_summarized_by_their_sentences(
    playground: Playground, text: str, limit: int
) -> None:
    summary = playground.run(TASK, {"text": text}, options={"max_length": limit}).value
    assert 0 < count_words(summary["summary_text"]) <= limit
    assert summary["summary_text"].endswith((".", "。"))
    sentences = re.split(r"(?<=[.。]) ?", summary["summary_text"])
    assert all(sentence in text for sentence in sentences)


@pytest.mark.parametrize("model", ["bart", "t5", "pegasus"])
def test_a_family_writes_what_transformers_generates(tiny: Playground, model: str) -> None:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    folder = tiny.store.local(tiny.catalogue[model])
    tokenizer = AutoTokenizer.from_pretrained(folder)
    loaded = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    text = "the lion sleeps under an old tree"  # longer than the summary may be
    asked = f"summarize: {text}" if model == "t5" else text
    positions = getattr(loaded.config, "max_position_embeddings", None) or 512
    longest = min(positions, tokenizer.model_max_length) - 1
    inputs = tokenizer(asked, return_tensors="pt")
    made = loaded.generate(**inputs, num_beams=1, max_new_tokens=longest)
    theirs = tokenizer.decode(made[0], skip_special_tokens=True).strip()
    ours = tiny.run(TASK, {"text": text}, model, {"max_length": 5}).value["summary_text"]
    assert ours == _whole_sentences(theirs, 5)


def test_a_long_text_is_summarised_in_parts_and_says_so(playground: Playground) -> None:
    text = " ".join([LIGHTHOUSE, BREAD, MEETING] * 4)
    answer = playground.run(TASK, {"text": text}, CHAT, {"max_length": 40})
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


@pytest.mark.parametrize("model", [STARTER, CHAT])
def test_the_longest_text_allowed_gets_its_summary(playground: Playground, model: str) -> None:
    text = ("word " * 4000)[:20_000]
    answer = playground.run(TASK, {"text": text}, model, {"max_length": 5})
    assert len(answer.value["summary_text"].split()) <= 5


def sentences_of(summary: str) -> list[str]:
    return re.split(r"(?<=[.!?…]) ", summary)


@pytest.mark.parametrize(("min_length", "max_length"), [(30, 40), (45, 60), (58, 60), (20, 20)])
@pytest.mark.parametrize("text", [LIGHTHOUSE, BREAD, MEETING], ids=["house", "bread", "meeting"])
def test_the_starters_summary_has_as_many_words_as_asked_at_least(
    playground: Playground, text: str, min_length: int, max_length: int
) -> None:
    options = {"min_length": min_length, "max_length": max_length}
    summary = playground.run(TASK, {"text": text}, STARTER, options).value["summary_text"]
    assert min_length <= count_words(summary) <= max_length
    assert all(one.removesuffix("…") in text for one in sentences_of(summary))


def test_a_chat_models_summary_that_ends_too_soon_says_so(playground: Playground) -> None:
    options = {"min_length": 400, "max_length": 500}
    answer = playground.run(TASK, {"text": " ".join([LIGHTHOUSE] * 5)}, CHAT, options)
    words = count_words(answer.value["summary_text"])
    assert (words < 400) == any(f"after {words} words" in note for note in answer.notes)
    assert words <= 500


def test_a_shortest_length_over_the_longest_is_refused(playground: Playground) -> None:
    with pytest.raises(InputError, match="min_length=50 is more than max_length=40"):
        playground.run(TASK, {"text": BREAD}, STARTER, {"min_length": 50, "max_length": 40})


def test_a_sentence_that_the_shortest_length_needs_stays_cut() -> None:
    text = "It is old and grey. Nobody knows who built it or"
    assert _whole_sentences(text, 20) == "It is old and grey."
    assert _whole_sentences(text, 20, 10) == f"{text}…"


@pytest.mark.parametrize(
    "sentence",
    ["यह पुस्तकालय सोमवार को खुला।", "图书馆星期一重新开放了。", "هل فُتحت المكتبة يوم الاثنين؟"],
)
def test_sentences_end_where_their_script_ends_them(sentence: str) -> None:
    space = "" if sentence.endswith("。") else " "
    words = count_words(sentence)
    text = space.join([sentence] * 600)
    assert _whole_sentences(text, 2 * words + 1) == space.join([sentence] * 2)
    assert _whole_sentences(sentence, 50, min_length=20) == sentence
    parts = _parts(text)
    assert len(parts) > 1
    assert all(part.endswith(sentence) for part in parts)
