"""One training loop for all starters: resumes, logs, keeps the average of its last checkpoints.

Trains where the model is. Knows steps, learning rates and files; the batches, which are to be there
too, the loss and the held-out figure are given.
"""

import ctypes
import json
import math
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pipelines.labs.training.state import load_state, save_state


@dataclass(frozen=True)
class Recipe:
    """How to train. `average` is how many of the last checkpoints are averaged at the end."""

    steps: int
    learning_rate: float
    warmup: int = 200
    weight_decay: float = 0.01
    every: int = 250
    average: int = 5
    seed: int = 0
    clip: float = 1.0

    def rate(self, step: int) -> float:
        """Linear warm-up, then a cosine down to a twentieth."""
        if step < self.warmup:
            return self.learning_rate * (step + 1) / self.warmup
        share = (step - self.warmup) / max(1, self.steps - self.warmup)
        return self.learning_rate * (0.05 + 0.475 * (1 + math.cos(math.pi * min(share, 1.0))))


def device() -> str:
    """Where a model that may be trained on a GPU is trained here: cuda or cpu."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def seed_everything(seed: int) -> None:
    """Same seed, same run."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def fast_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 natively; without it float32 is faster."""
    info = Path("/proc/cpuinfo")
    flags = info.read_text() if info.exists() else ""
    return "amx_bf16" in flags or "avx512_bf16" in flags


def keep_freed_memory() -> None:
    """Have glibc keep freed memory for the next step instead of giving it back.

    A training step allocates the same large tensors again and again; fetching their pages anew
    each time took 8 s a step here where 1.1 s is enough.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL("libc.so.6")
        never_mmap, never_trim = (-4, 0), (-1, -1)  # M_MMAP_MAX, M_TRIM_THRESHOLD
        libc.mallopt(*never_mmap)
        libc.mallopt(*never_trim)


def train(
    model: torch.nn.Module,
    batches: Callable[[int], Iterator[Any]],
    loss: Callable[[Any], torch.Tensor],
    held_out: Callable[[], dict[str, float]],
    folder: Path,
    recipe: Recipe,
) -> float:
    """Train in place; returns the seconds it took, over all resumed parts.

    `batches(epoch)` yields batches, `loss(batch)` their loss, `held_out()` figures to log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    keep_freed_memory()
    seed_everything(recipe.seed)
    trained = [p for p in model.parameters() if p.requires_grad]
    place = trained[0].device
    optimizer = torch.optim.AdamW(
        trained,
        lr=recipe.learning_rate,
        betas=(0.9, 0.98),
        weight_decay=recipe.weight_decay,
        fused=place.type == "cuda",
    )
    step, epoch, spent = 0, 0, 0.0
    state = folder / "state.pt"
    if state.exists():
        saved = load_state(state, place)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        # The next epoch: beginning the broken one again would show its first batches twice.
        step, epoch, spent = saved["step"], saved["epoch"] + 1, saved["spent"]
        print(f"resuming at step {step}", flush=True)
    began, running, counted = time.time(), torch.zeros((), device=place), 0
    bfloat16 = place.type == "cuda" or fast_bfloat16()
    while step < recipe.steps:
        for batch in batches(epoch):
            model.train()
            for group in optimizer.param_groups:
                group["lr"] = recipe.rate(step)
            with torch.autocast(place.type, torch.bfloat16, enabled=bfloat16):
                value = loss(batch)
            optimizer.zero_grad(set_to_none=True)
            value.backward()
            torch.nn.utils.clip_grad_norm_(trained, recipe.clip)
            optimizer.step()
            running += value.detach()  # reading it each step would wait for the GPU
            counted += 1
            step += 1
            if step % recipe.every == 0 or step == recipe.steps:
                model.eval()
                with torch.inference_mode():
                    figures = held_out()
                seconds = spent + time.time() - began
                line = {"step": step, "loss": float(running) / counted, **figures}
                line["seconds"] = round(seconds)
                running.zero_()
                counted = 0
                print(json.dumps(line), flush=True)
                with (folder / "log.jsonl").open("a") as log:
                    log.write(json.dumps(line) + "\n")
                _save(model, optimizer, step, epoch, seconds, folder, recipe)
            if step >= recipe.steps:
                break
        epoch += 1
    model.load_state_dict(_averaged(folder, recipe))
    model.eval()
    return spent + time.time() - began


def _save(
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    step: int,
    epoch: int,
    spent: float,
    folder: Path,
    recipe: Recipe,
) -> None:
    save_state(folder / "state.pt", model, optimizer, step=step, epoch=epoch, spent=spent)
    torch.save(model.state_dict(), folder / f"weights-{step:06d}.pt")
    for old in sorted(folder.glob("weights-*.pt"))[: -recipe.average]:
        old.unlink()


def _averaged(folder: Path, recipe: Recipe) -> dict[str, torch.Tensor]:
    files = sorted(folder.glob("weights-*.pt"))[-recipe.average :]
    states = [torch.load(file, weights_only=True) for file in files]
    return {
        name: torch.stack([s[name].float() for s in states]).mean(0).to(value.dtype)
        for name, value in states[0].items()
    }
