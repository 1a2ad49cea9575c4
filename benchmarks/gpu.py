"""transformers on a GPU against the same machine's CPU: one model of each modality, random weights.

    python -m benchmarks.gpu

Needs torch, transformers and psutil only, and writes its part of BENCHMARKS.md, with the card
named. Nothing is held against a target. What `make bench` runs leaves it out: most machines of this
project have no GPU.

Devices and dtypes are those of `pipelines/engines/transformers/device.py`: models that generate
compute in bfloat16, on a CPU only if it has instructions for it, all others in float32; what a GPU
does with those in bfloat16 stands beside it. Outputs are brought back to the CPU, as the engine
does.
"""

import datetime
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
import transformers

from benchmarks.report import REPORT, processor, put

Inputs: TypeAlias = dict[str, torch.Tensor]
TOKENS = 32  # that are generated
ROUNDS, ENOUGH = 15, 2.0  # runs, and seconds after which no further one is begun


@dataclass(frozen=True)
class Case:
    """One model, its inputs for a batch of a size, and whether it generates."""

    name: str
    asked: str
    make: Callable[[], Any]
    inputs: Callable[[int], Inputs]
    many: int  # inputs of the batch whose throughput is measured
    generates: bool = False


def _ids(count: int, length: int, vocabulary: int = 30_000) -> torch.Tensor:
    return torch.randint(1_000, vocabulary, (count, length))


def _text(length: int) -> Callable[[int], Inputs]:
    def inputs(count: int) -> Inputs:
        ids = _ids(count, length)
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}

    return inputs


def _llama(**size: int) -> Callable[[], Any]:
    """A Llama of this size that never writes an end."""

    def make() -> Any:
        model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**size))
        model.generation_config.eos_token_id = None
        return model

    return make


def _bert() -> Any:
    return transformers.BertForSequenceClassification(transformers.BertConfig())


def _vit() -> Any:
    return transformers.ViTForImageClassification(transformers.ViTConfig(num_labels=1_000))


def _wav2vec2() -> Any:
    return transformers.Wav2Vec2ForCTC(transformers.Wav2Vec2Config())


def _whisper() -> Any:
    sizes = {
        **{f"{part}_layers": 6 for part in ("encoder", "decoder")},
        **{f"{part}_attention_heads": 8 for part in ("encoder", "decoder")},
        **{f"{part}_ffn_dim": 2_048 for part in ("encoder", "decoder")},
    }
    model = transformers.WhisperForConditionalGeneration(
        transformers.WhisperConfig(d_model=512, **sizes)
    )
    model.generation_config.eos_token_id = None
    return model


def _smolvlm() -> Any:
    """SmolVLM 256M's sizes: SigLIP base on 512 pixels, 64 tokens a picture."""
    config = transformers.Idefics3Config(
        image_token_id=49_190,
        scale_factor=4,
        pad_token_id=2,
        vision_config={
            **{"hidden_size": 768, "intermediate_size": 3_072, "num_hidden_layers": 12},
            **{"num_attention_heads": 12, "image_size": 512, "patch_size": 16},
        },
        text_config={
            **{"model_type": "llama", "hidden_size": 576, "intermediate_size": 1_536},
            **{"num_hidden_layers": 30, "num_attention_heads": 9, "num_key_value_heads": 3},
            **{"vocab_size": 49_280, "max_position_embeddings": 8_192, "pad_token_id": 2},
        },
    )
    model = transformers.Idefics3ForConditionalGeneration(config)
    model.generation_config.eos_token_id = None
    return model


def _picture_and_text(count: int) -> Inputs:
    ids = _ids(count, 96)
    ids[:, 8:72] = 49_190
    return {
        "input_ids": ids,
        "attention_mask": torch.ones_like(ids),
        "pixel_values": torch.randn(count, 1, 3, 512, 512),
    }


CASES = (
    Case("BERT base, text-classification", "128 tokens", _bert, _text(128), 64),
    Case(
        "ViT base, image-classification",
        "224 × 224 pixels",
        _vit,
        lambda count: {"pixel_values": torch.randn(count, 3, 224, 224)},
        64,
    ),
    Case(
        "Wav2Vec2 base, automatic-speech-recognition",
        "10 s",
        _wav2vec2,
        lambda count: {"input_values": torch.randn(count, 160_000)},
        16,
    ),
    Case(
        "Whisper base, automatic-speech-recognition",
        f"30 s, {TOKENS} tokens written",
        _whisper,
        lambda count: {"input_features": torch.randn(count, 80, 3_000)},
        16,
        generates=True,
    ),
    Case(
        "Llama of SmolLM2 360M's size, text-generation",
        f"128 tokens, {TOKENS} written",
        _llama(
            **{"hidden_size": 960, "intermediate_size": 2_560, "num_hidden_layers": 32},
            **{"num_attention_heads": 15, "num_key_value_heads": 5, "vocab_size": 49_152},
        ),
        _text(128),
        16,
        generates=True,
    ),
    Case(
        "Llama of Llama 3.2 1B's size, text-generation",
        f"128 tokens, {TOKENS} written",
        _llama(
            **{"hidden_size": 2_048, "intermediate_size": 8_192, "num_hidden_layers": 16},
            **{"num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128_256},
        ),
        _text(128),
        16,
        generates=True,
    ),
    Case(
        "Idefics3 of SmolVLM 256M's size, image-text-to-text",
        f"a picture and 32 tokens, {TOKENS} written",
        _smolvlm,
        _picture_and_text,
        8,
        generates=True,
    ),
)


def _seconds(model: Any, case: Case, count: int) -> float:
    """The median time of one call, its inputs on the CPU before and its outputs after."""
    inputs = case.inputs(count)

    def work() -> None:
        moved = {
            name: value.to(model.device, model.dtype if value.is_floating_point() else None)
            for name, value in inputs.items()
        }
        with torch.inference_mode():
            if case.generates:
                model.generate(**moved, max_new_tokens=TOKENS, do_sample=False).cpu()
            else:
                model(**moved).logits.float().cpu()

    work()
    took: list[float] = []
    while len(took) < ROUNDS and (sum(took) < ENOUGH or len(took) < 2):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def _measured(case: Case) -> str:
    torch.manual_seed(0)
    model = case.make().eval()
    fast = torch.cpu.get_capabilities()
    cpu_bfloat16 = case.generates and bool(fast.get("avx512_bf16") or fast.get("amx_bf16"))
    places = [("cpu", torch.bfloat16 if cpu_bfloat16 else torch.float32)]
    if torch.cuda.is_available():
        places += [("cuda", torch.float32), ("cuda", torch.bfloat16)]
    figures = []
    for place, dtype in places:
        model = model.to(device=place, dtype=dtype)
        many = case.many if place == "cuda" else max(1, case.many // 8)
        one, batch = _seconds(model, case, 1), _seconds(model, case, many)
        figures.append((one, many / batch))
        print(f"{case.name} {place} {dtype} {one * 1000:.1f} ms, {many / batch:.1f}/s", flush=True)
    return row(case, cpu_bfloat16, figures)


def row(case: Case, cpu_bfloat16: bool, figures: list[tuple[float, float]]) -> str:
    """A model's line: seconds for one input and inputs a second, on the CPU first."""
    cells = [f"{one * 1000:.1f} | {rate:.1f}" for one, rate in figures]
    share = f"{figures[0][0] / figures[-1][0]:.1f} | {figures[-1][1] / figures[0][1]:.0f}"
    used = "bfloat16" if cpu_bfloat16 else "float32"
    return f"| {case.name} | {case.asked} | {used} | {' | '.join(cells)} | {share} |"


def machine() -> str:
    """The card, the processor and the libraries."""
    card = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    return (
        f"{card}; {processor()}, {os.cpu_count()} cores, torch with {torch.get_num_threads()} "
        f"threads; Python {platform.python_version()}, torch {torch.__version__}, transformers "
        f"{transformers.__version__}. {datetime.date.today()}."
    )


def run() -> str:
    """Measure all; returns the part of BENCHMARKS.md, which is written after each model."""
    transformers.logging.set_verbosity_error()
    rows: list[str] = []
    for case in CASES:
        rows.append(_measured(case))
        put(REPORT, "gpu", text(rows, machine()))
    return text(rows, machine())


def text(rows: list[str], measured_on: str) -> str:
    """The part of BENCHMARKS.md."""
    head = (
        "| model | one call | CPU dtype | CPU: one, ms | many, /s | CUDA float32: one,"
        " ms | many, /s | CUDA bfloat16: one, ms | many, /s | one: times as fast"
        " | many: times as fast |"
    )
    columns = head.count("|") - 1
    table = "\n".join([head, "|" + "---|" * columns, *rows])
    return (
        "## GPU\n\nWritten by `python -m benchmarks.gpu`, which no target belongs to. transformers"
        " alone, random weights of real sizes, one call and batches (on the GPU up to 64 inputs, on"
        " the CPU an eighth as many); the last two columns are CUDA in bfloat16 against the CPU."
        f"\n\nMachine: {measured_on}\n\n{table}\n"
    )


if __name__ == "__main__":
    print(run())
