"""The device and the dtype that a model computes with.

On a Space with ZeroGPU a GPU is attached for each call (`engines.zero_gpu`). Everywhere else it is
CUDA, MPS or the CPU, chosen when the model is loaded.
"""

from collections.abc import MutableMapping
from typing import Any

import torch

from pipelines.engines.zero_gpu import zero_gpu

GENERATING = {
    "AutoModelForCausalLM",
    "AutoModelForSeq2SeqLM",
    "AutoModelForImageTextToText",
    "AutoModelForSpeechSeq2Seq",
}


def device() -> str:
    """cuda, mps or cpu."""
    if zero_gpu() or torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def dtype(config: dict[str, Any], auto_class: str) -> torch.dtype:
    """bfloat16 for models that generate, were saved in it and run where it is fast; else float32.

    A CPU with AVX512-BF16 generated 1.28 times as fast in it as in float32, and read a prompt 1.35
    times as fast (SmolLM2-135M's sizes, random weights, 2 cores of an EPYC, torch 2.13). Without
    such instructions it is emulated, and slower. Weights saved in float32 stay exact.
    """
    nested = config.get("text_config") or {}
    saved = [one.get("dtype") or one.get("torch_dtype") for one in (config, nested)]
    fast = _cpu_has_bfloat16() if device() == "cpu" else device() == "cuda"
    return (
        torch.bfloat16
        if fast and auto_class in GENERATING and "bfloat16" in saved
        else torch.float32
    )


def _cpu_has_bfloat16() -> bool:
    known = torch.cpu.get_capabilities()
    return bool(known.get("avx512_bf16") or known.get("amx_bf16"))


def moved(inputs: Any, model: Any) -> dict[str, Any]:
    """Inputs on the model's device, floating point in its dtype."""
    return {
        name: value.to(model.device, model.dtype if value.is_floating_point() else None)
        if isinstance(value, torch.Tensor)
        else value
        for name, value in inputs.items()
    }


def brought_back(output: Any) -> Any:
    """A model's output with its tensors on the CPU, floating point in float32."""
    if isinstance(output, torch.Tensor):
        return output.float().cpu() if output.is_floating_point() else output.cpu()
    if isinstance(output, list):
        return [brought_back(value) for value in output]
    if isinstance(output, MutableMapping):
        for name, value in list(output.items()):
            output[name] = brought_back(value)
    return output
