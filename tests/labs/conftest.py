"""Tiny models for lab 1, loaded once, and a recipe of seconds for lab 2."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from tokenizers import processors

from pipelines.labs.families import attention
from pipelines.labs.training.recipe import Recipe
from tests.tiny import build

Open = Callable[..., tuple[Any, Any]]


@pytest.fixture(scope="session")
def open_tiny(tmp_path_factory: pytest.TempPathFactory) -> Open:
    loaded: dict[tuple[str, str], tuple[Any, Any]] = {}

    def opened(name: str, head: str = "auto") -> tuple[Any, Any]:
        if (name, head) not in loaded:
            folder = build(name, tmp_path_factory.mktemp("tiny") / name)
            loaded[name, head] = attention.load(folder, head)
        return loaded[name, head]

    return opened


@pytest.fixture
def begins(open_tiny: Open) -> tuple[Any, Any]:
    """A tiny model whose tokenizer begins every text with its BOS, as Llama's and Gemma's do."""
    model, tokenizer = open_tiny("gemma3-text")
    tokenizer = copy.deepcopy(tokenizer)
    bos = tokenizer.bos_token
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A", special_tokens=[(bos, tokenizer.bos_token_id)]
    )
    return model, tokenizer


@pytest.fixture
def small() -> Recipe:
    return Recipe(
        layers=1,
        hidden_size=32,
        num_attention_heads=2,
        vocab_size=400,
        context=32,
        batch_size=4,
        pretraining_steps=12,
        tuning_steps=10,
        threads=1,
    )
