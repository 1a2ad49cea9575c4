"""SIGTERM and SIGINT end the app itself: shortly, with a sentence for whoever was served."""

import json
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.conftest import served
from tests.hub import Hub
from tests.tiny import build

pytestmark = pytest.mark.slow

SENTENCE = "The server is stopping. Try again in a minute."
PATIENCE = 60.0
ENDS_WITHIN = 10.0  # as promised; the program itself ends after nine seconds whatever happens
LONG = {"max_tokens": 2000, "temperature": 0, "stream": True}
# Greedy, the starter repeats itself to the last token; with chance it may end before the signal.
PROMPT = "Repeat the word hello a thousand times."


@contextmanager
def app(folder: Path, **environment: str) -> Iterator[tuple[str, psutil.Process]]:
    """The app's address and process."""
    with served(folder, **environment) as url:
        port = int(url.rpartition(":")[2])
        [pid] = {
            one.pid
            for one in psutil.net_connections("tcp")
            if one.status == "LISTEN" and one.laddr and one.laddr.port == port
        }
        yield url, psutil.Process(pid)


def test_sigterm_ends_a_long_answer_with_a_sentence_on_every_way_in(
    starters: object, tmp_path: Path
) -> None:
    with app(tmp_path) as (url, process), httpx.Client(base_url=url, timeout=PATIENCE) as client:
        asked = Client(url, verbose=False)
        job = asked.submit(PROMPT, max_new_tokens=2000, temperature=0, api_name="/text_generation")
        prompt = {"model": "auto", "prompt": "hello, " * 20}
        with client.stream("POST", "/v1/completions", json={**prompt, **LONG}) as answer:
            told = answer.iter_lines()
            assert json.loads(next(told).removeprefix("data: "))["choices"]
            process.send_signal(signal.SIGTERM)
            late = client.post("/hf/tasks/text-classification", json={"inputs": "Hi"})
            while late.status_code == 200:  # asked before the signal arrived
                late = client.post("/hf/tasks/text-classification", json={"inputs": "Hi"})
            ready = client.get("/readyz")
            last = [json.loads(one.removeprefix("data: ")) for one in told if one][-1]
        assert (late.status_code, late.json()) == (503, {"error": SENTENCE})
        assert int(late.headers["retry-after"]) > 0
        assert (ready.status_code, ready.json()["why"]) == (503, "The server is stopping.")
        assert last["error"]["message"] == SENTENCE
        with pytest.raises(AppError, match="The server is stopping"):
            job.result(PATIENCE)
        assert process.wait(ENDS_WITHIN) == 0


def test_sigterm_ends_a_download_with_a_sentence(tmp_path: Path) -> None:
    with Hub() as hub:
        hub.publish("ada/gpt2", build("gpt2", tmp_path / "gpt2"), pipeline_tag="text-generation")
        hub.slow("model.safetensors", 1000)
        own = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hub")}
        cache = str(tmp_path / "cache")
        with (
            app(tmp_path / "app", PLAYGROUND_CACHE=cache, **own) as (url, process),
            ThreadPoolExecutor(1) as pool,
        ):
            address = f"{url}/hf/models/ada/gpt2?task=text-generation"
            asked = pool.submit(httpx.post, address, json={"inputs": "Hi"}, timeout=PATIENCE)
            hub.wait_for("model.safetensors", PATIENCE)
            children = process.children(recursive=True)
            process.send_signal(signal.SIGTERM)
            answer: Any = asked.result()
            assert (answer.status_code, answer.json()) == (503, {"error": SENTENCE})
            assert process.wait(ENDS_WITHIN) == 0
            assert not [one for one in children if one.is_running()]


def test_sigint_ends_a_server_with_an_open_page_and_nothing_to_do(tmp_path: Path) -> None:
    with app(tmp_path, PLAYGROUND_CACHE=str(tmp_path / "cache")) as (url, process):
        with httpx.stream("GET", f"{url}/gradio_api/heartbeat/abc", timeout=PATIENCE) as beating:
            next(beating.iter_bytes())
            process.send_signal(signal.SIGINT)
            assert process.wait(ENDS_WITHIN) == 0
        assert "Traceback" not in (tmp_path / "server.log").read_text("utf-8")
