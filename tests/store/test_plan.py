"""Which files of a repository are needed, and when a folder has them all."""

import pytest

from pipelines.store.plan import needed


@pytest.mark.parametrize(
    "shards",
    [
        ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"],
        ["model.safetensors-00001-of-00001.safetensors"],
        ["model-000001-of-000002.safetensors", "model-000002-of-000002.safetensors"],
        ["model-00001-of-000002.safetensors", "model-00002-of-000002.safetensors"],
    ],
)
def test_shards_are_known_by_any_of_their_names(shards: list[str]) -> None:
    index = "model.safetensors.index.json"
    assert needed([index, *shards]) == [index, *shards]


def test_a_gguf_in_parts_comes_with_its_eyes() -> None:
    parts = [f"a-Q4_K_M-0000{n}-of-00002.gguf" for n in (1, 2)]
    others = ["a-Q4_K_M-00001-of-00003.gguf", "a-Q8_0.gguf"]
    assert needed(["mmproj-F16.gguf", *parts, *others]) == ["mmproj-F16.gguf", *parts]


def test_a_quantisation_is_a_word_of_the_name() -> None:
    eyes = ["mmproj-BF16.gguf", "mmproj-F16.gguf"]
    assert needed(["a-Q4_K_M.gguf", *eyes]) == ["mmproj-F16.gguf", "a-Q4_K_M.gguf"]
    assert needed(["a.IQ4_0.gguf", "a.Q4_0_4_4.gguf", "a_q4_0.gguf"]) == ["a_q4_0.gguf"]


def test_the_codes_of_a_bpe_tokenizer_are_needed() -> None:
    assert "bpe.codes" in needed(["model.safetensors", "vocab.txt", "bpe.codes"])
