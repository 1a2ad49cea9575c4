"""Every task on every family of models that serves it, the whole way: published on a Hub on
loopback, fetched by the store, run through the app's endpoint, answered in the Hub's shape.
"""

import math
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from gradio_client import Client, handle_file
from PIL import Image

from pipelines.engines.transformers.companions import COMPANIONS
from pipelines.registry import tasks
from tests.conftest import served
from tests.hub import Hub
from tests.tiny import TINY, build

pytestmark = pytest.mark.slow

PAIRS = [pytest.param(task, name) for name, tiny in TINY.items() for task in tiny.tasks]
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


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each input is given."""
    folder = tmp_path_factory.mktemp("given")
    Image.linear_gradient("L").resize((80, 64)).save(folder / "picture.png")
    tone = np.sin(np.arange(16_000) * 0.05).astype(np.float32)
    soundfile.write(folder / "tone.wav", tone, 16_000)
    return {
        "text": "the lion sleeps under an old tree",
        "question": "who sleeps?",
        "context": "the lion sleeps under an old tree",
        "prompt": "the lion sleeps",
        "candidate_labels": ["apple", "tree"],
        "image": handle_file(folder / "picture.png"),
        "audio": handle_file(folder / "tone.wav"),
    }


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with Hub() as hub:
        yield hub


@pytest.fixture(scope="module")
def client(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of an app that knows no other Hub."""
    folder = tmp_path_factory.mktemp("families")
    with served(folder, HF_ENDPOINT=hub.url, HF_HOME=str(folder / "hf")) as url:
        client = Client(url, verbose=False, download_files=str(folder / "downloads"))
        yield client
        client.close()


@pytest.fixture(scope="module")
def published(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of the models that are on the Hub already."""
    return set()


def publish(name: str, hub: Hub, published: set[str], folder: Path) -> str:
    """The id of a tiny model, which is on the Hub when this returns."""
    repo = f"tiny/{name}"
    if name not in published:
        hub.publish(repo, build(name, folder))
        if (folder / "vocoder").is_dir():  # on the real Hub it is a repository of its own
            ((vocoder, commit),) = COMPANIONS["speecht5"]
            hub.publish(vocoder, folder / "vocoder", commit=commit)
        published.add(name)
    return repo


@pytest.mark.parametrize(("task", "model"), PAIRS)
def test_the_answer_has_the_hubs_shape(
    client: Client,
    hub: Hub,
    given: dict[str, Any],
    published: set[str],
    tmp_path: Path,
    task: str,
    model: str,
) -> None:
    inputs = {p.name: given[p.name] for p in tasks()[task].inputs}
    if task == "fill-mask":
        inputs["text"] += " [MASK]"
    options = {**OPTIONS.get(task, {}), "model": publish(model, hub, published, tmp_path)}
    value = client.predict(**inputs, **options, api_name=f"/{tasks()[task].name}")
    if task in TEXTS:
        assert isinstance(value[TEXTS[task]], str)
    elif task == "text-to-speech":
        with wave.open(value) as sound:
            assert sound.getnframes()
    elif task == "feature-extraction":
        assert math.hypot(*value) == pytest.approx(1, abs=1e-5)
    elif task == "token-classification":
        places = [(one["start"], one["end"]) for one in value]
        assert value
        assert [inputs["text"][start:end] for start, end in places] == [
            one["word"] for one in value
        ]
    elif task == "question-answering":
        assert value["answer"] == inputs["context"][value["start"] : value["end"]]
        assert 0 <= value["score"] <= 1
    elif task == "object-detection":
        assert value
        assert all(_within(one["box"], 80, 64) for one in value)
    else:
        scores = [one["score"] for one in value]
        assert scores == sorted(scores, reverse=True)
        assert np.isfinite(scores).all()


def test_a_second_call_fetches_and_loads_nothing(
    client: Client, hub: Hub, given: dict[str, Any], published: set[str], tmp_path: Path
) -> None:
    name = publish("bert-sequence-classification", hub, published, tmp_path)

    def ask() -> Any:
        return client.predict(given["text"], model=name, api_name="/text_classification")

    first = ask()
    hub.requests.clear()
    assert ask() == first
    assert hub.requests == []


def _within(box: dict[str, int], width: int, height: int) -> bool:
    return 0 <= box["xmin"] <= box["xmax"] <= width and 0 <= box["ymin"] <= box["ymax"] <= height
