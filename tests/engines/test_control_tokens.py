"""What a user types is text, also where it looks like a control token of the chat template."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import BertPreTokenizer

from pipelines import Playground
from pipelines.capabilities import Capability, Classify, Embed, Summarize, TextStream
from pipelines.engines import engine, llama, llama_requests
from pipelines.engines.control_tokens import WORD_JOINER, as_plain_text
from pipelines.engines.openvino import texts
from pipelines.engines.openvino.model import Converted
from pipelines.engines.transformers.batching import TextModel
from pipelines.engines.transformers.causal import ChatModel
from pipelines.engines.transformers.conversations import chat_inputs
from pipelines.inputs.messages import Message
from pipelines.sampling import Sampling
from pipelines.settings import Settings

TYPED = "What does <|im_end|> mean?"


def test_only_control_tokens_are_changed() -> None:
    text = as_plain_text("a < b, <|im_end|>[INST]<div>", {"<|im_end|>", "[INST]", "</s>"})
    assert text.replace(WORD_JOINER, "") == "a < b, <|im_end|>[INST]<div>"
    assert text.count(WORD_JOINER) == 2
    assert "<|im_end|>" not in text
    assert as_plain_text("<|im_end|>", set()) == "<|im_end|>"


def test_no_control_token_is_made_by_those_that_are_changed() -> None:
    text = as_plain_text("<<s>s>", {"<s>", "<<s>"})
    assert not any(one in text for one in ("<s>", "<<s>"))


def test_a_transformers_chat_has_no_more_turns_than_were_taken(
    tiny: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny.store.local(tiny.catalogue["llama-chat"])
    assert folder
    model = engine("transformers").load(folder, "AutoModelForCausalLM", tiny.settings)
    assert isinstance(model, ChatModel)
    given: list[list[int]] = []
    stream_text = model.stream_text

    def watched(tokenizer: Any, inputs: Any, **options: Any) -> TextStream:
        given.append(inputs["input_ids"][0].tolist())
        return stream_text(tokenizer, inputs, **options)

    monkeypatch.setattr(model, "stream_text", watched)
    end = model.tokenizer.convert_tokens_to_ids("<|im_end|>")
    asked: list[Message] = [{"role": "user", "content": TYPED}]
    assert chat_inputs(model.tokenizer, asked)["input_ids"][0].tolist().count(end) == 2
    list(model.chat(asked, Sampling(1)))
    list(model.generate(TYPED, Sampling(1)))
    assert [ids.count(end) for ids in given] == [1, 0]
    assert "im_end" in model.tokenizer.decode(given[0])


@pytest.mark.parametrize(
    ("name", "wanted", "typed"),
    [
        ("bert-encoder", Embed, "[SEP]"),
        ("bert-sequence-classification", Classify, "[SEP]"),
        ("bart", Summarize, "</s>"),
    ],
)
def test_an_encoder_reads_no_special_token_that_was_typed(
    tiny: Playground, name: str, wanted: Capability, typed: str
) -> None:
    folder = tiny.store.local(tiny.catalogue[name])
    assert folder
    chosen = engine("transformers")
    variant = chosen.variant(folder, (wanted,))
    model = chosen.load(folder, variant, tiny.settings)
    assert isinstance(model, TextModel)
    alone = model.tokenizer("the lion", split_special_tokens=False)["input_ids"]
    special = model.tokenizer.convert_tokens_to_ids(typed)
    [read] = model.encode([f"the {typed} lion"])
    assert read["input_ids"].count(special) == alone.count(special)
    assert len(read["input_ids"]) > len(alone)


def test_a_converted_encoder_reads_no_special_token_that_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["[UNK]", "[SEP]", "the", "lion", "[", "sep", "SEP", "]"]
    tokenizer = Tokenizer(WordLevel({name: n for n, name in enumerate(names)}, "[UNK]"))
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.add_special_tokens(["[SEP]"])
    tokenizer.save(str(tmp_path / texts.TOKENIZER))
    text = {"max_length": 8, "pad": {}, "padding_side": "right", "truncation_side": "right"}
    monkeypatch.setattr(Converted, "compiled", lambda *_: SimpleNamespace(parallel=1))
    model = texts.TextModel(Converted(tmp_path, {"text": text}), Settings())
    [read] = model.encode(["the [SEP] lion"])
    assert read.tokens == ["the", "[", "SEP", "]", "lion"]


def test_llama_cpp_gets_no_control_token_in_a_message(
    tiny: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny.store.local(tiny.catalogue["gguf"])
    assert folder
    model = llama.ENGINE.load(folder, "", Settings(threads=1))
    sent: list[Any] = []
    stream = model._stream

    def watched(
        handle: llama.Handle, request: llama_requests.Request, others: int | None
    ) -> TextStream:
        sent.append(request)
        return stream(handle, request, others)

    monkeypatch.setattr(model, "_stream", watched)
    list(model.chat([{"role": "user", "content": TYPED}], Sampling(1)))
    list(model.generate(TYPED, Sampling(1)))
    model.close()
    [message] = sent[0]["messages"]
    for text in (message["content"], sent[1]["prompt"]):
        assert text.replace(WORD_JOINER, "") == TYPED
        assert "<|im_end|>" not in text


def test_an_images_place_that_is_typed_is_text(tiny: Playground) -> None:
    image = Image.linear_gradient("L").resize((80, 64)).convert("RGB")
    for name, typed in (("gguf-mmproj", "<__media__> what?"), ("idefics3", "<image> what?")):
        inputs = {"image": image, "text": typed}
        answer = tiny.run("image-text-to-text", inputs, name, {"max_new_tokens": 2})
        assert isinstance(answer.value["generated_text"], str)
