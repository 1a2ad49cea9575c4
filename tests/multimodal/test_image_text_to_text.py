"""image-text-to-text: a question about a picture, and a conversation."""

import pytest
from PIL import Image

from pipelines import Playground
from pipelines.errors import InputError
from pipelines.inputs.messages import Message, with_picture

TASK = "image-text-to-text"
PICTURE = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
OTHER = Image.new("RGB", (64, 64), "red")
MODELS = ["idefics3", "llava"]


@pytest.mark.parametrize("model", MODELS)
def test_it_writes_what_transformers_generates(tiny: Playground, model: str) -> None:
    from transformers import AutoModelForImageTextToText, AutoProcessor

    folder = tiny.store.local(tiny.catalogue[model])
    processor = AutoProcessor.from_pretrained(folder, backend="pil")
    loaded = AutoModelForImageTextToText.from_pretrained(folder).eval()
    content = [{"type": "image", "image": PICTURE}, {"type": "text", "text": "How many?"}]
    inputs = processor.apply_chat_template(
        [{"role": "user", "content": content}],
        add_generation_prompt=True,
        tokenize=True,
        return_tensors="pt",
        return_dict=True,
    )
    made = loaded.generate(**inputs, max_new_tokens=6)[0, inputs["input_ids"].shape[1] :]
    theirs = processor.tokenizer.decode(made, skip_special_tokens=True).strip()
    given = {"image": PICTURE, "text": "How many?"}
    ours = tiny.run(TASK, given, model, {"max_new_tokens": 6}).value
    assert ours == {"generated_text": theirs}


@pytest.mark.parametrize("model", MODELS)
def test_a_conversation_goes_on(tiny: Playground, model: str) -> None:
    talk = [
        {"role": "user", "content": "How many?"},
        {"role": "assistant", "content": "Two."},
        {"role": "user", "content": "Which colour?"},
    ]
    given = {"image": PICTURE, "text": talk}
    answer = tiny.run(TASK, given, model, {"max_new_tokens": 4}).value
    assert isinstance(answer["generated_text"], str)


def user(text: str, *images: Image.Image) -> Message:
    return {"role": "user", "content": text, "images": list(images)}


@pytest.mark.parametrize("model", MODELS)
def test_each_picture_is_looked_at_in_its_turn(tiny: Playground, model: str) -> None:
    from transformers import AutoModelForImageTextToText, AutoProcessor

    folder = tiny.store.local(tiny.catalogue[model])
    processor = AutoProcessor.from_pretrained(folder, backend="pil")
    loaded = AutoModelForImageTextToText.from_pretrained(folder).eval()

    def turn(role: str, text: str, *images: Image.Image) -> dict[str, object]:
        shown = [{"type": "image", "image": image} for image in images]
        return {"role": role, "content": [*shown, {"type": "text", "text": text}]}

    turns = [
        turn("user", "How many?", PICTURE),
        turn("assistant", "Two."),
        turn("user", "And here?", OTHER),
    ]
    inputs = processor.apply_chat_template(
        turns, add_generation_prompt=True, tokenize=True, return_tensors="pt", return_dict=True
    )
    made = loaded.generate(**inputs, max_new_tokens=6)[0, inputs["input_ids"].shape[1] :]
    theirs = processor.tokenizer.decode(made, skip_special_tokens=True).strip()
    first: list[Message] = [user("How many?", PICTURE), {"role": "assistant", "content": "Two."}]
    # The second picture joins the question it came with, whoever puts it there.
    for talk in ([*first, user("And here?")], [*first, user("And here?", OTHER)]):
        given = {"image": OTHER, "text": talk}
        assert tiny.run(TASK, given, model, {"max_new_tokens": 6}).value["generated_text"] == theirs


def test_a_model_of_one_picture_gets_the_newest(tiny: Playground) -> None:
    def answer(image: Image.Image, *before: Message) -> str:
        given = {"image": image, "text": [*before, user("caption en")]}
        value = tiny.run(TASK, given, "paligemma", {"max_new_tokens": 6}).value
        return str(value["generated_text"])

    before: list[Message] = [user("caption en", PICTURE), {"role": "assistant", "content": "Grey."}]
    assert answer(OTHER, *before) == answer(OTHER)


def test_a_picture_belongs_to_the_first_question_of_a_talk_without_one() -> None:
    talk: list[Message] = [user("a"), {"role": "assistant", "content": "b"}, user("c")]
    assert [one.get("images") for one in with_picture(talk, PICTURE)] == [[PICTURE], None, []]


@pytest.mark.parametrize("given", [{"text": "How many?"}, {"image": PICTURE, "text": " "}])
def test_picture_and_question_are_both_needed(tiny: Playground, given: dict[str, object]) -> None:
    with pytest.raises(InputError):
        tiny.run(TASK, given, "idefics3")
