"""Text endpoints of gradio give the answer as it grows, and whole to those who ask once."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file

EXAMPLES = Path(__file__).parents[1] / "assets" / "examples"
# Takes seconds on any machine: the endpoints pass a growing text on four times a second.
STORY = "Write a long story about a lighthouse keeper and a storm."
OPTIONS = {"max_new_tokens": 120, "temperature": 0}


@pytest.fixture(scope="module")
def gradio(server_url: str) -> Iterator[Client]:
    client = Client(server_url, verbose=False)
    yield client
    client.close()


def test_a_job_is_iterated_as_its_text_grows(gradio: Client) -> None:
    job = gradio.submit(STORY, **OPTIONS, api_name="/text_generation")
    texts = [one["generated_text"] for one in job]
    assert len(texts) > 2
    assert all(later.startswith(text.rstrip()) for text, later in itertools.pairwise(texts))
    assert texts == sorted(texts, key=len)
    assert job.result() == {"generated_text": texts[-1]}


@pytest.mark.parametrize(
    ("name", "given", "options"),
    [
        ("/translation", ["A dog runs. A cat sleeps. The sun is shining on the sea."], {}),
        ("/automatic_speech_recognition", [handle_file(EXAMPLES / "library.mp3")], {}),
    ],
)
def test_other_texts_come_whole_at_last(
    gradio: Client, name: str, given: list[Any], options: dict[str, Any]
) -> None:
    job = gradio.submit(*given, **options, api_name=name)
    *_, last = job
    assert last == job.result() == gradio.predict(*given, **options, api_name=name)


def test_who_asks_without_the_queue_gets_all_of_it(server_url: str, gradio: Client) -> None:
    whole = gradio.predict(STORY, **OPTIONS, api_name="/text_generation")
    body = {"data": [STORY, "auto", 120, 0]}
    answer = httpx.post(f"{server_url}/gradio_api/run/text_generation", json=body, timeout=120)
    assert answer.json()["data"] == [whole]
    assert not answer.json()["is_generating"]
    wrong = {"data": [STORY, "auto", 120, 9]}
    refused = httpx.post(f"{server_url}/gradio_api/run/text_generation", json=wrong, timeout=120)
    assert "out of range" in refused.json()["error"]


def test_curl_sees_the_text_grow_and_then_whole(server_url: str, gradio: Client) -> None:
    whole = gradio.predict(STORY, **OPTIONS, api_name="/text_generation")
    url = f"{server_url}/gradio_api/call/text_generation"
    event = httpx.post(url, json={"data": [STORY, "auto", 120, 0]}).json()["event_id"]
    told = httpx.get(f"{url}/{event}", timeout=120).text.strip().split("\n\n")
    kinds = [one.split("\n")[0].removeprefix("event: ") for one in told]
    assert kinds.count("generating") > 1
    assert kinds[-1] == "complete"
    assert json.loads(told[-1].split("data: ")[1]) == [whole]


def test_the_newer_options_go_through_the_endpoints(gradio: Client) -> None:
    schema = {"type": "object", "properties": {"n": {"enum": [7]}}, "required": ["n"]}
    held = gradio.predict(
        "A number?", json_schema=schema, top_logprobs=0, api_name="/text_generation"
    )
    assert held["generated_text"] == '{"n": 7}'
    assert "".join(one["token"] for one in held["logprobs"]) == '{"n": 7}'
    sound = handle_file(EXAMPLES / "library.mp3")
    heard = gradio.predict(
        sound, return_timestamps="word", api_name="/automatic_speech_recognition"
    )
    assert "".join(one["text"] for one in heard["chunks"]).strip() == heard["text"]
    assert [one["text"] for one in heard["segments"]] == [heard["text"]]
