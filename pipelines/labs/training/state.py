"""What a training is resumed from: one file with the weights, the optimizer and where it stands.

Lab 2's runs and the starters' trainings write the same.
"""

import os
from pathlib import Path
from typing import Any

import torch


def save_state(
    file: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer | None, **standing: Any
) -> None:
    """Write the file; a crash meanwhile leaves the earlier one. `standing`: JSON-like values."""
    new = file.with_suffix(".new")
    state = {
        **standing,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict() if optimizer else None,
    }
    torch.save(state, new)
    os.replace(new, file)


def load_state(file: Path, place: torch.device | str = "cpu") -> dict[str, Any]:
    """What was written, its tensors on `place`."""
    state: dict[str, Any] = torch.load(file, map_location=place, weights_only=True)
    return state
