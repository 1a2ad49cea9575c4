"""The panel's code for the APIs' clients is run as it stands, against the running app."""

import ast
import contextlib
import io
import os
import shutil
import subprocess
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from components import api_snippets, code
from pipelines import Playground
from pipelines.inputs import Audio, Image
from pipelines.registry import task as find_task
from pipelines.registry import tasks
from pipelines.settings import Settings

NODE = shutil.which("node")
# Where huggingface.js is, if it was installed: npm install --prefix FOLDER @huggingface/inference
MODULES = os.environ.get("PLAYGROUND_TEST_NODE_MODULES", "")
# Options that are not where they start, as somebody may have set them before opening the panel.
CHANGED: dict[str, dict[str, Any]] = {
    "text-generation": {"max_new_tokens": 8, "temperature": 0.5, "seed": 3, "top_k": 9},
    "text-classification": {"top_k": 1},
    "summarization": {"max_length": 20},
    "translation": {"source": "en", "target": "de"},
    "zero-shot-classification": {"multi_label": True},
    "feature-extraction": {"normalize": False},
    "fill-mask": {"top_k": 2},
    "token-classification": {"aggregation_strategy": "first"},
    "question-answering": {"top_k": 2},
    "image-classification": {"top_k": 2},
    "object-detection": {"threshold": 0.4},
    "automatic-speech-recognition": {"return_timestamps": "word", "language": "en"},
    "audio-classification": {"top_k": 2},
    "text-to-speech": {"length_scale": 1.25},
}
PYTHON = [
    (task, language)
    for task in tasks()
    for language in (*api_snippets.languages(find_task(task)), "gradio_client")
    if language not in api_snippets.JAVASCRIPT
]
BY_FILE = [
    task.id
    for task in tasks().values()
    if any(isinstance(one.spec, Image | Audio) for one in task.inputs)
]


def written(task_id: str, language: str, url: str, folder: Path, changed: bool) -> str:
    """The panel's code for the tab's first example, whose files are put into the folder."""
    task = find_task(task_id)
    tab = import_module(f"components.{task.modality}.{task.name}").TAB
    inputs: dict[str, Any] = {}
    for parameter, value in zip(task.inputs, tab.examples[0], strict=True):
        inputs[parameter.name] = value
        if str(value).endswith((".jpg", ".png", ".mp3")):
            shutil.copy(value, folder)
            inputs[parameter.name] = {"path": value, "orig_name": Path(value).name}
    options = {one.name: one.default for one in task.options}
    options |= CHANGED.get(task_id, {}) if changed else {"max_new_tokens": 8}
    options = {
        name: value for name, value in options.items() if name in {o.name for o in task.options}
    }
    playground = Playground(Settings())
    return code.snippet(
        task, tab.transformers, language, f"{url}/", inputs, options, "auto", playground
    )


@pytest.mark.parametrize("changed", [False, True], ids=["as it starts", "changed"])
@pytest.mark.parametrize(("task", "language"), PYTHON)
def test_python_runs_as_it_stands(
    server_url: str,
    task: str,
    language: str,
    changed: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    text = written(task, language, server_url, tmp_path, changed)
    ast.parse(text)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(text, {})
    if task == "text-to-speech" and language != "gradio_client":
        assert (tmp_path / "speech.wav").read_bytes()[:4] == b"RIFF"
    else:
        assert said.getvalue().strip() not in {"", "None", "[]", "{}"}


@pytest.mark.parametrize("task", ["text-to-speech", *BY_FILE])
def test_curl_runs_as_it_stands(server_url: str, task: str, tmp_path: Path) -> None:
    text = written(task, "curl", server_url, tmp_path, changed=True)
    done = subprocess.run(
        ["bash", "-c", text], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert "event: complete" in done.stdout, text + done.stdout + done.stderr


@pytest.mark.skipif(not NODE, reason="there is no node")
@pytest.mark.parametrize("changed", [False, True], ids=["as it starts", "changed"])
@pytest.mark.parametrize("language", api_snippets.JAVASCRIPT)
@pytest.mark.parametrize("task", tasks())
def test_javascript_runs_as_it_stands(
    server_url: str, task: str, language: str, changed: bool, tmp_path: Path
) -> None:
    if language == api_snippets.HUB_JS:
        if not MODULES:
            pytest.skip("PLAYGROUND_TEST_NODE_MODULES names no folder with @huggingface/inference")
        (tmp_path / "node_modules").symlink_to(MODULES)
    text = written(task, language, server_url, tmp_path, changed)
    (tmp_path / "snippet.mjs").write_text(text, "utf-8")
    done = subprocess.run(
        [str(NODE), "snippet.mjs"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, text + done.stderr
    if task == "text-to-speech":
        assert (tmp_path / "speech.wav").read_bytes()[:4] == b"RIFF"
    else:
        assert '{"error"' not in done.stdout
        assert done.stdout.strip() not in {"", "[]", "{}", "null", "undefined"}


def test_without_the_apis_there_is_no_code_for_them() -> None:
    task = find_task("text-generation")
    shown = code.languages(task, Playground(Settings(api=False)))
    assert shown == code.LANGUAGES
    assert set(code.languages(task, Playground(Settings()))) > set(shown)


def test_a_key_that_is_needed_is_asked_for() -> None:
    task = find_task("text-classification")
    keys = Playground(Settings(api_keys="secret"))
    text = code.snippet(task, "", api_snippets.HUB, "http://h/", {"text": "a"}, {}, "auto", keys)
    assert "YOUR_API_KEY" in text
    assert "secret" not in text


@pytest.mark.parametrize("language", [api_snippets.HUB, *api_snippets.JAVASCRIPT])
def test_a_picked_model_is_asked(language: str) -> None:
    task = find_task("text-classification")
    here = Playground(Settings())
    text = code.snippet(task, "", language, "http://h/", {"text": "a"}, {}, "sentiment", here)
    assert "http://h/hf/models/sentiment?task=text-classification" in text


def test_openais_client_names_the_voice_and_the_hubs_sends_it_along() -> None:
    task = find_task("text-to-speech")
    call = api_snippets.Call(
        task,
        "http://host/",
        "none",
        {"text": "Hello."},
        frozenset(),
        {"voice": "bf_emma"},
        "kokoro",
    )
    assert "voice='bf_emma'" in api_snippets.snippet(api_snippets.OPENAI, call)
    assert "extra_body={'voice': 'bf_emma'}" in api_snippets.snippet(api_snippets.HUB, call)
    assert '"voice": "bf_emma"' in api_snippets.snippet(api_snippets.FETCH, call)
    call = replace(call, options={})
    assert "voice='default'" in api_snippets.snippet(api_snippets.OPENAI, call)
