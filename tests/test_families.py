"""Every adapter on every family of models that serves it: the Hub's shape, whatever the model."""

import math
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines import Playground
from pipelines.outputs import Speech
from pipelines.registry import tasks
from tests.tiny import TINY

PAIRS = [pytest.param(task, name) for name, tiny in TINY.items() for task in tiny.tasks]
WAVE = np.sin(np.arange(16_000) * 0.05).astype(np.float32)
GIVEN: dict[str, Any] = {
    "text": "the lion sleeps under an old tree",
    "prompt": "the lion sleeps",
    "candidate_labels": ["apple", "tree"],
    "image": Image.linear_gradient("L").resize((80, 64)),
    "audio": (16_000, WAVE),
}
OPTIONS: dict[str, dict[str, Any]] = {
    "text-generation": {"max_new_tokens": 5, "seed": 0},
    "image-to-text": {"max_new_tokens": 5},
    "image-text-to-text": {"max_new_tokens": 5},
    "summarization": {"max_length": 5},
    "object-detection": {"threshold": 0.0},
}
TEXTS = {
    "text-generation": "generated_text",
    "image-to-text": "generated_text",
    "image-text-to-text": "generated_text",
    "summarization": "summary_text",
    "translation": "translation_text",
    "automatic-speech-recognition": "text",
}


@pytest.mark.parametrize(("task", "model"), PAIRS)
def test_the_answer_has_the_hubs_shape(tiny: Playground, task: str, model: str) -> None:
    inputs = {p.name: GIVEN[p.name] for p in tasks()[task].inputs}
    value = tiny.run(task, inputs, model, OPTIONS.get(task)).value
    if task in TEXTS:
        assert isinstance(value[TEXTS[task]], str)
    elif task == "text-to-speech":
        assert isinstance(value, Speech)
        assert len(value.samples)
    elif task == "feature-extraction":
        assert math.hypot(*value) == pytest.approx(1, abs=1e-5)
    elif task == "object-detection":
        assert value
        assert all(_within(one["box"], 80, 64) for one in value)
    else:
        scores = [one["score"] for one in value]
        assert scores == sorted(scores, reverse=True)
        assert np.isfinite(scores).all()


def _within(box: dict[str, int], width: int, height: int) -> bool:
    return 0 <= box["xmin"] <= box["xmax"] <= width and 0 <= box["ymin"] <= box["ymax"] <= height
