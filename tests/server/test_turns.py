"""Turns and limits on the app itself, whichever way a visitor comes in."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import served
from tests.waiting import until

PATIENCE = 120.0
ADA, BOB = ({"Authorization": f"Bearer {key}"} for key in ("ada", "bob"))
# Greedy, the starter repeats itself to the last token; with chance it may end sooner.
LONG = {
    "model": "auto",
    "prompt": "hello, " * 20,
    "max_tokens": 2048,
    "temperature": 0,
    "stream": True,
}
CLAIM = {"inputs": "I love it."}
MORE_THAN_GRADIOS_THREADS = 45


@pytest.fixture(scope="module")
def url(starters: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app with one place for long runs."""
    folder = tmp_path_factory.mktemp("turns")
    with served(folder, PLAYGROUND_LONG_RUNS="1", PLAYGROUND_API_KEYS="ada,bob") as url:
        yield url


def going(url: str, stage: str) -> float:
    """How many runs are at this stage."""
    text = httpx.get(f"{url}/metrics", headers=ADA, timeout=PATIENCE).raise_for_status().text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "playground_runs" and sample.labels["stage"] == stage
    )


class Asked:
    """A streamed completion that is going or waits for its turn, on a thread of its own."""

    def __init__(self, url: str, key: dict[str, str], stack: ExitStack) -> None:
        self.client = stack.enter_context(httpx.Client(base_url=url, timeout=PATIENCE))
        self.begun = False
        self.over = False
        pool = stack.enter_context(ThreadPoolExecutor(1))
        stack.callback(self.end)
        self._reading = pool.submit(self._read, key)

    def _read(self, key: dict[str, str]) -> None:
        with self.client.stream("POST", "/v1/completions", json=LONG, headers=key) as answer:
            for _ in answer.raise_for_status().iter_lines():
                self.begun = True
                if self.over:
                    return

    def end(self) -> None:
        self.over = True


def test_a_visitors_second_long_run_waits_behind_anothers_first(url: str) -> None:
    with ExitStack() as stack:
        first = Asked(url, ADA, stack)
        until(lambda: first.begun)
        second = Asked(url, ADA, stack)
        until(lambda: going(url, "queued") == 1)
        others = Asked(url, BOB, stack)
        until(lambda: going(url, "queued") == 2)
        first.end()
        until(lambda: others.begun or second.begun)
        assert (others.begun, second.begun) == (True, False)
        others.end()
        until(lambda: second.begun)


def test_short_runs_and_the_page_are_answered_while_many_long_ones_wait(url: str) -> None:
    with httpx.Client(base_url=url, timeout=PATIENCE) as client, ExitStack() as stack:
        running = Asked(url, BOB, stack)
        until(lambda: running.begun)
        for number in range(MORE_THAN_GRADIOS_THREADS):
            prompt = {"data": ["Count.", "auto", 2000], "session_hash": f"session{number}"}
            client.post("/gradio_api/call/text_generation", json=prompt).raise_for_status()
        until(lambda: going(url, "queued") == MORE_THAN_GRADIOS_THREADS)
        client.post("/hf/tasks/text-classification", json=CLAIM, headers=ADA).raise_for_status()
        asked = Client(url, verbose=False)
        assert asked.predict(CLAIM["inputs"], api_name="/text_classification")[0]["label"]
        assert asked.predict("summarization", api_name="/models")
        asked.close()
        assert going(url, "queued") == MORE_THAN_GRADIOS_THREADS
        running.end()


def test_runs_a_minute_are_limited_for_each_key_and_each_browser(
    starters: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("limited")
    limits = {"PLAYGROUND_RUNS_PER_MINUTE": "2", "PLAYGROUND_API_KEYS": "ada,bob"}
    with served(folder, **limits) as url:
        address = f"{url}/hf/tasks/text-classification"

        def ask(key: dict[str, str]) -> httpx.Response:
            return httpx.post(address, json=CLAIM, headers=key, timeout=PATIENCE)

        assert [ask(ADA).status_code for _ in range(2)] == [200, 200]
        refused = ask(ADA)
        assert refused.status_code == 429
        assert refused.json()["error"].startswith("Too many runs. Try again in ")
        assert 0 < int(refused.headers["retry-after"]) <= 60
        assert ask(BOB).status_code == 200
        for _ in range(2):
            browser = Client(url, verbose=False)
            for _ in range(2):
                browser.predict("I love it.", api_name="/text_classification")
            with pytest.raises(AppError, match="Too many runs"):
                browser.predict("I love it.", api_name="/text_classification")
            browser.close()
