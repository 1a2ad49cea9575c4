"""What the three columns of lab 1 share: how a text is read, and how a model is opened and run."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from pipelines.errors import Cancelled, ModelError
from pipelines.labs.families import attention, encoder
from pipelines.labs.families.attention import Family
from pipelines.run import Run
from tests.labs.conftest import Open
from tests.tiny import build

TEXT = "The lion sleeps under an old tree."


def test_the_tokens_that_the_model_adds_itself_are_told_apart(open_tiny: Open) -> None:
    seen = attention.read(open_tiny("bert-encoder", "")[1], "the zzz lion")
    assert seen.tokens == ("[CLS]", "the", "z", "##z", "##z", "lion", "[SEP]")
    assert seen.special == (True, False, False, False, False, False, True)


def test_a_token_is_shown_as_its_piece_of_the_text(open_tiny: Open) -> None:
    _, pieces = open_tiny("t5")
    ids = pieces(TEXT, add_special_tokens=False)["input_ids"]
    assert "".join(attention.token_texts(pieces, ids)) == f" {TEXT}"
    _, words = open_tiny("gpt2")
    unknown = len(words) + 7  # a model's table is often longer than its vocabulary
    shown = attention.token_texts(words, [*words("a 🙂")["input_ids"], unknown])
    assert shown[:2] == ["a", " "]
    assert shown[-1] == f"<{unknown}>"


@pytest.mark.parametrize(
    ("config", "family"),
    [
        (transformers.T5Config(), "encoder-decoder"),
        (transformers.GPT2Config(architectures=["GPT2LMHeadModel"]), "decoder"),
        (transformers.LlamaConfig(architectures=["LlamaForCausalLM"]), "decoder"),
        (transformers.BertConfig(architectures=["BertModel"], is_decoder=True), "decoder"),
        (transformers.BertConfig(architectures=["BertForMaskedLM"]), "encoder"),
        (transformers.BertConfig(), "encoder"),
    ],
)
def test_a_config_says_which_family_a_model_is_of(config: Any, family: Family) -> None:
    assert attention.family(config) == family


def test_pickled_weights_are_not_opened(tmp_path: Path) -> None:
    folder = build("gpt2", tmp_path / "pickled")
    model = transformers.GPT2LMHeadModel.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="cannot be opened"):
        attention.load(folder, "ForCausalLM")


def test_a_stopped_look_ends_before_the_next_layer(open_tiny: Open) -> None:
    model, tokenizer = open_tiny("bert-encoder", "")
    run = Run()
    run.cancel.set()
    with run.active(), pytest.raises(Cancelled):
        encoder.encode(model, tokenizer, TEXT)


def test_one_thread_is_the_setting_of_the_thread_that_asked() -> None:
    def of_a_thread(before: Callable[[], None]) -> int:
        counted: list[int] = []

        def count() -> None:
            before()
            counted.append(torch.get_num_threads())

        thread = threading.Thread(target=count)
        thread.start()
        thread.join()
        return counted[0]

    usual = torch.get_num_threads()
    try:
        assert of_a_thread(lambda: torch.set_num_threads(3)) == 3
        assert of_a_thread(attention.one_thread) == 1
        assert of_a_thread(lambda: None) == 3
    finally:
        torch.set_num_threads(usual)
