"""image-to-text: what the model generates for the picture, no longer than asked."""

from itertools import pairwise

import pytest
from PIL import Image

from pipelines import Playground
from pipelines.run import Request

TASK = "image-to-text"
PICTURE = Image.linear_gradient("L").resize((64, 64)).convert("RGB")


@pytest.mark.parametrize("model", ["vision-encoder-decoder", "trocr", "blip", "git"])
def test_it_writes_what_transformers_generates(tiny: Playground, model: str) -> None:
    from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer

    folder = tiny.store.local(tiny.catalogue[model])
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    loaded = AutoModelForImageTextToText.from_pretrained(folder).eval()
    made = loaded.generate(**processor(images=PICTURE, return_tensors="pt"), max_new_tokens=8)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    theirs = tokenizer.decode(made[0], skip_special_tokens=True).strip()
    ours = tiny.run(TASK, {"image": PICTURE}, model, {"max_new_tokens": 8}).value
    assert ours == {"generated_text": theirs}


@pytest.mark.parametrize("limit", [1, 4])
def test_no_more_tokens_come_than_were_asked_for(tiny: Playground, limit: int) -> None:
    answer = tiny.run(TASK, {"image": PICTURE}, "vision-encoder-decoder", {"max_new_tokens": limit})
    assert answer.facts
    assert (answer.facts.tokens or 0) <= limit + 1  # the start token of the decoder counts


def test_the_caption_grows(tiny: Playground) -> None:
    answers = tiny.answers(Request(TASK, {"image": PICTURE}, {"max_new_tokens": 8}, "blip"))
    texts = [answer.value["generated_text"] for answer in answers]
    assert len(set(texts)) > 2
    assert all(longer.startswith(shorter) for shorter, longer in pairwise(texts[:-1]))
