"""Upstream files made ready for their engine."""

from pathlib import Path

import gguf
import numpy as np
import pytest
from gguf import GGMLQuantizationType as Kind

from pipelines import Playground
from pipelines.errors import ModelError
from pipelines.store.prepare import prepare

SHAPE = (4, 64)


@pytest.fixture
def weights(tmp_path: Path) -> dict[str, np.ndarray]:
    """The tensors of the small GGUF file that is in tmp_path, as they were before it was packed."""
    generator = np.random.default_rng(0)
    made = {name: generator.normal(size=SHAPE).astype(np.float32) for name in ("packed", "norm")}
    writer = gguf.GGUFWriter(tmp_path / "small.Q4_1.gguf", "llama")
    writer.add_name("Small")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_1)
    writer.add_token_list(["a", "b", "é"])
    writer.add_rope_freq_base(10_000.0)
    writer.add_tensor(
        "packed", gguf.quants.quantize(made["packed"], Kind.Q4_1), raw_dtype=Kind.Q4_1
    )
    writer.add_tensor("norm", made["norm"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    packed = gguf.quants.quantize(made["packed"], Kind.Q4_1)
    return {**made, "packed": gguf.quants.dequantize(packed, Kind.Q4_1)}


def test_four_bits_become_eight_with_the_same_values(
    tmp_path: Path, weights: dict[str, np.ndarray]
) -> None:
    prepare("q8_0", tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["small.Q8_0.gguf"]
    tensors = {one.name: one for one in gguf.GGUFReader(tmp_path / "small.Q8_0.gguf").tensors}
    assert {name: one.tensor_type for name, one in tensors.items()} == {
        "packed": Kind.Q8_0,
        "norm": Kind.F32,
    }
    assert np.array_equal(tensors["norm"].data, weights["norm"])
    got = gguf.quants.dequantize(tensors["packed"].data, Kind.Q8_0).reshape(-1, 32)
    wanted = weights["packed"].reshape(-1, 32)
    largest = np.abs(wanted).max(1, keepdims=True)
    assert (np.abs(got - wanted) <= largest / 250).all()  # 254, and the scale's own rounding


def test_what_is_told_of_the_model_is_kept(tmp_path: Path, weights: object) -> None:
    before = gguf.GGUFReader(tmp_path / "small.Q4_1.gguf").fields
    told = {name: field.contents() for name, field in before.items()}
    prepare("q8_0", tmp_path)
    after = gguf.GGUFReader(tmp_path / "small.Q8_0.gguf").fields
    told["general.file_type"] = gguf.LlamaFileType.MOSTLY_Q8_0
    assert {name: field.contents() for name, field in after.items()} == told
    assert told["tokenizer.ggml.tokens"] == ["a", "b", "é"]


def test_the_starter_has_no_weights_that_llama_cpp_reads_prompts_with_slowly(
    playground: Playground,
) -> None:
    entry = playground.catalogue["smollm2-135m-instruct"]
    folder = playground.store.get(entry)
    (file,) = folder.glob("*.gguf")
    kinds = {one.tensor_type for one in gguf.GGUFReader(file).tensors}
    assert kinds == {Kind.Q8_0, Kind.F32}


def test_an_unknown_preparation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="unknown preparation, 'q9'"):
        prepare("q9", tmp_path)
