"""No visitor reads a file of the machine: every event and endpoint gets paths in every input.

The page runs in public mode. Each secret is a picture of its own colour, or a text file; the tests
look for what is in them, in all that comes back and in all that the server would serve.
"""

import base64
import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from components.server.routes import CLOSED as CLOSED_ROUTES
from pipelines.settings import Settings
from tests.conftest import ROOT, served
from tests.page_events import whole_config

SESSION = "fuzz"
SECRET = "the-secret-of-the-machine-7f3a"
META = {"_type": "gradio.FileData"}
FILES = ("image", "audio", "file")  # components that send a file or nothing
EVERY = 7  # of the other components' inputs, one in so many is tried


class Machine:
    """A running page, and the secrets that lie about it."""

    def __init__(self, url: str, folder: Path, secrets: dict[str, Path]) -> None:
        self.folder, self.secrets = folder, secrets
        self.uploads = folder / "uploads"
        self.client = httpx.Client(base_url=url, timeout=60)
        config = whole_config(self.client, SESSION)
        self.types = {one["id"]: one["type"] for one in config["components"]}
        self.events: dict[int, dict[str, Any]] = {
            one["id"]: one for one in config["dependencies"] if one["backend_fn"]
        }

    def call(self, number: int, data: list[Any]) -> httpx.Response:
        body = {"fn_index": number, "data": data, "session_hash": SESSION}
        return self.client.post("/gradio_api/run/predict", json=body)

    def served_copies(self, content: bytes) -> list[Path]:
        files = (p for p in self.uploads.rglob("*") if p.is_file() and not p.is_symlink())
        return [p for p in files if p.read_bytes() == content]


@pytest.fixture(scope="module")
def machine(starters: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine")
    outside = tmp_path_factory.mktemp("outside")
    text = outside / "secret.txt"
    text.write_text(SECRET)
    hidden = ROOT / ".fuzz-secret.png"  # in the folder of the app, which is gradio's own cwd
    home = outside / "home"  # of the server's user; its models stay where they are
    home.mkdir()
    kept = {"HOME": str(home), "PLAYGROUND_CACHE": str(Settings().cache)}
    with served(folder, PLAYGROUND_PUBLIC="1", PLAYGROUND_RUNS_PER_MINUTE="0", **kept) as url:
        (folder / "uploads").mkdir(exist_ok=True)
        link, text_link = folder / "uploads" / "link.png", folder / "uploads" / "link.txt"
        link.symlink_to(hidden)
        text_link.symlink_to(text)
        secrets = {"app": hidden, "temporary": outside / "secret.png", "text": text}
        secrets |= {"link": link, "text link": text_link, "system": Path("/etc/hostname")}
        secrets["home"] = home / "secret.png"
        for path in (hidden, secrets["temporary"], secrets["home"]):
            Image.effect_noise((64, 64), 80).save(path)
        try:
            machine = Machine(url, folder, secrets)
            yield machine
            machine.client.close()
        finally:
            hidden.unlink()


def shapes(path: Path, uploads: Path) -> list[Any]:
    """What a client could send in a file's place to have this one read."""
    name, up = str(path), str(uploads)
    part = {"type": "file", "file": {"path": name}}
    component = {"type": "component", "component": "image", "value": name}
    return [
        name,
        f"file://{name}",
        "data:image/png;base64," + base64.b64encode(name.encode()).decode(),
        {"path": name},
        {"path": name, "meta": META, "orig_name": "a.png"},
        {"path": name, "meta": META, "is_stream": True},
        {"path": None, "url": name, "meta": META},
        {"url": f"file://{name}", "meta": META},
        {"path": f"{up}/x.png", "url": name, "meta": META},
        {"path": f"{up}/../..{name}", "meta": META},
        {"path": f"{up}/../{os.path.relpath(name, uploads.parent)}", "meta": META},
        [{"path": name}],
        [{"role": "user", "content": [part]}, {"role": "user", "content": "What is it?"}],
        [{"role": "user", "content": {"path": name}}],
        [{"role": "user", "content": [{**component, "constructor_args": {}, "props": {}}]}],
        [{"role": "user", "content": "What is it?", "images": [name]}],
        [{"role": "user", "content": [{"type": "image", "image": name}]}],
        {"image": {"path": name}, "annotations": []},
        {"__type__": "update", "value": {"path": name, "meta": META}},
    ]


def test_no_event_reads_a_file_that_was_not_uploaded(machine: Machine) -> None:
    secrets = itertools.cycle(machine.secrets.values())
    hostname = Path("/etc/hostname").read_text().strip()
    count = 0
    for number, event in machine.events.items():
        kinds = [machine.types.get(one, "rendered") for one in event["inputs"]]
        for place, kind in enumerate(kinds):
            for index in range(len(shapes(Path("/"), machine.uploads))):
                count += 1
                if kind == "state" or (kind not in (*FILES, "chatbot") and count % EVERY):
                    continue
                value = shapes(next(secrets), machine.uploads)[index]
                if kind in {"textbox", "api"} and isinstance(value, str):
                    continue  # a text is a text
                data: list[Any] = [None] * len(kinds)
                data[place] = value
                answer = machine.call(number, data)
                assert SECRET not in answer.text, (event["api_name"], place, value)
                assert f'"{hostname}' not in answer.text, (event["api_name"], place, value)
                if kind in FILES:
                    assert answer.status_code == 500, (event["api_name"], place, value)
    for name in ("app", "temporary", "home", "text"):
        assert machine.served_copies(machine.secrets[name].read_bytes()) == []


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("image_classification", ["auto", 5]),
        ("automatic_speech_recognition", ["auto", False, None, "transcribe"]),
    ],
)
def test_it_is_one_sentence_whether_the_file_exists_or_not(
    machine: Machine, name: str, options: list[Any]
) -> None:
    paths = ["/etc/hostname", "/nowhere/at/all", str(machine.uploads / "nothing.png")]
    paths += [str(machine.secrets["link"]), str(machine.uploads), "\0", "relative.png"]
    told = {
        machine.client.post(
            f"/gradio_api/run/{name}", json={"data": [{"path": path, "meta": META}, *options]}
        ).json()["error"]
        for path in paths
    }
    assert len(told) == 1
    assert "not uploaded here" in told.pop()


def test_a_chats_pictures_by_name_are_one_sentence_too(machine: Machine) -> None:
    told = set()
    for path in ("/etc/hostname", "/nowhere/at/all", str(machine.secrets["app"])):
        turn = {"role": "user", "content": "What is it?", "images": [path]}
        body = {"data": [[turn], "auto", 8, 0, 1, 1]}
        told.add(machine.client.post("/gradio_api/run/text_generation", json=body).json()["error"])
    assert told == {"This file was not uploaded here. Upload it first, as handle_file does."}


def test_an_uploaded_file_is_read(machine: Machine) -> None:
    cat = (ROOT / "assets/examples/cat.jpg").read_bytes()
    sent = machine.client.post("/gradio_api/upload", files={"files": ("cat.jpg", cat)}).json()
    answer = machine.client.post(
        "/gradio_api/run/image_classification", json={"data": [{"path": sent[0]}, "auto", 5]}
    )
    assert "cat" in answer.json()["data"][0][0]["label"]


ODD: list[Any] = [None, True, -1, 1e308, 10**30, "", "x" * 3000, "\0", [], {}, [[]], {"a": 1}]
ODD += [[None], [{"role": "user"}], {"__type__": "update", "value": 1}, float("nan")]
ODD.append(json.loads("[" * 300 + "]" * 300))


def test_what_no_browser_sends_gets_a_sentence_and_no_traceback(machine: Machine) -> None:
    log = machine.folder / "server.log"
    before = len(log.read_text())
    odd = itertools.cycle(enumerate(ODD))
    alike: set[tuple[str, ...]] = set()  # as the same button of sixteen tabs
    for number, event in machine.events.items():
        if event["api_name"] == "_start":
            continue  # it would train
        kinds = [machine.types.get(one, "rendered") for one in event["inputs"]]
        results = [machine.types.get(one, "rendered") for one in event["outputs"]]
        triggers = [trigger for _, trigger in event["targets"]]
        shape = (*kinds, ">", *results, ">", *triggers)
        if shape in alike:
            continue
        alike.add(shape)
        for place in range(len(kinds)):
            index, value = next(odd)
            if isinstance(value, str) and kinds[place] in ("textbox", "api"):
                continue  # a model would answer
            data: list[Any] = [None] * len(kinds)
            data[place] = value
            body = json.dumps({"fn_index": number, "data": data})
            headers = {"Content-Type": "application/json"}
            answer = machine.client.post("/gradio_api/run/predict", content=body, headers=headers)
            if answer.status_code != 200:
                assert answer.json().get("error"), (event, place, index, answer.text)
    takes_something = next(number for number, one in machine.events.items() if one["inputs"])
    odd_events: tuple[dict[str, int], ...] = ({"fn_index": 99999}, {"fn_index": -1}, {})
    for wrong in (*odd_events, {"fn_index": takes_something, "trigger_id": 99999}):
        answer = machine.client.post("/gradio_api/run/none", json={"data": [], **wrong})
        assert answer.json()["error"]
    assert "Traceback" not in log.read_text()[before:]


CLOSED = ["deep_link?session_hash=fuzz", "proxy=http://localhost/", "component_server"]
CLOSED += ["file=http://127.0.0.1/", "file=HTTPS://example.org/", "custom_component/a/client/b/c"]
CLOSED += ["dev/reload"]


@pytest.mark.parametrize("path", CLOSED)
def test_gradios_other_doors_are_closed(machine: Machine, path: str) -> None:
    answer = machine.client.get(f"/gradio_api/{path}")
    assert answer.status_code == 404
    assert answer.json()["error"] == "This page has no such address."


def test_an_endpoints_missing_options_have_their_defaults(machine: Machine) -> None:
    answer = machine.client.post("/gradio_api/run/text_classification", json={"data": ["Lovely."]})
    assert answer.json()["data"][0][0]["label"] == "POSITIVE"


@pytest.mark.parametrize("name", ["m" * 15_000_000, "o/" + "m" * 15_000_000])
def test_a_refusal_repeats_no_long_name(machine: Machine, name: str) -> None:
    body = {"data": ["Lovely.", name, 5]}
    answer = machine.client.post("/gradio_api/run/text_classification", json=body)
    assert answer.status_code == 500
    assert len(answer.text) < 1_000


def test_a_model_box_takes_no_long_text(machine: Machine) -> None:
    boxes = [
        number
        for number, event in machine.events.items()
        if [machine.types.get(one) for one in event["inputs"]] == ["dropdown"]
    ]
    assert boxes
    for number in boxes:
        answer = machine.call(number, ["m" * 1_000])
        assert "more than 255 characters" in answer.json()["error"]


def test_whoever_listens_to_nothing_is_told_so_and_the_log_is_not(machine: Machine) -> None:
    log = machine.folder / "server.log"
    before = len(log.read_text())
    for path in ("queue/data?session_hash=unknown", "call/text_classification/unknown"):
        answer = machine.client.get(f"/gradio_api/{path}")
        assert answer.status_code == 404
        assert "nothing to listen to" in answer.text
    for path in ("mcp/", "run/models", "queue/join"):
        deep = "[" * 100_000
        headers = {"Content-Type": "application/json"}
        answer = machine.client.post(f"/gradio_api/{path}", content=deep, headers=headers)
        assert answer.status_code == 400
        assert "too deeply" in answer.text
    assert "Traceback" not in log.read_text()[before:]


def test_files_of_mcp_calls_count_as_their_senders(machine: Machine) -> None:
    picture = base64.b64encode((ROOT / "assets/examples/scene-1.png").read_bytes()).decode()
    params = {
        "name": "image_classification",
        "arguments": {"image": f"data:image/png;base64,{picture}"},
        "more": [";base64,"] * 600,
    }
    many = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = {"Accept": "application/json, text/event-stream"}
    answer = machine.client.post("/gradio_api/mcp/", json=many, headers=headers)
    assert answer.status_code == 429
    assert "too many files" in answer.text


@pytest.mark.parametrize(
    "path",
    ["vibe-code", "vibe-edit/", "undo-vibe-edit", "run-history/connect", "process_recording"],
)
def test_gradios_routes_for_developers_are_closed(path: str) -> None:
    assert CLOSED_ROUTES.match(f"/gradio_api/{path}")


def test_a_folder_may_be_called_as_one_of_gradios_doors() -> None:
    for path in ("/gradio_api/file=/home/dev/uploads/a.png", "/hf/models/dev/monitoring"):
        assert not CLOSED_ROUTES.match(path)
