"""An engine is one file: a toy one serves a format of its own, and nothing else is touched."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from pipelines import Playground, engines
from pipelines.engines.registry import engine, engine_for, engine_for_listing, hub_tags
from pipelines.engines.registry import engines as all_engines
from pipelines.errors import ModelError
from pipelines.model_search import find
from pipelines.playground import Answer
from pipelines.prefetch import prefetch
from pipelines.registry import task
from pipelines.run import Request
from pipelines.settings import Settings
from pipelines.store import Store
from tests.hub import Hub

PARROT = '''"""parrot: a toy format, whose one file holds the words it puts before a text."""

from pipelines.capabilities import Generate
from pipelines.engines.base import Engine


class ParrotModel:
    parallel = 1
    system = ""

    def __init__(self, words):
        self.words = words

    def generate(self, prompt, sampling):
        yield f"{self.words} {prompt}"

    def close(self):
        self.words = None


class Parrot(Engine):
    name = "parrot"
    what = "a parrot"
    offers = frozenset({Generate})
    weight_patterns = ("*.parrot",)
    hub_tags = ("parrot",)
    reuses_prompts = True

    def weight_files(self, names):
        return [name for name in names if name.endswith(".parrot")][:1]

    def owns(self, folder):
        return any(folder.glob("*.parrot"))

    def memory_bytes(self, sizes, parameters):
        return 1000 * super().memory_bytes(sizes, parameters)

    def load(self, folder, variant, settings, base=None):
        return ParrotModel(next(folder.glob("*.parrot")).read_text("utf-8"))


ENGINE = Parrot()
'''
NAME, TASK = "ada/polly", "text-generation"
FILES = {"polly.parrot": b"Polly says", "config.json": b"{}", "notes.bin": b"1"}


@pytest.fixture
def parrot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The toy engine, as if its file lay in pipelines/engines."""
    folder = tmp_path / "engines"
    folder.mkdir()
    (folder / "parrot.py").write_text(PARROT, "utf-8")
    monkeypatch.setattr(engines, "__path__", [*engines.__path__, str(folder)])
    all_engines.cache_clear()
    yield
    all_engines.cache_clear()


@pytest.fixture
def playground(parrot: None, only_hub: Hub, settings: Settings) -> Iterator[Playground]:
    only_hub.publish(NAME, FILES, pipeline_tag=TASK, tags=("parrot",))
    playground = Playground(settings)
    yield playground
    playground.cache.close()


def test_a_model_in_its_format_is_found_fetched_loaded_and_answers(playground: Playground) -> None:
    [found] = find(playground, task(TASK), "polly").models
    assert (found.name, found.size_bytes) == (NAME, 12)  # the toy's file and the config
    answer = playground.run(TASK, {"prompt": "hello"}, NAME)
    assert answer.value == {"generated_text": "Polly says hello"}
    assert answer.facts
    assert answer.facts.engine == "parrot"
    assert answer.facts.memory_bytes >= 10_000  # as the toy reckons


def test_a_task_that_it_does_not_serve_is_refused(playground: Playground) -> None:
    with pytest.raises(ModelError, match="This is a parrot, made for another task"):
        playground.run("image-classification", {"image": Image.new("RGB", (8, 8))}, NAME)


def test_its_models_are_prefetched_as_it_says(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    playground.run(TASK, {"prompt": "hello"}, NAME)
    asked: list[str] = []
    answers = playground.answers

    def watched(request: Request) -> Iterator[Answer]:
        asked.append(request.task)
        return answers(request)

    monkeypatch.setattr(playground, "answers", watched)
    prefetch(playground, TASK, {"prompt": "hel"}, NAME, threading.Event())
    assert asked == [TASK]


def test_it_lies_whole_in_the_cache(playground: Playground) -> None:
    playground.run(TASK, {"prompt": "hello"}, NAME)
    entry = playground.resolve(task(TASK), NAME)
    folder = Store(playground.settings).local(entry)
    assert folder
    assert sorted(file.name for file in folder.iterdir()) == ["config.json", "polly.parrot"]


def test_without_its_file_nobody_knows_the_format(only_hub: Hub, settings: Settings) -> None:
    only_hub.publish(NAME, FILES, pipeline_tag=TASK, tags=("parrot",))
    with pytest.raises(ModelError, match="pickled weights"):
        Playground(settings).run(TASK, {"prompt": "hello"}, NAME)


def test_the_fallback_comes_last_for_folders_and_first_for_listings(tmp_path: Path) -> None:
    assert list(all_engines())[-1] == "transformers"
    (tmp_path / "a.gguf").touch()
    assert engine_for(tmp_path).name == "llama.cpp"
    listed = engine_for_listing(["model.safetensors", "a.gguf"])
    assert listed
    assert listed.name == "transformers"
    assert engine_for_listing(["README.md"]) is None


def test_an_unknown_engine_is_named_with_those_there_are() -> None:
    with pytest.raises(ModelError, match=r"no engine named 'quux'.*llama\.cpp"):
        engine("quux")


@pytest.mark.parametrize(
    ("name", "formats"),
    [
        ("text-generation", {"safetensors", "gguf"}),
        ("summarization", {"safetensors", "gguf"}),
        ("text-classification", {"safetensors"}),
        ("text-to-speech", {"safetensors", "onnx"}),
        ("automatic-speech-recognition", {"safetensors", "ctranslate2"}),
        ("audio-classification", {"safetensors", "ctranslate2"}),
        ("image-text-to-text", {"safetensors", "gguf"}),
    ],
)
def test_a_task_is_offered_the_formats_whose_engines_can_do_it(
    name: str, formats: set[str]
) -> None:
    assert hub_tags(task(name).capabilities) == formats


def test_an_engine_whose_library_is_missing_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.gguf").write_bytes(b"GGUF")
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(ModelError, match=r"llama\.cpp is not installed \(xllamacpp\)"):
        engine("llama.cpp").load(tmp_path, "", Settings())
