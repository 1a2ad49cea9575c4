"""On a Space with ZeroGPU the GPU is there while a call runs, and while a stream flows."""

import functools
import importlib
import importlib.machinery
import inspect
import sys
import types
from collections.abc import Callable, Generator, Iterator
from typing import Any
from unittest import mock

import gradio
import pytest

import pipeline_playground
from pipelines import Playground
from pipelines.capabilities import Chat
from pipelines.engines import engine, zero_gpu
from pipelines.inputs.messages import Message
from pipelines.sampling import Sampling
from pipelines.settings import Settings

LENT: list[bool] = []  # one entry while the GPU is lent


@pytest.fixture
def space(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A `spaces` module that decides as the real one does: by the kind of the function."""

    registry: list[Callable[[], Any]] = []

    def gpu(work: Callable[[], Any]) -> Callable[[], Any]:
        registry.append(work)

        @functools.wraps(work)
        def whole() -> Any:
            LENT.append(True)
            try:
                return work()
            finally:
                LENT.pop()

        @functools.wraps(work)
        def flowing() -> Iterator[Any]:
            LENT.append(True)
            try:
                yield from work()
            finally:
                LENT.pop()

        return flowing if inspect.isgeneratorfunction(work) else whole

    module = types.ModuleType("spaces")
    vars(module).update(GPU=gpu, registry=registry)
    module.__spec__ = importlib.machinery.ModuleSpec("spaces", None)
    monkeypatch.setitem(sys.modules, "spaces", module)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    return module


def test_the_space_knows_when_the_page_starts_that_a_gpu_will_be_asked_for(
    space: types.ModuleType, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_start: list[int] = []
    monkeypatch.setattr(
        gradio.Blocks, "launch", lambda page, **how: at_start.append(len(space.registry))
    )
    monkeypatch.setattr("components.server.shutdown.Shutdown", mock.Mock)  # nothing to wait for
    pipeline_playground.launch(settings)
    assert at_start == [1]


def test_elsewhere_nobody_is_asked(
    space: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPACES_ZERO_GPU")
    zero_gpu.register()
    assert zero_gpu.on_gpu(lambda: bool(LENT)) is False
    assert not space.registry


def test_a_call_has_the_gpu(space: types.ModuleType) -> None:
    assert zero_gpu.on_gpu(lambda: bool(LENT)) is True
    assert not LENT


def test_a_stream_has_the_gpu_until_it_ends(space: types.ModuleType) -> None:
    def work() -> Iterator[bool]:
        for _ in range(3):
            yield bool(LENT)

    assert list(zero_gpu.stream_on_gpu(work)) == [True] * 3
    assert not LENT


def test_a_stream_that_is_closed_gives_the_gpu_back(space: types.ModuleType) -> None:
    flowing = zero_gpu.stream_on_gpu(lambda: iter([1, 2]))
    next(flowing)
    assert LENT
    assert isinstance(flowing, Generator)
    flowing.close()
    assert not LENT


@pytest.fixture
def chat_model(tiny: Playground) -> Chat:
    """Loaded where it is, before there is a Space."""
    folder = tiny.store.local(tiny.catalogue["llama-chat"])
    assert folder
    model = engine("transformers").load(folder, "AutoModelForCausalLM", tiny.settings)
    assert isinstance(model, Chat)
    return model


def test_a_model_generates_while_the_gpu_is_lent(
    chat_model: Chat, space: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_module = importlib.import_module("pipelines.engines.transformers.model")
    stream, held = model_module.stream, []

    def watched(*given: Any) -> Iterator[str]:
        for piece in stream(*given):
            held.append(bool(LENT))
            yield piece

    monkeypatch.setattr(model_module, "stream", watched)
    asked: list[Message] = [{"role": "user", "content": "Hello"}]
    assert "".join(chat_model.chat(asked, Sampling(4)))
    assert held
    assert all(held)
