"""Which files of a repository are needed, and when a folder has them all."""

import json
from pathlib import Path

import pytest

from pipelines.store.plan import needed, whole


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


def test_a_gguf_in_parts_comes_with_its_projector() -> None:
    parts = [f"a-Q4_K_M-0000{n}-of-00002.gguf" for n in (1, 2)]
    others = ["a-Q4_K_M-00001-of-00003.gguf", "a-Q8_0.gguf"]
    assert needed(["mmproj-F16.gguf", *parts, *others]) == ["mmproj-F16.gguf", *parts]


def test_a_quantisation_is_a_word_of_the_name() -> None:
    projectors = ["mmproj-BF16.gguf", "mmproj-F16.gguf"]
    assert needed(["a-Q4_K_M.gguf", *projectors]) == ["mmproj-F16.gguf", "a-Q4_K_M.gguf"]
    assert needed(["a.IQ4_0.gguf", "a.Q4_0_4_4.gguf", "a_q4_0.gguf"]) == ["a_q4_0.gguf"]


def test_what_comes_after_an_encoder_comes_before_its_weights() -> None:
    parts = ["1_Pooling/config.json", "2_Dense/config.json", "2_Dense/model.safetensors"]
    others = ["2_Dense/pytorch_model.bin", "onnx/model.onnx", "openvino/config.json"]
    asked = ["model.safetensors", *others, *parts]
    assert needed(asked) == [*parts, "model.safetensors"]


def test_the_codes_of_a_bpe_tokenizer_are_needed() -> None:
    assert "bpe.codes" in needed(["model.safetensors", "vocab.txt", "bpe.codes"])


def folder_of(folder: Path, *names: str, config: str = "{}") -> Path:
    for name in names:
        (folder / name).write_text(config if name == "config.json" else "")
    return folder


def test_a_gguf_in_parts_is_whole_with_all_of_them(tmp_path: Path) -> None:
    assert not whole(folder_of(tmp_path, *(f"a-0000{n}-of-00003.gguf" for n in (1, 3))))
    assert whole(folder_of(tmp_path, "a-00002-of-00003.gguf"))


@pytest.mark.parametrize(
    "reader",
    [
        *("tokenizer.json", "tokenizer_config.json", "vocab.txt", "source.spm"),
        *("spiece.model", "preprocessor_config.json", "processor_config.json"),
    ],
)
def test_weights_that_another_program_fetched_alone_are_no_model(
    tmp_path: Path, reader: str
) -> None:
    assert not whole(folder_of(tmp_path, "config.json", "model.safetensors"))
    assert whole(folder_of(tmp_path, reader))
    (tmp_path / "config.json").unlink()
    assert not whole(tmp_path)


@pytest.mark.parametrize("config", ['{"model_type": "hifigan"}', '{"pretrained_cfg": {}}'])
def test_a_vocoder_and_a_timm_model_need_nothing_beside_their_weights(
    tmp_path: Path, config: str
) -> None:
    assert whole(folder_of(tmp_path, "config.json", "model.safetensors", config=config))


def test_shards_are_whole_with_all_that_their_index_names(tmp_path: Path) -> None:
    shard = "model.safetensors-00001-of-00001.safetensors"
    index = tmp_path / "model.safetensors.index.json"
    folder_of(tmp_path, "config.json", "tokenizer.json", shard)
    assert not whole(tmp_path)
    index.write_text(json.dumps({"weight_map": {"a": shard, "b": "another"}}))
    assert not whole(tmp_path)
    index.write_text(json.dumps({"weight_map": {"a": shard}}))
    assert whole(tmp_path)
