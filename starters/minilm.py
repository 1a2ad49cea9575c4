"""What the starters on MiniLM share: the frozen backbone with adapters, batches, saved files.

Training needs torch, transformers and peft only, so that it runs on a machine with a GPU that has
no more; the playground is imported to find the backbone and to measure.

Knows no task: the model class, what is trained whole beside the adapters, and the examples are
given. What is saved is in peft's format; pipelines/engines/transformers/lora.py merges it.
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import torch

from starters.starter import BUILD, Figure, Starter

if TYPE_CHECKING:
    from pipelines import Playground

BACKBONE = "all-minilm-l6-v2"
HUB = "sentence-transformers/all-MiniLM-L6-v2"
PREFIX = "base_model.model."
Example = TypeVar("Example")


def with_adapters(
    backbone: Path, model_class: str, rank: int, whole: Sequence[str], **config: Any
) -> Any:
    """The backbone under a transformers class, with adapters on every linear layer of its encoder.

    Parameters whose names begin with one of `whole` are trained whole; all else is frozen.
    """
    import transformers
    from peft import LoraConfig, inject_adapter_in_model

    model = getattr(transformers, model_class).from_pretrained(
        backbone, dtype=torch.float32, **config
    )
    layers = r"bert\.encoder\..*(query|key|value|dense)"
    adapters = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=layers)
    inject_adapter_in_model(adapters, model)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_("lora_" in name or name.startswith(tuple(whole)))
    return model


def save(model: Any, out: Path, rank: int) -> None:
    """Write what was trained, in float16, and the config."""
    from safetensors.torch import save_file

    trained = {
        PREFIX + name.replace(".default", ""): parameter.detach().half().cpu().contiguous()
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }
    out.mkdir(parents=True, exist_ok=True)
    save_file(trained, out / "adapter_model.safetensors", {"format": "pt"})
    adapters = {
        "base_model_name_or_path": HUB,
        "peft_type": "LORA",
        "r": rank,
        "lora_alpha": 2 * rank,
    }
    (out / "adapter_config.json").write_text(json.dumps(adapters, indent=2) + "\n", "utf-8")
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(out)


# Trains on data, writes a folder, keeps checkpoints in another, from the backbone's; the seconds.
Fit: TypeAlias = Callable[[Path, Path, Path, Path], float]


def training(name: str, fit: Fit) -> Callable[[Path | None, Path], None]:
    """How a starter on the backbone trains and writes its folder."""

    def train(data: Path | None, out: Path) -> None:
        from pipelines import Playground
        from pipelines.settings import from_environment

        assert data
        playground = Playground(from_environment())
        backbone = playground.store.get(playground.catalogue[BACKBONE])
        seconds = fit(data, out, BUILD / name, backbone)
        print(f"trained in {seconds / 60:.0f} minutes")

    return train


def starter(
    name: str,
    minutes: int,
    fit: Fit,
    evaluate: "Callable[[Playground, Path], list[Figure]]",
    data: tuple[str, ...],
    needs: str = "",
) -> Starter:
    """The declaration of a starter on the backbone; `evaluate` measures what is bundled, through
    the playground as a user gets it."""

    def figures(folder: Path, data: Path | None) -> list[Figure]:
        """Adapters are loaded with their backbone, so not from any folder."""
        from pipelines import Playground
        from pipelines.settings import from_environment

        threads = torch.get_num_threads()  # two spin and wait on a busy machine
        playground = Playground(replace(from_environment(), threads=threads))
        return evaluate(playground, data) if data else []

    return Starter(name, figures, training(name, fit), minutes, data, needs)


def batched(
    examples: Sequence[Example], length: Callable[[Example], int], tokens: int, seed: int
) -> Iterator[list[Example]]:
    """Batches of examples of like length, of about `tokens` tokens each, in random order."""
    shuffler = random.Random(seed)
    order = sorted(examples, key=lambda e: length(e) * (0.9 + 0.2 * shuffler.random()))
    batches: list[list[Example]] = [[]]
    longest = 0
    for example in order:
        longest = max(longest, length(example))
        if batches[-1] and (len(batches[-1]) + 1) * longest > tokens:
            batches.append([])
            longest = length(example)
        batches[-1].append(example)
    shuffler.shuffle(batches)
    yield from batches


def padded(rows: Sequence[Sequence[int]], value: int = 0) -> torch.Tensor:
    """Rows of numbers as one tensor."""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[value] * (longest - len(row))] for row in rows])
