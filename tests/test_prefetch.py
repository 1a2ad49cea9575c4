"""A chat model reads what is being typed, when it is in memory and keeps what it read."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from pipelines import Playground
from pipelines.engines.llama import LlamaModel
from pipelines.errors import Cancelled, InputError
from pipelines.prefetch import prefetch
from pipelines.sampling import Sampling

TASK = "text-generation"
Read = Callable[..., list[int]]


@pytest.fixture
def read(tiny: Playground, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Reads ahead; how many tokens llama.cpp was asked for."""
    asked: list[int] = []
    chat = LlamaModel.chat

    def spied(model: LlamaModel, messages: Any, sampling: Sampling) -> Any:
        asked.append(sampling.max_new_tokens)
        return chat(model, messages, sampling)

    def reading(model: str, prompt: str = "the lion sleeps", cancel: Any = None) -> list[int]:
        prefetch(tiny, TASK, {"prompt": prompt}, model, cancel or threading.Event())
        return asked

    monkeypatch.setattr(LlamaModel, "chat", spied)
    return reading


def test_a_model_in_memory_reads_what_is_typed(tiny: Playground, read: Read) -> None:
    tiny.run(TASK, {"prompt": "hello"}, "gguf", {"max_new_tokens": 2})
    assert read("gguf") == [2, 1]


def test_a_model_that_is_not_in_memory_is_not_loaded_for_it(tiny: Playground, read: Read) -> None:
    for one in tiny.cache.loaded():
        tiny.cache.unload(one.key)
    assert read("gguf") == []
    assert tiny.cache.loaded() == []


def test_an_engine_that_keeps_nothing_is_not_bothered(
    tiny: Playground, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.run(TASK, {"prompt": "hello"}, "gpt2", {"max_new_tokens": 2})
    monkeypatch.setattr(tiny, "answers", lambda *_: pytest.fail("it was asked"))
    assert read("gpt2") == []


def test_it_ends_when_the_question_is_asked(tiny: Playground, read: Read) -> None:
    tiny.run(TASK, {"prompt": "hello"}, "gguf", {"max_new_tokens": 2})
    asked = threading.Event()
    asked.set()
    with pytest.raises(Cancelled):
        read("gguf", cancel=asked)


def test_nothing_typed_is_told_as_run_tells_it(tiny: Playground, read: Read) -> None:
    tiny.run(TASK, {"prompt": "hello"}, "gguf", {"max_new_tokens": 2})
    with pytest.raises(InputError, match="empty"):
        read("gguf", " ")
