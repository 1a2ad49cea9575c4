"""What operators read: figures, a log without what users sent, ids of requests, headers."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import served

SECRET = "zanzibar"
SENTENCE = {"inputs": f"I love {SECRET}."}
PATIENCE = 60.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("operators")


@pytest.fixture(scope="module")
def client(starters: object, folder: Path) -> Iterator[httpx.Client]:
    with (
        served(folder, PLAYGROUND_LOG_FORMAT="json", PLAYGROUND_FRAME_ANCESTORS="") as url,
        httpx.Client(base_url=url, timeout=PATIENCE) as client,
    ):
        yield client


def figures(client: httpx.Client) -> dict[tuple[str, ...], float]:
    """Each sample's value, by its name and the values of its labels."""
    text = client.get("/metrics").raise_for_status().text
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def lines(folder: Path, request: str) -> list[dict[str, Any]]:
    """The lines of the log about this request."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        written = (folder / "server.log").read_text("utf-8").splitlines()
        found = [json.loads(one) for one in written if one.startswith("{")]
        if about := [one for one in found if one["request"] == request]:
            return about
        time.sleep(0.1)
    pytest.fail("nothing is logged")


def test_runs_of_every_way_in_are_counted_by_task_and_model(client: httpx.Client) -> None:
    key = ("playground_requests_total", "sentiment", "200", "text-classification")
    seconds = ("playground_request_seconds_count", "sentiment", "text-classification")
    before = figures(client)
    client.post("/hf/tasks/text-classification", json=SENTENCE).raise_for_status()
    asked = Client(str(client.base_url), verbose=False)
    asked.predict(SENTENCE["inputs"], api_name="/text_classification")
    asked.close()
    after = figures(client)
    assert after[key] - before.get(key, 0) == 2
    assert after[seconds] - before.get(seconds, 0) == 2
    assert after["playground_model_loads_total", "sentiment"] == 1
    assert after["playground_model_memory_bytes", "sentiment"] > 0
    assert after[("playground_memory_bytes",)] > 1e8


def test_tokens_are_those_of_the_answers_usage(client: httpx.Client) -> None:
    asked = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 5, "model": "auto"}
    names = ("playground_tokens_total", "playground_prompt_tokens_total")
    labels = ("smollm2-135m-instruct", "text-generation")
    before = figures(client)
    usage = client.post("/v1/chat/completions", json=asked).raise_for_status().json()["usage"]
    after = figures(client)
    counted = [after[(one, *labels)] - before.get((one, *labels), 0) for one in names]
    assert counted == [usage["completion_tokens"], usage["prompt_tokens"]]


def test_a_run_that_goes_is_told(client: httpx.Client) -> None:
    going = ("playground_runs", "smollm2-135m-instruct", "running", "text-generation")
    asked = {"prompt": "Count.", "model": "smollm2-135m-instruct", "stream": True}
    sampled = {"max_tokens": 2000, "temperature": 2.0, "seed": 1}
    with client.stream("POST", "/v1/completions", json={**asked, **sampled}) as answer:
        next(answer.iter_lines())
        assert figures(client)[going] == 1
    ends = time.monotonic() + PATIENCE
    while going in figures(client):
        assert time.monotonic() < ends
    key = ("playground_requests_total", "smollm2-135m-instruct", "499", "text-generation")
    assert figures(client)[key] == 1


def test_nobody_makes_up_labels(client: httpx.Client) -> None:
    for number in range(5):
        address = f"/hf/models/{SECRET}-{number}?task=text-classification"
        assert client.post(address, json=SENTENCE).status_code == 404
    found = figures(client)
    assert found["playground_requests_total", "other", "404", "text-classification"] == 5
    assert not [key for key in found if SECRET in str(key)]


@pytest.mark.parametrize(
    ("address", "body", "task", "model", "status"),
    [
        ("/hf/tasks/text-classification", SENTENCE, "text-classification", "sentiment", 200),
        ("/hf/tasks/fill-mask", SENTENCE, "fill-mask", "", 400),  # there is no mask
        (f"/hf/models/{SECRET}?task=ner", SENTENCE, "token-classification", "", 404),
        (f"/hf/tasks/{SECRET}", SENTENCE, "", "", 400),
        ("/v1/embeddings", {"text": SECRET}, "", "", 400),
    ],
)
def test_a_call_is_one_line_of_json_without_what_was_sent(
    client: httpx.Client,
    folder: Path,
    address: str,
    body: dict[str, str],
    task: str,
    model: str,
    status: int,
    request: pytest.FixtureRequest,
) -> None:
    name = f"call-{abs(hash(request.node.name))}"
    answer = client.post(address, json=body, headers={"X-Request-Id": name})
    assert answer.status_code == status
    assert answer.headers["x-request-id"] == name
    [line] = lines(folder, name)
    assert (line["way"], line["task"], line["model"], line["status"]) == (
        "api", task, model, status
    )  # fmt: skip
    assert line["seconds"] >= 0


def test_a_run_of_the_page_is_a_line_too(client: httpx.Client, folder: Path) -> None:
    sent = client.post(
        "/gradio_api/call/text_classification",
        json={"data": [SENTENCE["inputs"], "auto"]},
        headers={"X-Request-Id": "page-1"},
    )
    assert sent.headers["x-request-id"] == "page-1"
    [line] = lines(folder, "page-1")
    assert (line["way"], line["task"], line["model"], line["status"]) == (
        "page", "text-classification", "sentiment", 200
    )  # fmt: skip


def test_the_log_holds_nothing_that_was_sent(client: httpx.Client, folder: Path) -> None:
    # What gradio, FastAPI and we ourselves log of calls that no client makes.
    for path in ("call/text_classification", "run/predict", "queue/join"):
        client.post(f"/gradio_api/{path}", json={"data": {SECRET: SECRET}, "fn_index": SECRET})
    client.post("/v1/chat/completions", content=f"{SECRET}{{".encode())
    lines(folder, client.post("/hf/tasks/ner", json={"inputs": SECRET}).headers["x-request-id"])
    assert SECRET not in (folder / "server.log").read_text("utf-8")


@pytest.mark.parametrize("given", ["a b", "x" * 65, "../etc", "é", ""])
def test_an_id_that_is_none_is_replaced(client: httpx.Client, given: str) -> None:
    answer = client.get("/healthz", headers=[(b"X-Request-Id", given.encode())])
    assert answer.headers["x-request-id"] not in {given, ""}


@pytest.mark.parametrize("address", ["/", "/healthz", "/v1/models", "/gradio_api/info", "/nothing"])
def test_browsers_are_told_what_to_keep_from(client: httpx.Client, address: str) -> None:
    headers = client.get(address).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


def test_a_server_that_serves_is_ready(client: httpx.Client) -> None:
    assert client.get("/readyz").json() == {"status": "ok"}
