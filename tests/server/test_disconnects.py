"""A client that goes away stops the model, whatever way it came in; on the app itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import pytest
import soundfile
from gradio_client import Client, handle_file
from mcp import ClientSession, types
from mcp.client.streamable_http import streamable_http_client
from starlette.responses import StreamingResponse

from components.examples import FOLDER
from components.server.disconnects import Connections, _Observer

SPEECH = FOLDER / "library.mp3"
MINUTES = 5
# Seconds of the processor within a window: gradio's loops alone take 0.03 of each second, more on
# a busy machine; a model takes all that it gets of two cores.
WINDOW = 2.0
BUSY_SECONDS, QUIET_SECONDS = 1.0, 0.4
STOPPED_AFTER = 12  # seconds; two on a machine with nothing else to do, and WINDOW
PATIENCE = 120  # seconds, for what begins and what answers
TEXT, SOUND = "text_generation", "automatic_speech_recognition"


class App:
    """The app under test, its clients and what it computes."""

    def __init__(self, url: str, sound: Path) -> None:
        self.url = url
        self.api = f"{url}/gradio_api"
        port = int(url.rpartition(":")[2])
        listening = psutil.net_connections("tcp")
        self.process = psutil.Process(
            next(
                c.pid
                for c in listening
                if c.status == "LISTEN" and c.laddr and c.laddr.port == port
            )
        )
        self.client = Client(url, verbose=False)
        self.sound = sound
        with sound.open("rb") as file:
            sent = httpx.post(f"{self.api}/upload", files={"files": file}, timeout=PATIENCE)
        self.uploaded = {"path": sent.json()[0], "meta": {"_type": "gradio.FileData"}}

    def given(self, name: str) -> dict[str, Any]:
        """What keeps the model of this endpoint busy for long."""
        if name == SOUND:
            return {"audio": self.uploaded, "model": "auto"}
        prompt = "Count from one to ten thousand in words."
        long = {"max_new_tokens": 2048, "temperature": 2.0, "top_p": 1.0, "top_k": 0, "seed": 1}
        return {"prompt": prompt, "model": "auto", **long}

    def values(self, name: str) -> list[Any]:
        """The same in the order of the endpoint's parameters, with defaults."""
        api = self.client.view_api(print_info=False, return_format="dict")
        parameters = api["named_endpoints"][f"/{name}"]["parameters"]
        given = {one["parameter_name"]: one["parameter_default"] for one in parameters}
        return list((given | self.given(name)).values())

    def cpu(self) -> float:
        """Seconds of the processor that the app has taken."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def wait_until_busy(self) -> None:
        self._wait(lambda seconds, window: seconds > BUSY_SECONDS, PATIENCE, "it does not begin")

    def wait_until_quiet(self) -> None:
        self._wait(
            lambda seconds, window: window > WINDOW and seconds < QUIET_SECONDS,
            STOPPED_AFTER,
            "it goes on computing for nobody",
        )

    def _wait(self, reached: Callable[[float, float], bool], most: float, otherwise: str) -> None:
        """Until the seconds of the processor in a window of so many seconds have reached it."""
        begun = time.monotonic()
        taken = [(begun, self.cpu())]
        while True:
            time.sleep(0.1)
            taken.append((time.monotonic(), self.cpu()))
            while len(taken) > 2 and taken[-1][0] - taken[1][0] > WINDOW:
                taken.pop(0)
            (since, before), (now, cpu) = taken[0], taken[-1]
            if reached(cpu - before, now - since):
                return
            assert now < begun + most, f"{otherwise}: {cpu - before:.2f} s in {now - since:.1f} s"

    def answers_shortly(self, name: str) -> None:
        """Whether the same model is free for others."""
        if name == TEXT:
            job = self.client.submit("Hi", max_new_tokens=2, api_name="/text_generation")
        else:
            job = self.client.submit(handle_file(SPEECH), api_name="/audio_classification")
        assert job.result(PATIENCE / 4)


@pytest.fixture(scope="module")
def app(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> App:
    samples, rate = soundfile.read(SPEECH, always_2d=True)
    repeats = int(MINUTES * 60 / (len(samples) / rate)) + 1
    sound = tmp_path_factory.mktemp("long") / "speech.wav"
    soundfile.write(sound, np.tile(samples.mean(1), repeats), rate)
    app = App(server_url, sound)
    for name in (TEXT, SOUND):  # their models are loaded before anything is measured
        job = app.client.submit(
            *(["Hi"] if name == TEXT else [handle_file(SPEECH)]), api_name=f"/{name}"
        )
        job.result(PATIENCE)
    return app


def dropped(app: App, method: str, url: str, **given: Any) -> None:
    """Ask, and drop the connection once the model is busy."""

    async def ask() -> None:
        async with (
            httpx.AsyncClient(timeout=PATIENCE) as client,
            client.stream(method, url, **given) as answer,
        ):
            async for _ in answer.aiter_lines():
                pass
        pytest.fail("it has answered")

    async def leave() -> None:
        asking = asyncio.create_task(ask())
        await asyncio.to_thread(app.wait_until_busy)
        asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled()

    on_a_thread(leave)


def on_a_thread(work: Callable[[], Any]) -> None:
    """Run it on a thread of its own: after the browser tests this one has an event loop."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work()).result()


def posted(url: str, body: dict[str, Any]) -> str:
    return str(httpx.post(url, json=body).raise_for_status().json()["event_id"])


def job_cancelled(app: App, name: str) -> None:
    given = app.given(name) | ({"audio": handle_file(app.sound)} if name == SOUND else {})
    job = app.client.submit(**given, api_name=f"/{name}")
    app.wait_until_busy()
    job.cancel()


def call_dropped(app: App, name: str) -> None:
    url = f"{app.api}/call/{name}"
    event = posted(url, {"data": app.values(name)})
    dropped(app, "GET", f"{url}/{event}")


def call_v2_dropped(app: App, name: str) -> None:
    url = f"{app.api}/call/v2/{name}"
    dropped(app, "GET", f"{url}/{posted(url, app.given(name))}")


def run_dropped(app: App, name: str) -> None:
    dropped(app, "POST", f"{app.api}/run/{name}", json={"data": app.values(name)})


def queue_dropped(app: App, name: str) -> None:
    made = app.client.config["dependencies"]
    number = next(one["id"] for one in made if one["api_name"] == name)
    session = f"dropped-{name}"
    join = {"data": app.values(name), "fn_index": number, "session_hash": session}
    posted(f"{app.api}/queue/join", join)
    dropped(app, "GET", f"{app.api}/queue/data", params={"session_hash": session})


def mcp_dropped(app: App, name: str) -> None:
    async def leave() -> None:
        asking = asyncio.create_task(_asked_by_mcp(app, name))
        await asyncio.to_thread(app.wait_until_busy)
        assert not asking.done(), asking.result()
        asking.cancel()
        await asyncio.wait([asking])

    on_a_thread(leave)


def mcp_cancelled(app: App, name: str) -> None:
    async def cancel() -> None:
        async with _mcp(app) as client:
            asking = asyncio.create_task(client.call_tool(name, _for_mcp(app, name)))
            await asyncio.to_thread(app.wait_until_busy)
            assert not asking.done(), asking.result()
            asked = client._request_id - 1
            params = types.CancelledNotificationParams(requestId=asked, reason="enough")
            word = types.CancelledNotification(params=params)
            await client.send_notification(types.ClientNotification(word))
            assert (await asking).isError

    on_a_thread(cancel)


@asynccontextmanager
async def _mcp(app: App) -> AsyncIterator[ClientSession]:
    async with (
        streamable_http_client(f"{app.api}/mcp/") as (read, write, *_),
        ClientSession(read, write) as client,
    ):
        await client.initialize()
        yield client


async def _asked_by_mcp(app: App, name: str) -> None:
    async with _mcp(app) as client:
        await client.call_tool(name, _for_mcp(app, name))


def _for_mcp(app: App, name: str) -> dict[str, Any]:
    if name == TEXT:
        return app.given(name)
    return {"audio": f"{app.api}/file={app.uploaded['path']}"}


def openai_dropped(app: App, name: str, stream: bool = False) -> None:
    url = f"{app.url}/v1"
    if name == SOUND:
        data = {"stream": "true"} if stream else {}
        files = {"file": ("speech.wav", app.sound.read_bytes())}
        return dropped(app, "POST", f"{url}/audio/transcriptions", data=data, files=files)
    given = app.given(name)
    prompt = {"messages": [{"role": "user", "content": given["prompt"]}]}
    options = {"max_tokens": 2048, "temperature": 2.0, "top_p": 1.0, "top_k": 0, "seed": 1}
    body = {"model": "auto", **prompt, **options, "stream": stream}
    dropped(app, "POST", f"{url}/chat/completions", json=body)


def openai_stream_dropped(app: App, name: str) -> None:
    openai_dropped(app, name, stream=True)


def hub_dropped(app: App, name: str, stream: bool = False) -> None:
    url = f"{app.url}/hf/tasks/{name.replace('_', '-')}"
    if name == SOUND:
        headers = {"content-type": "audio/wav"}
        return dropped(app, "POST", url, content=app.sound.read_bytes(), headers=headers)
    given = app.given(name)
    options = {k: v for k, v in given.items() if k not in {"prompt", "model"}}
    body = {"inputs": given["prompt"], "parameters": options, "stream": stream}
    dropped(app, "POST", url, json=body)


def hub_stream_dropped(app: App, name: str) -> None:
    hub_dropped(app, name, stream=True)


WAYS = [
    job_cancelled,
    call_dropped,
    call_v2_dropped,
    run_dropped,
    queue_dropped,
    mcp_dropped,
    mcp_cancelled,
    openai_dropped,
    openai_stream_dropped,
    hub_dropped,
    hub_stream_dropped,
]


@pytest.mark.parametrize("name", [TEXT, SOUND])
@pytest.mark.parametrize("go", WAYS)
def test_whoever_goes_stops_the_model_and_frees_it(
    app: App, go: Callable[[App, str], None], name: str
) -> None:
    go(app, name)
    app.wait_until_quiet()
    app.answers_shortly(name)


def test_a_stream_that_has_told_its_end_does_not_hear_of_its_client_leaving() -> None:
    ended: list[str] = []

    async def events() -> AsyncIterator[str]:
        try:
            yield 'data: {"msg":"close_stream"}\n\n'
            await asyncio.sleep(0.05)  # gradio's, until it goes on
            ended.append("by itself")
        except asyncio.CancelledError:
            ended.append("by the client")
            raise

    async def listen() -> None:
        left = asyncio.Event()

        async def receive() -> Any:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message.get("body"):
                left.set()

        scope = {"type": "http", "method": "GET", "path": "/queue/data", "headers": []}
        observer = _Observer(StreamingResponse(events()), Connections())
        await observer({**scope, "query_string": b"session_hash=a"}, receive, send)

    asyncio.run(listen())
    assert ended == ["by itself"]
