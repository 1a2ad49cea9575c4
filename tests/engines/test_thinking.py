"""Models that can think aloud (Qwen3, SmolLM3) are asked to answer at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipelines import Playground
from pipelines.engines import engine, llama
from pipelines.engines.transformers.conversations import chat_inputs, image_chat_inputs
from pipelines.engines.transformers.model import TransformersModel
from pipelines.inputs.messages import Message
from pipelines.sampling import Sampling
from pipelines.settings import Settings
from tests.tiny import build, tokenizers

THINKING = "{% if enable_thinking is not defined or enable_thinking %}I think:{% endif %}"
ASKED: list[Message] = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.mark.parametrize(
    ("name", "head"),
    [("llama-chat", "AutoModelForCausalLM"), ("idefics3", "AutoModelForImageTextToText")],
)
def test_transformers_models_are_not_asked_to_think(tiny: Playground, name: str, head: str) -> None:
    folder = tiny.store.local(tiny.catalogue[name])
    assert folder
    model = engine("transformers").load(folder, head, tiny.settings)
    assert isinstance(model, TransformersModel)
    read: Callable[[Any, list[Message]], Any]
    if head == "AutoModelForCausalLM":
        written, asked, read = model.tokenizer, ASKED, chat_inputs
    else:
        image = Image.new("RGB", (64, 64))
        written, asked, read = model.processor, [{**ASKED[0], "images": [image]}], image_chat_inputs
    plain, template = read(written, asked), written.chat_template
    written.chat_template = template + THINKING
    given = read(written, asked)
    assert given["input_ids"].tolist() == plain["input_ids"].tolist()
    written.chat_template = template + "I think:"
    assert read(written, asked)["input_ids"].tolist() != plain["input_ids"].tolist()


def answer(folder: Path) -> str:
    model = llama.ENGINE.load(folder, "", Settings(threads=1))
    try:
        return "".join(model.chat(ASKED, Sampling(8)))
    finally:
        model.close()


def test_llama_cpps_models_are_not_asked_to_think(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = answer(build("gguf", tmp_path / "plain"))
    assert plain
    ends = tokenizers.CHAT_TEMPLATE
    monkeypatch.setattr(tokenizers, "CHAT_TEMPLATE", ends + THINKING)
    assert answer(build("gguf", tmp_path / "thinking")) == plain
    monkeypatch.setattr(tokenizers, "CHAT_TEMPLATE", ends + "I think:")
    assert answer(build("gguf", tmp_path / "always")) != plain
