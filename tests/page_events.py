"""The page's events as a program can send them: by number, with any values, without a browser.

A guard that is only in what the page shows does not hold against this.
"""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import httpx

PATIENCE = 120.0  # seconds


def whole_config(client: httpx.Client, session: str) -> dict[str, Any]:
    """The page's configuration with that of its tabs, which a session gets when it opens them."""
    config: dict[str, Any] = client.get("/config").raise_for_status().json()
    names = {one["id"]: str(one["props"].get("elem_id")) for one in config["components"]}
    for event in list(config["dependencies"]):
        if any(names.get(target, "").startswith("make-") for target, _ in event["targets"]):
            body = {"data": [], "fn_index": event["id"], "session_hash": session}
            answer = client.post("/gradio_api/run/predict", json=body).raise_for_status()
            made = answer.json()["render_config"]
            config["components"] += made["components"]
            config["dependencies"] += made["dependencies"]
    return config


class Page:
    """One visitor's session with a running app, all its tabs opened."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self.client = httpx.Client(base_url=url, timeout=PATIENCE, headers=headers)
        self.session = secrets.token_hex(8)
        config = whole_config(self.client, self.session)
        self.components = {one["id"]: one for one in config["components"]}
        self.events = [one for one in config["dependencies"] if one["backend_fn"]]

    def __enter__(self) -> "Page":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def props(self, component: int) -> dict[str, Any]:
        """What the page knows of a component."""
        props: dict[str, Any] = self.components[component]["props"]
        return props

    def of_button(self, label: str) -> list[dict[str, Any]]:
        """The events that a click on a button of this name begins, on any tab that shows it."""
        buttons = {
            key
            for key, one in self.components.items()
            if one["type"] == "button"
            and one["props"].get("value") == label
            and one["props"].get("visible") is True
        }
        return [
            event
            for event in self.events
            if any(target == [id, "click"] for target in event["targets"] for id in buttons)
        ]

    def open(self, task: str) -> None:
        """Open a task's tab, as the page's script does."""
        hidden = f"opened-{task}"
        [button] = [
            k for k, one in self.components.items() if one["props"].get("elem_id") == hidden
        ]
        [event] = [one for one in self.events if [button, "click"] in one["targets"]]
        self.send(event, {})

    def send(self, event: dict[str, Any], values: dict[int, Any]) -> list[Any]:
        """The outputs of an event, the last of a stream; inputs not given are as on the page."""
        data = [values.get(key, self.props(key).get("value")) for key in event["inputs"]]
        body = {"data": data, "fn_index": event["id"], "session_hash": self.session}
        if not event["queue"]:
            return self._now(body)
        self.client.post("/gradio_api/queue/join", json=body).raise_for_status()
        outputs: list[Any] = []
        for message in self._messages():
            if message["msg"] == "process_generating":
                outputs = [*outputs, message["output"]]
            if message["msg"] == "process_completed":
                outputs = [*outputs, message["output"]]
                break
        return outputs

    def _now(self, body: dict[str, Any]) -> list[Any]:
        return [self.client.post("/gradio_api/run/predict", json=body).json()]

    def _messages(self) -> Iterator[dict[str, Any]]:
        asked = {"session_hash": self.session}
        with self.client.stream("GET", "/gradio_api/queue/data", params=asked) as answer:
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))
