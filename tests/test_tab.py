"""What a tab's run reads of the page, and what it asks of the model."""

from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio.components import Component

from components.runs import Runs
from components.tab import TaskTab
from pipelines import Playground
from pipelines.playground import Answer, Facts
from pipelines.registry import tasks
from pipelines.settings import Settings

ADA: Any = SimpleNamespace(session_hash="ada")
FACTS = Facts("tiny", "Tiny", "transformers", 0.0, 1.0, 1)


def built(task_id: str, settings: Settings) -> tuple[TaskTab, Any]:
    """The tab on a page of its own, and its run's event."""
    task = tasks()[task_id]
    tab = import_module(f"components.{task.modality}.{task.name}").TAB
    with gr.Blocks() as page:
        made = TaskTab(tab, Playground(settings), Runs())
    [event, *_] = [one for one in page.fns.values() if one.name == "_run"]
    return made, event


@pytest.mark.parametrize("task_id", tasks())
def test_a_run_reads_of_the_last_result_only_what_its_view_needs(
    task_id: str, settings: Settings
) -> None:
    tab, event = built(task_id, settings)
    needed: dict[str, list[type[Component]]] = {
        "text-generation": [gr.Chatbot, gr.Textbox],
        "image-text-to-text": [gr.Chatbot],
    }
    needed["object-detection"] = [gr.Slider]
    read = [type(one) for one in tab.shown if one in event.inputs]
    assert read == needed.get(task_id, [])


def test_a_model_is_asked_for_all_boxes_that_the_slider_may_show(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab, event = built("object-detection", settings)
    box = {"xmin": 0, "ymin": 0, "xmax": 9, "ymax": 9}
    found = [{"label": "cat", "score": score, "box": box} for score in (0.9, 0.4, 0.1)]
    asked: list[dict[str, Any]] = []

    def stream(task: str, inputs: Any, model: str, options: Any, *_: Any) -> Iterator[Answer]:
        asked.append(options)
        yield Answer(found, FACTS)

    monkeypatch.setattr(tab.playground, "stream", stream)
    slider = tab.view.options()["threshold"]
    assert isinstance(slider, gr.Slider)
    values = {one: one.value for one in event.inputs} | {slider: 0.3}
    values[tab.inputs["image"]] = {"path": tab.tab.examples[0][0]}
    *_, last = event.fn(ADA, None, values)
    assert asked == [{"threshold": slider.minimum}]
    assert '"score": 0.4' in last[tab.json]
    assert '"score": 0.1' not in last[tab.json]
