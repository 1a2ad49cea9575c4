"""A public page, asked by a program for what it does not allow: each is refused in a sentence.

The page's own widgets do not count as guards: every event is sent by its number, with any values.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from pipelines.registry import tasks
from tests.conftest import ROOT, served
from tests.hub import Hub
from tests.page_events import Page
from tests.tiny import build

EXAMPLES = ROOT / "assets" / "examples"
FOREIGN = "ada/gpt2"
REFUSED = f"{FOREIGN} cannot be chosen here. In public mode only catalogue models can."
# What the page shows of that error first.
SHOWN = f"<b>{FOREIGN} cannot be chosen here.</b>"
GIVEN = {
    "prompt": "Hi",
    "text": "Hi",
    "question": "Hi?",
    "context": "Hi",
    "candidate_labels": ["a", "b"],
    "image": handle_file(EXAMPLES / "cat.jpg"),
    "audio": handle_file(EXAMPLES / "weather.mp3"),
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A Hub that has a foreign model; what asked it for anything went past a guard."""
    with Hub() as hub:
        folder = build("gpt2", tmp_path_factory.mktemp("gpt2"))
        hub.publish(FOREIGN, folder, pipeline_tag="text-generation")
        yield hub


@pytest.fixture(scope="module", params=["SPACE_ID", "PLAYGROUND_PUBLIC"])
def url(
    request: pytest.FixtureRequest,
    hub: Hub,
    starters: object,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The app as a Space starts it, and as a share link's owner does."""
    value = {"SPACE_ID": "ada/playground"}.get(request.param, "1")
    folder = tmp_path_factory.mktemp("public")
    # More runs a minute than a visitor may begin are asked for here.
    own = {"HF_HOME": str(folder), "PLAYGROUND_RUNS_PER_MINUTE": "0", request.param: value}
    with served(folder, HF_ENDPOINT=hub.url, **own) as url:
        yield url


@pytest.fixture
def page(url: str) -> Iterator[Page]:
    with Page(url) as page:
        yield page


def said(outputs: list[Any]) -> str:
    return json.dumps(outputs, ensure_ascii=False)


def model_boxes(page: Page) -> set[int]:
    return {
        key
        for key, one in page.components.items()
        if one["type"] == "dropdown" and str(one["props"].get("label")).startswith("Model")
    }


def test_no_endpoint_takes_a_foreign_model(url: str) -> None:
    client = Client(url, verbose=False)
    for task in tasks().values():
        given = [GIVEN[parameter.name] for parameter in task.inputs]
        with pytest.raises(AppError) as caught:
            client.predict(*given, FOREIGN, api_name=f"/{task.name}")
        assert str(caught.value) == REFUSED
    client.close()


def test_no_run_of_a_tab_takes_a_foreign_model(page: Page) -> None:
    boxes = model_boxes(page)
    runs = [event for event in page.of_button("Run") if boxes & set(event["inputs"])]
    assert len(runs) == len(tasks())
    for event in runs:
        assert SHOWN in said(page.send(event, dict.fromkeys(boxes, FOREIGN)))


def test_no_event_of_the_page_brings_a_foreign_model(page: Page, hub: Hub) -> None:
    boxes = model_boxes(page)
    assert len(boxes) == len(tasks()) + 3  # and the three columns of lab 1
    events = [event for event in page.events if boxes & set(event["inputs"])]
    assert len(events) > 100
    refused = dict.fromkeys(boxes, 0)
    for event in events:
        outputs = said(page.send(event, dict.fromkeys(boxes, FOREIGN)))
        for box in boxes & set(event["inputs"]):
            refused[box] += "cannot be chosen here" in outputs
    assert all(refused.values()), refused
    assert hub.requests == []


def test_the_models_page_offers_nothing_to_press(page: Page) -> None:
    [listed] = page.of_button("Refresh")
    *_, shown = page.send(listed, {})[-1]["data"]
    assert '<tr class="held">' in shown
    assert "data-act" not in shown
    table = listed["outputs"][-1]
    assert not [one for one in page.events if [table, "click"] in one["targets"]]


@pytest.mark.parametrize(
    ("sizes", "text", "sentence"),
    [
        ({"Steps of pretraining": 5000}, "", "minutes; at most 5 are"),
        ({"Batch": 128, "Context": 512, "Layers": 12}, "", "GiB of memory; at most 1 GiB"),
        ({}, "a word " * 80_000, "more than the 500,000 characters"),
    ],
)
def test_no_training_beyond_the_limits_begins(
    page: Page, sizes: dict[str, int], text: str, sentence: str
) -> None:
    [start] = page.of_button("Start")
    labels = {key: page.props(key).get("label") for key in start["inputs"]}
    values: dict[int, Any] = {k: sizes[str(v)] for k, v in labels.items() if v in sizes}
    if text:
        named = {label: key for key, label in labels.items()}
        values |= {named["Text for phase 1"]: "My own", named["Your text"]: text}
    assert sentence in said(page.send(start, values))
