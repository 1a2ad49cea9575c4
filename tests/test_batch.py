"""Lists in, lists out: for every task, in one place."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipelines import Playground, batch
from pipelines.errors import InputError
from pipelines.playground import Answer
from pipelines.run import Request, Run

TEXT, OTHER = "the lion sleeps", "an old tree near the river"
RED, BLUE = Image.new("RGB", (50, 60), "red"), Image.linear_gradient("L").convert("RGB")
LONG = "lion " * 5000


def ask(tiny: Playground, task: str, model: str, *values: Any, **options: Any) -> Any:
    from pipelines.registry import task as find_task

    names = [parameter.name for parameter in find_task(task).inputs]
    return tiny.run(task, dict(zip(names, values, strict=True)), model, options).value


@pytest.mark.parametrize(
    ("task", "model", "one", "other", "options"),
    [
        ("text-classification", "bert-sequence-classification", TEXT, OTHER, {"top_k": 2}),
        ("feature-extraction", "bert-encoder", TEXT, OTHER, {}),
        ("text-generation", "gpt2", TEXT, OTHER, {"max_new_tokens": 4, "temperature": 0.0}),
        ("summarization", "bart", TEXT, OTHER, {"max_length": 5}),
        ("image-classification", "vit", RED, BLUE, {"top_k": 1}),
        ("image-to-text", "blip", RED, BLUE, {"max_new_tokens": 4}),
    ],
)
def test_a_list_gives_a_list_of_what_each_gives_alone(
    tiny: Playground, task: str, model: str, one: Any, other: Any, options: dict[str, Any]
) -> None:
    alone = [ask(tiny, task, model, value, **options) for value in (one, other, one)]
    together = ask(tiny, task, model, [one, other, one], **options)
    assert len(together) == 3
    if task in {"text-classification", "feature-extraction"}:  # padded together
        assert _numbers(together) == pytest.approx(_numbers(alone), abs=1e-5)
    else:
        assert together == alone


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [value["score"]]
    return [n for one in value for n in _numbers(one)] if isinstance(value, list) else [value]


def test_what_is_no_list_counts_for_all_items(tiny: Playground) -> None:
    task, model = "zero-shot-classification", "bert-nli"
    labels = ["sport", "politics"]
    alone = [ask(tiny, task, model, text, labels) for text in (TEXT, OTHER)]
    assert ask(tiny, task, model, [TEXT, OTHER], labels) == alone
    seen = ask(tiny, "image-text-to-text", "idefics3", RED, [TEXT, OTHER], max_new_tokens=2)
    assert len(seen) == 2


def test_a_list_of_conversations_is_a_list_and_a_conversation_is_not(tiny: Playground) -> None:
    options = {"max_new_tokens": 4, "temperature": 0.0}
    talk = [{"role": "user", "content": TEXT}]
    one = ask(tiny, "text-generation", "llama-chat", talk, **options)
    assert ask(tiny, "text-generation", "llama-chat", [talk, TEXT], **options) == [one, one]


def test_classify_gets_all_texts_at_once(tiny: Playground, monkeypatch: Any) -> None:
    from pipelines.engines.openvino.classification import SequenceClassifier

    asked: list[Any] = []
    classify = SequenceClassifier.classify

    def heard(self: SequenceClassifier, texts: Any) -> Any:
        asked.append(list(texts))
        return classify(self, texts)

    monkeypatch.setattr(SequenceClassifier, "classify", heard)
    ask(tiny, "text-classification", "bert-sequence-classification", [TEXT, OTHER])
    assert asked[-1] == [TEXT, OTHER]  # after the probes of the conversion


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([TEXT, "", OTHER], r"^Item 2: The text is empty"),
        ([TEXT, TEXT, 5], r"^Item 3: Text must be text"),
        ([], "0 inputs cannot be answered in one call"),
        (["a"] * 101, r"101 inputs cannot be answered in one call. Send 1 to 100"),
        ([[TEXT]], r"^Item 1: Text must be text"),
    ],
)
@pytest.mark.parametrize("task", ["text-classification", "summarization"])
def test_a_bad_item_is_named_by_its_number(
    tiny: Playground, task: str, given: list[Any], said: str
) -> None:
    model = {"text-classification": "bert-sequence-classification", "summarization": "bart"}[task]
    with pytest.raises(InputError, match=said):
        ask(tiny, task, model, given)


def test_a_bad_file_is_named_by_its_number(tiny: Playground, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"^Item 2: "):
        ask(tiny, "image-classification", "vit", [RED, str(broken)])


def test_lists_of_two_lengths_are_refused(tiny: Playground) -> None:
    with pytest.raises(InputError, match="differ in length: 1 in image and 2 in text"):
        ask(tiny, "image-text-to-text", "idefics3", [RED], [TEXT, OTHER])


def test_a_note_names_the_items_that_it_is_about(tiny: Playground) -> None:
    def notes(task: str, model: str, text: list[str], **options: Any) -> list[str]:
        run = Run()
        with run.active():
            request = Request(task, {"text": text}, options, model)
            [*_, last] = tiny.answers(request)
        assert isinstance(last, Answer)
        return [note for note in last.notes if "characters count" in note]

    cut = "Only the first 20,000 of 25,000 characters count."
    long = LONG.strip() + "x"  # 25,000 characters
    model = "bert-sequence-classification"
    assert notes("text-classification", model, [TEXT, long, TEXT, long]) == [f"Items 2, 4: {cut}"]
    assert notes("text-classification", model, [long, long]) == [cut]


def test_pictures_are_opened_when_their_turn_comes(
    tiny: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.inputs import Image as ImageInput

    happened: list[str] = []
    read, answer = ImageInput.read, batch.answers

    def reading(self: ImageInput, *given: Any) -> Any:
        happened.append("read")
        return read(self, *given)

    def answering(*given: Any) -> Any:
        happened.append("answered")
        return answer(*given)

    monkeypatch.setattr(ImageInput, "read", reading)
    monkeypatch.setattr(batch, "answers", answering)
    ask(tiny, "image-classification", "vit", [RED, BLUE])
    assert happened == ["read", "answered"] * 2
