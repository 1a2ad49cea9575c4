"""llama.cpp's context begins small and grows once, when a chat does not fit."""

import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.engines import llama
from pipelines.engines.llama_server import GrowingServer
from pipelines.errors import InputError, ModelError
from pipelines.inputs.messages import Message
from pipelines.sampling import Sampling
from pipelines.settings import Settings
from tests.tiny import build

PATIENCE = 20  # seconds


class Server:
    """One that only knows its size."""

    def __init__(self, size: int) -> None:
        self.size = size


class Loader:
    """Starts servers, and notes their sizes and whether an earlier one was still there."""

    def __init__(self, most: int = 1000) -> None:
        self.most = most
        self.loaded: list[int] = []
        self.beside: list[int] = []
        self._there: weakref.WeakSet[Server] = weakref.WeakSet()

    def __call__(self, size: int) -> Server:
        self.loaded.append(size)
        self.beside += [one.size for one in self._there]
        if size > self.most:
            raise RuntimeError("no memory")
        server = Server(size)
        self._there.add(server)
        return server


def size_for(server: GrowingServer, tokens: int) -> int:
    with server.reserve(tokens) as library:
        return int(library.size)


def test_it_grows_once_for_a_chat_that_does_not_fit() -> None:
    load = Loader()
    server = GrowingServer(load, [100, 1000])
    assert [size_for(server, tokens) for tokens in (20, 100, 101, 20, 5000)] == [
        *(100, 100), *(1000,) * 3,
    ]  # fmt: skip
    assert load.loaded == [100, 1000]
    assert load.beside == []  # the memory of both is never held at once


def test_it_grows_when_the_running_chats_have_ended() -> None:
    load = Loader()
    server = GrowingServer(load, [100, 1000])
    sizes: list[int] = []
    threads = [
        threading.Thread(target=lambda: sizes.append(size_for(server, 60)), daemon=True)
        for _ in range(3)
    ]
    with server.reserve(60):
        for thread in threads:
            thread.start()
        threads[0].join(0.2)
        assert load.loaded == [100]
    for thread in threads:
        thread.join(PATIENCE)
    assert sizes == [1000] * 3
    assert load.loaded == [100, 1000]
    assert load.beside == []


def test_where_it_cannot_grow_it_goes_on_as_it_was() -> None:
    load = Loader(most=100)
    server = GrowingServer(load, [100, 1000])
    assert [size_for(server, tokens) for tokens in (500, 20, 500)] == [100] * 3
    assert load.loaded == [100, 1000, 100]


def test_a_chat_loads_what_an_earlier_one_could_not() -> None:
    load = Loader()
    server = GrowingServer(load, [100, 1000])
    load.most = 10  # memory has become scarce
    for _ in range(2):
        with pytest.raises(ModelError, match="failed on this request"):
            size_for(server, 500)
    load.most = 100
    assert [size_for(server, 500) for _ in range(2)] == [100, 100]
    assert load.loaded == [100, 1000, 100, 100, 100]


FIRST, MOST = 256, 512  # the tiny model was made for no more


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[llama.LlamaModel]:
    monkeypatch.setattr(llama, "FIRST_CONTEXT", FIRST)
    monkeypatch.setattr(llama, "CONTEXT", MOST)
    model = llama.ENGINE.load(build("gguf", tmp_path), "", Settings(users=2, threads=1))
    yield model
    model.close()


def say(model: llama.LlamaModel, words: int, sampling: Sampling) -> str:
    messages: list[Message] = [{"role": "user", "content": "the " * words}]
    return "".join(model.chat(messages, sampling))


def test_a_seeded_text_is_the_same_before_and_after(model: llama.LlamaModel) -> None:
    sampling = Sampling(12, temperature=1.0, seed=1)
    before = say(model, 20, sampling)
    assert say(model, 20, sampling) == before
    assert model._server._budget.tokens == FIRST
    assert say(model, FIRST + 50, Sampling(4))
    assert model._server._budget.tokens == MOST
    assert say(model, 20, sampling) == before


def test_what_an_estimate_missed_is_asked_again_of_the_whole_context(
    model: llama.LlamaModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llama, "estimate_tokens", lambda *_: 1)
    assert say(model, FIRST + 50, Sampling(4))
    with pytest.raises(InputError, match=f"{MOST} fit the model's context"):
        say(model, MOST + 50, Sampling(4))
