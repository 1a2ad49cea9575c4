"""image-text-to-text: a question about a picture, and a conversation."""

import pytest
from PIL import Image

from pipelines import Playground
from pipelines.errors import InputError

TASK = "image-text-to-text"
PICTURE = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
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


@pytest.mark.parametrize("given", [{"text": "How many?"}, {"image": PICTURE, "text": " "}])
def test_picture_and_question_are_both_needed(tiny: Playground, given: dict[str, object]) -> None:
    with pytest.raises(InputError):
        tiny.run(TASK, given, "idefics3")
