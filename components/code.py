"""“Use it from code”: the same call from Python, transformers, gradio_client and curl.

Filled in with what stands in the widgets when the panel is opened.
"""

import json
import shlex
from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.components import Component

from pipelines import Playground
from pipelines.task import Task

LANGUAGES = ("Python", "transformers", "gradio_client", "curl")


def build() -> tuple[gr.Accordion, gr.Radio, gr.Code]:
    """The panel, the choice of language and the code."""
    with gr.Accordion("Use it from code", open=False) as panel:
        language = gr.Radio(LANGUAGES, value="Python", show_label=False, container=False)
        shown = gr.Code(language="python", label="Code", interactive=False)
    return panel, language, shown


def wire(
    panel: gr.Accordion,
    language: gr.Radio,
    shown: gr.Code,
    given: list[Component],
    make: Callable[[str, str, tuple[Any, ...]], str],
) -> None:
    """Fill in the code when the panel opens or another language is chosen."""

    def fill(request: gr.Request, chosen: str, *values: Any) -> Any:
        text = make(chosen, str(request.request.base_url), values)
        return gr.update(value=text, language="shell" if chosen == "curl" else "python")

    gr.on(
        [panel.expand, language.change],
        fill,
        [language, *given],
        shown,
        preprocess=False,
        api_visibility="private",
        show_progress="hidden",
    )


def snippet(
    task: Task,
    transformers: str,
    language: str,
    url: str,
    inputs: dict[str, Any],
    options: dict[str, Any],
    model: str,
    playground: Playground,
) -> str:
    """The code in one language. Files stand as names; a default option is left out."""
    defaults = {p.name: p.default for p in task.options}
    chosen = {k: v for k, v in options.items() if v != defaults[k] and v not in ("", None)}
    if model != "auto":
        chosen = {"model": model, **chosen}
    plain = {name: _plain(value) for name, value in inputs.items()}
    files = {name for name, value in inputs.items() if isinstance(value, dict)}
    if language == "transformers":
        entry = playground.catalogue.find(model) or playground.catalogue.recommended(task.id)
        hub = entry.hub if entry and entry.hub and entry.engine == "transformers" else model
        code = transformers.replace("{model}", str(hub) if hub != "auto" else "owner/name")
        for name, value in plain.items():
            code = code.replace("{" + name + "}", repr(value))
        return code.strip()
    if language == "Python":
        words = [repr(v) for v in plain.values()] + [f"{k}={v!r}" for k, v in chosen.items()]
        return f"from pipelines import run\n\nprint(run({', '.join([repr(task.id), *words])}))"
    if language == "gradio_client":
        words = [
            f"{k}=handle_file({v!r})" if k in files else f"{k}={v!r}" for k, v in plain.items()
        ]
        words += [f"{k}={v!r}" for k, v in chosen.items()] + [f'api_name="/{task.name}"']
        return (
            "from gradio_client import Client, handle_file\n\n"
            f"client = Client({url!r})\nprint(client.predict({', '.join(words)}))"
        )
    sent = {**{k: {"path": v} if k in files else v for k, v in plain.items()}, **chosen}
    call = f"{url}gradio_api/call/v2/{task.name}"
    return (
        (
            f"# Upload first: curl -F files=@FILE {url}gradio_api/upload gives the path.\n"
            if files
            else ""
        )
        + f"EVENT=$(curl -s {call} -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(json.dumps(sent, ensure_ascii=False))} | cut -d'\"' -f4)\n"
        f"curl -sN {call.replace('/v2', '')}/$EVENT"
    )


def _plain(value: Any) -> Any:
    """A value as a person would write it: a file by its name."""
    if isinstance(value, dict):
        return value.get("orig_name") or str(value.get("path", "")).rsplit("/", 1)[-1]
    return value if value is not None else ""
