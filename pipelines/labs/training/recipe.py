"""The hyperparameters of a training run of lab 2, and what they will cost.

It predicts parameters, memory and time of a run, and refuses, with the figure, what is too much. It
needs no torch, so a page can show the cost while the learner moves the sliders. The run itself is
in train.py.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any

from pipelines.errors import InputError

MAX_MEMORY = 4 * 2**30  # bytes
MAX_SECONDS = 30 * 60.0
# Limits in public mode.
PUBLIC_MEMORY = 1 * 2**30
PUBLIC_SECONDS = 5 * 60.0
# Peak resident memory of whole runs was 507, 680, 1108 and 1551 MiB for 0.02, 0.7, 14.6 and 5.2
# million parameters: BASE_MEMORY for torch and transformers, and SPARE times the sum in `predict`.
BASE_MEMORY = 500 * 2**20
SPARE = 1.4
# Floating-point operations a second of a whole training step, and the constant overhead of a step.
# The preset took 100 s of processor time with one thread, limited to AVX2 in float32
# (benchmarks/lab_training.py on a busy machine); two threads are assumed to be no faster: with two
# that do not spin it took 142 s beside three other busy programs, 99 s of processor time.
SPEED = 60e9
STEP_SECONDS = 0.02

LIMITS: dict[str, tuple[int, int]] = {
    "layers": (1, 12),
    "hidden_size": (32, 768),
    "num_attention_heads": (1, 16),
    "vocab_size": (300, 8000),
    "context": (32, 512),
    "batch_size": (1, 128),
    "pretraining_steps": (10, 5000),
    "tuning_steps": (0, 2000),
    "threads": (1, 16),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """One run's model and training settings. The defaults are the preset that works."""

    layers: int = 3
    hidden_size: int = 128
    num_attention_heads: int = 4
    vocab_size: int = 800
    context: int = 96
    batch_size: int = 32
    pretraining_steps: int = 340
    tuning_steps: int = 60
    learning_rate: float = 4e-3
    tuning_learning_rate: float = 3e-4
    seed: int = 0
    threads: int = 2

    @property
    def intermediate_size(self) -> int:
        """Width of the feed-forward layers: 8/3 of the hidden size as in Llama, a multiple of 8."""
        return max(8, self.hidden_size * 8 // 3 // 8 * 8)

    def check(self, public: bool = False) -> None:
        """Raise InputError, with the figure, if no run can be made of this recipe."""
        most_memory = PUBLIC_MEMORY if public else MAX_MEMORY
        most_seconds = PUBLIC_SECONDS if public else MAX_SECONDS
        for name, (least, most) in LIMITS.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise InputError(f"{name} is {value:,}; it must be from {least:,} to {most:,}.")
        if self.hidden_size % (2 * self.num_attention_heads):
            raise InputError(
                f"A hidden size of {self.hidden_size} cannot be shared evenly by "
                f"{self.num_attention_heads} heads.",
                f"Take a multiple of {2 * self.num_attention_heads}.",
            )
        for name in ("learning_rate", "tuning_learning_rate"):
            if not 0 < getattr(self, name) <= 0.1:
                raise InputError(f"{name} must be above 0 and at most 0.1.")
        cost = predict(self)
        if cost.memory > most_memory:
            raise InputError(
                f"This run would need {cost.memory / 2**30:.1f} GiB of memory; "
                f"at most {most_memory / 2**30:.0f} GiB are allowed.",
                "Take a smaller batch, context, vocabulary or model.",
            )
        if cost.seconds > most_seconds:
            raise InputError(
                f"This run would take about {cost.seconds / 60:.0f} minutes; "
                f"at most {most_seconds / 60:.0f} are allowed.",
                "Take fewer steps or a smaller model.",
            )

    def to_json(self) -> dict[str, Any]:
        """As a dictionary that `from_json` takes back."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Recipe":
        """A recipe from a dictionary; missing fields have the preset's values."""
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise InputError(f"A recipe has no setting {', '.join(unknown)}.")
        return cls(**values)


PRESETS: dict[str, Recipe] = {
    "two minutes": Recipe(),
    "a short taste": Recipe(
        layers=2, hidden_size=96, batch_size=16, pretraining_steps=150, tuning_steps=40
    ),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run is predicted to take."""

    parameters: int
    memory: int  # bytes
    seconds: float
    tokens: int


def parameters(recipe: Recipe) -> int:
    """Parameters of the model: the embedding (shared with the output), the layers, the norms."""
    h = recipe.hidden_size
    layer = 4 * h * h + 3 * h * recipe.intermediate_size + 2 * h
    return recipe.vocab_size * h + recipe.layers * layer + h


def predict(recipe: Recipe) -> Cost:
    """Memory and time of both phases, from the sizes alone."""
    count = parameters(recipe)
    step_tokens = recipe.batch_size * recipe.context
    steps = recipe.pretraining_steps + recipe.tuning_steps
    h = recipe.hidden_size
    # Kept for the backward pass, per token and layer: about 12 vectors of the hidden size and 4 of
    # the feed-forward size; and the logits with their gradient and softmax.
    activations = recipe.layers * (12 * h + 4 * recipe.intermediate_size) + 4 * recipe.vocab_size
    memory = BASE_MEMORY + round(SPARE * (16 * count + 4 * step_tokens * activations))
    attention = recipe.layers * recipe.context * h * 2
    flops = 6 * (count + attention) * step_tokens
    return Cost(
        parameters=count,
        memory=memory,
        seconds=steps * (STEP_SECONDS + flops / SPEED),
        tokens=steps * step_tokens,
    )
