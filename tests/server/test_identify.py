"""Whoever asks, a run knows for whom it is: by cookie, by network, through MCP too."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio.events import api
from starlette.middleware import Middleware

from components.server.callers import Identify
from components.server.disconnects import WatchedBlocks
from components.server.session_binding import cookie_name
from components.server.visitors import Visitors
from pipelines.run import Run, current

PATIENCE = 30.0


class World:
    """A page whose endpoint says for whom it was called."""

    def __init__(self, folder: Path) -> None:
        self.visitors = Visitors(folder)
        with WatchedBlocks() as page:
            api(self.whose, api_name="whose")
        middleware = [Middleware(Identify, visitors=self.visitors)]
        page.launch(
            prevent_thread_lock=True,
            quiet=True,
            mcp_server=True,
            app_kwargs={"middleware": middleware},
        )
        self.page = page
        self.client = httpx.Client(base_url=f"{page.local_url}gradio_api", timeout=PATIENCE)

    def whose(self) -> list[str]:
        """For whom it is."""
        caller = Run(parent=current()).whose
        return [caller.visitor, caller.network, caller.request]

    def cookie(self, token: str) -> dict[str, str]:
        return {"Cookie": f"{cookie_name(self.visitors)}={token}"}

    def called(self, headers: dict[str, str]) -> Any:
        event = self.client.post("/call/whose", json={"data": []}, headers=headers).json()
        told = self.client.get(f"/call/whose/{event['event_id']}").text
        return json.loads(told.partition("data: ")[2])[0]

    def tool(self, headers: dict[str, str]) -> Any:
        asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {}}
        asked["params"] = {"name": "whose", "arguments": {}}
        kinds = {"Accept": "application/json, text/event-stream"}
        told = self.client.post("/mcp/", json=asked, headers={**kinds, **headers}).text
        line = next(one for one in told.splitlines() if one.startswith("data: "))
        content = json.loads(line.removeprefix("data: "))["result"]["content"]
        return json.loads(content[0]["text"].replace("'", '"'))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("visitors"))
    yield world
    world.client.close()
    world.page.close()


@pytest.mark.parametrize("way", ["called", "tool"])
def test_a_browser_is_its_cookie_and_who_has_none_is_a_network(world: World, way: str) -> None:
    ask = getattr(world, way)
    tokens = [world.visitors.issue() for _ in range(2)]
    network = world.visitors.network("127.0.0.1")
    for token in tokens:
        visitor = world.visitors.verify(token)
        assert ask(world.cookie(token))[:2] == [visitor, network]
    assert ask(world.cookie("made.up"))[:2] == [f"network {network}", network]
    assert ask({})[:2] == [f"network {network}", network]


@pytest.mark.parametrize("way", ["called", "tool"])
def test_the_log_has_a_run_under_the_clients_id(world: World, way: str) -> None:
    assert getattr(world, way)({"X-Request-Id": f"mine-{way}"})[2] == f"mine-{way}"
