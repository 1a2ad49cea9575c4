"""The page: the tabs in their groups, the endpoints, links to tabs, looks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import gradio as gr

from components import endpoints, models, picker
from components.javascript import call
from components.labs import LABS
from components.runs import Runs
from components.server.disconnects import WatchedBlocks
from components.server.gate import GatedBlocks, upload_folders
from components.tab import TaskTab
from pipelines import Playground
from pipelines.folders import ASSETS
from pipelines.registry import MODALITIES, tasks

CSS = ASSETS / "page.css"
TITLE = "Pipeline Playground"

# Fonts of the visitor's own machine: the page asks no other host for anything.
THEME = gr.themes.Soft(
    primary_hue="amber",
    font=["system-ui", "sans-serif"],
    font_mono=["ui-monospace", "monospace"],
)

LEARN = "learn"
MODELS = "models"


class Page(GatedBlocks, WatchedBlocks):
    """gradio's Blocks behind the gate; its events end when nobody waits for them any more."""


def build(playground: Playground) -> gr.Blocks:
    """The whole page."""
    runs = Runs()
    pickers: dict[str, gr.Dropdown] = {}
    playground.file_folders = upload_folders()
    page = Page(title=TITLE, analytics_enabled=False)
    with page:
        page.file_urls = not playground.settings.public
        # At the beginning: queue() describes to its server all that is there already.
        page.queue(default_concurrency_limit=None)
        gr.Markdown(
            f"# {TITLE}\nEvery task of the Hugging Face course's first chapter, on real models, "
            "on this machine."
        )
        if os.environ.get("SPACE_ID") and os.environ.get("OAUTH_CLIENT_ID"):
            gr.LoginButton(size="sm", min_width=0)  # for gated and private models
        groups: dict[str, gr.Tabs] = {}
        with gr.Tabs(selected=MODALITIES[0], overflow_behavior="wrap") as outer:
            if LABS:
                # Drawn after the other groups, for it is at the right, and made before them:
                # gradio's client looks for each component of an event from the beginning of the
                # page, and an event of a lab has fifty: 0.07 s less for each click.
                with _group(LEARN, alignment="right"):
                    groups[LEARN] = _labs(playground, runs, pickers)
            for modality in MODALITIES:
                with _group(modality):
                    groups[modality] = _tasks(modality, playground, runs, pickers)
            with _group(MODELS, alignment="right") as item:
                models.build(playground, item)
            item.select(None, js=_opened(MODELS, "view", MODELS, "Models"))
        endpoints.build(playground)
        follow = _follow(list(groups), pickers)
        page.load(None, None, [outer, *groups.values(), *pickers.values()], js=follow)
        page.unload(_left(runs))
    return page


@contextmanager
def _group(name: str, **looks: Any) -> Iterator[gr.Tab]:
    """A tab of tabs."""
    with gr.Tab(name.capitalize(), id=name, elem_id=f"group-{name}", **looks) as item:
        yield item
    item.select(None, js=call("groupOpened", name))


def _opened(group: str, kind: str, tab: str, title: str) -> str:
    return call("tabOpened", group, kind, tab, f"{title} · {TITLE}")


def _tasks(
    modality: str, playground: Playground, runs: Runs, pickers: dict[str, gr.Dropdown]
) -> gr.Tabs:
    tabs = gr.Tabs(overflow_behavior="wrap")
    with tabs:
        for task in tasks().values():
            if task.modality != modality:
                continue
            tab = import_module(f"components.{modality}.{task.name}").TAB
            with gr.Tab(task.title, id=task.id, elem_id=f"tab-{task.id}") as item:
                built = TaskTab(tab, playground, runs)
            pickers[task.id] = built.model
            item.select(
                picker.states(task, playground),
                built.model,
                [built.about, built.model],
                js=_opened(modality, "task", task.id, task.title),
                api_visibility="private",
                show_progress="hidden",
            )
    return tabs


def _labs(playground: Playground, runs: Runs, pickers: dict[str, gr.Dropdown]) -> gr.Tabs:
    tabs = gr.Tabs(overflow_behavior="wrap")
    with tabs:
        for lab in LABS:
            with gr.Tab(lab.title, id=lab.id, elem_id=f"tab-{lab.id}") as item:
                if picker_of_lab := lab.build(playground, runs):
                    pickers[lab.id] = picker_of_lab
            item.select(None, js=_opened(LEARN, "lab", lab.id, lab.title))
    return tabs


def _follow(groups: list[str], pickers: dict[str, gr.Dropdown]) -> str:
    """What follows a link (?task=translation, ?lab=three-families, ?view=models; &model=name)."""
    places = {task.id: task.modality for task in tasks().values()}
    places |= {lab.id: LEARN for lab in LABS} | {MODELS: MODELS}
    choices = {name: box.choices for name, box in pickers.items()}
    return call("followLink", places, groups, choices)


def _left(runs: Runs) -> Any:
    def left(request: gr.Request) -> None:
        """A visitor who closes the page wants no more answers."""
        runs.stop(str(request.session_hash))

    return left
