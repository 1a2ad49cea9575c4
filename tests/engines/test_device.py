"""Where a model computes and with which numbers; what it gives comes back to the CPU."""

from typing import Any

import pytest
import torch

from pipelines.engines.transformers.device import brought_back, device, dtype, moved

SAVED = {"dtype": "bfloat16"}
CAUSAL = "AutoModelForCausalLM"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes torch tell of another machine than this one."""

    def has(cuda: bool = False, mps: bool = False, instructions: tuple[str, ...] = ()) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        known = dict.fromkeys(instructions, True)
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: known)

    return has


@pytest.mark.parametrize(
    ("has", "where"),
    [({}, "cpu"), ({"mps": True}, "mps"), ({"cuda": True}, "cuda")],
)
def test_a_gpu_is_used_when_it_is_there(machine: Any, has: dict[str, bool], where: str) -> None:
    machine(**has)
    assert device() == where


@pytest.mark.parametrize(
    ("has", "config", "head", "half"),
    [
        ({"cuda": True}, SAVED, CAUSAL, True),
        ({"instructions": ("avx512_bf16",)}, SAVED, CAUSAL, True),
        ({"instructions": ("amx_bf16",)}, {"text_config": SAVED}, CAUSAL, True),
        ({"instructions": ("avx512_bf16",)}, {"torch_dtype": "bfloat16"}, CAUSAL, True),
        ({"instructions": ("avx2",)}, SAVED, CAUSAL, False),  # emulated there, and slower
        ({"mps": True}, SAVED, CAUSAL, False),
        ({"cuda": True}, {"dtype": "float32"}, CAUSAL, False),  # stays exact
        ({"cuda": True}, SAVED, "AutoModelForSequenceClassification", False),
    ],
)
def test_bfloat16_is_for_models_that_generate_where_it_is_fast(
    machine: Any, has: dict[str, Any], config: dict[str, Any], head: str, half: bool
) -> None:
    machine(**has)
    assert dtype(config, head) == (torch.bfloat16 if half else torch.float32)


def test_fractions_take_the_models_format_and_ids_stay_whole() -> None:
    model: Any = torch.nn.Linear(2, 2).to(torch.bfloat16)
    model.device, model.dtype = torch.device("cpu"), torch.bfloat16  # as transformers' models have
    inputs = {"ids": torch.tensor([3]), "pixels": torch.ones(2), "sizes": [1, 2]}
    given = moved(inputs, model)
    assert given["ids"].dtype == torch.int64
    assert given["pixels"].dtype == torch.bfloat16
    assert given["sizes"] == [1, 2]


def test_what_comes_back_is_float32_all_the_way_down() -> None:
    half = torch.ones(2, dtype=torch.bfloat16)
    back = brought_back({"logits": half, "layers": [half, torch.tensor([1])], "loss": None})
    assert back["logits"].dtype == back["layers"][0].dtype == torch.float32
    assert back["layers"][1].dtype == torch.int64
    assert back["loss"] is None
