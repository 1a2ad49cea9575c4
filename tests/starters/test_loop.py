"""The training loop of the starters: it resumes where it was stopped, on batches not seen yet."""

from collections.abc import Iterator
from pathlib import Path

import torch

from starters.loop import Recipe, train


def test_a_resumed_training_does_not_see_the_broken_epochs_first_batches_again(
    tmp_path: Path,
) -> None:
    seen: list[tuple[int, int]] = []

    def batches(epoch: int) -> Iterator[tuple[int, int]]:
        yield from ((epoch, number) for number in range(10))

    def run(steps: int) -> None:
        model = torch.nn.Linear(1, 1)

        def loss(batch: tuple[int, int]) -> torch.Tensor:
            seen.append(batch)
            found: torch.Tensor = model(torch.ones(1, 1)).square().mean()
            return found

        recipe = Recipe(steps=steps, learning_rate=1e-3, warmup=1, every=2, average=2)
        train(model, batches, loss, dict, tmp_path, recipe)

    run(4)
    run(8)
    assert seen == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (1, 3)]
