"""The page: the tabs in their groups, the endpoints, links to tabs, looks."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import gradio as gr

from components import chain, chat, endpoints, models, picker, start
from components.course.page import CHAPTER_1
from components.history import History
from components.javascript import call
from components.labs import LABS
from components.lazy import made_for_all_on
from components.runs import Runs
from components.server.disconnects import WatchedBlocks
from components.server.gate import GatedBlocks, upload_folders
from components.server.languages import TranslatedBlocks
from components.tab import Tab, TaskTab
from components.translations import text
from pipelines import Playground
from pipelines.folders import ASSETS
from pipelines.registry import MODALITIES, aliases, tasks
from pipelines.task import Task

CSS = ASSETS / "page.css"
TITLE = "Pipeline Playground"

LEARN = "learn"
MODELS = "models"
START = "start"
GROUPS = {START: "Start##page", LEARN: "Learn", MODELS: "Models"}
GROUPS |= {modality: modality.capitalize() for modality in MODALITIES}
LEARNING = (CHAPTER_1, *LABS)


class Page(TranslatedBlocks, GatedBlocks, WatchedBlocks):
    """gradio's Blocks behind the gate; its events end when nobody waits for them any more.

    `examples` are those of the tabs, which are made when they are opened.
    """

    examples: list[Any]


@dataclass(frozen=True)
class Shared:
    """What the tabs of the page have in common."""

    playground: Playground
    runs: Runs
    past: History
    agreed: gr.State


def build(playground: Playground) -> gr.Blocks:
    """The whole page."""
    runs = Runs()
    playground.file_folders = upload_folders()
    page = Page(title=TITLE, analytics_enabled=False)
    tabs = {id: _tab(task) for id, task in tasks().items()}
    page.examples = [tab.examples for tab in tabs.values()]
    with page:
        # At the beginning: queue() describes to its server all that is there already.
        page.queue(default_concurrency_limit=None)
        gr.Markdown(
            f"# {TITLE}\n"
            + text(
                "Every task of the Hugging Face course's first chapter, on real models, on this "
                "machine."
            )
        )
        if os.environ.get("SPACE_ID") and os.environ.get("OAUTH_CLIENT_ID"):
            gr.LoginButton(size="sm", min_width=0)  # for gated and private models
        shared = Shared(playground, runs, History(), gr.State(""))
        groups: dict[str, gr.Tabs] = {}
        with gr.Tabs(selected=START, overflow_behavior="wrap") as outer:
            with _group(START) as item:
                start.build(tasks(), {id: tab.examples[0] for id, tab in tabs.items()})
            item.select(None, js=_opened(START, "view", START, text("Start##page")))
            for modality in MODALITIES:
                with _group(modality), gr.Tabs(overflow_behavior="wrap") as groups[modality]:
                    for task in tasks().values():
                        if task.modality == modality:
                            make = partial(_task, tabs[task.id], task, shared)
                            _made_when_opened(modality, "task", task.id, text(task.title), make)
            if LEARNING:
                with (
                    _group(LEARN, alignment="right"),
                    gr.Tabs(overflow_behavior="wrap") as groups[LEARN],
                ):
                    for lab in LEARNING:
                        make = partial(lab.build, playground, runs)
                        _made_when_opened(LEARN, "lab", lab.id, text(lab.title), make)
            with _group(MODELS, alignment="right") as item:
                models.build(playground, item)
            item.select(None, js=_opened(MODELS, "view", MODELS, text("Models")))
        endpoints.build(playground)
        page.load(None, None, [outer, *groups.values()], js=_follow(list(groups)))
        page.unload(_left(runs))
    return page


@contextmanager
def _group(name: str, **looks: Any) -> Iterator[gr.Tab]:
    """A tab of tabs."""
    with gr.Tab(text(GROUPS[name]), id=name, elem_id=f"group-{name}", **looks) as item:
        yield item
    item.select(None, js=call("groupOpened", name))


def _opened(group: str, kind: str, tab: str, title: str) -> str:
    return call("tabOpened", group, kind, tab, f"{title} · {TITLE}")


def _tab(task: Task) -> Tab:
    """What is special about the task's tab, from its file."""
    tab: Tab = import_module(f"components.{task.modality}.{task.name}").TAB
    return tab


def _made_when_opened(group: str, kind: str, id: str, title: str, make: Callable[[], None]) -> None:
    """A tab whose components are made when it is first opened: of all tabs they are a thousand."""
    with gr.Tab(title, id=id, elem_id=f"tab-{id}") as item:
        made_for_all_on(gr.Button(visible="hidden", elem_id=f"make-{id}").click, make)
    item.select(None, js=_opened(group, kind, id, title))


def _task(tab: Tab, task: Task, shared: Shared) -> None:
    """A task's tab; a hidden button is clicked by the page's script whenever it is opened."""
    playground, past = shared.playground, shared.past
    built = TaskTab(tab, playground, shared.runs, past, shared.agreed)
    opened = gr.Button(visible="hidden", elem_id=f"opened-{task.id}")
    picker.wire_opened(opened, built.model, built.about, task, playground)
    if built.chatbot:
        chat.restore(opened, past, task.id, built.chatbot, built.controls.status)


def _follow(groups: list[str]) -> str:
    """What follows a link (?task=ner, ?lab=three-families, ?view=models; &model=name)."""
    places = {task.id: task.modality for task in tasks().values()}
    places |= {lab.id: LEARN for lab in LEARNING}
    places |= {START: START, MODELS: MODELS}
    return call("followLink", places, groups, aliases(), chain.steps())


def _left(runs: Runs) -> Any:
    def left(request: gr.Request) -> None:
        """A visitor who closes the page wants no more answers."""
        runs.stop(str(request.session_hash))

    return left
